"""Ranked lists with their scores, stored: they hold while the way to them is rebuilt.

``python -m tests.stored_scores`` writes tests/data/scores.json anew. The queries are typical videos
of the checkpoint's bank and tracks of the catalogs, so no file is decoded and no encoder rounds.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from vmr.config import Settings
from vmr.knowledge.request import Request, Turned
from vmr.retriever import Retriever

SCORES = Path(__file__).resolve().parent / "data" / "scores.json"
QUERIES = (0, 17, 301, 639)  # of the bank
FIRST = 10
ASKED = (
    *({"alpha": alpha, "facet": facet} for facet in ("mood", "genre") for alpha in (0, 0.35, 1)),
    {"alpha": 0.6, "facet": "mood", "labels": {"calm": 1, "sad": -0.5}},
    {"alpha": 0.5, "facet": "genre", "labels": {"rock": 1}},
    {"alpha": 0.3, "facet": "mood", "energy": 4.0},
    {"alpha": 0.5, "facet": "mood", "words": "slow piano, no drums"},
)
TURNED = Turned({"mood": {"tense": 1.0}}, 2.0)

Row = list[object]  # id, score, and the share of random pairs that it beats


def lists_of(retriever: Retriever) -> dict[str, list[Row]]:
    """``"video 0 {...}"`` -> rows, best first."""
    ranking, found = retriever.ranking, {}
    bank = retriever.model.video_bank
    assert bank is not None
    queries = [(f"video {n}", bank.rows([n]), "video") for n in QUERIES]
    queries += [(f"track {n}", retriever.embeddings.rows([n]), "music") for n in (3, 200)]
    for name, query, asking in [*queries, ("nothing", None, "video")]:
        for asked in ASKED:
            request = Request(**asked, with_silent=True)  # the same on every machine
            if query is None and request.is_empty:
                continue
            held, w, _ = ranking.asked(query, asking, request)
            scores, scale = held.scores(w), ranking.scale(asking)
            fits = scale.percent(scores, w, held.words)
            order = held.order(w)[:FIRST]
            found[f"{name} {json.dumps(asked)}"] = [
                [
                    retriever.tracks[int(held.index[k])].id,
                    round(float(scores[k]), 5),
                    round(float(fits[k]), 2),
                ]
                for k in order
            ]
    for n in QUERIES:
        index = ranking.reachable(bank.rows([n]), "video", TURNED, None)
        nearest = [sorted(ranking.nearest_labels[int(i)].items()) for i in index[:FIRST]]
        found[f"reachable {n}"] = [
            [int(i), str(near)] for i, near in zip(index, nearest, strict=False)
        ]
    return found


def main() -> None:
    """Write the file anew."""
    found = lists_of(Retriever.open(Settings(device="cpu")))
    lines = [f"{json.dumps(key)}: {json.dumps(rows)}" for key, rows in found.items()]
    SCORES.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    print(f"{len(found)} lists, {np.sum([len(rows) for rows in found.values()])} rows")


if __name__ == "__main__":
    main()
