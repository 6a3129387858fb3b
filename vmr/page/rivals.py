"""Several checkpoints side by side on the same query: what each needs to rank. No gradio here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vmr.catalogs.videos import open_videos

if TYPE_CHECKING:
    from vmr.page.service import Service
    from vmr.query import Query
    from vmr.retriever import Retriever

NEEDED = ("id", "title", "parts", "q", "g", "audio")  # of each row that has it


class Rivals:
    """The page's own checkpoint and further ones of the same encoders."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def compare(self, key: str) -> list[dict[str, Any]]:
        """For each checkpoint, the page's own first, a payload to rank by. Raises VmrError."""
        query = self.service.memory.get(key)
        own = self.service.retriever
        others = [self._with_library(other) for other in self.service.rivals]
        return [self._column(own, query)] + [
            self._column(other, other.again(query)) for other in others
        ]

    def _with_library(self, other: Retriever) -> Retriever:
        """The library of the page, which may have been made after the start."""
        videos = self.service.retriever.videos
        if videos is None or other.videos is not None:
            return other
        roots = [videos.root] if videos.root else []
        return other.with_videos(open_videos(videos.folder, other.model, roots))

    def _column(self, retriever: Retriever, query: Query) -> dict[str, Any]:
        if query.modality == "video":
            payload = retriever.payload(query, self.service.address_of)
        else:
            payload = retriever.payload_videos(query, self.service.address_of)
        rows = payload.pop("tracks", None) or payload.pop("videos")
        return payload | {
            "name": retriever.checkpoint.stem,
            "fingerprint": retriever.model.fingerprint,
            "tracks": [{key: row[key] for key in NEEDED if key in row} for row in rows],
        }
