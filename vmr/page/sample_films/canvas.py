"""Drawing tools of the scenes: colours, noise, ridges and soft dots on float32 pictures.

A picture is (HEIGHT, WIDTH, 3) float32 RGB, shown clipped to 0..1. Coordinates are in picture
heights with the origin in the middle and y upwards: X is (1, WIDTH), Y is (HEIGHT, 1).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Painting = NDArray[np.float32]
Numbers = NDArray[np.floating[Any]]

WIDTH, HEIGHT, FPS = 640, 360, 24

Y = (0.5 - (np.arange(HEIGHT, dtype=np.float32)[:, None] + 0.5) / HEIGHT).astype(np.float32)
X = ((np.arange(WIDTH, dtype=np.float32)[None] + 0.5) / HEIGHT - WIDTH / HEIGHT / 2).astype(
    np.float32
)


def rgb(*hexes: str) -> Painting:
    """Colours "f80" or "ff8800" -> (N, 3) float32."""
    rows = [[int(h[i : i + 2], 16) / 255 for i in (0, 2, 4)] for h in hexes]
    return np.array(rows, np.float32)


def table(*hexes: str) -> Painting:
    """A gradient through evenly spaced colours: (1024, 3)."""
    colours = rgb(*hexes)
    place, at = np.linspace(0, 1, 1024), np.linspace(0, 1, len(colours))
    return np.stack([np.interp(place, at, colours[:, c]) for c in range(3)], -1).astype(np.float32)


def ramp(value: Painting, *hexes: str) -> Painting:
    """Colour ``value`` (0..1, any shape) by a gradient."""
    return look_up(table(*hexes), value)


def look_up(table: Painting, value: Painting) -> Painting:
    """Colours (1024, 3) at values (H, W) from 0 to 1: (H, W, 3)."""
    return table[np.clip(value * 1023, 0, 1023).astype(np.int16)]


def part(value: Painting) -> Painting:
    """The fraction of each number, as ``% 1`` but several times faster."""
    return value - np.floor(value)


def clouds(seed: int, high: int = HEIGHT, wide: int = WIDTH, slope: float = 1.7) -> Painting:
    """Tileable noise of falling spectrum in 0..1: (high, wide)."""
    rng = np.random.default_rng(seed)
    down = np.fft.fftfreq(high)[:, None] * high
    right = np.fft.rfftfreq(wide)[None] * wide
    radius = np.maximum(np.hypot(down, right * high / wide), 1)
    spectrum = np.fft.rfft2(rng.normal(size=(high, wide))) / radius**slope
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, s=(high, wide))
    low, top = np.percentile(field, [1, 99])
    return np.clip((field - low) / (top - low), 0, 1).astype(np.float32)


def skyline(seed: int, base: float, size: float) -> Painting:
    """Heights (1, WIDTH) of a mountain ridge around ``base``, in picture heights."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 1, WIDTH)
    heights = sum(
        rng.normal() * np.sin(2 * np.pi * (x * f + rng.random())) / f**1.05 for f in range(1, 60)
    )
    return (base + size * np.asarray(heights))[None].astype(np.float32)


def stamp(picture: Painting, x: Numbers, y: Numbers, radius: Numbers, colour: Painting) -> None:
    """Add soft round dots in place; x, y, radius (N,) in picture heights, colour (N, 3)."""
    column = (x + WIDTH / HEIGHT / 2) * HEIGHT
    row = (0.5 - y) * HEIGHT
    pixels = np.maximum(radius * HEIGHT, 0.35)
    for c, r, size, rgb in zip(column, row, pixels, colour, strict=True):
        reach = int(np.ceil(2.2 * size))
        top, left = int(r) - reach, int(c) - reach
        a, b = max(top, 0), min(top + 2 * reach + 1, HEIGHT)
        d, e = max(left, 0), min(left + 2 * reach + 1, WIDTH)
        if a >= b or d >= e:
            continue
        down = (np.arange(a, b, dtype=np.float32) + 0.5 - r)[:, None]
        right = (np.arange(d, e, dtype=np.float32) + 0.5 - c)[None]
        glow = np.exp(-(down**2 + right**2) / (0.8 * size * size))
        picture[a:b, d:e] += glow[..., None] * rgb
