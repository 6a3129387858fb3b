"""The tracks of a collection as labelling sees them: each sound once, described and embedded; of
a large collection MOST of them, drawn by their hashes.

A fixed fifth of all sounds, by their content hash, is the honest one: a model never chooses its
tracks to be labelled, so what is labelled there is a random sample and tells how good a model is.

Shapes: N tracks, P columns that describe a track, B branches, D columns of an embedding, L labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.grouped import texts_of
from vmr.catalogs.music import EMBEDDED_AT_ONCE
from vmr.embedding import Array, BranchEmbedding, concatenate
from vmr.errors import VmrError

if TYPE_CHECKING:
    from vmr.catalogs.collection import Collection
    from vmr.catalogs.tracks_table import Track
    from vmr.model.two_tower import Model

HONEST = 5  # one of so many
MOST = 10_000  # sounds of a pool; of more those whose hashes come first, the same each time
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Pool:
    """tracks with a content hash; positions (N,) of theirs in the collection; described (N, P) what
    the model's music side reads; sound (N, B, D) embedded from the sound alone; plain the same
    without what an adaptation added, (N, trained B, D); tags: {name: (N,) mean probability} of
    the encoder's own tags."""

    tracks: tuple[Track, ...]
    positions: NDArray[np.int64]
    described: Array
    sound: BranchEmbedding
    plain: Array
    tags: dict[str, Array]

    def __len__(self) -> int:
        return len(self.tracks)

    @cached_property
    def honest(self) -> Bools:
        """Which tracks are of the honest fifth: (N,)."""
        return np.array([int(track.sha256[:8], 16) % HONEST == 0 for track in self.tracks], bool)

    @cached_property
    def standard(self) -> Array:
        """The described columns with mean 0 and spread 1, held between -5 and 5: (N, P)."""
        spread = self.described.std(axis=0)
        moved = self.described - self.described.mean(axis=0)
        scaled = np.divide(moved, spread, out=np.zeros_like(moved), where=spread > 1e-6)
        return np.clip(scaled, -5, 5)

    def place(self, sha256: str) -> int | None:
        """Where the track with this content stands, None where there is none."""
        return self._places.get(sha256)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {track.sha256: i for i, track in enumerate(self.tracks)}


def pool_of(music: Collection, model: Model, columns: Sequence[str]) -> Pool:
    """The pool of a collection opened for a model; columns: names of the encoder's features.

    Raises VmrError where no track has a content hash.
    """
    positions = chosen_positions(texts_of(music.tracks, "sha256"))
    named = [(i, name.split(":", 1)[1]) for i, name in enumerate(columns) if is_tag(name)]
    described, sound, plain, tags = [], [], [], []
    if not len(positions):
        raise VmrError("labels.item")
    for start in range(0, len(positions), EMBEDDED_AT_ONCE):
        part = positions[start : start + EMBEDDED_AT_ONCE]
        rows = [music.places[i].features for i in part]
        clips = model.music_tower.prepare(rows)
        described.append(clips.described().cpu().numpy())
        plain.append(model.embed_plainly(model.music_tower, clips).cpu().numpy())
        sound.append(model.embed_prepared(model.music_tower, clips))
        means = np.stack([track.mean(axis=0) for track in rows])
        tags.append(means[:, [i for i, _ in named]])
    tagged = np.concatenate(tags).astype(np.float32)
    return Pool(
        tracks=tuple(music.tracks[i] for i in positions),
        positions=positions,
        described=np.concatenate(described).astype(np.float32),
        sound=concatenate(sound),
        plain=np.concatenate(plain),
        tags={name.casefold(): tagged[:, k] for k, (_, name) in enumerate(named)},
    )


def chosen_positions(hashes: Sequence[str], most: int = MOST) -> NDArray[np.int64]:
    """Positions (K,), rising, of the first track of each content hash that is not empty; of more
    than ``most`` those whose hashes come first by their last digits, as HONEST reads others."""
    first: dict[str, int] = {}
    for i, sha256 in enumerate(hashes):
        if sha256:
            first.setdefault(sha256, i)
    kept = list(first) if len(first) <= most else sorted(first, key=lambda h: h[::-1])[:most]
    return np.array(sorted(first[sha256] for sha256 in kept), dtype=np.int64)


def is_tag(column: str) -> bool:
    """Whether a feature column is a tag that a person would use as a label."""
    return column.startswith(("msd:", "mtt:"))


def known_labels(
    tracks: Sequence[Track], facet: str, names: Sequence[str] = ()
) -> tuple[tuple[str, ...], Bools]:
    """(label names, whether each track has each: (N, L)); ``names`` come first, used or not."""
    found = sorted({label for track in tracks for label in track.labels.get(facet, ())})
    every = tuple(dict.fromkeys([*names, *found]))
    place = {name: k for k, name in enumerate(every)}
    known = np.zeros((len(tracks), len(every)), bool)
    for i, track in enumerate(tracks):
        known[i, [place[label] for label in track.labels.get(facet, ())]] = True
    return every, known
