"""The numbers of candidates that a browser gets to rank by itself, see vmr.answers. numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np

from vmr.embedding import Array
from vmr.search.candidates import Candidates, Fusion, Steering

Sent = dict[str, Any]


def item_numbers(found: Candidates, k: int) -> Sent:
    """What ranking candidate k for any weights and any anchors needs."""
    numbers: Sent = {"parts": rounded(found.parts[k]), "q": sent_products(found.q[k], found.fusion)}
    numbers |= {"spread": rounded(found.scale[k])}
    if found.fusion == "mix":
        numbers["g"] = rounded(found.g[k])
    drawn = []
    for steering in found.steering:
        products = steering.products[k]  # (L, B)
        b = found.branches.index(steering.anchors.branch)
        drawn.append(rounded(products if found.fusion == "mix" else products[:, b]))
    return numbers | {"anchors": drawn}


def sent_products(q: Array, fusion: Fusion) -> list[float]:
    """Of the products (B, B) of query and item what its fusion needs."""
    return rounded(q if fusion == "mix" else np.diag(q))


def anchors_json(found: Candidates) -> list[Sent]:
    """What the query can be moved to, see the module's text."""
    entries = []
    for n, steering in enumerate(found.steering):
        anchors = steering.anchors
        entry: Sent = {"branch": anchors.branch, "names": list(anchors.names)}
        entry["gram"] = rounded(steering.gram)
        if found.fusion == "mix":
            entry["products"] = rounded(steering.query_products)
            entry["cross"] = [_cross(steering, other) for other in found.steering[n + 1 :]]
        entries.append(entry)
    return entries


def _cross(one: Steering, other: Steering) -> list[float]:
    return rounded(one.anchors.values @ other.anchors.values.T)


def rounded(values: Array) -> list[float]:
    """(...) as a flat list with six significant digits: half the bytes, far below 1e-5 apart."""
    return [float(f"{value:.6g}") for value in np.asarray(values).ravel().tolist()]
