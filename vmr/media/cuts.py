"""Cuts between looked-at frames. numpy only.

A cut is judged against its neighbourhood, by three measures of which one suffices: change of luma,
change of colour, and how little of one frame is found again in the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr.media.motion import Float, FramePairs

FAINT = 12.0  # luma spread of a whole picture below which what it shows is not compared
CUT_CHANGE = 0.25  # normalised change between two frames below which there is no cut
CUT_RATIO = 2.2  # how far a cut must stand above its neighbourhood
CUT_TINT = 0.08  # the same for the change of colours without lightness
CUT_TINT_RATIO = 4.0
CUT_LOST = 0.6  # the same for what of a frame is not found again: a cut in a quick pan
CUT_LIKENESS = 0.45  # more of a frame than this found again in the next: no cut
CUT_AROUND = 4  # pairs to either side that are the neighbourhood
FLASH = 0.05  # change of the mean luma between two frames that lights up a picture
FLASH_PAIRS = 4  # pairs within which it is dark again
CUT_WINDOW_S = 4.0  # cut_rate counts this far to either side


@dataclass(frozen=True)
class Looked:
    """Frames between which motion is measured, in order of time.

    lumas (G, h, w) and colours (G, 4, 4, 3) uint8 from small_planes; times_s (G,) seconds; runs
    (G,) integers, equal where frames follow one another without a hole.
    """

    lumas: NDArray[np.uint8]
    colours: NDArray[np.uint8]
    times_s: NDArray[np.float64]
    runs: NDArray[np.int64]


def find_cuts(pairs: FramePairs, looked: Looked) -> NDArray[np.bool_]:
    """(P,) whether a cut lies between the two frames of each pair.

    A cut changes the picture, or its colours, much more than its neighbourhood does; nothing of the
    one frame is found again in the other; and two frames later it has not changed back (a flash).
    """
    planes = looked.lumas.astype(np.float32)
    change, tint = _changes(planes, looked.colours)
    spread = planes.std((1, 2))
    faint = np.minimum(spread[:-1], spread[1:]) < FAINT  # fading from or to black
    lost = np.where((change > CUT_CHANGE) & ~faint, 1 - pairs.likeness, 0)
    hole = np.diff(looked.runs) != 0
    gap_s = np.diff(looked.times_s)
    cuts = np.zeros(len(change), bool)
    candidates = _much(change, tint) & (pairs.likeness < CUT_LIKENESS)
    for i in map(int, np.flatnonzero(candidates)):
        around = range(max(0, i - CUT_AROUND), min(len(change), i + CUT_AROUND + 1))
        near = [j for j in around if j != i and not hole[j] and not cuts[j]]
        stands_out = any(
            values[i] > least and values[i] >= ratio * (np.median(values[near]) if near else 0)
            for values, least, ratio in (
                (change, CUT_CHANGE, CUT_RATIO),
                (tint, CUT_TINT, CUT_TINT_RATIO),
                (lost, CUT_LOST, CUT_RATIO),
            )
        )
        follows = i > 0 and cuts[i - 1] and gap_s[i] < 0.2
        if stands_out and not follows and not _changes_back(planes, change, hole, i):
            cuts[i] = True
    return cuts


def find_flashes(pairs: FramePairs) -> NDArray[np.bool_]:
    """(P,) whether the picture lights up, or darkens, between the two frames of each pair and is as
    it was within FLASH_PAIRS pairs: a flash is no movement."""
    near = np.pad(pairs.flash, FLASH_PAIRS)
    around = np.lib.stride_tricks.sliding_window_view(near, 2 * FLASH_PAIRS + 1)
    back = np.where(pairs.flash > 0, -around.min(axis=1), around.max(axis=1))
    size = np.abs(pairs.flash)
    return np.asarray((size > FLASH) & (back > size / 2))


def may_be_cuts(lumas: NDArray[np.uint8], colours: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(G, h, w) and (G, 4, 4, 3) as in Looked -> (G - 1,) whether enough changes between two."""
    return _much(*_changes(lumas.astype(np.float32), colours))


def _changes(planes: Float, colours: NDArray[np.uint8]) -> tuple[Float, Float]:
    """(P,) changes of luma and of colour between each frame and the next."""
    tint = np.abs(np.diff(_chroma(colours), axis=0)).mean((1, 2, 3))
    return _normalised_change(planes[:-1], planes[1:]), tint


def _much(change: Float, tint: Float) -> NDArray[np.bool_]:
    return (change > CUT_CHANGE) | (tint > CUT_TINT)


def _changes_back(planes: Float, change: Float, hole: NDArray[np.bool_], i: int) -> bool:
    """Whether the frames around a flash between i and i + 1 look alike."""
    for before, after in ((i, i + 2), (i - 1, i + 1)):
        if before >= 0 and after < len(planes) and not hole[before:after].any():
            skipped = _normalised_change(planes[before][None], planes[after][None])[0]
            if skipped < 0.5 * change[i]:
                return True
    return False


def _chroma(colours: NDArray[np.uint8]) -> Float:
    """Colour without lightness, so that lightning is no new scene: (..., 3) -> (..., 3)."""
    rgb = colours.astype(np.float32)
    grey = rgb.mean(-1, keepdims=True)
    return (rgb - grey) / (grey + 24)


def _normalised_change(one: Float, other: Float) -> Float:
    """Mean absolute luma difference over the spread of luma: about 1.1 for unrelated pictures."""
    spread = np.maximum(one.std((1, 2)), other.std((1, 2)))
    return np.abs(one - other).mean((1, 2)) / np.maximum(spread, 8.0)


def cut_rate(times_s: NDArray[np.float64], cuts_s: NDArray[np.float64], duration_s: float) -> Float:
    """Cuts (C,) per second within 4 s of each time (T,), clipped to the video: (T,)."""
    low = np.maximum(times_s - CUT_WINDOW_S, 0)
    high = np.maximum(np.minimum(times_s + CUT_WINDOW_S, duration_s), low + 1.0)
    inside = (cuts_s[None] >= low[:, None]) & (cuts_s[None] <= high[:, None])
    return (inside.sum(1) / (high - low)).astype(np.float32)
