"""What an encoder is: frozen weights that turn a clip into one feature row per time step.

An encoder never trains. Its ``id`` stands in checkpoints, catalogs and cache keys, so two encoders
with different weights have different ids. T time steps, D feature columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from vmr.errors import EncoderError
from vmr.media.clip import AudioClip, VideoClip

Array = NDArray[np.float32]


class Encoder(Protocol):
    """What both kinds of encoder say about themselves."""

    @property
    def id(self) -> str:
        """The id that loads these very weights again."""

    @property
    def dim(self) -> int:
        """D, the number of columns."""

    @property
    def columns(self) -> tuple[str, ...]:
        """D names, ``group:name`` each, such as ``msd:rock`` or ``stats:motion``."""

    @property
    def licence(self) -> str:
        """The licence of the weights, one sentence for people."""

    @property
    def commercial(self) -> bool:
        """Whether that licence allows commercial use."""


class VideoEncoder(Encoder, Protocol):
    """Frames in, one row per frame out."""

    def encode(self, clip: VideoClip) -> Array:
        """(T, dim) float32, finite, one row per frame of the clip. ValueError for no frames."""


class MusicEncoder(Encoder, Protocol):
    """Mono sound in, one row per patch of some seconds out."""

    @property
    def rate_hz(self) -> int:
        """The sample rate that encode() takes."""

    def encode(self, clip: AudioClip) -> Array:
        """(T, dim) float32, finite. ValueError for another sample rate or no samples."""


class TextSide(Protocol):
    """Texts as rows among those of an encoder that learned sound together with captions."""

    @property
    def group(self) -> str:
        """The group of the encoder's columns that its rows are compared with."""

    def embed(self, texts: Sequence[str]) -> Array:
        """(Q, columns of the group) float32, unit rows. EncoderError where it cannot be had."""


def text_side(encoder: MusicEncoder) -> TextSide | None:
    """What embeds texts beside an encoder's rows, None for one that learned without texts."""
    found: TextSide | None = getattr(encoder, "text", None)
    return found


def encode_many(encoder: MusicEncoder, clips: Sequence[AudioClip]) -> list[Array]:
    """Rows (T_i, dim) of several clips: in batches across them where an encoder can."""
    together: Callable[[Sequence[AudioClip]], list[Array]] | None
    together = getattr(encoder, "encode_many", None)
    return [encoder.encode(clip) for clip in clips] if together is None else together(clips)


def numbered(group: str, count: int) -> tuple[str, ...]:
    """Column names for features without names: ``group:0`` to ``group:count-1``."""
    return tuple(f"{group}:{i}" for i in range(count))


def in_group(columns: Sequence[str], group: str) -> slice:
    """Where the columns of one group are, such as ``stats``; they always lie together."""
    inside = [i for i, name in enumerate(columns) if name.startswith(f"{group}:")]
    if not inside or inside != list(range(inside[0], inside[-1] + 1)):
        raise ValueError(f"the columns have no group {group!r} that lies together")
    return slice(inside[0], inside[-1] + 1)


def adjacent_starts(length: int, size: int) -> list[int]:
    """First element of every window of ``size`` in a row of at least ``size`` elements.

    Windows do not overlap. A rest of half a window or more gets a last window that ends with it.

    adjacent_starts(280, 187) == [0]; adjacent_starts(281, 187) == [0, 94]
    """
    starts = list(range(0, length - size + 1, size))
    rest = length - (starts[-1] + size)
    return [*starts, length - size] if 2 * rest >= size else starts


def open_device(device: str) -> torch.device:
    """The torch device of that name; "auto" is CUDA where there is one.

    EncoderError if this machine does not have it.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        opened = torch.device(device)
        torch.empty(1, device=opened)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise EncoderError("encoder.device", device=device) from error
    return opened


def working_dtype(device: torch.device) -> torch.dtype:
    """Half precision on CUDA, where it is fast; float32 elsewhere."""
    return torch.float16 if device.type == "cuda" else torch.float32


def check_frames(clip: VideoClip) -> None:
    """ValueError where a clip has no frames: the reader promises at least one."""
    if len(clip) == 0 or clip.frames.ndim != 4 or clip.frames.shape[3] != 3:
        raise ValueError(f"frames {clip.frames.shape} are not (T, H, W, 3) with T > 0")


def check_samples(clip: AudioClip, rate_hz: int) -> None:
    """ValueError where the samples are none, not mono, or of another rate."""
    if clip.samples.ndim != 1 or len(clip.samples) == 0:
        raise ValueError(f"samples {clip.samples.shape} are not (S,) with S > 0")
    if clip.rate_hz != rate_hz:
        raise ValueError(f"the encoder takes {rate_hz} Hz, the clip has {clip.rate_hz} Hz")
