"""An index that lives: only what changed is touched, and nothing is lost whenever it is stopped."""

import os
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.test_index import MUSIC_WIDTH, write_pulse
from vmr.catalogs import index_music as indexing
from vmr.catalogs import update
from vmr.catalogs.arrays import PEAKS, read_features, read_peaks
from vmr.catalogs.earlier import Earlier
from vmr.catalogs.feature_file import FeatureFile, Item, write_items
from vmr.catalogs.index_music import index_music
from vmr.catalogs.index_run import exclusive
from vmr.catalogs.music import open_catalog
from vmr.catalogs.tracks_table import Track, read_tracks, write_tracks
from vmr.catalogs.update import Entry, write_arrays
from vmr.errors import CatalogError
from vmr.files import write_tensors
from vmr.model.checkpoint import save_model
from vmr.model.config import ModelConfig
from vmr.model.two_tower import Model

TABLE = "tracks.csv"


@pytest.fixture
def model() -> Model:
    return Model(ModelConfig(3, MUSIC_WIDTH, music_encoder="musicnn", dim=8, hidden=8)).eval()


@pytest.fixture
def music(tmp_path, cache) -> Path:
    folder = tmp_path / "music"
    for name, bpm in (("kept", 90), ("edited", 110), ("moved", 130), ("removed", 150)):
        write_pulse(folder / f"{name}.wav", bpm, 4)
    return folder


def run(music, folder, **options):
    names: list[str] = []
    options = {
        "encoder": "musicnn",
        "jobs": 1,
        "progress": lambda p: names.append(p.name),
    } | options
    return index_music(music, folder, **options), names


def by_id(folder):
    return {track.id: track for track in read_tracks(folder / TABLE)}


def change(music):
    """Every kind of change at once."""
    write_pulse(music / "edited.wav", 170, 5)
    (music / "deep" / "down").mkdir(parents=True)
    (music / "moved.wav").rename(music / "deep" / "down" / "elsewhere.wav")
    (music / "removed.wav").unlink()
    write_pulse(music / "added.wav", 70, 4)
    (music / "broken.mp3").write_bytes(b"no music at all")


def test_only_what_is_new_or_changed_is_analysed_and_the_rest_keeps_its_row(
    music,
    cache,
    tmp_path,
    model,
):
    folder = tmp_path / "catalog"
    run(music, folder, model=model)
    rows = by_id(folder)
    written = {"mood": ("calm",), "licence": "CC-BY-4.0"}
    rows |= {id: Track(**{**rows[id].__dict__, **written}) for id in ("edited", "moved")}
    write_tracks(folder / TABLE, rows.values())
    before = dict(zip(rows, read_features(folder / "features.safetensors"), strict=True))
    shutil.rmtree(cache / "heard")  # what has not changed is not asked for again
    change(music)
    report, analysed = run(music, folder, model=model)
    assert sorted(analysed) == ["added.wav", "broken.mp3", "edited.wav"]
    assert (report.count, report.unchanged, report.removed) == (4, 2, 1)
    assert [name for name, _ in report.skipped] == ["broken.mp3"]
    after = by_id(folder)
    assert set(after) == {"added", "edited", "kept", "moved"}
    assert after["kept"] == rows["kept"]
    assert after["moved"].audio == "deep/down/elsewhere.wav"
    assert after["moved"].mood == after["edited"].mood == ("calm",)
    assert after["edited"].seconds == 5 and after["edited"].sha256 != rows["edited"].sha256
    catalog = open_catalog(folder, model)
    new = dict(zip([t.id for t in catalog.tracks], catalog.features, strict=True))
    assert all((new[id] == before[id]).all() for id in ("kept", "moved"))
    assert new["edited"].shape != before["edited"].shape
    assert catalog.notice is None


@pytest.mark.thorough
def test_a_run_with_nothing_to_do_writes_no_array(music, tmp_path, model):
    folder = tmp_path / "catalog"
    run(music, folder, model=model)
    paths = [folder / f"{name}.safetensors" for name in ("features", "peaks", "embeddings")]
    times = [path.stat().st_mtime_ns for path in paths]
    report, analysed = run(music, folder, model=model)
    assert analysed == [] and report.unchanged == 4
    assert [path.stat().st_mtime_ns for path in paths] == times


def test_a_file_with_new_time_and_old_content_is_not_analysed(music, tmp_path):
    folder = tmp_path / "catalog"
    run(music, folder)
    os.utime(music / "kept.wav", (1, 1))
    assert run(music, folder)[1] == []


@pytest.mark.parametrize("step", ["write_peaks", "write_embedded", "write_root", "write_tracks"])
def test_the_catalog_opens_wherever_an_indexing_is_killed(
    music, tmp_path, model, monkeypatch, step
):
    folder = tmp_path / "catalog"
    run(music, folder, model=model)
    old = read_tracks(folder / TABLE)
    change(music)

    def killed(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(update, step, killed)
        with pytest.raises(KeyboardInterrupt):
            run(music, folder, model=model)
    catalog = open_catalog(folder, model)
    assert [track.id for track in catalog.tracks] == [track.id for track in old]
    assert len(catalog.features) == len(catalog.embeddings) == len(old)
    assert run(music, folder, model=model)[0].count == 4
    assert set(by_id(folder)) == {"added", "edited", "kept", "moved"}
    assert len(open_catalog(folder, model).embeddings) == 4


@pytest.mark.thorough
def test_a_killed_process_leaves_what_it_found_and_no_lock(music, cache, tmp_path, model):
    save_model(model, tmp_path / "m.safetensors")
    folder = tmp_path / "catalog"
    command = [sys.executable, "-m", "vmr", "index", "--music", str(music), "--jobs", "1"]
    command += ["--catalog", str(folder), "--checkpoint", str(tmp_path / "m.safetensors")]
    shutil.rmtree(cache / "heard", ignore_errors=True)
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(cache.glob("heard/*/*/*.safetensors")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    found = {path: path.stat().st_mtime_ns for path in cache.glob("heard/*/*/*.safetensors")}
    assert not (folder / TABLE).exists() and found
    assert run(music, folder, model=model)[0].count == 4
    assert all(path.stat().st_mtime_ns == at for path, at in found.items())


def test_two_indexings_of_one_catalog_do_not_meet(music, tmp_path):
    folder = tmp_path / "catalog"
    with exclusive(folder), pytest.raises(CatalogError, match="Somebody else is indexing"):
        run(music, folder)
    assert run(music, folder)[0].count == 4


def test_a_damaged_file_of_features_is_made_again_and_its_rows_are_kept(music, tmp_path, model):
    folder = tmp_path / "catalog"
    run(music, folder, model=model)
    rows, path = by_id(folder), folder / "features.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 4]) + whole[-8:])
    with pytest.raises(CatalogError, match="damaged"):
        open_catalog(folder, model).features  # noqa: B018 - they are read when asked for
    assert run(music, folder, model=model)[0].count == 4
    assert by_id(folder) == rows and path.read_bytes() == whole


# ---- labels.csv -----------------------------------------------------------------------------


def test_labels_join_by_path_by_name_and_by_id_and_win(music, tmp_path):
    folder = tmp_path / "catalog"
    run(music, folder)
    (music / "sub").mkdir()
    (music / "moved.wav").rename(music / "sub" / "moved.wav")
    table = (
        "Path;ID;Genre;Mood;License;BPM;Region\n"
        ".\\kept.wav;;rock;静か;CC BY 4.0;120,5;\n"
        "moved.wav;;;calm|happy;;;Asia\n"
        ";edited;jazz;;;;\n"
        "gone.wav;;jazz;;;;\n"
    )
    (music / "labels.csv").write_bytes(table.encode("cp932"))
    report, _ = run(music, folder)
    tracks = by_id(folder)
    kept, moved, edited = tracks["kept"], tracks["moved"], tracks["edited"]
    assert (kept.genre, kept.mood, kept.licence, kept.bpm) == (
        ("rock",),
        ("静か",),
        "CC BY 4.0",
        120.5,
    )
    assert (moved.mood, moved.facets["Region"]) == (("calm", "happy"), ("Asia",))
    assert edited.genre == ("jazz",) and tracks["removed"].genre == ()
    assert [str(reason) for _, reason in report.skipped] == ["line 5: there is no track 'gone.wav'"]
    assert "Shift-JIS (cp932) with semicolons" in str(report.notes[0][1])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title,mood\nA,calm\n", "needs a column path or id"),
        ("path,bpm\nkept.wav,fast\n", "line 2: bpm must be"),
        ("path,mood\nkept.wav,a\nkept.wav,b\n", "line 3: 'kept.wav' is there twice"),
        ("path,mood\n,a\n", "line 2: neither a path nor an id"),
    ],
)
def test_a_bad_table_of_labels_is_refused_before_anything_is_analysed(
    music, tmp_path, text, reason, monkeypatch
):
    monkeypatch.setattr(indexing, "gone_through", None)  # calling it would fail
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match=reason):
        run(music, tmp_path / "catalog", labels=tmp_path / "mine.csv")


# ---- the arrays -----------------------------------------------------------------------------


def test_items_written_one_by_one_are_read_as_a_whole_and_one_by_one(tmp_path):
    rng = np.random.default_rng(0)
    rows = [rng.normal(size=(n, 5)).astype(np.float32) for n in (3, 1, 4)]
    items = [
        Item(id, f"{i:02x}" * 32, len(r)) for i, (id, r) in enumerate(zip("abc", rows, strict=True))
    ]
    path = tmp_path / "features.safetensors"
    write_items(path, items, iter(rows), "ears", 5)
    table = read_features(path)  # checks the checksum
    assert (table.ids, table.encoder) == (("a", "b", "c"), "ears")
    with FeatureFile(path) as file:
        assert [file.item(id) for id in file.ids] == items
        for i, row in enumerate(rows):
            assert (file[i] == row.astype(np.float16)).all() and (table[i] == file[i]).all()
    with pytest.raises(ValueError, match="promised"):
        write_items(path, items, iter(rows[:2]), "ears", 5)
    assert read_features(path).ids == ("a", "b", "c")  # the old file stayed


def test_writing_many_tracks_takes_the_memory_of_few(tmp_path):
    rows = np.ones((32, 515), np.float32)
    peaks = np.zeros(PEAKS, np.uint8)
    place = tmp_path / "one.safetensors"
    write_tensors(place, {"features": rows, "peaks": peaks}, {})

    def peak_bytes(count: int) -> int:
        entries = [
            Entry(Track(f"t{i}", "T"), f"{i:064x}", place, *rows.shape) for i in range(count)
        ]
        tracemalloc.start()
        write_arrays(tmp_path, entries, Earlier(), (), "ears")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    few, many = peak_bytes(20), peak_bytes(800)
    size = (tmp_path / "features.safetensors").stat().st_size
    assert size > 26e6 and many - few < 2e6
    assert read_peaks(tmp_path / "peaks.safetensors", ["t799"]).shape == (1, PEAKS)
