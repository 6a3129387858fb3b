"""Suggestions, questions and doubts, on the real catalog of games and the bundled checkpoint."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from vmr.catalogs.collection import open_collection
from vmr.catalogs.policy import EVERYTHING
from vmr.config import CATALOGS, CHECKPOINTS
from vmr.encoders import load_music_encoder
from vmr.evaluation.reliability import calibration_error
from vmr.labelling.ask import doubtful, margins, next_items, spread
from vmr.labelling.guess import alike, guess
from vmr.labelling.pool import HONEST, chosen_positions, known_labels, pool_of
from vmr.model.checkpoint import load_model


@pytest.fixture(scope="module")
def model():
    return load_model(CHECKPOINTS / "starter.safetensors")


@pytest.fixture(scope="module")
def pool(model):
    games = open_collection([CATALOGS / "games"], model, EVERYTHING)
    return pool_of(games, model, load_music_encoder(model.config.music_encoder).columns)


def with_mood(tracks, keep):
    """The tracks with the moods of some of them only."""
    return tuple(t if k else replace(t, mood=()) for t, k in zip(tracks, keep, strict=True))


def test_confidences_hold_on_tracks_whose_labels_nobody_told(pool, model):
    half = np.arange(len(pool)) % 2 == 0
    found = guess(pool, model, "mood", with_mood(pool.tracks, half))
    names, truth = known_labels(pool.tracks, "mood", found.names)
    assert names == found.names
    likely = found.probability[~half]
    assert calibration_error(likely.ravel().astype(float), truth[~half].ravel()) < 0.08
    first = likely.argmax(axis=1)
    right = truth[~half][np.arange(len(first)), first].mean()
    assert right > truth.mean(axis=0).max() + 0.1  # than the most frequent mood for all
    label, confidence = found.suggestions(1)[0]
    assert label == found.names[first[0]] and confidence == pytest.approx(likely[0].max())


def test_a_tracks_own_label_does_not_decide_its_guess(pool, model):
    rng = np.random.default_rng(0)
    drawn = rng.permutation(len(pool))
    shuffled = tuple(
        replace(t, mood=pool.tracks[i].mood) for t, i in zip(pool.tracks, drawn, strict=True)
    )
    found = guess(pool, model, "mood", shuffled)
    first = found.share.argmax(axis=1)
    right = found.known[np.arange(len(first)), first].mean()
    assert right < found.known.mean(axis=0).max() + 0.08  # labels at random teach nothing


def test_an_own_facet_has_an_order_before_anything_is_learnt(pool, model):
    tracks = tuple(
        replace(t, facets={"sound": ("piano",) if i == 3 else ("Metal",) if i == 4 else ()})
        for i, t in enumerate(pool.tracks)
    )
    found = guess(pool, model, "sound", tracks)
    assert found.names == ("Metal", "piano") and found.probability is None
    metal = [i for i, t in enumerate(pool.tracks) if "metal" in t.genre]
    said = [found.suggestions(i)[0] for i in metal]
    assert np.mean([label == "Metal" for label, _ in said]) > 0.8  # the encoder's tag says so
    assert {confidence for _, confidence in said} == {None}
    assert doubtful(found) == []
    assert {q.reason for q in next_items(pool, found)} == {"random"}


def test_neighbours_never_count_the_track_itself():
    rows = np.array([[0.0], [0.1], [5.0]], np.float32)
    known = np.array([[True, False], [False, True], [True, False]])
    found = alike(rows, known)
    assert found[0, 1] > found[0, 0] and found[1, 0] == pytest.approx(1)


def test_every_fifth_question_is_random_from_the_fifth_that_the_model_leaves_alone(pool, model):
    known = np.arange(len(pool)) % 3 == 0
    found = guess(pool, model, "mood", with_mood(pool.tracks, known))
    skipped = int(np.flatnonzero(~known & pool.honest)[0])
    asked = next_items(pool, found, 20, seed=1, skip=frozenset([skipped]))
    assert len({q.track for q in asked}) == 20
    assert [q.reason == "random" for q in asked] == [i % HONEST == HONEST - 1 for i in range(20)]
    assert all(pool.honest[q.track] == (q.reason == "random") for q in asked)
    assert not any(known[q.track] for q in asked) and skipped not in {q.track for q in asked}
    assert 0.1 < pool.honest.mean() < 0.3
    unsure = margins(found.probability)
    asked_about = unsure[[q.track for q in asked if q.reason == "uncertain"]]
    assert asked_about.mean() < unsure[~known].mean() / 1.5


def test_of_two_alike_only_one_is_asked_about():
    rows = np.array([[0.0], [0.0], [9.0], [4.0]], np.float32)
    chosen = spread(rows, np.arange(4), np.array([0.0, 0.1, 0.2, 0.3], np.float32), 3)
    assert chosen == [0, 2, 3]


@pytest.mark.parametrize("seed", range(2))
def test_labels_that_were_flipped_are_doubted_far_more_often_than_by_chance(pool, model, seed):
    rng = np.random.default_rng(seed)
    flipped = set(rng.permutation(len(pool))[: len(pool) // 10].tolist())
    names = model.config.labels["mood"]

    def wrong(track):
        return replace(track, mood=(str(rng.choice([n for n in names if n not in track.mood])),))

    tracks = tuple(wrong(t) if i in flipped else t for i, t in enumerate(pool.tracks))
    doubts = doubtful(guess(pool, model, "mood", tracks), len(pool))
    first = {doubt.track for doubt in doubts[: len(flipped)]}
    assert len(first & flipped) / len(flipped) > 0.25  # precision and recall; chance is .10
    found = {doubt.track for doubt in doubts}
    assert len(found & flipped) / len(flipped) > 0.8 and len(found) < 0.6 * len(pool)
    assert all(a.margin >= b.margin for a, b in pairwise(doubts))


def test_of_many_sounds_a_pool_holds_the_same_each_time_whatever_else_there_is():
    hashes = [f"{n * 7919 % 1000:08x}" for n in range(1000)]
    assert chosen_positions(["b", "", "a", "b"]).tolist() == [0, 2]
    few = {hashes[i] for i in chosen_positions(hashes, most=100)}
    assert few == {hashes[i] for i in chosen_positions(hashes, most=100)} and len(few) == 100
    more = [*hashes, *(f"{n:08x}" for n in range(1000, 2000))]
    kept = {more[i] for i in chosen_positions(more, most=200)}
    assert len(kept & few) > 50  # those that came first still do
    assert chosen_positions(more, 200).tolist() == sorted(chosen_positions(more, 200).tolist())
