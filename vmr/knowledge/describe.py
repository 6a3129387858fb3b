"""What was seen in a video, in plain words, for the line on the page. numpy only, no training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from vmr.encoders.base import VideoEncoder, in_group
from vmr.knowledge.heads import Heads, read_heads
from vmr.knowledge.scenes import Array, Concept, class_groups, condition_values, read_scenes
from vmr.media.clip import VIDEO_STATS, VideoClip

TOP = 5
SURE = 0.3  # weaker words are shown with "perhaps"; of the stronger nearly all are right
LEAST = 0.24  # weaker concepts are guesses of the classifier and not shown
# Of things in a single frame: of 44 weaker than SURE half were right, of 46 up to .4 four in five,
# of the 95 above .89, on the half of the judged clips that choices were made on.
LEAST_OF_FRAME, SURE_OF_FRAME = SURE, 0.4
BESIDE_STRONGEST = 0.4  # of the strongest concept of the classifier; weaker ones are guesses too
OVER_CHANCE = 4.0  # times the share of a classifier that knows nothing: 0.47 for 118 dogs of 1000
HOLDS = 0.7  # how far a condition must hold on average to be said
# (said from, sure from): below, a small fast subject is in it as often as not.
HOLDS_MORE = {
    "still picture": (0.88, 0.99),
    # Short lights: one of two was right, so never without "perhaps".
    "flashes in the dark": (HOLDS, 2.0),
    "lightning and bursts": (HOLDS, 2.0),
}
HEAD = 0.6  # what a head that fully sees a concept counts beside the classifier's share
# Used but not said: a guess of taste, what the page shows as a count of cuts, and what was wrong on
# every second of the clips that it was said of.
UNSAID = ("pleasant picture", "unpleasant picture", "fast cutting", "people at rest")
TEMPERATURE = 1.5  # the classifier is too sure of itself on everyday frames


@runtime_checkable
class Classifier(Protocol):
    """A video encoder whose features still hold the ImageNet classes."""

    def logits(self, features: Array) -> Array:
        """(T, 1000) scores of the classes for (T, D) features."""


@dataclass(frozen=True)
class Description:
    """concepts: (name, weight 0 to 1), things first, see ``words``; stats: measurements by name.

    motion and the colour stats are means over the clip, 0 to 1; ``cuts_per_minute`` counts cuts.
    """

    concepts: tuple[tuple[str, float], ...]
    stats: Mapping[str, float]


@dataclass(frozen=True)
class Reading:
    """What the tables make of T frames: classes (T, 1000) probabilities, None without a classifier;
    held (T, C) how far each concept's condition holds; stats (T, S) as VIDEO_STATS."""

    classes: Array | None
    held: Array
    stats: Array

    def words(self) -> tuple[tuple[str, float], ...]:
        """What is said of all frames together, see ``words`` of this module."""
        return words(_concepts(), self._share(slice(None)), self.held.mean(axis=0))

    def words_of_frame(self, i: int) -> tuple[tuple[str, float], ...]:
        """What is said of frame i alone: a single look deceives more often than many."""
        share = self._share(slice(i, i + 1))
        return words(_concepts(), share, self.held[i], LEAST_OF_FRAME, SURE_OF_FRAME)

    def _share(self, frames: slice) -> Array:
        if self.classes is None:
            return np.zeros(self.held.shape[1], np.float32)
        return recognised(self.classes[frames], _groups())


def read_frames(features: NDArray[np.float32], encoder: VideoEncoder, clip: VideoClip) -> Reading:
    """Features (T, D) of ``encoder`` for the frames of a clip, as the tables read them."""
    stats = (
        features[:, in_group(encoder.columns, "stats")]
        if "stats:motion" in encoder.columns
        else clip.stats
    )
    columns = dict(zip(VIDEO_STATS, stats.T, strict=True))
    heads = _heads()
    if features.shape[1] == heads.weight.shape[1] + len(VIDEO_STATS):
        seen = heads(features[:, : heads.weight.shape[1]])
        columns |= dict(zip(heads.names, seen.T, strict=True))
    classes = None
    if isinstance(encoder, Classifier):
        classes = softmax(encoder.logits(features) / TEMPERATURE)
    return Reading(classes, condition_values(_concepts(), columns), stats)


def describe_video(
    features: NDArray[np.float32], encoder: VideoEncoder, clip: VideoClip
) -> Description:
    """Concepts of scenes.csv and statistics of one clip, from features that are there already.

    features (T, D) of ``encoder``. Without a classifier (CLIP) only conditions such as "dark" can
    be named.
    """
    reading = read_frames(features, encoder, clip)
    return Description(reading.words(), plain_stats(reading.stats, clip))


def words(
    concepts: Sequence[Concept],
    share: Array,
    held: Array,
    least: float = LEAST,
    sure: float = SURE,
) -> tuple[tuple[str, float], ...]:
    """What is said of shares (C,) of the classifier and conditions (C,): names with weights.

    Things come before light and movement, the strongest first; "people" is left out beside a more
    exact word. A weight below SURE is a guess: a thing's below ``sure``; below ``least`` it is not
    said.
    """
    things: list[tuple[str, float]] = []
    looks: list[tuple[str, float]] = []
    for concept, seen, holds in zip(concepts, share.tolist(), held.tolist(), strict=True):
        weight = max(seen, HEAD * holds) if concept.classes else holds
        look = HOLDS_MORE.get(concept.name, (HOLDS, HOLDS))
        said_from, sure_from = (least, sure) if concept.classes else look
        if concept.name not in UNSAID and weight >= said_from:
            if weight < sure_from:
                weight = min(weight, LEAST)  # with "perhaps"
            found = things if concept.classes or concept.group == "nature" else looks
            found.append((concept.name, round(min(weight, 1.0), 3)))
    said = [*sorted(things, key=_weakest), *sorted(looks, key=_weakest)]
    if any(name.startswith("people ") for name, _ in said):
        said = [word for word in said if word[0] != "people"]
    return tuple(said[:TOP])


def _weakest(word: tuple[str, float]) -> float:
    return -word[1]


def recognised(p: Array, groups: Array) -> Array:
    """Mean share of each concept in class probabilities: (T, L), groups (C, L) of 0, 1 -> (C,).

    0 where it is far behind the strongest, or hardly more than what equal probabilities give: a
    concept of many classes collects much from a picture in which the classifier knows nothing.
    """
    share = p.mean(axis=0) @ groups.T
    least = np.maximum(OVER_CHANCE * groups.mean(axis=1), BESIDE_STRONGEST * share.max())
    return np.where(share >= least, share, 0).astype(np.float32)


def plain_stats(stats: Array, clip: VideoClip) -> dict[str, float]:
    """Means of stats (T, S) over the clip: motion, brightness, ..., and cuts per minute."""
    mean = dict(zip(VIDEO_STATS, stats.mean(axis=0), strict=True))
    found = {name: round(float(mean[name]), 3) for name in ("motion", "brightness", "saturation")}
    found["warmth"] = round(float(mean["warmth"]), 3)
    found["cuts_per_minute"] = round(60 * len(clip.cuts_s) / max(clip.duration_s, 1.0), 1)
    return found


def softmax(x: Array) -> Array:
    """Probabilities along the last axis: (T, L) -> (T, L)."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True), dtype=np.float32)


@lru_cache(maxsize=1)
def _concepts() -> tuple[Concept, ...]:
    return read_scenes()


@lru_cache(maxsize=1)
def _heads() -> Heads:
    return read_heads("picture")


@lru_cache(maxsize=1)
def _groups() -> Array:
    return class_groups(_concepts())
