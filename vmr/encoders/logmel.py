"""Power spectrum, mel bands and the log-mel input of musicnn. 16 kHz mono, torch on the CPU.

As the original computed them: frames of 512 samples every 256 (16 ms), Hann window, centred with
zeros outside, power; 96 mel bands of Slaney's scale and area from 0 to 8 kHz; mel power rounded to
half precision, then log10(10000 x + 1).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torchaudio.functional import melscale_fbanks

RATE_HZ = 16_000
WINDOW = 512
HOP = 256
BINS = WINDOW // 2 + 1
BANDS = 96
HALF_MAX = 65_504.0  # the largest half precision number; louder than any sound within [-1, 1]


class MelSpectrum:
    """The fixed window and mel matrix, and the three steps that use them. F frames."""

    def __init__(self) -> None:
        self._window = torch.hann_window(WINDOW)
        self._bands = melscale_fbanks(
            BINS, 0.0, RATE_HZ / 2, BANDS, RATE_HZ, norm="slaney", mel_scale="slaney"
        )  # (257, 96)

    def power(self, samples: Tensor) -> Tensor:
        """(S,) float32 -> (F, 257) power, F = 1 + S // 256."""
        spectrum = torch.stft(
            samples, WINDOW, HOP, window=self._window, pad_mode="constant", return_complex=True
        )
        return spectrum.abs().square().T

    def mel(self, power: Tensor) -> Tensor:
        """(F, 257) -> (F, 96) mel power."""
        return power @ self._bands

    def logmel(self, mel: Tensor) -> Tensor:
        """(F, 96) mel power -> (F, 96) log-mel, 0 for silence."""
        return torch.log10(10_000 * mel.clamp(max=HALF_MAX).half().float() + 1)
