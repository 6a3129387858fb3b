"""The two lenses of the starter model, filled from the tables and heads of vmr.knowledge.

Picture columns that come out: one per concept of scenes.csv (classes), the picture heads, the photo
heads, one per concept with ``when``, and thermometers of the motion statistics. Music columns: the
100 tags, the 15 audio statistics, the music heads, and one per row of tags.csv with ``when``.

The last columns of both are the teacher's scores: what the tables say of the columns before, for
each mood, each genre and the energy. A person can follow every score by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from vmr.encoders.efficientnet import POOLED, EfficientNetLite0
from vmr.knowledge.heads import read_heads
from vmr.knowledge.scenes import Concept, class_groups, read_scenes, weights
from vmr.knowledge.tables import Meaning, Ramp
from vmr.knowledge.tags import Sound, read_sounds
from vmr.knowledge.vocabulary import GENRES, MOODS, NEGATIVE, POSITIVE
from vmr.media.clip import VIDEO_STATS
from vmr.model.front_end import Lens, LensSize

Array = NDArray[np.float32]

# The classifier is trained on one object a picture and much too sure on everyday frames: at
# temperature 2 the concepts that are somewhat like the picture get their share.
TEMPERATURE = 2.0
# What the root of a concept's share must exceed, times that of a classifier that knows nothing:
# 0.34 for the 118 dogs of 1000. Without it a hundred weak guesses outvote what is seen.
OVER_CHANCE = 1.2
# What the excess counts: a concept that is seen shall not be outvoted by light and colour, while
# the energy also hangs on how the camera and the subject move.
CONCEPT = {"mood": 1.5, "genre": 1.5, "energy": 1.0}
# What a ramp that fully holds counts beside the root of a probability. Motion carries most of the
# energy; light and colour say more of moods than of genres.
CONDITION = {"mood": 0.28, "genre": 0.14, "energy": 0.35}
PACE = 0.08  # what motion adds to the energy each time it doubles (felt pace is a logarithm)
PHOTO = 0.3  # what the photo heads' guess of a table's row counts beside the concepts that are seen
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


SCORES = len(MOODS) + len(GENRES) + 1
# Where a facet's scores stand among the columns that come out; the energy is the very last.
SCORE_COLUMNS = {"mood": slice(-SCORES, -len(GENRES) - 1), "genre": slice(-len(GENRES) - 1, -1)}


def table_scores(x: Array) -> dict[str, Array]:
    """What the tables say, from columns (N, columns) that came out of a lens:
    {"mood": (N, 12), "genre": (N, 20), "energy": (N,)}; energy is relative."""
    return {facet: x[:, columns] for facet, columns in SCORE_COLUMNS.items()} | {"energy": x[:, -1]}


def picture_lens(encoder: EfficientNetLite0) -> Lens:
    """The lens over EfficientNet-Lite0's columns, with what scenes.csv says of them."""
    concepts, heads, photos = read_scenes(), read_heads("picture"), read_heads("photo")
    when = [i for i, concept in enumerate(concepts) if concept.when]
    gauges = [Ramp(stat, edge / 2, edge) for stat, edges in THERMOMETERS.items() for edge in edges]
    count = len(heads.names) + len(photos.names)
    size = LensSize(1000, len(concepts), count, len(when) + len(gauges), SCORES)
    lens = Lens(encoder.dim, size)
    lens.weight[:1000, :POOLED] = torch.as_tensor(encoder.classifier_weights) / TEMPERATURE
    lens.bias[:1000] = torch.as_tensor(encoder.classifier_bias) / TEMPERATURE
    lens.weight[1000:, :POOLED] = torch.as_tensor(np.concatenate([heads.weight, photos.weight]))
    lens.bias[1000:] = torch.as_tensor(np.concatenate([heads.bias, photos.bias]))
    lens.groups.copy_(torch.as_tensor(class_groups(concepts)))
    place = {stat: POOLED + i for i, stat in enumerate(VIDEO_STATS)}
    place |= {name: encoder.dim + i for i, name in enumerate(heads.names)}
    _fill_ramps(lens, [concepts[i].when for i in when] + [(gauge,) for gauge in gauges], place)
    lens.floor.copy_(OVER_CHANCE * lens.groups.mean(dim=1).sqrt())
    lens.table.copy_(torch.as_tensor(_picture_table(concepts, when, len(heads.names), gauges)))
    return lens


def picture_axes(size: LensSize) -> Array:
    """Energy, feeling and light of a picture as sums of the lens's columns: (C, 3)."""
    weight = np.zeros((size.columns, 3), np.float32)
    weight[-1, 0] = 1
    moods = np.arange(size.columns)[SCORE_COLUMNS["mood"]]
    for names, sign in ((POSITIVE, 1), (NEGATIVE, -1)):
        weight[moods[[MOODS.index(name) for name in names]], 1] = sign / len(names)
    stats = [stat for stat, edges in THERMOMETERS.items() for _ in edges]
    gauges = size.seen - len(stats)
    for i, stat in enumerate(stats):
        weight[gauges + i, 2] = {"brightness": 1.0, "saturation": 0.5}.get(stat, 0.0)
    return weight


def music_lens(columns: Sequence[str]) -> Lens:
    """The lens over musicnn's columns, with what tags.csv says of them."""
    sounds, heads = read_sounds(columns), read_heads("music")
    tags = [name for name in columns if name.startswith(("msd:", "mtt:"))]
    stats = [name for name in columns if name.startswith("stats:")]
    when = [sound for sound in sounds if sound.when]
    size = LensSize(0, 0, len(tags) + len(stats) + len(heads.names), len(when), SCORES)
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
    lens.table.copy_(torch.as_tensor(_music_table(sounds, tags, len(stats) + len(heads.names))))
    return lens


def _fill_ramps(lens: Lens, ramps: Sequence[Sequence[Ramp]], place: dict[str, int]) -> None:
    for row, factors in enumerate(ramps):
        known = [(place[f.stat], f.start, f.full - f.start) for f in factors]
        for k, (column, start, span) in enumerate([*known, ALWAYS][:2]):
            lens.ramp_columns[row, k] = column
            lens.ramp_starts[row, k] = start
            lens.ramp_spans[row, k] = span


def _picture_table(
    concepts: Sequence[Concept], when: Sequence[int], heads: int, gauges: Sequence[Ramp]
) -> Array:
    """What every column says: (seen, SCORES). Picture heads say nothing alone; of the
    thermometers motion's says energy."""
    table = _side_by_side([concept.meaning for concept in concepts])
    facets = ("mood", "genre", "energy")
    widths = [len(MOODS), len(GENRES), 1]
    shown = np.repeat([CONCEPT[f] for f in facets], widths).astype(np.float32) * table
    counts = np.repeat([CONDITION[f] for f in facets], widths)
    conditions = np.float32(counts) * table[list(when)]
    pace = np.zeros((len(gauges), SCORES), np.float32)
    pace[[gauge.stat == "motion" for gauge in gauges], -1] = PACE
    nothing = np.zeros((heads, SCORES), np.float32)
    photos = PHOTO * np.eye(SCORES, dtype=np.float32)
    return np.concatenate([shown, nothing, photos, conditions, pace])


def _music_table(sounds: Sequence[Sound], tags: Sequence[str], others: int) -> Array:
    by_name: dict[str, Meaning] = {sound.name: sound.meaning for sound in sounds}
    table = _side_by_side(
        [by_name[tag] for tag in tags] + [sound.meaning for sound in sounds if sound.when]
    )
    n = len(tags)
    return np.concatenate([TAG * table[:n], np.zeros((others, SCORES), np.float32), table[n:]])


def _side_by_side(meanings: Sequence[Meaning]) -> Array:
    """Moods, genres and energy, the latter around its mean: (rows, SCORES)."""
    moods, genres, energy = weights(meanings)
    return np.concatenate([moods, genres, (energy - energy.mean())[:, None]], axis=1)
