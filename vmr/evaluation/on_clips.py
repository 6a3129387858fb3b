"""A checkpoint on a table of judged clips: videos read, figures of every catalog out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.catalogs.music import open_catalog
from vmr.errors import MediaError, Notice
from vmr.evaluation.figure import Figure
from vmr.evaluation.judge import Judged, judge_catalog
from vmr.evaluation.judged_clips import JudgedClip, divided, read_judged, read_names
from vmr.evaluation.judged_measured import measured_figures
from vmr.evaluation.reliability import reliability_figures, tie_figures
from vmr.evaluation.what_if import embed_with_truth
from vmr.knowledge.belief import curves_for

if TYPE_CHECKING:
    from vmr.embedding import Array, BranchEmbedding
    from vmr.encoders.base import VideoEncoder
    from vmr.model.two_tower import Model
    from vmr.training.feature_cache import FeatureCache

OnFile = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ClipSet:
    """Q judged clips that can be read, their embeddings (Q, B, D) and feature rows, (T, Dv) each;
    left_out: (id, why)."""

    clips: tuple[JudgedClip, ...]
    embedded: BranchEmbedding
    left_out: tuple[tuple[str, Notice], ...]
    features: tuple[Array, ...] = ()


def read_clips(
    path: Path,
    model: Model,
    encoder: VideoEncoder,
    cache: FeatureCache,
    progress: OnFile | None = None,
    truths: Collection[str] = (),
    only: Path | None = None,
    but: Path | None = None,
) -> ClipSet:
    """Read a table of judged clips and embed their videos; features are cached. ``truths``: see
    vmr.evaluation.what_if; ``only``, ``but``: lists of videos, see vmr.evaluation.judged_clips.

    Raises ManifestError for the table, MediaError where no clip can be read.
    """
    lists = (None if one is None else read_names(one) for one in (only, but))
    table = divided(read_judged(path), *lists)
    features, readable, left_out = [], [], []
    for done, clip in enumerate(table):
        if progress is not None:
            progress(done, len(table), clip.id)
        try:
            features.append(cache.video(clip.video, encoder))
            readable.append(clip)
        except MediaError as error:
            left_out.append((clip.id, error.notice))
    if not readable:
        raise MediaError("judge.no_clip")
    if truths:
        embedded = embed_with_truth(model, features, encoder.columns, readable, truths)
    else:
        embedded = model.embed_video(features)
    return ClipSet(tuple(readable), embedded, tuple(left_out), tuple(features))


def judge_clips(
    clips: ClipSet, model: Model, folders: Iterable[Path], withhold_labels: bool = False
) -> list[Figure]:
    """All figures: beliefs, then each catalog with its labels and from its sound alone.

    withhold_labels: only the latter. Raises CatalogError.
    """
    anchors = [model.anchors(facet) for facet in model.config.facets]
    measured = [one for one in anchors if one.branch in model.config.measured]
    curves = curves_for(model)
    figures = reliability_figures(clips.embedded, clips.clips, anchors, curves)
    for folder in folders:
        for use_labels in (False,) if withhold_labels else (True, False):
            catalog = open_catalog(folder, model, use_labels=use_labels)
            of_music = model.calibration_of_music(catalog.embeddings)
            judged = Judged(catalog, clips.clips, clips.embedded, of_music, model.config.fusion)
            figures += judge_catalog(judged, use_labels)
            if use_labels:
                figures += tie_figures(judged, anchors, curves)
                figures += measured_figures(judged, measured)
    return figures
