"""CLAP's sound tower through transformers: laion/clap-htsat-unfused (512) and its relatives.

Wu et al., "Large-scale contrastive language-audio pretraining with feature fusion and
keyword-to-caption augmentation" (ICASSP 2023). One row per 10 s window: the projected embedding,
unit length, then AUDIO_STATS of the same window. Ids: ``clap:laion/clap-htsat-unfused``,
``clap:FOLDER``.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from vmr.encoders import hub
from vmr.encoders.base import Array, check_samples, open_device, working_dtype
from vmr.encoders.clap_text import ClapText
from vmr.encoders.windowed import encode_windows, windowed_columns
from vmr.media.clip import AudioClip

LICENCE = "CLAP by LAION: Apache-2.0 as its authors state."
COMMERCIAL = True


class Clap:
    """A MusicEncoder: columns ``clap:0`` and on, then ``stats:...``; ``text`` embeds texts."""

    licence = LICENCE
    commercial = COMMERCIAL

    def __init__(
        self, id: str, network: nn.Module, extractor: Any, device: torch.device, text: ClapText
    ) -> None:
        config: Any = network.config
        self.id = id
        self.text = text
        self.rate_hz = int(extractor.sampling_rate)
        self.columns = windowed_columns("clap", config.projection_dim)
        self.dim = len(self.columns)
        self._network = network
        self._extractor = extractor
        self._device = device
        self._batch = 4 if device.type == "cpu" else 32

    @torch.inference_mode()
    def encode(self, clip: AudioClip) -> Array:
        """(T, projection + S) float32, one row per window; a shorter sound is repeated."""
        check_samples(clip, self.rate_hz)
        return encode_windows(clip, int(self._extractor.nb_max_samples), self._batch, self._embed)

    def _embed(self, windows: Array) -> Array:
        """(B, N) samples, N exactly the length that the extractor takes -> (B, projection)."""
        features = self._extractor(list(windows), sampling_rate=self.rate_hz, return_tensors="pt")
        inputs = features["input_features"].to(self._device, working_dtype(self._device))
        embeddings = self._network(input_features=inputs).audio_embeds.float()
        unit: Array = functional.normalize(embeddings, dim=1).cpu().numpy()
        return unit


def load(source: str, device: str) -> Clap:
    """The encoder of a hub id or a local folder. EncoderError if it cannot be had."""
    transformers = hub.import_transformers()
    folder = hub.model_folder(source)
    opened = open_device(device)
    network = hub.load_network(transformers.ClapAudioModelWithProjection, folder, opened)
    stated = hub.read_json(folder / "preprocessor_config.json")
    # The defaults are those of clap-htsat-unfused; "fused" inputs would need random crops.
    extractor = transformers.ClapFeatureExtractor(**{**stated, "truncation": "rand_trunc"})
    id = f"clap:{source}@{hub.weights_id(folder)}"
    return Clap(id, network, extractor, opened, ClapText(folder, opened))
