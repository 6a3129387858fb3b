"""Films whose changes are known, made by ffmpeg for the tests of vmr.cues."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from tests.media_files import X264, ffmpeg

QUIET_S, LIVELY_S = 14, 10  # of the film of two halves
RATE_HZ = 16_000


def make_halves(path: Path) -> Path:
    """A dark still picture, then a colourful one that turns."""
    still = f"color=c=0x101830:size=320x180:rate=25:duration={QUIET_S}"
    lively = f"testsrc2=duration={LIVELY_S}:size=320x180:rate=25"
    joined = "[0]noise=alls=4[a];[1]hue=s=3,rotate=PI*t[b];[a][b]concat=n=2:v=1"
    inputs = ["-f", "lavfi", "-i", still, "-f", "lavfi", "-i", lively]
    ffmpeg(*inputs, "-filter_complex", joined, *X264, str(path))
    return path


def make_uniform(path: Path) -> Path:
    """The same slow blue for 24 seconds."""
    scene = "gradients=size=320x180:rate=25:c0=blue:c1=navy:speed=0.01:duration=24"
    ffmpeg("-f", "lavfi", "-i", scene, *X264, str(path))
    return path


def loud_from(loud_s: float, seconds: float, beat_s: float = 0.5) -> np.ndarray:
    """A soft tone, and from ``loud_s`` on strokes of noise on every beat: (S,) at 16 kHz."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(0).standard_normal(len(times))
    strokes = np.exp(-12 * (times % beat_s)) * noise * (times >= loud_s)
    return (0.01 * np.sin(2 * np.pi * 220 * times) + 0.2 * strokes).astype(np.float32)


def write_loud_from(path: Path, loud_s: float, seconds: float) -> Path:
    """The same as a file."""
    soundfile.write(path, loud_from(loud_s, seconds), RATE_HZ)
    return path


def make_shots(path: Path) -> Path:
    """Twelve seconds of four shots that move differently, with cuts at 3, 6 and 9 seconds."""
    shots = ["testsrc2", "mandelbrot", "testsrc", "smptebars"]
    inputs = [
        part for shot in shots for part in ("-f", "lavfi", "-i", f"{shot}=size=320x180:rate=25")
    ]
    cut = ";".join(f"[{i}]trim=duration=3,format=yuv420p[v{i}]" for i in range(len(shots)))
    joined = "".join(f"[v{i}]" for i in range(len(shots))) + f"concat=n={len(shots)}:v=1"
    ffmpeg(*inputs, "-filter_complex", f"{cut};{joined}", *X264, str(path))
    return path
