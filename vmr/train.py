"""Training: one loop, read top to bottom.

Every step draws a batch of pairs, a window or more of each side, and adds up
  ssl      symmetric InfoNCE over the true pairs,
  facets   cross-modal supervised contrastive loss, one per facet,
  joint    both, on the mixed embedding at a random alpha, so that the middle of the slider is
           trained and not only its ends.
The best state on the validation pairs is kept. With torchrun every rank embeds its share of the
same batch and the losses see the joined batch, so N processes train what one would.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vmr.data import PairSet
from vmr.losses import info_nce, label_similarity, supcon
from vmr.model import Model, ModelConfig
from vmr.pooling import unit

Say = Callable[[int, int, float], None]  # step, steps, loss
Labels = Mapping[str, Tensor]  # {facet: (N, L)}


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained; each flag of ``python -m vmr train`` is one of these.

    windows         random windows per clip and step, 0 = all of them
    ssl, facets, joint   weights of the three losses
    balanced        draw each class equally often (of the first facet), instead of each pair
    """

    steps: int = 500
    batch: int = 128
    lr: float = 2e-3
    weight_decay: float = 0.05
    temperature: float = 0.1
    label_temperature: float = 0.1
    windows: int = 1
    ssl: float = 1.0
    facets: float = 1.0
    joint: float = 1.0
    label_smoothing: float = 0.0
    balanced: bool = True
    seed: int = 0


def batch_loss(
    video: Tensor,
    music: Tensor,
    video_labels: Labels,
    music_labels: Labels,
    alpha: float,
    facet: int,
    config: TrainConfig,
) -> Tensor:
    """The loss of one batch: (N, M, B, E) twice, labels (N, L) -> ().

    ``alpha`` and ``facet`` (index into the facets) are this step's draw for the joint term.
    """
    v, m = video.permute(2, 1, 0, 3), music.permute(2, 1, 0, 3)  # (B, M, N, E)
    similar = [label_similarity(video_labels[f], music_labels[f]) for f in video_labels]
    loss = config.ssl * info_nce(v[0], m[0], config.temperature)
    for b, positives in enumerate(similar, start=1):
        loss = loss + config.facets * supcon(v[b], m[b], positives, config.label_temperature)
    if config.joint and similar:
        mixed_v = unit((1 - alpha) * v[0] + alpha * v[1 + facet])
        mixed_m = unit((1 - alpha) * m[0] + alpha * m[1 + facet])
        pair = info_nce(mixed_v, mixed_m, config.temperature)
        label = supcon(mixed_v, mixed_m, similar[facet], config.label_temperature)
        loss = loss + config.joint * ((1 - alpha) * pair + alpha * label)
    return loss


def learning_rate(step: int, config: TrainConfig) -> float:
    """One cycle: up over the first 30 %, a half cosine down to nothing after."""
    up = 0.3 * config.steps
    if step < up:
        return config.lr * (0.04 + 0.96 * (1 - math.cos(math.pi * step / up)) / 2)
    share = (step - up) / max(config.steps - up, 1)
    return config.lr * (1 + math.cos(math.pi * share)) / 2


def sampling_weights(labels: np.ndarray | None, count: int) -> np.ndarray:
    """Probability of each pair (N,): equal over classes and, for the unlabelled, as they come."""
    if labels is None or not labels.any():
        return np.full(count, 1 / count)
    share = labels / np.maximum(labels.sum(0, keepdims=True), 1e-9)  # each class sums to 1
    weight = share.sum(1) / max(int(labels.any(0).sum()), 1)
    known = labels.any(1)
    weight = weight * known.mean()
    weight[~known] = 1 / count
    return weight / weight.sum()


def train(
    pairs: PairSet, model_config: ModelConfig, config: TrainConfig, say: Say | None = None
) -> Model:
    torch.manual_seed(config.seed)
    model = Model(model_config)
    model.fit_inputs(pairs.video, pairs.music)
    video, music = model.video_tower.prepare(pairs.video), model.music_tower.prepare(pairs.music)
    vl = {f: torch.as_tensor(a) for f, a in pairs.video_labels.items()}
    ml = {f: torch.as_tensor(a) for f, a in pairs.music_labels.items()}
    first = next(iter(pairs.music_labels.values()), None) if config.balanced else None
    weights = sampling_weights(first, len(pairs))
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=config.lr, weight_decay=config.weight_decay, fused=True
    )
    model.train()
    for step in range(config.steps):
        rng = np.random.default_rng((config.seed, step))
        size = min(config.batch, len(pairs))
        index = rng.choice(len(pairs), size=size, replace=False, p=weights)
        alpha = float(rng.random())
        facet = int(rng.integers(max(len(vl), 1)))
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, config)
        z_v = model.video_tower(video.draw(index, config.windows, rng))
        z_m = model.music_tower(music.draw(index, config.windows, rng))
        chosen = torch.as_tensor(index)
        loss = batch_loss(
            z_v,
            z_m,
            {f: a[chosen] for f, a in vl.items()},
            {f: a[chosen] for f, a in ml.items()},
            alpha,
            facet,
            config,
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    model.fit_outputs(pairs.video, pairs.music, pairs.music_labels)
    return model
