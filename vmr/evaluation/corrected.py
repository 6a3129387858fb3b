"""What corrections of some judged clips do for the others.

A draw takes ``count`` judged clips at random and corrects each as a person would, with one or two
of the labels that the judgement accepts and that the page offers, those that some track of the
catalog has; a clip without such a label cannot be corrected, but is measured. The checkpoint
learns them where they help those left out among them (vmr.adaptation.pictures), and the other
clips are ranked before and after. A figure is the mean over the clips of each one's mean over the
draws that did not correct it; its interval is over clips, scenes kept together, that of ``draws``
over draws.

Shapes: Q clips, K = 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vmr.adaptation.pictures import Corrected, fit_pictures, left_out
from vmr.catalogs.music import open_catalog
from vmr.catalogs.tracks_table import Track
from vmr.embedding import Array, BranchEmbedding
from vmr.errors import ManifestError, plural
from vmr.evaluation.judge import TOP, matches, rank, spearman
from vmr.evaluation.judged_clips import FACETS, JudgedClip
from vmr.evaluation.reliability import groups, judged_for
from vmr.knowledge.energy import track_energy
from vmr.metrics import bootstrap_interval

if TYPE_CHECKING:
    from vmr.catalogs.music import Catalog
    from vmr.model.two_tower import Model

Matrix = NDArray[np.float64]
FEWEST_LEFT = 8  # clips that are not corrected, to be measured on


@dataclass(frozen=True)
class Lift:
    """Of one catalog and facet at alpha 1: shares of the first five that fit the clips that were
    not corrected, before and after; unlike: the difference for clips of which no other of the same
    scene was corrected; energy: Spearman's correlation with the judged energy."""

    catalog: str
    facet: str
    corrected: int
    draws: int
    clips: int
    before: float
    after: float
    low: float
    high: float
    draws_low: float
    draws_high: float
    unlike: float
    energy_before: float | None
    energy_after: float | None

    def row(self) -> dict[str, Any]:
        """Its fields and the difference."""
        return asdict(self) | {"gain": self.after - self.before}


@dataclass(frozen=True, eq=False)
class _Draw:
    """Clips that were corrected (C,) and, by clip, what fits and the first five's energy after."""

    corrected: NDArray[np.int64]
    fits: Matrix
    energy: Matrix


def lifts(
    model: Model,
    folders: Sequence[Path],
    clips: Sequence[JudgedClip],
    features: Sequence[Array],
    count: int,
    draws: int,
) -> list[Lift]:
    """The figures of every catalog and judged facet whose labels its tracks have; features: rows
    (T, Dv) of the clips. Raises ManifestError where too few clips are left to measure on."""
    found = []
    for folder in folders:
        tracks = open_catalog(folder, model).tracks
        for facet in FACETS:
            labelled = facet in model.config.labels and any(t.labels.get(facet) for t in tracks)
            if labelled and len(judged_for(clips, facet)) >= count + FEWEST_LEFT:
                found.append(lift(model, folder, clips, features, facet, count, draws))
    if not found:
        raise ManifestError("judge.few_left", count=count + FEWEST_LEFT)
    return found


def table(found: Sequence[Lift]) -> str:
    """The figures for people."""
    lines = ["fit of the first five at alpha 1, clips that were not corrected; intervals are 95 %"]
    for row in found:
        energy = ""
        if row.energy_before is not None and row.energy_after is not None:
            energy = f"; energy {row.energy_before:.2f} before, {row.energy_after:.2f} after"
        lines.append(
            f"{row.catalog}, {row.facet}, {row.corrected} of {row.clips} corrected, "
            f"{plural(row.draws, 'draw')}: {row.before:.3f} before, {row.after:.3f} after, "
            f"{row.after - row.before:+.3f} ({row.low:+.3f} to {row.high:+.3f} over clips, "
            f"{row.draws_low:+.3f} to {row.draws_high:+.3f} over draws), "
            f"unlike scenes {row.unlike:+.3f}{energy}"
        )
    return "\n".join(lines)


def lift(
    model: Model,
    folder: Path,
    clips: Sequence[JudgedClip],
    features: Sequence[Array],
    facet: str,
    count: int,
    draws: int,
    seed: int = 0,
) -> Lift:
    """The figures of one catalog and facet; features: rows (T, Dv) of the clips."""
    judged = judged_for(clips, facet)
    clips, features = [clips[q] for q in judged], [features[q] for q in judged]
    catalog = open_catalog(folder, model)
    fit = matches([clip.fit[facet] for clip in clips], catalog.tracks, facet)
    energies = energies_of(catalog.tracks)
    offered = {name for track in catalog.tracks for name in track.labels.get(facet, ())}
    open_to = [q for q, clip in enumerate(clips) if clip.fit[facet] & offered]
    before = _ranked(model, catalog, model.embed_video(features), facet, fit, energies)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        chosen = rng.permutation(open_to)[:count]
        said = tuple(corrections(clips[q].fit[facet] & offered, rng) for q in chosen)
        new, seen = fit_pictures(model, facet, Corrected(tuple(features[q] for q in chosen), said))
        learnt = new if left_out(seen).better else model  # as ``adapt`` does
        fits, energy = _ranked(learnt, catalog, learnt.embed_video(features), facet, fit, energies)
        found.append(_Draw(chosen, fits, energy))
    return summary(catalog.name, facet, count, clips, before, found)


def corrections(fit: frozenset[str], rng: np.random.Generator) -> dict[str, int]:
    """One or two of the labels that fit, at random, as a person chooses them."""
    names = rng.permutation(sorted(fit))
    return {str(name): 1 for name in names[: rng.integers(1, 3)]}


def energies_of(tracks: Sequence[Track]) -> Matrix:
    """Energy 1 to 5 of each track, NaN where nothing is known: (N,)."""
    found = [track_energy(track) for track in tracks]
    return np.array([np.nan if energy is None else energy for energy in found])


def _ranked(
    model: Model,
    catalog: Catalog,
    embedded: BranchEmbedding,
    facet: str,
    fit: NDArray[np.bool_],
    energies: Matrix,
) -> tuple[Matrix, Matrix]:
    """Of the first five of each clip the share that fits and the mean energy: (Q,), (Q,)."""
    items = catalog.embeddings
    calibration = model.calibration_of_music(items)
    top = rank(embedded, items, calibration, 1.0, facet)[:, :TOP]
    return np.take_along_axis(fit, top, axis=1).mean(axis=1), energies[top].mean(axis=1)


def summary(
    catalog: str,
    facet: str,
    count: int,
    clips: Sequence[JudgedClip],
    before: tuple[Matrix, Matrix],
    draws: Sequence[_Draw],
) -> Lift:
    """The draws as one row."""
    rest = np.ones((len(draws), len(clips)), bool)
    unlike = rest.copy()
    scene = np.array(groups(clips))
    for d, draw in enumerate(draws):
        rest[d, draw.corrected] = False
        unlike[d] = ~np.isin(scene, scene[draw.corrected])
    gain = np.array([draw.fits - before[0] for draw in draws])  # (draws, Q)
    by_draw = np.where(rest, gain, 0).sum(axis=1) / rest.sum(axis=1)
    left = rest.any(axis=0)
    by_clip = (np.where(rest, gain, 0).sum(axis=0)[left] / rest.sum(axis=0)[left]).astype(float)
    mean = float(before[0][left].mean())
    low, high = bootstrap_interval(by_clip, lambda x: float(x.mean()), groups=scene[left].tolist())
    felt = np.array([np.nan if clip.energy is None else clip.energy for clip in clips])
    draws_low, draws_high = (float(q) for q in np.quantile(by_draw, [0.025, 0.975]))
    return Lift(
        catalog=catalog,
        facet=facet,
        corrected=count,
        draws=len(draws),
        clips=len(clips),
        before=mean,
        after=mean + float(by_clip.mean()),
        low=low,
        high=high,
        draws_low=draws_low,
        draws_high=draws_high,
        unlike=float(gain[unlike].mean()) if unlike.any() else float("nan"),
        energy_before=_correlation(felt, before[1], rest),
        energy_after=_correlation(felt, np.array([draw.energy for draw in draws]), rest),
    )


def _correlation(felt: Matrix, energy: Matrix, rest: NDArray[np.bool_]) -> float | None:
    """Mean over draws of the correlation of judged and ranked energy among the rest."""
    rows = np.broadcast_to(energy, rest.shape)
    if np.isnan(felt).any() or np.isnan(rows).any():
        return None
    return float(np.mean([spearman(felt[r], e[r]) for r, e in zip(rest, rows, strict=True)]))
