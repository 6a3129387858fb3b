"""What FAISS' codes find of a large catalog, beside the exact pass in the same run.

bytes_per_track  of the codes, for one kind of query; the vectors take 2 bytes a dimension besides.
code_s           making them, both kinds.
recall_50        share of the exact first 50 that the codes and the exact numbers of their best
                 find, the mean over QUERIES typical videos, at each of ALPHAS positions by mood.
scan_ms          one position of the slider: codes scanned, the best ranked exactly, the first 50.
slider_ms        the candidates for every position of every slider, which a page is sent.
exact_ms         one exact pass over the vectors, for the same first 50.

Times are medians over the queries, on the threads that numpy and FAISS take.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vmr.embedding import Array, BranchEmbedding
from vmr.engines.build import code_catalog
from vmr.engines.collected import codes_path, engines_of
from vmr.planning.search_speed import BEST, median_ms, opened
from vmr.search import best_of, scan

QUERIES, ALPHAS = 20, 21
Say = Callable[[str], None]


def measure_codes(folder: Path, checkpoint: Path, say: Say) -> dict[str, Any]:
    """The figures of a catalog that stands in the folder; its codes are made anew. Raises
    VmrError."""
    ranking = opened(folder, checkpoint)
    model, music = ranking.model, ranking.music
    codes_path(folder, "video").unlink(missing_ok=True)
    say("codes")
    start = time.perf_counter()
    count, each = code_catalog(folder, model, lambda done, total: None)
    code_s = time.perf_counter() - start
    engines = engines_of(music, ranking.fusion, None, least=1)
    bank = model.video_bank
    if engines is None or bank is None:
        raise ValueError("no codes, or no typical queries")
    engine = engines.by_asking["video"][0]
    queries = [bank.rows([n]) for n in np.linspace(0, len(bank) - 1, QUERIES).astype(int)]
    facet = [*ranking.model.config.trained_labels][-1]
    weights = np.stack([ranking.weights(float(a), facet) for a in np.linspace(0, 1, ALPHAS)])
    middle = weights[ALPHAS // 2]
    say(f"the first {BEST} of {QUERIES} queries at {ALPHAS} alphas")

    def exact(query: BranchEmbedding, w: Array) -> Any:
        return best_of(w @ scan(query, music.embeddings, music.for_video).parts, BEST)

    recall = np.zeros(ALPHAS)
    for query in queries:
        parts = scan(query, music.embeddings, music.for_video).parts
        for a, found in enumerate(engine.best(query.values[0], weights, BEST)):
            recall[a] += np.isin(best_of(weights[a] @ parts, BEST), found).mean() / QUERIES
    return {
        "tracks": count,
        "bytes_per_track": each // 2,
        "code_s": round(code_s, 1),
        "recall_50": [round(float(share), 4) for share in recall],
        "scan_ms": median_ms(
            [partial(engine.best, q.values[0], middle[None], BEST) for q in queries]
        ),
        "slider_ms": median_ms([partial(engines.reachable, q, "video") for q in queries]),
        "exact_ms": median_ms([partial(exact, q, middle) for q in queries]),
    }
