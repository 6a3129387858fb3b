"""Frame statistics of a video, columns VIDEO_STATS of vmr.media.clip. numpy only.

Colour columns are of the sampled frames. Motion columns are measured between looked-at frames,
about 80 ms apart whatever the frame rate, on a luma plane of 64 lines, so that neither resolution
nor frame rate nor fine noise changes them; each sampled frame gets the mean of the pairs that are
nearest to it in time. Small fast subjects and flashes count for a little of it: no still picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vmr.media.clip import VIDEO_STATS
from vmr.media.cuts import Looked, cut_rate, find_cuts, find_flashes
from vmr.media.motion import Float, compare_pairs

LUMA_SHRINK = 4  # 256 lines -> 64
# A small fast subject changes little of the picture at once, and much of it within a second.
STRONG = 0.5  # change of a part, in spreads of the picture, that a subject has come or gone with
SMALL = 0.25  # share of the picture that changes so at once above which it is no small subject
SWEPT_S = 0.5  # to either side of a frame
SLIGHT = 0.06  # motion that a small subject or flashes count for at most: not still, and no more


def small_planes(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(H, W, 3) uint8 RGB -> luma (H // 4, W // 4) uint8, and colours (4, 4, 3) uint8.

    Luma is the mean of each 4 x 4 block, colours the mean of each sixteenth of the picture.
    """
    n = LUMA_SHRINK
    high, wide = picture.shape[0] // n, picture.shape[1] // n
    picture = picture[: high * n, : wide * n]
    rows = picture[0::n].astype(np.uint16)
    for i in range(1, n):
        rows += picture[i::n]
    blocks = rows.reshape(high, wide, n, 3).sum(2, dtype=np.uint16)
    # Rec. 601 weights in 1/256, then 16 pixels of a block.
    red, green, blue = (blocks[..., c].astype(np.uint32) for c in range(3))
    luma = ((77 * red + 150 * green + 29 * blue) >> 12).astype(np.uint8)
    part = blocks[: high // 4 * 4, : wide // 4 * 4]
    colours = part.reshape(4, high // 4, 4, wide // 4, 3).mean((1, 3)) / 16
    return luma, colours.astype(np.uint8)


def measure(
    frames: NDArray[np.uint8], times_s: NDArray[np.float64], looked: Looked, duration_s: float
) -> tuple[Float, Float]:
    """stats (T, S) float32 of the frames (T, H, W, 3) at times_s (T,), and cuts_s (C,) float32."""
    stats = np.zeros((len(frames), len(VIDEO_STATS)), np.float32)
    for i, picture in enumerate(frames):
        stats[i, :7] = colour_stats(picture)
    if len(looked.lumas) < 2:
        return stats, np.zeros(0, np.float32)
    pairs = compare_pairs(looked.lumas)
    gap_s = np.maximum(np.diff(looked.times_s), 1e-3)
    middle_s = (looked.times_s[:-1] + looked.times_s[1:]) / 2
    cuts = find_cuts(pairs, looked)
    inside = (np.diff(looked.runs) == 0) & ~cuts & (gap_s < 1.0)
    steady = inside & ~find_flashes(pairs)
    steady = steady if steady.any() else inside

    # Differences stop growing with the gap; a gap of 80 ms is what all are scaled to.
    scale = ((0.08 / gap_s) ** 0.5)[:, None]
    columns = np.concatenate(
        [
            pairs.change[:, None] * scale,
            np.stack([pairs.flow, pairs.camera, np.abs(pairs.flash)], axis=1) / gap_s[:, None],
            pairs.moving[:, None],
        ],
        axis=1,
    )
    means, flashing = (
        _means_near(times_s, middle_s[where], columns[where], gap_s[where])
        for where in (steady, inside)
    )
    stats[:, 7:10], stats[:, 11], stats[:, 12] = means[:, :3], means[:, 4], flashing[:, 3]
    strong = (pairs.parts * scale > STRONG)[steady]
    slight = np.maximum(_swept(times_s, middle_s[steady], strong), flashing[:, 0])
    stats[:, 7] = np.maximum(stats[:, 7], np.minimum(slight, SLIGHT))
    cuts_s = looked.times_s[1:][cuts]
    stats[:, 10] = cut_rate(times_s, cuts_s, duration_s)
    return stats, cuts_s.astype(np.float32)


def colour_stats(picture: NDArray[np.uint8]) -> Float:
    """(H, W, 3) uint8 RGB -> the first seven columns, (7,) float32."""
    rgb = picture[::2, ::2].astype(np.float32) / 255
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    most = np.maximum(np.maximum(red, green), blue)  # max(2) is ten times slower
    least = np.minimum(np.minimum(red, green), blue)
    saturation = np.where(most > 0.04, (most - least) / np.maximum(most, 1e-6), 0)
    mean_red, mean_blue = float(red.mean()), float(blue.mean())
    warmth = 0.5 + 0.5 * (mean_red - mean_blue) / max(mean_red + mean_blue, 0.02)
    rg, yb = red - green, (red + green) / 2 - blue
    colourful = np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())
    edges = np.abs(np.diff(luma, axis=1))[:-1] + np.abs(np.diff(luma, axis=0))[:, :-1]
    return np.array(
        [
            luma.mean(),
            min(1.0, 2 * float(luma.std())),
            saturation.mean(),
            warmth,
            min(1.0, 2 * float(colourful)),
            (edges > 0.1).mean() if edges.size else 0.0,
            (luma < 0.08).mean(),
        ],
        np.float32,
    )


def _swept(
    times_s: NDArray[np.float64], at_s: NDArray[np.float64], strong: NDArray[np.bool_]
) -> Float:
    """Share of the picture that something small has passed around each time: (T,).

    strong (P, K): which parts of the picture change much at the times at_s (P,).
    """
    few = strong.mean(axis=1) <= SMALL
    at_s, strong = at_s[few], strong[few]
    first = np.searchsorted(at_s, times_s - SWEPT_S)
    last = np.searchsorted(at_s, times_s + SWEPT_S, side="right")
    found = [strong[a:b].any(axis=0).mean() for a, b in zip(first, last, strict=True)]
    return np.array(found, np.float32)


def _means_near(
    times_s: NDArray[np.float64],
    at_s: NDArray[np.float64],
    values: NDArray[np.floating],
    weights: NDArray[np.float64],
) -> Float:
    """Weighted mean of the rows of ``values`` (P, C) nearest to each time: (T, C)."""
    out = np.zeros((len(times_s), values.shape[1]), np.float32)
    if len(at_s) == 0:
        return out
    edges = (times_s[:-1] + times_s[1:]) / 2
    owner = np.searchsorted(edges, at_s)
    total = np.bincount(owner, weights, len(times_s))
    have = np.flatnonzero(total > 0)
    for c in range(values.shape[1]):
        mean = np.bincount(owner, weights * values[:, c], len(times_s))[have] / total[have]
        out[:, c] = np.interp(times_s, times_s[have], mean)
    return out
