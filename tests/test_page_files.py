"""Media is served by token: exactly the files that were named, with byte ranges."""

import os

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from vmr.errors import MediaError
from vmr.page.files import MediaFiles
from vmr.page.transient import TransientFolder


@pytest.fixture
def media():
    return MediaFiles()


@pytest.fixture
def client(media):
    return TestClient(Starlette(routes=[media.route()]))


def test_a_named_file_is_served_with_its_type_and_ranges(media, client, tmp_path):
    track = tmp_path / "track.opus"
    track.write_bytes(bytes(range(100)))
    address = media.url(track)
    assert "track" not in address and str(tmp_path) not in address
    whole = client.get(address)
    assert whole.content == bytes(range(100))
    assert whole.headers["content-type"] == "audio/ogg"
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = client.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.js", "a.xhtml", "a.pdf", "a.swf", "a"])
def test_an_upload_is_no_document_whatever_it_is_called(media, client, tmp_path, name):
    """A visitor names what he sends, and it comes from the address of the page."""
    path = tmp_path / name
    path.write_bytes(b"<script>alert(1)</script>")
    answer = client.get(media.url(path))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_same_file_keeps_its_address_and_two_servers_differ(media, tmp_path):
    path = tmp_path / "a.mp3"
    assert media.url(path) == media.url(path)
    assert media.url(path) != MediaFiles().url(path)


def test_a_neighbour_of_a_named_file_is_not_served(media, client, tmp_path):
    (tmp_path / "named.mp3").write_bytes(b"named")
    (tmp_path / "secret.mp3").write_bytes(b"secret")
    folder = media.url(tmp_path / "named.mp3").split("/")[0]
    for name in ("secret.mp3", "../secret.mp3", "%2e%2e%2fsecret.mp3", "0" * 40 + ".mp3"):
        assert client.get(f"{folder}/{name}").status_code == 404


def test_a_file_that_vanished_or_cannot_be_made_is_a_404(media, client, tmp_path):
    def fails():
        raise MediaError("sample.unwritten", reason="no space")

    assert client.get(media.url(tmp_path / "gone.mp3")).status_code == 404
    assert client.get(media.made_url("drawn", ".mp4", fails)).status_code == 404


def test_a_file_is_made_only_when_it_is_asked_for(media, client, tmp_path):
    path = tmp_path / "late.jpg"

    def make():
        path.write_bytes(b"picture")
        return path

    address = media.made_url("late", ".jpg", make)
    assert not path.exists()
    assert client.get(address).content == b"picture"


def test_old_files_of_the_transient_folder_are_deleted_and_young_ones_stay():
    folder = TransientFolder(keep_s=1000)
    old, young = folder.path / "old.mp4", folder.path / "young.mp4"
    for path in (old, young):
        path.write_bytes(b"x")
    now = young.stat().st_mtime
    os.utime(old, (now - 2000, now - 2000))
    assert folder.sweep(now) == 1
    assert not old.exists() and young.exists()
