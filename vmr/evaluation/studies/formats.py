"""How alike the lists of one clip are, whatever format it comes in: Kendall's tau of all tracks.

A folder holds each clip several times, as NAME.FORMAT: ``cat.h264.mp4``, ``cat.webm``, ``cat.avi``.
Every two formats of a clip are compared, for each catalog, facet and position of the slider.

Shapes: Q files, N tracks, B branches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from vmr.catalogs.music import Catalog
from vmr.embedding import SSL, BranchEmbedding, Calibration, alpha_weights, parts
from vmr.errors import ManifestError
from vmr.metrics import kendall_tau

ALPHAS = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Alike:
    """Of one catalog, facet and alpha: mean tau over pairs of formats, and the worst of them."""

    catalog: str
    facet: str
    alpha: float
    mean: float
    worst: float
    clip: str
    formats: tuple[str, str]


def files_by_clip(folder: Path) -> dict[str, tuple[Path, ...]]:
    """{name up to the first point: its files}, of the clips that are there in two formats or more.
    Raises ManifestError where there is none."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir() if folder.is_dir() else ()):
        if path.is_file() and "." in path.name[1:]:
            found.setdefault(path.name.partition(".")[0], []).append(path)
    clips = {name: tuple(files) for name, files in found.items() if len(files) > 1}
    if not clips:
        raise ManifestError("formats.none", folder=folder)
    return clips


def alike(
    catalog: Catalog,
    embedded: BranchEmbedding,
    clips: Mapping[str, Sequence[str]],
    calibration: Calibration,
) -> list[Alike]:
    """embedded (Q, B, D): the files of all clips {name: its formats}, in this order."""
    items = catalog.embeddings
    by_branch = np.stack([parts(row, items.values, calibration) for row in embedded.values])
    pairs, start = [], 0
    for name, formats in clips.items():
        places = list(enumerate(formats, start))
        pairs += [(name, a, b) for a, b in combinations(places, 2)]
        start += len(formats)
    found = []
    for facet in (name for name in items.branches if name != SSL):
        for alpha in ALPHAS:
            scores = by_branch @ alpha_weights(alpha, items.branches, facet)  # (Q, N)
            taus = [kendall_tau(scores[a], scores[b]) for _, (a, _), (b, _) in pairs]
            name, (_, one), (_, other) = pairs[int(np.argmin(taus))]
            mean, worst = float(np.mean(taus)), float(np.min(taus))
            found.append(Alike(catalog.name, facet, alpha, mean, worst, name, (one, other)))
    return found


def table(found: Sequence[Alike]) -> str:
    """Markdown for people."""
    lines = ["| catalog, facet | alpha | mean tau | worst | of |", "|---|---|---|---|---|"]
    for row in found:
        worst = f"{row.clip}: {row.formats[0]}, {row.formats[1]}"
        name = f"{row.catalog}, {row.facet}"
        lines.append(f"| {name} | {row.alpha:g} | {row.mean:.3f} | {row.worst:.3f} | {worst} |")
    return "\n".join(lines) + "\n"
