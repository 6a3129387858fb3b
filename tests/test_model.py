"""The model: towers, labels, calibration, and the checkpoint file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pytest import approx

from vmr.embedding import BranchEmbedding, mix
from vmr.errors import CheckpointError
from vmr.model.checkpoint import load_model, save_model
from vmr.model.config import ModelConfig
from vmr.model.two_tower import Model

CONFIG = ModelConfig(
    video_dim=10,
    music_dim=7,
    labels={"genre": ("rock", "jazz"), "mood": ("sad", "happy", "calm")},
    dim=8,
    members=2,
    hidden=16,
    video_window=4,
    video_pca=3,
    video_pca_columns=8,
)


def clips(n: int, dim: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(int(rng.integers(1, 14)), dim)).astype(np.float32) for _ in range(n)]


@pytest.fixture
def model() -> Model:
    torch.manual_seed(0)
    model = Model(CONFIG)
    video, music = clips(12, 10, 1), clips(12, 7, 2)
    model.fit_inputs(video, music)
    genre = np.eye(2, dtype=np.float32)[np.arange(12) % 2]
    mood = np.zeros((12, 3), dtype=np.float32)
    mood[:6, 0] = 1
    model.fit_outputs(
        model.video_tower.prepare(video),
        model.music_tower.prepare(music),
        {"genre": genre, "mood": mood},
        bank=5,
    )
    return model.eval()


def test_embeddings_are_unit_rows_of_members_times_dim_columns(model: Model) -> None:
    z = model.embed_video(clips(3, 10, 5))
    assert z.branches == ("ssl", "genre", "mood")
    assert z.values.shape == (3, 3, 16) and z.values.dtype == np.float32
    assert np.linalg.norm(z.values, axis=-1) == approx(np.ones((3, 3)), abs=1e-5)
    assert model.embed_music(clips(4, 7, 6)).values.shape == (4, 3, 16)


def test_a_clip_is_embedded_the_same_alone_and_in_a_batch(model: Model) -> None:
    batch = clips(5, 10, 9)
    together = model.embed_video(batch).values
    alone = np.concatenate([model.embed_video([c]).values for c in batch])
    assert together == approx(alone, abs=1e-5)


def test_the_projection_keeps_the_directions_of_largest_spread() -> None:
    rng = np.random.default_rng(0)
    direction = np.array([0.6, 0.8, 0, 0])
    # standardised columns: the shared direction of columns 0 and 1 carries the most variance
    rows = rng.normal(size=(20000, 1)) * direction + 0.1 * rng.normal(size=(20000, 4))
    config = ModelConfig(4, 2, video_pca=1, video_pca_columns=3)
    model = Model(config)
    model.video_tower.fit([rows.astype(np.float32)])
    found = model.video_tower.projection[:, 0]
    assert found.tolist() == approx([0.5**0.5, 0.5**0.5, 0], abs=0.05)
    assert model.video_tower.pooled_mean.shape == (4,)  # (1 projected + 1 passed on) * 2 poolings


def test_standardisation_makes_the_embedding_blind_to_units() -> None:
    video, music = clips(20, 3, 0), clips(20, 2, 1)
    result = []
    for factor in (1.0, 1000.0):
        torch.manual_seed(0)
        model = Model(ModelConfig(3, 2))
        scaled = [c * factor + factor for c in video]
        model.fit_inputs(scaled, music)
        result.append(model.embed_video(scaled).values)
    assert result[0] == approx(result[1], abs=1e-3)


@pytest.mark.parametrize("pull", [0.5, 0.85])
def test_a_known_label_draws_the_track_to_its_prototype_and_leaves_ssl_alone(
    model: Model, pull: float
) -> None:
    model.config = replace(model.config, label_pull=pull)
    features = clips(3, 7, 8)
    plain = model.embed_music(features)
    drawn = model.embed_music(features, [{"genre": ["jazz"]}, {"genre": ["unknown"]}, {}])
    prototype = model.prototypes("genre")[1]
    expected = (1 - pull) * plain.branch("genre")[0] + pull * prototype
    assert drawn.branch("genre")[0] == approx(expected / np.linalg.norm(expected), abs=1e-5)
    assert drawn.branch("genre")[1:] == approx(plain.branch("genre")[1:])
    assert np.array_equal(drawn.branch("ssl"), plain.branch("ssl"))


def test_a_label_without_training_examples_draws_nothing(model: Model) -> None:
    features = clips(1, 7, 8)
    assert not model.prototypes("mood")[2].any()
    drawn = model.embed_music(features, [{"mood": ["calm"]}])
    assert np.array_equal(drawn.values, model.embed_music(features).values)


def test_several_labels_draw_to_the_mean_of_their_prototypes(model: Model) -> None:
    features = clips(1, 7, 8)
    z = model.embed_music(features).branch("genre")[0]
    drawn = model.embed_music(features, [{"genre": ["rock", "jazz"]}]).branch("genre")[0]
    expected = 0.5 * z + 0.5 * model.prototypes("genre").mean(0)
    assert drawn == approx(expected / np.linalg.norm(expected), abs=1e-5)


def test_centring_leaves_the_training_embeddings_without_a_common_direction(model: Model) -> None:
    def common() -> np.ndarray:
        values = model.embed_music(clips(12, 7, 2)).values
        return np.linalg.norm(values.mean(axis=0), axis=-1)

    centred = common()
    model.music_tower.centre.zero_()
    assert (centred < 0.5 * common()).all()


def test_calibration_with_a_bank_is_per_item_and_without_one_per_branch(model: Model) -> None:
    items = model.embed_music(clips(4, 7, 3))
    bank = model.video_bank
    assert isinstance(bank, BranchEmbedding) and len(bank) == 5
    calibration = model.calibration_of_music(items)
    cosines = np.einsum("qbd,nbd->qnb", bank.values, items.values)
    assert calibration.offset == approx(cosines.mean(0), abs=1e-5)
    model.video_bank_values = model.video_bank_values[:0]
    assert model.video_bank is None
    plain = model.calibration_of_music(items)
    assert plain.offset.shape == (1, 3)
    assert plain.scale[0] == approx(model.cosine_spread.numpy())


def test_the_ssl_branch_counts_less_where_its_spread_counts_more(model: Model) -> None:
    items = model.embed_music(clips(4, 7, 3))
    plain = model.calibration_of_music(items)
    model.config = replace(model.config, ssl_spread=1.5)
    leaning = model.calibration_of_music(items)
    assert leaning.scale / plain.scale == approx(np.tile([1.5, 1, 1], (4, 1)))
    assert np.array_equal(leaning.offset, plain.offset)
    assert np.array_equal(model.calibration_of_music(items).scale, leaning.scale), "not again"


def test_a_labels_own_level_is_left_while_its_tracks_are_evened(model: Model) -> None:
    """The offset within a label is corrected, its mean over the label's tracks is not."""
    items = model.embed_music(clips(9, 7, 3))
    evened = model.calibration_of_music(items)
    model.config = replace(model.config, label_level=1.0)
    left = model.calibration_of_music(items)
    for b, facet in enumerate(("genre", "mood"), start=1):
        nearest = (items.values[:, b] @ model.prototypes(facet).T).argmax(1)
        assert len(set(nearest)) > 1
        for label in set(nearest):
            own = nearest == label
            assert left.offset[own, b].mean() == approx(evened.offset[:, b].mean(), abs=1e-5)
            within = evened.offset[own, b] - evened.offset[own, b].mean()
            assert left.offset[own, b] - left.offset[own, b].mean() == approx(within, abs=1e-5)
    assert np.array_equal(left.offset[:, 0], evened.offset[:, 0])
    assert np.array_equal(left.scale, evened.scale)


def test_spread_is_that_of_the_training_cosines(model: Model) -> None:
    v, m = model.embed_video(clips(12, 10, 1)), model.embed_music(clips(12, 7, 2))
    cosines = np.einsum("qbd,nbd->qnb", v.values, m.values).reshape(-1, 3)
    assert model.cosine_spread.numpy() == approx(cosines.std(0), abs=1e-5)
    assert model.cosine_mean.numpy() == approx(cosines.mean(0), abs=1e-5)


def test_saving_and_loading_gives_the_same_embeddings_and_fingerprint(
    model: Model, tmp_path: Path
) -> None:
    path = tmp_path / "m.safetensors"
    save_model(model, path, {"data": "twelve pairs"})
    again = load_model(path)
    features = clips(3, 10, 4)
    assert np.array_equal(again.embed_video(features).values, model.embed_video(features).values)
    assert again.fingerprint == model.fingerprint
    assert again.config == model.config
    assert again.metadata["data"] == "twelve pairs"
    assert again.video_bank is not None and len(again.video_bank) == 5
    assert mix(again.embed_video(features).values, np.array([0.5, 0.5, 0])).shape == (3, 16)


def test_the_fingerprint_follows_weights_and_configuration(model: Model) -> None:
    before = model.fingerprint
    with torch.no_grad():
        model.video_tower.heads.bias[0, 0, 0] += 1e-3
    assert model.fingerprint != before


@pytest.mark.parametrize("damage", ["cut", "flip", "text", "missing"])
def test_a_damaged_checkpoint_is_refused_by_name(model: Model, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "m.safetensors"
    save_model(model, path)
    data = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "flip":
        data[-3] ^= 0xFF
        path.write_bytes(data)
    elif damage == "text":
        path.write_text("not a checkpoint")
    else:
        path.unlink()
    with pytest.raises(CheckpointError, match=r"m\.safetensors"):
        load_model(path)


def test_other_encoders_are_refused_with_the_fix(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save_model(model, path)
    with pytest.raises(CheckpointError, match="use 'features'"):
        load_model(path, video_encoder="clip-vit-b32")
    load_model(path, video_encoder="features", music_encoder="features")


def test_a_failed_save_leaves_the_old_checkpoint(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.safetensors"
    save_model(model, path)
    before = path.read_bytes()

    def fail(*args: object, **kwargs: object) -> None:
        Path(str(args[1])).write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr("vmr.model.checkpoint.save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        save_model(model, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.safetensors"]
