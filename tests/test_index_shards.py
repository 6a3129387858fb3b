"""An indexing divided among machines comes to the catalog of one machine, whatever is killed."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.media_files import X264, ffmpeg
from tests.test_index import write_pulse
from vmr.__main__ import main
from vmr.catalogs.analyse_music import analyse_music
from vmr.catalogs.arrays import read_features
from vmr.catalogs.batched_music import analyse_batched
from vmr.catalogs.file_pool import Pace
from vmr.catalogs.index_music import index_music
from vmr.catalogs.index_shard import shard_music, shard_videos
from vmr.catalogs.index_videos import index_videos
from vmr.catalogs.shards import Shard, begin_shard, known_content
from vmr.commands.extract import MediaFile, part_of
from vmr.encoders import load_music_encoder
from vmr.errors import CatalogError
from vmr.files import checksum, read_tensors

FILES = ("fast.wav", "Album/slow.wav", "Album/middle.flac", "long name, 3.wav")


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    for number, name in enumerate(FILES):
        write_pulse(folder / name, 70 + 30 * number, 4)
    (folder / "broken.mp3").write_text("this is no music", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def whole(music: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalog that one machine makes."""
    folder = tmp_path_factory.mktemp("whole") / "mine"
    index_music(music, folder, encoder="musicnn", jobs=1)
    return folder


def files_of(folder: Path) -> dict[str, str]:
    """The hash of each file of a catalog; of the waveforms that of the arrays and the ids, as the
    order of such a file's header is left to chance."""
    names = ("tracks.csv", "features.safetensors", "catalog.toml")
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    arrays, header = read_tensors(folder / "peaks.safetensors")
    return hashes | {"peaks": checksum(arrays), "ids": header["ids"]}


def test_every_file_is_in_one_shard_of_a_number_and_shards_are_about_even() -> None:
    shards = [Shard(number, 4) for number in range(1, 5)]
    takers = [[s.number for s in shards if s.takes(f"Album {i}/song.mp3")] for i in range(2000)]
    assert all(len(numbers) == 1 for numbers in takers)
    assert min(Counter(numbers[0] for numbers in takers).values()) > 400
    assert Shard.parse("2/4") == Shard(2, 4)


@pytest.mark.parametrize("text", ["", "0/2", "3/2", "1", "1/0", "a/b", "-1/2", "1/2/3"])
def test_a_shard_that_is_none_is_said(text: str) -> None:
    with pytest.raises(CatalogError, match="is no part of a whole"):
        Shard.parse(text)


def test_shards_and_their_merge_make_the_catalog_of_one_machine(
    music: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine"
    reports = [shard_music(music, mine, Shard(n, 3), encoder="musicnn", jobs=1) for n in (3, 1, 2)]
    assert sum(report.count for report in reports) == len(FILES)
    assert sum(len(report.skipped) for report in reports) == 1
    assert not (mine / "tracks.csv").exists()
    monkeypatch.setattr("vmr.catalogs.analyse_music.hear", refuse)
    hashed: list[str] = []
    monkeypatch.setattr("vmr.catalogs.music_files._hash", lambda path: hashed.append(path.name))
    report = index_music(music, mine, encoder="musicnn", jobs=1)
    assert (report.count, report.recalled, report.unchanged) == (len(FILES), len(FILES), 0)
    assert hashed == ["broken.mp3"]  # the rest was not even read
    assert files_of(mine) == files_of(whole)
    report = index_music(music, mine, encoder="musicnn", jobs=1)
    assert (report.recalled, report.unchanged) == (0, len(FILES))
    assert files_of(mine) == files_of(whole)  # merging again changes nothing


def refuse(path: Path, *rest: object) -> None:
    """In place of an analysis: broken files get this far, and no other may."""
    if path.name != "broken.mp3":
        raise AssertionError(f"{path.name} is analysed again")
    raise CatalogError("index.no_audio")


@pytest.mark.thorough
def test_a_shard_that_was_killed_goes_on_also_as_another_number_of_shards(
    music: Path, whole: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"

    def kill(pace: Pace) -> None:
        if pace.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shard_music(music, mine, Shard(1, 1), encoder="musicnn", jobs=1, progress=kill)
    with (mine / "shards" / "1-of-1.jsonl").open("a", encoding="utf-8") as file:
        file.write('\n["Album/slow.w')  # a kill in the middle of a line
    reports = [shard_music(music, mine, Shard(n, 2), encoder="musicnn", jobs=1) for n in (1, 2)]
    done_before = sum(report.unchanged for report in reports)
    assert done_before >= 1 and sum(report.count for report in reports) == len(FILES)
    again = shard_music(music, mine, Shard(1, 2), encoder="musicnn", jobs=1)
    assert again.unchanged == again.count
    index_music(music, mine, encoder="musicnn", jobs=1)
    assert read_features(mine / "features.safetensors").ids == (
        read_features(whole / "features.safetensors").ids
    )


@pytest.mark.thorough
def test_a_file_that_changed_since_is_done_again(music: Path, cache: Path, tmp_path: Path) -> None:
    source, mine = tmp_path / "music", tmp_path / "mine"
    shutil.copytree(music, source)
    shard_music(source, mine, Shard(1, 1), encoder="musicnn", jobs=1)
    named = [(name, source / name) for name in FILES]
    assert len(known_content(named, mine / "shards")) == len(FILES)
    write_pulse(source / "fast.wav", 180, 5)
    assert sorted(known_content(named, mine / "shards")) == [1, 2, 3]
    report = index_music(source, mine, encoder="musicnn", jobs=1)
    assert (report.count, report.recalled) == (len(FILES), len(FILES) - 1)


def test_nobody_does_the_same_shard_or_merges_while_one_is_at_work(
    music: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    with begin_shard(mine, Shard(2, 3)):
        with pytest.raises(CatalogError, match="Shard 2/3 of"):
            shard_music(music, mine, Shard(2, 3), encoder="musicnn", jobs=1)
        with pytest.raises(CatalogError, match="Shard 2-of-3 is still at work"):
            index_music(music, mine, encoder="musicnn", jobs=1)
        with begin_shard(mine, Shard(1, 3)):
            pass
    with pytest.raises(CatalogError, match="Shard 2/3"), begin_shard(mine, Shard(2, 3)):
        shard_music(music, mine, Shard(2, 3), encoder="musicnn", jobs=1)


def test_batches_across_files_say_of_each_what_it_says_alone(
    music: Path, whole: Path, tmp_path: Path
) -> None:
    """As on a card, here on the CPU: sums of another size differ in their last digits."""
    encoder = load_music_encoder()
    paths = [*(music / name for name in FILES), music / "broken.mp3"]
    found = list(analyse_batched(paths, encoder, tmp_path, jobs=2, batch_s=10))
    assert sorted(done.index for done in found) == list(range(len(paths)))
    by_index = {done.index: done for done in found}
    assert by_index[len(FILES)].result is None and by_index[len(FILES)].reason
    for i, path in enumerate(paths[: len(FILES)]):
        alone, batched = analyse_music(path, encoder), by_index[i].result
        assert batched is not None and batched.sha256 == alone.sha256
        np.testing.assert_allclose(batched.features, alone.features, atol=1e-4)
        assert (batched.bpm, batched.key, batched.vocals) == (alone.bpm, alone.key, alone.vocals)
    again = {done.index: done.result for done in analyse_batched(paths, encoder, tmp_path, jobs=2)}
    assert again[0] is not None and (again[0].features == by_index[0].result.features).all()


@pytest.mark.thorough
def test_videos_are_divided_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    films, mine = tmp_path / "films", tmp_path / "mine"
    films.mkdir()
    for name, colour in (("sea.mp4", "blue"), ("fire.mp4", "red")):
        source = f"color=c={colour}:size=160x90:rate=10:duration=1"
        ffmpeg("-f", "lavfi", "-i", source, *X264, str(films / name))
    for number in (1, 2):
        shard_videos(films, mine, Shard(number, 2), encoder="efficientnet-lite0", jobs=1)
    monkeypatch.setattr("vmr.catalogs.index_videos.analyse_video", refuse)
    report = index_videos(films, mine, encoder="efficientnet-lite0", jobs=1)
    assert (report.count, report.recalled) == (2, 2)


def test_the_command_runs_a_shard_and_extract_divides_alike_on_each_machine(
    music: Path, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["index", "--music", str(music), "--catalog", str(tmp_path / "c"), "--jobs", "1"]
    assert main([*command, "--features-only", "--shard", "1/2"]) == 0
    assert "as shard 1/2" in capsys.readouterr().out
    assert main(["index", "--catalog", str(tmp_path / "c"), "--shard", "1/2"]) == 1
    assert "--shard goes with --music" in capsys.readouterr().err
    here = [MediaFile("music", Path("/mnt/a") / name) for name in FILES]
    there = [MediaFile("music", Path("/srv/music") / name) for name in FILES]
    parts = [part_of(here, Shard(number, 2)) for number in (1, 2)]
    assert sorted(file.path.name for part in parts for file in part) == sorted(
        Path(name).name for name in FILES
    )
    others = [part_of(there, Shard(number, 2)) for number in (1, 2)]
    assert [[file.path.name for file in part] for part in parts] == [
        [file.path.name for file in part] for part in others
    ]
