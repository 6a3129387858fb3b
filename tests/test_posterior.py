"""Label posteriors: what a classifier of one side says, and how it stands in the embedding."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pytest import approx
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from vmr.evaluation.sweep import Direction, figures_of
from vmr.model.checkpoint import load_model, save_model
from vmr.model.config import ModelConfig
from vmr.model.label_posterior import LANDMARKS, REACH, STRENGTHS, LabelPosterior
from vmr.model.two_tower import Model
from vmr.training.config import TrainConfig
from vmr.training.inputs import fit_inputs, refit_labels
from vmr.training.pairs import PairSet
from vmr.training.train import train


def rings(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Points of two classes that no straight line parts: (n, 2), one-hot (n, 2)."""
    rng = np.random.default_rng(seed)
    inner = np.arange(n) % 2
    radius = np.where(inner, 0.5, 2.0) + 0.1 * rng.normal(size=n)
    angle = rng.uniform(0, 2 * np.pi, size=n)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return torch.as_tensor(points, dtype=torch.float32), torch.eye(2)[inner]


def fitted(n: int = 200) -> LabelPosterior:
    points, labels = rings(n, 0)
    posterior = LabelPosterior(2)
    posterior.fit(points, labels)
    return posterior


def test_it_tells_apart_what_no_linear_classifier_can() -> None:
    points, labels = rings(300, 1)
    said = fitted()(points)
    assert (said.argmax(1) == labels.argmax(1)).float().mean() > 0.97


def test_the_prior_is_taken_out() -> None:
    points, labels = rings(200, 0)
    rare = torch.cat([torch.arange(0, 200, 2), torch.arange(1, 200, 10)])  # 100 and 20
    posterior = LabelPosterior(2)
    posterior.fit(points[rare], labels[rare])
    assert posterior.prior.tolist() == approx([100 / 120, 20 / 120])
    assert posterior(points[rare]).mean(0).tolist() == approx([0, 0], abs=0.02)
    assert posterior(points).sum(1).abs().max() < 1e-5


def test_unlabelled_clips_change_nothing() -> None:
    points, labels = rings(200, 0)
    strange = torch.cat([points, 50 + points[:20]])
    posterior = LabelPosterior(2)
    posterior.fit(strange, torch.cat([labels, torch.zeros(20, 2)]))
    assert torch.equal(posterior(points), fitted()(points))


@pytest.mark.parametrize("labelled", [0, 9])
def test_with_too_few_labels_it_says_nothing(labelled: int) -> None:
    points, labels = rings(200, 0)
    labels[labelled:] = 0
    posterior = LabelPosterior(2)
    posterior.fit(points, labels)
    assert not posterior(points).any()
    again = fitted()
    again.fit(points, labels)  # nor what it has said of other labels before
    assert not again(points).any()


def test_with_one_label_it_says_nothing() -> None:
    points, _ = rings(200, 0)
    posterior = LabelPosterior(2)
    posterior.fit(points, torch.eye(2)[torch.zeros(200, dtype=torch.long)])
    assert not posterior(points).any()


def test_many_clips_do_not_make_it_large() -> None:
    points, labels = rings(LANDMARKS + 100, 3)
    posterior = LabelPosterior(2)
    posterior.fit(points, labels)
    assert posterior.landmarks.shape == (LANDMARKS, 2)


def test_a_column_that_never_moved_in_training_says_nothing() -> None:
    points, labels = rings(200, 0)
    still = torch.cat([points, torch.ones(200, 1)], dim=1)
    posterior = LabelPosterior(2)
    posterior.fit(still, labels)
    moved = still + torch.tensor([0.0, 0.0, 7.0])
    assert posterior(moved).tolist() == posterior(still).tolist()


def test_what_is_kept_says_what_the_library_said() -> None:
    """Landmarks and weights, in float32, against the library's own transform and probabilities."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, 300)
    x = (rng.normal(size=(300, 6)) + np.eye(6)[label]).astype(np.float32)
    posterior = LabelPosterior(4)  # the last label has no example
    posterior.fit(torch.as_tensor(x), torch.eye(4)[label])
    found = posterior(torch.as_tensor(x)) + posterior.prior
    assert not found[:, 3].any()
    kernel = Nystroem(gamma=REACH / 6, n_components=300, random_state=0)
    features = kernel.fit_transform(x / x.std(0))
    library = [
        LogisticRegression(C=c, max_iter=1000).fit(features, label).predict_proba(features)
        for c in STRENGTHS
    ]
    assert min(np.abs(found[:, :3].numpy() - p).max() for p in library) < 5e-3


def test_soft_labels_count_as_much_as_they_say() -> None:
    points, _ = rings(200, 0)
    half = torch.full((200, 2), 0.5)
    half[:100] = torch.tensor([0.9, 0.1])
    posterior = LabelPosterior(2)
    posterior.fit(points, half)
    assert (posterior(points) + posterior.prior).mean(0).tolist() == approx([0.7, 0.3], abs=0.02)


def test_what_it_says_of_training_clips_is_as_unsure_as_of_new_ones() -> None:
    rng = np.random.default_rng(1)
    noise = torch.as_tensor(rng.normal(size=(200, 40)), dtype=torch.float32)
    labels = torch.eye(2)[torch.as_tensor(rng.integers(0, 2, 200))]
    posterior = LabelPosterior(2)
    unseen = posterior.fit(noise, labels)
    assert (labels * posterior(noise)).sum(1).mean() > 0.05  # it has learnt the noise by heart,
    assert (labels * unseen).sum(1).mean() < 0.03  # and does not claim so


# ---- in the model -------------------------------------------------------------------------------

LABELS = {"genre": ("in", "out"), "mood": ("a", "b", "c")}
CONFIG = ModelConfig(
    2, 2, labels=LABELS, dim=8, hidden=16, members=2, video_pooling=("mean",),
    music_pooling=("mean",), posterior_share=0.7,
)  # fmt: skip


def ring_pairs(n: int, seed: int) -> PairSet:
    """Clips and tracks that share a ring and nothing else; the mood has no labels."""
    sides = [[p[None].numpy() for p in rings(n, seed + i)[0]] for i in (0, 100)]
    rows = {"genre": rings(n, seed)[1].numpy(), "mood": np.zeros((n, 3), np.float32)}
    return PairSet(sides[0], sides[1], rows, rows)


@pytest.fixture(scope="module")
def trained() -> Model:
    return train(ring_pairs(120, 0), CONFIG, TrainConfig(steps=30, batch=64, eval_every=30))


@pytest.mark.thorough
def test_vectors_stay_unit_rows_of_the_width_that_the_configuration_says(trained: Model) -> None:
    pairs = ring_pairs(30, 7)
    for z in (trained.embed_video(pairs.video), trained.embed_music(pairs.music)):
        assert z.values.shape == (30, 3, CONFIG.width) == (30, 3, 2 * (8 + 3 + 2))
        assert np.linalg.norm(z.values, axis=-1) == approx(np.ones((30, 3)), abs=1e-5)


def test_a_facets_cosine_is_the_shared_sum_of_contrast_and_posteriors(trained: Model) -> None:
    pairs = ring_pairs(30, 7)
    share = float(trained.video_tower.classifiers[0].share)
    assert 0 < share < 1 and share == float(trained.music_tower.classifiers[0].share)
    video, music = trained.embed_video(pairs.video), trained.embed_music(pairs.music)
    contrast = Model(replace(CONFIG, posterior_share=0.0))
    contrast.load_state_dict(
        {n: t for n, t in trained.state_dict().items() if n in contrast.state_dict()
         and t.shape == contrast.state_dict()[n].shape}, strict=False,
    )  # fmt: skip
    plain = contrast.embed_video(pairs.video).branch("genre") @ (
        contrast.embed_music(pairs.music).branch("genre").T
    )
    said = [
        tower.clip_posteriors(tower.prepare(clips))[0]
        for tower, clips in (
            (trained.video_tower, pairs.video),
            (trained.music_tower, pairs.music),
        )
    ]
    expected = (1 - share) * plain + share * (said[0] @ said[1].T).numpy()
    found = video.branch("genre") @ music.branch("genre").T
    assert found == approx(expected, abs=1e-5)


def test_they_read_the_columns_that_a_projection_leaves_out() -> None:
    rng = np.random.default_rng(0)
    loud = rng.normal(size=(160, 1))
    label = np.arange(160) % 2
    # Two columns say the same; the third, which the projection to one column drops, is the label.
    rows = np.hstack([loud, loud, label[:, None]]).astype(np.float32)
    clips = [row[None] for row in rows]
    known = {"genre": np.eye(2, dtype=np.float32)[label]}
    config = ModelConfig(
        3, 3, labels={"genre": ("a", "b")}, dim=8, hidden=16, video_pooling=("mean",), video_pca=1,
        posterior_share=0.7,
    )  # fmt: skip
    pairs = PairSet(clips[:120], clips[:120], *[{"genre": known["genre"][:120]}] * 2)
    right = []
    for whole in (("mean",), ()):
        model = Model(replace(config, video_whole=whole))
        model.load_state_dict(fit_inputs(pairs, model.config).buffers, strict=False)
        tower = model.video_tower
        said = tower.clip_posteriors(tower.prepare(clips[120:]))[0].argmax(1).numpy()
        right.append(float((said == label[120:]).mean()))
    assert right[0] > 0.95 and right[1] < 0.8


def test_a_facet_without_labels_keeps_its_contrastive_vector_whole(trained: Model) -> None:
    z = trained.embed_video(ring_pairs(20, 7).video).branch("mood").reshape(20, 2, 13)
    assert float(trained.video_tower.classifiers[1].share) == 0
    assert not z[:, :, 8:].any()


def test_the_self_supervised_branch_is_as_without_posteriors(trained: Model) -> None:
    pairs = ring_pairs(120, 0)
    settings = TrainConfig(steps=30, batch=64, eval_every=30)
    without = train(pairs, replace(CONFIG, posterior_share=0.0), settings)
    z = trained.embed_music(pairs.music).branch("ssl").reshape(120, 2, 13)
    assert z[:, :, :8] == approx(
        without.embed_music(pairs.music).branch("ssl").reshape(120, 2, 8), abs=1e-5
    )


def test_the_plain_mix_cannot_have_them() -> None:
    with pytest.raises(ValueError, match="posterior_share"):
        replace(CONFIG, fusion="mix")


def test_they_are_kept_in_the_checkpoint(trained: Model, tmp_path: Path) -> None:
    save_model(trained, tmp_path / "m.safetensors", {})
    again = load_model(tmp_path / "m.safetensors")
    pairs = ring_pairs(9, 4)
    assert again.fingerprint == trained.fingerprint
    assert again.embed_music(pairs.music).values == approx(
        trained.embed_music(pairs.music).values, abs=1e-6
    )


def test_labels_that_changed_are_fitted_anew_on_the_same_features() -> None:
    pairs = ring_pairs(120, 0)
    inputs = fit_inputs(pairs, CONFIG)
    swapped = {f: np.ascontiguousarray(rows[:, ::-1]) for f, rows in pairs.music_labels.items()}
    other = refit_labels(inputs, PairSet(pairs.video, pairs.music, swapped, swapped), CONFIG)
    name = "music_tower.posteriors.0.weights"
    mirrored = inputs.buffers[name].flip(1)  # up to the order in which sums are rounded
    assert torch.allclose(other.buffers[name], mirrored, atol=1e-4)
    assert not torch.allclose(other.buffers[name], inputs.buffers[name], atol=1e-2)
    assert other.video.windows is inputs.video.windows


def test_labels_that_need_a_curve_are_found_by_posteriors_at_alpha_1(trained: Model) -> None:
    test = ring_pairs(60, 50)
    video, music = trained.embed_video(test.video), trained.embed_music(test.music)
    direction = Direction(
        video,
        music,
        trained.calibration_of_music(music),
        test.music_labels["genre"] > 0,
        [str(i) for i in range(60)],
    )
    scores = video.branch("genre") @ music.branch("genre").T
    assert figures_of(direction, scores).table["P@10"] > 0.9
