"""What counts as a video and as music by its name."""

import pytest

from vmr.catalogs.tracks_table import check_audio
from vmr.files import MUSIC_ENDINGS, VIDEO_ENDINGS, files_with_ending, has_ending


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
