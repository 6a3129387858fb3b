"""The part of a model that does not train, fitted once on the training pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from vmr.model.config import ModelConfig
from vmr.model.tower import fit_linear
from vmr.model.two_tower import Model
from vmr.model.windows import Prepared
from vmr.training.pairs import PairSet
from vmr.training.taught_posteriors import fit_posteriors


@dataclass(frozen=True)
class Inputs:
    """Fitted buffers, and the training pairs passed through them; several trainings on the same
    pairs share it."""

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
    if config.linear:
        fit_linear(model.video_tower, model.music_tower, inputs.video, inputs.music, pairs.groups)
        inputs = replace(inputs, buffers=fixed_buffers(model))
    return refit_labels(inputs, pairs, config)


def refit_labels(inputs: Inputs, pairs: PairSet, config: ModelConfig) -> Inputs:
    """The same inputs with the label posteriors of these pairs' labels."""
    if not config.has_posteriors:
        return inputs
    model = Model(config)
    model.load_state_dict(inputs.buffers, strict=False)
    of_video, of_music = fit_posteriors(
        (model.video_tower, model.music_tower),
        (inputs.video, inputs.music),
        [(pairs.video_labels[facet], pairs.music_labels[facet]) for facet in config.facets],
    )
    video = replace(inputs.video, posteriors=of_video)
    music = replace(inputs.music, posteriors=of_music)
    return Inputs(fixed_buffers(model), video, music)


def fixed_buffers(model: Model) -> dict[str, Tensor]:
    """What does not train: fitted projections, statistics, time courses and label posteriors."""
    return {n: b for n, b in model.named_buffers() if "_tower." in n and not n.endswith("centre")}
