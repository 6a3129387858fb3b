"""CLIP, MERT and CLAP on tiny random models, written to disk in the form that the hub serves."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from vmr.encoders import load_music_encoder, load_video_encoder, same_encoder
from vmr.encoders.audio_stats import AUDIO_STATS
from vmr.encoders.clip_vision import ClipVision
from vmr.errors import EncoderError
from vmr.media.clip import VIDEO_STATS, AudioClip, VideoClip

transformers = pytest.importorskip(
    "transformers", reason="needs transformers: pip install -r requirements-hub.txt"
)

HUBERT = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "conv_dim": [8, 8, 8],
    "conv_stride": [20, 4, 4],
    "conv_kernel": [20, 4, 4],
    "num_feat_extract_layers": 3,
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
}
SIDE = 32


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole CLIP, text tower included, in safetensors."""
    torch.manual_seed(0)
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1}
    tower |= {"num_attention_heads": 2, "projection_dim": 8}
    vision = tower | {"image_size": SIDE, "patch_size": 8}
    text = tower | {"vocab_size": 9, "bos_token_id": 0, "eos_token_id": 1}
    config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=8)
    folder = tmp_path_factory.mktemp("clip")
    transformers.CLIPModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def mert_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As MERT-v1-95M lies on the hub: a .bin with the old names of weight norm, a foreign type."""
    return write_mert(tmp_path_factory.mktemp("mert"))


def write_mert(folder: Path, **more: Any) -> Path:
    torch.manual_seed(0)
    model = transformers.HubertModel(transformers.HubertConfig(**HUBERT, mask_time_prob=0.0))
    tensors = model.state_dict()
    for new, old in (("original0", "weight_g"), ("original1", "weight_v")):
        name = f"encoder.pos_conv_embed.conv.parametrizations.weight.{new}"
        tensors[f"encoder.pos_conv_embed.conv.{old}"] = tensors.pop(name)
    tensors.pop("masked_spec_embed", None)
    torch.save(tensors, folder / "pytorch_model.bin")
    foreign = {"model_type": "mert_model", "auto_map": {"AutoModel": "modeling_MERT.MERTModel"}}
    stated = HUBERT | foreign | {"sample_rate": 24_000, "mask_time_prob": 0.0} | more
    (folder / "config.json").write_text(json.dumps(stated))
    preprocessing = {"sampling_rate": 24_000, "do_normalize": True}
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessing))
    return folder


@pytest.fixture(scope="module")
def clap_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole CLAP, text tower included; the extractor's own 48 kHz and 10 s."""
    torch.manual_seed(0)
    audio = {"patch_embeds_hidden_size": 8, "depths": [1, 1], "num_attention_heads": [2, 2]}
    audio |= {"hidden_size": 16, "num_hidden_layers": 2, "projection_dim": 8}
    text = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "vocab_size": 9}
    text |= {"num_attention_heads": 2, "max_position_embeddings": 8, "projection_dim": 8}
    text |= {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    config = transformers.ClapConfig(text_config=text, audio_config=audio, projection_dim=8)
    folder = tmp_path_factory.mktemp("clap")
    transformers.ClapModel(config).save_pretrained(folder)
    transformers.ClapFeatureExtractor(truncation="fusion").save_pretrained(folder)
    return folder


def frames(count: int, height: int = 40, width: int = 56) -> VideoClip:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    times = np.arange(count, dtype=np.float32)
    stats = rng.random((count, len(VIDEO_STATS)), np.float32)
    return VideoClip(pictures, times, stats, times[:0], count, width, height, 25.0, False)


def sound(seconds: float, rate_hz: int, seed: int = 0) -> AudioClip:
    noise = np.random.default_rng(seed).normal(0, 0.1, int(seconds * rate_hz))
    return AudioClip(noise.astype(np.float32), rate_hz)


def test_clip_rows_are_unit_embeddings_and_the_clips_stats(clip_folder: Path) -> None:
    encoder = load_video_encoder(f"clip:{clip_folder}")
    clip = frames(9)  # one more than a batch
    features = encoder.encode(clip)
    assert features.shape == (9, encoder.dim) == (9, 8 + len(VIDEO_STATS))
    assert features.dtype == np.float32 and len(set(encoder.columns)) == encoder.dim
    np.testing.assert_allclose(np.linalg.norm(features[:, :8], axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(features[:, 8:], clip.stats)


def test_clip_embeddings_are_those_of_the_whole_model(clip_folder: Path) -> None:
    encoder = load_video_encoder(f"clip:{clip_folder}")
    assert isinstance(encoder, ClipVision)
    clip = frames(2)
    whole = transformers.CLIPModel.from_pretrained(clip_folder)
    with torch.inference_mode():
        pixels = encoder.preprocess(clip.frames)
        vision = whole.vision_model(pixel_values=pixels).pooler_output
        expected = torch.nn.functional.normalize(whole.visual_projection(vision), dim=1)
    np.testing.assert_allclose(encoder.encode(clip)[:, :8], expected, atol=1e-5)


@pytest.mark.parametrize("height, width", [(40, 56), (90, 64), (32, 32), (20, 31)])
def test_clip_preprocessing_is_that_of_transformers(
    clip_folder: Path, height: int, width: int
) -> None:
    encoder = load_video_encoder(f"clip:{clip_folder}")
    assert isinstance(encoder, ClipVision)
    smooth = np.linspace(0, 255, height * width * 3).reshape(1, height, width, 3).astype(np.uint8)
    processor = transformers.CLIPImageProcessor(
        size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}
    )
    expected = processor(list(smooth), return_tensors="np")["pixel_values"]
    # One grey level of rounding, 1 / 255 / 0.26, is allowed for.
    np.testing.assert_allclose(encoder.preprocess(smooth), expected, atol=0.02)


def test_mert_rows_are_windows_of_five_seconds(mert_folder: Path) -> None:
    encoder = load_music_encoder(f"mert:{mert_folder}")
    assert encoder.rate_hz == 24_000
    for seconds, rows in ((1, 1), (5, 1), (7, 1), (8, 2), (26, 5)):
        features = encoder.encode(sound(seconds, 24_000))
        assert features.shape == (rows, encoder.dim) == (rows, 16 + len(AUDIO_STATS))
        assert features.dtype == np.float32 and np.isfinite(features).all()


def test_mert_features_are_the_mean_of_all_layers_and_of_time(mert_folder: Path) -> None:
    encoder = load_music_encoder(f"mert:{mert_folder}")
    clip = sound(5, 24_000)
    model = transformers.HubertModel(transformers.HubertConfig(**HUBERT, mask_time_prob=0.0))
    tensors = torch.load(mert_folder / "pytorch_model.bin", weights_only=True)
    for new, old in (("original0", "weight_g"), ("original1", "weight_v")):
        name = f"encoder.pos_conv_embed.conv.parametrizations.weight.{new}"
        tensors[name] = tensors.pop(f"encoder.pos_conv_embed.conv.{old}")
    left = model.load_state_dict(tensors, strict=False)
    assert set(left.missing_keys) <= {"masked_spec_embed"} and not left.unexpected_keys
    x = torch.from_numpy((clip.samples - clip.samples.mean()) / clip.samples.std())[None]
    with torch.inference_mode():
        states = model.eval()(x, output_hidden_states=True).hidden_states
    expected = (states[1].mean(dim=1) + states[2].mean(dim=1)) / 2
    np.testing.assert_allclose(encoder.encode(clip)[:, :16], expected, atol=1e-4)


def test_mert_of_a_form_that_cannot_be_computed_is_refused(tmp_path: Path) -> None:
    folder = write_mert(tmp_path, feature_extractor_cqt=True)
    with pytest.raises(EncoderError, match="feature_extractor_cqt"):
        load_music_encoder(f"mert:{folder}")


def test_clap_embeddings_are_those_of_the_whole_model(clap_folder: Path) -> None:
    encoder = load_music_encoder(f"clap:{clap_folder}")
    assert encoder.rate_hz == 48_000
    clip = sound(16, 48_000)  # two windows, the second ends with the sound
    features = encoder.encode(clip)
    assert features.shape == (2, encoder.dim) == (2, 8 + len(AUDIO_STATS))
    whole = transformers.ClapModel.from_pretrained(clap_folder)
    extractor = transformers.ClapFeatureExtractor(truncation="rand_trunc")
    windows = [clip.samples[: 10 * 48_000], clip.samples[6 * 48_000 :]]
    with torch.inference_mode():
        inputs = extractor(windows, sampling_rate=48_000, return_tensors="pt")["input_features"]
        pooled = whole.audio_model(input_features=inputs).pooler_output
        expected = torch.nn.functional.normalize(whole.audio_projection(pooled), dim=1)
    np.testing.assert_allclose(features[:, :8], expected, atol=1e-4)


@pytest.mark.parametrize("kind", ["mert", "clap"])
def test_a_window_gets_the_same_row_alone_and_among_others(
    kind: str, mert_folder: Path, clap_folder: Path
) -> None:
    folder = mert_folder if kind == "mert" else clap_folder
    encoder = load_music_encoder(f"{kind}:{folder}")
    window_s = 5 if kind == "mert" else 10
    clip = sound(5 * window_s, encoder.rate_hz)  # one more than a batch
    last = AudioClip(clip.samples[4 * window_s * encoder.rate_hz :], encoder.rate_hz)
    learned = encoder.dim - len(AUDIO_STATS)
    together, alone = encoder.encode(clip), encoder.encode(last)
    np.testing.assert_allclose(together[4, :learned], alone[0, :learned], atol=1e-5)
    np.testing.assert_array_equal(together, encoder.encode(clip))


def test_an_id_follows_the_weights_and_not_the_folder(clip_folder: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        for file in clip_folder.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
    one = load_video_encoder(f"clip:{here}").id
    assert same_encoder(one, load_video_encoder(f"clip:{there}").id)
    assert load_video_encoder(one).id == one  # the id in a checkpoint loads these weights again
    tensors = load_file(here / "model.safetensors")
    tensors["visual_projection.weight"] += 1
    save_file(tensors, here / "model.safetensors", metadata={"format": "pt"})
    assert not same_encoder(one, load_video_encoder(f"clip:{here}").id)
    with pytest.raises(EncoderError, match="other weights"):
        load_video_encoder(one)


def test_a_missing_tensor_is_not_filled_with_random_numbers(
    clip_folder: Path, tmp_path: Path
) -> None:
    tensors = load_file(clip_folder / "model.safetensors")
    (tmp_path / "config.json").write_bytes((clip_folder / "config.json").read_bytes())
    whole = dict(tensors)
    del tensors["visual_projection.weight"]
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match=r"1 tensor is missing.*visual_projection\.weight"):
        load_video_encoder(f"clip:{tmp_path}")
    whole["visual_projection.weight"] = torch.zeros(9, 16)
    save_file(whole, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match="another shape"):
        load_video_encoder(f"clip:{tmp_path}")
    (tmp_path / "model.safetensors").write_bytes(b"not a model")
    with pytest.raises(EncoderError, match="cannot be read"):
        load_video_encoder(f"clip:{tmp_path}")


@pytest.mark.parametrize("damage", [b"not a model", b"", None])
def test_a_damaged_torch_file_is_said(mert_folder: Path, tmp_path: Path, damage: bytes) -> None:
    for file in mert_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = tmp_path / "pytorch_model.bin"
    weights.write_bytes(weights.read_bytes()[:5000] if damage is None else damage)
    with pytest.raises(EncoderError, match="cannot be read"):
        load_music_encoder(f"mert:{tmp_path}")


def test_mert_is_refused_for_commercial_use_and_clip_is_not(
    mert_folder: Path, clip_folder: Path
) -> None:
    with pytest.raises(EncoderError, match=r"may not be used commercially.*CC-BY-NC-4\.0"):
        load_music_encoder(f"mert:{mert_folder}", commercial=True)
    assert not load_music_encoder(f"mert:{mert_folder}").commercial
    assert load_video_encoder(f"clip:{clip_folder}", commercial=True).commercial


def test_without_transformers_it_is_said_what_to_install(
    clip_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(EncoderError, match=r"pip install -r requirements-hub\.txt"):
        load_video_encoder(f"clip:{clip_folder}")


def test_a_model_that_is_nowhere_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match="give its folder"):
        load_video_encoder("clip:nobody/has-this-model")
    with pytest.raises(EncoderError, match="not a model folder"):
        load_video_encoder(f"clip:{tmp_path}")
    with pytest.raises(EncoderError, match="lacks its model"):
        load_music_encoder("clap")


def test_an_unknown_kind_is_answered_with_the_known_ones() -> None:
    with pytest.raises(EncoderError, match="efficientnet-lite0, clip"):
        load_video_encoder("resnet")
    with pytest.raises(EncoderError, match="musicnn, mert, clap"):
        load_music_encoder("efficientnet-lite0")
