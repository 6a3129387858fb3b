"""musicnn: music tags and features from 3 s patches; weights under checkpoints/, no download.

Pons and Serra, "musicnn: Pre-trained convolutional neural networks for music audio tagging"
(ISMIR 2019, late breaking); the networks trained on the Million Song Dataset (MSD) and on
MagnaTagATune (MTT). One row per patch:

    50 msd, 50 mtt                           tag probabilities, 0 to 1
    200 msd_penultimate, 200 mtt_penultimate the layer before the tags
    stats                                    AUDIO_STATS of the same 3 s

Patches are 187 frames of 16 ms (2.99 s) and do not overlap. A sound shorter than one patch is
repeated until it fills one. What remains at the end counts if it is half a patch or longer: the
last patch then ends with the sound and overlaps the one before it.

Shapes: B patches, T = 187 frames, M = 96 mel bands, C channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vmr.encoders.audio_stats import AUDIO_STATS, patch_stats
from vmr.encoders.base import (
    Array,
    adjacent_starts,
    check_samples,
    numbered,
    open_device,
    working_dtype,
)
from vmr.encoders.logmel import HOP, RATE_HZ, MelSpectrum
from vmr.errors import EncoderError
from vmr.files import read_tensors
from vmr.media.clip import AudioClip

LICENCE = (
    "musicnn by Jordi Pons, Music Technology Group, Universitat Pompeu Fabra: ISC "
    "(see checkpoints/musicnn.md)."
)
COMMERCIAL = True

PATCH_FRAMES = 187

MSD_NAMES = (
    "rock|pop|alternative|indie|electronic|female vocalists|dance|00s|alternative rock|jazz|"
    "beautiful|metal|chillout|male vocalists|classic rock|soul|indie rock|Mellow|electronica|80s|"
    "folk|90s|chill|instrumental|punk|oldies|blues|hard rock|ambient|acoustic|experimental|"
    "female vocalist|guitar|Hip-Hop|70s|party|country|easy listening|sexy|catchy|funk|electro|"
    "heavy metal|Progressive rock|60s|rnb|indie pop|sad|House|happy"
)
MTT_NAMES = (
    "guitar|classical|slow|techno|strings|drums|electronic|rock|fast|piano|ambient|beat|violin|"
    "vocal|synth|female|indian|opera|male|singing|vocals|no vocals|harpsichord|loud|quiet|flute|"
    "woman|male vocal|no vocal|pop|soft|sitar|solo|man|classic|choir|voice|new age|dance|"
    "male voice|female vocal|beats|harp|cello|no voice|weird|country|metal|female voice|choral"
)
MSD_TAGS = tuple(MSD_NAMES.split("|"))  # 50, in the order of the network's outputs
MTT_TAGS = tuple(MTT_NAMES.split("|"))

PENULTIMATE = 200


class Scale(nn.Module):
    """A batch norm at rest: x * scale + shift over the second axis."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, ...) -> the same, each channel scaled and shifted."""
        shape = (-1,) + (1,) * (x.ndim - 2)
        return x * self.scale.view(shape) + self.shift.view(shape)


class Front(nn.Module):
    """Convolution over time and mel, ReLU, batch norm, then the maximum over mel.

    ReLU and batch norm are monotone, so the maximum may be taken first, and where the scale is
    negative that of the negated convolution: the same numbers, and one pass over (B, C, T, M) but
    the convolution. Channels last is a third faster there on a CPU.
    """

    def __init__(self, channels: int, time: int, mel: int, pad: tuple[int, int]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, channels, (time, mel))
        self.norm = Scale(channels)
        self._pad = (0, 0, *pad)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, T, M) -> (B, C, T)."""
        conv, last = self.conv, torch.channels_last
        assert conv.bias is not None
        sign = torch.where(self.norm.scale >= 0, 1, -1).to(x.dtype)
        # Not .contiguous(): with one channel in, torch takes either order for both.
        weight = (conv.weight * sign[:, None, None, None]).to(memory_format=last)
        padded = functional.pad(x, self._pad).to(memory_format=last)
        found = functional.conv2d(padded, weight, conv.bias * sign)
        highest = functional.max_pool2d(found, (1, found.shape[3]))[..., 0]
        return self.norm(functional.relu(highest * sign[:, None]))


class Middle(nn.Module):
    """Seven frames of convolution over all channels, ReLU, batch norm: (B, C, T) -> (B, 64, T)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(channels, 64, 7, padding=3)
        self.norm = Scale(64)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T) -> (N, C', T)."""
        return self.norm(functional.relu(self.conv(x)))


class Tagger(nn.Module):
    """One musicnn: (B, 187, 96) log-mel -> 50 tag probabilities and 200 penultimate values."""

    def __init__(self) -> None:
        super().__init__()
        self.input = Scale(1)
        self.front = nn.ModuleList(
            [
                Front(204, 7, 38, (3, 3)),  # timbre: 0.4 of the bands
                Front(204, 7, 67, (3, 3)),  # timbre: 0.7 of the bands
                Front(51, 128, 1, (63, 64)),  # rhythm: 2 s, 1 s, half a second
                Front(51, 64, 1, (31, 32)),
                Front(51, 32, 1, (15, 16)),
            ]
        )
        self.middle = nn.ModuleList([Middle(561), Middle(64), Middle(64)])
        self.pooled = Scale(2 * 753)
        self.dense = nn.Linear(2 * 753, PENULTIMATE)
        self.dense_norm = Scale(PENULTIMATE)
        self.tags = nn.Linear(PENULTIMATE, 50)

    def forward(self, logmel: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, M) -> tags (B, 50) in 0 to 1, penultimate (B, 200)."""
        x = self.input(logmel[:, None])
        front = torch.cat([branch(x) for branch in self.front], dim=1)  # (B, 561, T)
        first = self.middle[0](front)
        second = first + self.middle[1](first)
        third = second + self.middle[2](second)
        channels = torch.cat([front, first, second, third], dim=1)  # (B, 753, T)
        # The original flattens (753, 2): the maximum and the mean of a channel are neighbours.
        pooled = torch.stack([channels.amax(2), channels.mean(2)], dim=2).flatten(1)
        penultimate = self.dense_norm(functional.relu(self.dense(self.pooled(pooled))))
        return torch.sigmoid(self.tags(penultimate)), penultimate


class Musicnn:
    """The MusicEncoder ``musicnn``: both taggers and AUDIO_STATS, 500 columns and the stats."""

    id = "musicnn"
    licence = LICENCE
    commercial = COMMERCIAL
    rate_hz = RATE_HZ
    columns = (
        *(f"msd:{tag}" for tag in MSD_TAGS),
        *(f"mtt:{tag}" for tag in MTT_TAGS),
        *numbered("msd_penultimate", PENULTIMATE),
        *numbered("mtt_penultimate", PENULTIMATE),
        *(f"stats:{name}" for name in AUDIO_STATS),
    )
    dim = len(columns)

    def __init__(self, msd: Tagger, mtt: Tagger, device: torch.device, batch: int = 4) -> None:
        self._taggers = [tagger.to(device, working_dtype(device)).eval() for tagger in (msd, mtt)]
        self._spectrum = MelSpectrum()
        self._device = device
        self._batch = batch if device.type == "cpu" else 16 * batch

    def encode(self, clip: AudioClip) -> Array:
        """(T, 500 + S) float32, one row per 3 s patch; the columns are in ``columns``."""
        return self.encode_many([clip])[0]

    @torch.inference_mode()
    def encode_many(self, clips: Sequence[AudioClip]) -> list[Array]:
        """The same for several clips, (T_i, 500 + S) each, in batches that go across them."""
        patches, stats = zip(*map(self._patches, clips), strict=True)
        together = torch.cat(patches)
        parts = [self._tag(part) for part in together.split(self._batch)]
        tags = np.split(np.concatenate(parts), np.cumsum([len(one) for one in patches])[:-1])
        return [np.concatenate(pair, axis=1) for pair in zip(tags, stats, strict=True)]

    def _patches(self, clip: AudioClip) -> tuple[Tensor, Array]:
        """(T, 187, 96) of a clip, and its statistics (T, S)."""
        check_samples(clip, RATE_HZ)
        samples = filled(clip.samples)
        power = self._spectrum.power(torch.from_numpy(samples))
        mel = self._spectrum.mel(power)
        starts = adjacent_starts(len(mel), PATCH_FRAMES)
        logmel = self._spectrum.logmel(mel)
        patches = torch.stack([logmel[s : s + PATCH_FRAMES] for s in starts])
        return patches, patch_stats(samples, power.numpy(), mel.numpy(), starts, PATCH_FRAMES)

    def _tag(self, patches: Tensor) -> Array:
        """(B, T, M) -> (B, 500): the tags of both taggers, then the penultimate values of both."""
        x = patches.to(self._device, working_dtype(self._device))
        outputs = [tagger(x) for tagger in self._taggers]
        parts = [tags for tags, _ in outputs] + [penultimate for _, penultimate in outputs]
        return torch.cat(parts, dim=1).float().cpu().numpy()


def load(source: str, device: str) -> Musicnn:
    """The encoder with the weights of checkpoints/musicnn.safetensors.

    EncoderError if the file is missing or damaged.
    """
    if source:
        raise EncoderError("encoder.musicnn_source", source=source)
    path = Path(__file__).parents[2] / "checkpoints" / "musicnn.safetensors"
    msd, mtt = load_taggers(path)
    return Musicnn(msd, mtt, open_device(device))


def load_taggers(path: Path) -> tuple[Tagger, Tagger]:
    """The taggers of MSD and of MTT, float32 on the CPU. EncoderError as in load()."""
    with torch.device("meta"):
        msd, mtt = Tagger(), Tagger()
    try:
        tensors, _ = read_tensors(path, "pt")
        for name, tagger in (("msd", msd), ("mtt", mtt)):
            mine = {k[len(name) + 1 :]: v for k, v in tensors.items() if k.startswith(f"{name}.")}
            tagger.load_state_dict(mine, assign=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise EncoderError("encoder.musicnn_weights", path=path) from error
    return msd, mtt


def filled(samples: Array) -> Array:
    """The samples (S,), repeated to the length of one patch where they are shorter."""
    return np.resize(samples, max(len(samples), (PATCH_FRAMES - 1) * HOP))
