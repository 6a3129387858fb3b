"""What the tables of the catalogs say of labels, found once for a collection, by content hash."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from vmr.catalogs.grouped import facets_of, labels_of, texts_of

if TYPE_CHECKING:
    from vmr.catalogs.collection import Collection
    from vmr.catalogs.places import Place


class LabelTable:
    """The tracks of a collection that have a content hash; nothing in it changes but what can be
    heard."""

    def __init__(self, music: Collection) -> None:
        self.music = music
        self._labelled: dict[str, frozenset[str]] = {}

    @cached_property
    def _hashes(self) -> list[str]:
        return texts_of(self.music.tracks, "sha256")

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {sha256: i for i, sha256 in enumerate(self._hashes) if sha256}

    @cached_property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """{facet: labels that some track has}, of the facets that have any."""
        found = {
            facet: tuple(dict.fromkeys(n for names in labels.found for n in names))
            for facet in facets_of(self.music.tracks)
            for labels in [labels_of(self.music.tracks, facet)]
        }
        return {facet: names for facet, names in found.items() if names}

    def labelled(self, facet: str) -> frozenset[str]:
        """Hashes of the tracks that have a label of the facet."""
        if facet not in self._labelled:
            labels = labels_of(self.music.tracks, facet)
            has = np.array([bool(names) for names in labels.found], dtype=bool)[labels.of]
            found = (self._hashes[i] for i in np.flatnonzero(has))
            self._labelled[facet] = frozenset(filter(None, found))
        return self._labelled[facet]

    def heard(self) -> frozenset[str]:
        """Hashes of the tracks whose sound is here and may be played."""
        found = (self._hashes[i] for i in np.flatnonzero(self.music.audible()))
        return frozenset(filter(None, found))

    def places(self, hashes: Iterable[str]) -> dict[str, Place]:
        """{hash: its track}, without those that there are not."""
        known = {sha256: self._positions.get(sha256) for sha256 in hashes}
        return {sha256: self.music.places[i] for sha256, i in known.items() if i is not None}
