"""Frozen features of media files, kept on disk: extracted once, however often a model is trained.

One safetensors file per media file and encoder, named by the SHA-256 of the media file's bytes and
by the encoder, so a renamed file is found again and a changed one is not. Files are written under a
temporary name and renamed; a damaged one is extracted anew. The folder may be deleted at any time.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vmr.files import ContentCache, cache_folder, digest_of, sha256_file
from vmr.media.read import DEFAULT_LIMITS, read_audio, read_video
from vmr.media.sandbox import shown_name
from vmr.media.sniff import check_file

if TYPE_CHECKING:
    from vmr.encoders.base import Encoder, MusicEncoder, VideoEncoder

Array = NDArray[np.float32]

# Raised whenever the frames or samples that the encoders are given change.
FORMAT = "4"


class FeatureCache:
    """Features by file content and encoder. ``folder`` is made when the first file is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def video(self, path: Path, encoder: VideoEncoder) -> Array:
        """(T, D) float32 of the video's frames. MediaError if the file cannot be read."""
        return self._get(path, encoder, lambda: encoder.encode(read_video(path)))

    def music(self, path: Path, encoder: MusicEncoder) -> Array:
        """(T, D) float32 of a music file or of a video's own sound. MediaError as in video()."""
        return self._get(path, encoder, lambda: encoder.encode(read_audio(path, encoder.rate_hz)))

    def holds(self, path: Path, encoder: Encoder) -> bool:
        """Whether the features of this file are already there, and whole."""
        return _read(self._cache(encoder), sha256_file(path), encoder) is not None

    def _get(self, path: Path, encoder: Encoder, extract: Callable[[], Array]) -> Array:
        real = check_file(path, shown_name(path), DEFAULT_LIMITS)
        cache, sha256 = self._cache(encoder), sha256_file(real)
        cached = _read(cache, sha256, encoder)
        if cached is not None:
            return cached
        features = np.ascontiguousarray(extract(), dtype=np.float32)
        if not np.isfinite(features).all():
            raise ValueError(f"{encoder.id} gave values for {path} that are not finite")
        header = {"encoder": encoder.id, "columns": json.dumps(encoder.columns), "name": path.name}
        cache.write(sha256, {"features": features}, header)
        return features

    def _cache(self, encoder: Encoder) -> ContentCache:
        """Where this encoder's features are kept; other columns are another place."""
        digest = digest_of(FORMAT, encoder.id, encoder.columns)
        return ContentCache(self.folder / f"{encoder.id.partition(':')[0]}-{digest}")


class EncoderReader:
    """Reads features of media files with two encoders, cached in ``folder``; a pairs.Reader."""

    def __init__(
        self, video_encoder: VideoEncoder, music_encoder: MusicEncoder, folder: Path | None = None
    ) -> None:
        self._video, self._music = video_encoder, music_encoder
        self._cache = FeatureCache(folder or cache_folder() / "features")

    def video(self, path: Path) -> Array:
        """Features (T, Dv) of a video."""
        return self._cache.video(path, self._video)

    def music(self, path: Path) -> Array:
        """Features (T, Dm) of music."""
        return self._cache.music(path, self._music)


def _read(cache: ContentCache, sha256: str, encoder: Encoder) -> Array | None:
    """The features kept there; None where there are none or they are damaged."""
    found = cache.read(sha256)
    features = found[0].get("features") if found else None
    if features is None or features.ndim != 2 or features.dtype != np.float32:
        return None
    return features if len(features) and features.shape[1] == encoder.dim else None
