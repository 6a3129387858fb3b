"""Indexing: real files through the real encoders, in worker processes."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from vmr.__main__ import main
from vmr.catalogs.analyse_music import music_cache, spread, voices, waveform
from vmr.catalogs.arrays import PEAKS, read_features, read_peaks
from vmr.catalogs.file_pool import Pace, run_on_files
from vmr.catalogs.index_music import index_music
from vmr.catalogs.index_videos import index_videos
from vmr.catalogs.music import open_catalog
from vmr.catalogs.music_files import find_music
from vmr.catalogs.recipe import read_recipe
from vmr.catalogs.track_from_file import genres, slug, text, unused
from vmr.catalogs.tracks_table import Track, read_tracks, write_tracks
from vmr.catalogs.videos import Video, VideoLibrary, open_videos, read_videos
from vmr.commands.index import show_pace
from vmr.commands.progress import progress_bar
from vmr.config import CATALOGS
from vmr.embedding import BranchEmbedding
from vmr.encoders.audio_stats import AUDIO_STATS
from vmr.errors import CatalogError
from vmr.media.tags import read_tags, repaired
from vmr.model.checkpoint import save_model
from vmr.model.config import ModelConfig
from vmr.model.two_tower import Model

RATE = 16000
MUSIC_WIDTH = 500 + len(AUDIO_STATS)


def write_pulse(path: Path, bpm: float, seconds: float, **tags: str) -> None:
    """A click track: short tones of 440 Hz at an even pace."""
    path.parent.mkdir(parents=True, exist_ok=True)
    t = np.arange(int(seconds * RATE)) / RATE
    beat = (t * bpm / 60) % 1.0
    samples = 0.6 * np.sin(2 * np.pi * 440 * t) * np.exp(-12 * beat)
    with soundfile.SoundFile(path, "w", RATE, 1) as file:
        for name, value in tags.items():
            setattr(file, name, value)
        file.write(samples.astype(np.float32))


@pytest.fixture(scope="module")
def music(tmp_path_factory) -> Path:
    """Two tracks, one of them twice, and four files that are none."""
    folder = tmp_path_factory.mktemp("music")
    write_pulse(folder / "Album" / "01 fast_one.flac", 150, 9, title="Fást", artist="Ann")
    write_pulse(folder / "slow.wav", 75, 7)
    (folder / "z copy.wav").write_bytes((folder / "slow.wav").read_bytes())
    (folder / "text.mp3").write_text("this is no music", encoding="utf-8")
    (folder / "empty.ogg").write_bytes(b"")
    (folder / "cover.jpg").write_bytes(b"\xff\xd8")
    (folder / ".hidden.wav").write_bytes((folder / "slow.wav").read_bytes())
    return folder


@pytest.fixture(scope="module")
def indexed(music, cache, tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalog") / "mine"
    paces: list[Pace] = []
    report = index_music(music, folder, encoder="musicnn", jobs=1, progress=paces.append)
    return folder, report, paces


def test_a_folder_becomes_a_catalog(indexed, music):
    folder, report, _ = indexed
    fast, slow = read_tracks(folder / "tracks.csv")
    assert report.count == 2
    assert (fast.id, fast.title, fast.artist) == ("Album-01-fast_one", "Fást", "Ann")
    assert (slow.id, slow.title, slow.audio) == ("slow", "slow", "slow.wav")
    assert fast.bpm == pytest.approx(150, rel=0.03)
    assert slow.seconds == pytest.approx(7, abs=0.1)
    assert 1 <= slow.energy <= 5
    assert (folder / "catalog.toml").read_text(encoding="utf-8").count(str(music))


def test_what_is_left_out_is_listed_with_the_reason(indexed):
    reasons = {name: str(reason) for name, reason in indexed[1].skipped}
    assert set(reasons) == {"text.mp3", "empty.ogg", "z copy.wav"}
    assert reasons["z copy.wav"] == "the same file as 'slow'"
    assert all(len(reason) > 10 for reason in reasons.values())


def test_progress_counts_every_file_and_the_music_in_it(indexed):
    _, report, paces = indexed
    assert [pace.done for pace in paces] == list(range(1, len(paces) + 1))
    assert paces[-1].done == paces[-1].total == 5
    assert report.pace.media_s == pytest.approx(9 + 7 + 7, abs=0.2)


def test_a_log_gets_whole_lines_and_ends_with_all_files(indexed, capsys):
    _, _, paces = indexed
    with progress_bar(0) as bar:
        for pace in paces:
            show_pace(bar)(pace)
    lines = capsys.readouterr().err.splitlines()
    assert "\r" not in "".join(lines)
    assert "5/5" in lines[-1] and "x real time" in lines[-1]


def test_features_and_peaks_are_those_of_the_tracks(indexed):
    folder, _, _ = indexed
    features = read_features(folder / "features.safetensors")
    assert features.ids == ("Album-01-fast_one", "slow")
    assert features.encoder == "musicnn"
    assert [len(row) for row in features] == [3, 2]  # 3 s patches
    peaks = read_peaks(folder / "peaks.safetensors", features.ids)
    assert peaks.max(axis=1).tolist() == [255, 255]


def test_indexing_again_listens_to_nothing_and_keeps_what_a_person_wrote(indexed, music, cache):
    folder, _, _ = indexed
    kept = sorted(cache.glob("heard/*/*/*.safetensors"))
    assert len(kept) == 2
    times = [path.stat().st_mtime_ns for path in kept]
    tracks = read_tracks(folder / "tracks.csv")
    edited = Track(**{**tracks[1].__dict__, "mood": ("calm",), "title": "My slow one"})
    write_tracks(folder / "tracks.csv", [tracks[0], edited])
    index_music(music, folder, encoder="musicnn", jobs=1)
    assert [path.stat().st_mtime_ns for path in kept] == times
    again = read_tracks(folder / "tracks.csv")[1]
    assert (again.title, again.mood, again.id) == ("My slow one", ("calm",), "slow")


def test_a_table_keeps_its_cells_and_gets_the_empty_ones_filled(music, cache, tmp_path):
    table = tmp_path / "tracks.csv"
    (tmp_path / "slow.wav").write_bytes((music / "slow.wav").read_bytes())
    rows = [
        Track("one", "One", audio="slow.wav", bpm=99.0, mood=("sad",)),
        Track("two", "Two", audio="gone.wav"),
    ]
    write_tracks(table, rows)
    report = index_music(table, tmp_path, encoder="musicnn", jobs=1)
    (track,) = read_tracks(table)
    assert (track.id, track.title, track.bpm, track.mood) == ("one", "One", 99.0, ("sad",))
    assert track.energy is not None and len(track.sha256) == 64
    ((name, reason),) = report.skipped
    assert (name, str(reason)) == ("Two", "there is no sound for it (gone.wav)")
    assert not (tmp_path / "catalog.toml").exists()


def test_a_folder_without_music_is_one_sentence(tmp_path):
    with pytest.raises(CatalogError, match="no file that ends like audio"):
        index_music(tmp_path, tmp_path / "c", encoder="musicnn", jobs=1)
    with pytest.raises(CatalogError, match=r"neither a folder of music nor a tracks\.csv"):
        find_music(tmp_path / "x.txt")


def test_a_link_out_of_the_folder_is_left_out(music, tmp_path):
    try:
        (tmp_path / "link.wav").symlink_to(music / "slow.wav")
    except OSError:
        pytest.skip("this system makes no symbolic links")
    found = find_music(tmp_path)
    assert found.files == ()
    assert [(name, str(reason)) for name, reason in found.skipped] == [
        ("link.wav", "it is a link that leads out of the folder")
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_of_one_file_is_its_reason_and_the_others_go_on(jobs, tmp_path):
    games = CATALOGS / "games" / "recipe.toml"  # any function of a module that can fail will do
    paths = [games, tmp_path / "recipe.toml", games]
    done = sorted(run_on_files(read_recipe, paths, jobs), key=lambda one: one.index)
    assert [one.index for one in done] == [0, 1, 2]
    assert done[0].result == done[2].result == read_recipe(games)
    assert done[1].result is None
    assert "has no recipe.toml" in done[1].reason


def test_the_commands_index_embed_again_and_check(music, cache, tmp_path, capsys):
    folder, checkpoint = tmp_path / "mine", tmp_path / "m.safetensors"
    model = Model(ModelConfig(3, MUSIC_WIDTH, music_encoder="musicnn", dim=8, hidden=8)).eval()
    save_model(model, checkpoint)
    options = ["--catalog", str(folder), "--checkpoint", str(checkpoint)]
    assert main(["index", "--music", str(music), "--jobs", "1", *options]) == 0
    said = capsys.readouterr()
    assert "2 files" in said.out and "left out: text.mp3" in said.err
    stored = open_catalog(folder, model)
    assert stored.notice is None  # all of it can be played
    (folder / "embeddings.safetensors").unlink()
    assert main(["index", *options]) == 0
    np.testing.assert_allclose(
        open_catalog(folder, model).embeddings.values, stored.embeddings.values, atol=1e-6
    )
    assert main(["catalog", "check", str(folder), "--checkpoint", str(checkpoint)]) == 1
    said = capsys.readouterr()
    assert "opens with m.safetensors; its embeddings are stored" in said.out
    assert "2 of 2 tracks have no licence" in said.err  # nothing in the files says whose they are


def test_the_command_says_what_is_wrong_with_its_options(tmp_path, capsys):
    assert main(["index", "--music", str(tmp_path / "no"), "--catalog", str(tmp_path)]) == 1
    assert main(["index", "--catalog", str(tmp_path), "--features-only"]) == 1
    missing = ["--catalog", str(tmp_path), "--checkpoint", str(tmp_path / "no.safetensors")]
    assert main(["index", *missing]) == 1
    assert main(["catalog", "check", "no-such-catalog"]) == 1
    said = capsys.readouterr().err
    assert "There is no" in said and "needs --music or --videos" in said
    assert "Name a folder, or one of: games, starter" in said


# ---- videos ---------------------------------------------------------------------------------


def test_a_folder_of_videos_becomes_a_library(short_video, cache, tmp_path):
    source, folder = tmp_path / "videos", tmp_path / "library"
    source.mkdir()
    (source / "My world.mp4").write_bytes(short_video.read_bytes())
    (source / "bad.mov").write_text("no video", encoding="utf-8")
    report = index_videos(source, folder, encoder="efficientnet-lite0", jobs=1)
    assert report.count == 1 and report.skipped[0][0] == "bad.mov"
    (video,) = read_videos(folder / "videos.csv")
    assert (video.id, video.title, video.video) == ("My-world", "My world", "My world.mp4")
    width = read_features(folder / "features.safetensors").values.shape[1]
    model = Model(ModelConfig(width, 3, video_encoder="efficientnet-lite0", dim=8, hidden=8))
    library = open_videos(folder, model.eval())
    assert library.embeddings.values.shape == (1, 1, 8)
    assert library.video_path(0) == source / "My world.mp4"
    assert library.poster_path(0).read_bytes()[:2] == b"\xff\xd8"


@pytest.mark.parametrize("path", ["../a.mp4", "/a.mp4", "a.mp3", "a/../b.mp4"])
def test_a_video_table_cannot_lead_away(tmp_path, path):
    row = f"id,title,video,seconds,sha256\na,A,{path},1,{'0' * 64}\n"
    (tmp_path / "videos.csv").write_text(row, encoding="utf-8")
    with pytest.raises(CatalogError, match="line 2"):
        read_videos(tmp_path / "videos.csv")


def test_a_link_out_of_a_video_library_counts_as_missing(tmp_path):
    root, folder = tmp_path / "films", tmp_path / "library"
    (folder / "posters").mkdir(parents=True)
    root.mkdir()
    (root / "own.mp4").write_bytes(b"film")
    (folder / "posters" / "own.jpg").write_bytes(b"poster")
    for name in ("secret.mp4", "secret.jpg"):
        (tmp_path / name).write_bytes(b"secret")
    try:
        (root / "link.mp4").symlink_to(tmp_path / "secret.mp4")
        (folder / "posters" / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    except OSError:
        pytest.skip("this system makes no symbolic links")
    rows = tuple(Video(id, id, f"{id}.mp4", 1.0, "0" * 64) for id in ("own", "link"))
    nothing = BranchEmbedding(np.zeros((2, 1, 8), np.float32), ("ssl",))
    library = VideoLibrary("library", folder, rows, nothing, "", root)
    assert library.video_path(0) == root / "own.mp4" and library.video_path(1) is None
    assert library.poster_path(0) is not None and library.poster_path(1) is None


# ---- single steps ---------------------------------------------------------------------------


def test_the_waveform_is_the_largest_sample_of_each_part():
    samples = np.zeros(PEAKS * 10, np.float32)
    samples[5], samples[-1] = -0.5, 0.25
    peaks = waveform(samples)
    assert peaks[0] == 255 and peaks[-1] == 128
    assert peaks[1:-1].max() == 0
    assert waveform(np.ones(3, np.float32)).shape == (PEAKS,)


def test_rows_are_spread_over_the_whole():
    rows = np.arange(101, dtype=np.float32)[:, None]
    assert spread(rows, 5)[:, 0].tolist() == [0, 25, 50, 75, 100]
    assert spread(rows[:3], 5) is not None and len(spread(rows[:3], 5)) == 3


def test_tags_are_read_from_real_files(tmp_path):
    for name in ("a.flac", "a.mp3", "a.ogg"):
        write_pulse(tmp_path / name, 100, 1, title="A = B; #1\\", artist="Ann", genre="Folk")
        tags = read_tags(tmp_path / name)
        assert (tags["title"], tags["artist"], tags["genre"]) == ("A = B; #1\\", "Ann", "Folk")
    assert read_tags(tmp_path / "none.flac") == {}
    (tmp_path / "broken.mp3").write_bytes(b"ID3\x03\0\0\x7f\x7f\x7f\x7f" + bytes(100))
    assert read_tags(tmp_path / "broken.mp3") == {}


@pytest.mark.parametrize(
    ("encoding", "title", "artist"),
    [
        ("cp932", "桜の季節", "山田太郎"),
        ("euc_jp", "桜の季節", "山田太郎"),
        ("gb18030", "月亮代表我的心", "邓丽君"),
        ("big5", "夜來香", "李香蘭"),
        ("cp949", "봄날은 간다", "김윤아"),
        ("cp1251", "Подмосковные вечера", "Хор"),
        ("koi8_r", "Катюша", "Хор Красной армии"),
        ("cp1253", "Ζορμπάς", "Μίκης Θεοδωράκης"),
        ("cp1255", "ירושלים של זהב", "נעמי שמר"),
        ("cp1256", "أنت عمري", "أم كلثوم"),
        ("cp1250", "Žluťoučký kůň", "Dvořák"),
        ("cp1254", "Şebnem", "Barış Manço"),
        ("utf-8", "桜の季節", "Müller"),
        ("latin-1", "Café Müller", "Søren Ångström"),
        ("latin-1", "Überfünf", "Ä"),
        ("cp1252", "L’été “indien”", "Joé"),
    ],
)
def test_tags_that_say_latin_and_are_not_are_read_as_what_they_are(encoding, title, artist):
    taken = {"title": title.encode(encoding).decode("latin-1")}
    taken["artist"] = artist.encode(encoding).decode("latin-1")
    assert repaired(taken) == {"title": title, "artist": artist}
    assert repaired({"title": title}) == {"title": title}
    lines = taken | {"comment": f"{taken['title']}\n{taken['artist']}"}
    assert repaired(lines)["comment"] == f"{title}\n{artist}"


def test_voices_are_named_only_where_the_tags_are_sure():
    from vmr.catalogs.analyse_music import NO_VOICE_TAGS, VOICE_TAGS

    columns = VOICE_TAGS + NO_VOICE_TAGS
    sung = np.zeros((2, len(columns)), np.float32)
    sung[:, :2] = 0.4
    assert voices(sung, columns) == "vocal"
    assert voices(sung / 4, columns) == ""
    assert voices(sung[:, ::-1].copy(), columns) == "instrumental"
    assert voices(sung, tuple(f"x{i}" for i in range(len(columns)))) == ""


def test_names_and_tags_of_anyones_files_become_clean_cells():
    assert slug("Älbum/01 Söng (live).mp3") == "Album-01-Song-live"
    assert slug("音楽.mp3") == ""
    assert unused("a", "f" * 64, {"a"}) == "a-ffffffffffff"
    assert text("title", " a\x00b\n c ") == "a b c"
    assert text("title", "x" * 999) == "x" * 300
    assert genres("Rock; Folk/Rock, (255)") == ("rock", "folk")


def test_what_was_heard_is_kept_per_encoder(cache):
    place = music_cache("musicnn", ["a", "b"]).place("ab")
    assert place.is_relative_to(cache)
    assert place != music_cache("mert:x", ["a", "b"]).place("ab")
    assert place != music_cache("musicnn", ["a", "c"]).place("ab")
