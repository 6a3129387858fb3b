"""A film that has been opened and not yet read, and how its frames are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmr.media.info import MediaInfo
from vmr.media.plan import grid_stride
from vmr.media.tone import Table


@dataclass(frozen=True)
class Looking:
    """How frames are looked at: where reading can begin, every how many, which are chosen."""

    keys: Sequence[int]
    stride: int
    chosen: frozenset[int]
    colours: Table | None = None

    def seen(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A picture (H, W, 3) in the colours that a person sees: (H, W, 3)."""
        return picture if self.colours is None else self.colours(picture)


@dataclass(frozen=True)
class Film:
    """What a reader says of a file before a frame is decoded.

    times_s (N,) of all frames, 0 at number ``first``, the first one that is shown; keys: numbers of
    the later ones where reading can begin; cost_s: estimated processor time of a frame, work_s of
    all that is to be read.
    """

    path: Path
    info: MediaInfo
    name: str
    times_s: NDArray[np.float64]
    first: int
    keys: Sequence[int]
    duration_s: float
    cost_s: float
    work_s: float

    @property
    def fps(self) -> float:
        """Frames a second, over the whole."""
        shown = len(self.times_s) - self.first
        return shown / self.duration_s if self.duration_s > 0 else self.info.fps

    def looking(self, chosen: Sequence[int]) -> Looking:
        """How its frames are looked at, so that those ``chosen`` are kept whole."""
        colours = Table(self.info.transfer) if self.info.is_hdr else None
        return Looking([self.first, *self.keys], grid_stride(self.fps), frozenset(chosen), colours)
