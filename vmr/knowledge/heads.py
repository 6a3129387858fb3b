"""Small linear heads fitted on labelled pictures and music, kept beside the tables. numpy only.

Each head is one row of weights and an offset; its output has mean 0 and spread 1 on the set it was
fitted on. Picture heads read EfficientNet-Lite0's pooled columns, music heads the square roots of
musicnn's tags. Which labels they come from is written in the file's header and in the model card;
no feature of those sets is kept. ``python -m vmr train-starter --fit-heads DIR`` fits them again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmr.errors import CheckpointError
from vmr.files import read_tensors, write_tensors

Array = NDArray[np.float32]

HEADS = Path(__file__).with_name("heads.safetensors")


@dataclass(frozen=True)
class Heads:
    """names (H,), weight (H, D) float32, bias (H,) float32: outputs = x @ weight.T + bias."""

    names: tuple[str, ...]
    weight: Array
    bias: Array

    def __call__(self, x: Array) -> Array:
        """(N, D) -> (N, H)."""
        return x @ self.weight.T + self.bias


def beside(first: Heads, then: Heads) -> Heads:
    """Both groups as one; they read the same columns."""
    return Heads(
        (*first.names, *then.names),
        np.concatenate([first.weight, then.weight]),
        np.concatenate([first.bias, then.bias]),
    )


def write_heads(heads: Mapping[str, Heads], notes: Mapping[str, str], path: Path = HEADS) -> None:
    """``heads`` by modality ("picture", "music"); notes go into the header."""
    tensors, header = {}, dict(notes)
    for modality, group in heads.items():
        header[f"{modality}_names"] = json.dumps(group.names)
        tensors[f"{modality}_weight"] = np.asarray(group.weight, dtype=np.float32)
        tensors[f"{modality}_bias"] = np.asarray(group.bias, dtype=np.float32)
    write_tensors(path, tensors, header)


def read_heads(modality: str, path: Path = HEADS) -> Heads:
    """The heads of one modality. Raises CheckpointError for a missing or damaged file."""
    try:
        tensors, header = read_tensors(path)
        names = tuple(json.loads(header[f"{modality}_names"]))
        weight, bias = (tensors[f"{modality}_{part}"] for part in ("weight", "bias"))
    except (OSError, KeyError, ValueError) as error:
        raise CheckpointError("heads.damaged", path=path, reason=error) from error
    return Heads(names, weight, bias)
