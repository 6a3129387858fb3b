"""Adapting the bundled checkpoint: own facets, corrections, versions, the command."""

from __future__ import annotations

import csv
import json
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from vmr.__main__ import main
from vmr.adaptation.adapt import adapt, other_facets
from vmr.adaptation.grow import grown, heads_of
from vmr.adaptation.pictures import Corrected, Seen, fit_pictures, left_out, teach
from vmr.adaptation.versions import Versions, checkpoint_in_use
from vmr.catalogs.collection import open_collection
from vmr.catalogs.policy import EVERYTHING
from vmr.config import CATALOGS, CHECKPOINTS, Settings
from vmr.encoders import load_music_encoder
from vmr.errors import VmrError
from vmr.labelling.pool import pool_of
from vmr.model.checkpoint import load_model, save_model
from vmr.records.audit_entry import Action, Entry
from vmr.records.audit_log import AuditLog
from vmr.records.labels import Label, LabelStore
from vmr.records.video_features import keep_features
from vmr.retriever import Retriever

STARTER = CHECKPOINTS / "starter.safetensors"
KINDS = {
    **dict.fromkeys(("metal", "rock", "drum-and-bass"), "loud"),
    **dict.fromkeys(("orchestral", "classical", "folk"), "acoustic"),
    **dict.fromkeys(("ambient", "horror", "ambient-industrial"), "atmosphere"),
}


@pytest.fixture(scope="module")
def model():
    return load_model(STARTER)


@pytest.fixture(scope="module")
def games(model):
    return open_collection([CATALOGS / "games"], model, EVERYTHING)


@pytest.fixture(scope="module")
def pool(model, games):
    return pool_of(games, model, load_music_encoder(model.config.music_encoder).columns)


def with_kinds(tracks, keep=lambda i: True):
    """The tracks with a label of a facet of their own."""
    kinds = [KINDS.get(track.genre[0], "") if track.genre else "" for track in tracks]
    return tuple(
        replace(t, facets={"client a": (k,) if k and keep(i) else ()})
        for i, (t, k) in enumerate(zip(tracks, kinds, strict=True))
    )


@pytest.fixture(scope="module")
def own(model, pool):
    return adapt(model, pool, with_kinds(pool.tracks), "client a")


def test_an_own_facet_is_learnt_and_measured_on_sounds_that_nothing_was_learnt_from(own, pool):
    assert own.used == ("tracks",) and own.honest
    assert own.names == ("acoustic", "atmosphere", "loud")
    assert own.tracks.after > own.tracks.before + 0.15 and own.tracks.low > 0
    assert own.tracks.count >= 20
    assert own.labels + own.tracks.count == sum(bool(KINDS.get(t.genre[0])) for t in pool.tracks)


def test_labels_at_random_are_refused(model, pool):
    rng = np.random.default_rng(0)
    drawn = tuple(
        replace(t, facets={"client a": (("x", "y", "z")[rng.integers(3)],)}) for t in pool.tracks
    )
    found = adapt(model, pool, drawn, "client a")
    assert found.tracks.gain < 0.15  # no more than luck
    assert adapt(model, pool, with_kinds(pool.tracks, lambda i: i < 9), "client a").model is None


def test_no_other_branch_is_touched(model, own, games, pool):
    found = other_facets(model, own.model, games, pool, "client a")
    assert set(found) == {"genre", "mood"}
    assert all(figures.before == figures.after for figures in found.values())
    rows = [games.places[i].features for i in range(8)]
    before, after = model.embed_music(rows), own.model.embed_music(rows)
    assert after.branches == (*before.branches, "client a")
    np.testing.assert_array_equal(after.values[:, :-1], before.values)


def test_an_adapted_checkpoint_is_an_ordinary_one(own, games, tmp_path):
    save_model(own.model, tmp_path / "mine.safetensors")
    opened = load_model(tmp_path / "mine.safetensors")
    assert opened.config == own.model.config and opened.fingerprint == own.model.fingerprint
    music = games.opened_for(opened)
    video = np.random.default_rng(0).random((4, opened.config.video_dim), np.float32)
    np.testing.assert_allclose(
        opened.embed_video([video]).values, own.model.embed_video([video]).values, atol=1e-6
    )
    query = opened.anchors("client a")
    assert query.names == ("acoustic", "atmosphere", "loud")
    scores = music.embeddings.branch("client a") @ query.values[2]
    first = [music.tracks[i].genre[0] for i in np.argsort(-scores)[:10]]
    assert sum(KINDS.get(genre) == "loud" for genre in first) >= 8
    assert np.isfinite(music.for_video.scale).all() and (music.for_video.scale > 1e-3).all()
    assert (music.for_music.scale > 1e-3).all()
    assert not np.allclose(opened.embed_video([video]).branch("client a"), 0)


def test_a_facet_of_the_model_is_drawn_by_its_labels(model, pool, games):
    """The starter catalog's moods are not what the checkpoint's music side learnt."""
    starter = open_collection([CATALOGS / "starter"], model, EVERYTHING)
    own = pool_of(starter, model, load_music_encoder(model.config.music_encoder).columns)
    found = adapt(model, own, own.tracks, "mood")
    assert not found.honest  # 28 tracks are too few to keep a fifth apart
    assert found.tracks.count == 28
    if found.model is not None:
        track, _ = heads_of(found.model, "mood")
        assert 0 < float(track.pull) <= 1


def rows_of(seed, model, count=24):
    """Clips (T, Dv) of three kinds, and a mood that each kind gets."""
    rng = np.random.default_rng(seed)
    kinds = rng.random((3, model.config.video_dim), np.float32)
    which = np.arange(count) % 3
    noise = rng.normal(0, 0.02, (count, 3, model.config.video_dim)).astype(np.float32)
    return [(kinds[k] + e).clip(0) for k, e in zip(which, noise, strict=True)], which


def test_corrected_clips_and_clips_like_them_follow_the_correction(model):
    moods = ("sad", "playful", "tense")
    rows, which = rows_of(0, model)
    said = tuple({moods[k]: 1} for k in which)
    new, seen = fit_pictures(model, "mood", Corrected(tuple(rows[:18]), said[:18]))
    anchors = new.anchors("mood")

    def right(checkpoint):
        near = checkpoint.embed_video(rows).branch("mood") @ anchors.values.T
        return np.array([anchors.names[i] for i in near.argmax(1)]) == [moods[k] for k in which]

    assert right(new).all() and right(model).mean() < 0.5
    assert left_out(seen).after > left_out(seen).before
    np.testing.assert_array_equal(  # the energy, and every other branch, is as before
        new.embed_video(rows).values[:, :2], model.embed_video(rows).values[:, :2]
    )
    with pytest.raises(VmrError, match="At least 3"):
        fit_pictures(model, "mood", Corrected(tuple(rows[:2]), said[:2]))


def test_what_is_fitted_to_cosines_is_what_the_model_computes(model):
    rows, _ = rows_of(1, model)
    said = tuple({name: 1} for name in np.resize(["calm", "happy", "dark"], len(rows)))
    new, seen = fit_pictures(model, "mood", Corrected(tuple(rows), said))
    _, head = heads_of(new, "mood")
    taught = teach(seen)
    moved = seen.cosines @ np.eye(seen.cosines.shape[1]) * 0 + taught.level
    moved = moved + seen.kernel @ taught.weights
    z = torch.as_tensor(model.embed_video(rows).branch("mood"))
    expected = z + torch.as_tensor(moved, dtype=torch.float32) @ head.directions
    expected = expected / expected.norm(dim=1, keepdim=True)
    np.testing.assert_allclose(new.embed_video(rows).branch("mood"), expected, atol=1e-4)


def test_levels_are_learnt_only_from_enough_corrections():
    rng = np.random.default_rng(0)
    chosen = np.zeros((20, 10))
    chosen[:, 0] = 1

    def seen(labels):
        eye = np.eye(20)
        cosines = rng.normal(0, 0.1, (20, labels))
        return Seen(cosines, eye, np.pad(chosen, ((0, 0), (0, labels - 10))), np.ones((20, labels)))

    assert teach(seen(12)).level[0] > 0.1
    assert not teach(seen(20)).level.any()


def test_versions_are_kept_and_one_step_back_is_one_call(own, tmp_path):
    versions = Versions(tmp_path, STARTER)
    settings = Settings(data=tmp_path)
    assert checkpoint_in_use(settings) == STARTER
    first = versions.keep(own, own.model, STARTER)
    assert versions.used == STARTER  # kept, not in use
    assert versions.use(first.number) == first.path == checkpoint_in_use(settings)
    second = versions.keep(own, own.model, first.path)
    versions.use(second.number)
    assert versions.back() == first.path and versions.back() == STARTER
    with pytest.raises(VmrError, match="nothing to go back to"):
        versions.back()
    with pytest.raises(VmrError, match="no version 7"):
        versions.use(7)
    assert [v.number for v in versions.kept()] == [1, 2]
    text = first.path.with_suffix(".md").read_text("utf-8")
    assert "client a" in text and "What it can't do" in text
    assert Versions(tmp_path, CHECKPOINTS / "musicnn.safetensors").kept() == []


@pytest.mark.thorough
def test_the_command_teaches_labels_of_the_store_and_corrections(tmp_path, capsys, model, pool):
    store = LabelStore(tmp_path)
    kinds = [t for t in with_kinds(pool.tracks) if t.facets["client a"]]
    store.add("ann", [Label("track", t.sha256, "client a", t.facets["client a"][0]) for t in kinds])
    rows, which = rows_of(2, model)
    for k, features in enumerate(rows):
        item = f"{k:064x}"
        keep_features(tmp_path, item, model.config.video_encoder, features)
        mood = ("sad", "playful", "tense")[which[k]]
        store.add("bob", [Label("video", item, "mood", mood, 1, "corrected")])
    flags = ["--catalog", str(CATALOGS / "games"), "--data", str(tmp_path)]
    begun = time.monotonic()
    log = AuditLog(tmp_path)
    log.write(Entry(Action.CHANGED))  # a house that keeps one
    assert main(["adapt", *flags, "--apply", "--json"]) == 0
    assert time.monotonic() - begun < 60
    found = {row["facet"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["client a"]["used"] == ["tracks"] and found["mood"]["used"] == ["pictures"]
    assert found["client a"]["others"]["mood"]["gain"] == 0
    settings = Settings(catalogs=(CATALOGS / "games",), data=tmp_path, device="cpu")
    retriever = Retriever.open(settings)
    assert retriever.facets == ("genre", "mood", "tempo", "instrument", "client a")
    hits = retriever.search(
        None, facet="client a", alpha=1, labels={"loud": 1}, k=5, with_silent=True
    )
    assert sum(KINDS.get(hit["genre"][0]) == "loud" for hit in hits) >= 4
    assert main(["adapt", "--data", str(tmp_path), "--back"]) == 0
    _, *adapted, back = log.rows()
    assert {row["action"] for row in adapted} == {"adapted"} and back["action"] == "changed"
    assert main(["adapt", "--data", str(tmp_path), "--list", "--json"]) == 0
    kept = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [row["used"] for row in kept] == [True, False]
    back = retriever.using(checkpoint_in_use(settings), settings)
    assert np.array_equal(back.music.numbers.numbers, retriever.music.numbers.numbers)


def test_the_command_says_what_is_lacking(tmp_path, capsys):
    flags = ["--catalog", str(CATALOGS / "starter"), "--data", str(tmp_path)]
    assert main(["adapt", *flags]) == 1
    assert "Nobody has labelled anything" in capsys.readouterr().err
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["id", "own"], ["calm_acoustic_1", "x"]])
    assert main(["adapt", *flags, "--labels", str(tmp_path / "labels.csv")]) == 1
    assert "'own' has 1 labelled track." in capsys.readouterr().out
    assert not LabelStore(tmp_path).path.is_file()  # without --apply nothing is written
    main(["adapt", *flags, "--labels", str(tmp_path / "labels.csv"), "--apply"])
    assert [said.label.label for said in LabelStore(tmp_path).current()] == ["x"]


def test_the_plain_mix_cannot_be_adapted(model):
    mixed = replace(model.config, fusion="mix")
    other = type(model)(mixed)
    with pytest.raises(VmrError, match="cannot be adapted"):
        grown(other, "own", ("x", "y"))
