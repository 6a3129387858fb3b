"""MLT XML: what Kdenlive, Shotcut and the player ``melt`` open. One playlist for each track.

Levels lie on the tracks, at frames of the film, so that they do not depend on how a program counts
the frames of a cut.
"""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from vmr.timeline.otio import clip_name, credit
from vmr.timeline.placing import SILENT_DB, Piece, frames, gain_frames, lanes, placed
from vmr.timeline.project import Timeline


def mlt_text(timeline: Timeline) -> str:
    """The file ``.mlt``."""
    film, pieces = timeline.film, placed(timeline)
    last = frames(film.seconds, film.fps) - 1
    root = Xml.Element("mlt", title=timeline.name, producer="main")
    Xml.SubElement(
        root,
        "profile",
        description="film",
        width=str(film.width),
        height=str(film.height),
        progressive="1",
        sample_aspect_num="1",
        sample_aspect_den="1",
        display_aspect_num=str(film.width),
        display_aspect_den=str(film.height),
        frame_rate_num=str(film.fps.numerator),
        frame_rate_den=str(film.fps.denominator),
        colorspace="709",
    )
    _producer(root, "film", film.path, last, {})
    files = {path: i for i, path in enumerate(dict.fromkeys(p.cue.music.path for p in pieces))}
    for path, number in files.items():
        end = max(p.first + p.length for p in pieces if p.cue.music.path == path)
        _producer(root, f"file{number}", path, end - 1, {"video_index": "-1"})
    picture = Xml.SubElement(root, "playlist", id="picture")
    Xml.SubElement(picture, "entry", {"producer": "film", "in": "0", "out": str(last)})
    tracks = lanes(pieces)
    for number, lane in enumerate(tracks):
        _playlist(root, f"music{number}", lane, files)
    _tractor(root, timeline, tracks, last)
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Xml.tostring(root, "unicode")}\n'


def _producer(root: Xml.Element, id: str, path: str, last: int, properties: dict[str, str]) -> None:
    producer = Xml.SubElement(root, "producer", {"id": id, "in": "0", "out": str(last)})
    # A name cannot choose another producer than the one for files.
    for name, value in {"resource": path, "mlt_service": "avformat", **properties}.items():
        _property(producer, name, value)


def _property(parent: Xml.Element, name: str, value: str) -> None:
    Xml.SubElement(parent, "property", name=name).text = value


def _playlist(root: Xml.Element, id: str, lane: list[Piece], files: dict[str, int]) -> None:
    playlist, at = Xml.SubElement(root, "playlist", id=id), 0
    for piece in lane:
        if piece.start > at:
            Xml.SubElement(playlist, "blank", length=str(piece.start - at))
        producer = f"file{files[piece.cue.music.path]}"
        entry = Xml.SubElement(
            playlist,
            "entry",
            {
                "producer": producer,
                "in": str(piece.first),
                "out": str(piece.first + piece.length - 1),
            },
        )
        _property(entry, "vmr:name", clip_name(piece.cue))
        _property(entry, "vmr:credit", credit(piece.cue))
        at = piece.end


def _tractor(root: Xml.Element, timeline: Timeline, tracks: list[list[Piece]], last: int) -> None:
    tractor = Xml.SubElement(root, "tractor", {"id": "main", "in": "0", "out": str(last)})
    own = Xml.SubElement(tractor, "track", producer="picture")
    if not timeline.has_own_sound:
        own.set("hide", "audio")
    for number in range(len(tracks)):
        Xml.SubElement(tractor, "track", producer=f"music{number}", hide="video")
    for number in range(1, len(tracks) + 1):
        mix = Xml.SubElement(tractor, "transition", {"in": "0", "out": str(last)})
        for name, value in {
            "mlt_service": "mix",
            "a_track": "0",
            "b_track": str(number),
            "always_active": "1",
            "sum": "1",
        }.items():
            _property(mix, name, value)
    if timeline.has_own_sound and timeline.original_gain_db:
        _volume(tractor, 0, f"0={timeline.original_gain_db:.2f}")
    for number, lane in enumerate(tracks, start=1):
        _volume(tractor, number, _levels(timeline, lane))


def _volume(tractor: Xml.Element, track: int, level: str) -> None:
    volume = Xml.SubElement(tractor, "filter", track=str(track))
    _property(volume, "mlt_service", "volume")
    _property(volume, "level", level)


def _levels(timeline: Timeline, lane: list[Piece]) -> str:
    """``0=-60;12=0``: dB at frames of the film, for all cues of one track."""
    points: dict[int, float] = {}
    for cue in dict.fromkeys(piece.cue for piece in lane):
        points |= gain_frames(timeline, cue)
    ordered = sorted(points.items()) or [(0, SILENT_DB)]
    return ";".join(f"{frame}={db:.2f}" for frame, db in ordered)
