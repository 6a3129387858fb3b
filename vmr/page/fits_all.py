"""One track for several videos: how well each fits all of them. No gradio here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vmr.answers import playable_track

if TYPE_CHECKING:
    from vmr.page.service import Service
    from vmr.query import Query


def fits_all(
    service: Service, queries: Mapping[str, Query], alpha: float, facet: str, k: int
) -> list[dict[str, Any]]:
    """The k tracks that fit all videos best, by the middle between their mean fit and the worst.

    queries: a video query, one at least, by the hash of its video. Each row is a track with its
    address, and "mean", "worst" (0 to 100, or scores where nobody measured random pairs) and
    "worst_for", the video that it fits least. Tracks without sound are left out. Raises VmrError.
    """
    import pandas as pd

    retriever = service.retriever
    fits = {}
    for sha256, query in queries.items():
        table = retriever.scores(query, alpha, facet).set_index(["catalog", "id"])
        fits[sha256] = table["fit"] if "fit" in table else table["score"]
    by_video = pd.DataFrame(fits)
    whole = pd.DataFrame({"mean": by_video.mean(axis=1), "worst": by_video.min(axis=1)})
    whole["worst_for"] = by_video.idxmin(axis=1)
    music = retriever.music
    best_first = (whole["mean"] + whole["worst"]).sort_values(ascending=False, kind="stable").index
    rows: list[dict[str, Any]] = []
    for catalog, identity in best_first:
        fit, position = whole.loc[(catalog, identity)], music.find(catalog, identity)
        if position is None or (place := music.places[position]).audio() is None:
            continue
        numbers = {name: round(float(fit[name]), 2) for name in ("mean", "worst")}
        track = playable_track(place, service.address_of)
        rows.append(track | numbers | {"worst_for": fit["worst_for"]})
        if len(rows) == k:
            break
    return rows
