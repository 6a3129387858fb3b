"""What the machine thinks of the tracks that are labelled on the page. No gradio here.

Guesses cost a fit, seconds on a busy machine: those of a facet are made again in the background
after a few actions, and until then the earlier ones answer.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vmr.labelling.ask import Doubt, Question, doubtful, next_items
from vmr.labelling.guess import Guesses, guess
from vmr.labelling.label_files import labelled
from vmr.labelling.pool import Pool, pool_of

if TYPE_CHECKING:
    from vmr.records.labels import LabelStore
    from vmr.retriever import Retriever

EVERY = 5  # actions, after which a facet is guessed again
SHOWN = 3  # suggestions of a facet
LEAST = 0.2  # what is less likely is no suggestion


@dataclass(frozen=True)
class Made:
    """Guesses, and the pool and state of the store that they are of."""

    pool: Pool
    state: int
    guesses: Guesses


class LabelHelp:
    """Guesses over the labels of a store, for the retriever that is asked with. Thread-safe."""

    def __init__(self, store: LabelStore) -> None:
        self.store = store
        self._pool: tuple[Retriever, Pool] | None = None
        self._guesses: dict[str, Made] = {}
        self._fitting = threading.Lock()  # held while guesses are made
        self._lock = threading.Lock()
        self._coming: set[str] = set()

    def pool(self, retriever: Retriever) -> Pool:
        """The sounds of the retriever's tracks, each once. Raises VmrError where there are none."""
        with self._lock:
            if self._pool is None or self._pool[0] is not retriever:
                columns = retriever.music_encoder.columns
                self._pool = retriever, pool_of(retriever.music, retriever.model, columns)
            return self._pool[1]

    def guesses(self, retriever: Retriever, facet: str, fresh: bool = False) -> Guesses:
        """What is thought of all tracks; ``fresh``: of the labels as they are this moment."""
        pool, made = self.pool(retriever), self.made(retriever, facet)
        if made is None or (fresh and made.state != self.store.state):
            made = self._make(retriever, pool, facet)
        return made.guesses

    def made(self, retriever: Retriever, facet: str) -> Made | None:
        """The guesses that are there, None where they are still made; old ones are made again."""
        pool, made = self.pool(retriever), self._guesses.get(facet)
        if made is not None and made.pool is not pool:
            made = None
        if made is None or self.store.state - made.state >= EVERY:
            self._make_later(retriever, pool, facet)
        return made

    def _make(self, retriever: Retriever, pool: Pool, facet: str) -> Made:
        with self._fitting:
            state, made = self.store.state, self._guesses.get(facet)
            if made is None or made.pool is not pool or made.state != state:
                tracks = labelled(pool.tracks, self.store.labels_of())
                made = Made(pool, state, guess(pool, retriever.model, facet, tracks))
                self._guesses[facet] = made
            return made

    def _make_later(self, retriever: Retriever, pool: Pool, facet: str) -> None:
        with self._lock:
            if facet in self._coming:
                return
            self._coming.add(facet)

        def work() -> None:
            try:
                self._make(retriever, pool, facet)
            finally:
                with self._lock:
                    self._coming.discard(facet)

        threading.Thread(target=work, daemon=True).start()

    def next(
        self, retriever: Retriever, facet: str, count: int, skip: frozenset[int]
    ) -> list[Question]:
        """The tracks of the pool to ask about next, without those that are skipped."""
        guesses = self.guesses(retriever, facet)
        return next_items(self.pool(retriever), guesses, count, self.store.state, skip)

    def suggestions(self, retriever: Retriever, facet: str, i: int) -> list[tuple[str, float]]:
        """The likeliest labels of a track of the pool that are likely at all, with their
        probabilities; [] until there are guesses."""
        made = self.made(retriever, facet)
        found = made.guesses.suggestions(i, SHOWN) if made else []
        return [(name, share) for name, share in found if share is not None and share >= LEAST]

    def doubtful(self, retriever: Retriever, facet: str) -> list[Doubt]:
        """Labels of the facet that look wrong now."""
        return doubtful(self.guesses(retriever, facet, fresh=True))
