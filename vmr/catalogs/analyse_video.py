"""What indexing sees in one video: features and a poster, kept like what it hears in music.

As vmr.catalogs.analyse_music, but for videos: decoded once in the limited worker process, kept in
the cache folder under the file's sha256, the encoder's id and its columns.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.analyse_music import spread
from vmr.catalogs.arrays import read_arrays, write_arrays
from vmr.errors import CatalogError, Notice
from vmr.files import cache_folder, sha256_file

if TYPE_CHECKING:
    from vmr.encoders.base import VideoEncoder
    from vmr.media.clip import VideoClip

ROWS = 40  # feature rows kept per video, spread over the whole of it
FORMAT = "1"  # raise it when something below measures differently
POSTER_WIDTH = 320


@dataclass(frozen=True, eq=False)
class Seen:
    """features (T, D) float32, T <= ROWS; poster: the bytes of a JPEG; seconds of the video."""

    sha256: str
    features: NDArray[np.float32]
    poster: bytes
    seconds: float
    notes: tuple[Notice, ...]


def look(path: Path, encoder: VideoEncoder) -> Seen:
    """Look at one video, or recall what was seen. Raises MediaError."""
    from vmr.media.read import read_video

    sha256 = sha256_file(path)
    kept = kept_file(sha256, encoder)
    seen = _recall(kept, sha256)
    if seen is None:
        clip = read_video(path)
        features = spread(encoder.encode(clip), ROWS)
        seen = Seen(sha256, features, poster_of(clip), clip.duration_s, clip.notes)
        arrays: dict[str, NDArray] = {
            "features": seen.features,
            "poster": np.frombuffer(seen.poster, np.uint8),
        }
        notes = [note.as_json() for note in seen.notes]
        write_arrays(kept, arrays, {"facts": json.dumps([seen.seconds, notes])})
    return seen


def kept_file(sha256: str, encoder: VideoEncoder) -> Path:
    """Where what was seen in a file of that content is kept."""
    what = json.dumps([FORMAT, encoder.id, *encoder.columns])
    eyes = hashlib.sha256(what.encode()).hexdigest()[:12]
    return cache_folder() / "seen" / eyes / sha256[:2] / f"{sha256}.safetensors"


def _recall(path: Path, sha256: str) -> Seen | None:
    """None where nothing is kept; a damaged file counts as nothing and is written again."""
    if not path.is_file():
        return None
    try:
        arrays, header = read_arrays(path)
        seconds, notes = json.loads(header["facts"])
        poster = arrays["poster"].tobytes()
        told = tuple(Notice.from_json(note) for note in notes)
        return Seen(sha256, arrays["features"], poster, float(seconds), told)
    except (CatalogError, KeyError, TypeError, ValueError):
        return None


def poster_of(clip: VideoClip) -> bytes:
    """The most lively of the frames in the middle half as a JPEG: titles and black are dull."""
    from PIL import Image

    first, last = len(clip) // 4, max(len(clip) // 4 + 1, 3 * len(clip) // 4)
    spreads = [float(clip.frames[i, ::4, ::4].std()) for i in range(first, last)]
    image = Image.fromarray(clip.frames[first + int(np.argmax(spreads))])
    height = max(1, round(image.height * POSTER_WIDTH / image.width))
    out = io.BytesIO()
    image.resize((POSTER_WIDTH, height)).save(out, "JPEG", quality=82)
    return out.getvalue()
