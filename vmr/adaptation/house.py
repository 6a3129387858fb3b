"""What a house has to adapt with: its catalogs, the labels that hold, and corrected videos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.adaptation.adapt import Adapted, adapt, other_facets
from vmr.adaptation.pictures import Corrected
from vmr.adaptation.versions import checkpoint_in_use
from vmr.catalogs.collection import Collection, open_collection
from vmr.catalogs.labelled import Signs, labelled, said_of_tracks
from vmr.catalogs.labels_table import read_labels
from vmr.catalogs.policy import policy_of
from vmr.catalogs.tracks_table import Track
from vmr.config import Settings, catalog_folders
from vmr.encoders import load_music_encoder
from vmr.files import data_folder
from vmr.labelling.pool import Pool, pool_of
from vmr.model.checkpoint import load_model
from vmr.records.label_rows import FILE
from vmr.records.labels import LabelStore
from vmr.records.video_features import read_features

if TYPE_CHECKING:
    from vmr.model.two_tower import Model


@dataclass(frozen=True, eq=False)
class House:
    """model: the one in use; tracks: the pool's with the labels that hold; said: of tracks, videos:
    {sha256: {facet: {label: 1 or -1}}}; data: the folder of labels and features of videos."""

    model: Model
    music: Collection
    pool: Pool
    tracks: Sequence[Track]
    said: Signs
    videos: Signs
    data: Path

    @cached_property
    def facets(self) -> tuple[str, ...]:
        """Those that people labelled, of tracks or videos, in order."""
        every = [*self.said.values(), *self.videos.values()]
        return tuple(sorted({facet for facets in every for facet in facets}))

    def corrected(self, facet: str) -> Corrected:
        """The videos with labels of a facet whose features are kept."""
        chosen = {sha: row[facet] for sha, row in self.videos.items() if facet in row}
        features = read_features(self.data, self.model.config.video_encoder, list(chosen))
        return Corrected(tuple(features.values()), tuple(chosen[sha] for sha in features))


def open_house(settings: Settings, table: Path | None = None) -> House:
    """Everything for an adaptation; ``table``: a labels.csv beside the store. Raises VmrError."""
    model = load_model(checkpoint_in_use(settings), device=settings.device)
    said = said_of_tracks(settings)
    folders = catalog_folders(settings)
    roots, policy = settings.music_roots, policy_of(settings)
    music = open_collection(folders, model, policy, roots=roots, said=said)
    columns = load_music_encoder(model.config.music_encoder, device="cpu").columns
    return house_of(model, music, pool_of(music, model, columns), settings, table)


def house_of(
    model: Model, music: Collection, pool: Pool, settings: Settings, table: Path | None = None
) -> House:
    """The same for what is already open."""
    data = data_folder(settings.data)
    store = LabelStore(data)
    there = (data / FILE).is_file()
    said: dict[str, Mapping[str, Mapping[str, int]]] = {}
    said |= store.labels_of() if there else {}
    videos = store.labels_of("video") if there else {}
    tracks = labelled(pool.tracks, said)
    if table is not None:
        rows = read_labels(table, (track.audio for track in tracks))
        tracks = tuple(rows.apply(track) for track in tracks)
        said |= {t.sha256: _as_said(t, p) for t, p in zip(tracks, pool.tracks, strict=True)}
    return House(model, music, pool, tracks, said, videos, data)


def _as_said(track: Track, before: Track) -> Mapping[str, Mapping[str, int]]:
    """The labels that a table gave a track, as if somebody had said them."""
    return {
        facet: dict.fromkeys(labels, 1)
        for facet, labels in track.labels.items()
        if labels and labels != before.labels.get(facet, ())
    }


def adapt_house(house: House, facet: str) -> tuple[Adapted, House]:
    """Adapt to what is known of a facet; the house comes back with the model that is better."""
    adapted = adapt(house.model, house.pool, house.tracks, facet, house.corrected(facet))
    new = adapted.model
    if new is None:
        return adapted, house
    others = other_facets(house.model, new, house.music, house.pool, facet)
    return replace(adapted, others=others), replace(house, model=new)
