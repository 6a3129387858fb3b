"""FCPXML 1.8: what Final Cut Pro from 10.4 on and Resolve read. Times are exact fractions.

The film is the storyline; music is connected to it on lanes below, with its volume: gain, fades and
ducking as keyframes. Elements stand in the order that the DTD asks for.
"""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree as Xml

from vmr.timeline.otio import clip_name, credit, facts, piece_levels, url
from vmr.timeline.placing import DROP_FRAME, Piece, frames, placed
from vmr.timeline.project import Cue, Film, Timeline

VERSION = "1.8"


def fcpxml_text(timeline: Timeline) -> str:
    """The file ``.fcpxml``."""
    film, pieces = timeline.film, placed(timeline)
    root = Xml.Element("fcpxml", version=VERSION)
    resources = Xml.SubElement(root, "resources")
    Xml.SubElement(
        resources,
        "format",
        id="r1",
        frameDuration=seconds(1, film.fps),
        width=str(film.width),
        height=str(film.height),
    )
    _film_asset(resources, film)
    assets = {piece.cue.music: "" for piece in pieces}
    for number, music in enumerate(assets, start=3):
        cue = next(piece.cue for piece in pieces if piece.cue.music == music)
        end = max(piece.first + piece.length for piece in pieces if piece.cue.music == music)
        assets[music] = f"r{number}"
        _music_asset(resources, assets[music], cue, max(end, _whole(cue, film)), film)
    event = Xml.SubElement(root, "event", name=timeline.name)
    project = Xml.SubElement(event, "project", name=timeline.name)
    length = seconds(frames(film.seconds, film.fps), film.fps)
    drops = "DF" if film.fps in DROP_FRAME else "NDF"
    sequence = Xml.SubElement(
        project,
        "sequence",
        format="r1",
        duration=length,
        tcStart="0s",
        tcFormat=drops,
        audioLayout="stereo",
        audioRate="48k",
    )
    spine = Xml.SubElement(sequence, "spine")
    clip = _film_clip(spine, timeline, length, drops)
    for piece in pieces:
        _music_clip(clip, timeline, piece, assets[piece.cue.music])
    Xml.indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>'
    return f"{head}\n{Xml.tostring(root, 'unicode')}\n"


def seconds(frame: int, fps: Fraction) -> str:
    """``1`` at 24000/1001 -> "1001/24000s"."""
    time = frame / fps
    whole = time.denominator == 1
    return f"{time.numerator}s" if whole else f"{time.numerator}/{time.denominator}s"


def _whole(cue: Cue, film: Film) -> int:
    return int(Fraction(cue.music.seconds) * film.fps)


def _film_asset(resources: Xml.Element, film: Film) -> None:
    asset = Xml.SubElement(
        resources,
        "asset",
        id="r2",
        name=film.path.rpartition("/")[2],
        src=url(film.path),
        start="0s",
        duration=seconds(frames(film.seconds, film.fps), film.fps),
        hasVideo="1",
        format="r1",
    )
    if film.sound:
        asset.attrib |= {"hasAudio": "1", "audioSources": "1", "audioChannels": "2"}


def _music_asset(resources: Xml.Element, id: str, cue: Cue, length: int, film: Film) -> None:
    asset = Xml.SubElement(
        resources,
        "asset",
        id=id,
        name=clip_name(cue),
        src=url(cue.music.path),
        start="0s",
        duration=seconds(length, film.fps),
        hasAudio="1",
        audioSources="1",
        audioChannels="2",
    )
    _metadata(asset, cue)


def _metadata(parent: Xml.Element, cue: Cue) -> None:
    metadata = Xml.SubElement(parent, "metadata")
    for key, value in facts(cue).items():
        if isinstance(value, str) and value:
            Xml.SubElement(metadata, "md", key=f"vmr.{key}", value=value, type="string")


def _film_clip(spine: Xml.Element, timeline: Timeline, length: str, drops: str) -> Xml.Element:
    film = timeline.film
    clip = Xml.SubElement(
        spine,
        "asset-clip",
        ref="r2",
        name=film.path.rpartition("/")[2],
        offset="0s",
        start="0s",
        duration=length,
        tcFormat=drops,
    )
    if film.sound:
        clip.set("audioRole", "dialogue")
        level = timeline.original_gain_db if timeline.has_own_sound else -96.0
        Xml.SubElement(clip, "adjust-volume", amount=f"{level:g}dB")
    return clip


def _music_clip(parent: Xml.Element, timeline: Timeline, piece: Piece, ref: str) -> None:
    fps, cue = timeline.film.fps, piece.cue
    clip = Xml.SubElement(
        parent,
        "asset-clip",
        ref=ref,
        lane=str(-1 - piece.lane),
        offset=seconds(piece.start, fps),
        name=clip_name(cue),
        start=seconds(piece.first, fps),
        duration=seconds(piece.length, fps),
        audioRole="music",
    )
    Xml.SubElement(clip, "note").text = credit(cue)
    levels = piece_levels(timeline, piece)
    volume = Xml.SubElement(clip, "adjust-volume", amount=f"{cue.gain_db:g}dB")
    if len(levels) > 1:
        parameter = Xml.SubElement(volume, "param", name="amount")
        animation = Xml.SubElement(parameter, "keyframeAnimation")
        for frame, db in levels:
            Xml.SubElement(animation, "keyframe", time=seconds(frame, fps), value=f"{db:.2f}dB")
    Xml.SubElement(
        clip,
        "marker",
        start=seconds(piece.first, fps),
        duration=seconds(1, fps),
        value=cue.name or clip_name(cue),
        note=credit(cue),
    )
    _metadata(clip, cue)
