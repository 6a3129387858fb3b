"""From music to video: the films of the library, and a library of the samples. No gradio here.

Where no library was named, one can be made of the sample videos, to try the direction out.
"""

from __future__ import annotations

import hashlib
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.catalogs.index_videos import index_videos
from vmr.catalogs.videos import VIDEOS, open_videos
from vmr.errors import VmrError
from vmr.media.playback import browser_playable
from vmr.page.sample_films.films import available_samples, sample_path

if TYPE_CHECKING:
    from vmr.catalogs.file_pool import Pace
    from vmr.page.service import Service
    from vmr.query import StageProgress
    from vmr.retriever import Retriever


class Reverse:
    """The video library of the page.

    ``samples`` holds the sample videos; ``folder`` is where a library of them is kept.
    """

    def __init__(self, service: Service, samples: Path, folder: Path) -> None:
        self.service = service
        self.samples = samples
        self.folder = folder
        self._making = threading.Lock()

    def film(self, number: int, progress: StageProgress) -> str:
        """Address of a copy of a video that every browser plays. Raises MediaError."""
        films = self.service.retriever.films
        position = films.numbers.position(number) if films else None
        path = films.library.video_path(position) if films and position is not None else None
        if path is None:
            raise VmrError("page.no_film")
        progress("convert", 0.0)
        return self.service.address_of(browser_playable(path))

    def use_samples(self, progress: StageProgress) -> dict[str, Any]:
        """Make the sample videos the library, looking at them on first use: name and count."""
        with self._making:
            retriever = self.service.retriever
            if retriever.videos is None:
                videos = open_videos(
                    self._indexed_samples(progress), retriever.model, [self.folder]
                )
                self.service.use_library(videos)
        return library_json(self.service.retriever)

    def _indexed_samples(self, progress: StageProgress) -> Path:
        """A library of the sample videos, each under its title. The folder may be deleted."""
        model = self.service.retriever.model
        encoder = model.config.video_encoder
        library = self.folder / hashlib.sha256(encoder.encode()).hexdigest()[:12] / "samples"
        if (library / VIDEOS).is_file():
            return library
        source = self.folder / "films"
        source.mkdir(parents=True, exist_ok=True)
        samples = available_samples()
        for i, sample in enumerate(samples):
            progress("draw", 0.4 * i / len(samples))
            film = source / f"{sample.title()}.mp4"
            if not film.exists():
                shutil.copyfile(sample_path(sample.key, self.samples), film)

        def show(pace: Pace) -> None:
            progress("look", 0.4 + 0.6 * pace.done / pace.total)

        progress("look", 0.4)
        index_videos(source, library, encoder=encoder, model=model, jobs=1, progress=show)
        return library


def library_json(retriever: Retriever) -> dict[str, Any]:
    """What the page says about the library."""
    videos = retriever.videos
    return {"name": videos.name, "videos": len(videos)} if videos else {"name": "", "videos": 0}
