"""What indexing finds in one video: features and a poster, kept like what it finds in music.

As vmr.catalogs.analyse_music, but for videos: decoded once in the limited worker process, kept in
the cache folder under the file's sha256, the encoder's id and its columns.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.analyse_music import spread
from vmr.errors import Notice
from vmr.files import ContentCache, cache_folder, digest_of, sha256_file

if TYPE_CHECKING:
    from vmr.encoders.base import VideoEncoder
    from vmr.media.clip import VideoClip

ROWS = 40  # feature rows kept per video, spread over the whole of it
FORMAT = "4"  # raise it when something below measures differently
POSTER_WIDTH = 320


@dataclass(frozen=True, eq=False)
class VideoFeatures:
    """features (T, D) float32, T <= ROWS; poster: the bytes of a JPEG; seconds of the video."""

    sha256: str
    features: NDArray[np.float32]
    poster: bytes
    seconds: float
    notes: tuple[Notice, ...]


def analyse_video(path: Path, encoder: VideoEncoder, store: Path | None = None) -> VideoFeatures:
    """Analyse one video, or recall what was found in the same content, in the folder ``store`` or
    in the cache. Raises MediaError."""
    from vmr.media.read import read_video

    sha256 = sha256_file(path)
    cache = video_cache(encoder, store)
    analysis = recall_video(cache, sha256)
    if analysis is None:
        clip = read_video(path)
        features = spread(encoder.encode(clip), ROWS)
        poster = poster_of(clip)
        analysis = VideoFeatures(sha256, features, poster, clip.duration_s, clip.notes)
        arrays: dict[str, NDArray] = {
            "features": features,
            "poster": np.frombuffer(poster, np.uint8),
        }
        facts = [clip.duration_s, [note.as_json() for note in clip.notes]]
        cache.write(sha256, arrays, {"facts": json.dumps(facts)})
    return analysis


def video_cache(encoder: VideoEncoder, store: Path | None = None) -> ContentCache:
    """Where the findings of an encoder on videos are kept, in the cache folder or in ``store``."""
    folder = (store or cache_folder()) / "seen"
    return ContentCache(folder / digest_of(FORMAT, encoder.id, *encoder.columns))


def recall_video(cache: ContentCache, sha256: str) -> VideoFeatures | None:
    """None where nothing is kept; a damaged file counts as nothing and is written again."""
    found = cache.read(sha256)
    if found is None:
        return None
    arrays, header = found
    try:
        seconds, stored = json.loads(header["facts"])
        notes = tuple(Notice.from_json(note) for note in stored)
        poster = arrays["poster"].tobytes()
        return VideoFeatures(sha256, arrays["features"], poster, float(seconds), notes)
    except (KeyError, TypeError, ValueError):
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
