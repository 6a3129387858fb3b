"""CLIP's picture tower through transformers: ViT-B/32 (512), ViT-L/14 at 336 pixels (768), others.

Radford et al., "Learning transferable visual models from natural language supervision" (ICML 2021).
One row per frame: the projected embedding, unit length, then the clip's own VIDEO_STATS. Ids:

    clip:openai/clip-vit-base-patch32     clip:openai/clip-vit-large-patch14-336     clip:FOLDER
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vmr.encoders import hub
from vmr.encoders.base import Array, check_frames, numbered, open_device, working_dtype
from vmr.media.clip import VIDEO_STATS, VideoClip

LICENCE = "CLIP by OpenAI: MIT; other weights of the same form have licences of their own."
COMMERCIAL = True

# OpenAI's, used where the model's folder has no preprocessor_config.json.
MEAN = (0.48145466, 0.4578275, 0.40821073)
DEVIATION = (0.26862954, 0.26130258, 0.27577711)


class ClipVision:
    """A VideoEncoder: columns ``clip:0`` and on, then ``stats:...``."""

    licence = LICENCE
    commercial = COMMERCIAL

    def __init__(
        self, id: str, network: nn.Module, preprocessing: dict[str, Any], device: torch.device
    ) -> None:
        config: Any = network.config
        self.id = id
        self.columns = numbered("clip", config.projection_dim) + tuple(
            f"stats:{name}" for name in VIDEO_STATS
        )
        self.dim = len(self.columns)
        self._network = network
        self._side = int(config.image_size)
        self._mean = torch.tensor(preprocessing.get("image_mean", MEAN), device=device)
        self._deviation = torch.tensor(preprocessing.get("image_std", DEVIATION), device=device)
        self._device = device
        self._batch = 8 if device.type == "cpu" else 64

    @torch.inference_mode()
    def encode(self, clip: VideoClip) -> Array:
        """(T, projection + S) float32: unit embedding of each frame and the clip's stats."""
        check_frames(clip)
        rows = [
            self._embed(clip.frames[start : start + self._batch])
            for start in range(0, len(clip), self._batch)
        ]
        return np.concatenate([np.concatenate(rows), clip.stats.astype(np.float32)], axis=1)

    def preprocess(self, frames: NDArray[np.uint8]) -> Tensor:
        """(N, H, W, 3) uint8 RGB -> (N, 3, side, side): shorter side to ``side``, middle taken."""
        pictures = torch.tensor(frames).permute(0, 3, 1, 2)
        scale = self._side / min(pictures.shape[2:])
        height, width = (max(self._side, int(side * scale)) for side in pictures.shape[2:])
        # Bytes in, bytes out, as in CLIP's own preprocessing; only the CPU can do that.
        pictures = functional.interpolate(
            pictures, (height, width), mode="bicubic", antialias=True, align_corners=False
        )
        top, left = (height - self._side) // 2, (width - self._side) // 2
        pictures = pictures[:, :, top : top + self._side, left : left + self._side]
        scaled = pictures.to(self._device).float() / 255
        return (scaled - self._mean[:, None, None]) / self._deviation[:, None, None]

    def _embed(self, frames: NDArray[np.uint8]) -> Array:
        pictures = self.preprocess(frames).to(working_dtype(self._device))
        embeddings = self._network(pixel_values=pictures).image_embeds.float()
        unit: Array = functional.normalize(embeddings, dim=1).cpu().numpy()
        return unit


def load(source: str, device: str) -> ClipVision:
    """The encoder of a hub id or a local folder. EncoderError if it cannot be had."""
    transformers = hub.import_transformers()
    folder: Path = hub.model_folder(source)
    opened = open_device(device)
    network = hub.load_network(transformers.CLIPVisionModelWithProjection, folder, opened)
    preprocessing = hub.read_json(folder / "preprocessor_config.json")
    return ClipVision(f"clip:{source}@{hub.weights_id(folder)}", network, preprocessing, opened)
