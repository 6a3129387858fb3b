"""How fast a large catalog answers, each figure beside what it is compared with, in one run.

floor_ms     reading the vectors of all tracks once: a sum over their bytes, with the threads of the
             pass. Nothing that looks at each track can be faster.
naive_ms     one position of the slider the way one would write it down: the vectors of all tracks
             mixed with its weights, made unit length, multiplied with the query mixed alike, and
             the best 50 taken. A slider has 101 positions, and each costs this again.
first_ms     the first answer: one pass that gives every track's part in every branch, and the best
             50 of all tracks at alpha 0.5.
later_ms     another alpha, the best 50 of all tracks, from those parts.
all_101_ms   the best 50 at each of 101 alphas of one slider, from those parts.
open_s       from a folder to the tracks ready to be asked: model, table, vectors, calibration,
             labels, energy, and the pass compiled.
peak_rss_gb  the most memory that this process had until all of the above was measured, with what
             is mapped from the disk; None where the system does not say.
exact_top50  whether the candidates that are sent to a page hold and order the best 50 of all tracks
             at each of 1001 alphas, for every facet, and for a label that was clicked. The oracle
             multiplies in float32 by BLAS, track by track; scores within ROUNDING count as equal.

Times are medians over QUERIES typical videos of the checkpoint's bank.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vmr.catalogs.collection import Collection, open_collection
from vmr.embedding import SSL, Array, BranchEmbedding, alpha_weights, mix, parts
from vmr.engines.collected import codes_path
from vmr.engines.engine import ASKINGS
from vmr.errors import plural, worded
from vmr.knowledge.request import Turned
from vmr.knowledge.track_search import TrackSearch
from vmr.model.checkpoint import load_model
from vmr.planning.described import Measure
from vmr.planning.stopwatch import seconds_of
from vmr.search import Scan, best_of, scan
from vmr.search.one_pass import for_all

BEST, QUERIES, ROUNDING = 50, 5, 5e-6
FINE = np.linspace(0, 1, 1001, dtype=np.float32)
AT_ONCE = 16_384  # tracks that are widened together
Say = Callable[[str], None]


def measure_search(folder: Path, checkpoint: Path, say: Say) -> dict[str, Any]:
    """The figures of a catalog that stands in the folder, without codes. Raises VmrError."""
    for asking in ASKINGS:
        codes_path(folder, asking).unlink(missing_ok=True)
    say("opening")
    start = time.perf_counter()
    ranking = opened(folder, checkpoint)
    open_s = time.perf_counter() - start
    items, calibration = ranking.music.embeddings, ranking.music.for_video
    bank = ranking.model.video_bank
    if bank is None:
        raise ValueError("the checkpoint keeps no typical queries")
    queries = [bank.rows([n]) for n in np.linspace(0, len(bank) - 1, QUERIES).astype(int)]
    facet = [*ranking.model.config.trained_labels][-1]
    middle = alpha_weights(0.5, items.branches, facet)
    say("the pass, later alphas, the whole slider")
    scans = [scan(query, items, calibration) for query in queries]
    times = {
        "floor_ms": median_ms([partial(_read, items)] * QUERIES),
        "first_ms": median_ms(
            [partial(_first, query, items, calibration, middle) for query in queries]
        ),
        "later_ms": median_ms([partial(_later, one, facet) for one in scans]),
        "all_101_ms": median_ms([partial(whole_slider, one, facet) for one in scans]),
    }
    ranking.reachable(queries[0], "video", Turned(), None)  # what a page asks first
    peak = peak_rss_gb()
    say("the naive way")
    naive_ms = median_ms([partial(naive, query, items, middle) for query in queries[:2]])
    say(f"the first {BEST} at {len(FINE)} alphas")
    exact = all(_is_exact(ranking, query, say) for query in queries[:1])
    return {
        "tracks": len(items),
        "open_s": round(open_s, 2),
        "peak_rss_gb": peak,
        "floor_ms": times["floor_ms"],
        "naive_ms": naive_ms,
        "first_ms": times["first_ms"],
        "later_ms": times["later_ms"],
        "all_101_ms": times["all_101_ms"],
        "exact_top50": exact,
    }


def search_measures(found: dict[str, Any]) -> list[Measure]:
    """The figures of ``measure_search`` beside the naive way."""
    naive_ms, tracks = found["naive_ms"], worded("{n:,} {n:track|tracks}", n=found["tracks"])
    mixed = "all tracks mixed and multiplied"
    return [
        Measure(f"first answer, {tracks}", found["first_ms"], naive_ms, "ms", mixed),
        Measure("next position of the slider", found["later_ms"], naive_ms, "ms", mixed),
        Measure("101 positions", found["all_101_ms"], 101 * naive_ms, "ms", f"{mixed}, each time"),
    ]


def opened(folder: Path, checkpoint: Path) -> TrackSearch:
    """A catalog ready to be asked: all that is made when it is first needed is made."""
    from vmr.encoders import load_music_encoder

    model = load_model(checkpoint, device="cpu")
    columns = load_music_encoder(model.config.music_encoder, device="cpu").columns
    ranking = TrackSearch(model, open_collection([folder], model), columns)
    ranking.warm()
    return ranking


def median_ms(calls: list[Callable[[], Any]]) -> float:
    """The median of the calls, after one that is not counted."""
    calls[0]()
    return round(1000 * statistics.median(seconds_of(call) for call in calls), 2)


def _read(items: BranchEmbedding) -> list[int]:
    numbers = items.values.reshape(len(items), -1).view(np.int64)
    return for_all(len(items), lambda part: int(numbers[part].sum()))


def _first(query: BranchEmbedding, items: BranchEmbedding, calibration: Any, w: Array) -> Any:
    return scan(query, items, calibration).best(w, BEST)


def _later(found: Scan, facet: str) -> Any:
    return found.best(alpha_weights(0.37, found.branches, facet), BEST)


def whole_slider(found: Scan, facet: str) -> list[Any]:
    """The best of all tracks at 101 alphas, from those that can be among them: 101 of (BEST,)."""
    index = found.along(facet, BEST)
    near = Scan(found.branches, found.parts[:, index])
    return [
        index[near.best(alpha_weights(alpha, found.branches, facet), BEST)]
        for alpha in np.linspace(0, 1, 101)
    ]


def naive(query: BranchEmbedding, items: BranchEmbedding, w: Array) -> Any:
    """The best of all tracks with their vectors mixed for these weights (B,): (BEST,)."""
    asked = mix(query.values, w)[0]
    scores = np.concatenate([mix(rows, w) @ asked for rows in _widened(items)])
    best = np.argpartition(-scores, BEST)[:BEST]
    return best[np.argsort(-scores[best])]


def _widened(items: BranchEmbedding) -> Any:
    for start in range(0, len(items), AT_ONCE):
        yield items.rows(slice(start, start + AT_ONCE)).widened().values


def _is_exact(ranking: TrackSearch, query: BranchEmbedding, say: Say) -> bool:
    """Whether what a page is sent for a query holds and orders the best at every alpha."""
    music = ranking.music
    clicked = [(a.branch, a.names[0]) for a in ranking.controls.labels if a.names]
    asked = [Turned(), *(Turned({facet: {label: 1.0}}) for facet, label in clicked)]
    for turned in asked:
        moved = ranking.controls.as_turned(query, turned)
        index = ranking.reachable(query, "video", turned, None)
        sent = ranking.candidates(moved, "video", index)
        whole = every_part(moved, music)
        for facet in (name for name in sent.branches if name != SSL):
            say(f"{turned.as_json()} {facet}, {plural(len(index), 'candidate')}")
            for alpha in FINE:
                w = alpha_weights(float(alpha), sent.branches, facet)
                scores = whole.scores(w)
                exact, found = best_of(scores, BEST), index[sent.order(w)[:BEST]]
                if np.abs(scores[exact] - scores[found]).max() > ROUNDING:
                    return False
    return True


def every_part(query: BranchEmbedding, music: Collection) -> Scan:
    """The parts of all tracks as vmr.embedding writes them down, in blocks."""
    found, start = [], 0
    for rows in _widened(music.embeddings):
        calibration = music.for_video.rows(slice(start, start + len(rows)))
        found.append(parts(query.values[0], rows, calibration))
        start += len(rows)
    return Scan(music.embeddings.branches, np.ascontiguousarray(np.concatenate(found).T))


def peak_rss_gb() -> float | None:
    """The most memory this process had so far, in GB of 10^9 bytes."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9, 2)
