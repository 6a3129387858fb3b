"""Checkpoints: one safetensors file with the configuration and its history in the header.

Header (all strings): ``vmr_format``, ``config`` (JSON of ModelConfig), ``fingerprint``, and what
the writer adds (``data``, ``metrics``, ``train``: JSON). No pickle anywhere; written to a temporary
file and renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file

from vmr.encoders import same_encoder
from vmr.errors import CheckpointError
from vmr.files import read_tensors, replacing
from vmr.model.config import ModelConfig
from vmr.model.two_tower import Model

FORMAT = "1"


def save_model(model: Model, path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write the model under ``path``; an old file stays until the new one is whole."""
    header = {
        **model.metadata,
        **(metadata or {}),
        "vmr_format": FORMAT,
        "config": model.config.to_json(),
        "fingerprint": model.fingerprint,
    }
    tensors = {name: t.detach().cpu().contiguous() for name, t in model.state_dict().items()}
    with replacing(path) as temporary:
        save_file(tensors, str(temporary), metadata=header)


def load_model(
    path: Path,
    device: str = "cpu",
    *,
    video_encoder: str | None = None,
    music_encoder: str | None = None,
) -> Model:
    """Open a checkpoint, in evaluation mode; the device "auto" is CUDA where there is one.

    Raises CheckpointError when the file is missing, damaged, of another format, or, where encoders
    are named, was trained on other ones.
    """
    header, tensors = _read(path)
    if header.get("vmr_format") != FORMAT:
        raise CheckpointError("checkpoint.other", name=path.name, format=FORMAT)
    try:
        model = Model(ModelConfig.from_json(header["config"]))
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError("checkpoint.configuration", name=path.name, reason=error) from error
    for side in ("video", "music"):
        bank = tensors.get(f"{side}_bank_values")
        if bank is not None:  # the only tensors whose length is not written in the configuration
            setattr(model, f"{side}_bank_values", torch.zeros_like(bank))
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise CheckpointError("checkpoint.tensors", name=path.name) from error
    if header.get("fingerprint") != model.fingerprint:
        raise CheckpointError("checkpoint.fingerprint", name=path.name)
    model.metadata = {k: v for k, v in header.items() if k not in ("vmr_format", "config")}
    check_encoders(model, path.name, video_encoder, music_encoder)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return model.to(device).eval()


def check_encoders(
    model: Model, name: str, video_encoder: str | None, music_encoder: str | None
) -> None:
    """Raise CheckpointError when a named encoder is not the one the checkpoint was trained on."""
    for side, asked in (("video", video_encoder), ("music", music_encoder)):
        trained = getattr(model.config, f"{side}_encoder")
        if asked is not None and not same_encoder(asked, trained):
            raise CheckpointError(
                "checkpoint.encoder", name=name, side=side, trained=trained, asked=asked
            )


def _read(path: Path) -> tuple[dict[str, str], dict[str, torch.Tensor]]:
    if not path.is_file():
        raise CheckpointError("checkpoint.none", path=path)
    try:
        tensors, header = read_tensors(path, "pt")
        return header, tensors
    except (OSError, ValueError) as error:
        raise CheckpointError("checkpoint.damaged", name=path.name, reason=error) from error
