"""The first tracks of some sample videos, stored: rankings change only on purpose.

``python -m tests.stored_orders`` writes tests/data/orders.json anew and says what has changed.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from vmr.config import Settings
from vmr.page.sample_films.films import sample_path
from vmr.query import Query
from vmr.retriever import Retriever

ORDERS = Path(__file__).resolve().parent / "data" / "orders.json"
SAMPLES = ("earth", "end-titles", "falling-snow")
ALPHAS = (0.0, 0.5, 1.0)
FIRST = 5

Orders = dict[str, list[str]]  # "facet at alpha" -> tracks, best first


def scored(retriever: Retriever, query: Query) -> dict[str, dict[str, float]]:
    """``"mood at 0.5"`` -> ``{"starter/calm_1": 0.71, ...}``, all tracks, best first, as they were
    before the first are drawn from two labels that tie."""
    found = {}
    for facet in retriever.facets:
        for alpha in ALPHAS:
            table = retriever.scores(query, alpha, facet)
            names = table["catalog"] + "/" + table["id"]
            found[f"{facet} at {alpha}"] = dict(zip(names, table["score"].tolist(), strict=True))
    return found


def orders_of(retriever: Retriever, query: Query) -> Orders:
    """The first tracks of one query at each position."""
    return {at: list(scores)[:FIRST] for at, scores in scored(retriever, query).items()}


def main() -> None:
    """Write the file anew."""
    retriever = Retriever.open(Settings(device="cpu"))
    before = json.loads(ORDERS.read_text("utf-8")) if ORDERS.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        orders = {
            key: orders_of(retriever, retriever.embed_video(sample_path(key, Path(folder))))
            for key in SAMPLES
        }
    for key, lists in orders.items():
        old = before.get(key, {})
        changed = [at for at in lists if lists[at] != old.get(at)]
        print(f"{key}: {len(changed)} of {len(lists)} lists changed {', '.join(changed)}")
    ORDERS.write_text(json.dumps(orders, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
