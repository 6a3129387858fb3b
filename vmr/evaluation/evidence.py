"""What was measured of a checkpoint, in one file beside it: NAME.evidence.json.

``sets`` holds one entry per table of judged clips (figures, reliability of the beliefs, strengths
by label), each with the fingerprint of the checkpoint that was measured; ``study`` what
``python -m vmr reproduce`` found. Only the commands write it. Nothing in it shows a clip.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vmr.errors import CheckpointError
from vmr.evaluation.figure import DIGITS
from vmr.evaluation.judged_clips import JudgedClip
from vmr.evaluation.reliability import BINS, judged_for, shown
from vmr.files import replacing
from vmr.knowledge.belief import Curve, curves_for

if TYPE_CHECKING:
    from vmr.embedding import Anchors, BranchEmbedding
    from vmr.evaluation.figure import Figure
    from vmr.evaluation.on_clips import ClipSet
    from vmr.model.two_tower import Model

SUFFIX = ".evidence.json"
Row = dict[str, Any]


def clip_evidence(name: str, clips: ClipSet, model: Model, figures: Iterable[Figure]) -> Row:
    """One entry of ``sets``: the figures, how reliable beliefs are, and which labels were right."""
    anchors = [model.anchors(facet) for facet in model.config.facets]
    given = (clips.embedded, clips.clips, anchors)
    return {
        "name": name,
        "checkpoint": model.fingerprint,
        "clips": len(clips.clips),
        "figures": [figure.row() for figure in figures],
        "beliefs": belief_rows(*given, curves_for(model)),
        "labels": label_rows(*given),
    }


def belief_rows(
    embedded: BranchEmbedding,
    clips: Sequence[JudgedClip],
    anchors: Sequence[Anchors],
    curves: dict[str, Curve],
) -> list[Row]:
    """Of the shown labels, by tenths of their probability: how many, and how many were right."""
    rows: list[Row] = []
    for a in anchors:
        judged = judged_for(clips, a.branch)
        if a.branch not in curves or not judged:
            continue
        cosines, right = shown(embedded.rows(judged), [clips[q] for q in judged], a)
        likely = curves[a.branch].probability(cosines.astype(np.float32))
        place = np.minimum((likely * BINS).astype(int), BINS - 1)
        rows += [
            {
                "facet": a.branch,
                "from": k / BINS,
                "to": (k + 1) / BINS,
                "beliefs": int((place == k).sum()),
                "said": float(likely[place == k].mean()),
                "right": float(right[place == k].mean()),
            }
            for k in sorted(set(place.ravel().tolist()))
        ]
    return rows


def label_rows(
    embedded: BranchEmbedding, clips: Sequence[JudgedClip], anchors: Sequence[Anchors]
) -> list[Row]:
    """Per label: for how many clips it was the likeliest, how often that fits, and how many clips
    it would have fitted."""
    rows: list[Row] = []
    for a in anchors:
        judged = judged_for(clips, a.branch)
        if not judged:
            continue
        cosines = embedded.rows(judged).branch(a.branch) @ a.values.T
        first = cosines.argmax(axis=1)  # (Q,)
        for i, label in enumerate(a.names):
            fitting = np.array([label in clips[q].fit[a.branch] for q in judged])
            chosen = first == i
            rows.append(
                {
                    "facet": a.branch,
                    "label": label,
                    "chosen": int(chosen.sum()),
                    "right": int((chosen & fitting).sum()),
                    "fitting": int(fitting.sum()),
                }
            )
    return rows


def place_beside(checkpoint: Path) -> Path:
    """NAME.evidence.json beside NAME.safetensors."""
    return checkpoint.with_suffix(SUFFIX)


def read_evidence(checkpoint: Path) -> dict[str, Any]:
    """What the file beside the checkpoint holds; {} where there is none. Raises CheckpointError."""
    path = place_beside(checkpoint)
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError("page.metrics_unreadable", name=path.name, reason=error) from error
    return found if isinstance(found, dict) else {}


def write_set(checkpoint: Path, entry: Row) -> Path:
    """Put the entry into the file in place of one of the same name. Returns the file."""
    found = read_evidence(checkpoint)
    others = [one for one in found.get("sets", []) if one.get("name") != entry["name"]]
    return _write(checkpoint, found | {"sets": [*others, entry]})


def write_corrections(checkpoint: Path, name: str, rows: Sequence[Row]) -> Path:
    """Put what corrections of some clips do for others into the file, by the name of the clips."""
    found = read_evidence(checkpoint)
    others = {k: v for k, v in found.get("corrections", {}).items() if k != name}
    return _write(checkpoint, found | {"corrections": {**others, name: list(rows)}})


def write_few_labels(checkpoint: Path, curves: Row) -> Path:
    """Put the curves of few labels into the file. Returns the file."""
    return _write(checkpoint, read_evidence(checkpoint) | {"few_labels": curves})


def write_study(checkpoint: Path, name: str, figures: Row) -> Path:
    """Put what a study found into the file. Returns the file."""
    return _write(checkpoint, read_evidence(checkpoint) | {"study": {"name": name, **figures}})


def _write(checkpoint: Path, content: Row) -> Path:
    path = place_beside(checkpoint)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(_rounded(content), indent=1, allow_nan=False) + "\n")
    return path


def _rounded(value: Any) -> Any:
    """The same with fewer digits; what is no number is null."""
    if isinstance(value, float):
        return round(value, DIGITS) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list) else value
