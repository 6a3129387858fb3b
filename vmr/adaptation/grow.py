"""A copy of a model with room for adaptation: heads for further facets, branches for own ones.

Shapes: B branches, L labels, D columns of a branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from vmr.errors import VmrError
from vmr.model.config import ModelConfig
from vmr.model.facet_head import TrackHead, VideoHead, directions_of
from vmr.model.pooling import unit_rows
from vmr.model.two_tower import Model


def grown(model: Model, facet: str, names: Sequence[str], measured: bool = False) -> Model:
    """The model with heads for a facet, which is added where the model has not got it.

    names: the labels of an own facet; one that the model was trained on keeps its own. A facet that
    was added before is made anew with these labels. measured: its tracks are (vmr.model.measured).
    Raises VmrError for the plain mix.
    """
    config = model.config
    if config.fusion != "calibrated":
        raise VmrError("adapt.mix")
    labels, added = dict(config.labels), config.added
    if facet not in config.trained_labels:
        labels[facet] = tuple(names)
        added = tuple(dict.fromkeys([*added, facet]))
    adapted = tuple(dict.fromkeys([*config.adapted, facet]))
    kept = tuple(name for name in config.measured if name != facet)
    by_scores = (*kept, facet) if measured else kept
    config = replace(config, labels=labels, added=added, adapted=adapted, measured=by_scores)
    new = Model(config)
    copied, sized = {}, new.state_dict()
    other = _heads_of_other_labels(model, config, facet)
    for name, tensor in model.state_dict().items():
        own = sized.get(name)  # None too where nothing is in it yet
        if not name.startswith(other) and (
            own is None or own.shape == tensor.shape or not own.numel()
        ):
            copied[name] = tensor
    for side in ("video", "music"):
        bank = f"{side}_bank_values"
        setattr(new, bank, torch.zeros_like(getattr(model, bank)))
        copied[bank] = getattr(model, bank)
    for name in ("cosine_mean", "cosine_spread"):
        tensor = getattr(new, name).clone()
        tensor[: len(getattr(model, name))] = getattr(model, name)
        copied[name] = tensor
    new.load_state_dict(copied, strict=False)
    new.metadata = {k: v for k, v in model.metadata.items() if k != "fingerprint"}
    if facet in config.added:
        count, width = len(names), config.width
        rows = torch.eye(count, width) if measured else directions_of(count, width)
        getattr(new, f"prototypes_{facet}").copy_(rows)
    return new.to(model.cosine_mean.device).eval()


def _heads_of_other_labels(model: Model, config: ModelConfig, facet: str) -> tuple[str, ...]:
    """Where the tensors of a facet's heads begin, if it is made anew with other labels."""
    if model.config.labels.get(facet) == config.labels[facet]:
        return ()
    place = config.adapted.index(facet)
    return tuple(f"{side}_heads.{place}." for side in ("video", "music"))


def heads_of(model: Model, facet: str) -> tuple[TrackHead, VideoHead]:
    """The heads of an adapted facet, with the directions of its labels."""
    place = model.config.adapted.index(facet)
    track, video = model.music_heads[place], model.video_heads[place]
    assert isinstance(track, TrackHead) and isinstance(video, VideoHead)
    directions = unit_rows(getattr(model, f"prototypes_{facet}"))
    for head in (track, video):
        head.keep(directions=directions)
    return track, video
