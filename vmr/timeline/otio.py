"""OpenTimelineIO: the timeline as its own format and as XML of Final Cut Pro 7, which Premiere and
Resolve read.

Gain, fades and ducking are levels with keyframes in the XML, and numbers under ``vmr`` in OTIO,
which has no gain of its own. What must be named of a track stands under ``vmr`` and in a marker.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import opentimelineio as otio
from opentimelineio import opentime, schema

from vmr.timeline.placing import Piece, frames, gain_frames, lanes, placed
from vmr.timeline.project import Cue, Film, Timeline

LOUDEST = 3.98109  # +12 dB, the most of an audio level in Final Cut Pro 7
FCP = "fcp_xml"  # where the adapter finds what it shall write


def otio_timeline(timeline: Timeline) -> schema.Timeline:
    """Picture, own sound, and music on tracks of their own."""
    film = timeline.film
    made = schema.Timeline(name=timeline.name, global_start_time=_time(0, film))
    made.tracks.name = timeline.name
    length = frames(film.seconds, film.fps)
    made.tracks.append(_whole(film, "Picture", schema.TrackKind.Video, length))
    if timeline.has_own_sound:
        own = _whole(film, "Original sound", schema.TrackKind.Audio, length)
        level = [(0, timeline.original_gain_db)]
        own[0].metadata[FCP] = {"sourcetrack": _source("audio"), "filter": _levels(level)}
        made.tracks.append(own)
    pieces = placed(timeline)
    for number, lane in enumerate(lanes(pieces), start=1):
        made.tracks.append(_music(timeline, lane, f"Music {number}"))
    made.metadata["vmr"] = {"original": timeline.original, "ducking": str(len(timeline.ducking))}
    return made


def otio_text(timeline: Timeline) -> str:
    """The file ``.otio``."""
    return str(otio.adapters.write_to_string(otio_timeline(timeline), "otio_json"))


def fcp7_text(timeline: Timeline) -> str:
    """The file ``.xml`` of Final Cut Pro 7."""
    return str(otio.adapters.write_to_string(otio_timeline(timeline), FCP))


def url(path: str) -> str:
    """A relative path as a relative address; spaces and signs are written as addresses write
    them."""
    return quote(path.replace("\\", "/"), safe="/:")


def _time(frame: int, film: Film) -> opentime.RationalTime:
    return opentime.RationalTime(frame, float(film.fps))


def _range(first: int, length: int, film: Film) -> opentime.TimeRange:
    return opentime.TimeRange(_time(first, film), _time(length, film))


def _whole(film: Film, name: str, kind: str, length: int) -> schema.Track:
    size = {"width": str(film.width), "height": str(film.height)}
    media: dict[str, Any] = {"video": {"samplecharacteristics": size}}
    if film.sound:
        media["audio"] = {"channelcount": "2"}
    reference = schema.ExternalReference(url(film.path), _range(0, length, film))
    reference.name = film.path.replace("\\", "/").rpartition("/")[2]
    reference.metadata[FCP] = {"media": media}
    clip = schema.Clip(reference.name, reference, _range(0, length, film))
    return schema.Track(name, [clip], kind=kind)


def _music(timeline: Timeline, lane: list[Piece], name: str) -> schema.Track:
    film, track, at = timeline.film, schema.Track(name, kind=schema.TrackKind.Audio), 0
    for piece in lane:
        if piece.start > at:
            track.append(schema.Gap(source_range=_range(0, piece.start - at, film)))
        track.append(_clip(timeline, piece))
        at = piece.end
    return track


def _clip(timeline: Timeline, piece: Piece) -> schema.Clip:
    film, cue = timeline.film, piece.cue
    whole = max(frames(cue.music.seconds, film.fps), piece.first + piece.length)
    reference = schema.ExternalReference(url(cue.music.path), _range(0, whole, film))
    reference.name = cue.music.path.rpartition("/")[2]
    reference.metadata[FCP] = {"media": {"audio": {"channelcount": "2"}}}
    clip = schema.Clip(clip_name(cue), reference, _range(piece.first, piece.length, film))
    clip.metadata["vmr"] = facts(cue)
    clip.metadata[FCP] = {
        "sourcetrack": _source("audio"),
        "filter": _levels(piece_levels(timeline, piece)),
    }
    marker = schema.Marker(
        name=credit(cue), marked_range=_range(piece.first, 0, film), color="GREEN"
    )
    marker.metadata[FCP] = {"comment": credit(cue)}
    clip.markers.append(marker)
    return clip


def clip_name(cue: Cue) -> str:
    """``Dawn, A. Person``."""
    return ", ".join(text for text in (cue.music.title, cue.music.composer) if text)


def credit(cue: Cue) -> str:
    """One line with all that must be named of the music."""
    music = cue.music
    parts = (clip_name(cue), music.publisher, music.licence, music.attribution, music.source)
    return "; ".join(part for part in parts if part)


def facts(cue: Cue) -> dict[str, Any]:
    """What OTIO keeps of a cue beside its times."""
    music = cue.music
    texts = {
        name: getattr(music, name)
        for name in ("title", "composer", "publisher", "licence", "attribution", "source")
    }
    numbers = {name: getattr(cue, name) for name in ("gain_db", "fade_in_s", "fade_out_s")}
    return {**texts, **numbers, "duck": cue.duck, "cue": cue.name, "use": cue.use}


def piece_levels(timeline: Timeline, piece: Piece) -> list[tuple[int, float]]:
    """(frame of the track, dB) in one piece of a cue, one point a frame at most."""
    points = {
        frame - piece.start + piece.first: db
        for frame, db in gain_frames(timeline, piece.cue).items()
        if piece.start <= frame <= piece.end
    }
    return sorted(points.items()) or [(piece.first, piece.cue.gain_db)]


def _source(kind: str) -> dict[str, str]:
    return {"mediatype": kind, "trackindex": "1"}


def _levels(points: list[tuple[int, float]]) -> dict[str, Any]:
    """An audio level with keyframes at frames of the source, as Final Cut Pro 7 writes it."""
    keyframes = [
        {"when": str(frame), "value": f"{min(10 ** (db / 20), LOUDEST):.5f}"}
        for frame, db in points
    ]
    parameter: dict[str, Any] = {"parameterid": "level", "name": "Level"}
    parameter |= {"valuemin": "0", "valuemax": str(LOUDEST), "value": keyframes[0]["value"]}
    if len(keyframes) > 1:
        parameter["keyframe"] = keyframes
    return {
        "effect": {
            "name": "Audio Levels",
            "effectid": "audiolevels",
            "effectcategory": "audiolevels",
            "effecttype": "audiolevels",
            "mediatype": "audio",
            "parameter": parameter,
        }
    }
