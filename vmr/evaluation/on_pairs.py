"""A checkpoint on a table of pairs: features read, figures of the whole slider out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vmr.errors import CheckpointError, ManifestError
from vmr.evaluation.sweep import ALPHAS, AlphaFigures, Direction, evaluate, figures_of
from vmr.files import replacing
from vmr.metrics import class_means
from vmr.training.pairs import PairSet, Reader, load_split, read_pairs

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

OnFile = Callable[[int, int, str], None]


@dataclass(frozen=True)
class PairsReport:
    """figures: what stands in metrics.json; unknown: labels of the table that the checkpoint does
    not know, which are not counted; ids (N,) of the pairs; ranks {direction: {alpha: (N,)}} of
    each pair's true partner."""

    figures: dict[str, Any]
    unknown: tuple[str, ...]
    ids: tuple[str, ...]
    ranks: dict[str, dict[str, list[float]]]

    def write_ranks(self, path: Path) -> None:
        """A CSV, one row a pair: its id and, for each direction and alpha, its partner's rank."""
        import pandas as pd

        columns = {f"{d} {a}": row for d, found in self.ranks.items() for a, row in found.items()}
        table = pd.DataFrame({"id": list(self.ids), **columns})
        with replacing(path) as temporary:
            table.to_csv(temporary, index=False)


def evaluate_pairs(
    model: Model,
    path: Path,
    reader: Reader,
    *,
    name: str,
    split: str = "test",
    facet: str | None = None,
    fusion: str | None = None,
    progress: OnFile | None = None,
) -> PairsReport:
    """Measure a model on one split of a table of pairs, in both directions.

    reader: of media files that the table names; name: of the checkpoint, for errors; facet: the one
    at alpha 1, by default the checkpoint's first; fusion: not the checkpoint's own. Raises
    ManifestError and CheckpointError.
    """
    facet = _facet(model, facet, name)
    known = tuple(model.config.labels.get(facet, ()))
    pairs = read_pairs(path, [facet] if facet else [], needs=split)
    loaded = load_split(pairs, (split,), reader, model.config.labels, progress)[split]
    _check(loaded, model, name, path.name, split)
    # Without a facet there is nothing to move between.
    alphas = ALPHAS if facet else ALPHAS[:1]
    directions = _directions(model, loaded, facet)
    figures = evaluate(*directions, facet, known, fusion or model.config.fusion, alphas)
    ranks = figures.pop("ranks")
    cca = _cca_figures(model, loaded, directions)
    figures["cca"] = {way: found.table for way, found in cca.items()}
    for way, rows in figures["per_class"].items():
        means = class_means(cca[way].precision).tolist() if cca else [None] * len(rows)
        for row, mean in zip(rows, means, strict=True):
            row["cca"] = mean
    named = {label for row in pairs.rows for label in row.labels.get(facet, ())}
    return PairsReport(
        {"split": split, "checkpoint": model.fingerprint, **figures},
        tuple(sorted(named - set(known))),
        tuple(loaded.ids),
        ranks,
    )


def _cca_figures(
    model: Model, pairs: PairSet, directions: tuple[Direction, Direction]
) -> dict[str, AlphaFigures]:
    """Figures of cross-validated CCA on the same inputs and training pairs; none for a checkpoint
    that has no linear maps."""
    if not model.config.linear:
        return {}
    v, m = (
        tower.straight_line(tower.prepare(clips)).numpy()
        for tower, clips in ((model.video_tower, pairs.video), (model.music_tower, pairs.music))
    )
    return {
        "video_to_music": figures_of(directions[0], v @ m.T),
        "music_to_video": figures_of(directions[1], m @ v.T),
    }


def _facet(model: Model, asked: str | None, name: str) -> str:
    """The facet at alpha 1; empty for a checkpoint that was trained without labels."""
    facets = model.config.facets
    facet = asked or next(iter(facets), "")
    if facet not in (facets or ("",)):
        known = ", ".join(facets) or "none"
        raise CheckpointError("evaluate.no_facet", name=name, facet=facet, known=known)
    return str(facet)


def _check(pairs: PairSet, model: Model, name: str, table: str, split: str) -> None:
    if len(pairs) < 2:
        raise ManifestError("evaluate.few_pairs", name=table, count=len(pairs), split=split)
    for side, clips in (("video", pairs.video), ("music", pairs.music)):
        trained, given = getattr(model.config, f"{side}_dim"), clips[0].shape[1]
        if trained != given:
            raise CheckpointError(
                "evaluate.columns",
                checkpoint=name,
                side=side,
                trained=trained,
                name=table,
                given=given,
                encoder=getattr(model.config, f"{side}_encoder"),
            )


def _directions(model: Model, pairs: PairSet, facet: str) -> tuple[Direction, Direction]:
    video, music = model.embed_video(pairs.video), model.embed_music(pairs.music)
    labels = np.asarray(pairs.music_labels[facet] > 0) if facet else np.zeros((len(video), 0), bool)
    groups = list(pairs.groups)
    return (
        Direction(video, music, model.calibration_of_music(music), labels, groups),
        Direction(music, video, model.calibration_of_video(video), labels, groups),
    )
