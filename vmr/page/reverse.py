"""From music to video: ranking the video library for a piece of music. No gradio here.

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
    from vmr.query import Progress, Query
    from vmr.retriever import Retriever


class Reverse:
    """The video library and the queries to it.

    ``samples`` holds the sample videos; ``folder`` is where a library of them is kept.
    """

    def __init__(self, service: Service, samples: Path, folder: Path) -> None:
        self.service = service
        self.samples = samples
        self.folder = folder
        self.retriever: Retriever = service.retriever
        self._making = threading.Lock()

    def rank(self, music: Path, progress: Progress) -> dict[str, Any]:
        """The payload of the library's videos for a piece of music. Raises MediaError."""
        if self.retriever.videos is None:
            raise VmrError("search.no_library")
        return self._answer(self.retriever.embed_music(music, progress))

    def rank_like(self, position: int) -> dict[str, Any]:
        """The same for a track of the catalogs."""
        if not 0 <= position < len(self.retriever.tracks):
            raise VmrError("page.no_track")
        return self._answer(self.retriever.like(position))

    def film(self, position: int, progress: Progress) -> str:
        """Address of a copy of a video that every browser plays. Raises MediaError."""
        videos = self.retriever.videos
        path = videos.video_path(position) if videos and 0 <= position < len(videos) else None
        if path is None:
            raise VmrError("page.no_film")
        progress("convert", 0.0)
        return self.service.audio_url(browser_playable(path))

    def use_samples(self, progress: Progress) -> dict[str, Any]:
        """Make the sample videos the library, looking at them on first use: name and count."""
        with self._making:
            if self.retriever.videos is None:
                videos = open_videos(self._indexed_samples(progress), self.retriever.model)
                self.retriever = self.retriever.with_videos(videos)
        return library_json(self.retriever)

    def _answer(self, query: Query) -> dict[str, Any]:
        self.service.keep(query)
        return self.retriever.payload_videos(query, self.service.audio_url)

    def _indexed_samples(self, progress: Progress) -> Path:
        """A library of the sample videos, each under its title. The folder may be deleted."""
        model = self.retriever.model
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

        def told(pace: Pace) -> None:
            progress("look", 0.4 + 0.6 * pace.done / pace.total)

        progress("look", 0.4)
        index_videos(source, library, encoder=encoder, model=model, jobs=1, progress=told)
        return library


def library_json(retriever: Retriever) -> dict[str, Any]:
    """What the page says about the library."""
    videos = retriever.videos
    return {"name": videos.name, "videos": len(videos)} if videos else {"name": "", "videos": 0}
