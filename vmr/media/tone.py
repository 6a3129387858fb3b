"""From HDR to the picture that an ordinary screen shows: HLG and PQ in BT.2020 to BT.709.

One table of colours serves all: frames that are measured, the copy that a browser plays and the
MP4, so that what is analysed is what is seen. Reference white of HDR, 203 cd/m2, becomes the white
of SDR (ITU-R BT.2408); what is brighter is bent in below it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.floating]

WHITE_NITS = 203.0
PEAK_NITS = 1000.0  # of the screen that HLG is shown on, and where the bend ends
KNEE = 0.9  # of SDR white; below it light is left as it is
GAMMA = 2.4  # ITU-R BT.1886
CUBE = "sdr.cube"
GRID = 65  # points of the table for ffmpeg, per colour
# Linear light, BT.2020 to BT.709 (ITU-R BT.2087).
TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)


def to_sdr(signal: Float, transfer: str) -> Float:
    """(..., 3) RGB signal 0 to 1, "arib-std-b67" or "smpte2084", to a signal in BT.709."""
    light = _pq_nits(signal) if transfer == "smpte2084" else _hlg_nits(signal)
    light = np.maximum(light / WHITE_NITS @ TO_709.T, 0)
    # By the strongest colour, so that the hue stays.
    strongest = light.max(-1, keepdims=True)
    light = light * (_bend(strongest) / np.maximum(strongest, 1e-6))
    return light ** (1 / GAMMA)


def _bend(light: Float) -> Float:
    """1 stays below 1: linear to KNEE, then ever slower up to 1 at the peak."""
    peak = PEAK_NITS / WHITE_NITS
    slope = (peak - KNEE) / (1 - KNEE)
    over = np.clip((light - KNEE) / (peak - KNEE), 0, 1)
    # Reinhard's curve, scaled to leave the knee with its slope and to end at 1.
    bent = slope * over / (1 + (slope - 1) * over)
    return np.where(light <= KNEE, light, KNEE + (1 - KNEE) * bent)


def _pq_nits(signal: Float) -> Float:
    """SMPTE ST 2084 to cd/m2."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    root = np.maximum(signal, 0) ** (1 / m2)
    return 10000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)


def _hlg_nits(signal: Float) -> Float:
    """ITU-R BT.2100 HLG to cd/m2 on a screen of PEAK_NITS."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    # The system gamma on each colour and not on the luma, as zimg and so most converters do: on
    # saturated colours the other way is paler than what was graded.
    return PEAK_NITS * scene**1.2


class Table:
    """The mapping of all 8-bit colours, rounded to 7 bits: as fast as a picture is decoded."""

    def __init__(self, transfer: str) -> None:
        steps = (np.arange(128, dtype=np.float32) * 2 + 0.5) / 255
        self.colours = np.empty((128, 128, 128, 3), np.uint8)
        green, blue = np.meshgrid(steps, steps, indexing="ij")
        for i, red in enumerate(steps):  # a slice at a time: the whole takes 100 MB
            grid = np.stack([np.full_like(green, red), green, blue], -1)
            self.colours[i] = np.round(255 * to_sdr(grid, transfer))

    def __call__(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 HDR -> (H, W, 3) uint8 SDR."""
        half = picture >> 1
        return self.colours[half[..., 0], half[..., 1], half[..., 2]]


def write_cube(folder: Path, transfer: str) -> None:
    """The same mapping as the file CUBE of a folder, for ffmpeg's lut3d."""
    steps = np.linspace(0, 1, GRID, dtype=np.float32)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")  # red runs fastest
    rows = to_sdr(np.stack([red, green, blue], -1), transfer).reshape(-1, 3)
    lines = "\n".join(f"{r:.5f} {g:.5f} {b:.5f}" for r, g, b in rows)
    (folder / CUBE).write_text(f"LUT_3D_SIZE {GRID}\n{lines}\n", "ascii")


def cube_filter() -> str:
    """The filters of an ffmpeg that runs in the folder of the cube."""
    return (
        f"format=gbrp10le,lut3d=file={CUBE}:interp=tetrahedral,"
        "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
        "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    )
