"""The curve of few labels, as a measurement left it: what so many labels per class bring."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vmr.errors import VmrError
from vmr.planning.arithmetic import Curve, Point

POINTS_MOST = 1000
AT_RANDOM = "random "  # names of figures of the study, before the number of labels per class


def curve_of(evidence: Mapping[str, Any], facet: str) -> Curve:
    """The curve that ``reproduce few-labels`` left beside a checkpoint, labels chosen at random;
    one without points where it was not measured for this facet."""
    name = f"games, {facet}"
    rows = evidence.get("few_labels") or {}
    points = [
        Point(float(label.removeprefix(AT_RANDOM)), float(row["mean"]))
        for label, row in (rows.get(name) or {}).items()
        if label.startswith(AT_RANDOM) and label.removeprefix(AT_RANDOM).isdigit()
    ]
    if not points:
        return Curve()
    return Curve(points=tuple(sorted(points, key=lambda p: p.labels_per_class)), of_catalog=name)


def read_curve(path: Path | None) -> Curve:
    """``{"measure": name, "points": [[labels per class, value], ...]}``; no file is no curve.

    Raises VmrError for a file that holds something else.
    """
    if path is None:
        return Curve()
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        pairs = sorted((float(n), float(value)) for n, value in stored["points"][:POINTS_MOST])
        numbers = [n for n, _ in pairs]
        if not all(math.isfinite(x) for pair in pairs for x in pair) or len(set(numbers)) < len(
            numbers
        ):
            raise ValueError("points are pairs of numbers, each number of labels once")
        return Curve(str(stored["measure"])[:100], tuple(Point(*pair) for pair in pairs))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VmrError("plan.curve", path=path, reason=error) from error
