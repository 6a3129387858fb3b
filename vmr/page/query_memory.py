"""The queries of the last visitors: embeddings and plain facts, never media. No gradio here."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from vmr.errors import VmrError

if TYPE_CHECKING:
    from vmr.query import Query

MOST_QUERIES = 256
MOST_BYTES = 64 * 2**20  # a query has a few kB, with features for other checkpoints up to 400


class QueryMemory:
    """Queries by their key, bounded in number and bytes; safe to use from several threads.

    The same bytes are another query as a video, as music and as a track of the catalogs. The first
    of equal keys stays: whoever sends the same file later changes nobody's link, not even its name.
    """

    def __init__(self, most: int = MOST_QUERIES, most_bytes: int = MOST_BYTES) -> None:
        self.most = most
        self.most_bytes = most_bytes
        self._queries: OrderedDict[str, Query] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def keep(self, query: Query) -> None:
        """Remember a query; those not asked for the longest are forgotten."""
        with self._lock:
            if query.key not in self._queries:
                self._queries[query.key] = query
                self._bytes += query.size_bytes
            self._queries.move_to_end(query.key)
            while len(self._queries) > self.most or self._bytes > self.most_bytes:
                self._bytes -= self._queries.popitem(last=False)[1].size_bytes

    def embed_again(self, again: Callable[[Query], Query]) -> None:
        """Change every query to what ``again`` makes of it; those that it refuses are forgotten."""
        with self._lock:
            kept: OrderedDict[str, Query] = OrderedDict()
            for key, query in self._queries.items():
                with contextlib.suppress(VmrError):
                    kept[key] = again(query)
            self._queries = kept
            self._bytes = sum(query.size_bytes for query in kept.values())

    def get(self, key: str) -> Query:
        """The query with this key. Raises VmrError when it has been forgotten."""
        with self._lock:
            if key in self._queries:
                self._queries.move_to_end(key)
                return self._queries[key]
        raise VmrError("page.forgotten")
