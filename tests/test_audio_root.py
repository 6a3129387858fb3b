"""Where a catalog's sound may be: in its folder, or where the operator said."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmr.catalogs.audio_address import allow_root, audio_folder, locate_audio, write_root
from vmr.catalogs.music_files import find_music
from vmr.catalogs.videos import inside
from vmr.errors import CatalogError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VMR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A folder that no catalog may name by itself."""
    folder = tmp_path / "private"
    folder.mkdir()
    (folder / "memo.mp3").write_bytes(b"x")
    return folder


def catalog(tmp_path: Path, root: str) -> Path:
    """A catalog as anyone could send it."""
    folder = tmp_path / "sent"
    folder.mkdir()
    (folder / "catalog.toml").write_text(f'audio_root = "{root}"\n')
    (folder / "tracks.csv").write_text("id,title,audio\na,A,memo.mp3\n")
    return folder


@pytest.mark.parametrize("absolute", [True, False])
def test_a_catalog_cannot_name_a_folder_of_its_own_choice(
    tmp_path: Path, foreign: Path, absolute: bool
) -> None:
    folder = catalog(tmp_path, str(foreign) if absolute else "../private")
    assert audio_folder(folder) is None
    assert locate_audio("memo.mp3", audio_folder(folder)) is None
    assert inside(audio_folder(folder), "memo.mp3") is None
    with pytest.raises(CatalogError, match="not indexed here"):
        find_music(folder / "tracks.csv")


def test_nor_by_a_link_in_it(tmp_path: Path, foreign: Path) -> None:
    folder = catalog(tmp_path, "sound")
    (folder / "sound").symlink_to(foreign)
    assert audio_folder(folder) is None


def test_a_folder_in_the_catalog_needs_no_leave(tmp_path: Path) -> None:
    folder = catalog(tmp_path, "sound")
    (folder / "sound").mkdir()
    (folder / "sound" / "memo.mp3").write_bytes(b"x")
    assert locate_audio("memo.mp3", audio_folder(folder)) == folder / "sound" / "memo.mp3"


def test_the_operator_allows_it_by_a_flag_or_by_indexing(tmp_path: Path, foreign: Path) -> None:
    folder = catalog(tmp_path, str(foreign))
    (tmp_path / "link").symlink_to(tmp_path)
    for roots in ([foreign], [tmp_path / "link"]):
        assert locate_audio("memo.mp3", audio_folder(folder, roots)) == foreign / "memo.mp3"
    assert audio_folder(folder, [tmp_path / "priv"]) is None
    allow_root(foreign / "deeper")
    assert audio_folder(folder) is None
    write_root(tmp_path / "mine", foreign)  # as ``index --music`` does
    assert audio_folder(tmp_path / "mine") == audio_folder(folder) == foreign


def test_the_root_of_an_earlier_run_is_forgotten(tmp_path: Path, foreign: Path) -> None:
    mine = tmp_path / "mine"
    write_root(mine, foreign)
    write_root(mine, mine)
    assert audio_folder(mine) == mine


@pytest.mark.parametrize("text", ["[", '{"a": 1}', "[1, null]", '["relative"]'])
def test_a_damaged_list_allows_nothing(
    tmp_path: Path, foreign: Path, cache: Path, text: str
) -> None:
    cache.mkdir()
    (cache / "music_roots.json").write_text(text)
    assert audio_folder(catalog(tmp_path, str(foreign))) is None
    allow_root(foreign)
    assert audio_folder(tmp_path / "sent") == foreign
