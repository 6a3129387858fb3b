"""Training on pairs, read top to bottom.

Every step draws a batch of pairs and a window or more of each side, and adds up
  ssl      symmetric InfoNCE over the true pairs,
  facets   cross-modal supervised contrastive loss, one per facet,
  joint    both, on the mixed embedding at a random alpha, so that the middle of the slider is
           trained and not only its ends.
The best state on the validation pairs is kept. With torchrun every process embeds its share of the
same batch and the losses see the joined batch, so N processes train what one would
(vmr.training.distributed). A step's random numbers depend on the seed and its own number alone
(vmr.training.batches): a run that was killed and resumed gives the same model as one that was not.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from vmr.model.config import ModelConfig
from vmr.model.pooling import unit_rows
from vmr.model.two_tower import Model
from vmr.model.windows import Prepared
from vmr.training.batches import Batch, Batches
from vmr.training.config import TrainConfig
from vmr.training.distributed import World
from vmr.training.inputs import Inputs, fit_inputs
from vmr.training.loop import StepProgress, adamw, descend
from vmr.training.losses import contrast
from vmr.training.pairs import PairSet
from vmr.training.resume import TrainState, load_state, save_state
from vmr.training.validation import HeldOut, choose_linear_share, hold_out


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
    world: World = World(),  # noqa: B008  (frozen)
    progress: StepProgress | None = None,
) -> Model:
    """Train a model on pairs; the best state on ``validation``, or the last one without it.

    state_path: the state is kept there every ``save_every`` steps and taken up from there. Raises
    CheckpointError when it belongs to other settings.
    """
    inputs = inputs or fit_inputs(pairs, model_config)
    model = _untrained(model_config, inputs, config.seed).to(device).train()
    sides = (inputs.video.to(device), inputs.music.to(device))
    batches = Batches(pairs, *sides, config, world)
    optimizer = adamw(model, config.lr, config.weight_decay)
    key = f"{model_config.to_json()} {asdict(config)} {len(pairs)} pairs"
    state = load_state(state_path, model, optimizer, key) if state_path else TrainState()
    held_out = None if validation is None else hold_out(model, validation, device)

    def loss_at(step: int) -> Tensor:
        batch = batches.at(step)
        torch.manual_seed(batch.seed)
        return batch_loss(model, batch, config, world)

    def after(done: int, loss: Tensor) -> None:
        if held_out and (done % config.eval_every == 0 or done == config.steps):
            model.fit_outputs(*sides, pairs.music_labels)
            state.offer(model, done, held_out.score(model))
            model.train()
        if state_path and world.rank == 0 and done % save_every == 0 and done < config.steps:
            save_state(state_path, model, optimizer, state.at(done), key)
        if progress:
            progress(done, config.steps, float(loss))

    descend(optimizer, loss_at, config.steps, first=state.step, world=world, after=after)
    return _finished(model, state, held_out, sides, pairs, config)


def _untrained(model_config: ModelConfig, inputs: Inputs, seed: int) -> Model:
    """Weights by the seed, the fixed part as it was fitted."""
    torch.manual_seed(seed)
    model = Model(model_config)
    model.load_state_dict(inputs.buffers, strict=False)
    return model


def _finished(
    model: Model,
    state: TrainState,
    held_out: HeldOut | None,
    sides: tuple[Prepared, Prepared],
    pairs: PairSet,
    config: TrainConfig,
) -> Model:
    """The best state, what is fitted to the outputs, and in the metadata how it was trained."""
    if state.best:
        model.load_state_dict(state.best, strict=False)
    if held_out:
        choose_linear_share(model, held_out, lambda: model.fit_outputs(*sides, {}))
    model.fit_outputs(*sides, pairs.music_labels)
    history = {"best_step": state.best_step or config.steps, "validation": state.best_score}
    model.metadata["train"] = json.dumps({**asdict(config), **history, "pairs": len(pairs)})
    return model.eval()


def batch_loss(model: Model, batch: Batch, config: TrainConfig, world: World) -> Tensor:
    """The loss of a batch over the pairs of all processes: ()."""
    video, music = (
        world.gather(tower(clips).permute(1, 2, 0, 3))  # (N, M, B, E) -> (M, B, N, E)
        for tower, clips in ((model.video_tower, batch.video), (model.music_tower, batch.music))
    )
    return vector_loss(video, music, batch.similar, batch.alpha, batch.facet, config)


def vector_loss(
    video: Tensor, music: Tensor, similar: Tensor, alpha: float, facet: int, config: TrainConfig
) -> Tensor:
    """The loss of unit vectors (M, B, N, E) of both sides, whose labels are ``similar`` (F, N, N),
    F = B - 1: (). The softmaxes of all branches and of the mixed embedding are one stack."""
    pairs = torch.eye(video.shape[2], dtype=video.dtype, device=video.device)[None]
    facets = len(similar)
    positives, weights = [pairs, similar], [config.ssl_weight] + facets * [config.facet_weight]
    temperatures = [config.temperature] + facets * [config.label_temperature]
    if config.joint_weight and facets:
        mixed = (unit_rows((1 - alpha) * z[:, 0] + alpha * z[:, 1 + facet]) for z in (video, music))
        video, music = (
            torch.cat([z, x[:, None], x[:, None]], dim=1)
            for z, x in zip((video, music), mixed, strict=True)
        )
        positives += [pairs, similar[facet, None]]
        weights += [config.joint_weight * (1 - alpha), config.joint_weight * alpha]
        temperatures += [config.temperature, config.label_temperature]
    logits = video @ music.mT / video.new_tensor(temperatures)[:, None, None]  # (M, K, N, N)
    each = contrast(logits, torch.cat(positives))  # (M, K)
    return each.mean(0) @ video.new_tensor(weights)
