"""Recipes: real .deb files, made here, are fetched, checked, cut and cleaned away."""

import io
import os
import shutil
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vmr.catalogs.deb import seek_data, unpack
from vmr.catalogs.fetching import Step, cut, fetch
from vmr.catalogs.recipe import Package, Recipe, Source, read_recipe
from vmr.catalogs.tracks_table import read_tracks
from vmr.config import CATALOGS
from vmr.errors import CatalogError
from vmr.files import sha256_file

SONG = "usr/share/games/g/song.ogg"
ZIPPED = "music/inner song.ogg"
ARCHIVE = "usr/share/games/g/data.pk3"


@pytest.fixture(scope="module")
def song(tmp_path_factory) -> Path:
    """Four seconds: silence, then a tone of 440 Hz from second 2 on."""
    path = tmp_path_factory.mktemp("song") / "song.ogg"
    t = np.arange(4 * 22050) / 22050
    soundfile.write(path, np.where(t < 2, 0, 0.5 * np.sin(2 * np.pi * 440 * t)), 22050)
    return path


def tar_of(files: dict[str, bytes], compression: str = "xz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=f"w:{compression}") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo("./" + name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def write_deb(path: Path, files: dict[str, bytes], data_name: str = "data.tar.xz") -> None:
    control = b"Package: g-data\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n"
    members = [
        ("debian-binary", b"2.0\n"),
        ("control.tar.xz", tar_of({"control": control})),
        (data_name, tar_of(files)),
    ]
    with path.open("wb") as out:
        out.write(b"!<arch>\n")
        for name, data in members:
            header = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n"
            out.write(header.encode() + data + b"\n" * (len(data) % 2))


@pytest.fixture
def debs(tmp_path, song) -> Path:
    """A folder with one package that holds the song as it is and in a zip."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(ZIPPED, song.read_bytes())
    folder = tmp_path / "debs"
    folder.mkdir()
    files = {"usr/other": b"x" * 999, SONG: song.read_bytes(), ARCHIVE: zipped.getvalue()}
    write_deb(folder / "g-data_1_all.deb", files)
    return folder


@pytest.fixture
def recipe(song) -> Recipe:
    sha256 = sha256_file(song)
    plain = Package("g-data", "1", 9000, None, (Source("plain", SONG, sha256, 1.0, 2.0),))
    zipped = replace(plain, archive=ARCHIVE, sources=(Source("zip", ZIPPED, sha256, 0.0, 3.0),))
    return Recipe("g", (plain, zipped))


def test_the_excerpts_of_a_recipe_are_cut_and_nothing_else_is_left(recipe, debs, tmp_path):
    out = tmp_path / "out"
    steps: list[Step] = []
    report = fetch(recipe, out, debs=debs, progress=steps.append)
    assert report.fetched == ("plain", "zip")
    assert report.failed == ()
    assert sorted(path.name for path in out.iterdir()) == ["plain.opus", "zip.opus"]
    samples, rate = soundfile.read(out / "plain.opus")
    assert rate == 48000
    assert len(samples) / rate == pytest.approx(2.0, abs=0.05)
    middle = len(samples) // 2  # second 2 of the song, where the tone begins
    assert np.abs(samples[: middle - 2000]).max() < 0.02
    assert np.abs(samples[middle + 2000 : middle + 9000]).max() > 0.3
    assert np.abs(samples[-400:]).max() < 0.05  # faded out
    assert steps[-1].tracks_done == 1 and steps[-1].done_bytes == steps[-1].total_bytes


@pytest.mark.parametrize("dpkg", [True, False])
def test_packages_are_unpacked_with_and_without_dpkg(debs, song, tmp_path, monkeypatch, dpkg):
    if dpkg and shutil.which("dpkg-deb") is None:
        pytest.skip("there is no dpkg-deb here")
    if not dpkg:
        monkeypatch.setattr("vmr.catalogs.deb.shutil.which", lambda name: None)
    files = unpack(debs / "g-data_1_all.deb", None, {SONG, "usr/none"}, tmp_path)
    assert set(files) == {SONG}
    assert files[SONG].read_bytes() == song.read_bytes()


def test_what_is_there_is_not_fetched_again(recipe, debs, tmp_path):
    fetch(recipe, tmp_path / "out", debs=debs, limit=1)
    first = (tmp_path / "out" / "plain.opus").stat().st_mtime_ns
    report = fetch(recipe, tmp_path / "out", debs=debs)
    assert report.present == ("plain",)
    assert report.fetched == ("zip",)
    assert (tmp_path / "out" / "plain.opus").stat().st_mtime_ns == first


def test_a_limit_counts_along_the_order_that_was_given(recipe, debs, tmp_path):
    report = fetch(recipe, tmp_path / "out", debs=debs, order=["zip", "plain"], limit=1)
    assert report.fetched == ("zip",)
    report = fetch(recipe, tmp_path / "out", debs=debs, order=["zip", "plain"])
    assert (report.present, report.fetched) == (("zip",), ("plain",))


def test_a_file_that_is_not_the_one_described_is_left_out(recipe, debs, tmp_path):
    package = recipe.packages[0]
    other = replace(package, sources=(replace(package.sources[0], sha256="0" * 64),))
    report = fetch(replace(recipe, packages=(other, recipe.packages[1])), tmp_path / "o", debs=debs)
    assert report.fetched == ("zip",)
    assert report.failed[0][0] == "plain"
    assert "not the file that the recipe describes" in str(report.failed[0][1])
    assert not (tmp_path / "o" / "plain.opus").exists()


def test_a_package_that_is_missing_or_damaged_does_not_stop_the_others(recipe, debs, tmp_path):
    write_deb(debs / "bad_1_all.deb", {SONG: b"x"})
    whole = (debs / "bad_1_all.deb").read_bytes()
    (debs / "bad_1_all.deb").write_bytes(whole[:-40])
    package = recipe.packages[0]
    gone = replace(package, name="gone", sources=(replace(package.sources[0], id="gone"),))
    bad = replace(package, name="bad", sources=(replace(package.sources[0], id="bad"),))
    report = fetch(Recipe("g", (gone, bad, *recipe.packages)), tmp_path / "out", debs=debs)
    assert report.fetched == ("plain", "zip")
    assert [name for name, _ in report.failed] == ["gone", "bad"]
    assert list((tmp_path / "out").glob(".*")) == []


def test_a_file_that_is_no_music_is_reported(debs, tmp_path):
    with pytest.raises(CatalogError, match="x could not be encoded"):
        cut(debs / "g-data_1_all.deb", tmp_path / "x.opus", 0, 1)
    assert not (tmp_path / "x.opus").exists()


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
@pytest.mark.parametrize("works", [True, False])
def test_packages_come_from_apt_get_download(recipe, debs, tmp_path, monkeypatch, works):
    stand_in = tmp_path / "bin" / "apt-get"
    stand_in.parent.mkdir()
    action = f'cp "{debs}/$3"_*.deb .' if works else "echo 'E: Unable to locate package'; exit 100"
    stand_in.write_text(f'#!/bin/sh\n[ "$1 $2" = "download -q" ] || exit 2\n{action}\n')
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}")
    report = fetch(recipe, tmp_path / "out")
    if works:
        assert report.fetched == ("plain", "zip")
    else:
        assert report.fetched == ()
        assert "Unable to locate package" in str(report.failed[0][1])
        assert "apt-get update" in str(report.failed[0][1])


def test_a_system_without_apt_is_told_what_works_instead(recipe, tmp_path, monkeypatch):
    monkeypatch.setattr("vmr.catalogs.fetching.shutil.which", lambda name: None)
    with pytest.raises(CatalogError, match=r"no apt-get.*--debs FOLDER.*'starter'.*vmr index"):
        fetch(recipe, tmp_path / "out")


def test_a_full_disk_is_said_before_the_download(recipe, debs, tmp_path):
    huge = replace(recipe.packages[0], size_bytes=10**18)
    report = fetch(Recipe("g", (huge,)), tmp_path / "out", debs=debs)
    assert "GB free" in str(report.failed[0][1])


def test_the_data_of_a_package_is_found_behind_members_of_odd_length(tmp_path):
    write_deb(tmp_path / "a.deb", {"f": b"x"})
    with (tmp_path / "a.deb").open("rb") as file:
        seek_data(file, "a.deb")
        assert file.read(6) == b"\xfd7zXZ\x00"


@pytest.mark.parametrize(
    ("data", "said"), [(b"", "not a Debian"), (b"!<arch>\n", "damaged"), (b"PK", "not a Debian")]
)
def test_what_is_no_package_is_said(tmp_path, data, said):
    with pytest.raises(CatalogError, match=said):
        seek_data(io.BytesIO(data), "x.deb")


def test_zstd_without_dpkg_is_said(tmp_path):
    write_deb(tmp_path / "z.deb", {"f": b"x"}, data_name="data.tar.zst")
    with (tmp_path / "z.deb").open("rb") as file, pytest.raises(CatalogError, match="zstd"):
        seek_data(file, "z.deb")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not toml", "cannot be read|recipe that can be read"),
        ('name = "x"', "recipe that can be read"),
        ('name = "../x"\npackage = []', "is not a name"),
        ('name = "x"\n[[package]]\nname = "-o"\nversion = ""\nbytes = 1\nfiles = []', "'-o'"),
        (
            'name = "x"\n[[package]]\nname = "p"\nversion = ""\nbytes = 1\n'
            'files = [{id = "../a", path = "p", sha256 = "", start_s = 0, seconds = 1}]',
            "is not an id",
        ),
        (
            'name = "x"\n[[package]]\nname = "p"\nversion = ""\nbytes = 1\n'
            'files = [{id = "a", path = "p", sha256 = "", start_s = 0, seconds = 9999}]',
            "not within",
        ),
    ],
)
def test_a_bad_recipe_is_one_sentence(tmp_path, text, said):
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match=said):
        read_recipe(tmp_path / "recipe.toml")


def test_the_games_recipe_makes_every_track_of_its_table():
    recipe = read_recipe(CATALOGS / "games" / "recipe.toml")
    sources = [source for package in recipe.packages for source in package.sources]
    tracks = read_tracks(CATALOGS / "games" / "tracks.csv")
    assert [source.id for source in sources] == [track.id for track in tracks]
    assert all(0 < source.seconds <= 75 for source in sources)
    assert all(track.artist and track.attribution and track.licence for track in tracks)
