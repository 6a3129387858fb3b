"""What words can ask of tracks: labels, instruments, tempo, voice, era, energy, and their texts.

Of the features only the means of the columns that are asked are kept, so that memory does not grow
with what the encoder says.

Shapes: N tracks, L labels, T rows of a track, D columns of the music encoder, K of them used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.analyse_music import NO_VOICE_TAGS, VOICE_TAGS, voice_scores
from vmr.catalogs.arrays import FeatureTable
from vmr.catalogs.grouped import facets_of, kinds, labels_of, texts_of
from vmr.catalogs.tracks_table import Track
from vmr.embedding import Anchors, Array, BranchEmbedding, unit
from vmr.encoders.base import in_group
from vmr.knowledge.energy import track_energies
from vmr.knowledge.instruments import bundled_instruments, instrument_scores
from vmr.knowledge.key_words import key_number
from vmr.knowledge.word_table import ERAS, FACETS, VOICES, fold, normal
from vmr.model.measured_scores import ONSETS_PER_UNIT, ramp, tempo_scores

LABELLED = {"moods": "mood", "genres": "genre"}  # columns of the table -> facets of a catalog
ONSETS = "stats:onset_rate"


@dataclass(frozen=True)
class TrackFacts:
    """What words can ask of N tracks. values {column of words.csv: (N, names)}, about 0 to 1;
    energy (N,) 1 to 5 and bpm (N,), NaN where unknown; keys (N,), see
    vmr.knowledge.key_words; texts: title, artist and labels of each
    track, folded; sound (N, P) float16: unit rows that texts have a cosine with, see
    vmr.encoders.base.TextSide, None where the encoder has no text side."""

    values: Mapping[str, Array]
    energy: Array
    bpm: Array
    keys: NDArray[np.int8]
    texts: tuple[str, ...]
    sound: NDArray[np.float16] | None = None

    def __len__(self) -> int:
        return len(self.texts)


def track_facts(
    tracks: Sequence[Track],
    embeddings: BranchEmbedding,
    anchors: Sequence[Anchors],
    features: Sequence[FeatureTable],
    columns: Sequence[str],
    group: str | None = None,
) -> TrackFacts:
    """Facts of N tracks: their labels and embeddings (N, B, D) for a model with these anchors, and
    the features of each, in one table or several, with the encoder's columns; group: those of them
    that texts are compared with. What the encoder lacks is left out."""
    asked = [*VOICE_TAGS, *NO_VOICE_TAGS, ONSETS, *(f"msd:{era}" for era in ERAS)]
    asked += [tag for instrument in bundled_instruments() for tag in instrument.tags]
    names = [name for name in dict.fromkeys(asked) if name in columns]
    read = [columns.index(name) for name in names]
    means = np.concatenate([table.means(read) for table in features])
    bpm = kinds(tracks, ("bpm",), lambda track: track.bpm or np.nan).array(np.float32)
    values: dict[str, Array] = {
        column: _label_values(tracks, embeddings, facet, FACETS[column], anchors)
        for column, facet in LABELLED.items()
    }
    onsets = (
        means[:, names.index(ONSETS)] * np.float32(ONSETS_PER_UNIT) if ONSETS in names else None
    )
    values["tempo"] = tempo_scores(bpm, onsets)
    instruments = instrument_scores(means, names)
    if instruments is not None:
        values["instruments"] = instruments
    values["voice"] = _voices(tracks, means, tuple(names))
    if all(f"msd:{era}" in names for era in ERAS):
        tags = means[:, [names.index(f"msd:{era}") for era in ERAS]]
        low, high = np.quantile(tags, [0.5, 0.95], axis=0)
        values["era"] = np.clip((tags - low) / np.maximum(high - low, 1e-6), 0, 1)
    sound = None if group is None else _sound(features, in_group(columns, group))
    keys = kinds(tracks, ("key",), lambda track: key_number(track.key)).array(np.int8)
    return TrackFacts(values, track_energies(tracks), bpm, keys, tuple(_texts(tracks)), sound)


def _sound(features: Sequence[FeatureTable], place: slice) -> NDArray[np.float16]:
    """The mean over each track's rows of some columns, as unit rows: (N, P)."""
    read = range(place.start, place.stop)
    return np.concatenate([unit(table.means(read)).astype(np.float16) for table in features])


def _label_values(
    tracks: Sequence[Track],
    embeddings: BranchEmbedding,
    facet: str,
    names: Sequence[str],
    anchors: Sequence[Anchors],
) -> Array:
    """1 where a track carries the label, elsewhere how near its sound is to it: (N, L)."""
    found = np.zeros((len(tracks), len(names)), dtype=np.float32)
    for a in anchors:
        if a.branch == facet:
            known = [(i, names.index(name)) for i, name in enumerate(a.names) if name in names]
            for part, rows in embeddings.blocks(facet):
                cosines = rows @ a.values.T
                for i, column in known:
                    found[part, column] = ramp(cosines[:, i], 0.0, 1.0)
    carried = labels_of(tracks, facet)
    flags = np.array([[name in labels for name in names] for labels in carried.found], dtype=bool)
    found[flags[carried.of]] = 1.0
    return found


def _voices(tracks: Sequence[Track], means: Array, columns: tuple[str, ...]) -> Array:
    """How sung and how instrumental each track is, by the table or else by the tagger: (N, 2)."""
    said = kinds(tracks, ("vocals",), lambda track: track.vocals)
    told = [np.nan if one not in VOICES else float(one == "vocal") for one in said.found]
    sung = np.array(told, dtype=np.float32)[said.of]
    open_ = np.isnan(sung)
    heard = voice_scores(means[open_], columns)
    sung[open_] = 0.5 if heard is None else np.clip((heard + 1) / 2, 0, 1)
    return np.stack([sung, 1 - sung], axis=1)


def _texts(tracks: Sequence[Track]) -> Iterator[str]:
    """Title, artist and labels of each track, folded."""
    facets = facets_of(tracks)
    labels = kinds(
        tracks, facets, lambda t: " ".join(n for f in facets for n in t.labels.get(f, ()))
    )
    titles, artists = texts_of(tracks, "title"), texts_of(tracks, "artist")
    for title, artist, k in zip(titles, artists, labels.of.tolist(), strict=True):
        text = f"{title} {artist} {labels.found[k]}" if labels.found[k] else f"{title} {artist}"
        yield fold(normal(text))
