"""One track for several videos: how well each fits all of them. No gradio here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

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
    retriever = service.retriever
    music, ranking, w = retriever.music, retriever.ranking, retriever.weights(alpha, facet)
    total = np.zeros(len(music), dtype=np.float32)
    worst, least = np.full(len(music), np.inf, np.float32), np.zeros(len(music), dtype=np.int64)
    for n, query in enumerate(queries.values()):
        fit = ranking.every_score(query.embedding, query.asking, w)
        scale = ranking.scale(query.asking)
        if scale is not None:
            fit = scale.percent(fit, w)
        total += fit
        lower = fit < worst
        worst[lower], least[lower] = fit[lower], n
    mean, hashes = total / len(queries), list(queries)
    here = np.flatnonzero(music.audible())
    rows: list[dict[str, Any]] = []
    for i in here[np.argsort(-(mean + worst)[here], kind="stable")]:
        place = music.places[int(i)]
        if place.audio() is None:  # it went since it was looked for
            continue
        numbers = {"mean": round(float(mean[i]), 2), "worst": round(float(worst[i]), 2)}
        track = playable_track(place, service.address_of)
        rows.append(track | numbers | {"worst_for": hashes[least[i]]})
        if len(rows) == k:
            break
    return rows
