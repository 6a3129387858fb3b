"""Frame statistics of a video, columns VIDEO_STATS of vmr.media.clip. numpy only.

Colour columns are of the sampled frames. Motion columns are measured between looked-at frames,
about 80 ms apart whatever the frame rate, on a luma plane of 64 lines, so that neither resolution
nor frame rate nor fine noise changes them; each sampled frame gets the mean of the pairs that are
nearest to it in time. Displacement is found tile by tile by phase correlation (Kuglin and Hines
1975), which does not depend on contrast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr.media.clip import VIDEO_STATS

Float = NDArray[np.float32]

LUMA_SHRINK = 4  # 256 lines -> 64
TILE = 32  # pixels of the luma plane; displacements up to half of it are seen
TILE_STEP = 16
FLAT = 1.5  # luma spread (of 255) below which a tile has nothing to follow
FAINT = 12.0  # luma spread of a whole picture below which what it shows is not compared
SURE = 0.22  # height of a correlation peak that is believed; 1 is a pure shift
STILL_PX = 0.12  # shorter displacements are noise
CUT_CHANGE = 0.25  # normalised change between two frames below which there is no cut
CUT_RATIO = 2.2  # how far a cut must stand above its neighbourhood
CUT_TINT = 0.08  # the same for the change of colours without lightness
CUT_TINT_RATIO = 4.0
CUT_LOST = 0.6  # the same for what of a frame is not found again: a cut in a quick pan
CUT_LIKENESS = 0.45  # more of a frame than this found again in the next: no cut
CUT_AROUND = 4  # pairs to either side that are the neighbourhood
CUT_WINDOW_S = 4.0  # cut_rate counts this far to either side
PAIRS_AT_ONCE = 64


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


@dataclass(frozen=True)
class Pairs:
    """One row per pair of neighbouring looked-at frames: P = G - 1.

    change    mean luma difference over the spread of luma, the noise floor taken off
    flow      mean length of tile displacement, frame widths; moving: share of tiles that move
    camera    length of the displacement that most tiles share, frame widths
    likeness  how well the tiles of one are found in the other, 0 to 1
    flash     change of the mean luma, 0 to 1
    """

    change: Float
    flow: Float
    moving: Float
    camera: Float
    likeness: Float
    flash: Float


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
    cuts = find_cuts(pairs, looked)
    inside = (np.diff(looked.runs) == 0) & ~cuts & (gap_s < 1.0)
    # Differences stop growing with the gap; a gap of 80 ms is what all are scaled to.
    columns = np.stack(
        [
            pairs.change * (0.08 / gap_s) ** 0.5,
            pairs.flow / gap_s,
            pairs.camera / gap_s,
            pairs.moving,
            pairs.flash / gap_s,
        ],
        axis=1,
    )
    middle_s = (looked.times_s[:-1] + looked.times_s[1:]) / 2
    means = _means_near(times_s, middle_s[inside], columns[inside], gap_s[inside])
    stats[:, 7:10], stats[:, 11:13] = means[:, :3], means[:, 3:]
    cuts_s = looked.times_s[1:][cuts]
    stats[:, 10] = cut_rate(times_s, cuts_s, duration_s)
    return stats, cuts_s.astype(np.float32)


def colour_stats(picture: NDArray[np.uint8]) -> Float:
    """(H, W, 3) uint8 RGB -> the first seven columns, (7,) float32."""
    rgb = picture[::2, ::2].astype(np.float32) / 255
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    most, least = rgb.max(2), rgb.min(2)
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


def compare_pairs(lumas: NDArray[np.uint8]) -> Pairs:
    """Compare each frame with the next: (G, h, w) uint8 -> Pairs of length G - 1."""
    parts = []
    for start in range(0, len(lumas) - 1, PAIRS_AT_ONCE):
        planes = lumas[start : start + PAIRS_AT_ONCE + 1].astype(np.float32)
        parts.append(_compare_some(planes))
    joined = [np.concatenate(rows).astype(np.float32) for rows in zip(*parts, strict=True)]
    return Pairs(*joined)


def _compare_some(planes: Float) -> tuple[Float, ...]:
    difference = np.abs(np.diff(planes, axis=0))
    spread = planes.std((1, 2))
    spread = np.maximum(np.maximum(spread[:-1], spread[1:]), 8.0)
    noise = np.median(difference, axis=(1, 2), keepdims=True)
    noise = np.minimum(noise, 2.0)  # of 255; grain that survives the averaging of 16 pixels
    change = np.maximum(difference - noise, 0).mean((1, 2)) / spread
    flash = np.abs(np.diff(planes.mean((1, 2)))) / 255
    shifts, heights, textured = _tile_shifts(planes)
    width = planes.shape[2]
    lengths = np.hypot(shifts[..., 0], shifts[..., 1])
    sure = textured & (heights > SURE)
    lengths = np.where(sure & (lengths > STILL_PX), lengths, 0)
    flow = lengths.sum(1) / lengths.shape[1] / width
    moving = (lengths > 0).sum(1) / lengths.shape[1]
    camera = np.zeros(len(shifts), np.float32)
    for i in range(len(shifts)):
        if sure[i].sum() >= 3:
            camera[i] = np.hypot(*np.median(shifts[i][sure[i]], axis=0)) / width
    camera[camera * width < STILL_PX] = 0
    likeness = np.where(textured, heights, 0).sum(1) / np.maximum(textured.sum(1), 1)
    likeness = np.where(textured.any(1), likeness, 1.0)
    return change, flow, moving, camera, likeness, flash


def _tile_shifts(planes: Float) -> tuple[Float, Float, NDArray[np.bool_]]:
    """Displacement of every tile between neighbouring planes, by phase correlation.

    (G, h, w) -> shifts (G - 1, K, 2) in pixels (down, right), peak heights (G - 1, K) in 0..1,
    textured (G - 1, K): whether both tiles have something to follow.
    """
    size = min(TILE, planes.shape[1], planes.shape[2])
    views = np.lib.stride_tricks.sliding_window_view(planes, (size, size), axis=(1, 2))
    step = max(1, min(TILE_STEP, size // 2))
    tiles = views[:, ::step, ::step].reshape(len(planes), -1, size, size)
    window = np.hanning(size + 2)[1:-1].astype(np.float32)
    window = np.outer(window, window)
    centred = (tiles - tiles.mean((2, 3), keepdims=True)) * window
    spread = centred.std((2, 3))
    textured = (spread[:-1] > FLAT / 2) & (spread[1:] > FLAT / 2)
    spectra = np.fft.rfft2(centred).astype(np.complex64)
    cross = spectra[1:] * spectra[:-1].conj()
    down, right = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]
    smooth = np.exp(-((down**2 + right**2) / (2 * 0.18**2))).astype(np.float32)
    cross *= smooth / np.maximum(np.abs(cross), 1e-6)
    surface = np.fft.irfft2(cross, s=(size, size)).astype(np.float32)
    impulse = np.fft.irfft2(smooth, s=(size, size)).astype(np.float32)
    surface /= impulse[0, 0]
    return *_peaks(surface), textured


def _peaks(surface: Float) -> tuple[Float, Float]:
    """Place, to a fraction of a pixel, and height of the largest value of (P, K, n, n)."""
    pairs, tiles, n, _ = surface.shape
    flat = surface.reshape(pairs, tiles, n * n)
    best = flat.argmax(2)
    height = np.take_along_axis(flat, best[..., None], 2)[..., 0]
    row, column = best // n, best % n

    def at(r: NDArray[np.int64], c: NDArray[np.int64]) -> Float:
        return np.take_along_axis(flat, ((r % n) * n + c % n)[..., None], 2)[..., 0]

    def vertex(before: Float, after: Float) -> Float:
        # The peak is a Gaussian, so a parabola through the logarithms is exact.
        low, mid, high = (np.log(np.maximum(v, 1e-3)) for v in (before, height, after))
        bend = low - 2 * mid + high
        return np.where(bend < -1e-6, 0.5 * (low - high) / np.minimum(bend, -1e-6), 0)

    down = row + vertex(at(row - 1, column), at(row + 1, column))
    right = column + vertex(at(row, column - 1), at(row, column + 1))
    shifts = np.stack([down, right], axis=-1)
    shifts -= n * (shifts > n / 2)
    return shifts.astype(np.float32), np.clip(height, 0, 1)


def find_cuts(pairs: Pairs, looked: Looked) -> NDArray[np.bool_]:
    """(P,) whether a cut lies between the two frames of each pair.

    A cut changes the picture, or its colours, much more than its neighbourhood does; nothing of the
    one frame is found again in the other; and two frames later it has not changed back (a flash).
    """
    planes = looked.lumas.astype(np.float32)
    change = _normalised_change(planes[:-1], planes[1:])
    tint = np.abs(np.diff(_chroma(looked.colours), axis=0)).mean((1, 2, 3))
    spread = planes.std((1, 2))
    faint = np.minimum(spread[:-1], spread[1:]) < FAINT  # fading from or to black
    lost = np.where((change > CUT_CHANGE) & ~faint, 1 - pairs.likeness, 0)
    hole = np.diff(looked.runs) != 0
    gap_s = np.diff(looked.times_s)
    cuts = np.zeros(len(change), bool)
    candidates = ((change > CUT_CHANGE) | (tint > CUT_TINT)) & (pairs.likeness < CUT_LIKENESS)
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
    """Cuts per second within 4 s of each time; the window is clipped to the video."""
    low = np.maximum(times_s - CUT_WINDOW_S, 0)
    high = np.maximum(np.minimum(times_s + CUT_WINDOW_S, duration_s), low + 1.0)
    inside = (cuts_s[None] >= low[:, None]) & (cuts_s[None] <= high[:, None])
    return (inside.sum(1) / (high - low)).astype(np.float32)


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
