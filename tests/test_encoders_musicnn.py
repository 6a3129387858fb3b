"""The music encoder against outputs of the original network (tests/data/musicnn_reference.npz).

The reference holds two log-mel patches, 4 s of sound with its log-mel, and what a port, itself
checked against the original TensorFlow network, computed from them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from vmr.encoders.audio_stats import AUDIO_STATS
from vmr.encoders.base import adjacent_starts, in_group
from vmr.encoders.logmel import MelSpectrum
from vmr.encoders.musicnn import (
    PATCH_FRAMES,
    Musicnn,
    Tagger,
    load,
    load_taggers,
)
from vmr.errors import EncoderError
from vmr.media.clip import AudioClip

WEIGHTS = Path(__file__).parents[1] / "checkpoints" / "musicnn.safetensors"


@pytest.fixture(scope="module")
def reference() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).parent / "data" / "musicnn_reference.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def taggers() -> tuple[Tagger, Tagger]:
    return load_taggers(WEIGHTS)


@pytest.fixture(scope="module")
def encoder() -> Musicnn:
    return load("", "cpu")


def clip(seconds: float, seed: int = 0) -> AudioClip:
    noise = np.random.default_rng(seed).normal(0, 0.1, int(16_000 * seconds))
    return AudioClip(noise.astype(np.float32), 16_000)


@pytest.mark.parametrize("which, name", [(0, "MSD"), (1, "MTT")])
def test_tags_and_penultimate_values_are_those_of_the_original(
    reference: dict[str, np.ndarray], taggers: tuple[Tagger, Tagger], which: int, name: str
) -> None:
    with torch.inference_mode():
        tags, penultimate = taggers[which](torch.from_numpy(reference["patches"]))
    np.testing.assert_allclose(tags, reference[f"{name}_musicnn.tags"], atol=1e-5)
    np.testing.assert_allclose(penultimate, reference[f"{name}_musicnn.penultimate"], atol=1e-4)


def test_the_log_mel_of_a_sound_is_that_of_the_original(reference: dict[str, np.ndarray]) -> None:
    spectrum = MelSpectrum()
    power = spectrum.power(torch.from_numpy(reference["audio_16k"]))
    logmel = spectrum.logmel(spectrum.mel(power))
    np.testing.assert_allclose(logmel, reference["logmel"], atol=1e-3)


def test_a_sound_gets_the_tags_of_the_original(
    reference: dict[str, np.ndarray], encoder: Musicnn
) -> None:
    features = encoder.encode(AudioClip(reference["audio_16k"], 16_000))
    for group, name in (("msd", "MSD"), ("mtt", "MTT")):
        tags = features[:1, in_group(encoder.columns, group)]
        np.testing.assert_allclose(tags, reference[f"{name}_musicnn.audio_tags"], atol=1e-4)


def test_there_is_a_column_name_for_every_value(encoder: Musicnn) -> None:
    features = encoder.encode(clip(7))
    assert features.shape == (2, encoder.dim) and features.dtype == np.float32
    assert encoder.dim == len(set(encoder.columns)) == 500 + len(AUDIO_STATS)
    assert encoder.columns[0] == "msd:rock" and encoder.columns[99] == "mtt:choral"


def test_patches_do_not_overlap_but_for_the_rest_at_the_end() -> None:
    assert adjacent_starts(PATCH_FRAMES, PATCH_FRAMES) == [0]
    assert adjacent_starts(2 * PATCH_FRAMES, PATCH_FRAMES) == [0, PATCH_FRAMES]
    assert adjacent_starts(PATCH_FRAMES + 93, PATCH_FRAMES) == [0]
    assert adjacent_starts(PATCH_FRAMES + 94, PATCH_FRAMES) == [0, 94]


def test_a_short_sound_is_repeated_to_fill_a_patch(encoder: Musicnn) -> None:
    short = clip(1.0)
    thrice = AudioClip(np.resize(short.samples, 186 * 256), 16_000)
    np.testing.assert_array_equal(encoder.encode(short), encoder.encode(thrice))


def test_a_patch_gets_the_same_tags_alone_and_among_others(
    reference: dict[str, np.ndarray], taggers: tuple[Tagger, Tagger]
) -> None:
    patches = torch.from_numpy(reference["patches"])
    with torch.inference_mode():
        for tagger in taggers:
            together, alone = tagger(patches.flip(0))[0], tagger(patches[1:])[0]
            torch.testing.assert_close(together[:1], alone, atol=1e-6, rtol=0)


def test_the_same_sound_gives_the_same_values(encoder: Musicnn) -> None:
    np.testing.assert_array_equal(encoder.encode(clip(4)), encoder.encode(clip(4)))


@pytest.mark.parametrize("level", [0.0, 1e-6, 1.0])
def test_silence_and_the_loudest_sound_give_finite_values(encoder: Musicnn, level: float) -> None:
    samples = np.full(16_000 * 4, level, np.float32)
    samples[::2] *= -1
    assert np.isfinite(encoder.encode(AudioClip(samples, 16_000))).all()


def test_another_rate_or_no_samples_is_a_callers_bug(encoder: Musicnn) -> None:
    with pytest.raises(ValueError, match="16000 Hz"):
        encoder.encode(AudioClip(np.zeros(100, np.float32), 44_100))
    with pytest.raises(ValueError, match="S > 0"):
        encoder.encode(AudioClip(np.zeros(0, np.float32), 16_000))


def test_damaged_weights_are_said(tmp_path: Path) -> None:
    damaged = tmp_path / "musicnn.safetensors"
    damaged.write_bytes(WEIGHTS.read_bytes()[:100_000])
    with pytest.raises(EncoderError, match=r"musicnn\.safetensors are missing or damaged"):
        load_taggers(damaged)
