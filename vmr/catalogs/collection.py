"""Catalogs opened for a model: what a query is ranked against.

A collection gives every track one position over all catalogs. Tracks that the policy does not allow
are no part of it: they have no position, and so cannot be ranked, played or exported.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.grouped import JoinedTracks, place_of, places_of_sound
from vmr.catalogs.labelled import Signs
from vmr.catalogs.measures import levels_of
from vmr.catalogs.music import Catalog, open_catalog
from vmr.catalogs.numbers import Numbers, TrackIdentities
from vmr.catalogs.places import Place, Places
from vmr.catalogs.policy import EVERYTHING, Policy, allowed_mask
from vmr.catalogs.tracks_table import Track
from vmr.embedding import BranchEmbedding, Calibration, concatenate
from vmr.errors import CatalogError, VmrError, plural
from vmr.search import BankLevels
from vmr.search.levels import joined

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

Say = Callable[[str], None]
# Whether the sound of all tracks is here is asked anew after so long, of few tracks each time.
LOOKED_S, LOOKED_ANEW = 60.0, 4000


def silence(text: str) -> None:
    """The ``say`` of a caller that shows nothing."""


@dataclass(frozen=True, eq=False)
class Collection:
    """N tracks of one or more catalogs.

    embeddings (N, B, E); for_video and for_music: calibrations (N, B) or (1, B) that put the tracks
    on one scale for a video and for a reference track; numbers: what browsers call the tracks by;
    said: labels that people gave beside the tables'.
    """

    catalogs: tuple[Catalog, ...]
    embeddings: BranchEmbedding
    for_video: Calibration
    for_music: Calibration
    policy: Policy
    numbers: Numbers
    said: Signs | None = None
    _heard: dict[str, tuple[float, NDArray[np.bool_]]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, catalogs: Sequence[Catalog], model: Model, policy: Policy) -> Collection:
        """The collection of catalogs that were opened for this model, one at least."""
        embeddings = concatenate([catalog.embeddings for catalog in catalogs])
        return cls(
            catalogs=tuple(catalogs),
            embeddings=embeddings,
            for_video=model.calibration_of_music(embeddings, _levels(catalogs, model, "video")),
            for_music=model.calibration_music_music(embeddings, _levels(catalogs, model, "music")),
            policy=policy,
            numbers=Numbers.of(TrackIdentities(tuple((c.name, c.tracks) for c in catalogs))),
        )

    def __len__(self) -> int:
        return len(self.embeddings)

    def following(self, earlier: Collection) -> Collection:
        """The same, to browsers that know the tracks of an earlier one."""
        return replace(self, numbers=self.numbers.following(earlier.numbers))

    @cached_property
    def places(self) -> Sequence[Place]:
        """One for each track, in the catalogs' order; each is made when it is asked for."""
        return Places(self.catalogs, self.policy, self.numbers)

    @cached_property
    def tracks(self) -> Sequence[Track]:
        """The rows of all tables; of a large one each is made when it is asked for."""
        return JoinedTracks(tuple(catalog.tracks for catalog in self.catalogs))

    def find(self, catalog: str, id: str) -> int | None:
        """The position of a track by its catalog and its id there, None where there is none."""
        for start, one in self._parts():
            if one.name == catalog and (i := place_of(one.tracks, id)) is not None:
                return start + i
        return None

    def named(self, catalog: str, id: str) -> Place:
        """The track of that id in that catalog. Raises VmrError where there is none."""
        position = self.find(catalog, id)
        if position is None:
            raise VmrError("page.no_track")
        return self.places[position]

    def sounding(self, sound: Path) -> Iterator[Place]:
        """The tracks that may have their sound in this file: those whose address ends so."""
        for start, catalog in self._parts():
            for i in places_of_sound(catalog.tracks, sound.name):
                yield self.places[start + i]

    def _parts(self) -> Iterator[tuple[int, Catalog]]:
        """(position of its first track, catalog) of each."""
        start = 0
        for catalog in self.catalogs:
            yield start, catalog
            start += len(catalog)

    def place(self, position: int) -> Place:
        """The track at a position. Raises VmrError for one that there is not."""
        if not 0 <= position < len(self):
            raise VmrError("page.no_track")
        return self.places[position]

    def position(self, number: int) -> int:
        """Where the track with this number stands. Raises VmrError where there is none now."""
        position = self.numbers.position(number)
        if position is None:
            raise VmrError("page.no_track")
        return position

    def audible(self, index: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
        """Whether the sound of the tracks (K,) at these positions, or of all, is here now and may
        be played: (K,). Of all it is what was seen LOOKED_S ago at most."""
        if index is not None:
            return np.array([self.places[i].audio() is not None for i in index], dtype=bool)
        looked, found = self._heard.get("all", (-LOOKED_S, None))
        if found is None or time.monotonic() - looked > LOOKED_S or len(self) <= LOOKED_ANEW:
            found = np.concatenate(
                [c.present() & allowed_mask(c.tracks, self.policy, "play") for c in self.catalogs]
            )
            self._heard["all"] = time.monotonic(), found
        return found

    def opened_for(self, model: Model) -> Collection:
        """The same catalogs for another model. Raises CatalogError."""
        folders = [catalog.folder for catalog in self.catalogs]
        roots = [catalog.audio_folder for catalog in self.catalogs if catalog.audio_folder]
        opened = open_collection(folders, model, self.policy, roots=roots, said=self.said)
        return opened.following(self)


def _levels(catalogs: Sequence[Catalog], model: Model, bank: str) -> BankLevels | None:
    """Levels of all tracks with a bank, None where none were kept or there is no such bank."""
    if not any(catalog.levels for catalog in catalogs):
        return None
    each = [catalog.levels or levels_of(catalog.embeddings, model) for catalog in catalogs]
    return joined([one[bank] for one in each]) if all(bank in one for one in each) else None


def open_collection(
    folders: Iterable[Path],
    model: Model,
    policy: Policy = EVERYTHING,
    say: Say = silence,
    roots: Sequence[Path] = (),
    said: Signs | None = None,
) -> Collection:
    """The catalogs in these folders, without the tracks that the policy forbids.

    ``say`` hears what is loaded and what is left out; ``roots``: further folders that their sound
    may be in; ``said``: labels that people gave beside the tables'. Raises CatalogError for a
    catalog that cannot be opened, or where no track is left.
    """
    catalogs = []
    for folder in folders:
        whole = open_catalog(folder, model, roots=roots, said=said)
        catalog = permitted(whole, policy)
        say(f"catalog {catalog.name}, {plural(len(catalog), 'track')}")
        if len(catalog) < len(whole):
            gone = plural(len(whole) - len(catalog), "track")
            say(f"{gone} of {catalog.name} may not earn money: left out")
        if len(catalog):
            catalogs.append(catalog)
            if catalog.notice:
                say(str(catalog.notice))
    if not catalogs:
        raise CatalogError("search.nothing_permitted")
    return replace(Collection.of(catalogs, model, policy), said=said)


def permitted(catalog: Catalog, policy: Policy) -> Catalog:
    """The catalog with only those tracks that the policy allows, perhaps none."""
    may = allowed_mask(catalog.tracks, policy)
    return catalog if may.all() else catalog.rows(np.flatnonzero(may).astype(np.int64))
