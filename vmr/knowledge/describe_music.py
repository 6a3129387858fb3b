"""What was heard in a piece of music, in plain words, for the line on the page. No training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vmr.knowledge.describe import Description

TAGGERS = ("msd:", "mtt:")  # columns with one of these are a tagger's probabilities
TOP = 5
LEAST = 0.12  # weaker tags are guesses
SHOWN = ("energy", "tempo", "loudness", "low_share", "high_share", "majorness")


def describe_music(features: NDArray[np.float32], columns: Sequence[str]) -> Description:
    """The strongest tags and some plain statistics of features (T, D) with these columns.

    An encoder without a tagger gives no tags, one without statistics none of those.
    """
    mean = dict(zip(columns, features.mean(axis=0).tolist(), strict=True))
    tags: dict[str, float] = {}
    for column, weight in mean.items():
        if column.startswith(TAGGERS):
            name = column.partition(":")[2].lower()
            tags[name] = max(weight, tags.get(name, 0.0))
    strongest = sorted(tags.items(), key=lambda tag: -tag[1])[:TOP]
    stats = {name: mean[f"stats:{name}"] for name in SHOWN if f"stats:{name}" in mean}
    return Description(tuple(tag for tag in strongest if tag[1] >= LEAST), stats)
