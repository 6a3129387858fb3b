"""Training: one loop, read top to bottom.

Every step draws a batch of pairs and a window or more of each side, and adds up
  ssl      symmetric InfoNCE over the true pairs,
  facets   cross-modal supervised contrastive loss, one per facet,
  joint    both, on the mixed embedding at a random alpha, so that the middle of the slider is
           trained and not only its ends (vmr.training.objective).
The best state on the validation pairs is kept. With torchrun every rank embeds its share of the
same batch and the losses see the joined batch, so N processes train what one would
(vmr.training.distributed). A step's random numbers depend on the seed and its own number alone
(vmr.training.batches): a run that was killed and resumed gives the same model as one that was not.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vmr import metrics
from vmr.embedding import BranchEmbedding
from vmr.model.pooling import unit
from vmr.model.two_tower import Model, ModelConfig
from vmr.model.windows import Prepared
from vmr.training.adamw import AdamW
from vmr.training.batches import Batches
from vmr.training.distributed import Ranks
from vmr.training.gradients import TowerPass
from vmr.training.objective import batch_loss, vector_gradient
from vmr.training.pairs import PairSet
from vmr.training.resume import TrainState, load_state, save_state

Say = Callable[[int, int, float], None]  # step, steps, the last loss that was worked out
COLDEST = 0.02  # of the temperatures: exp(1 / 0.02) and its inverse are still float32
LOSS_EVERY = 50  # steps; training needs only its gradient


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained; the flags of ``python -m vmr train`` are these fields.

    windows              random windows per clip and step, 0 = all of them
    *_weight             weights of the three losses
    label_smoothing      share of every label that is spread over the facet's other labels
    balanced             draw each class of the first facet equally often, not each pair
    eval_every           steps between looks at the validation pairs
    """

    steps: int = 300
    batch: int = 256
    lr: float = 3e-3
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

    def __post_init__(self) -> None:
        coldest = min(self.temperature, self.label_temperature)
        if coldest < COLDEST:
            raise ValueError(f"temperatures must be at least {COLDEST}, not {coldest}")


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
    inputs = Inputs(
        fixed_buffers(model),
        model.video_tower.prepare(pairs.video),
        model.music_tower.prepare(pairs.music),
    )
    return refit_labels(inputs, pairs, config)


def refit_labels(inputs: Inputs, pairs: PairSet, config: ModelConfig) -> Inputs:
    """The same inputs with the label posteriors of these pairs' labels."""
    if not config.has_posteriors:
        return inputs
    model = Model(config)
    model.load_state_dict(inputs.buffers, strict=False)
    sides = []
    for tower, clips, labels in (
        (model.video_tower, inputs.video, pairs.video_labels),
        (model.music_tower, inputs.music, pairs.music_labels),
    ):
        said = tower.fit_posteriors(clips, [labels[facet] for facet in config.facets])
        sides.append(replace(clips, said=said))
    return Inputs(fixed_buffers(model), *sides)


def fixed_buffers(model: Model) -> dict[str, Tensor]:
    """What does not train: fitted projections, statistics, time courses and label posteriors."""
    return {n: b for n, b in model.named_buffers() if "_tower." in n and not n.endswith("centre")}


@torch.no_grad()
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
    inputs = inputs or fit_inputs(pairs, model_config)
    torch.manual_seed(config.seed)
    model = Model(model_config)
    model.load_state_dict(inputs.buffers, strict=False)
    model.to(device)
    sides = (inputs.video.to(device), inputs.music.to(device))
    batches = Batches(pairs, sides, config, model_config.members, ranks)
    towers = TowerPass(model, max(s.most_windows(config.batch, config.windows) for s in sides))
    optimizer = AdamW(towers.row.values, towers.row.gradient, config.weight_decay)
    key = f"{model_config.to_json()} {asdict(config)} {len(pairs)} pairs"
    state = load_state(state_path, model, optimizer.moments, key) if state_path else TrainState()
    held = None if validation is None else held_out(model, validation, device)

    loss = None
    for step in range(state.step, config.steps):
        batch = batches.at(step)
        windows = [
            side.windows.index_select(0, r) for side, r in zip(sides, batch.rows, strict=True)
        ]
        z = ranks.gather(towers.forward(windows, batch.clips, batch.masks))
        towers.backward(ranks.own(vector_gradient(z, batch.terms)))
        ranks.sum_gradient(towers.row.gradient)
        optimizer.step(learning_rate(step, config))

        done = step + 1
        if held and (done % config.eval_every == 0 or done == config.steps):
            model.fit_outputs(*sides, pairs.music_labels)
            state.offer(model, done, held.score(model))
        if state_path and ranks.rank == 0 and (done % save_every == 0 and done < config.steps):
            save_state(state_path, model, optimizer.moments, state.at(done), key)
        if say:
            if loss is None or step % LOSS_EVERY == 0:
                loss = float(batch_loss(unit(z), batch.terms.similar, batch.terms.draw, config))
            say(done, config.steps, loss)

    towers.row.part()
    if state.best:
        model.load_state_dict(state.best, strict=False)
    model.fit_outputs(*sides, pairs.music_labels)
    history = {"best_step": state.best_step or config.steps, "validation": state.best_score}
    model.metadata["train"] = json.dumps({**asdict(config), **history, "pairs": len(pairs)})
    return model.eval()


def learning_rate(step: int, config: TrainConfig) -> float:
    """One cycle: up over the first 30 %, a half cosine down to nothing after."""
    up = 0.3 * config.steps
    if step < up:
        return config.lr * (0.04 + 0.96 * (1 - math.cos(math.pi * step / up)) / 2)
    share = (step - up) / max(config.steps - up, 1)
    return config.lr * (1 + math.cos(math.pi * share)) / 2


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
