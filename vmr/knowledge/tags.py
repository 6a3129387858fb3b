"""What a music tagger's tags and the sound itself say about mood, genre and energy: tags.csv.

A row is either a tag of the music encoder (``msd:rock``) or, with ``when``, a condition over the
AUDIO_STATS of the track, such as ``tempo 0.55..0.8``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vmr.encoders.audio_stats import AUDIO_STATS
from vmr.errors import ManifestError
from vmr.knowledge.tables import Meaning, Ramp, read_cells, read_meaning

TAGS = Path(__file__).with_name("tags.csv")
COLUMNS = ("tag", "when", "energy", "moods", "genres", "why")


@dataclass(frozen=True)
class Sound:
    """One row: a tag's name where ``when`` is empty, otherwise a condition with a name."""

    name: str
    when: tuple[Ramp, ...]
    meaning: Meaning


def read_sounds(columns: Sequence[str], path: Path = TAGS) -> tuple[Sound, ...]:
    """All rows of the table; ``columns`` are the music encoder's. Raises ManifestError."""
    found: list[Sound] = []
    for row in read_cells(path, COLUMNS):
        sound = Sound(row["tag"].text, row["when"].ramps(AUDIO_STATS), read_meaning(row))
        if not sound.when and sound.name not in columns:
            raise row["tag"].wrong("cell.music_column", name=sound.name)
        found.append(sound)
    names = [sound.name for sound in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ManifestError("knowledge.two_rows", name=path.name, twice=", ".join(twice))
    return tuple(found)
