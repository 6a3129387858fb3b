"""Films whose changes are known, made by ffmpeg for the tests of vmr.cues."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
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


def make_cuts(path: Path, cuts_s: Sequence[float], seconds: float) -> Path:
    """Moving pictures with cuts at these seconds, keyframes every two seconds and at no cut."""
    edges = [0.0, *cuts_s, seconds]
    inputs, parts = [], []
    for i, (start, end) in enumerate(pairwise(edges)):
        picture = ["testsrc2", "mandelbrot", "testsrc", "smptebars", "yuvtestsrc"][i % 5]
        inputs += ["-f", "lavfi", "-i", f"{picture}=size=320x180:rate=25"]
        frames = round((end - start) * 25)
        turned = f"hue=h={40 * i},rotate=0.2*t,trim=end_frame={frames},format=yuv420p"
        parts.append(f"[{i}:v]{turned}[v{i}]")
    names = "".join(f"[v{i}]" for i in range(len(parts)))
    joined = f"{';'.join(parts)};{names}concat=n={len(parts)}:v=1"
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]
    coded += ["-g", "50", "-sc_threshold", "0"]
    ffmpeg(*inputs, "-filter_complex", joined, *coded, str(path))
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
