"""CLAP's sound tower through transformers: laion/clap-htsat-unfused (512) and its relatives.

Wu et al., "Large-scale contrastive language-audio pretraining with feature fusion and
keyword-to-caption augmentation" (ICASSP 2023). One row per 10 s window: the projected embedding,
unit length, then AUDIO_STATS of the same window. Ids: ``clap:laion/clap-htsat-unfused``,
``clap:FOLDER``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from vmr.encoders import hub
from vmr.encoders.audio_stats import AUDIO_STATS, window_stats
from vmr.encoders.base import (
    Array,
    check_samples,
    numbered,
    open_device,
    window_starts,
    working_dtype,
)
from vmr.media.clip import AudioClip

LICENCE = "CLAP by LAION: Apache-2.0 as its authors state."
COMMERCIAL = True


class Clap:
    """A MusicEncoder: columns ``clap:0`` and on, then ``stats:...``."""

    licence = LICENCE
    commercial = COMMERCIAL

    def __init__(self, id: str, network: nn.Module, extractor: Any, device: torch.device) -> None:
        config: Any = network.config
        self.id = id
        self.rate_hz = int(extractor.sampling_rate)
        self.columns = numbered("clap", config.projection_dim) + tuple(
            f"stats:{name}" for name in AUDIO_STATS
        )
        self.dim = len(self.columns)
        self._network = network
        self._extractor = extractor
        self._device = device
        self._batch = 4 if device.type == "cpu" else 32

    @torch.inference_mode()
    def encode(self, clip: AudioClip) -> Array:
        """(T, projection + S) float32, one row per window; a shorter sound is repeated."""
        check_samples(clip, self.rate_hz)
        size = int(self._extractor.nb_max_samples)
        samples = np.resize(clip.samples, max(size, len(clip.samples)))
        starts = window_starts(len(samples), size)
        windows = [samples[start : start + size] for start in starts]
        rows = [
            self._embed(windows[i : i + self._batch]) for i in range(0, len(windows), self._batch)
        ]
        stats = window_stats(samples, self.rate_hz, starts, size)
        return np.concatenate([np.concatenate(rows), stats], axis=1)

    def _embed(self, windows: list[Array]) -> Array:
        """B windows of exactly the length that the extractor takes -> (B, projection)."""
        features = self._extractor(windows, sampling_rate=self.rate_hz, return_tensors="pt")
        inputs = features["input_features"].to(self._device, working_dtype(self._device))
        embeddings = self._network(input_features=inputs).audio_embeds.float()
        unit: Array = functional.normalize(embeddings, dim=1).cpu().numpy()
        return unit


def load(source: str, device: str) -> Clap:
    """The encoder of a hub id or a local folder. EncoderError if it cannot be had."""
    transformers = hub.import_transformers()
    folder = hub.model_folder(source)
    opened = open_device(device)
    network = hub.load_model(transformers.ClapAudioModelWithProjection, folder, opened)
    stated = hub.read_json(folder / "preprocessor_config.json")
    # The defaults are those of clap-htsat-unfused; "fused" inputs would need random crops.
    extractor = transformers.ClapFeatureExtractor(**{**stated, "truncation": "rand_trunc"})
    return Clap(f"clap:{source}@{hub.weights_id(folder)}", network, extractor, opened)
