"""One track for several videos: how well each fits all of them. No gradio here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from vmr.answers import playable_track

if TYPE_CHECKING:
    from vmr.knowledge.request import Request
    from vmr.page.service import Service
    from vmr.query import Query


def fits_all(
    service: Service, queries: Mapping[str, Query], request: Request
) -> list[dict[str, Any]]:
    """The first k tracks that fit all videos, by the middle between their mean fit and the worst.

    queries: a video query, one at least, by the hash of its video; request: its alpha, facet, k and
    with_silent. Each row is a track with its address, and "mean", "worst" (0 to 100, or scores
    where nobody measured random pairs) and "worst_for", the video that it fits least. The same
    tracks are ranked as for one video. Raises VmrError.
    """
    music, ranking = service.retriever.music, service.retriever.ranking
    w = ranking.weights(request.alpha, request.facet)
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
    ranked = np.flatnonzero(ranking.ranked(request.with_silent))
    rows: list[dict[str, Any]] = []
    for i in ranked[np.argsort(-(mean + worst)[ranked], kind="stable")][: request.k]:
        place = music.places[int(i)]
        numbers = {"mean": round(float(mean[i]), 2), "worst": round(float(worst[i]), 2)}
        track = playable_track(place, service.address_of)
        rows.append(track | numbers | {"worst_for": hashes[least[i]]})
    return rows
