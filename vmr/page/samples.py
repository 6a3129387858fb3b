"""The sample videos as the page offers them: drawn when they are first looked at, not before."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from vmr.errors import VmrError
from vmr.page.files import MediaFiles
from vmr.page.sample_films.films import Sample, available_samples, sample_path, sample_poster
from vmr.page.settings import LANGUAGES


class Samples:
    """What can be tried with one click; files are kept in ``folder``."""

    def __init__(self, folder: Path, media: MediaFiles) -> None:
        self.folder = folder
        self.media = media
        self._by_key = {sample.key: sample for sample in available_samples()}

    def path(self, key: str) -> Path:
        """The video of a sample, drawn if need be. Raises VmrError."""
        if key not in self._by_key:
            raise VmrError("page.no_sample")
        return sample_path(key, self.folder)

    def boot_data(self) -> list[dict[str, Any]]:
        """Key, titles by language, and addresses of picture and video."""
        return [self._entry(sample) for sample in self._by_key.values()]

    def _entry(self, sample: Sample) -> dict[str, Any]:
        key, folder = sample.key, self.folder
        poster = partial(sample_poster, key, folder)
        return {
            "key": key,
            "titles": {lang: sample.title(lang) for lang in LANGUAGES},
            "poster": self.media.made_url(f"poster {key}", ".jpg", poster),
            "url": self.media.made_url(f"sample {key}", ".mp4", partial(self.path, key)),
        }
