"""Mutated media files, each read like an upload: ``python -m tests.attack.fuzz 2000 1000``.

A file is clean if it is read, or refused in a sentence; no crash of ours, no path of the server in
the sentence, nothing slower than SLOWEST_S of one processor.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.media_files import GOOD, ffmpeg, good_file, tone
from vmr.errors import MediaError
from vmr.media.read import read_audio, read_video

SLOWEST_S = 20.0
SOUNDS: dict[str, tuple[str, ...]] = {
    "a.mp3": ("-c:a", "libmp3lame"),
    "a.flac": (),
    "a.wav": (),
    "a.ogg": ("-c:a", "libvorbis"),
    "a.opus": ("-c:a", "libopus"),
    "a.m4a": ("-c:a", "aac"),
    "a.aiff": (),
    "a.wv": (),
    "a.caf": (),
    "a.ac3": (),
    "a.wma": ("-c:a", "wmav2"),
}


@dataclass(frozen=True)
class Result:
    """One mutated file: what became of it, in words, and its processor time."""

    name: str
    outcome: str
    seconds: float

    @property
    def is_clean(self) -> bool:
        """Whether it was read or refused as it should be, in time."""
        return self.outcome in ("read", "refused") and self.seconds < SLOWEST_S


def mutated(data: bytes, random: np.random.Generator) -> bytes:
    """The bytes with one or a few of the faults that files have or are given."""
    changed = bytearray(data)
    for _ in range(int(random.integers(1, 4))):
        size = len(changed)
        at, length = int(random.integers(0, size)), int(random.integers(1, max(size // 8, 2)))
        kind = random.integers(0, 7)
        if kind == 0:
            for place in random.integers(0, size, int(random.integers(1, 40))):
                changed[place] ^= 1 << int(random.integers(0, 8))
        elif kind == 1:
            del changed[max(at, 64) :]
        elif kind == 2:
            changed[at : at + length] = bytes(len(changed[at : at + length]))
        elif kind == 3:
            changed[at:at] = changed[max(at - length, 0) : at]
        elif kind == 4:
            del changed[at : at + length]
        elif kind == 5:  # a length or a count of the header that is far off
            place = int(random.integers(0, min(size, 4096)))
            odd = (0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000)[random.integers(0, 5)]
            changed[place : place + 4] = odd.to_bytes(4, "big" if at % 2 else "little")
        else:
            other = int(random.integers(0, size))
            changed[at : at + length] = changed[other : other + length]
    return bytes(changed)


def sound_file(folder: Path, name: str) -> Path:
    """One of SOUNDS, made once per folder."""
    path = folder / name
    if not path.exists():
        ffmpeg(*tone(2), *SOUNDS[name], str(path))
    return path


def fuzz(folder: Path, videos: int, sounds: int, seed: int = 1) -> Iterator[Result]:
    """Read so many mutated videos, then so many mutated sound files."""
    random = np.random.default_rng(seed)
    for number in range(videos + sounds):
        is_video = number < videos
        names = sorted(GOOD if is_video else SOUNDS)
        name = names[number % len(names)]
        source = good_file(folder, name) if is_video else sound_file(folder, name)
        path = folder / f"{number}-{name}"
        path.write_bytes(mutated(source.read_bytes(), random))
        begun = cpu_s()
        outcome = read(path, is_video)
        yield Result(path.name, outcome, cpu_s() - begun)
        if outcome in ("read", "refused"):
            path.unlink()


def cpu_s() -> float:
    """Processor seconds of all workers so far: what a busy machine does not change."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def read(path: Path, is_video: bool) -> str:
    """What became of a file: "read", "refused", or what is wrong."""
    try:
        if is_video:
            clip = read_video(path)
            return "read" if len(clip.frames) and np.isfinite(clip.stats).all() else "no numbers"
        samples = read_audio(path, 16000).samples
        return "read" if np.isfinite(samples).all() else "no numbers"
    except MediaError as error:
        told = str(error)
        return "refused" if str(path.parent) not in told and "\n" not in told else f"said: {told}"
    except Exception as error:  # what the script is there to find
        return f"{type(error).__name__}: {error}"


def main() -> int:
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("videos", type=int)
    flags.add_argument("sounds", type=int)
    flags.add_argument("--seed", type=int, default=1)
    args = flags.parse_args()
    counts: Counter[str] = Counter()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for result in fuzz(Path(folder), args.videos, args.sounds, args.seed):
            counts[result.outcome if result.is_clean else "NOT CLEAN"] += 1
            slowest = max(slowest, result.seconds)
            if not result.is_clean:
                print(result, flush=True)
    print(dict(counts), f"slowest {slowest:.1f} s")
    return int(counts["NOT CLEAN"] > 0)


if __name__ == "__main__":
    sys.exit(main())
