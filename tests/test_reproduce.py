"""The study on MuVi-Sync: protocol, baselines, report, and the command on a small copy."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest
from pytest import approx

from vmr.__main__ import main
from vmr.evaluation.studies.baselines import fit_cca, posteriors
from vmr.evaluation.studies.muvisync_data import ARRAYS, TABLE, primary_artist, read_songs
from vmr.evaluation.studies.protocol import (
    choice_artists,
    cross_validation,
    equal_length_partners,
    flip_labels,
    keep_labels,
)

ARTISTS = np.array([f"a{i}" for i in np.random.default_rng(0).integers(0, 60, size=300)])


def test_no_artist_is_in_train_and_test_and_every_song_is_tested_once() -> None:
    splits = cross_validation(ARTISTS, 2)
    assert len(splits) == 10
    for split in splits:
        assert not set(ARTISTS[split.train]) & set(ARTISTS[split.test])
        assert not set(split.train) & set(split.test)
    tested = np.concatenate([split.test for split in splits[:5]])
    chosen = np.isin(ARTISTS, list(choice_artists(ARTISTS)))
    assert sorted(tested) == np.flatnonzero(~chosen).tolist()
    assert max(len(s.test) for s in splits) - min(len(s.test) for s in splits) < 15
    assert [s.seed for s in splits] == list(range(10))


def test_the_artists_for_choosing_settings_are_never_tested_nor_trained_on_in_a_fold() -> None:
    held = np.flatnonzero(np.isin(ARTISTS, list(choice_artists(ARTISTS))))
    assert 5 <= len(choice_artists(ARTISTS)) <= 13  # 15 % of 60, drawn one by one
    for split in cross_validation(ARTISTS, 1):
        assert not set(held) & (set(split.test) | set(split.train))


def test_partners_of_equal_length_are_a_permutation_without_a_true_pair() -> None:
    rng = np.random.default_rng(1)
    lengths = rng.integers(150, 400, size=101)
    among = rng.permutation(101)[:51]
    partner = equal_length_partners(lengths, among)
    assert sorted(partner[among]) == sorted(among)
    assert (partner[among] != among).all()
    gap = np.abs(lengths[among] - lengths[partner[among]])
    assert np.median(gap) < 10 < np.median(np.abs(lengths[among] - rng.permutation(lengths)[:51]))


def test_labels_are_thinned_and_flipped_by_the_share_asked_for() -> None:
    genre = np.repeat(np.arange(4), 50)
    train = np.arange(0, 200, 2)
    few = keep_labels(genre, train, 0.2, seed=3)
    assert [(few[train] == g).sum() for g in range(4)] == [5, 5, 5, 5]
    assert (few[1::2] == genre[1::2]).all()
    assert (keep_labels(genre, train, 0.001, 3)[train] >= 0).sum() == 4
    noisy = flip_labels(genre, train, 0.4, 4, seed=3)
    assert (noisy[train] != genre[train]).mean() == approx(0.4)
    assert (noisy[1::2] == genre[1::2]).all() and set(noisy) == {0, 1, 2, 3}


def test_cca_finds_the_shared_direction_and_its_correlation() -> None:
    rng = np.random.default_rng(2)
    shared = rng.normal(size=(5000, 1))
    x = np.hstack([rng.normal(size=(5000, 2)), shared + 0.5 * rng.normal(size=(5000, 1))])
    y = np.hstack([shared + 0.5 * rng.normal(size=(5000, 1)), rng.normal(size=(5000, 3))])
    (mean_x, px), (mean_y, py) = fit_cca(x, y, 1e-6, 1e-6, 1)
    a, b = ((x - mean_x) @ px)[:, 0], ((y - mean_y) @ py)[:, 0]
    assert np.corrcoef(a, b)[0, 1] == approx(1 / 1.25, abs=0.02)  # var 1 of 1.25 is shared
    # a direction is weighted by its correlation
    assert a.std() == approx(1 / 1.25, abs=0.02)


def test_posteriors_are_balanced_and_ignore_the_unlabelled() -> None:
    rng = np.random.default_rng(3)
    labels = np.array([0] * 180 + [1] * 20 + [-1] * 20)
    x = rng.normal(size=(220, 2)) + 3.0 * labels[:, None] * (labels[:, None] >= 0)
    p = posteriors(x, labels, np.arange(220), 1e-3)
    assert p.sum(1) == approx(np.ones(220))
    found = p[:200].argmax(1) == labels[:200]
    assert found[:180].mean() > 0.85 and found[180:].mean() > 0.85
    moved = x.copy()
    moved[200:] += 100
    assert posteriors(moved, labels, np.arange(220), 1e-3)[:200] == approx(p[:200], abs=1e-6)


@pytest.mark.parametrize(
    ("name", "artist"),
    [
        ("J. Balvin, Jowell & Randy", "jbalvin"),
        ("Eminem ft. Rihanna", "eminem"),
        ("G-Eazy x Bebe Rexha", "geazy"),
        ("Beyoncé", "beyoncé"),
    ],
)
def test_the_primary_artist_is_spelled_plainly(name: str, artist: str) -> None:
    assert primary_artist(name) == artist


def make_data(folder: Path, songs: int = 36) -> None:
    """A small set in the same format: motion follows loudness, so there is something to find."""
    rng = np.random.default_rng(0)
    genres = ["edm", "hiphop", "latin", "pop", "rnb", "rock"]
    seconds, clips, lengths, blocks = [], [], [], []
    for i in range(songs):
        length = int(rng.integers(80, 120))
        arc = np.convolve(rng.normal(size=length + 10), np.ones(11) / 11, "valid")
        rows = np.zeros((length, 11), np.float16)
        rows[:, 0] = 0.1 * np.exp(arc)
        rows[:, 1] = rng.integers(0, 12, size=length)
        rows[:, 2] = rng.integers(0, 3, size=length)
        rows[:, 3] = 8 * np.exp(arc + 0.2 * rng.normal(size=length))
        rows[:, 4] = np.arange(length) % 4
        rows[:, 5:] = rng.dirichlet(np.ones(6), size=length)
        seconds.append(rows)
        lengths.append(length)
        blocks.append(-(-length // 5))
        clips.append(rng.normal(size=(blocks[-1], 768)) + (i % 6))
    np.savez(
        folder / ARRAYS,
        clip5s=np.concatenate(clips).astype(np.float16),
        clip_off=np.cumsum([0, *blocks]),
        persec=np.concatenate(seconds),
        persec_off=np.cumsum([0, *lengths]),
        chord_vocab=np.array(["A", "A#:min7", "N"]),
        meta=np.array([[f"{i:03}", "x", "pop", "A minor"] for i in range(songs)]),
    )
    with (folder / TABLE).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t")
        table.writerow(["id", "youtube_id", "artist", "title", "genre_judged_by_artist"])
        for i in range(songs):
            table.writerow([f"{i:03}", "x", f"artist {i // 2}", "t", genres[i % 6]])


def test_the_music_rows_hold_nothing_of_the_video_and_chords_are_relative_to_the_key(
    tmp_path: Path,
) -> None:
    make_data(tmp_path, 3)
    songs = read_songs(tmp_path)
    assert songs.video[0].shape[1] == 778 and songs.music[0].shape[1] == 94
    with np.load(tmp_path / ARRAYS) as arrays:
        content = {name: arrays[name] for name in arrays.files}
    content["persec"][:, 3:] = 7
    content["clip5s"][:] = 0
    np.savez(tmp_path / ARRAYS, **content)
    assert all(
        np.array_equal(a, b) for a, b in zip(songs.music, read_songs(tmp_path).music, strict=True)
    )
    music = songs.music[0]
    degree, chord = music[:, 15:27], content["persec"][: len(music), 2].astype(int)
    assert (degree[chord == 0].argmax(1) == 0).all()  # A in A minor is the tonic
    assert (degree[chord == 1].argmax(1) == 1).all()
    assert not degree[chord == 2].any()
    repeated = np.concatenate([[False] * 2, chord[2:] == chord[:-2]])
    assert np.array_equal(music[:, 65] > 0, repeated)  # the chord of two seconds before
    assert np.array_equal(music[:, 78:].argmax(1), content["persec"][: len(music), 1])


def test_a_folder_without_the_data_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reproduce", "muvisync", "--data", str(tmp_path)]) == 1
    assert f"has no {ARRAYS} and no {TABLE}" in capsys.readouterr().err


@pytest.mark.thorough
def test_the_whole_study_runs_on_a_small_copy_and_goes_on_after_a_stop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_data(tmp_path)
    out = tmp_path / "out"
    arguments = ["reproduce", "muvisync", "--data", str(tmp_path), "--out", str(out), "--quick"]
    arguments += ["--jobs", "1", "--steps", "2"]
    assert main(arguments) == 0
    result = json.loads((out / "figures.json").read_text())
    table = (out / "table.md").read_text()
    for name in ("chance", "CCA", "POST", "SSL only, alpha 0", "two models fused, alpha 0.5"):
        assert name in result["table"] and f"| {name} |" in table
    assert 0 < result["table"]["semi-supervised, mix, alpha 0"]["least tau"] <= 1
    assert "control: false pairs of equal length, linear maps, alpha 0" in result["control"]
    assert "labels 5%, plain, alpha 1" in result["curves"]
    # the hidden arc is there to be found, and only the time course sees it
    found = result["table"]["network, time course, alpha 0"]["MedR"]
    assert found < result["table"]["chance"]["MedR"] / 2
    kept = {p.name: p.stat().st_mtime_ns for p in (out / "runs").iterdir()}
    capsys.readouterr()
    assert main(arguments) == 0
    assert {p.name: p.stat().st_mtime_ns for p in (out / "runs").iterdir()} == kept
    assert capsys.readouterr().out.strip() == table.strip()


@pytest.mark.slow
def test_the_real_data_give_the_published_order(tmp_path: Path) -> None:
    folder = os.environ.get("VMR_MUVISYNC")
    if not folder:
        pytest.skip("set VMR_MUVISYNC to the folder with the compact MuVi-Sync features")
    out = tmp_path / "out"
    arguments = ["--data", folder, "--out", str(out), "--repeats", "1", "--curve-repeats", "0"]
    assert main(["reproduce", "muvisync", *arguments]) == 0
    table = json.loads((out / "figures.json").read_text())["table"]
    assert table["CCA"]["R@10"] > 2 * table["chance"]["R@10"]
    assert table["all, calibrated, alpha 0"]["R@10"] > 0.32
    assert table["all, calibrated, alpha 1"]["P@10"] > table["SSL only, alpha 0"]["P@10"]
