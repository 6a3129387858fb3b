"""A catalog that changes under a running server: noticed, opened, no track taken for another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from vmr.catalogs.audio_address import locate_audio
from vmr.catalogs.numbers import Numbers
from vmr.catalogs.tracks_table import read_tracks, write_tracks
from vmr.config import CATALOGS, Settings
from vmr.errors import VmrError
from vmr.page.files import MediaFiles
from vmr.page.service import Service
from vmr.page.take_away import TakeAway
from vmr.page.transient import TransientFolder
from vmr.page.watch import CatalogWatch, stamps_of
from vmr.retriever import Retriever


class Served:
    """A service of one catalog in a folder of its own, and what it says of changes."""

    def __init__(self, retriever: Retriever, folder: Path) -> None:
        self.folder, self.said, self.renewed = folder, list[str](), list[int]()
        settings = Settings(catalogs=(folder,), device="cpu")
        self.service = Service(retriever.opened_again(settings), MediaFiles().url)
        before = stamps_of(settings)
        self.watch = CatalogWatch(
            self.service, settings, before, self.said.append, lambda: self.renewed.append(1)
        )

    def payload(self) -> dict[str, dict]:
        """The rows by title for the words of a visitor without a video."""
        return {row["title"]: row for row in self.service.words("", "calm piano")["tracks"]}


@pytest.fixture
def served(retriever: Retriever, tmp_path: Path) -> Served:
    shutil.copytree(CATALOGS / "starter", tmp_path / "mine")
    return Served(retriever, tmp_path / "mine")


@pytest.fixture
def take_away(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TakeAway]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = TransientFolder(1000)
    yield TakeAway(served.service, folder)
    folder.close()


def edit(folder: Path, change) -> None:
    write_tracks(folder / "tracks.csv", change(list(read_tracks(folder / "tracks.csv"))))


def test_nothing_happens_while_nothing_changes(served: Served) -> None:
    before = served.service.retriever
    assert not served.watch.look() and served.service.retriever is before


def test_an_old_page_never_gets_one_track_for_another(served: Served, take_away: TakeAway) -> None:
    old = served.payload()
    first, second, *_ = read_tracks(served.folder / "tracks.csv")
    edit(served.folder, lambda tracks: tracks[:0:-1])  # the first went, the others are turned round
    assert served.watch.look() and served.renewed == [1]
    new = served.payload()
    assert set(old) - set(new) == {first.title}
    assert {title: row["position"] for title, row in new.items()} == {
        title: old[title]["position"] for title in new
    }
    music = served.service.retriever.music
    number = old[second.title]["position"]
    assert music.places[music.position(number)].track.title == second.title
    assert take_away._audio(take_away._place(number)) == locate_audio(second.audio, None)
    with pytest.raises(VmrError, match="Load the page again"):
        take_away._place(old[first.title]["position"])


def test_a_track_whose_sound_is_another_is_another_track(served: Served) -> None:
    def change(tracks):
        return [replace(tracks[0], audio=tracks[1].audio, sha256=tracks[1].sha256), *tracks[2:]]

    old = served.payload()
    title = read_tracks(served.folder / "tracks.csv")[0].title
    edit(served.folder, change)
    assert served.watch.look()
    new = served.payload()
    assert new[title]["position"] not in [row["position"] for row in old.values()]
    assert new[title]["audio"] != old[title]["audio"]


def test_what_cannot_be_opened_is_said_once_and_the_old_catalog_stays(served: Served) -> None:
    before = served.service.retriever
    table = (served.folder / "tracks.csv").read_text()
    (served.folder / "tracks.csv").write_text("id,title\n,\n")
    assert not served.watch.look() and not served.watch.look()
    assert served.service.retriever is before and not served.renewed
    assert len(served.said) == 1 and "goes on with what it had" in served.said[0]
    (served.folder / "tracks.csv").write_text(table)
    assert served.watch.look()


def test_a_catalog_that_appears_beside_the_others_is_opened(
    retriever: Retriever, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vmr.config.CATALOGS", tmp_path)
    shutil.copytree(CATALOGS / "starter", tmp_path / "starter")
    served = Served(retriever, tmp_path / "starter")
    served.watch.settings = Settings(device="cpu")
    shutil.copytree(CATALOGS / "starter", tmp_path / "second")
    assert served.watch.look()
    assert [c.name for c in served.service.retriever.catalogs] == ["starter", "second"]


def test_the_address_of_a_file_that_was_replaced_is_no_longer_answered(tmp_path: Path) -> None:
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    media = MediaFiles()
    client = TestClient(Starlette(routes=[media.route()]))
    (tmp_path / "a.mp3").write_bytes(b"one sound")
    address = media.url(tmp_path / "a.mp3")
    assert client.get(address).content == b"one sound"
    (tmp_path / "new.mp3").write_bytes(b"another")
    (tmp_path / "new.mp3").replace(tmp_path / "a.mp3")
    assert client.get(address).status_code == 404
    assert client.get(media.url(tmp_path / "a.mp3")).content == b"another"


def test_addresses_of_files_that_went_are_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vmr.page.files.LEAST_FILES", 10)
    media = MediaFiles()
    media._most = 10
    for number in range(100):
        path = tmp_path / f"{number}.mp4"
        path.write_bytes(b"x")
        media.url(path)
        path.unlink()
    assert len(media._files) <= 12


def test_numbers_are_never_given_twice() -> None:
    first = Numbers.of("abc")
    assert first.numbers.tolist() == [0, 1, 2]
    second = Numbers.of("bd").following(first)
    assert second.numbers.tolist() == [1, 3]
    third = Numbers.of("ebda").following(second)
    assert third.numbers.tolist() == [4, 1, 3, 5]
    assert [third.position(n) for n in (0, 1, 2, 3, 4, 5)] == [None, 1, None, 2, 0, 3]
