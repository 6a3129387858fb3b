"""How often the start that a film was cut to is found again: ``python -m tests.cue_starts_study``.

For each track of the catalog ``starter`` a stretch of 14 seconds is drawn, and a film is cut to it
from the videos that the gradio package carries, by rules that use nothing of vmr.cues: a cut where
the sound's level rises most, at least 0.8 seconds apart; the picture runs at twice its speed in
shots louder than the stretch's median, else at a quarter. The start is then sought in the whole
track. Films of real editors follow music less closely: what is found here is an upper bound.
"""

from __future__ import annotations

import sys
import tempfile
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np

from tests.media_files import X264, ffmpeg
from vmr.config import Settings
from vmr.cues.borders import Span
from vmr.cues.course import read_course
from vmr.cues.starts import best_starts
from vmr.cues.track_sound import sound_of
from vmr.errors import Notice
from vmr.media.read import read_audio
from vmr.retriever import Retriever

FILM_S, RATE_HZ, FRAME_S = 14.0, 16_000, 0.04
APART_S, SHOTS = 0.8, 8
WITHIN_S = 0.5


def levels(samples: np.ndarray) -> np.ndarray:
    """Decibels of every 40 ms: (S,) -> (F,)."""
    size = round(FRAME_S * RATE_HZ)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    return 10 * np.log10(np.square(frames).mean(axis=1) + 1e-6)


def shots_of(level: np.ndarray) -> list[tuple[float, float, bool]]:
    """(start, length, whether it is loud) of the shots for a stretch (F,)."""
    rise, apart, cuts = np.diff(level, prepend=level[0]), round(APART_S / FRAME_S), [0, len(level)]
    for i in np.argsort(-rise):
        if len(cuts) < SHOTS + 1 and min(abs(i - cut) for cut in cuts) >= apart:
            cuts.append(int(i))
    cuts.sort()
    pairs = list(pairwise(cuts))
    return [
        (a * FRAME_S, (b - a) * FRAME_S, level[a:b].mean() > np.median(level)) for a, b in pairs
    ]


def make_film(
    shots: list[tuple[float, float, bool]], out: Path, random: np.random.Generator
) -> None:
    """Cut a film of these shots from the gradio package's videos."""
    spec = find_spec("gradio")
    assert spec is not None and spec.origin is not None
    folder = Path(spec.origin).parent / "media_assets" / "videos"
    videos = [folder / name for name in ("world.mp4", "a.mp4", "b.mp4")]
    inputs, filters = [], []
    for n, (_, length, loud) in enumerate(shots):
        video, speed = videos[int(random.integers(len(videos)))], 2.0 if loud else 0.25
        offset = ["-ss", f"{random.uniform(0, 1.5):.2f}", "-stream_loop", "-1"]
        inputs += [*offset, "-i", str(video)]
        filters.append(
            f"[{n}:v]setpts=PTS/{speed},fps=25,scale=320:180,setsar=1,"
            f"trim=duration={length:.3f},setpts=PTS-STARTPTS[v{n}]"
        )
    names = "".join(f"[v{n}]" for n in range(len(shots)))
    joined = ";".join([*filters, f"{names}concat=n={len(shots)}:v=1[v]"])
    ffmpeg(*inputs, "-filter_complex", joined, "-map", "[v]", *X264, "-an", str(out))


def main(most: int) -> None:
    """Print how many of the starts are found."""
    retriever = Retriever.open(Settings(catalogs=(Path("catalog/starter"),), device="cpu"))
    random = np.random.default_rng(1)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for place in retriever.music.places[:most]:
            samples = read_audio(place.audio(), RATE_HZ).samples
            room, level = len(samples) / RATE_HZ - FILM_S, levels(samples)
            true_s, count = random.uniform(0, room), round(FILM_S / FRAME_S)
            first = round(true_s / FRAME_S)
            film = Path(folder) / "film.mp4"
            make_film(shots_of(level[first : first + count]), film, random)
            course = read_course(film, retriever)
            span = Span(0.0, course.duration_s, 3.0, "", 0.0, Notice("cues.begins"))
            starts = [start.in_s for start in best_starts(course, span, sound_of(samples))]
            windows = np.convolve(10 ** (level / 10), np.ones(count), "valid")
            loudest = float(windows.argmax()) * FRAME_S
            off = [abs(s - true_s) for s in (starts[0], 0.0, loudest)]
            off += [min(abs(s - true_s) for s in starts)]
            chance = (min(true_s + WITHIN_S, room) - max(true_s - WITHIN_S, 0)) / room
            rows.append([*(o <= WITHIN_S for o in off), chance])
            print(place.track.title, f"{true_s:.2f}", [round(s, 2) for s in starts], flush=True)
    found = np.mean(np.array(rows, float), axis=0)
    for name, share in zip(
        ("first", "0:00", "loudest", "one of three", "random"), found, strict=True
    ):
        print(f"{name:14s}{share:6.2f}")
    print(f"{len(rows)} films, within {WITHIN_S} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 28)
