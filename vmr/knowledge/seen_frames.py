"""The frames that were looked at, small, each with the words that can be said of it."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vmr.knowledge.describe import read_frames

if TYPE_CHECKING:
    from vmr.encoders.base import VideoEncoder
    from vmr.media.clip import VideoClip

MOST_FRAMES = 60  # of up to 120, spread over the whole
BOX = (168, 96)  # pixels that a frame fits into
QUALITY = 70  # 2 to 5 kB each


@dataclass(frozen=True)
class SeenFrame:
    """time_s in the video; words: (name, weight) as in a Description; jpeg: the bytes of a file."""

    time_s: float
    words: tuple[tuple[str, float], ...]
    jpeg: bytes

    def as_json(self) -> dict[str, Any]:
        """What the page shows of it; the picture as an address that holds it."""
        picture = base64.b64encode(self.jpeg).decode()
        return {
            "time_s": round(self.time_s, 2),
            "words": [[name, round(weight, 3)] for name, weight in self.words],
            "picture": f"data:image/jpeg;base64,{picture}",
        }


def seen_frames(
    features: NDArray[np.float32], encoder: VideoEncoder, clip: VideoClip
) -> tuple[SeenFrame, ...]:
    """At most MOST_FRAMES of a clip's frames, with features (T, D) of ``encoder`` for all of them.

    The frames come decoded from the limited process; here they only become small.
    """
    reading = read_frames(features, encoder, clip)
    count = min(len(clip), MOST_FRAMES)
    chosen = np.linspace(0, len(clip) - 1, count).round().astype(int).tolist()
    return tuple(
        SeenFrame(float(clip.times_s[i]), reading.words_of_frame(i), _small(clip.frames[i]))
        for i in chosen
    )


def _small(frame: NDArray[np.uint8]) -> bytes:
    """A frame (H, W, 3) as a JPEG that fits into BOX."""
    image = Image.fromarray(frame)
    image.thumbnail(BOX)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
