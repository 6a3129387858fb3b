"""The state of an unfinished training, on disk: a killed run loses the last minutes only.

One safetensors file beside the checkpoint: ``model.*``, the best state so far ``best.*``, and the
optimizer's of each parameter, ``optimizer.<number>.<name>``; in the header its settings, the step,
the score and the key of the training's settings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from vmr.errors import CheckpointError
from vmr.files import read_tensors, replacing
from vmr.model.two_tower import Model
from vmr.training.loop import Optimizer

LAYOUT = "state of the optimizer by parameter"  # another layout is refused like other settings


@dataclass
class TrainState:
    """How far a training has come, and its best state on the validation pairs."""

    step: int = 0
    best_step: int = 0
    best_score: float = float("-inf")
    best: Mapping[str, Tensor] = field(default_factory=dict)

    def offer(self, model: Model, step: int, score: float) -> None:
        """Keep this state if it is better than all before."""
        if score > self.best_score:
            self.best_step, self.best_score = step, score
            self.best = {name: p.detach().clone() for name, p in model.named_parameters()}

    def at(self, step: int) -> TrainState:
        """The same state at another step."""
        return replace(self, step=step)


def save_state(path: Path, model: Model, optimizer: Optimizer, state: TrainState, key: str) -> None:
    """Write everything that ``load_state`` needs; ``key`` names the settings it belongs to."""
    tensors = {f"model.{name}": p.detach() for name, p in model.named_parameters()}
    tensors |= {f"best.{name}": p for name, p in state.best.items()}
    own = optimizer.state_dict()
    for number, values in own["state"].items():
        tensors |= {f"optimizer.{number}.{name}": value for name, value in values.items()}
    header = {
        "key": _hashed(key),
        "optimizer": json.dumps(own["param_groups"]),
        "step": str(state.step),
        "best_step": str(state.best_step),
        "best_score": repr(state.best_score),
    }
    with replacing(path) as temporary:
        save_file({n: t.cpu().contiguous() for n, t in tensors.items()}, temporary, header)


def load_state(path: Path, model: Model, optimizer: Optimizer, key: str) -> TrainState:
    """Put model and optimizer where the file says; a fresh state where there is no file.

    Raises CheckpointError when the file is damaged or belongs to other settings.
    """
    if not path.is_file():
        return TrainState()
    try:
        tensors, header = read_tensors(path, "pt")
    except (OSError, ValueError) as error:
        raise CheckpointError("resume.damaged", path=path, reason=error) from error
    if header.get("key") != _hashed(key):
        raise CheckpointError("resume.other", path=path)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(tensors[f"model.{name}"])
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, number, part = name.split(".")
            moments.setdefault(int(number), {})[part] = tensor
    optimizer.load_state_dict({"state": moments, "param_groups": json.loads(header["optimizer"])})
    device = next(model.parameters()).device
    best = {k.removeprefix("best."): t.to(device) for k, t in tensors.items() if k[:5] == "best."}
    return TrainState(
        int(header["step"]), int(header["best_step"]), float(header["best_score"]), best
    )


def _hashed(key: str) -> str:
    return hashlib.sha256(f"{LAYOUT} {key}".encode()).hexdigest()
