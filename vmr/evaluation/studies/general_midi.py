"""What sounds in a General MIDI file, known from the file: which programs, how long, how loud.

A piece is a list of events (seconds, message). An excerpt of it can be written as a file of its
own, as it is or without drums and with its loudest voice given to another instrument; a synthesiser
makes it sound.
Loudness is velocity x volume x expression of the channel (0 to 1) x seconds, summed over notes. The
pedal is not followed, and a struck drum counts as STRIKE_S, whatever its note's length.

Source: General MIDI System Level 1, the instrument patch map; programs are counted from 0.
"""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from vmr.errors import VmrError

Event = tuple[float, Any]  # seconds from the beginning, a mido.Message

PROGRAMS: Mapping[str, frozenset[int]] = {
    "piano": frozenset(range(6)),  # with electric pianos
    "guitar": frozenset(range(24, 32)),  # not basses
    "strings": frozenset((*range(40, 46), *range(48, 52), 110)),
    "drums": frozenset((47, 116, 117, 118)),  # timpani, taiko, toms; and all of the drum channel
    "synth": frozenset((38, 39, 50, 51, 54, 62, 63, *range(80, 104))),
    "flute": frozenset(range(72, 80)),  # the family of pipes
    "harp": frozenset((46,)),
    "harpsichord": frozenset((6,)),
    "sitar": frozenset((104,)),
    "choir": frozenset((52, 53, 54, 91)),
}
DRUM_CHANNEL = 9  # the tenth
DRUM = -1  # in the place of a program
STRIKE_S = 0.25
EXCERPT_S = 30.0
LEAST_S = 15.0  # of an excerpt in which something sounds
TICKS_PER_BEAT, BEATS_PER_S = 480, 2  # of what is written
AUDIBLE_TIME, AUDIBLE_LOUDNESS = 0.1, 0.05  # shares of an excerpt from which one hears it


@dataclass(frozen=True)
class Note:
    """One note; program: DRUM where it is a drum. loudness: 0 to 1, without its length."""

    start_s: float
    end_s: float
    channel: int
    program: int
    loudness: float

    @property
    def weight(self) -> float:
        """Its part of what one hears: loudness x seconds."""
        return self.loudness * (self.end_s - self.start_s)


def mido() -> ModuleType:
    """The library that reads MIDI files. VmrError where it is not installed."""
    try:
        import mido as library
    except ImportError as error:
        raise VmrError("instruments.mido") from error
    return library


def midi_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of the MIDI files under a folder: .mid, .midi, also in gzip, and those in the
    WADs of games in the manner of Doom."""
    for path in sorted(folder.rglob("*")):
        name, kind = path.relative_to(folder).as_posix(), path.name.lower().removesuffix(".gz")
        if not path.is_file():
            continue
        if kind.endswith((".mid", ".midi")):
            yield name, _unzipped(path.read_bytes())
        elif kind.endswith(".wad"):
            yield from wad_lumps(name, path.read_bytes())


def wad_lumps(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """(name/lump, bytes) of a WAD's lumps that are MIDI files."""
    if len(data) < 12 or data[1:4] != b"WAD":
        return
    count, place = struct.unpack_from("<II", data, 4)
    for entry in struct.iter_unpack("<II8s", data[place : place + 16 * count]):
        start, size, lump = entry
        if data[start : start + 4] == b"MThd":
            yield f"{name}/{lump.rstrip(bytes(1)).decode('latin-1')}", data[start : start + size]


def _unzipped(data: bytes) -> bytes:
    try:
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError):
        return b""


def read_events(data: bytes) -> list[Event]:
    """All messages of a MIDI file in the order of time; none where it cannot be read."""
    library, now = mido(), 0.0
    found: list[Event] = []
    damage = (OSError, EOFError, ValueError, LookupError, TypeError, library.KeySignatureError)
    try:
        piece = library.MidiFile(file=io.BytesIO(data), clip=True)
        for message in piece:
            now += message.time
            if not message.is_meta and hasattr(message, "channel"):
                found.append((now, message))
    except damage:
        return []
    return found


def excerpt(events: Sequence[Event]) -> list[Event]:
    """EXCERPT_S from a quarter of the way, with what was set before; a short piece whole.

    Empty where less than LEAST_S of it sounds.
    """
    found = notes(events)
    if not found:
        return []
    first, last = found[0].start_s, max(note.end_s for note in found)
    start = first + max(0.0, min((last - first) / 4, last - first - EXCERPT_S))
    kept: list[Event] = []
    for at, message in events:
        if at >= start + EXCERPT_S:
            break
        if at >= start:
            kept.append((at - start, message))
        elif not message.type.startswith("note"):
            kept.append((0.0, message))
    sounding = covered([(note.start_s, note.end_s) for note in notes(kept)])
    return kept if sounding >= LEAST_S else []


def notes(events: Sequence[Event]) -> list[Note]:
    """The notes in the order of their beginning; what still sounds at the end ends there."""
    program = dict.fromkeys(range(16), 0)
    volume, expression = dict.fromkeys(range(16), 100), dict.fromkeys(range(16), 127)
    begun: dict[tuple[int, int], tuple[float, int, float]] = {}
    found: list[Note] = []

    def end(key: tuple[int, int], at: float) -> None:
        start, which, loudness = begun.pop(key)
        until = start + STRIKE_S if which == DRUM else at
        found.append(Note(start, until, key[0], which, loudness))

    for at, message in events:
        if message.type == "program_change":
            program[message.channel] = message.program
        elif message.type == "control_change":
            if message.control in (7, 11):
                (volume if message.control == 7 else expression)[message.channel] = message.value
        elif message.type in ("note_on", "note_off"):
            key = (message.channel, message.note)
            if key in begun:
                end(key, at)
            if message.type == "note_on" and message.velocity:
                drum = message.channel == DRUM_CHANNEL
                loud = message.velocity * volume[message.channel] * expression[message.channel]
                which = DRUM if drum else program[message.channel]
                begun[key] = (at, which, loud / 127**3)
    last = events[-1][0] if events else 0.0
    for key in list(begun):
        end(key, last)
    return sorted(found, key=lambda note: (note.start_s, note.channel))


def covered(spans: Sequence[tuple[float, float]]) -> float:
    """Seconds in which at least one of the spans lasts."""
    total, until = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total


def audible(events: Sequence[Event]) -> frozenset[str]:
    """The instruments of PROGRAMS that one hears: that sound for AUDIBLE_TIME of the excerpt at
    least and make AUDIBLE_LOUDNESS of its loudness."""
    found = notes(events)
    length = max((note.end_s for note in found), default=0.0)
    loudness = sum(note.weight for note in found)
    heard = set()
    for name, programs in PROGRAMS.items():
        wanted = programs | {DRUM} if name == "drums" else programs
        own = [note for note in found if note.program in wanted]
        time = covered([(note.start_s, note.end_s) for note in own])
        loud = sum(note.weight for note in own) >= AUDIBLE_LOUDNESS * loudness
        if own and loud and time >= AUDIBLE_TIME * length:
            heard.add(name)
    return frozenset(heard)


def revoiced(events: Sequence[Event], program: int) -> list[Event]:
    """The same without the drum channel, its loudest voice given to another program; empty where
    there are only drums."""
    weight: dict[int, float] = {}
    for note in notes(events):
        if note.program != DRUM:
            weight[note.channel] = weight.get(note.channel, 0.0) + note.weight
    if not weight:
        return []
    channel = max(sorted(weight), key=lambda one: weight[one])
    others = [
        (at, one)
        for at, one in events
        if one.channel != DRUM_CHANNEL and not _chooses_voice(one, channel)
    ]
    return [(0.0, mido().Message("program_change", channel=channel, program=program)), *others]


def _chooses_voice(message: Any, channel: int) -> bool:
    """Whether a message sets the program, or the bank that it is taken from."""
    if message.channel != channel:
        return False
    bank = message.type == "control_change" and message.control in (0, 32)
    return bool(bank or message.type == "program_change")


def midi_bytes(events: Sequence[Event]) -> bytes:
    """The events as a MIDI file of one track, every note ended."""
    library = mido()
    track, now = library.MidiTrack(), 0
    last = events[-1][0] if events else 0.0
    off = [library.Message("control_change", channel=c, control=123) for c in range(16)]
    for at, message in [*events, *((last, one) for one in off)]:
        tick = round(at * TICKS_PER_BEAT * BEATS_PER_S)
        track.append(message.copy(time=tick - now))
        now = tick
    file = library.MidiFile(type=0, ticks_per_beat=TICKS_PER_BEAT, tracks=[track])
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()
