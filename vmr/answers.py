"""Answers as JSON: hits for people and programs, and payloads that let a browser rank by itself.

A payload holds, for each candidate, its calibrated parts (B) and the products q and g (B x B,
flattened), so that any weights give a score without asking again; see vmr.embedding. The same for
tracks and for videos; only the words about an item differ.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.music import Catalog
from vmr.catalogs.tracks_table import Track
from vmr.catalogs.videos import Video, VideoLibrary
from vmr.embedding import Array
from vmr.search import Candidates

Answer = dict[str, Any]
AddressOf = Callable[[Path], str]  # local file -> an address that the page may open


@dataclass(frozen=True)
class Side:
    """A query's own words and what it needs of the items."""

    query: Answer
    found: Candidates

    def answer(self) -> Answer:
        """The query's words with its Gram matrix."""
        return self.query | {"gram": rounded(self.found.query_gram)}


def payload(
    name: str, words: Callable[[int], Answer], main: Side, beside: Side | None = None
) -> Answer:
    """Everything the browser needs to rank for any weights; the rows stand under ``name``.

    ``words`` tells what is known of an item by its position. With ``beside``, gathered over the
    same items, each row carries its numbers for that query too, so that a second slider can blend
    them: (1 - r) * score + r * score beside.
    """
    found = main.found
    rows = []
    for k, i in enumerate(found.index):
        numbers = {"parts": rounded(found.parts[k]), "q": rounded(found.q[k])}
        row = words(int(i)) | {"position": int(i), **numbers, "g": rounded(found.g[k])}
        if beside is not None:
            parts, q = beside.found.parts[k], beside.found.q[k]
            row["reference"] = {"parts": rounded(parts), "q": rounded(q)}
        rows.append(row)
    branches = list(found.branches)
    answer: Answer = {"branches": branches, "facets": branches[1:], "fusion": found.fusion}
    answer |= {"query": main.answer(), name: rows}
    return answer if beside is None else answer | {"reference": beside.answer()}


def hits(words: Callable[[int], Answer], found: Candidates, w: Array, k: int) -> list[Answer]:
    """The best k items for weights w (B,), each with its score and the score's parts by branch."""
    scores = found.scores(w)
    rows = []
    for rank, i in enumerate(found.order(w)[: max(0, k)], start=1):
        shares = zip(found.branches, found.parts[i], strict=True)
        parts = {branch: round(float(part), 5) for branch, part in shares}
        score = round(float(scores[i]), 5)
        rows.append({"rank": rank, **words(int(found.index[i])), "score": score, "parts": parts})
    return rows


@dataclass(frozen=True)
class Place:
    """Where a track stands in its catalog."""

    catalog: Catalog
    position: int

    @property
    def track(self) -> Track:
        """The track's row of the table."""
        return self.catalog.tracks[self.position]

    def audio(self) -> Path | None:
        """The file to play, None where it is missing."""
        return self.catalog.audio_path(self.position)

    @property
    def peaks(self) -> NDArray[np.uint8]:
        """The waveform: (200,) uint8."""
        return self.catalog.peaks[self.position]


def places_of(catalogs: Sequence[Catalog]) -> tuple[Place, ...]:
    """One Place per track of all catalogs, in their order."""
    return tuple(Place(catalog, i) for catalog in catalogs for i in range(len(catalog)))


def track_json(track: Track) -> Answer:
    """A track's own fields, as every answer shows them."""
    return {
        "id": track.id,
        "title": track.title,
        "artist": track.artist,
        "catalog": track.catalog,
        "genre": list(track.genre),
        "mood": list(track.mood),
        "bpm": track.bpm,
        "key": track.key,
        "seconds": track.seconds,
        "energy": track.energy,
        "vocals": track.vocals,
        "licence": track.licence,
        "attribution": track.attribution,
        "source": track.source,
    }


def playable_track(place: Place, address_of: AddressOf) -> Answer:
    """A track's fields with its waveform and the address of its sound, None where it is missing."""
    audio = place.audio()
    return track_json(place.track) | {
        "audio": address_of(audio) if audio else None,
        "peaks": base64_of(place.peaks),
    }


def video_json(library: VideoLibrary, video: Video) -> Answer:
    """A video's own fields, as every answer shows them; ``video`` is relative to the library."""
    return {
        "id": video.id,
        "title": video.title,
        "library": library.name,
        "video": video.video,
        "seconds": video.seconds,
        "sha256": video.sha256,
    }


def playable_video(library: VideoLibrary, i: int, address_of: AddressOf) -> Answer:
    """A video's fields with the addresses of its picture and its poster, None where missing."""
    film, poster = library.video_path(i), library.poster_path(i)
    return video_json(library, library.videos[i]) | {
        "film": address_of(film) if film else None,
        "poster": address_of(poster) if poster else None,
    }


def base64_of(peaks: NDArray[np.uint8]) -> str:
    """Waveform (200,) uint8 as text."""
    return base64.b64encode(peaks.tobytes()).decode("ascii")


def rounded(values: Array) -> list[float]:
    """(..., B) -> flat list with six significant digits: half the bytes, far below 1e-5 apart."""
    return [float(f"{value:.6g}") for value in np.asarray(values).ravel()]
