"""Catalogs: the table is hostile text, arrays are found by id, models are told apart."""

import subprocess
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import torch

from vmr.catalogs import music as catalogs
from vmr.catalogs.arrays import (
    PEAKS,
    feature_table,
    read_features,
    read_peaks,
    write_features,
)
from vmr.catalogs.audio_address import check_audio, locate_audio
from vmr.catalogs.checks import check_catalog
from vmr.catalogs.music import open_catalog
from vmr.catalogs.tracks_table import Track, parse_track, read_tracks, write_tracks
from vmr.catalogs.write_music import embed_folder, write_catalog
from vmr.config import CATALOGS
from vmr.errors import CatalogError
from vmr.model.config import ModelConfig
from vmr.model.two_tower import Model

WIDTH = 7


def small_model(seed: int, music_encoder: str = "ears") -> Model:
    torch.manual_seed(seed)
    labels = {"mood": ("calm", "happy")}
    config = ModelConfig(5, WIDTH, music_encoder=music_encoder, labels=labels, dim=8, hidden=8)
    model = Model(config).eval()
    model.prototypes_mood.copy_(torch.eye(8)[:2])  # what training would have fitted
    return model


@pytest.fixture
def folder(tmp_path) -> Path:
    """A catalog of three tracks in tmp_path/three, without sound."""
    rng = np.random.default_rng(0)
    tracks = [
        Track("a", "A", "Ann", "a.ogg", 10.0, mood=("calm",), bpm=90.5, licence="MIT"),
        Track("b", "B", audio="sub/b.ogg", genre=("rock", "folk"), energy=4.25),
        Track("c", 'C, "quoted"', audio="cache:three/c.opus", facets={"place": ("sea",)}),
    ]
    rows = [rng.normal(size=(n, WIDTH)).astype(np.float32) for n in (2, 5, 3)]
    peaks = rng.integers(0, 256, (3, PEAKS), dtype=np.uint8)
    table = feature_table(["a", "b", "c"], rows, "ears")
    write_catalog(tmp_path / "three", tracks, table, peaks, small_model(0))
    return tmp_path / "three"


def rewrite(folder: Path, change) -> None:
    write_tracks(folder / "tracks.csv", change(list(read_tracks(folder / "tracks.csv"))))


def test_means_of_some_columns_are_those_of_each_track(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vmr.catalogs.arrays.MEANS_AT_ONCE", 3)
    rng = np.random.default_rng(0)
    rows = [rng.normal(size=(n, 5)).astype(np.float16) for n in (2, 5, 1, 3, 4, 1, 2)]
    table = feature_table(list("abcdefg"), rows, "ears")
    for chosen in (table, table.of("gacb")):
        expected = np.stack([one.mean(axis=0)[[4, 0]] for one in chosen])
        assert chosen.means([4, 0]) == pytest.approx(expected, abs=1e-6)
        assert chosen.means([]).shape == (len(chosen), 0)


# ---- the table ------------------------------------------------------------------------------


def test_a_table_is_read_back_as_it_was_written(tmp_path):
    tracks = (
        Track(
            "x.1", 'Ünï, "codé"', "音楽", "a b/c'd.mp3", 61.25, ("rock",), ("calm", "sad"), 120.0
        ),
        Track("y", "Y", energy=2.5, facets={"place": ("sea", "sky")}, sha256="0" * 64),
    )
    write_tracks(tmp_path / "t.csv", tracks)
    back = read_tracks(tmp_path / "t.csv")
    assert back[1] == tracks[1]
    assert back[0] == replace(tracks[0], facets={"place": ()})


@pytest.mark.parametrize(
    "audio",
    [
        *("/etc/passwd.mp3", "../a.mp3", "a/../../b.mp3", "a//b.mp3", "./a.mp3", "a\\b.mp3"),
        *("C:a.mp3", "c:/a.mp3", "a.mp3/..", "passwd", "a.txt", ".mp3", "sub/.mp3", "a.mp3 "),
        *("cache:../a.mp3", "cache:/a.mp3", "cache:a.txt", "package:x", "package:a.mp3"),
        *("package:../b/a.mp3", "package:a/../b.mp3", "package:-a/b.mp3", "cache:", "a.mp3\0.ogg"),
    ],
)
def test_no_path_leads_away(audio):
    with pytest.raises(ValueError):
        check_audio(audio)


@pytest.mark.parametrize(
    "audio", ["a.mp3", "a/b c's?.FLAC", "Song: who.wav", "cache:g/x.opus", "…/é.ogg"]
)
def test_ordinary_paths_are_taken(audio):
    assert check_audio(audio)[1] == audio.removeprefix("cache:")


def test_a_link_that_leads_out_of_the_folder_counts_as_missing(tmp_path):
    (tmp_path / "out.mp3").write_bytes(b"x")
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "mine.mp3").write_bytes(b"x")
    try:
        (inside / "link.mp3").symlink_to(tmp_path / "out.mp3")
    except OSError:
        pytest.skip("this system makes no symbolic links")
    assert locate_audio("mine.mp3", inside) == inside / "mine.mp3"
    assert locate_audio("link.mp3", inside) is None


def test_only_files_that_a_package_lists_are_played_from_it(tmp_path):
    listed = "package:immich-memories-music/immich_memories_music/tracks/calm/calm_acoustic_1.opus"
    assert metadata.version("immich-memories-music")
    assert locate_audio(listed, tmp_path).is_file()
    assert locate_audio(listed.replace("acoustic_1", "acoustic_9"), tmp_path) is None
    assert locate_audio("package:no-such-package/a/b.opus", tmp_path) is None


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"id": "../x"}, "is no id"),
        ({"id": ""}, "is no id"),
        ({"title": ""}, "has no title"),
        ({"title": "a\x07"}, "control character"),
        ({"title": "moc.live\u202eexe"}, "control character"),
        ({"title": "x" * 301}, "longer than 300"),
        ({"bpm": "fast"}, "bpm must be a number"),
        ({"bpm": "nan"}, "bpm must be a number"),
        ({"seconds": "-1"}, "seconds must be"),
        ({"energy": "6"}, "energy must be"),
        ({"vocals": "yes"}, "vocals must be"),
        ({"sha256": "abc"}, "64 hex digits"),
        ({"mood": "|".join(map(str, range(30)))}, "30 labels"),
        ({"audio": "/abs.mp3"}, "relative path"),
    ],
)
def test_a_bad_cell_is_named(cells, said):
    with pytest.raises(ValueError, match=said):
        parse_track({"id": "x", "title": "X"} | cells)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id\nx\n", "lacks a column called title"),
        ("", "lacks columns called id, title"),
        ("id,id,title\nx,x,X\n", "two columns called id"),
        ("id,title\nx,X\nx,Y\n", "line 3.*twice"),
        ("id,title\nx,X,more\n", "line 2: more cells"),
        ("id,title\n\x00,X\n", "not text in any usual encoding"),
    ],
)
def test_a_bad_table_is_one_sentence(tmp_path, text, said):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match=said):
        read_tracks(tmp_path / "t.csv")


def test_a_table_that_is_no_text_is_one_sentence(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(CatalogError, match="CSV UTF-8"):
        read_tracks(tmp_path / "t.csv")


# ---- opening for a model --------------------------------------------------------------------


def test_stored_embeddings_are_used_for_the_model_that_made_them(folder, monkeypatch):
    monkeypatch.setattr(catalogs, "embed_tracks", None)  # calling it would fail
    opened = open_catalog(folder, small_model(0))
    assert opened.embeddings.values.shape == (3, 2, 8)
    assert [t.catalog for t in opened.tracks] == ["three"] * 3


def test_another_model_embeds_again_from_the_features(folder):
    before, model = open_catalog(folder, small_model(0)), small_model(1)
    after = open_catalog(folder, model)
    features = list(read_features(folder / "features.safetensors"))
    expected = model.embed_music(features, [t.labels for t in after.tracks])
    np.testing.assert_allclose(after.embeddings.values, expected.values, atol=1e-6)
    assert after.fingerprint != before.fingerprint
    assert np.abs(after.embeddings.values - before.embeddings.values).max() > 0.1


def test_a_label_that_is_edited_moves_its_track_and_no_other(folder):
    model = small_model(0)
    before = open_catalog(folder, model).embeddings.values
    rewrite(folder, lambda tracks: [replace(tracks[0], mood=("happy",)), *tracks[1:]])
    after = open_catalog(folder, model).embeddings.values
    assert after[0, 1] @ model.prototypes("mood")[1] > before[0, 1] @ model.prototypes("mood")[1]
    np.testing.assert_allclose(after[1:], before[1:], atol=1e-6)
    np.testing.assert_allclose(after[0, 0], before[0, 0], atol=1e-6)  # ssl knows no labels


def test_labels_can_be_withheld(folder):
    model = small_model(0)
    alone = open_catalog(folder, model, use_labels=False).embeddings.values
    expected = model.embed_music(list(read_features(folder / "features.safetensors")))
    np.testing.assert_allclose(alone, expected.values, atol=1e-6)


def test_rows_are_found_by_id_after_the_table_is_sorted_or_cut_by_hand(folder):
    model = small_model(0)
    before = open_catalog(folder, model)
    rewrite(folder, lambda tracks: [tracks[2], tracks[0]])
    after = open_catalog(folder, model)
    np.testing.assert_allclose(after.embeddings.values, before.embeddings.values[[2, 0]], atol=1e-6)
    np.testing.assert_array_equal(after.peaks, before.peaks[[2, 0]])
    assert len(after.features[0]) == 3


def test_a_row_that_was_never_indexed_names_the_command(folder):
    rewrite(folder, lambda tracks: [*tracks, Track("d", "D")])
    with pytest.raises(CatalogError, match=r"'d'.*python -m vmr index --music"):
        open_catalog(folder, small_model(0))


def test_features_of_the_same_weights_in_another_folder_are_taken(folder):
    one, moved = "mert:/here/MERT@0123456789ab", "mert:/there/MERT@0123456789ab"
    table = read_features(folder / "features.safetensors")
    write_features(folder / "features.safetensors", replace(table, encoder=one))
    (folder / "embeddings.safetensors").unlink()
    assert len(open_catalog(folder, small_model(0, music_encoder=moved))) == 3
    with pytest.raises(CatalogError, match="python -m vmr index"):
        open_catalog(folder, small_model(0, music_encoder=moved.replace("9ab", "9ac")))


def test_features_of_another_encoder_name_the_command(folder):
    with pytest.raises(CatalogError, match=r"indexed with ears .*python -m vmr index"):
        open_catalog(folder, small_model(1, music_encoder="other-ears"))


@pytest.mark.parametrize("name", ["features", "embeddings", "peaks"])
@pytest.mark.parametrize("damage", ["cut", "text"])
def test_a_damaged_file_is_one_sentence(folder, name, damage):
    path = folder / f"{name}.safetensors"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] if damage == "cut" else b"not safetensors at all")
    with pytest.raises(CatalogError, match="python -m vmr index"):
        open_catalog(folder, small_model(1 if name == "features" else 0))


def test_embedding_again_writes_what_opening_makes(folder):
    model = small_model(2)
    expected = open_catalog(folder, model).embeddings.values
    assert embed_folder(folder, model) == 3
    np.testing.assert_allclose(open_catalog(folder, model).embeddings.values, expected, atol=1e-6)


def test_missing_sound_is_said_with_the_remedy(folder):
    opened = open_catalog(folder, small_model(0))
    assert [opened.audio_path(i) for i in range(3)] == [None] * 3
    assert "3 of the 3 tracks of 'three'" in str(opened.notice)
    (folder / "a.ogg").write_bytes(b"x")
    (folder / "recipe.toml").write_text("", encoding="utf-8")
    opened = open_catalog(folder, small_model(0))
    assert opened.audio_path(0) == folder / "a.ogg"
    assert "python -m vmr catalog fetch three" in str(opened.notice)


def test_features_keep_half_precision_and_every_row(folder):
    rng = np.random.default_rng(0)
    rows = [rng.normal(size=(n, WIDTH)).astype(np.float32) for n in (2, 5, 3)]
    table = read_features(folder / "features.safetensors")
    for i, row in enumerate(rows):
        np.testing.assert_allclose(table[i], row, atol=2e-3)
    assert table.encoder == "ears"
    assert [len(row) for row in table[1:]] == [5, 3]
    assert read_peaks(folder / "peaks.safetensors", ["c", "a"]).shape == (2, PEAKS)


def test_opening_a_catalog_needs_no_torch():
    code = (
        "import sys, vmr.catalogs.music, vmr.catalogs.videos, vmr.catalogs.fetching\n"
        "import vmr.catalogs.checks\n"
        "assert not {'torch', 'gradio', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- the bundled catalogs -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["starter", "games"])
def test_the_bundled_catalogs_have_no_faults(name):
    assert check_catalog(CATALOGS / name).faults == []


def test_the_check_finds_what_is_wrong(folder):
    (folder / "a.ogg").write_bytes(b"x")
    rewrite(folder, lambda tracks: [replace(tracks[0], sha256="0" * 64), *tracks[1:]])
    faults = "\n".join(check_catalog(folder).faults)
    assert "a: " in faults and "is not the file that was indexed" in faults
    assert "2 of 3 tracks have no licence: b, c" in faults


def test_every_starter_track_can_be_played():
    tracks = read_tracks(CATALOGS / "starter" / "tracks.csv")
    assert len(tracks) == 28
    assert all(locate_audio(track.audio, CATALOGS / "starter") for track in tracks)
    assert {len(track.mood) for track in tracks} == {1}
