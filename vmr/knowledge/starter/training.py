"""Training the starter model: the music tower learns to meet what the tables say of pictures.

ssl           energy, feeling and brightness are axes with a direction each. A clip's place on them
              is what the tables say (vmr.knowledge.starter.reading); a track's is its sound's, its
              tags' and its known moods', and its tower learns to be there.
genre, mood   every label has a direction, at right angles to the others; it becomes the label's
              prototype. A clip's vector is what the tables say of it, along these directions:
              nothing else is known of pictures, so nothing is trained there. The music tower learns
              to meet it, by the cross-modal supervised loss on soft labels (what the tables say of
              each side, and the catalog's own genres), and the directions of its labels themselves.

Shapes: N clips, M tracks, P columns after the lens, B branches, L labels, A axes, E columns of a
vector.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from torch import Tensor

from vmr.embedding import SSL
from vmr.knowledge.starter.reading import axis_vectors
from vmr.model.config import ModelConfig
from vmr.model.pooling import join_members, unit_rows
from vmr.model.two_tower import Model
from vmr.model.windows import Prepared
from vmr.training.loop import StepProgress, adamw, descend
from vmr.training.losses import supcon

Array = NDArray[np.float32]


@dataclass(frozen=True)
class StarterConfig:
    """How the starter model is trained; every number that train-starter needs."""

    seed: int = 0
    steps: int = 600
    batch: int = 192
    lr: float = 2e-3
    weight_decay: float = 0.02
    noise: float = 0.2  # of the standardised inputs, against learning single tracks by heart
    temperature: float = 0.1
    virtual_clips: int = 2500
    bank: int = 512
    sharpness: float = 3.0  # of soft labels: log-odds per spread of a score
    own_genre: float = 0.8  # share of a catalog's genre in a track's soft label
    own_mood: float = 0.5  # the same for moods, which are judged less surely
    known_energy: float = 0.6  # share of a known mood in a track's energy
    axis_share: float = 20.0  # weight of the loss of places on the axes
    anchor_share: float = 5.0  # weight of the loss against the labels' own directions
    members: int = 4  # an ensemble of small networks, side by side: steadier than one
    dim: int = 32
    hidden: int = 96
    dropout: float = 0.1
    label_pull: float = 0.85
    hub_share: float = 0.6
    hub_share_ssl: float = 1.2  # few tracks lie at the ends of its axes, and these lead everywhere
    ssl_spread: float = 1.5  # light and movement say less of the mood than the label does
    own_spread: float = 0.25
    label_level: float = 1.0


@dataclass(frozen=True)
class TrainingSide:
    """One modality in training. axes (N, A): energy, feeling and brightness as normal scores;
    labels {facet: (N, L)} soft, rows sum to 1."""

    prepared: Prepared
    axes: Array
    labels: Mapping[str, Array]

    def __len__(self) -> int:
        return len(self.axes)


# How far one spread of energy, feeling or brightness turns a vector away from the middle.
AXIS_WEIGHTS = torch.tensor([0.7, 0.2, 0.4])


def normal_scores(x: Array) -> Array:
    """Ranks as standard normal quantiles: (N,) -> (N,), ties in order."""
    ranks = stats.rankdata(x, method="ordinal")
    return np.asarray(stats.norm.ppf((ranks - 0.5) / len(x)), dtype=np.float32)


def soft_labels(scores: Array, sharpness: float) -> Array:
    """Scores (N, L) of a table, above the labels' levels -> probabilities.

    One spread for all labels: a label that the table hardly moves stays unlikely.
    """
    z = sharpness * scores / max(float(scores.std()), 1e-6)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True), dtype=np.float32)


def levels(scores: Array) -> Array:
    """What a label scores on most clips, to be taken out, or it would always win: (N, L) -> (L,).

    Not below 0: what most clips speak against (sad, horror) must not win where a clip is silent.
    """
    return np.asarray(np.maximum(scores.mean(axis=0), 0), dtype=np.float32)


def train_starter(
    model: Model,
    reading: Mapping[str, Array],
    music: TrainingSide,
    config: StarterConfig,
    progress: StepProgress | None = None,
) -> dict[str, Tensor]:
    """Train the music tower in place to meet what the tables say of pictures; returns the
    directions: {facet: (M, L, E)} of labels, {"ssl": (M, 1 + A, E)} of the axes, orthonormal rows.
    ValueError for fewer columns than directions.

    reading {facet: (N, L)}: what the tables say of the clips, above the labels' levels.
    """
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    anchors = _all_directions(model.config)
    places = axis_vectors(torch.as_tensor(music.axes), AXIS_WEIGHTS, anchors[SSL])
    labels = {facet: soft_labels(read, config.sharpness) for facet, read in reading.items()}

    def loss_at(step: int) -> Tensor:
        clips = rng.integers(len(next(iter(reading.values()))), size=config.batch)
        tracks = rng.integers(len(music), size=config.batch)
        z_m = _by_branch(model.music_tower(_noisy(music.prepared, tracks, config.noise)))
        loss = config.axis_share * (1 - (z_m[0] * places[:, tracks]).sum(-1)).mean()
        for b, facet in enumerate(model.config.facets, start=1):
            loss = loss + facet_loss(
                unit_rows(torch.as_tensor(reading[facet][clips]) @ anchors[facet]),
                z_m[b],
                anchors[facet],
                torch.as_tensor(labels[facet][clips]),
                torch.as_tensor(music.labels[facet][tracks]),
                config,
            )
        return loss

    def after(done: int, loss: Tensor) -> None:
        if progress:
            progress(done, config.steps, loss.item())

    model.train()
    descend(
        adamw(model.music_tower, config.lr, config.weight_decay), loss_at, config.steps, after=after
    )
    model.eval()
    return anchors


def _all_directions(config: ModelConfig) -> dict[str, Tensor]:
    """{facet: (M, L, E)} of the labels and {"ssl": (M, 1 + A, E)} of the axes, drawn at random."""
    members, dim = config.members, config.dim
    found = {f: _directions(members, len(names), dim) for f, names in config.labels.items()}
    found[SSL] = _directions(members, 1 + len(AXIS_WEIGHTS), dim)
    return found


def _directions(members: int, labels: int, dim: int) -> Tensor:
    """Random orthonormal rows of each member: (M, L, E)."""
    if dim < labels:
        raise ValueError(f"{labels} labels need as many columns a member, not {dim}")
    return torch.linalg.qr(torch.randn(members, dim, labels))[0].mT.contiguous()


def facet_loss(
    z_v: Tensor, z_m: Tensor, anchors: Tensor, p_v: Tensor, p_m: Tensor, config: StarterConfig
) -> Tensor:
    """Cross-modal supervised contrast, and the music against the labels' directions.

    z (M, N, E) and anchors (M, L, E) unit rows of M members, p (N, L) soft labels.
    """
    loss = supcon(z_v, z_m, p_v @ p_m.T, config.temperature)
    log_q = torch.log_softmax(z_m @ anchors.mT / config.temperature, dim=-1)
    return loss - config.anchor_share * (p_m * log_q).sum(-1).mean()


@torch.no_grad()
def fit_around(
    model: Model, video: Prepared, music: Prepared, anchors: Mapping[str, Tensor]
) -> None:
    """Centre the branches, keep banks of typical queries, and turn anchors (L, D) into prototypes.

    The label vectors of clips stay where they are: most lie near their mean, and what is left of
    those without it, scaled to length 1, would say loudly what they hardly say.

    Unlike in training on true pairs the two sides differ in number. The anchors are moved by the
    music side's centre, so that a known label draws a track to where tracks of that label are.
    """
    model.eval()
    for tower, clips in ((model.video_tower, video), (model.music_tower, music)):
        tower.centre.zero_()
        tower.centre.copy_(tower(clips).mean(0))
    model.video_tower.centre.zero_()
    model.music_tower.centre[:, 0] = 0
    z_v, z_m = (
        join_members(t(c)) for t, c in ((model.video_tower, video), (model.music_tower, music))
    )
    cosines = torch.einsum("qbd,nbd->qnb", z_v, z_m)
    model.cosine_mean.copy_(cosines.mean((0, 1)))
    model.cosine_spread.copy_(cosines.std((0, 1)).clamp_min(1e-4))
    model.video_bank_values, model.music_bank_values = z_v.clone(), z_m.clone()
    for b, facet in enumerate(model.config.facets, start=1):
        drawn = unit_rows(
            anchors[facet].transpose(0, 1) - model.music_tower.centre[:, b]
        )  # (L, M, E)
        getattr(model, f"prototypes_{facet}").copy_(unit_rows(drawn.flatten(1)))


def _by_branch(z: Tensor) -> Tensor:
    """(N, M, B, E) -> (B, M, N, E)."""
    return z.permute(2, 1, 0, 3)


def _noisy(prepared: Prepared, index: NDArray[np.int64], noise: float) -> Prepared:
    drawn = prepared.choose(index, None)
    return Prepared(
        drawn.windows + noise * torch.randn_like(drawn.windows), drawn.clip, drawn.course
    )
