"""Who is shown: exposure by genre, mood, catalog, licence, source and artist, hubs, and what the
correction of hubs changes; for queries that are ranked here, or those of an audit log.

Pictures are not sorted by how the people in them look: nothing is said of that (NOT_MEASURED).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vmr.catalogs.collection import Collection
from vmr.catalogs.tracks_table import Track
from vmr.embedding import BranchEmbedding, Calibration
from vmr.evaluation.exposure import (
    Positions,
    chance_hubness,
    exposures,
    hubness,
    memberships,
)
from vmr.knowledge.request import Request
from vmr.knowledge.track_search import TrackSearch
from vmr.records.audit_entry import Action

Row = dict[str, Any]
ENDS = (0.0, 0.5, 1.0)
FIRST = 5
SERVED, NO_HUBS, ONE_LEVEL = "as served", "hub share 0", "one level for all tracks"
NOT_MEASURED = (
    "Not measured: whether people of different looks, ages or origins get different music. Nothing "
    "here tells people apart, and a measurement would need pictures sorted by exactly that. The "
    "picture tower reads ImageNet classes, light, movement and whether people are there at all; "
    "what its training pictures associate with people may still reach its beliefs. Judge clips of "
    "your own people by eye before relying on them."
)


@dataclass(frozen=True)
class Asked:
    """What is measured: ``k`` first tracks at each alpha of ``alphas`` by a facet."""

    facet: str = "mood"
    k: int = FIRST
    alphas: Sequence[float] = ENDS
    with_silent: bool = False


def ranked(
    search: TrackSearch, queries: BranchEmbedding, asked: Asked, alpha: float
) -> list[Positions]:
    """Positions of the first k tracks, as they are shown, for queries (Q, B, D): Q of (k,)."""
    request = Request(alpha, asked.facet, asked.k, with_silent=asked.with_silent)
    found = []
    for q in range(len(queries)):
        query = queries.rows([q])
        candidates, w, _ = search.asked(query, "video", request)
        order = search.arranged(query, candidates, w, request).order[: asked.k]
        found.append(candidates.index[order])
    return found


def labels_of(track: Track) -> dict[str, tuple[str, ...]]:
    """What a track is grouped by: {dimension: its groups}; columns of one's own among them."""
    single = {
        "catalog": track.catalog,
        "licence": track.licence,
        "source": source_of(track.source),
        "artist": track.artist,
    }
    return track.labels | {name: (value,) if value else () for name, value in single.items()}


def source_of(text: str) -> str:
    """Where a track comes from: the host of an address, the text before a package's name."""
    address = re.match(r"https?://([^/\s]+)", text)
    return address[1] if address else re.split(r" package ", text)[0][:60]


def exposure_tables(
    tracks: Sequence[Track],
    shown: Sequence[Positions],
    source: Sequence[object] | None = None,
) -> dict[str, list[Row]]:
    """{dimension: rows of exposure} for each dimension in which the tracks differ."""
    labels = [labels_of(track) for track in tracks]
    found = {}
    for name in sorted({name for row in labels for name in row}):
        groups, member = memberships([row.get(name, ()) for row in labels])
        if len(groups) > 1:
            found[name] = [e.row() for e in exposures(shown, groups, member, source)]
    return found


def sampled_report(search: TrackSearch, queries: BranchEmbedding, asked: Asked) -> Row:
    """Exposure and hubs for queries (Q, B, D) that are ranked now, with and without correction."""
    heard = _heard(search.music, asked.with_silent)
    by_alpha = {alpha: ranked(search, queries, asked, alpha) for alpha in asked.alphas}
    tracks = [search.music.tracks[i] for i in heard]
    place = {int(i): n for n, i in enumerate(heard)}
    local = {alpha: _local(shown, place) for alpha, shown in by_alpha.items()}
    return {
        "queries": len(queries),
        "tracks": len(tracks),
        "k": asked.k,
        "facet": asked.facet,
        "parts": [
            {"name": f"alpha {alpha:g}", "exposure": exposure_tables(tracks, shown)}
            for alpha, shown in local.items()
        ],
        "hubs": _hubs(search, queries, asked, local, place),
        "not_measured": NOT_MEASURED,
    }


def _hubs(
    search: TrackSearch,
    queries: BranchEmbedding,
    asked: Asked,
    served: Mapping[float, Sequence[Positions]],
    place: Mapping[int, int],
) -> list[Row]:
    """Rows of hubness by correction and alpha, and what chance gives."""
    rows = []
    for name, calibration in corrections(search).items():
        other = replace(search, music=replace(search.music, for_video=calibration))
        for alpha in asked.alphas:
            shown = served[alpha]
            if name != SERVED:
                shown = _local(ranked(other, queries, asked, alpha), place)
            rows.append({"correction": name, "alpha": alpha} | hubness(shown, len(place)).row())
    chance = chance_hubness(len(queries), asked.k, len(place)).row()
    return [*rows, {"correction": "chance", "alpha": None} | chance]


def corrections(search: TrackSearch) -> dict[str, Calibration]:
    """The calibration that is served, and two with less of a correction: ``hub share 0`` takes each
    track's level as its mean over typical queries alone (vmr.search.calibrate_on), the other
    gives all tracks the mean level and spread."""
    music, bank, served = search.music, search.model.video_bank, search.music.for_video
    found = {SERVED: served}
    if bank is not None and search.fusion == "calibrated":
        without = copy(search.model)  # the weights are the same, the configuration is not
        without.config = replace(without.config, hub_share=0.0, hub_share_ssl=None)
        found[NO_HUBS] = without.calibration_of_music(music.embeddings)
        level, spread = (x.mean(axis=0, keepdims=True) for x in (served.offset, served.scale))
        found[ONE_LEVEL] = Calibration(level, spread)
    return found


def logged_report(music: Collection, rows: Iterable[Mapping[str, Any]], k: int = FIRST) -> Row:
    """Exposure by what an audit log says was shown, in thirds of the slider; rows with filters are
    left out, since a person asked for those tracks. Raises ValueError where nothing is left."""
    number = {(track.catalog, track.id): i for i, track in enumerate(music.tracks)}
    shown: dict[str, list[Positions]] = {}
    source: dict[str, list[str]] = {}
    gone: Counter[str] = Counter()
    for row in rows:
        if row["action"] not in (Action.SHOWN, Action.MATCHED) or row["alpha"] is None:
            continue
        if json.loads(row["filters"]):
            gone["rows with filters"] += 1
            continue
        keys = [tuple(key) for key in json.loads(row["tracks"])[:k]]
        gone["tracks that the catalogs have no more"] += sum(key not in number for key in keys)
        positions = np.array([number[key] for key in keys if key in number], dtype=np.int64)
        if len(positions):
            name = third_of(row["alpha"])
            shown.setdefault(name, []).append(positions)
            source.setdefault(name, []).append(row["video"] or f"row {row['number']}")
    if not shown:
        raise ValueError("the log shows no tracks of these catalogs")
    heard = _heard(music, False)
    seen = {int(i) for part in shown.values() for one in part for i in one}
    place = {i: n for n, i in enumerate(sorted(seen | set(map(int, heard))))}
    tracks = [music.tracks[i] for i in place]
    local = {name: _local(part, place) for name, part in sorted(shown.items())}
    return {
        "queries": sum(map(len, local.values())),
        "tracks": len(tracks),
        "k": k,
        "left_out": dict(gone),
        "parts": [
            {"name": name, "exposure": exposure_tables(tracks, part, source[name])}
            for name, part in local.items()
        ],
        "hubs": [
            {"correction": name, "alpha": None} | hubness(part, len(tracks)).row()
            for name, part in local.items()
        ],
        "not_measured": NOT_MEASURED,
    }


def third_of(alpha: float) -> str:
    """The part of the slider that a position is in."""
    if alpha < 1 / 3:
        return "alpha 0 to 1/3"
    return "alpha 2/3 to 1" if alpha > 2 / 3 else "alpha 1/3 to 2/3"


def beliefs_by_kind(
    search: TrackSearch, queries: BranchEmbedding, stats: Mapping[str, Any]
) -> list:
    """What is believed of still and moving, dark and bright pictures: queries (Q, B, D), stats
    {"motion" or "brightness": (Q,)}, each cut into thirds."""
    rows = []
    found = [search.controls.beliefs(queries.rows([q])) for q in range(len(queries))]
    felt = [search.controls.felt(queries.rows([q])) for q in range(len(queries))]
    for name, values in stats.items():
        thirds = np.searchsorted(np.quantile(values, (1 / 3, 2 / 3)), values, side="right")
        for third, kind in enumerate(("least", "middle", "most")):
            chosen = np.flatnonzero(thirds == third)
            row: Row = {"kind": f"{kind} {name}", "pictures": len(chosen)}
            for facet in search.facets:
                likeliest = Counter(found[q][facet][0].label for q in chosen if found[q][facet])
                row[facet] = [[label, n] for label, n in likeliest.most_common(3)]
            known = [one for q in chosen if (one := felt[q]) is not None]
            rows.append(row | {"energy": float(np.mean(known)) if known else None})
    return rows


def _heard(music: Collection, with_silent: bool) -> Positions:
    """Positions of the tracks that can be shown: (N',)."""
    here = music.audible()
    whole = with_silent or not here.any()
    return np.arange(len(music)) if whole else np.flatnonzero(here)


def _local(shown: Sequence[Positions], place: Mapping[int, int]) -> list[Positions]:
    return [np.array([place[int(i)] for i in one], dtype=np.int64) for one in shown]
