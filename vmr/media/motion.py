"""Movement between neighbouring small luma planes. numpy only.

Displacement is found tile by tile by phase correlation (Kuglin and Hines 1975), which does not
depend on contrast.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]

TILE = 32  # pixels of the luma plane; displacements up to half of it are seen
TILE_STEP = 16
FLAT = 1.5  # luma spread (of 255) below which a tile has nothing to follow
SURE = 0.22  # height of a correlation peak that is believed; 1 is a pure shift
STILL_PX = 0.12  # shorter displacements are noise
PART = 4  # pixels of the luma plane on a side: what a small subject fills
PAIRS_AT_ONCE = 64
THREADS = 2  # as many as there are readers


@dataclass(frozen=True)
class FramePairs:
    """One row per pair of neighbouring looked-at frames: P = G - 1.

    change    mean luma difference over the spread of luma, the noise floor taken off
    flow      mean length of tile displacement, frame widths; moving: share of tiles that move
    camera    length of the displacement that most tiles share, frame widths
    likeness  how well the tiles of one are found in the other, 0 to 1
    flash     change of the mean luma, -1 to 1
    parts     (P, K) change of each part of PART x PART pixels, measured as ``change``
    """

    change: Float
    flow: Float
    moving: Float
    camera: Float
    likeness: Float
    flash: Float
    parts: Float


def compare_pairs(lumas: NDArray[np.uint8]) -> FramePairs:
    """Compare each frame with the next: (G, h, w) uint8 -> FramePairs of length G - 1."""
    starts = range(0, len(lumas) - 1, PAIRS_AT_ONCE)
    with ThreadPoolExecutor(THREADS) as pool:  # numpy leaves Python alone while it transforms
        parts = list(pool.map(lambda start: _compare_some(lumas, start), starts))
    joined = [np.concatenate(rows).astype(np.float32) for rows in zip(*parts, strict=True)]
    return FramePairs(*joined)


def _compare_some(lumas: NDArray[np.uint8], start: int) -> tuple[Float, ...]:
    planes = lumas[start : start + PAIRS_AT_ONCE + 1].astype(np.float32)
    difference = np.abs(np.diff(planes, axis=0))
    spread = planes.std((1, 2))
    spread = np.maximum(np.maximum(spread[:-1], spread[1:]), 8.0)
    noise = np.median(difference, axis=(1, 2), keepdims=True)
    noise = np.minimum(noise, 2.0)  # of 255; grain that survives the averaging of 16 pixels
    clear = np.maximum(difference - noise, 0)
    change = clear.mean((1, 2)) / spread
    parts = _part_means(clear) / spread[:, None]
    flash = np.diff(planes.mean((1, 2))) / 255
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
    return change, flow, moving, camera, likeness, flash, parts


def _part_means(planes: Float) -> Float:
    """(P, h, w) -> (P, K) means of PART x PART pixels, row by row; what is over at the edges is
    left out."""
    pairs, high, wide = len(planes), planes.shape[1] // PART, planes.shape[2] // PART
    cut = planes[:, : high * PART, : wide * PART]
    return cut.reshape(pairs, high, PART, wide, PART).mean((2, 4)).reshape(pairs, -1)


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
