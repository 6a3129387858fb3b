"""What the page and its endpoints can ask for, as plain functions of the retriever. No gradio here.

One way from a file to an answer: the file becomes a query, the query an answer. Queries are
remembered under what they are and the hash of their bytes, so that a link can bring back a ranking
without the video: whoever has the hash has had the file.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.errors import VmrError
from vmr.knowledge.request import AS_SEEN, Turned
from vmr.page.audit import Audit, Shown
from vmr.page.query_memory import QueryMemory
from vmr.page.reading import Reader
from vmr.records.audit_entry import Action, Entry

if TYPE_CHECKING:
    from vmr.catalogs.collection import Say
    from vmr.catalogs.videos import VideoLibrary
    from vmr.config import Settings
    from vmr.knowledge.request import Request
    from vmr.page.kept_frames import KeptFrames
    from vmr.page.operation.state import Operation
    from vmr.query import Query, StageProgress
    from vmr.retriever import Retriever


class Service:
    """The retriever and what it remembers; safe to call from several threads.

    ``address_of`` turns a local file into an address that the page may open; ``rivals`` are
    retrievers of further checkpoints, to compare with; ``frames`` keeps what was looked at, None
    for a service whose visitors are not shown it; ``audit`` hears of all before it is answered,
    ``operation`` of how long files took to read.
    """

    def __init__(
        self,
        retriever: Retriever,
        address_of: Callable[[Path], str],
        rivals: tuple[Retriever, ...] = (),
        frames: KeptFrames | None = None,
        audit: Audit | None = None,
        operation: Operation | None = None,
    ) -> None:
        self.retriever = retriever
        self.rivals = rivals
        self.address_of = address_of
        self.frames = frames
        self.audit = audit or Audit()
        self.memory = QueryMemory()
        self.reader = Reader(self.memory, frames is not None, operation)
        self._changing = threading.Lock()

    def log(self, entry: Entry) -> None:
        """Write to the audit log, where there is one, with who asks, checkpoint and catalogs.
        Raises VmrError where that cannot be: then it is not to be done."""
        self.audit.write(self.retriever, entry)

    def match(self, video: Path, progress: StageProgress, words: str = "") -> dict[str, Any]:
        """The payload of a video for the browser, with words about the music, and the address of
        its frames. Raises MediaError.

        Where that takes a while ``progress`` hears of a step ``first ADDRESS`` before: the payload
        of a few frames, marked provisional. It is nobody's result: neither logged nor remembered.
        """
        frames = self.frames

        def first(query: Query) -> None:
            if frames is not None:
                payload = self.retriever.payload(query, self.address_of, words=words)
                progress(f"first {frames.keep_first(payload)}", 0.3)

        reading = self.reader.video(self.retriever, video, progress, first if frames else None)
        payload = self.retriever.payload(reading.query, self.address_of, words=words)
        self._ranked(reading.query.sha256, words)
        return payload | {"frames": frames.keep(reading.frames)} if frames else payload

    def restore(self, sha256: str, asked: Turned = AS_SEEN) -> dict[str, Any]:
        """The payload of a video that was matched before, with the tracks that ``asked`` brings
        first, as in all that follow. Raises VmrError."""
        payload = self.retriever.payload(self._video(sha256), self.address_of, asked=asked)
        self._ranked(sha256, "", asked)
        return payload

    def words(self, sha256: str, text: str, asked: Turned = AS_SEEN) -> dict[str, Any]:
        """The payload of a matched video with words about the music; without a video ("") that of
        the words alone, in which every part is 0. Raises VmrError."""
        query = self._video(sha256) if sha256 else None
        if query is None and not text.strip():
            raise VmrError("request.nothing")
        payload = self.retriever.payload(query, self.address_of, words=text, asked=asked)
        self._ranked(sha256, text, asked)
        return payload

    def reference(
        self,
        sha256: str,
        music: Path,
        progress: StageProgress,
        words: str = "",
        asked: Turned = AS_SEEN,
    ) -> dict[str, Any]:
        """The payload of a matched video beside a reference track. Raises VmrError."""
        query = self._video(sha256)
        reference = self.reader.music(self.retriever, music, progress)
        payload = self.retriever.payload(query, self.address_of, reference, words, asked)
        self._ranked(sha256, words, asked, reference=reference.sha256)
        return payload

    def like(
        self, sha256: str, number: int, words: str = "", asked: Turned = AS_SEEN
    ) -> dict[str, Any]:
        """The payload of a matched video beside a track of the catalogs as its reference."""
        retriever = self.retriever
        query, reference = self._video(sha256), retriever.like(retriever.music.position(number))
        payload = retriever.payload(query, self.address_of, reference, words, asked)
        self._ranked(sha256, words, asked, reference=reference.sha256)
        return payload

    def rank_videos(self, music: Path, progress: StageProgress) -> dict[str, Any]:
        """The payload of the library's videos for a piece of music. Raises VmrError."""
        self.retriever.library()
        return self._videos_for(self.reader.music(self.retriever, music, progress))

    def rank_videos_like(self, number: int) -> dict[str, Any]:
        """The same for a track of the catalogs."""
        retriever = self.retriever
        return self._videos_for(retriever.like(retriever.music.position(number)))

    def search(self, video: Path | None, request: Request) -> list[dict[str, Any]]:
        """Hits for a video, or for what the request says alone. Raises VmrError."""
        self.retriever.ranking.check(request, has_query=video is not None)
        query = self.reader.video(self.retriever, video).query if video is not None else None
        hits = self.retriever.answer(query, request)
        self._answered(request, hits, query.sha256 if query else "")
        return hits

    def search_videos(self, music: Path, request: Request) -> list[dict[str, Any]]:
        """Hits among the library's videos for a piece of music. Raises VmrError."""
        self.retriever.library()
        self.retriever.ranking.check(request)
        query = self.reader.music(self.retriever, music)
        hits = self.retriever.search_videos(query, request.alpha, request.facet, request.k)
        self._answered(request, [], "", music=query.sha256, videos=[h["sha256"] for h in hits[:50]])
        return hits

    def use_library(self, videos: VideoLibrary) -> None:
        """Rank these videos for music from now on."""
        with self._changing:
            opened = self.retriever.with_videos(videos)
            self.log(changed("videos", opened))
            self.retriever = opened

    def open_again(self, settings: Settings, say: Say) -> None:
        """Rank the catalogs and the library as they are on the disk now. Raises CatalogError."""
        opened = self.retriever.opened_again(settings, say)
        rivals = tuple(rival.ranking_what(opened) for rival in self.rivals)
        self.log(changed("catalogs", opened))
        with self._changing:
            films = opened.films if settings.videos else self.retriever.films
            self.retriever, self.rivals = replace(opened, films=films), rivals

    def use_checkpoint(self, checkpoint: Path, settings: Settings) -> None:
        """Rank with another version of the checkpoint, for all visitors; what is remembered of
        their queries is embedded anew, or forgotten. Raises VmrError."""
        opened = self.retriever.using(checkpoint, settings)
        rivals = tuple(rival.ranking_what(opened) for rival in self.rivals)
        self.log(changed("checkpoint", opened))
        with self._changing:
            films = opened.films if settings.videos else self.retriever.films
            opened = replace(opened, films=films)
            self.memory.embed_again(opened.again)
            self.retriever, self.rivals = opened, rivals

    def _ranked(self, sha256: str, words: str, asked: Turned = AS_SEEN, **detail: Any) -> None:
        part = self._video(sha256).part if sha256 else None
        if part is not None:
            sha256, detail = part.film, detail | {"cue": [part.start_s, part.end_s]}
        self.audit.ranked(self.retriever, Shown(sha256, asked=asked, words=words), **detail)

    def _answered(
        self, request: Request, hits: list[dict[str, Any]], sha256: str, **detail: Any
    ) -> None:
        turned = Turned({request.facet: request.labels} if request.labels else {}, request.energy)
        shown = Shown(sha256, request.alpha, request.facet, turned, request.words)
        tracks = [(hit["catalog"], hit["id"]) for hit in hits]
        self.log(shown.entry(Action.MATCHED, tracks, k=request.k, **detail))

    def _video(self, sha256: str) -> Query:
        return self.memory.get(f"video-{sha256}")

    def _videos_for(self, query: Query) -> dict[str, Any]:
        self.memory.keep(query)
        payload = self.retriever.payload_videos(query, self.address_of)
        self._ranked("", "", music=query.sha256)
        return payload


def changed(what: str, now: Retriever) -> Entry:
    """The entry that says with what the server ranks from now on."""
    catalogs = {catalog.name: catalog.fingerprint for catalog in now.catalogs}
    names, detail = list(catalogs), {"what": what, "fingerprints": catalogs}
    return Entry(Action.CHANGED, checkpoint=now.model.fingerprint, catalogs=names, detail=detail)
