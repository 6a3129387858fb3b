"""The two lenses of the starter model, filled from the tables and heads of vmr.knowledge.

Picture columns that come out: one per concept of scenes.csv (classes), the picture heads, one per
concept with ``when``, and thermometers of the motion statistics. Music columns: the 100 tags, the
15 audio statistics, the music heads, and one per row of tags.csv with ``when``.

The teacher is what the tables say of those columns: a person can follow every score by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from vmr.encoders.efficientnet import POOLED, EfficientNetLite0
from vmr.knowledge.heads import read_heads
from vmr.knowledge.scenes import Concept, class_groups, read_scenes, weights
from vmr.knowledge.tables import Meaning, Ramp
from vmr.knowledge.tags import Sound, read_sounds
from vmr.lens import Lens, LensSize
from vmr.media.clip import VIDEO_STATS

Array = NDArray[np.float32]

# The classifier is trained on one object a picture and much too sure on everyday frames: at
# temperature 3 the concepts that are somewhat like the picture get their share.
TEMPERATURE = 3.0
# What a ramp that fully holds counts beside the root of a probability. Motion carries most of the
# energy; light and colour say more of moods than of genres.
CONDITION = {"mood": 0.22, "genre": 0.14, "energy": 0.35}
TAG = 0.2  # what a sure tag counts beside a condition of the sound that fully holds
ALWAYS = (0, -1e6, 1.0)  # a second factor that is always 1

# Motion, cutting and flicker differ by powers of ten between a tripod and a hand: several ramps on
# a geometric scale make the network see ranks instead of amounts.
THERMOMETERS = {
    "motion": (0.01, 0.02, 0.04, 0.08, 0.16, 0.32),
    "flow": (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32),
    "camera": (0.005, 0.01, 0.02, 0.05, 0.1, 0.2),
    "cut_rate": (0.01, 0.1, 0.3, 0.8),
    "moving": (0.05, 0.2, 0.5, 0.9),
    "flicker": (0.005, 0.01, 0.02, 0.05, 0.1),
    "brightness": (0.1, 0.25, 0.4, 0.55),
    "saturation": (0.05, 0.2, 0.35, 0.5),
    "warmth": (0.4, 0.47, 0.53, 0.62),
    "dark": (0.05, 0.2, 0.5),
    "contrast": (0.2, 0.35, 0.5),
    "detail": (0.05, 0.15, 0.3),
}


@dataclass(frozen=True)
class Teaching:
    """Scores of the tables for columns of a lens: x @ moods etc., x (N, columns).

    moods (columns, 12), genres (columns, 20), energy (columns,): float32; energy is relative.
    """

    moods: Array
    genres: Array
    energy: Array

    def scores(self, x: Array) -> dict[str, Array]:
        """{"mood": (N, 12), "genre": (N, 20), "energy": (N,)}"""
        return {"mood": x @ self.moods, "genre": x @ self.genres, "energy": x @ self.energy}


def picture_lens(encoder: EfficientNetLite0) -> tuple[Lens, Teaching]:
    """The lens over EfficientNet-Lite0's columns and what scenes.csv says of its columns."""
    concepts, heads = read_scenes(), read_heads("picture")
    when = [i for i, concept in enumerate(concepts) if concept.when]
    gauges = [Ramp(stat, edge / 2, edge) for stat, edges in THERMOMETERS.items() for edge in edges]
    size = LensSize(1000, len(concepts), len(heads.names), len(when) + len(gauges))
    lens = Lens(encoder.dim, size)
    lens.weight[:1000, :POOLED] = torch.as_tensor(encoder.classifier_weights) / TEMPERATURE
    lens.bias[:1000] = torch.as_tensor(encoder.classifier_bias) / TEMPERATURE
    lens.weight[1000:, :POOLED] = torch.as_tensor(heads.weight)
    lens.bias[1000:] = torch.as_tensor(heads.bias)
    lens.groups.copy_(torch.as_tensor(class_groups(concepts)))
    place = {stat: POOLED + i for i, stat in enumerate(VIDEO_STATS)}
    place |= {name: encoder.dim + i for i, name in enumerate(heads.names)}
    _fill_ramps(lens, [concepts[i].when for i in when] + [(gauge,) for gauge in gauges], place)
    return lens, _teach_pictures(concepts, when, len(heads.names), len(gauges))


def music_lens(columns: Sequence[str]) -> tuple[Lens, Teaching]:
    """The lens over musicnn's columns and what tags.csv says of its columns."""
    sounds, heads = read_sounds(columns), read_heads("music")
    tags = [name for name in columns if name.startswith(("msd:", "mtt:"))]
    stats = [name for name in columns if name.startswith("stats:")]
    when = [sound for sound in sounds if sound.when]
    size = LensSize(0, 0, len(tags) + len(stats) + len(heads.names), len(when))
    lens = Lens(len(columns), size)
    place = {name: i for i, name in enumerate(columns)}
    for row, name in enumerate(tags + stats):
        lens.weight[row, place[name]] = 1.0
    first = [place[name] for name in tags]
    lens.exponent[first] = 0.5
    lens.weight[len(tags) + len(stats) :, first] = torch.as_tensor(heads.weight)
    lens.bias[len(tags) + len(stats) :] = torch.as_tensor(heads.bias)
    stat_place = {name.removeprefix("stats:"): place[name] for name in stats}
    _fill_ramps(lens, [sound.when for sound in when], stat_place)
    return lens, _teach_music(sounds, tags, len(stats) + len(heads.names))


def _fill_ramps(lens: Lens, ramps: Sequence[Sequence[Ramp]], place: dict[str, int]) -> None:
    for row, factors in enumerate(ramps):
        known = [(place[f.stat], f.start, f.full - f.start) for f in factors]
        for k, (column, start, span) in enumerate([*known, ALWAYS][:2]):
            lens.ramp_columns[row, k] = column
            lens.ramp_starts[row, k] = start
            lens.ramp_spans[row, k] = span


def _teach_pictures(
    concepts: Sequence[Concept], when: Sequence[int], heads: int, gauges: int
) -> Teaching:
    moods, genres, energy = weights([concept.meaning for concept in concepts])
    energy = energy - energy.mean()
    rows = list(when)

    def join(table: Array, condition: float) -> Array:
        zeros = [np.zeros((n, *table.shape[1:]), np.float32) for n in (heads, gauges)]
        return np.concatenate([table, zeros[0], condition * table[rows], zeros[1]])

    return Teaching(
        join(moods, CONDITION["mood"]),
        join(genres, CONDITION["genre"]),
        join(energy, CONDITION["energy"]),
    )


def _teach_music(sounds: Sequence[Sound], tags: Sequence[str], others: int) -> Teaching:
    by_name: dict[str, Meaning] = {sound.name: sound.meaning for sound in sounds}
    order = [by_name[tag] for tag in tags] + [s.meaning for s in sounds if s.when]
    moods, genres, energy = weights(order)
    energy = energy - energy.mean()
    n = len(tags)

    def join(table: Array) -> Array:
        zeros = np.zeros((others, *table.shape[1:]), np.float32)
        return np.concatenate([TAG * table[:n], zeros, table[n:]])

    return Teaching(join(moods), join(genres), join(energy))
