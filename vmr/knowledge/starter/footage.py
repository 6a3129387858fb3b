"""Editing real pictures the way an editor cuts to music, and keeping the features of the result.

A cut list says how energetic, how positive and how fast the music is. Energy sets how many beats a
shot lasts, how far the camera travels and how much it shakes; the mode of feeling sets the grade
(brightness, saturation, warmth). Shots begin on beats. Pictures come from packages of free software
(vmr.knowledge.starter.pictures); what is kept are the frozen encoder's features and the cut lists,
in ``footage.safetensors`` beside this file, so that training needs no download.

Sources of the correspondences: Hanjalic and Xu 2005, Boltz 2018, Palmer et al. 2013.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vmr.catalogs.arrays import read_arrays
from vmr.encoders.efficientnet import EfficientNetLite0
from vmr.files import write_tensors
from vmr.knowledge.starter.pictures import Picture, open_picture
from vmr.media.clip import VideoClip
from vmr.media.video_stats import Looked, measure, small_planes

Array = NDArray[np.float32]

FOOTAGE = Path(__file__).with_name("footage.safetensors")

FORMAT = "1"
HEIGHT, WIDTH = 256, 454
FPS = 12.5  # what the statistics look at, one frame each 80 ms
SECONDS = 6.0
SAMPLED = 6  # frames whose features are kept


@dataclass(frozen=True)
class CutList:
    """What the music asks of the picture: energy, positive, bright 0 to 1; beats per minute."""

    energy: float
    positive: float
    bright: float
    bpm: float

    @property
    def beats_per_shot(self) -> int:
        """16 beats for the calmest music, 1 for the most energetic."""
        return int(2 ** round(4 * (1 - self.energy)))

    @property
    def travel(self) -> float:
        """Share of the picture's width that the camera crosses in one second."""
        return float(0.004 * 30**self.energy)

    @property
    def shake(self) -> float:
        """Spread of the hand's movement, share of the width."""
        return float(0.0004 * 40**self.energy)


def draw_cut_list(rng: np.random.Generator) -> CutList:
    """A random piece of music: faster and brighter ones are more often positive and energetic."""
    energy = float(rng.uniform(0, 1))
    bright = float(np.clip(0.25 + 0.5 * energy + rng.normal(0, 0.25), 0, 1))
    return CutList(energy, float(rng.uniform(0, 1)), bright, 55 + 95 * energy + rng.normal(0, 15))


def edit(sources: Sequence[Picture], cuts: CutList, rng: np.random.Generator) -> Iterator[Picture]:
    """Frames (HEIGHT, WIDTH, 3) uint8 of SECONDS at FPS: shots on beats, movement, grade."""
    shot_s = max(0.2, cuts.beats_per_shot * 60 / cuts.bpm)
    grade = _grade(cuts, rng)
    start_s = rng.uniform(0, min(shot_s, SECONDS))  # the first cut
    shot, frames = -1, round(SECONDS * FPS)
    source, path = sources[0], np.zeros((frames, 2))
    for i in range(frames):
        now = 0 if i / FPS < start_s else 1 + int((i / FPS - start_s) / shot_s)
        if now != shot:
            shot = now
            source = sources[int(rng.integers(len(sources)))]
            path = _path(cuts, frames, rng)
        yield grade[_window(source, path[i], 0.72)]


def clip_features(frames: Sequence[Picture], encoder: EfficientNetLite0) -> Array:
    """Features (SAMPLED, 1280 + S) of an edited clip, as if it had been read from a file."""
    times = np.arange(len(frames)) / FPS
    lumas, colours = zip(*(small_planes(frame) for frame in frames), strict=True)
    runs = np.zeros(len(frames), dtype=np.int64)
    looked = Looked(np.stack(lumas), np.stack(colours), times, runs)
    chosen = np.linspace(0, len(frames) - 1, SAMPLED + 2).round().astype(int)[1:-1]
    shown = np.stack([frames[i] for i in chosen])
    stats, cuts_s = measure(shown, times[chosen], looked, SECONDS)
    clip = VideoClip(
        frames=shown,
        times_s=times[chosen].astype(np.float32),
        stats=stats,
        cuts_s=cuts_s,
        duration_s=SECONDS,
        width=WIDTH,
        height=HEIGHT,
        fps=FPS,
        has_audio=False,
    )
    return encoder.encode(clip)


def make_footage(
    files: Sequence[Path], count: int, encoder: EfficientNetLite0, seed: int
) -> tuple[list[Array], list[CutList]]:
    """``count`` edited clips from picture files: features (T, D) each and the cut lists."""
    rng = np.random.default_rng(seed)
    opened = [open_picture(path) for path in files]
    clips, lists = [], []
    for _ in range(count):
        cuts = draw_cut_list(rng)
        few = rng.choice(len(opened), size=min(4, len(opened)), replace=False)
        sources = [opened[int(i)] for i in few]
        frames = list(edit(sources, cuts, rng))
        clips.append(clip_features(frames, encoder))
        lists.append(cuts)
    return clips, lists


def write_footage(clips: Sequence[Array], lists: Sequence[CutList], path: Path = FOOTAGE) -> None:
    """Keep features (T, D) of each clip as float16 with their cut lists."""
    table = np.array([astuple(cuts) for cuts in lists], dtype=np.float32)
    write_tensors(
        path, {"features": np.stack(clips).astype(np.float16), "cuts": table}, {"format": FORMAT}
    )


def read_footage(path: Path = FOOTAGE) -> tuple[list[Array], list[CutList]]:
    """What write_footage kept: (T, D) per clip. Raises CatalogError for a damaged file."""
    arrays, _ = read_arrays(path)
    names = [field.name for field in fields(CutList)]
    lists = [CutList(**dict(zip(names, map(float, row), strict=True))) for row in arrays["cuts"]]
    return list(arrays["features"].astype(np.float32)), lists


def _path(cuts: CutList, frames: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Offsets of the window from the middle, shares of the room there is: (frames, 2)."""
    angle = rng.uniform(0, 2 * np.pi)
    step = np.array([np.cos(angle), np.sin(angle)]) * cuts.travel / FPS * np.exp(rng.normal(0, 0.4))
    hand = np.cumsum(rng.normal(0, cuts.shake, (frames, 2)), axis=0) * 0.8
    return np.asarray(rng.uniform(-0.05, 0.05, 2) + np.arange(frames)[:, None] * step + hand)


def _window(source: Picture, offset: NDArray[np.float64], share: float) -> Picture:
    """Cut WIDTH : HEIGHT out of the picture around its middle plus offset, and scale it."""
    high, wide = source.shape[:2]
    w = share * min(wide, high * WIDTH / HEIGHT)
    h = w * HEIGHT / WIDTH
    # Reflected at the border: the camera turns round instead of sticking.
    room = np.array([(wide - w) / 2, (high - h) / 2])
    moved = np.clip(_reflect(offset * wide, room), -room, room)
    x, y = wide / 2 + moved[0] - w / 2, high / 2 + moved[1] - h / 2
    image = Image.fromarray(source).resize(
        (WIDTH, HEIGHT), Image.Resampling.BILINEAR, box=(x, y, x + w, y + h)
    )
    return np.asarray(image)


def _reflect(x: NDArray[np.float64], room: NDArray[np.float64]) -> NDArray[np.float64]:
    width = np.maximum(4 * room, 1e-9)
    phase = np.mod(x + room, width)
    return np.where(phase < 2 * room, phase, width - phase) - room


class _Table:
    """A grade: a lookup per channel, then saturation. ``grade[picture]`` -> picture."""

    def __init__(self, gain: float, warm: float, saturation: float) -> None:
        levels = np.arange(256) / 255
        self._channels = [
            np.clip(levels ** (1 / gain) * tint, 0, 1) for tint in (1 + warm, 1.0, 1 - warm)
        ]
        self._saturation = saturation

    def __getitem__(self, picture: Picture) -> Picture:
        rgb = np.stack([c[picture[..., i]] for i, c in enumerate(self._channels)], axis=-1)
        grey = rgb @ np.array([0.299, 0.587, 0.114])
        mixed = grey[..., None] + self._saturation * (rgb - grey[..., None])
        return (np.clip(mixed, 0, 1) * 255).astype(np.uint8)


def _grade(cuts: CutList, rng: np.random.Generator) -> _Table:
    """Positive music: lighter, warmer, more saturated; bright sound: lighter (Palmer 2013)."""
    gain = float(np.exp(0.5 * (cuts.positive - 0.5) + 0.5 * (cuts.bright - 0.5)))
    warm = 0.25 * (cuts.positive - 0.5) + rng.normal(0, 0.05)
    saturation = 0.6 + 0.7 * cuts.positive + rng.normal(0, 0.15)
    return _Table(gain, float(warm), float(max(0.0, saturation)))
