"""Features of the media that a command's flags name: ``train`` and ``evaluate`` read alike."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from vmr.files import cache_folder


class MediaReader:
    """Features of media files through the cache; the encoders are loaded with the first file."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._encoders: dict[str, Any] = {}

    def video(self, path: Path) -> Any:
        """Features (T, Dv) of a video, extracted or cached."""
        return self._cache().video(path, self._encoder("video"))

    def music(self, path: Path) -> Any:
        """Features (T, Dm) of music, extracted or cached."""
        return self._cache().music(path, self._encoder("music"))

    def id(self, side: str) -> str:
        """The encoder that was used for this side, with its weights; ``features`` for arrays."""
        return str(self._encoders[side].id) if side in self._encoders else "features"

    def _cache(self) -> Any:
        from vmr.training.feature_cache import FeatureCache

        return FeatureCache(self._args.cache or cache_folder() / "features")

    def _encoder(self, side: str) -> Any:
        if side not in self._encoders:
            from vmr.encoders import load_music_encoder, load_video_encoder

            load = load_video_encoder if side == "video" else load_music_encoder
            name = getattr(self._args, f"{side}_encoder")
            self._encoders[side] = load(
                name, device=self._args.device, commercial=self._args.commercial
            )
        return self._encoders[side]
