"""The linear maps that stand beside the network in the ssl branch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pytest import approx
from scipy.stats import norm
from sklearn.cross_decomposition import CCA
from sklearn.preprocessing import QuantileTransformer

from tests.synthetic import make_pairs
from tests.variants import variants
from vmr import metrics
from vmr.model.checkpoint import load_model, save_model
from vmr.model.config import MAP_COLUMNS, MAPS, ModelConfig
from vmr.model.linear_map import (
    DIRECTIONS,
    RIDGES,
    SHARES,
    LinearMaps,
    _Standard,
    cross_validate,
    fit_linear_maps,
    normal_scores,
)
from vmr.model.two_tower import Model
from vmr.training.config import TrainConfig
from vmr.training.pairs import PairSet
from vmr.training.train import train
from vmr.training.validation import LINEAR_SHARES, choose_linear_share, hold_out

CONFIG = ModelConfig(20, 10, dim=8, hidden=16, dropout=0.0, linear=True, video_pooling=("mean",))


def shared(n: int, seed: int, columns: int = 20, noise: float = 0.7) -> tuple[np.ndarray, ...]:
    """Rows of two sides that share five numbers: (n, columns), (n, 10)."""
    mixing = np.random.default_rng(99)
    left, right = mixing.normal(size=(5, columns)), mixing.normal(size=(5, 10))
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 5))
    x, y = z @ left, z @ right
    return x + noise * rng.normal(size=x.shape), y + noise * rng.normal(size=y.shape)


def as_pairs(x: np.ndarray, y: np.ndarray, groups: list[str] | None = None) -> PairSet:
    rows = [list(side.astype(np.float32)[:, None]) for side in (x, y)]
    return PairSet(rows[0], rows[1], {}, {}, groups=groups or ())


def recall(video: np.ndarray, music: np.ndarray) -> float:
    """R@10 over both directions."""
    scores = video @ music.T
    return float(np.mean([metrics.recall_at(metrics.ranks(s), 10) for s in (scores, scores.T)]))


def straight_line(model: Model, pairs: PairSet) -> list[np.ndarray]:
    towers = (model.video_tower, model.music_tower)
    sides = zip(towers, (pairs.video, pairs.music), strict=True)
    return [tower.straight_line(tower.prepare(clips)).numpy() for tower, clips in sides]


def at_zero(model: Model, pairs: PairSet) -> list[np.ndarray]:
    embedded = (model.embed_video(pairs.video), model.embed_music(pairs.music))
    return [side.branch("ssl") for side in embedded]


def test_with_hardly_a_ridge_the_correlations_are_the_librarys() -> None:
    x, y = shared(2000, 0)
    px, py = _Standard(x).cca(_Standard(y), 1e-9, 1e-9, 3)
    u, v = (x - x.mean(0)) @ px, (y - y.mean(0)) @ py
    found = [np.corrcoef(u[:, i], v[:, i])[0, 1] for i in range(3)]
    a, b = CCA(3, max_iter=2000).fit_transform(x, y)
    assert found == approx([np.corrcoef(a[:, i], b[:, i])[0, 1] for i in range(3)], abs=1e-3)
    assert u.std(0) == approx(found, abs=1e-3)  # a direction counts by its correlation


def test_a_ridge_is_that_of_the_naive_formula() -> None:
    x, y = shared(60, 1)
    px, py = _Standard(x).cca(_Standard(y), 3.0, 0.3, 4)
    a, b = (x - x.mean(0)) / x.std(0), (y - y.mean(0)) / y.std(0)

    def root(z: np.ndarray, ridge: float) -> np.ndarray:
        values, vectors = np.linalg.eigh(z.T @ z / len(z) + ridge * np.eye(z.shape[1]))
        return vectors @ np.diag(values**-0.5) @ vectors.T

    u, s, vt = np.linalg.svd(root(a, 3.0) @ (a.T @ b / len(a)) @ root(b, 0.3))
    expected = (a @ root(a, 3.0) @ u[:, :4] * s[:4]) @ (b @ root(b, 0.3) @ vt.T[:, :4] * s[:4]).T
    assert (a * x.std(0)) @ px @ ((b * y.std(0)) @ py).T == approx(expected, abs=1e-6)


def test_normal_scores_are_the_librarys() -> None:
    rng = np.random.default_rng(0)
    seen = np.column_stack(
        [rng.exponential(size=400), rng.integers(0, 3, 400), rng.normal(size=400)]
    )
    new = np.concatenate([seen[:50], seen[:50] + 0.3, [[-9.0, -9.0, -9.0], [99.0, 99.0, 99.0]]])
    knots = torch.as_tensor(np.quantile(seen, SHARES, axis=0).T.copy())
    found = normal_scores(torch.as_tensor(new), knots).numpy()
    library = QuantileTransformer(n_quantiles=len(SHARES), output_distribution="uniform").fit(seen)
    # The library makes ranks, and these normal; here it is linear between the normal scores. At the
    # ends it does not look for ties.
    inside = (new > seen.min(0)) & (new < seen.max(0))
    assert norm.cdf(found)[inside] == approx(library.transform(new)[inside], abs=0.015)
    assert found.min() >= -2.5 and found.max() <= 2.5


def test_more_columns_than_pairs_need_more_strength() -> None:
    x, y = (torch.as_tensor(side) for side in shared(60, 2, columns=300, noise=3.0))
    found = cross_validate(x, y, np.arange(60))
    assert found.shape == (len(RIDGES), len(RIDGES), len(DIRECTIONS))
    assert found[-1].max() > found[0].max()


def test_pairs_of_one_group_are_left_out_together() -> None:
    rng = np.random.default_rng(0)
    artist = np.repeat(np.arange(15), 4)
    x, y = rng.normal(size=(15, 20))[artist], rng.normal(size=(15, 10))[artist]
    x, y = (torch.as_tensor(side + 0.01 * rng.normal(size=side.shape)) for side in (x, y))
    known = cross_validate(x, y, np.arange(60)).max()  # other pairs of the artist were seen
    unknown = cross_validate(x, y, artist).max()
    assert known > unknown + 0.03


def test_from_too_few_pairs_the_network_has_it_all() -> None:
    pairs = as_pairs(*shared(6, 0))
    model = train(pairs, CONFIG, TrainConfig(steps=2), validation=pairs)
    assert not model.has_linear_maps and float(model.video_tower.linear.share) == 0
    assert np.linalg.norm(at_zero(model, pairs)[0], axis=1) == approx(np.ones(6), abs=1e-5)


def test_an_outlier_in_a_column_does_not_decide() -> None:
    x, y = shared(150, 3)
    new = [torch.as_tensor(side) for side in shared(100, 4)]
    x[:2, 3] += 1000.0
    sides = LinearMaps(20, 1.0).double(), LinearMaps(10, 1.0).double()
    fit_linear_maps(sides, torch.as_tensor(x), torch.as_tensor(y))
    u, v = (side(rows).numpy() for side, rows in zip(sides, new, strict=True))
    even = recall(u[:, MAP_COLUMNS:], v[:, MAP_COLUMNS:])
    plain = recall(u[:, :MAP_COLUMNS], v[:, :MAP_COLUMNS])
    assert even >= plain and recall(u, v) > 0.8


@pytest.mark.parametrize("skewed", variants([True, False]))
def test_on_200_pairs_alpha_0_is_not_below_cca_and_a_checkpoint_keeps_it(
    skewed: bool, tmp_path: Path
) -> None:
    gains = []
    for seed in range(3):
        sides = [shared(200, s, noise=2.0) for s in (seed, 50)]
        pairs, test = (as_pairs(*(np.exp(x / 2) if skewed else x for x in xy)) for xy in sides)
        model = train(pairs, CONFIG, TrainConfig(steps=2, seed=seed))
        save_model(model, tmp_path / "m.safetensors")
        opened = load_model(tmp_path / "m.safetensors")
        line, found = recall(*straight_line(opened, test)), at_zero(opened, test)
        assert np.array_equal(found[0], at_zero(model, test)[0])
        assert found[0].shape == (200, CONFIG.width) and CONFIG.width == 8 + MAPS * MAP_COLUMNS
        assert line > 0.1  # twice chance
        gains.append(recall(*found) - line)
    # Where the truth is a straight line the two are equal, up to half a standard error of .02.
    assert min(gains) > (0.05 if skewed else -0.02) and np.mean(gains) > -0.01


def test_the_cosine_is_shared_between_the_network_and_the_maps() -> None:
    model = train(as_pairs(*shared(60, 3)), replace(CONFIG, linear_share=0.8), TrainConfig(steps=5))
    tower = model.video_tower
    clips = tower.prepare(as_pairs(*shared(9, 5)).video)
    z = tower.uncentred(clips)[:, 0, 0].detach()
    assert torch.allclose(z[:, 8:], 0.8**0.5 * tower.linear(clips.described()), atol=1e-5)
    assert z[:, :8].norm(dim=1).numpy() == approx(np.full(9, 0.2**0.5), abs=1e-5)


@pytest.mark.parametrize(
    ("linear_helps", "expected"), variants([(True, {0.8, 0.9, 1.0}), (False, {0.0})])
)
def test_the_network_stays_only_where_it_helps_on_validation(
    linear_helps: bool, expected: set[float]
) -> None:
    pairs, other = as_pairs(*shared(150, 3)), as_pairs(*shared(80, 6))
    model = train(pairs, CONFIG, TrainConfig(steps=1 if linear_helps else 150))
    if not linear_helps:  # maps that say something else
        for tower in (model.video_tower, model.music_tower):
            tower.linear.weight.normal_(generator=torch.Generator().manual_seed(1))
    held_out = hold_out(model, other, "cpu")
    choose_linear_share(model, held_out, lambda: model.fit_outputs(pairs.video, pairs.music, {}))
    share = float(model.video_tower.linear.share)
    assert share in {float(torch.tensor(s)) for s in LINEAR_SHARES} and round(share, 2) in expected
    assert float(model.music_tower.linear.share) == share


def test_a_model_without_them_is_as_before() -> None:
    pairs = make_pairs(20)
    model = Model(ModelConfig(12, 9, dim=8, hidden=16))
    model.fit_inputs(pairs.video, pairs.music)
    assert not any("linear" in name for name in model.state_dict())
    assert model.embed_video(pairs.video).values.shape == (20, 1, 8)
