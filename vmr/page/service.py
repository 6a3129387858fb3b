"""What the page can ask for, as plain functions of the retriever. No gradio here.

A query is kept under the hash of its own bytes, so that a link can bring back a ranking without the
video: whoever has the hash has had the file. Only embeddings are kept, never media.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.errors import VmrError

if TYPE_CHECKING:
    from vmr.query import Progress, Query
    from vmr.retriever import Retriever

KEPT_QUERIES = 256  # a few kB each


class Service:
    """The retriever and the queries of the last visitors; safe to call from several threads.

    ``rivals``: retrievers of further checkpoints, to compare with.
    """

    def __init__(
        self,
        retriever: Retriever,
        audio_url: Callable[[Path], str],
        rivals: tuple[Retriever, ...] = (),
    ) -> None:
        self.retriever = retriever
        self.rivals = rivals
        self.audio_url = audio_url
        self._kept: OrderedDict[str, Query] = OrderedDict()
        self._lock = threading.Lock()

    def match(self, video: Path, progress: Progress) -> dict[str, Any]:
        """The payload of a video for the browser. Raises MediaError."""
        query = self.retriever.embed_video(video, progress)
        self.keep(query)
        return self.payload(query.sha256)

    def reference(self, sha256: str, music: Path, progress: Progress) -> dict[str, Any]:
        """The payload of a kept query beside a reference track. Raises MediaError."""
        reference = self.retriever.embed_music(music, progress)
        self.keep(reference)
        return self.payload(sha256, reference.sha256)

    def like(self, sha256: str, position: int) -> dict[str, Any]:
        """The payload of a kept query beside a track of the catalog as its reference."""
        if not 0 <= position < len(self.retriever.tracks):
            raise VmrError("page.no_track")
        reference = self.retriever.like(position)
        return self.retriever.payload(self.kept(sha256), self.audio_url, reference)

    def payload(self, sha256: str, reference_sha256: str | None = None) -> dict[str, Any]:
        """The payload of a kept query, optionally beside a kept reference."""
        reference = self.kept(reference_sha256) if reference_sha256 else None
        return self.retriever.payload(self.kept(sha256), self.audio_url, reference)

    def kept(self, sha256: str) -> Query:
        """The query with this hash. Raises VmrError when it has been forgotten."""
        with self._lock:
            if sha256 in self._kept:
                self._kept.move_to_end(sha256)
                return self._kept[sha256]
        raise VmrError("page.forgotten")

    def keep(self, query: Query) -> None:
        """Remember a query; the oldest is forgotten."""
        with self._lock:
            self._kept[query.sha256] = query
            self._kept.move_to_end(query.sha256)
            while len(self._kept) > KEPT_QUERIES:
                self._kept.popitem(last=False)
