"""Short clips drawn by program, each with a mood of its own, so that no film has to be carried.

A scene gives, for a time in seconds, one picture of vmr.page.sample_films.canvas. The same program
always draws the same film.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vmr.page.sample_films.canvas import (
    HEIGHT,
    WIDTH,
    Painting,
    X,
    Y,
    clouds,
    look_up,
    ramp,
    rgb,
    skyline,
    stamp,
    table,
)

Scene = Callable[[float], Painting]


def night_sky() -> Scene:
    """Stars turn slowly over mountains, under a breathing aurora: calm."""
    rng = np.random.default_rng(3)
    count = 420
    angle, distance = rng.uniform(0, 2 * np.pi, count), 1.45 * np.sqrt(rng.random(count))
    bright = 0.12 + 0.95 * rng.random(count) ** 5
    tint = rgb("cfe0ff", "ffffff", "ffe8cc")[rng.integers(0, 3, count)]
    haze = clouds(5)
    sky = ramp(np.repeat(Y + 0.5, WIDTH, 1), "1b3a5c", "12244a", "070d24", "040714")
    far, near = skyline(8, -0.24, 0.045), skyline(21, -0.34, 0.06)
    curtains = clouds(11, 8, 1024, 1.3)[4]
    sky = sky + 0.05 * haze[..., None] * rgb("8060c0")[0]
    aurora = table("38f29b", "2fc7b0", "7a4fd0")

    def draw(t: float) -> Painting:
        along = (np.arange(WIDTH) * 0.55 + 9 * t) % 1024
        foot = 0.02 + 0.10 * np.sin(2.2 * X + 0.22 * t) + 0.05 * np.sin(5.1 * X - 0.31 * t)
        foot = foot.astype(np.float32)
        above = Y - foot
        rays = np.interp(along, np.arange(1024), curtains)[None] ** 1.6
        veil = np.exp(np.minimum(-above / 0.16, above / 0.018))
        veil *= (0.85 * rays * (0.75 + 0.25 * np.sin(0.8 * t + 3 * X))).astype(np.float32)
        picture = look_up(aurora, above / 0.34)
        picture *= veil[..., None]
        picture += sky
        turned = angle + 0.025 * t
        x, y = 0.25 + distance * np.cos(turned), 0.15 + distance * np.sin(turned)
        flicker = bright * (0.8 + 0.2 * np.sin(2.1 * t + 40 * angle))
        size = 0.0011 + 0.0022 * bright
        stamp(picture, x, y, size, (1.5 * flicker[:, None] * tint).astype(np.float32))
        picture[far > Y] = rgb("0a1526")[0]
        picture[near > Y] = rgb("03060d")[0]
        return picture

    return draw


def sunny_waves() -> Scene:
    """Warm evening sea with a path of glitter to the sun: happy, wide."""
    rng = np.random.default_rng(6)
    horizon = 0.06
    shore = int((0.5 - horizon) * HEIGHT)  # first row of water
    depth = np.maximum(horizon - Y[shore:], 1e-3)
    far = 1 / (depth + 0.012)
    across = X * far
    waves = []
    for k in (3.1, 5.3, 8.6, 13.0, 19.0, 28.0, 41.0, 60.0):
        lean = float(rng.uniform(-0.9, 0.9))
        phase = k * (np.sin(lean) * across + np.cos(lean) * far) + rng.uniform(0, 7)
        seen = 1 / (1 + (k * far * far / 300) ** 2)  # too fine to be seen far away
        waves.append((phase.astype(np.float32), 1.5 * np.sqrt(k), (seen * k**-0.45)))
    sky = ramp(np.repeat(np.clip((Y[:shore] - horizon) / 0.44, 0, 1), WIDTH, 1),
                "ffd9a0", "ffb870", "f58f7c", "7d8fd0", "4c78c4")  # fmt: skip
    sun = np.hypot(X - 0.18, Y[:shore] - horizon - 0.11)
    sky = sky + np.exp(-np.maximum(sun - 0.045, 0) * 9)[..., None] * rgb("ffcf80")[0] * 0.4
    sky = np.minimum(sky, np.array([1, 0.93, 0.78], np.float32))
    sky += np.clip((0.05 - sun) * 150, 0, 1)[..., None]
    puffs = clouds(14, 180, 1024, 1.9)[np.arange(shore) * 180 // shore]
    thick = np.clip((Y[:shore] - horizon) * 6, 0, 1) * np.float32(1.5)
    water = ramp(np.repeat(np.clip(depth / 0.5, 0, 1) ** 0.7, WIDTH, 1),
                  "ffc692", "c99a8c", "4f8fae", "20709c", "0f527c", "0b3f66")  # fmt: skip
    path = np.exp(-(((X - 0.18) / (0.05 + 0.5 * depth)) ** 2))

    def draw(t: float) -> Painting:
        height = np.zeros((HEIGHT - shore, WIDTH), np.float32)
        for phase, speed, size in waves:
            height += size * np.sin(phase + np.float32(speed * t))
        light = np.clip(1 + 0.30 * height, 0.45, 1.8)
        glitter = np.clip(height * (0.7 + 0.5 * path) - 0.62, 0, 0.62) * path * 1.5
        sea = water * light[..., None]
        sea += (glitter + 0.25 * path * np.clip(height, 0, 1))[..., None] * rgb("ffe2a8")[0]
        sea += np.clip(height - 1.25, 0, 1)[..., None] * np.float32(0.5)
        shift = int(7 * t) % (1024 - WIDTH)
        cloud = np.clip(puffs[:, shift : shift + WIDTH] - 0.56, 0, 1) * thick
        above = sky + cloud[..., None] * (rgb("fff0e0")[0] - np.float32(0.55) * sky)
        return np.concatenate([above, sea]).astype(np.float32)

    return draw


def falling_snow() -> Scene:
    """Snow falls past pines and one lit window at dusk: tender, nostalgic."""
    rng = np.random.default_rng(12)
    sky = ramp(np.repeat(Y + 0.5, WIDTH, 1), "c9b8cf", "8f93bd", "56659a", "2c3c6b", "1c2850")
    ground = skyline(4, -0.26, 0.012)
    scene = sky.copy()
    for layer, (shade, count, size) in enumerate(
        (("60709c", 26, 0.24), ("3c4d78", 20, 0.34), ("1f2d4f", 9, 0.52))
    ):
        for x in rng.uniform(-1, 1, count):
            if layer == 2 and abs(x - 0.33) < 0.26:
                continue
            high = size * rng.uniform(0.7, 1.1)
            up = (Y + 0.33) / high
            branches = 0.22 * high * (1 - up) * (0.72 + 0.28 * (1 - (up * 7 % 1)))
            scene[(np.abs(X - x) < branches) & (up > 0) & (up < 1)] = rgb(shade)[0]
    snow = ramp(np.repeat(np.clip((ground - Y) * 3.5, 0, 1), 1, 1), "dfe3f2", "a9b6d8", "7d8ebd")
    scene = np.where((ground > Y)[..., None], snow, scene)
    _cabin(scene)
    layers = [
        (rng.uniform(-1, 1, n), rng.random(n), size, speed)
        for n, size, speed in ((170, 0.0016, 0.05), (110, 0.0030, 0.09), (45, 0.0060, 0.17))
    ]

    halo = np.exp(-np.hypot(X - 0.345, (Y + 0.175) * 1.2) * 8)[..., None] * rgb("ffb347")[0]

    def draw(t: float) -> Painting:
        warm = np.float32(0.40 + 0.05 * np.sin(5.1 * t) * np.sin(3.3 * t))
        picture = scene + warm * halo
        for x, phase, size, speed in layers:
            y = 0.52 - (phase * 1.04 + speed * t) % 1.04
            drift = x + 0.012 * np.sin(1.3 * t + 20 * phase) - 0.25 * speed * t
            drift = (drift + 1) % 2 - 1
            colour = np.full((len(x), 3), 0.35 + 60 * size, np.float32)
            stamp(picture, drift, y, np.full(len(x), size), np.minimum(colour, 0.75))
        return picture

    return draw


def _cabin(scene: Painting) -> None:
    """A small house with a snowy roof and a lit window, in place."""
    x, y = X - 0.33, Y + 0.27
    scene[(np.abs(x) < 0.13) & (y > 0) & (y < 0.15)] = rgb("3a2b33")[0]
    roof = (y > 0.14) & (y < 0.27) & (np.abs(x) < (0.27 - y) * 1.45)
    scene[roof] = rgb("dde3f4")[0]
    scene[roof & (y < 0.152)] = rgb("a9b4d6")[0]
    scene[(np.abs(x - 0.085) < 0.018) & (y > 0.18) & (y < 0.29)] = rgb("4a3840")[0]
    for left in (-0.075, 0.015):
        pane = (x > left) & (x < left + 0.06) & (y > 0.06) & (y < 0.12)
        scene[pane] = rgb("ffd27a")[0]
        scene[pane & ((np.abs(x - left - 0.03) < 0.003) | (np.abs(y - 0.09) < 0.003))] = rgb(
            "5a3d2a"
        )[0]


def thunderstorm() -> Scene:
    """Low clouds rush over a plain, lightning strikes: dark, tense."""
    near, high = clouds(31, 256, 1280, 1.55), clouds(32, 256, 1280, 1.7)
    ridge = skyline(9, -0.36, 0.02)
    strikes = ((0.9, -0.45), (1.15, -0.45), (3.1, 0.38), (4.9, 0.02), (5.02, 0.02), (6.6, -0.15))
    bolts = {place: _bolt(int(100 * abs(place)) + 1, place) for _, place in strikes}
    above = np.maximum(Y + 0.40, 0.02)
    # A flat ceiling of clouds seen from below: both texture coordinates grow as 1 / above.
    columns = ((np.arange(WIDTH)[None] - WIDTH / 2) * 0.36 / (above + 0.12)).astype(np.float32)
    rows_near = (130 / (above + 0.12)).astype(np.int32) % 256
    rows_high = (105 / (above + 0.12) + 40).astype(np.int32) % 256
    gloom = (0.45 + 0.75 * np.clip(0.45 - Y, 0, 1))[..., None]
    haze = np.exp(-above * 7)[..., None] * rgb("6f7a86")[0] * np.float32(0.5)
    shades = table("07090f", "141a25", "2b333f", "59626d", "8b929b")

    def draw(t: float) -> Painting:
        flash = sum(np.exp(-max(t - at, 0) * 9) * (t >= at) for at, _ in strikes)
        a = (columns + 70 * t).astype(np.int32) % 1280
        b = (columns * 0.8 + 32 * t).astype(np.int32) % 1280
        cover = 0.6 * near[rows_near, a] + 0.4 * high[rows_high, b]
        sky = look_up(shades, cover)
        sky *= gloom
        sky += haze
        for at, place in strikes:
            age = t - at
            if age < 0 or age > 0.7:
                continue
            power = np.exp(-age * 9)
            glow = np.exp(-np.abs(X - place) * 2.6) * (0.35 + 0.65 * cover)
            sky = sky + power * 0.95 * glow[..., None] * rgb("b9c8ff")[0]
            if age < 0.17:
                sky = sky + bolts[place][..., None] * rgb("f2f4ff")[0] * (1 - age * 3)
        sky[ridge > Y] = rgb("05070a")[0] * (1 + 6 * min(float(flash), 1.0))
        rain = _rain(t)
        return (sky + rain[..., None] * (0.05 + 0.10 * min(float(flash), 1.0))).astype(np.float32)

    return draw


def _bolt(seed: int, place: float) -> Painting:
    """One branching lightning from the clouds to the ground: (HEIGHT, WIDTH) in 0..1."""
    rng = np.random.default_rng(seed)
    light = np.zeros((HEIGHT, WIDTH), np.float32)
    paths = [(place, 0.42, 0.0, 1.0)]
    while paths:
        x, y, lean, power = paths.pop()
        while y > -0.36 and power > 0.12:
            row, column = int((0.5 - y) * HEIGHT), int((x + WIDTH / HEIGHT / 2) * HEIGHT)
            if not (0 <= row < HEIGHT and 2 <= column < WIDTH - 2):
                break
            light[row, column - 1 : column + 2] += power * np.array([0.5, 1, 0.5], np.float32)
            if power == 1.0 and rng.random() < 0.03:
                paths.append((x, y, rng.choice([-1, 1]) * rng.uniform(0.6, 1.6), 0.6))
            x += float(rng.normal(0, 0.0065)) + 0.0028 * lean
            y -= 1 / HEIGHT
            power *= 1.0 if power == 1.0 else 0.985
    halo = sum(np.roll(light, d, 1) * 0.10 for d in (-4, -3, -2, 2, 3, 4))
    return np.minimum(light + halo, 1.2).astype(np.float32)


def _rain(t: float) -> Painting:
    """Streaks of rain: (HEIGHT, WIDTH) in 0..1."""
    rng = np.random.default_rng(77)
    streaks = np.zeros((HEIGHT, WIDTH), np.float32)
    x, phase = rng.random(260), rng.random(260)
    y = ((phase + 2.4 * t) % 1 * (HEIGHT + 40)).astype(int) - 40
    column = ((x * WIDTH - 30 * t + 0.12 * y) % WIDTH).astype(int)
    for r, c in zip(y, column, strict=True):
        for i in range(26):
            if 0 <= r + i < HEIGHT:
                streaks[r + i, (c + i // 8) % WIDTH] += 0.5 + i / 52
    return streaks
