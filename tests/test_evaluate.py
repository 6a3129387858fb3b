"""The sweep over the slider: figures, format, and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from pytest import approx

from tests.synthetic import make_pairs, write_pairs
from vmr import metrics
from vmr.__main__ import main
from vmr.embedding import BranchEmbedding, Calibration, alpha_weights, parts, unit
from vmr.evaluation.plots import plot_sweep
from vmr.evaluation.sweep import Direction, ceiling, chance, evaluate, figures_of, per_class, sweep
from vmr.model.checkpoint import save_model
from vmr.model.config import ModelConfig
from vmr.model.two_tower import Model
from vmr.training.config import TrainConfig
from vmr.training.train import train

NAMES = ("low", "high")


def embedding(n: int, seed: int) -> BranchEmbedding:
    values = np.random.default_rng(seed).normal(size=(n, 2, 5)).astype(np.float32)
    return BranchEmbedding(unit(values), ("ssl", "genre"))


def direction(n: int = 12, groups: list[str] | None = None) -> Direction:
    labels = np.eye(2, dtype=bool)[np.arange(n) % 2]
    labels[3] = False
    rng = np.random.default_rng(7)
    calibration = Calibration(
        rng.normal(size=(n, 2)).astype(np.float32), rng.uniform(1, 2, (n, 2)).astype(np.float32)
    )
    names = [str(i) for i in range(n)] if groups is None else groups
    return Direction(embedding(n, 0), embedding(n, 1), calibration, labels, names)


def test_calibrated_scores_are_those_of_the_search() -> None:
    d = direction()
    w = alpha_weights(0.3, ("ssl", "genre"), "genre")
    scores = d.scores(w, "calibrated")
    for q in range(12):
        expected = parts(d.queries.values[q], d.items.values, d.calibration) @ w
        assert scores[q] == approx(expected, abs=1e-5)


def test_mixed_scores_are_cosines_of_the_mixed_vectors() -> None:
    d = direction()
    scores = d.scores(np.array([0.4, 0.6], np.float32), "mix")
    q = 0.4 * d.queries.values[2, 0] + 0.6 * d.queries.values[2, 1]
    i = 0.4 * d.items.values[5, 0] + 0.6 * d.items.values[5, 1]
    assert scores[2, 5] == approx(q @ i / np.linalg.norm(q) / np.linalg.norm(i), abs=1e-5)


def test_a_table_is_that_of_the_metrics() -> None:
    d = direction()
    scores = d.scores(np.array([1, 0], np.float32), "calibrated")
    row = figures_of(d, scores)
    assert row.table["MRR"] == metrics.mean_reciprocal_rank(metrics.ranks(scores))
    expected = metrics.macro(metrics.precision_at(scores, d.labels, d.labels, 5, d.own))
    assert row.table["P@5"] == expected
    assert "P@10 other groups" not in row.table


def test_a_group_is_left_out_where_groups_are_named() -> None:
    groups = [str(i // 2) for i in range(12)]
    d = direction(groups=groups)
    scores = np.zeros((12, 12), np.float32)
    row = figures_of(d, scores)
    assert d.same_group[4].nonzero()[0].tolist() == [4, 5]
    # each query of a class keeps 10 items of other groups; 5 of them, or 4, share its class
    assert row.table["P@10 other groups"] == approx(chance(d)["P@10 other groups"])
    assert row.table["P@10 other groups"] != approx(row.table["P@10"])


def test_a_perfect_model_reaches_the_ceiling() -> None:
    labels = np.eye(2, dtype=bool)[np.arange(8) % 2]
    values = np.zeros((8, 2, 8), np.float32)
    values[:, 0] = np.eye(8)
    values[:, 1, :2] = labels
    z = BranchEmbedding(values, ("ssl", "genre"))
    flat = Calibration(np.zeros((1, 2), np.float32), np.ones((1, 2), np.float32))
    d = Direction(z, z, flat, labels, [str(i) for i in range(8)])
    result = evaluate(d, d, "genre", NAMES, "calibrated", (0.0, 1.0))
    first, last = result["sweep"]  # type: ignore[misc]
    assert first["video_to_music"]["R@1"] == 1 and first["video_to_music"]["MedR"] == 1
    assert last["video_to_music"]["P@1"] == approx(ceiling(d)["P@1"]) == 1
    assert last["music_to_video"]["P@10"] == approx(ceiling(d)["P@10"])
    assert ceiling(d)["P@10"] == approx(3 / 7)


def test_smoothness_is_one_where_nothing_moves_and_lower_where_it_does() -> None:
    d = direction()
    result = evaluate(d, d, "genre", NAMES, "calibrated")
    taus = result["smoothness"]["video_to_music"]  # type: ignore[index]
    assert len(taus) == 10 and all(0 < t < 1 for t in taus)
    same = np.repeat(d.items.values[:, :1], 2, axis=1)
    still = Direction(
        BranchEmbedding(np.repeat(d.queries.values[:, :1], 2, axis=1), ("ssl", "genre")),
        BranchEmbedding(same, ("ssl", "genre")),
        Calibration(np.zeros((1, 2), np.float32), np.ones((1, 2), np.float32)),
        d.labels,
        d.groups,
    )
    result = evaluate(still, still, "genre", NAMES, "calibrated", (0.0, 0.5, 1.0))
    assert result["smoothness"]["video_to_music"] == approx([1.0, 1.0])  # type: ignore[index]


def test_the_per_class_table_counts_and_averages_by_class() -> None:
    d = direction()
    (scores,) = sweep(d, "genre", "calibrated", (1.0,))
    row = figures_of(d, scores)
    first, second = per_class(d, NAMES, [(1.0, row)])
    assert (first["class"], first["pairs"], second["pairs"]) == ("low", 6, 5)
    assert first["chance"] == approx(5 / 11)
    both = [entry["P@10"]["1.0"] for entry in (first, second)]  # type: ignore[index]
    assert np.mean(both) == approx(row.table["P@10"])


def test_every_interval_holds_its_figure() -> None:
    d = direction(40)
    result = evaluate(d, d, "genre", NAMES, "mix", (0.5,))
    table = result["sweep"][0]["video_to_music"]  # type: ignore[index]
    for name, (low, high) in table["interval"].items():
        assert low <= table[name] <= high and low < high


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("evaluate")
    pairs = make_pairs(130)
    write_pairs(folder, pairs, ["train"] * 100 + ["test"] * 30)
    config = ModelConfig(12, 9, labels={"genre": ("high", "low")}, dim=16, hidden=32, linear=True)
    model = train(pairs, config, TrainConfig(steps=60, batch=32, lr=5e-3))
    save_model(model, folder / "m.safetensors")
    return folder


def evaluated(trained: Path, *more: str) -> dict[str, Any]:
    """What the command writes of the trained model."""
    arguments = ["--pairs", str(trained / "pairs.csv"), "--checkpoint"]
    arguments += [str(trained / "m.safetensors"), "--out", str(trained / "metrics.json")]
    assert main(["evaluate", *arguments, *more]) == 0
    return dict(json.loads((trained / "metrics.json").read_text()))


@pytest.mark.thorough
def test_the_command_writes_figures_in_the_promised_format_and_a_plot(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = evaluated(trained, "--plot", str(trained / "sweep.png"))
    assert {"split", "pool", "facet", "checkpoint", "chance", "sweep"} <= set(result)
    assert (result["split"], result["pool"], result["facet"]) == ("test", 30, "genre")
    assert [row["alpha"] for row in result["sweep"]] == approx(np.arange(11) / 10)
    columns = {"R@1", "R@5", "R@10", "MedR", "MRR", "P@1", "P@5", "P@10"}
    for row in result["sweep"]:
        assert columns <= set(row["video_to_music"]) and columns <= set(row["music_to_video"])
    assert result["sweep"][0]["video_to_music"]["R@10"] > result["chance"]["R@10"] + 0.2
    assert (trained / "sweep.png").read_bytes().startswith(b"\x89PNG")
    printed = capsys.readouterr().out
    assert "alpha 0.5" in printed and "ceiling" in printed and "high" in printed


def test_cca_stands_beside_and_every_pairs_rank_is_kept(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = evaluated(trained, "--ranks", str(trained / "ranks.csv"))
    printed = capsys.readouterr().out
    assert printed.count("           CCA ") == 2
    assert result["cca"]["video_to_music"]["R@10"] > result["chance"]["R@10"] + 0.2
    for way in ("video_to_music", "music_to_video"):
        by_class = [row["cca"] for row in result["per_class"][way]]
        assert np.mean(by_class) == approx(result["cca"][way]["P@10"])  # macro over the classes
    for row in result["per_class"]["video_to_music"]:
        assert f"chance {row['chance']:.3f}, CCA {row['cca']:.3f}, {row['pairs']} pairs" in printed
    ranks = pd.read_csv(trained / "ranks.csv")
    assert len(ranks) == 30 and ranks["id"].is_unique and len(ranks.columns) == 1 + 2 * 11
    for way in ("video_to_music", "music_to_video"):
        at_zero = ranks[f"{way} 0.0"].to_numpy()
        assert result["sweep"][0][way]["MRR"] == approx((1 / at_zero).mean())
        assert result["sweep"][0][way]["R@10"] == approx((at_zero <= 10).mean())


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--facet", "mood"], "no facet 'mood'; it has: genre"),
        (["--split", "val"], "no row at all has the split val"),
    ],
)
def test_what_cannot_be_measured_is_said(
    trained: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    base = ["--pairs", str(trained / "pairs.csv"), "--checkpoint", str(trained / "m.safetensors")]
    assert main(["evaluate", *base, *arguments]) == 1
    assert reason in capsys.readouterr().err


def test_a_checkpoint_without_labels_is_measured_at_its_one_position(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = write_pairs(tmp_path, make_pairs(12), ["test"] * 12)
    save_model(Model(ModelConfig(12, 9, dim=16, hidden=32)), tmp_path / "m.safetensors")
    base = ["--pairs", str(table), "--checkpoint", str(tmp_path / "m.safetensors")]
    out = tmp_path / "metrics.json"
    assert main(["evaluate", *base, "--out", str(out), "--plot", str(tmp_path / "p.png")]) == 0
    result = json.loads(out.read_text())
    assert [row["alpha"] for row in result["sweep"]] == [0.0] and result["facet"] == ""
    assert result["sweep"][0]["video_to_music"]["P@10"] is None
    assert "facet none" in capsys.readouterr().out


def test_features_of_another_width_are_refused_with_the_fix(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = write_pairs(tmp_path, make_pairs(4, video_dim=7), ["train", "test", "test", "test"])
    base = ["--pairs", str(table), "--checkpoint", str(trained / "m.safetensors")]
    assert main(["evaluate", *base]) == 1
    assert "takes video features with 12 columns, pairs.csv has 7" in capsys.readouterr().err


def test_the_plot_shows_a_ceiling_only_where_it_limits(tmp_path: Path) -> None:
    d = direction(40)
    result = {"split": "test", **evaluate(d, d, "genre", NAMES, "mix", (0.0, 1.0))}
    plot_sweep(result, tmp_path / "sweep.svg")
    text = (tmp_path / "sweep.svg").read_text()
    assert text.count("<svg") == 1 and "path" in text
    dashed = text.count("stroke-dasharray")
    result["cca"] = {way: figures_of(d, d.branch_scores()[0]).table for way in result["smoothness"]}
    plot_sweep(result, tmp_path / "sweep.svg")
    with_cca = (tmp_path / "sweep.svg").read_text().count("stroke-dasharray")
    assert with_cca == dashed + 2 * 2 * 2  # in both panels a line and its key for each direction
