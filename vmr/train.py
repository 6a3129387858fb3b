"""Training: one loop, read top to bottom.

Every step draws a batch of pairs and a window or more of each side, and adds up
  ssl      symmetric InfoNCE over the true pairs,
  facets   cross-modal supervised contrastive loss, one per facet,
  joint    both, on the mixed embedding at a random alpha, so that the middle of the slider is
           trained and not only its ends.
The best state on the validation pairs is kept. With torchrun every rank embeds its share of the
same batch and the losses see the joined batch, so N processes train what one would (vmr.ranks).
Every step draws its random numbers from (seed, step): a run that was killed and resumed gives the
same model as one that was not.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vmr import metrics
from vmr.data import PairSet
from vmr.embedding import BranchEmbedding
from vmr.losses import info_nce, label_similarity, supcon
from vmr.model import Model, ModelConfig
from vmr.pooling import unit
from vmr.ranks import Ranks
from vmr.resume import TrainState, load_state, save_state
from vmr.towers import Prepared

Say = Callable[[int, int, float], None]  # step, steps, loss
LabelRows = Mapping[str, Tensor]  # {facet: (N, L)}


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained; the flags of ``python -m vmr train`` are these fields.

    windows              random windows per clip and step, 0 = all of them
    *_weight             weights of the three losses
    label_smoothing      share of every label that is spread over the facet's other labels
    balanced             draw each class of the first facet equally often, not each pair
    eval_every           steps between looks at the validation pairs
    """

    steps: int = 500
    batch: int = 128
    lr: float = 2e-3
    weight_decay: float = 0.05
    temperature: float = 0.1
    label_temperature: float = 0.1
    windows: int = 1
    ssl_weight: float = 1.0
    facet_weight: float = 1.0
    joint_weight: float = 1.0
    label_smoothing: float = 0.0
    balanced: bool = True
    eval_every: int = 50
    seed: int = 0


@dataclass(frozen=True)
class Inputs:
    """The part that does not train, fitted once; several trainings on the same pairs share it."""

    buffers: Mapping[str, Tensor]
    video: Prepared
    music: Prepared


def fit_inputs(pairs: PairSet, config: ModelConfig) -> Inputs:
    """Fit projections and statistics on the training pairs and pass these through them."""
    model = Model(config)
    model.fit_inputs(pairs.video, pairs.music)
    return Inputs(
        {n: b for n, b in model.named_buffers() if "_tower." in n and not n.endswith("centre")},
        model.video_tower.prepare(pairs.video),
        model.music_tower.prepare(pairs.music),
    )


def train(
    pairs: PairSet,
    model_config: ModelConfig,
    config: TrainConfig,
    *,
    validation: PairSet | None = None,
    inputs: Inputs | None = None,
    state_path: Path | None = None,
    save_every: int = 200,
    device: str = "cpu",
    ranks: Ranks = Ranks(),  # noqa: B008  (frozen)
    say: Say | None = None,
) -> Model:
    """Train a model on pairs; the best state on ``validation``, or the last one without it.

    state_path: the state is kept there every ``save_every`` steps and taken up from there. Raises
    CheckpointError when it belongs to other settings.
    """
    torch.manual_seed(config.seed)
    model = Model(model_config)
    inputs = inputs or fit_inputs(pairs, model_config)
    model.load_state_dict(inputs.buffers, strict=False)
    model.to(device)
    video, music = inputs.video.to(device), inputs.music.to(device)
    video_labels = label_rows(pairs.video_labels, config.label_smoothing, device)
    music_labels = label_rows(pairs.music_labels, config.label_smoothing, device)
    weights = sampling_weights(pairs, config.balanced)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=config.lr, weight_decay=config.weight_decay, fused=True
    )
    key = f"{model_config.to_json()} {asdict(config)} {len(pairs)} pairs"
    state = load_state(state_path, model, optimizer, key) if state_path else TrainState()
    held = None if validation is None else held_out(model, validation, device)

    for step in range(state.step, config.steps):
        rng = np.random.default_rng((config.seed, step))
        torch.manual_seed(config.seed + 1_000_003 * (step + 1) + ranks.rank)
        index = rng.choice(len(pairs), min(config.batch, len(pairs)), replace=False, p=weights)
        alpha, facet = float(rng.random()), int(rng.integers(max(len(video_labels), 1)))
        rng = np.random.default_rng((config.seed, step, ranks.rank))
        model.train()
        z_video = model.video_tower(video.draw(ranks.share(index), config.windows, rng))
        z_music = model.music_tower(music.draw(ranks.share(index), config.windows, rng))
        chosen = torch.as_tensor(ranks.whole(index), device=device)
        loss = batch_loss(
            ranks.gather(z_video),
            ranks.gather(z_music),
            {f: rows[chosen] for f, rows in video_labels.items()},
            {f: rows[chosen] for f, rows in music_labels.items()},
            alpha,
            facet,
            config,
        )
        optimizer.zero_grad()
        loss.backward()
        ranks.sum_gradients(model.parameters())
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, config)
        optimizer.step()

        done = step + 1
        if held and (done % config.eval_every == 0 or done == config.steps):
            model.fit_outputs(video, music, pairs.music_labels)
            state.offer(model, done, held.score(model))
        if state_path and ranks.rank == 0 and (done % save_every == 0 and done < config.steps):
            save_state(state_path, model, optimizer, state.at(done), key)
        if say:
            say(done, config.steps, float(loss.detach()))

    if state.best:
        model.load_state_dict(state.best, strict=False)
    model.fit_outputs(video, music, pairs.music_labels)
    history = {"best_step": state.best_step or config.steps, "validation": state.best_score}
    model.metadata["train"] = json.dumps({**asdict(config), **history, "pairs": len(pairs)})
    return model.eval()


def batch_loss(
    video: Tensor,
    music: Tensor,
    video_labels: LabelRows,
    music_labels: LabelRows,
    alpha: float,
    facet: int,
    config: TrainConfig,
) -> Tensor:
    """The loss of one batch: (N, M, B, E) twice, labels (N, L) -> ().

    ``alpha`` and ``facet`` (index into the facets) are this step's draw for the joint term.
    """
    v, m = video.permute(2, 1, 0, 3), music.permute(2, 1, 0, 3)  # (B, M, N, E)
    similar = [label_similarity(video_labels[f], music_labels[f]) for f in video_labels]
    loss = config.ssl_weight * info_nce(v[0], m[0], config.temperature)
    for b, positives in enumerate(similar, start=1):
        loss = loss + config.facet_weight * supcon(v[b], m[b], positives, config.label_temperature)
    if config.joint_weight and similar:
        mixed_v = unit((1 - alpha) * v[0] + alpha * v[1 + facet])
        mixed_m = unit((1 - alpha) * m[0] + alpha * m[1 + facet])
        pair = info_nce(mixed_v, mixed_m, config.temperature)
        label = supcon(mixed_v, mixed_m, similar[facet], config.label_temperature)
        loss = loss + config.joint_weight * ((1 - alpha) * pair + alpha * label)
    return loss


def learning_rate(step: int, config: TrainConfig) -> float:
    """One cycle: up over the first 30 %, a half cosine down to nothing after."""
    up = 0.3 * config.steps
    if step < up:
        return config.lr * (0.04 + 0.96 * (1 - math.cos(math.pi * step / up)) / 2)
    share = (step - up) / max(config.steps - up, 1)
    return config.lr * (1 + math.cos(math.pi * share)) / 2


def label_rows(
    labels: Mapping[str, NDArray[np.float32]], smoothing: float, device: str
) -> dict[str, Tensor]:
    """Labels as tensors, smoothed where there is a label: {facet: (N, L)}."""
    rows: dict[str, Tensor] = {}
    for facet, values in labels.items():
        x = torch.as_tensor(np.asarray(values, np.float32), device=device)
        known = (x.sum(1, keepdim=True) > 0).float()
        spread = x.sum(1, keepdim=True) / max(x.shape[1], 1)
        rows[facet] = known * ((1 - smoothing) * x + smoothing * spread)
    return rows


def sampling_weights(pairs: PairSet, balanced: bool) -> NDArray[np.float64]:
    """Probability of each pair (N,). Balanced: the labelled ones equal over the first facet's
    classes, the unlabelled ones as often as they occur."""
    even = np.full(len(pairs), 1 / max(len(pairs), 1))
    labels = next(iter(pairs.music_labels.values()), None)
    if not balanced or labels is None or not labels.any():
        return even
    classes = labels[:, labels.any(axis=0)].astype(np.float64)
    weight = (classes / classes.sum(axis=0)).mean(axis=1)
    known = labels.any(axis=1)
    weight = np.where(known, weight * known.mean() / weight[known].sum(), even)
    return np.asarray(weight / weight.sum())


@dataclass(frozen=True)
class HeldOut:
    """Validation pairs, prepared once."""

    video: Prepared
    music: Prepared
    labels: Mapping[str, NDArray[np.bool_]]

    def score(self, model: Model) -> float:
        """MRR of the ssl branch plus the mean macro P@10 of the facets, over both directions."""
        v = model.embed_prepared(model.video_tower, self.video)
        m = model.embed_prepared(model.music_tower, self.music)
        return (_one_way(v, m, self.labels) + _one_way(m, v, self.labels)) / 2


def held_out(model: Model, pairs: PairSet, device: str) -> HeldOut:
    """Pass the validation pairs through the fixed part of the towers."""
    return HeldOut(
        model.video_tower.prepare(pairs.video).to(device),
        model.music_tower.prepare(pairs.music).to(device),
        {facet: rows > 0 for facet, rows in pairs.music_labels.items()},
    )


def _one_way(
    queries: BranchEmbedding, items: BranchEmbedding, labels: Mapping[str, NDArray[np.bool_]]
) -> float:
    cosines = np.einsum("qbd,nbd->bqn", queries.values, items.values)
    score = metrics.mean_reciprocal_rank(metrics.ranks(cosines[0]))
    own = np.eye(len(queries), dtype=bool)
    found = [
        metrics.macro(metrics.precision_at(cosines[b], rows, rows, 10, own))
        for b, rows in enumerate(labels.values(), start=1)
    ]
    known = [value for value in found if not math.isnan(value)]
    return score + (float(np.mean(known)) if known else 0.0)
