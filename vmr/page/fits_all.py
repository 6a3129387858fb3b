"""One track for several videos: how well each fits all of them. No gradio here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vmr.answers import playable_track

if TYPE_CHECKING:
    from vmr.embedding import Array
    from vmr.knowledge.request import Request
    from vmr.knowledge.track_search import TrackSearch
    from vmr.page.service import Service
    from vmr.query import Query


def fits_all(
    service: Service, queries: Mapping[str, Query], request: Request
) -> list[dict[str, Any]]:
    """The first k tracks that fit all videos, by the middle between their mean fit and the worst.

    queries: a video query, one at least, by the hash of its video; request: its alpha, facet, k and
    with_silent. Each row is a track with its address, and "mean", "worst" (0 to 100, or scores
    where nobody measured random pairs) and "worst_for", the video that it fits least. The same
    tracks are ranked as for one video, equal ones as at alpha 0. Raises VmrError.
    """
    music, ranking = service.retriever.music, service.retriever.ranking
    ends = [ranking.weights(alpha, request.facet) for alpha in (request.alpha, 0.0)]
    (mean, worst, least), (left, left_worst, _) = (_fits(ranking, queries, w) for w in ends)
    hashes, ranked = list(queries), np.flatnonzero(ranking.ranked(request.with_silent))
    order = np.lexsort((-(left + left_worst)[ranked], -(mean + worst)[ranked]))
    rows: list[dict[str, Any]] = []
    for i in ranked[order][: request.k]:
        place = music.places[int(i)]
        numbers = {"mean": round(float(mean[i]), 2), "worst": round(float(worst[i]), 2)}
        track = playable_track(place, service.address_of)
        rows.append(track | numbers | {"worst_for": hashes[least[i]]})
    return rows


def _fits(
    ranking: TrackSearch, queries: Mapping[str, Query], w: Array
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Of each track the mean fit, the worst, and for which query that is, at weights w: (N,)."""
    count = len(ranking.music)
    total, least = np.zeros(count, dtype=np.float32), np.zeros(count, dtype=np.int64)
    worst = np.full(count, np.inf, dtype=np.float32)
    for n, query in enumerate(queries.values()):
        fit, scale = (
            ranking.every_score(query.embedding, query.asking, w),
            ranking.scale(query.asking),
        )
        if scale is not None:
            fit = scale.percent(fit, w)
        total += fit
        lower = fit < worst
        worst[lower], least[lower] = fit[lower], n
    return total / np.float32(len(queries)), worst, least
