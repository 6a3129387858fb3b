"""Scores of Python's algebra, for node's tests of the browser's: python -m tests.js_scores writes
tests/js/scores.json again.

A case holds an answer as the browser gets it, with its rounded numbers, and the scores that Python
has from the exact ones, for weights all over the branches.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from vmr import answers, search
from vmr.embedding import BranchEmbedding, Calibration, alpha_weights, unit

FILE = Path(__file__).resolve().parent / "js" / "scores.json"
BRANCHES = ("ssl", "genre", "mood")
ITEMS, DIMS = 12, 16


def random_embedding(rng: np.random.Generator, count: int) -> BranchEmbedding:
    """Unit rows with something in common, as real branches have."""
    values = rng.normal(size=(count, len(BRANCHES), DIMS)) + 0.4
    return BranchEmbedding(unit(values.astype(np.float32)), BRANCHES)


def case(fusion: search.Fusion, seed: int) -> dict[str, Any]:
    """A query beside a reference over a few items: what is sent, and the scores that are right."""
    rng = np.random.default_rng(seed)
    items = random_embedding(rng, ITEMS)
    calibration = Calibration(
        offset=rng.normal(0.1, 0.05, (ITEMS, 3)).astype(np.float32),
        scale=rng.uniform(0.05, 0.2, (ITEMS, 3)).astype(np.float32),
    )
    found = [
        search.candidates(random_embedding(rng, 1), items, calibration, fusion) for _ in range(2)
    ]
    main, beside = (answers.Side({"name": name}, f) for name, f in zip("qr", found, strict=True))
    payload = answers.payload("tracks", lambda i: {"id": f"t{i}"}, main, beside)
    alphas = [
        {"facet": facet, "alpha": alpha, "w": alpha_weights(alpha, BRANCHES, facet).tolist()}
        for facet in BRANCHES[1:]
        for alpha in (0.0, 0.3, 1.0)
    ]
    free = [np.float32(w).tolist() for w in rng.dirichlet(np.ones(3), 4)]
    weights = [a["w"] for a in alphas] + free
    return {
        "payload": payload,
        "alphas": alphas,
        "weights": weights,
        "scores": [found[0].scores(np.float32(w)).tolist() for w in weights],
        "reference_scores": [found[1].scores(np.float32(w)).tolist() for w in weights],
        "orders": [found[0].order(np.float32(w)).tolist() for w in weights],
    }


def cases() -> dict[str, Any]:
    """One case per fusion."""
    return {"calibrated": case("calibrated", 1), "mix": case("mix", 2)}


if __name__ == "__main__":
    FILE.write_text(json.dumps(cases(), indent=None) + "\n", encoding="utf-8")
