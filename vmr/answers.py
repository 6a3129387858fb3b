"""Answers as JSON: hits for people and programs, and payloads that let a browser rank by itself.

**A hit** (``/search``, ``python -m vmr search --json``, ``Retriever.search``), best first::

    rank, id, title, artist, catalog, genre [..], mood [..], bpm, key, seconds, energy, vocals,
    licence, attribution, source, asks (of a video; keys of vmr.catalogs.terms)
    measured   {"tempo" or "instrument": labels that were measured surely}
    playable   whether the sound is on this machine
    reason     one sentence of what of the picture met what of the track; "" where nothing is known
    score      the weighted sum of the parts or the mixed vectors' cosine, and the weighted words
    fit        0 to 100: the share of random pairs that it beats, see vmr.catalogs.score_scale;
               missing where nobody measured that, as of words alone
    drawn      the label that brought it among the first five where two are nearly as likely
               (vmr.knowledge.belief), else null: scores fall among those, and among the others
    parts      {branch: calibrated similarity} and, with words, "words": their term, 0 where they
               tell no ranked tracks apart. With fusion "calibrated" score = sum of weight * part
               over the branches + words_weight * parts["words"]
    words      the chips, as in a payload: how each word was taken; [] without words
    notes      sentences about the answer as a whole: words that move nothing, a list in which
               perhaps nothing fits; the same in every hit, as ``words`` are

**A payload** has the branches (B), ``facets``, ``fusion`` and

``query``     of Query.as_json, with ``gram`` (B x B) and, for a video,
    beliefs    {facet: [[label, probability or null], ...]}, the likeliest first
    ties       {facet: [label, label] or null}: nearly as likely, of the labels offered
    felt       energy 1 to 5, or null
    fits       {concept: [energy, [labels]]}: what scenes.csv says goes with what was seen
``terms``     {key of vmr.catalogs.terms: {language: sentence with {licence}}}, of these tracks
``words``     the chips of vmr.knowledge.word_scores.WordTerm.as_json; [] without words; ``heard``:
              what of them the sound model was asked (vmr.knowledge.whole_line), or null
``said``      null without words, else ``notes``: [sentence of words that move nothing among tracks
              whose sound is here, or null; the same among all], ``refused``: [whether words alone
              say nothing of the former; of all], ``level``: [mean, spread] of the former's terms,
              ``met_from``: nothing fits words alone well where no row's ``met`` reaches it, or null
``weak``      the sentence for that, and for a list of which no row reaches the scale's fits_from
``asked``     {"choices", "energy"} as vmr.knowledge.request.Turned: what the rows were chosen for
``whole``     whether all tracks are there: else other choices can bring further ones
``offered``   {facet: labels that some track carries whose sound is here; of any where none has}
``with_silent`` {"offered", "ties"}: the same of all tracks
``scale``     of vmr.catalogs.score_scale (of twice the branches with a reference), or null
``anchors``   what the query can be moved to, one entry for each facet and one for energy:
    branch     the branch that is moved: the facet, or "ssl" for energy
    names      L labels, or levels of energy as text ("1" to "5")
    gram       (1+L) x (1+L): dot products among the query's own row and the anchors' rows
    products   L x B, only with fusion "mix": each anchor with each branch of the query
    cross      only with fusion "mix": for each further entry, L x its L, dot products of anchors
``tracks``    one row a candidate, what a hit says of the track (audio: address or null; peaks;
              playable; position: its number of vmr.catalogs.numbers) and
    parts      B, calibrated        spread   B, the calibration's scales
    q          B, query with item by branch; with fusion "mix" B x B, and g, item with itself
    anchors    for each entry of ``anchors``: L cosines with the item's own branch b (with fusion
               "mix" L x B, with each of the item's branches)
    nearest    {facet: the label whose anchor the track is nearest to}, of facets not measured
    term       only with words: (term - mean) / spread of ``said`` is what their weight (0 to 2, 1
               by default) is multiplied with, 0 where the spread is 0; term itself where tracks
               without sound are ranked too
    met        only with words alone: how much of what is asked for the track has, about 0 to 1
    by         only with words: what of the track they met, [[place of the chip, kind, name, whether
               it is sure], ...]; kind "kept" where it lacks what is to be avoided

A branch b that is moved by ``own`` and ``shares`` (L; vmr.embedding.turn_to, turn_by) has

    norm = sqrt(c' gram c) with c = (own, shares...)
    q_bb' = (own * q_bb + shares . anchors) / norm;  part_b' = part_b + (q_bb' - q_bb) / spread_b

which is all that calibrated scores need; vmr.search.Candidates.moved has the same with every
product. Matrices are flat, numbers have six digits. ``videos`` in place of ``tracks`` for music.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.collection import Collection
from vmr.catalogs.grouped import texts_of
from vmr.catalogs.places import Place
from vmr.catalogs.score_scale import ScoreScale
from vmr.catalogs.terms import asks
from vmr.catalogs.tracks_table import Track
from vmr.catalogs.video_collection import VideoCollection
from vmr.catalogs.videos import Video, VideoLibrary
from vmr.embedding import Array
from vmr.knowledge.belief import Arranged
from vmr.search import Candidates
from vmr.search.sent import anchors_json, item_numbers, rounded, sent_products

if TYPE_CHECKING:
    import pandas as pd

Answer = dict[str, Any]
AddressOf = Callable[[Path], str]  # local file -> an address that the page may open
TRACK_FIELDS = (
    *("id", "title", "artist", "catalog", "genre", "mood", "bpm", "key", "seconds"),
    *("energy", "vocals", "licence", "attribution", "source"),
)


@dataclass(frozen=True)
class Side:
    """A query's own words and what it needs of the items."""

    query: Answer
    found: Candidates

    def answer(self) -> Answer:
        """The query's words with its products."""
        return self.query | {"gram": rounded(self.found.query_gram)}


def payload(
    name: str, words: Callable[[int], Answer], main: Side, beside: Side | None = None
) -> Answer:
    """Everything the browser needs to rank for any weights; the rows stand under ``name``.

    ``words`` gives an item's own fields by its position. With ``beside``, gathered over the
    same items, each row carries its numbers for that query too, so that a second slider can blend
    them: (1 - r) * score + r * score beside.
    """
    found = main.found
    rows = []
    for k, i in enumerate(found.index):
        row = words(int(i)) | item_numbers(found, k)
        if beside is not None:
            parts, q = beside.found.parts[k], beside.found.q[k]
            row["reference"] = {"parts": rounded(parts), "q": sent_products(q, found.fusion)}
        rows.append(row)
    branches = list(found.branches)
    answer: Answer = {"branches": branches, "facets": branches[1:], "fusion": found.fusion}
    answer |= {"query": main.answer(), "anchors": anchors_json(found), name: rows}
    return answer if beside is None else answer | {"reference": beside.answer()}


def hits(
    words: Callable[[int], Answer],
    found: Candidates,
    w: Array,
    k: int,
    scale: ScoreScale | None = None,
    arranged: Arranged | None = None,
) -> list[Answer]:
    """The best k items for weights w (B,), each with its score and the score's parts by branch.

    Without a ``scale``, and for words alone, there is no ``fit``: nobody has measured what random
    pairs reach. With ``arranged`` the items stand as they were arranged, each with what it was
    ``drawn`` for.
    """
    scores = found.scores(w)
    fits = scale.percent(scores, w, found.words) if scale is not None and w.any() else None
    rows = []
    order = found.order(w) if arranged is None else arranged.order
    for rank, i in enumerate(order[: max(0, k)], start=1):
        parts = dict(zip(found.branches, found.parts[i], strict=True))
        parts |= {} if found.term is None else {"words": found.term[i]}
        row = {"rank": rank, **words(int(found.index[i])), "score": round(float(scores[i]), 5)}
        if fits is not None:
            row["fit"] = round(float(fits[i]), 1)
        if arranged is not None:
            row["drawn"] = arranged.drawn.get(int(i))
        rows.append(row | {"parts": {name: round(float(part), 5) for name, part in parts.items()}})
    return rows


def score_table(
    music: Collection, found: Candidates, w: Array, scale: ScoreScale | None
) -> pd.DataFrame:
    """All candidates for weights w (B,), best first: catalog, id, title, score, fit (where there is
    a scale, not of words alone), a column for each branch's part and, with words, one for their
    term."""
    import pandas as pd

    names = {field: texts_of(music.tracks, field) for field in ("catalog", "id", "title")}
    scores = found.scores(w)
    columns: dict[str, Any] = {
        **{field: [texts[i] for i in found.index] for field, texts in names.items()},
        "score": scores,
    }
    if scale is not None and w.any():
        columns["fit"] = scale.percent(scores, w, found.words)
    columns |= {branch: found.parts[:, b] for b, branch in enumerate(found.branches)}
    columns |= {} if found.term is None else {"words": found.term}
    return pd.DataFrame(columns).iloc[found.order(w)].reset_index(drop=True)


def track_json(track: Track) -> Answer:
    """A track's own fields, as every answer shows them."""
    lists = {"genre": list(track.genre), "mood": list(track.mood), "asks": list(asks(track))}
    return {name: getattr(track, name) for name in TRACK_FIELDS} | lists


def hit_track(place: Place) -> Answer:
    """A track's fields, and whether its sound is here."""
    return track_json(place.track) | {"playable": place.audio() is not None}


def playable_track(place: Place, address_of: AddressOf) -> Answer:
    """A track's fields with its waveform and the address of its sound, None where it is missing."""
    audio = place.audio()
    return track_json(place.track) | {
        "playable": audio is not None,
        "position": place.number,
        "audio": address_of(audio) if audio else None,
        "peaks": base64_of(place.peaks),
    }


def video_json(library: VideoLibrary, video: Video) -> Answer:
    """A video's own fields, as every answer shows them; ``video`` is relative to the library."""
    names = {"id": video.id, "title": video.title, "library": library.name, "video": video.video}
    return names | {"seconds": video.seconds, "sha256": video.sha256}


def hit_video(library: VideoLibrary, i: int) -> Answer:
    """A video's fields, and whether the file is here."""
    playable = library.video_path(i) is not None
    return video_json(library, library.videos[i]) | {"playable": playable}


def playable_video(films: VideoCollection, i: int, address_of: AddressOf) -> Answer:
    """A video's fields with the addresses of its picture and its poster, None where missing."""
    film, poster = films.library.video_path(i), films.library.poster_path(i)
    return video_json(films.library, films.library.videos[i]) | {
        "position": films.numbers[i],
        "playable": film is not None,
        "film": address_of(film) if film else None,
        "poster": address_of(poster) if poster else None,
    }


def base64_of(peaks: NDArray[np.uint8]) -> str:
    """The bytes of a waveform (P,) as text."""
    return base64.b64encode(peaks.tobytes()).decode("ascii")
