"""The visual concepts of scenes.csv: how each is seen, and what music goes with it. numpy only.

A concept is seen in two ways, which add up: ``classes``, names of ImageNet classes (``a..b`` is a
range in the classifier's order), and ``when``, one or two ramps, multiplied, over the VIDEO_STATS
of the frame and the small heads (heads.safetensors). Every row has at least one of the two.

``instruments`` says what such pictures are played with, in weights of -3 to 3 as for moods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmr.encoders.efficientnet import class_names
from vmr.errors import ManifestError
from vmr.knowledge.instruments import INSTRUMENTS
from vmr.knowledge.tables import Cell, Meaning, Ramp, read_cells, read_meaning
from vmr.knowledge.vocabulary import GENRES, MOODS
from vmr.media.clip import VIDEO_STATS

Array = NDArray[np.float32]

# Heads that see what ImageNet has no class for, and what the photographs of each show.
CONCEPT_HEADS = {
    "sunset": "sunset and sunrise",
    "storm": "storm",
    "sea": "sea and beach",
    "forest": "forest",
}
PICTURE_HEADS = ("people", "indoor", "valence", "arousal", *CONCEPT_HEADS)

# What a concept is called in English where its row is named by how it is measured; the page's
# English texts say the same (tests/test_reasons.py).
SAID = {"still picture": "little movement"}

SCENES = Path(__file__).with_name("scenes.csv")
COLUMNS = (
    *("concept", "group", "classes", "when"),
    *("energy", "moods", "genres", "instruments", "why"),
)


@dataclass(frozen=True)
class Concept:
    """One row; ``classes`` are indices of ImageNet classes."""

    name: str
    group: str
    classes: tuple[int, ...]
    when: tuple[Ramp, ...]
    meaning: Meaning
    instruments: Mapping[str, float]


def read_scenes(path: Path = SCENES, columns: Sequence[str] = COLUMNS) -> tuple[Concept, ...]:
    """All concepts of the table, whose ``instruments`` may be left out of the columns. Raises
    ManifestError, which names line and column."""
    index = {name: i for i, name in enumerate(class_names())}
    concepts = tuple(_concept(row, index) for row in read_cells(path, columns))
    names = [concept.name for concept in concepts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ManifestError("knowledge.two_rows", name=path.name, twice=", ".join(twice))
    return concepts


def class_groups(concepts: Sequence[Concept]) -> Array:
    """(C, 1000) float32, 1 where the concept names the class: probabilities @ groups.T adds up."""
    groups = np.zeros((len(concepts), len(class_names())), dtype=np.float32)
    for row, concept in zip(groups, concepts, strict=True):
        row[list(concept.classes)] = 1.0
    return groups


def condition_values(concepts: Sequence[Concept], columns: Mapping[str, Array]) -> Array:
    """How far each concept's ramps hold in every frame: (T, C) float32, 0 to 1.

    ``columns``: (T,) values by name; a concept without ``when``, or with a ramp over a column that
    is not there, is 0.
    """
    frames = len(next(iter(columns.values())))
    values = np.zeros((frames, len(concepts)), dtype=np.float32)
    for i, concept in enumerate(concepts):
        if concept.when and all(ramp.stat in columns for ramp in concept.when):
            parts = [_hold(ramp, columns[ramp.stat]) for ramp in concept.when]
            values[:, i] = np.prod(parts, axis=0)
    return values


def _hold(ramp: Ramp, value: Array) -> Array:
    return np.clip((value - ramp.start) / (ramp.full - ramp.start), 0.0, 1.0)


def weights(meanings: Sequence[Meaning]) -> tuple[Array, Array, Array]:
    """moods (C, 12), genres (C, 20), energy (C,), float32, in the order of MOODS and GENRES."""
    moods = np.array([[m.moods.get(name, 0.0) for name in MOODS] for m in meanings])
    genres = np.array([[m.genres.get(name, 0.0) for name in GENRES] for m in meanings])
    energy = np.array([m.energy for m in meanings])
    return moods.astype(np.float32), genres.astype(np.float32), energy.astype(np.float32)


def _concept(row: dict[str, Cell], index: dict[str, int]) -> Concept:
    concept = Concept(
        name=row["concept"].text,
        group=row["group"].text,
        classes=_classes(row["classes"], index),
        when=row["when"].ramps((*VIDEO_STATS, *PICTURE_HEADS)),
        meaning=read_meaning(row),
        instruments=row["instruments"].weights(INSTRUMENTS) if "instruments" in row else {},
    )
    if not (concept.name and concept.group):
        raise row["concept"].wrong("cell.name_and_group")
    return concept


def _classes(cell: Cell, index: dict[str, int]) -> tuple[int, ...]:
    found: list[int] = []
    for part in cell.names():
        first, dots, last = part.partition("..")
        unknown = [name for name in (first, last if dots else first) if name not in index]
        if unknown:
            raise cell.wrong("cell.imagenet", name=unknown[0])
        found += range(index[first], index[last if dots else first] + 1)
    return tuple(sorted(set(found)))
