"""A catalog's own labels and those that people gave since are one: what the table says, less what
somebody says does not fit, and what somebody says fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vmr.catalogs.columns import TrackColumns
from vmr.catalogs.tracks_table import LABELS_LIMIT, Track
from vmr.config import Settings
from vmr.files import data_folder
from vmr.records.labels import LabelStore, signs

Signs = Mapping[str, Mapping[str, Mapping[str, int]]]  # {sha256: {facet: {label: 1 or -1}}}


def said_of_tracks(settings: Settings) -> Signs:
    """The labels of tracks in the data folder; {} where nobody gave one."""
    store = LabelStore(data_folder(settings.data))
    return store.labels_of() if store.path.is_file() else {}


def labelled(tracks: Sequence[Track], found: Signs) -> Sequence[Track]:
    """The tracks with the labels of the store beside those of their table."""
    if isinstance(tracks, TrackColumns):
        places = tracks.places("sha256", list(found)).tolist()
        said = {i: tracks[i] for i in places}
        return tracks.with_changed({i: _labelled(t, found[t.sha256]) for i, t in said.items()})
    return tuple(_labelled(t, found[t.sha256]) if t.sha256 in found else t for t in tracks)


def _labelled(track: Track, facets: Mapping[str, Mapping[str, int]]) -> Track:
    known = {
        facet: signs(labels, track.labels.get(facet, ()))[:LABELS_LIMIT]
        for facet, labels in facets.items()
    }
    genre, mood = known.pop("genre", track.genre), known.pop("mood", track.mood)
    return replace(track, genre=genre, mood=mood, facets={**track.facets, **known})
