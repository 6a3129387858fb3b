"""What counts as a video and as music by its name."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from vmr.catalogs.audio_address import check_audio
from vmr.files import (
    MUSIC_ENDINGS,
    VIDEO_ENDINGS,
    ContentCache,
    files_with_ending,
    has_ending,
    read_tensors,
    replacing,
)


@pytest.mark.parametrize(
    ("name", "music", "video"),
    [
        ("a.mp3", True, False),
        ("A.B.WAV", True, False),
        ("song.wv", True, False),
        ("clip.MOV", False, True),
        ("clip.m2ts", False, True),
        (".mp3", False, False),
        ("mp3", False, False),
        ("a.mp3.exe", False, False),
    ],
)
def test_endings(name, music, video):
    assert has_ending(name, MUSIC_ENDINGS) is music
    assert has_ending(name, VIDEO_ENDINGS) is video


def test_a_folder_gives_its_files_without_hidden_ones_and_folders(tmp_path):
    (tmp_path / "sub" / ".trash").mkdir(parents=True)
    (tmp_path / "folder.mp3").mkdir()
    for name in ("b.MP3", "._b.mp3", "sub/a.opus", "sub/.trash/c.mp3", "notes.txt", "v.mp4"):
        (tmp_path / name).write_bytes(b"")
    found = [
        path.relative_to(tmp_path).as_posix() for path in files_with_ending(tmp_path, MUSIC_ENDINGS)
    ]
    assert found == ["b.MP3", "sub/a.opus"]


@pytest.mark.parametrize("ending", MUSIC_ENDINGS)
def test_a_catalog_may_play_whatever_counts_as_music(ending):
    assert check_audio(f"sub/a{ending}") == ("", f"sub/a{ending}")


def test_findings_are_found_by_content_and_damage_counts_as_nothing(tmp_path):
    cache = ContentCache(tmp_path)
    rows = np.arange(6, dtype=np.float16).reshape(2, 3)
    cache.write("ab" * 32, {"rows": rows}, {"facts": "{}"})
    arrays, header = cache.read("ab" * 32)
    assert arrays["rows"].tolist() == rows.tolist() and header["facts"] == "{}"
    assert cache.read("cd" * 32) is None
    path = cache.place("ab" * 32)
    whole = path.read_bytes()
    for i in (len(whole) - 1, len(whole) - 12, 3):  # one bit of a value, and of the header
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :])
        assert cache.read("ab" * 32) is None
    path.write_bytes(whole[:-4])
    assert cache.read("ab" * 32) is None


def test_a_file_without_a_checksum_opens_as_before(tmp_path):
    save_file({"a": np.ones(3, np.float32)}, tmp_path / "old.safetensors", {"x": "y"})
    tensors, header = read_tensors(tmp_path / "old.safetensors")
    assert tensors["a"].tolist() == [1, 1, 1] and header == {"x": "y"}


def test_of_two_who_make_the_same_file_the_first_stays_for_who_reads_it(tmp_path):
    path = tmp_path / "film.mp4"
    with replacing(path, keep=True) as slow:
        with replacing(path, keep=True) as quick:
            quick.write_bytes(b"quick")
        first = path.stat().st_ino
        slow.write_bytes(b"slow")
    assert path.read_bytes() == b"quick" and path.stat().st_ino == first
    assert [one.name for one in tmp_path.iterdir()] == ["film.mp4"]
    with replacing(path) as new:
        new.write_bytes(b"new")
    assert path.read_bytes() == b"new" and path.stat().st_ino != first
