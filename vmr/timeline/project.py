"""A film and its cues as plain data; vmr.timeline.project_file reads and writes them.

Seconds count from the beginning of the film or of the track. Paths are relative to the folder of
the project, or absolute.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

from vmr.catalogs.tracks_table import Track

Original = Literal["off", "mix", "duck"]

RATES = tuple(Fraction(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)) + tuple(
    Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)
)


NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class OneLine:
    """Texts of a dataclass lose what no XML can hold and every break of a line."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, str):
                plain = " ".join(NOT_IN_XML.sub("", value).split())
                object.__setattr__(self, name, value if name == "path" else plain)
        if NOT_IN_XML.search(vars(self).get("path", "")):
            raise ValueError("path holds a character that no file for an editing program can hold")


@dataclass(frozen=True)
class Music(OneLine):
    """A track under a film, with all that it must be named by. seconds: its length, 0 = unknown.

    uses to valid_until: as in tracks.csv, see vmr.catalogs.tracks_table.
    """

    path: str
    title: str
    composer: str = ""
    publisher: str = ""
    licence: str = ""
    attribution: str = ""
    source: str = ""
    seconds: float = 0.0
    uses: tuple[str, ...] = ()
    territory: tuple[str, ...] = ()
    valid_from: str = ""
    valid_until: str = ""

    @classmethod
    def of(cls, track: Track, path: Path) -> Music:
        """A track of a catalog, whose sound is in the file ``path``."""
        names = ("title", "licence", "attribution", "source", "seconds")
        rights = ("uses", "territory", "valid_from", "valid_until")
        same = {name: getattr(track, name) for name in (*names, *rights)}
        return cls(path=str(path), composer=track.artist, **same)

    def as_track(self) -> Track:
        """What a policy is asked about."""
        return Track(
            id="cue",
            title=self.title,
            licence=self.licence,
            uses=self.uses,
            territory=self.territory,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


@dataclass(frozen=True)
class Cue(OneLine):
    """Music from start_s to end_s of the film, beginning at in_s of the track.

    gain_db: beside the ducking; fades in seconds; duck: whether it yields to the film's own sound;
    use: what it is there for, as a collecting society asks.
    """

    start_s: float
    end_s: float
    music: Music
    in_s: float = 0.0
    gain_db: float = 0.0
    fade_in_s: float = 0.3
    fade_out_s: float = 2.0
    duck: bool = True
    name: str = ""
    use: str = "background"

    @property
    def length_s(self) -> float:
        """Seconds in the film."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Film(OneLine):
    """The video. fps: exact; seconds: its length; sound: whether it has its own."""

    path: str
    fps: Fraction
    width: int
    height: int
    seconds: float
    sound: bool


@dataclass(frozen=True)
class Timeline(OneLine):
    """A film with its cues, by their start. ducking: (seconds of the film, dB)."""

    name: str
    film: Film
    cues: tuple[Cue, ...]
    original: Original = "mix"
    original_gain_db: float = 0.0
    ducking: tuple[tuple[float, float], ...] = field(default=())

    @property
    def has_own_sound(self) -> bool:
        """Whether the film's own sound is heard."""
        return self.film.sound and self.original != "off"


def exact_rate(fps: float) -> Fraction:
    """``29.97`` -> 30000/1001: the usual rate within a two-thousandth, else to a thousandth."""
    near = min(RATES, key=lambda rate: abs(float(rate) - fps))
    if abs(float(near) - fps) <= fps / 2000:
        return near
    return Fraction(fps).limit_denominator(1000)
