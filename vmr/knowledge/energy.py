"""Energy, 1 (asleep) to 5 (driving): of a track, felt in a picture, and as a dial. numpy only.

The dial is a set of anchors in the ``ssl`` branch, one per level: where the tracks of about that
energy lie. Moving it keeps what else the picture says (vmr.embedding.turn_by). Measured over 64
judged clips and nine positions: Spearman of the position and the mean energy of the first five
tracks .90 (starter) and .93 (games); of a single clip's lists .97 and .98.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vmr.catalogs.grouped import kinds
from vmr.catalogs.tracks_table import Track
from vmr.embedding import SSL, Anchors, Array, BranchEmbedding, unit
from vmr.knowledge.vocabulary import MOOD_ENERGY

LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)
WIDTH = 0.3  # standard deviation of the kernel over energies; .3 was better than .5 and .8
FEWEST_TRACKS, LEAST_RANGE = 12, 1.5  # below, a catalog does not span the dial

# Energy of a clip by where its projection on the dial lies among the bank's, in spreads: fitted on
# the 64 clips used for choosing (Spearman .76, mean error .44 of 5 levels; .72, .43 kept apart).
FELT_MEAN, FELT_SLOPE = 2.58, 0.50


def track_energy(track: Track) -> float | None:
    """1 to 5: what the moods say and what was measured, the mean where both are known."""
    moods = [MOOD_ENERGY[mood] for mood in track.mood if mood in MOOD_ENERGY]
    known = [float(np.mean(moods))] if moods else []
    if track.energy is not None:
        known.append(track.energy)
    return float(np.mean(known)) if known else None


def track_energies(tracks: Sequence[Track]) -> Array:
    """``track_energy`` of each track, NaN where it is not known: (N,)."""
    found = kinds(tracks, ("mood", "energy"), track_energy)
    return np.asarray(found.array(np.float32), dtype=np.float32)


def energy_anchors(embeddings: BranchEmbedding, tracks: Sequence[Track]) -> Anchors | None:
    """The dial's anchors from tracks (N, B, D) of known energy; None where they span too little."""
    energies = track_energies(tracks)
    known = np.flatnonzero(np.isfinite(energies))
    energy = energies[known]
    if len(known) < FEWEST_TRACKS or float(np.ptp(energy)) < LEAST_RANGE:
        return None
    # Beyond the catalog's range the kernel would see no track: the ends stand for the levels there.
    ends = np.quantile(energy, [0.02, 0.98])
    levels = np.clip(LEVELS, *ends).astype(np.float32)
    weight = np.zeros((len(levels), len(energies)), dtype=np.float32)
    weight[:, known] = np.exp(-0.5 * ((levels[:, None] - energy) / WIDTH) ** 2)  # (L, N)
    drawn = [weight[:, part] @ rows for part, rows in embeddings.blocks(SSL)]
    names = tuple(f"{level:g}" for level in LEVELS)
    return Anchors(SSL, names, unit(np.asarray(np.sum(drawn, axis=0), dtype=np.float32)))


def felt_energy(query: BranchEmbedding, dial: Anchors, bank: BranchEmbedding) -> float:
    """Energy 1 to 5 of a picture (N = 1): its place on the dial among the bank's (M, B, D)."""
    return float(felt_energies(query, dial, bank)[0])


def felt_energies(queries: BranchEmbedding, dial: Anchors, bank: BranchEmbedding) -> Array:
    """The same for several: (N, B, D) -> (N,)."""
    own, typical = _along(queries, dial), _along(bank, dial)
    place = (own - typical.mean()) / max(float(typical.std()), 1e-6)
    return np.clip(FELT_MEAN + FELT_SLOPE * place, LEVELS[0], LEVELS[-1])


def _along(embeddings: BranchEmbedding, dial: Anchors) -> Array:
    """Projection on the dial from its lower to its upper end: (N, B, D) -> (N,)."""
    axis = np.array(LEVELS, dtype=np.float32) - np.float32(np.mean(LEVELS))
    return np.asarray(embeddings.branch(SSL) @ (axis @ dial.values), dtype=np.float32)
