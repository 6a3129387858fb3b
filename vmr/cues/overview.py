"""A film at a glance: its energy, its cuts, and what was believed of it when."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from vmr.answers import Answer
from vmr.cues.course import Course

if TYPE_CHECKING:
    from vmr.retriever import Retriever

WINDOW_S, MOST_WINDOWS = 4.0, 60  # in each of which something is believed
MOST_CUTS = 1000  # that are drawn


def overview(course: Course, retriever: Retriever) -> Answer:
    """Plain numbers for a page: times_s and energy (T,), cuts_s, and ``beliefs``: {facet: [[start,
    end, label, probability or None], ...]}, neighbours with the same label as one."""
    cuts = course.cuts_s
    drawn = cuts[np.linspace(0, len(cuts) - 1, min(len(cuts), MOST_CUTS)).round().astype(int)]
    return {
        "sha256": course.sha256,
        "seconds": round(course.duration_s, 3),
        "times_s": [round(float(time), 2) for time in course.times_s],
        "energy": [round(float(level), 2) for level in course.energy],
        "cuts_s": [round(float(time), 2) for time in drawn],
        "beliefs": beliefs_over_time(course, retriever),
    }


def beliefs_over_time(course: Course, retriever: Retriever) -> dict[str, list[list[object]]]:
    """See ``overview``."""
    count = int(np.clip(course.duration_s / WINDOW_S, 1, MOST_WINDOWS))
    edges = np.linspace(0, course.duration_s, count + 1)
    spans = [course.frames(a, b) for a, b in pairwise(edges)]
    embeddings = retriever.model.embed_video([course.features[span] for span in spans])
    found: dict[str, list[list[object]]] = {}
    for i in range(count):
        believed = retriever.ranking.believed(embeddings.rows([i]))["beliefs"]
        for facet, labels in believed.items():
            if labels:
                start, end = round(float(edges[i]), 2), round(float(edges[i + 1]), 2)
                _add(found.setdefault(facet, []), start, end, labels[0])
    return found


def _add(rows: list[list[object]], start: float, end: float, belief: list[object]) -> None:
    label, probability = belief
    if rows and rows[-1][2] == label and rows[-1][1] == start:
        rows[-1][1] = end
        both = [share for share in (rows[-1][3], probability) if isinstance(share, float)]
        rows[-1][3] = round(max(both), 3) if both else None
    else:
        rows.append([start, end, label, probability])
