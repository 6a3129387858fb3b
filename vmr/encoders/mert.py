"""MERT through transformers: MERT-v1-95M (12 layers x 768) and its relatives.

Li et al., "MERT: Acoustic music understanding model with large-scale self-supervised training"
(ICLR 2024). transformers has no type of that name, and the code beside the weights is not run:
without its optional parts (constant-Q input, deep norm) MERT is a HuBERT, so the tensors are put
into transformers' HubertModel by their own names. Its "attention relax" changes no value, it only
keeps half precision from overflowing.

One row per 5 s window, the length that it was trained on: the mean over time and over all
transformer layers, since the early layers know more of pitch and the late ones more of mood; then
AUDIO_STATS of the same window. Ids: ``mert:m-a-p/MERT-v1-95M``, ``mert:FOLDER``.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from vmr.encoders import hub
from vmr.encoders.base import Array, check_samples, open_device, working_dtype
from vmr.encoders.windowed import encode_windows, windowed_columns
from vmr.errors import EncoderError
from vmr.media.clip import AudioClip

LICENCE = "MERT by the Multimodal Art Projection: CC-BY-NC-4.0, no commercial use."
COMMERCIAL = False

WINDOW_S = 5.0


class Mert:
    """A MusicEncoder: columns ``mert:0`` and on, then ``stats:...``."""

    licence = LICENCE
    commercial = COMMERCIAL

    def __init__(
        self, id: str, network: nn.Module, rate_hz: int, normalise: bool, device: torch.device
    ) -> None:
        config: Any = network.config
        self.id = id
        self.rate_hz = rate_hz
        self.columns = windowed_columns("mert", config.hidden_size)
        self.dim = len(self.columns)
        self._network = network
        self._normalise = normalise
        self._device = device
        self._batch = 4 if device.type == "cpu" else 32

    @torch.inference_mode()
    def encode(self, clip: AudioClip) -> Array:
        """(T, hidden + S) float32, one row per window; a shorter sound is repeated to fill one."""
        check_samples(clip, self.rate_hz)
        return encode_windows(clip, int(WINDOW_S * self.rate_hz), self._batch, self._embed)

    def _embed(self, samples: Array) -> Array:
        """(B, N) samples -> (B, hidden)."""
        windows = torch.from_numpy(samples)
        if self._normalise:
            mean, variance = (
                windows.mean(1, keepdim=True),
                windows.var(1, correction=0, keepdim=True),
            )
            windows = (windows - mean) / torch.sqrt(variance + 1e-7)
        inputs = windows.to(self._device, working_dtype(self._device))
        states = self._network(inputs, output_hidden_states=True).hidden_states
        # The first state is the input of the first layer.
        layers = torch.stack([state.float().mean(dim=1) for state in states[1:]])
        embedding: Array = layers.mean(dim=0).cpu().numpy()
        return embedding


def load(source: str, device: str) -> Mert:
    """The encoder of a hub id or a local folder. EncoderError if it cannot be had."""
    transformers = hub.import_transformers()
    folder = hub.model_folder(source)
    stated = hub.read_json(folder / "config.json")
    for part in ("feature_extractor_cqt", "deepnorm"):
        if stated.get(part):
            raise EncoderError("encoder.mert_part", folder=folder, part=part)
    known = transformers.HubertConfig().to_dict().keys() - {"model_type", "transformers_version"}
    config = transformers.HubertConfig(**{k: v for k, v in stated.items() if k in known})
    config.mask_time_prob = config.mask_feature_prob = 0.0  # masks are for training only
    opened = open_device(device)
    network = hub.load_network(transformers.HubertModel, folder, opened, config)
    preprocessing = hub.read_json(folder / "preprocessor_config.json")
    return Mert(
        f"mert:{source}@{hub.weights_id(folder)}",
        network,
        int(preprocessing.get("sampling_rate", stated.get("sample_rate", 24_000))),
        bool(preprocessing.get("do_normalize", True)),
        opened,
    )
