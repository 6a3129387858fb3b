"""What editing programs get: read back by OpenTimelineIO's adapters, and by arithmetic of its own
where those count in whole rates alone."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree as Xml

import numpy as np
import opentimelineio as otio
import pytest

from tests.timeline_files import DAWN, NTSC, timeline
from vmr.timeline.edl import ascii_line, edl_text, reel, timecode
from vmr.timeline.fcpxml import fcpxml_text, seconds
from vmr.timeline.mlt import mlt_text
from vmr.timeline.otio import fcp7_text, otio_text
from vmr.timeline.project import Cue

RATES = [Fraction(25), NTSC, Fraction(24000, 1001), Fraction(24)]
# start, length in the film, first frame of the track, seconds
CUES = [(1.0, 5.0, 4.0, "Dawn, A. Person"), (5.0, 4.0, 2.0, "Dusk, B. Person"), (9.0, 2.0, 0.0, "")]


def music_clips(read: otio.schema.Timeline) -> list[tuple[float, float, float, str]]:
    """(start, length, in, name) in seconds of all sound but the film's own, by their start."""
    found = []
    for track in read.audio_tracks():
        for clip in track.find_clips():
            if "film" not in clip.name:
                at = clip.range_in_parent().start_time.to_seconds()
                if track.source_range is not None:  # an EDL's tracks begin with their first clip
                    at -= track.source_range.start_time.to_seconds()
                kept = clip.source_range
                length, first = kept.duration.to_seconds(), kept.start_time.to_seconds()
                found.append((at, length, first, clip.name))
    return sorted(found)


def check_cues(found, fps: Fraction) -> None:
    assert len(found) == 3
    for clip, cue in zip(found, CUES, strict=True):
        assert clip[:3] == pytest.approx(cue[:3], abs=0.51 / float(fps))
        assert clip[3].startswith(cue[3][:4])


@pytest.mark.parametrize("fps", RATES)
def test_otio_holds_the_cues_their_gain_and_what_must_be_named(fps):
    read = otio.adapters.read_from_string(otio_text(timeline(fps)), "otio_json")
    check_cues(music_clips(read), fps)
    assert [track.name for track in read.tracks] == [
        *("Picture", "Original sound", "Music 1", "Music 2"),
    ]
    clip = next(c for c in read.find_clips() if c.name.startswith("Dawn"))
    assert clip.metadata["vmr"]["licence"] == "CC-BY-4.0"
    assert clip.metadata["vmr"]["gain_db"] == -3.0
    assert clip.metadata["vmr"]["fade_out_s"] == 1.0
    assert clip.media_reference.target_url == "music/dawn.wav"
    assert DAWN.attribution in clip.markers[0].name
    assert read.name == "Spring film"


@pytest.mark.parametrize("fps", RATES)
def test_final_cut_pro_7_xml_is_read_back_and_has_levels(fps):
    text = fcp7_text(timeline(fps))
    read = otio.adapters.read_from_string(text, "fcp_xml")
    check_cues(music_clips(read), fps)
    root = Xml.fromstring(text)
    ntsc = {rate.findtext("ntsc") for rate in root.iter("rate")}
    assert ntsc == {"TRUE" if fps.denominator == 1001 else "FALSE"}
    assert {rate.findtext("timebase") for rate in root.iter("rate")} == {str(round(fps))}
    clips = [c for c in root.iter("clipitem") if (c.findtext("name") or "").startswith("Dawn")]
    first = next(c for c in clips if c.findtext("in") == str(round(4 * fps)))
    levels = {
        int(k.findtext("when") or 0): float(k.findtext("value") or 0)
        for k in first.iter("keyframe")
    }
    assert min(levels) == round(4 * fps)  # keyframes count from the beginning of the file
    assert max(levels.values()) == pytest.approx(10 ** (-3 / 20), abs=1e-3)
    ducked = (4 + 3.5 - 1) * float(fps)  # 3.5 s of the film
    assert np.interp(ducked, *zip(*sorted(levels.items()), strict=True)) == pytest.approx(
        10 ** (-13 / 20), abs=1e-3
    )
    sounds = [f for f in root.iter("file") if (f.findtext("pathurl") or "").endswith(".wav")]
    assert sounds and all(file.find("media/video") is None for file in sounds)
    assert first.findtext("marker/comment") and "CC-BY-4.0" in first.findtext("marker/comment")


@pytest.mark.parametrize("fps", RATES)
def test_an_edl_is_read_back_with_the_same_times(fps):
    text = edl_text(timeline(fps))
    read = otio.adapters.read_from_string(text, "cmx_3600", rate=float(fps))
    check_cues(music_clips(read), fps)
    assert len(read.video_tracks()) == 1
    assert text.isascii()
    assert ("FCM: DROP FRAME" in text) == (fps == NTSC)
    assert (";" in text.replace("; ", "")) == (fps == NTSC)
    assert "DUCKED UNDER SPEECH" in text and "FADE OUT 1 S" in text


def test_timecode_drops_frames_at_29_97_alone():
    assert timecode(1799, NTSC) == "00:00:59;29"
    assert timecode(1800, NTSC) == "00:01:00;02"
    assert timecode(17982, NTSC) == "00:10:00;00"
    assert timecode(1800, Fraction(30)) == "00:01:00:00"
    assert timecode(1440, Fraction(24000, 1001)) == "00:01:00:00"


def test_letters_of_an_edl_are_ascii():
    assert ascii_line("Étude\nn° 1 – 夜") == "Etude n? 1 ? ?"
    assert reel("Mélodie du soir.mp3") == "MELODIED"
    assert reel("夜.mp3") == "AX"


# Children that FCPXML's DTD allows, in its order, for the elements that are written here.
FCPXML_ORDER = {
    "fcpxml": ("resources", "event"),
    "resources": ("format", "asset"),
    "asset": ("metadata",),
    "event": ("project",),
    "project": ("sequence",),
    "sequence": ("spine",),
    "spine": ("asset-clip",),
    "asset-clip": ("note", "adjust-volume", "asset-clip", "marker", "metadata"),
    "adjust-volume": ("param",),
    "param": ("keyframeAnimation",),
    "keyframeAnimation": ("keyframe",),
    "metadata": ("md",),
}


@pytest.mark.parametrize("fps", RATES)
def test_fcpxml_has_its_elements_in_order_its_times_on_frames_and_its_references(fps):
    root = Xml.fromstring(fcpxml_text(timeline(fps)))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        allowed = FCPXML_ORDER.get(element.tag, ())
        order = [allowed.index(child.tag) for child in element]
        assert order == sorted(order), element.tag
        assert element.get("ref") is None or element.get("ref") in ids
        for name in ("offset", "start", "duration", "time", "frameDuration", "tcStart"):
            if value := element.get(name):
                assert (Fraction(value.removesuffix("s")) * fps).denominator == 1
    sequence = root.find("event/project/sequence")
    assert sequence is not None
    assert sequence.get("tcFormat") == ("DF" if fps == NTSC else "NDF")


@pytest.mark.parametrize("fps", RATES)
def test_fcpxml_holds_the_cues(fps):
    root = Xml.fromstring(fcpxml_text(timeline(fps)))
    connected = root.findall(".//asset-clip/asset-clip")
    found = [
        (
            *(float(Fraction(c.get(k, "").rstrip("s"))) for k in ("offset", "duration", "start")),
            c.get("name", ""),
        )
        for c in connected
    ]
    check_cues(sorted(found), fps)
    assert [c.get("lane") for c in connected] == ["-1", "-2", "-1"]
    assert connected[0].find("adjust-volume").get("amount") == "-3dB"
    assert "CC-BY-4.0" in connected[0].findtext("note")


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(24)])
def test_fcpxml_is_read_back_by_the_adapter(fps):
    """It counts in whole rates alone, so 29.97 and 23.976 are held by the test above."""
    read = otio.adapters.read_from_string(fcpxml_text(timeline(fps)), "fcpx_xml")
    check_cues(music_clips(read[0]), fps)
    clip = next(c for c in read[0].find_clips() if c.name.startswith("Dawn"))
    assert clip.media_reference.target_url == "music/dawn.wav"


def test_times_of_fcpxml_are_exact():
    assert seconds(1, Fraction(24000, 1001)) == "1001/24000s"
    assert seconds(50, Fraction(25)) == "2s" and seconds(0, NTSC) == "0s"


def test_mlt_names_files_as_files_and_levels_at_frames_of_the_film():
    hostile = replace(DAWN, path="consumer:x.wav", title="<b>&")
    film = replace(timeline(), cues=(Cue(1.0, 6.0, hostile, 4.0, -3.0),))
    root = Xml.fromstring(mlt_text(film))
    for producer in root.iter("producer"):
        texts = {p.get("name"): p.text for p in producer}
        assert texts["mlt_service"] == "avformat"
    level = next(
        p.text for p in root.iter("property") if p.get("name") == "level" and "=-3" in p.text
    )
    assert level.startswith("25=-60.00;") and level.endswith("150=-60.00")


HOSTILE = "]]><x onload='a'>&\"' \ufffe\n\u2028é夜 = 1;2=3"


@pytest.mark.parametrize("write", [otio_text, fcp7_text, edl_text, fcpxml_text, mlt_text])
def test_names_are_text_and_never_markup_or_lines(write):
    music = replace(DAWN, title=HOSTILE, composer=HOSTILE, attribution=HOSTILE, licence=HOSTILE)
    film = replace(timeline(), name=HOSTILE, cues=(Cue(1.0, 6.0, music, 4.0, name=HOSTILE),))
    text = write(film)
    if write in (fcp7_text, fcpxml_text, mlt_text):
        assert not list(Xml.fromstring(text).iter("x"))
    if write is edl_text:
        lines = text.splitlines()
        assert all(re.match(r"TITLE|FCM|\d{3}  |\* |$", line) for line in lines)


def test_a_silent_original_is_silent_everywhere():
    film = replace(timeline(), original="off")
    read = otio.adapters.read_from_string(otio_text(film), "otio_json")
    assert [track.name for track in read.tracks] == ["Picture", "Music 1", "Music 2"]
    assert " A     C" not in edl_text(film)
    picture = Xml.fromstring(mlt_text(film)).find("tractor/track")
    assert picture is not None and picture.get("hide") == "audio"
    volume = Xml.fromstring(fcpxml_text(film)).find(".//spine/asset-clip/adjust-volume")
    assert volume is not None and volume.get("amount") == "-96dB"
