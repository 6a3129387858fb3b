"""Scenes of colour and beat, drawn by program; see vmr.page.sample_films.scenes."""

from __future__ import annotations

import numpy as np

from vmr.page.sample_films.canvas import HEIGHT, WIDTH, Painting, X, Y, part, rgb
from vmr.page.sample_films.scenes import Scene


def neon_tunnel() -> Scene:
    """A flight through rings of light, four colour worlds cut hard: energetic."""
    palettes = (
        ("050010", "ff1f8f", "21d4fd"),
        ("00060f", "00ffa3", "ffe600"),
        ("0b0014", "8f3dff", "ff6a00"),
        ("000a12", "19b5ff", "ff2e63"),
    )

    def draw(t: float) -> Painting:
        world = int(t / 0.92) % 4
        x = X - np.float32(0.16 * np.sin(2.3 * t))
        y = Y - np.float32(0.10 * np.cos(3.1 * t))
        radius = np.sqrt(x * x + y * y) + np.float32(0.015)
        turn = np.arctan2(y, x) * np.float32(0.5 / np.pi)
        turn += np.float32(0.12 * t * (1 if world % 2 else -1))
        depth = np.float32(0.32) / radius + np.float32(2.6 * t)
        if world in (1, 3):
            turn += np.float32(0.03) * depth
        rings, spokes = depth * 2, turn * 12
        ring, spoke = np.abs(part(rings) - 0.5), np.abs(part(spokes) - 0.5)
        # The sum stays the same modulo 4 where the angle jumps by one turn (12 spokes).
        tile = ((7 * np.floor(rings) + 13 * np.floor(spokes)).astype(np.int32) & 3) == 0
        beat = np.float32(0.7 + 0.5 * np.exp(-6 * (t * 2.17 % 1)))
        fog = np.minimum(radius * np.float32(2.6), 1)
        lines = np.exp(-((5 - 10 * ring) ** 2)) + 0.8 * np.exp(-((6 - 12 * spoke) ** 2))
        lines = (lines + 0.30 * tile) * (beat * fog)
        share = 0.5 + 0.5 * np.sin(np.float32(6 * np.pi) * turn + depth)
        base, first, second = rgb(*palettes[world])
        picture = share[..., None] * (first - second)
        picture += second
        picture *= lines[..., None]
        picture += np.exp(-9 * radius)[..., None] * (np.float32(0.6) + 0.5 * beat)
        picture += base
        return picture

    return draw


def confetti() -> Scene:
    """Paper dots tumble before swinging stripes of bright colour: playful."""
    rng = np.random.default_rng(17)
    count = 120
    x, phase = rng.uniform(-0.95, 0.95, count), rng.random(count)
    speed, size = rng.uniform(0.22, 0.5, count), rng.uniform(0.010, 0.024, count)
    colours = rgb("ff4d6d", "ffd23f", "3bceac", "3a86ff", "ff8fab", "ffffff")
    colour = colours[rng.integers(0, len(colours), count)]
    worlds = (
        ("fff1c9", "ffe08a"),
        ("d4f5ee", "a6e9dc"),
        ("ffe0e9", "ffc2d4"),
        ("dbe9ff", "b8d4ff"),
    )

    def draw(t: float) -> Painting:
        beat = t * 2.0
        bounce = float(abs(np.sin(np.pi * beat)))
        one, other = rgb(*worlds[int(beat / 4) % 4])
        swing = np.float32(0.1 * np.sin(np.pi * beat / 2))
        turn = np.arctan2(Y + np.float32(0.62), X - swing) * np.float32(7 / np.pi)
        edge = np.clip((np.abs(part(turn + np.float32(0.25 * t)) - 0.5) - 0.25) * 48 + 0.5, 0, 1)
        picture = edge[..., None] * (one - other)
        picture += other
        for centre, radius, shade in ((-0.48, 0.15, 0), (0.0, 0.19, 3), (0.48, 0.15, 2)):
            lift = bounce if shade == 3 else float(abs(np.sin(np.pi * (beat + 0.5))))
            _ball(picture, centre, radius, lift, colours[shade])
        y = 0.56 - (phase * 1.12 + speed * t) % 1.12
        sway = x + 0.03 * np.sin(3 * t + 30 * phase)
        flip = np.abs(np.cos(4 * t * (0.6 + phase) + 9 * phase)) * 0.85 + 0.15
        for cx, cy, s, f, c in zip(sway, y, size, flip, colour, strict=True):
            _paper(picture, cx, cy, s, s * f, c)
        return picture

    return draw


def _ball(picture: Painting, centre: float, radius: float, lift: float, colour: Painting) -> None:
    """A bouncing ball with its shadow, in place; lift 0..1 above the floor."""
    near = slice(*(int((centre + side + WIDTH / HEIGHT / 2) * HEIGHT) for side in (-0.25, 0.25)))
    part, x = picture[:, near], X[:, near] - np.float32(centre)
    squash = np.float32(1 - 0.22 * (1 - lift) ** 3)
    middle = np.float32(-0.40 + radius * squash + 0.26 * lift)
    part[(x / radius) ** 2 + ((Y + 0.41) / 0.022) ** 2 < 1] *= 0.82
    inside = np.sqrt((x * squash) ** 2 + ((Y - middle) / squash) ** 2) / np.float32(radius)
    cover = np.clip((1 - inside) * 40, 0, 1)[..., None]
    shine = np.exp(-14 * np.hypot(x + 0.05, Y - middle - 0.06))[..., None]
    part += cover * (colour * np.float32(0.95) + np.float32(0.4) * shine - part)


def _paper(
    picture: Painting, x: float, y: float, wide: float, high: float, colour: Painting
) -> None:
    """One flat dot with clean edges, in place."""
    column, row = (x + WIDTH / HEIGHT / 2) * HEIGHT, (0.5 - y) * HEIGHT
    reach = int(wide * HEIGHT) + 2
    a, b = max(int(row) - reach, 0), min(int(row) + reach + 1, HEIGHT)
    d, e = max(int(column) - reach, 0), min(int(column) + reach + 1, WIDTH)
    if a >= b or d >= e:
        return
    down = (np.arange(a, b) + 0.5 - row)[:, None] / (high * HEIGHT)
    right = (np.arange(d, e) + 0.5 - column)[None] / (wide * HEIGHT)
    cover = np.clip((1 - np.hypot(down, right)) * high * HEIGHT, 0, 1)[..., None]
    picture[a:b, d:e] = picture[a:b, d:e] * (1 - cover) + cover * colour
