"""Models of the Hugging Face hub, from the hub's cache, the hub itself, or a local folder.

The weights are loaded by transformers and never by code that comes with them. A model of which some
tensor is missing in the file is refused: transformers would fill it with random numbers.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn

from vmr.encoders.base import working_dtype
from vmr.errors import EncoderError
from vmr.files import sha256_file

INSTALL = "pip install -r requirements-hub.txt"

SAFETENSORS = "model*.safetensors"
TORCH_FILES = "pytorch_model*.bin"  # older repositories; read with weights_only


def import_transformers() -> Any:
    """The transformers package. EncoderError that says what to install where it is missing."""
    try:
        import transformers
    except ImportError as error:
        raise EncoderError("encoder.no_transformers", command=INSTALL) from error
    return transformers


def model_folder(source: str) -> Path:
    """The local folder of a model: ``source`` itself, or the hub's model of that id, fetched.

    EncoderError if it is neither, or has no config.json or no weights.
    """
    if not source:
        raise EncoderError("encoder.no_model")
    folder = Path(source).expanduser()
    if not folder.is_dir():
        folder = _from_hub(source)
    if not (folder / "config.json").is_file() or not weight_files(folder):
        raise EncoderError(
            "encoder.no_model_folder", folder=folder, weights=SAFETENSORS, more_weights=TORCH_FILES
        )
    return folder


def weight_files(folder: Path) -> list[Path]:
    """The files with the weights; safetensors where there are both kinds."""
    return sorted(folder.glob(SAFETENSORS)) or sorted(folder.glob(TORCH_FILES))


def weights_id(folder: Path) -> str:
    """12 hex digits of the weights and their configuration, the same wherever the folder lies."""
    files = [folder / "config.json", *weight_files(folder)]
    return hashlib.sha256("".join(map(sha256_file, files)).encode()).hexdigest()[:12]


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object, empty where there is no such file. EncoderError if it is damaged."""
    try:
        value = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, ValueError) as error:
        raise EncoderError("encoder.damaged_json", path=path) from error
    if not isinstance(value, dict):
        raise EncoderError("encoder.no_object", path=path)
    return value


def load_network(kind: Any, folder: Path, device: torch.device, config: Any = None) -> nn.Module:
    """The transformers class ``kind`` with the folder's weights, for inference.

    Half precision on CUDA. EncoderError if the weights are damaged or some of them missing.
    """
    for file in weight_files(folder):
        # torch's own format is a zip archive; what is none would be read as a bare pickle.
        if file.suffix == ".bin" and not zipfile.is_zipfile(file):
            raise EncoderError("encoder.weights_file", path=file)
    options = {"config": config} if config is not None else {}
    try:
        with _quiet():
            model, report = kind.from_pretrained(
                folder,
                dtype=torch.float32,
                local_files_only=True,
                output_loading_info=True,
                ignore_mismatched_sizes=True,  # they are reported below, in one sentence
                **options,
            )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise EncoderError("encoder.weights_folder", folder=folder, reason=error) from error
    absent = sorted(report["missing_keys"]) + sorted(str(k) for k in report["mismatched_keys"])
    if absent:
        raise EncoderError(
            "encoder.tensors",
            folder=folder,
            network=kind.__name__,
            count=len(absent),
            example=absent[0],
        )
    frozen: nn.Module = model.eval().requires_grad_(False).to(device, working_dtype(device))
    return frozen


def _from_hub(source: str) -> Path:
    """Fetch a model of the hub, or find it in the hub's cache on this machine."""
    import_transformers()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        folder = Path(snapshot_download(source, allow_patterns=["*.json", SAFETENSORS]))
        if not weight_files(folder):
            folder = Path(snapshot_download(source, allow_patterns=["*.json", TORCH_FILES]))
    except (OSError, HfHubHTTPError, HFValidationError, ConnectionError) as error:
        raise EncoderError("encoder.hub", source=source, reason=type(error).__name__) from error
    return folder


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars and load reports from transformers; what matters is checked and said."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
