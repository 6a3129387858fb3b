"""A row of the page as a timeline: the page's choices in it, the policy before it."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import opentimelineio as otio
import pytest

from vmr.catalogs.policy import Policy, Rule
from vmr.errors import VmrError
from vmr.media.bed import MixSettings
from vmr.page.edit_bundle import cue_of, decibels, write_edit_bundle
from vmr.timeline.project import Music
from vmr.timeline.render import look_at_film


@pytest.fixture(scope="module")
def place(retriever):
    return next(p for p in retriever.music.places if p.track.catalog == "starter")


def read(out: Path) -> otio.schema.Timeline:
    with zipfile.ZipFile(out) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".otio"))
        return otio.adapters.read_from_string(archive.read(name).decode(), "otio_json")


def test_start_volumes_and_ducking_are_those_of_the_page(place, world_video, tmp_path):
    out = tmp_path / "x.zip"
    settings = MixSettings(music_start_s=7.0, music_volume=0.5, original="mix")
    write_edit_bundle(world_video, place, place.audio(), settings, out)
    timeline = read(out)
    clip = next(c for c in timeline.find_clips() if c.name.startswith(place.track.title))
    assert clip.source_range.start_time.to_seconds() == pytest.approx(7, abs=0.05)
    assert clip.metadata["vmr"]["gain_db"] == pytest.approx(-6.02)
    assert clip.metadata["vmr"]["licence"] == place.track.licence
    assert timeline.name == world_video.stem
    film = look_at_film(world_video, world_video.name)
    assert timeline.duration().to_seconds() == pytest.approx(film.seconds, abs=0.05)
    with zipfile.ZipFile(out) as archive:
        music = [name for name in archive.namelist() if name.startswith("music/")]
        assert [archive.read(name) for name in music] == [place.audio().read_bytes()]


def test_what_the_policy_does_not_let_out_is_not_put_in(place, world_video, tmp_path):
    refused = replace(place, policy=Policy(rules={"export": Rule(never=("MIT",))}))
    with pytest.raises(VmrError, match="MIT"):
        write_edit_bundle(world_video, refused, place.audio(), MixSettings(), tmp_path / "x.zip")
    assert not list(tmp_path.iterdir())


def test_a_track_that_shall_not_begin_again_ends_its_cue(place, world_video):
    music = Music.of(place.track, place.audio())
    film = replace(look_at_film(world_video, "film.mp4"), seconds=100.0)
    cut = cue_of(music, film, MixSettings(fit="cut", music_start_s=5.0))
    assert cue_of(music, film, MixSettings()).end_s == 100.0
    assert cut.end_s == pytest.approx(place.track.seconds - 5.0)


def test_volumes_are_decibels():
    assert [decibels(v) for v in (1, 2, 0.5, 0)] == [0.0, 6.02, -6.02, -60.0]
