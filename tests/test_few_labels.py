"""The study of few labels: what a run measures, how the model asks, and the report."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.test_reproduce import make_data
from vmr.__main__ import main
from vmr.catalogs.tracks_table import Track
from vmr.commands.few_labels import markdown
from vmr.embedding import BranchEmbedding
from vmr.evaluation.studies.few_labels import ROUND, asked, catalog_run, summary
from vmr.labelling.pool import Pool


def clear_pool(count=150, classes=3, seed=0):
    """Tracks whose columns say their label: (pool, known (N, L))."""
    rng = np.random.default_rng(seed)
    which = rng.integers(classes, size=count)
    columns = np.eye(classes)[which] * 3 + rng.normal(0, 0.4, (count, classes))
    nothing = np.zeros((count, 1, 2), np.float32)
    tracks = tuple(Track(f"t{i}", "t", sha256=f"{i * 7919:064x}") for i in range(count))
    pool = Pool(
        tracks,
        np.arange(count),
        columns.astype(np.float32),
        BranchEmbedding(nothing, ("ssl",)),
        nothing,
        {},
    )
    return pool, np.eye(classes, dtype=bool)[which]


def test_clear_labels_are_learnt_from_few_and_numbers_that_are_not_there_are_left_out():
    found = catalog_run(*clear_pool(), seed=0)
    assert found["random 5"] > 0.9 and found["active 5"] > 0.9 and found["random all"] > 0.9
    assert found["chance"] == pytest.approx(1 / 3)
    assert found["most frequent"] < 0.6
    assert "random 20" in found and "random 50" not in found and "active all" not in found


def test_labels_at_random_stay_at_chance():
    pool, known = clear_pool()
    shuffled = known[np.random.default_rng(1).permutation(len(known))]
    assert catalog_run(pool, shuffled, seed=0)["random all"] < 0.6


def test_the_model_asks_about_each_track_once_and_only_among_those_it_may():
    pool, known = clear_pool()
    among = np.random.default_rng(0).permutation(150)[:100]
    order = asked(pool, known, among, 70)
    assert len(order) == 70 == len(set(order.tolist())) and set(order) <= set(among)
    assert order[:ROUND].tolist() == among[:ROUND].tolist()


def test_the_report_has_means_intervals_and_only_rows_that_were_measured():
    runs = [{"random 5": 0.4, "chance": 0.1, "most frequent": 0.2}] * 2
    runs += [{"random 5": 0.7, "chance": 0.1, "most frequent": 0.2}]
    curve = summary(runs)
    assert curve["random 5"]["mean"] == pytest.approx(0.5)
    assert curve["random 5"]["low"] < 0.5 < curve["random 5"]["high"]
    assert curve["chance"]["low"] == pytest.approx(curve["chance"]["high"])
    text = markdown({"games, mood": curve})
    assert "| 5 | .500 (" in text and "| 10 |" not in text and "chance | .100" in text


@pytest.mark.thorough
def test_the_command_measures_pairs_too_and_goes_on_after_a_stop(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("vmr.commands.few_labels.FACETS", ())
    make_data(tmp_path)
    flags = ["reproduce", "few-labels", "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    flags += ["--quick", "--jobs", "1", "--steps", "2"]
    assert main(flags) == 0
    (name,) = found = json.loads((tmp_path / "out" / "few-labels.json").read_text())
    assert name == "MuVi-Sync, genre" and "chance, P@10" in found[name]
    assert not any(key.startswith("50 ") for key in found[name])  # no genre has so many
    first = capsys.readouterr().out
    assert main(flags) == 0 and capsys.readouterr().out == first
