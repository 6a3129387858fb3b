"""Scores of Python's algebra, for node's tests of the browser's: python -m tests.js_scores writes
tests/js/scores.json again.

A case holds an answer as the browser gets it, with its rounded numbers, and the scores that Python
has from the exact ones, for weights all over the branches.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from vmr import answers, search
from vmr.catalogs.score_scale import score_scale, score_scale_beside
from vmr.embedding import (
    Anchors,
    BranchEmbedding,
    Calibration,
    alpha_weights,
    turn_by,
    turn_to,
    unit,
)
from vmr.knowledge.belief import LEADS, Arranged, brought_by, drawn_from_both
from vmr.knowledge.reasons import Beside, Piece, Why, pairs, sentence

FILE = Path(__file__).resolve().parent / "js" / "scores.json"
REASONS = FILE.with_name("reasons.json")
BRANCHES = ("ssl", "genre", "mood")
ITEMS, DIMS = 12, 16
CHOSEN = {"genre": {"g0": 1.0, "g2": -1.0}, "mood": {"m1": -1.0}}
FELT, ENERGY = 2.2, 4.5
WORDS = 0.7
BLEND = 0.3


def random_embedding(rng: np.random.Generator, count: int) -> BranchEmbedding:
    """Unit rows with something in common, as real branches have."""
    values = rng.normal(size=(count, len(BRANCHES), DIMS)) + 0.4
    return BranchEmbedding(unit(values.astype(np.float32)), BRANCHES)


def random_anchors(rng: np.random.Generator) -> tuple[Anchors, ...]:
    """Labels of both facets, and an energy from 1 to 5 in the ssl branch."""
    rows = unit(rng.normal(size=(8, DIMS)).astype(np.float32))
    return (
        Anchors("genre", ("g0", "g1", "g2"), rows[:3]),
        Anchors("mood", ("m0", "m1"), rows[3:5]),
        Anchors("ssl", ("1", "3", "5"), rows[5:]),
    )


def drawn_case(found: search.Candidates, rng: np.random.Generator) -> dict[str, Any]:
    """Rows drawn from two labels of mood along the slider: labels that items carry and sound most
    like, the orders that are right (as they were up to the middle), and what each of the first was
    drawn for."""
    carried = [[f"m{k}" for k in rng.permutation(3)[: rng.integers(1, 3)]] for _ in range(ITEMS)]
    near = [f"m{k}" for k in rng.integers(0, 3, ITEMS)]
    labels = brought_by(carried, near, ("m0", "m1"))
    rows = []
    for alpha in (0.2, 0.5, 0.6, 0.8, 1.0):
        w = alpha_weights(alpha, BRANCHES, "mood")
        leads = w[2] > LEADS
        order = found.order(w)
        shown = drawn_from_both(order, labels, ("m0", "m1")) if leads else Arranged(order)
        rows.append({"w": w.tolist(), "order": shown.order.tolist(), "drawn": shown.drawn})
    assert any(row["drawn"] for row in rows)
    told = {"carried": carried, "near": near, "labels": labels, "pair": ["m0", "m1"]}
    return told | {"rows": rows}


def case(fusion: search.Fusion, seed: int) -> dict[str, Any]:
    """A query beside a reference over a few items: what is sent, and the scores that are right."""
    rng = np.random.default_rng(seed)
    items = random_embedding(rng, ITEMS)
    calibration = Calibration(
        offset=rng.normal(0.1, 0.05, (ITEMS, 3)).astype(np.float32),
        scale=rng.uniform(0.05, 0.2, (ITEMS, 3)).astype(np.float32),
    )
    anchors = random_anchors(rng)
    found = [
        search.candidates(random_embedding(rng, 1), items, calibration, fusion, anchors=anchors)
        for _ in range(2)
    ]
    main, beside = (
        answers.Side({"name": name, "felt": FELT}, f) for name, f in zip("qr", found, strict=True)
    )
    payload = answers.payload("tracks", lambda i: {"id": f"t{i}"}, main, beside)
    alphas = [
        {"facet": facet, "alpha": alpha, "w": alpha_weights(alpha, BRANCHES, facet).tolist()}
        for facet in BRANCHES[1:]
        for alpha in (0.0, 0.3, 1.0)
    ]
    free = [np.float32(w).tolist() for w in rng.dirichlet(np.ones(3), 4)]
    weights = [a["w"] for a in alphas] + free
    bank = random_embedding(rng, 40)
    scale = score_scale(items, bank, calibration, fusion)
    both = score_scale_beside(
        items,
        (bank, random_embedding(np.random.default_rng(seed + 50), 30)),
        (calibration,) * 2,
        fusion,
    )
    said = found[0].with_words(rng.normal(size=ITEMS).astype(np.float32), WORDS)
    assert said.term is not None
    moved = found[0]
    for anchor, turn in (
        (anchors[0], turn_to(anchors[0], CHOSEN["genre"])),
        (anchors[1], turn_to(anchors[1], CHOSEN["mood"])),
        (anchors[2], turn_by(anchors[2], FELT, ENERGY)),
    ):
        moved = moved.moved(anchor.branch, turn)
    return {
        "payload": payload | {"scale": scale.as_json()},
        "moved": {
            "choices": CHOSEN,
            "energy": ENERGY,
            "scores": [moved.scores(np.float32(w)).tolist() for w in weights],
        },
        "words": {
            "terms": said.term.tolist(),
            "weight": WORDS,
            "scores": [said.scores(np.float32(w)).tolist() for w in weights],
            "percents": [
                scale.percent(said.scores(np.float32(w)), np.float32(w), WORDS).tolist()
                for w in weights
            ],
            "alone": scale.percent(WORDS * said.term, np.zeros(3, np.float32), WORDS).tolist(),
        },
        "drawn": drawn_case(found[0], rng),
        "percents": [
            scale.percent(found[0].scores(np.float32(w)), np.float32(w)).tolist() for w in weights
        ],
        "beside": {
            "scale": both.as_json(),
            "blend": BLEND,
            "percents": [
                both.percent(
                    (1 - BLEND) * found[0].scores(np.float32(w))
                    + BLEND * found[1].scores(np.float32(w)),
                    np.concatenate([(1 - BLEND) * np.float32(w), BLEND * np.float32(w)]),
                ).tolist()
                for w in weights
            ],
        },
        "alphas": alphas,
        "weights": weights,
        "scores": [found[0].scores(np.float32(w)).tolist() for w in weights],
        "reference_scores": [found[1].scores(np.float32(w)).tolist() for w in weights],
        "orders": [found[0].order(np.float32(w)).tolist() for w in weights],
    }


def reason_cases() -> list[dict[str, Any]]:
    """What is known of a query and a track, and what Python says of it."""
    seen = (("sea and beach", 0.6), ("people", 0.4), ("dusk", 0.31))
    fits = {"sea and beach": (1.8, ("calm", "tender")), "people": (3.0, ("happy",))}
    fits["dusk"] = (2.0, ("sad",))
    beliefs = (("calm", 0.8), ("sad", 0.4), ("dark", 0.2))
    picture = Why(concepts=seen, fits=fits, beliefs=beliefs, felt=2.0)
    guesses = (("dusk", 0.25), ("fog", 0.24))
    still, stays = (("still picture", 0.9),), {"still picture": (1.3, ("calm", "sad"))}
    chosen = {"happy": 1.0, "calm": -1.0}
    whys = [
        picture,
        replace(picture, concepts=still, fits=stays),
        replace(picture, concepts=guesses, cuts_per_minute=30.0, felt=4.4),
        replace(picture, felt=4.4, facet_counts=False, cuts_per_minute=30.0),
        replace(picture, felt=2.9, feel_counts=False),
        replace(picture, chosen=chosen),
        replace(picture, chosen=chosen, facet_counts=False, energy=1.0, feel_counts=False),
        replace(picture, chosen={"sad": -1.0}, energy=2.5),
        replace(picture, beliefs=(("calm", None),), energy=4.0),
        Why(facet="genre", chosen={"folk": 1.0}, energy=2.1),
        Why(facet_counts=False, feel_counts=False),
    ]
    words = [Piece("words", text) for text in ("dark", "slower", "not sad", "no drums", "ado")]
    kept = Piece("kept")
    tracks = [
        Beside(["calm", "sad"], 2.5, "calm"),
        Beside(["happy"], 4.1, "sad"),
        Beside(near="tender"),
        Beside(["dark"], 2.0, "dark", [(words[0], Piece("mood", "dark")), (words[2], kept)]),
        Beside(["happy"], 2.1, "", [(words[2], kept), (words[3], kept)]),
        Beside(
            ["folk", "calm"],
            4.0,
            "folk",
            [
                (words[1], Piece("tempo", "slow")),
                (words[1], Piece("bpm", "84")),
                (words[4], Piece("title")),
                (words[4], Piece("voice", "vocal")),
                (words[0], Piece("instrument", "harp", False)),
            ],
        ),
    ]
    return [
        {
            "why": asdict(why),
            "track": asdict(track),
            "pairs": [[asdict(one), asdict(other)] for one, other in pairs(why, track)],
            "sentence": sentence(pairs(why, track)),
        }
        for why in whys
        for track in tracks
    ]


def cases() -> dict[str, Any]:
    """One case per fusion."""
    return {"calibrated": case("calibrated", 1), "mix": case("mix", 2)}


if __name__ == "__main__":
    FILE.write_text(json.dumps(cases(), indent=None) + "\n", encoding="utf-8")
    REASONS.write_text(json.dumps(reason_cases(), indent=None) + "\n", encoding="utf-8")
