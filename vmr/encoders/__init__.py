"""Frozen backbones behind one small Protocol each (vmr.encoders.base), and the registry by id.

An id is ``KIND`` or ``KIND:SOURCE`` or ``KIND:SOURCE@WEIGHTS``. SOURCE is a hub id or a local
folder; WEIGHTS are 12 hex digits of the weights' hash, which the loaded encoder adds to its own id,
so that a checkpoint names the very weights it was trained on:

    efficientnet-lite0                                    musicnn
    clip:openai/clip-vit-base-patch32                     mert:m-a-p/MERT-v1-95M
    clip:/models/clip-vit-large-patch14-336@0123456789ab  clap:laion/clap-htsat-unfused

To add an encoder, write one file beside this one and add one line to VIDEO or MUSIC below. The file
has two constants and one function, and nothing happens when it is imported:

    LICENCE: str       the licence of the weights, one sentence
    COMMERCIAL: bool   whether it allows commercial use
    def load(source: str, device: str) -> VideoEncoder | MusicEncoder

``load`` returns an object with the members of the Protocol: ``id``, ``dim``, ``columns``,
``licence``, ``commercial``, for music ``rate_hz``, and ``encode(clip) -> (T, dim) float32``.
Nothing else in the program knows a backbone by name: the model takes any ``dim``, and a checkpoint
keeps the ids it was trained with. Change the id when the same file yields different features.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any

from vmr.errors import EncoderError

if TYPE_CHECKING:
    from vmr.encoders.base import MusicEncoder, VideoEncoder

# Kind -> module. The modules import torch, so they are imported only when they are asked for.
VIDEO = {
    "efficientnet-lite0": "vmr.encoders.efficientnet",
    "clip": "vmr.encoders.clip_vision",
}
MUSIC = {
    "musicnn": "vmr.encoders.musicnn",
    "mert": "vmr.encoders.mert",
    "clap": "vmr.encoders.clap",
}

DEFAULT_VIDEO = "efficientnet-lite0"
DEFAULT_MUSIC = "musicnn"


def load_video_encoder(
    id: str = DEFAULT_VIDEO, device: str = "cpu", *, commercial: bool = False
) -> VideoEncoder:
    """The frozen video encoder of that id, in evaluation mode on that device.

    EncoderError: the id is unknown, its weights are missing, damaged or other ones than the id
    names, or ``commercial`` is asked for and the licence of the weights forbids it.
    """
    encoder: VideoEncoder = _load(id, device, VIDEO, "video", commercial)
    return encoder


def load_music_encoder(
    id: str = DEFAULT_MUSIC, device: str = "cpu", *, commercial: bool = False
) -> MusicEncoder:
    """The frozen music encoder of that id; errors as in load_video_encoder."""
    encoder: MusicEncoder = _load(id, device, MUSIC, "music", commercial)
    return encoder


def same_encoder(one: str, other: str) -> bool:
    """Whether two ids mean the same features: equal, or the same weights in another folder."""
    (kind, _, weights), (other_kind, _, other_weights) = _parts(one), _parts(other)
    return one == other or (kind == other_kind and weights == other_weights != "")


def _parts(id: str) -> tuple[str, str, str]:
    """``KIND:SOURCE@WEIGHTS`` -> (kind, source, weights), empty strings where a part is missing."""
    kind, _, rest = id.partition(":")
    source, _, weights = rest.rpartition("@")
    is_hash = len(weights) == 12 and set(weights) <= set("0123456789abcdef")
    return (kind, source, weights) if source and is_hash else (kind, rest, "")


def _load(id: str, device: str, kinds: dict[str, str], what: str, commercial: bool) -> Any:
    kind, source, weights = _parts(id)
    if kind not in kinds:
        known = ", ".join(kinds)
        raise EncoderError("encoder.unknown", side=what, id=id, known=known)
    module: ModuleType = importlib.import_module(kinds[kind])
    if commercial and not module.COMMERCIAL:
        raise EncoderError(
            "encoder.noncommercial",
            side=what,
            id=id,
            licence=module.LICENCE,
            known=", ".join(kinds),
        )
    encoder = module.load(source, device)
    if weights and _parts(encoder.id)[2] != weights:
        raise EncoderError("encoder.other_weights", source=source, id=id, found=encoder.id)
    return encoder
