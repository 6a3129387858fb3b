"""Tempo and instruments as facets: measured of tracks, read of pictures from what they meet."""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vmr.adaptation.grow import grown
from vmr.adaptation.measured import with_measured_facets
from vmr.adaptation.played import write_played
from vmr.catalogs.music import embed_tracks
from vmr.config import CATALOGS, Settings
from vmr.embedding import SSL, BranchEmbedding, alpha_weights, turn_to
from vmr.knowledge.belief import Belief, leaning
from vmr.knowledge.instruments import TEMPI, bundled_instruments, offered
from vmr.knowledge.starter.ingredients import read_ingredients
from vmr.model.checkpoint import load_model, save_model
from vmr.model.config import ModelConfig
from vmr.model.measured import INSTRUMENT, TEMPO, measured_facets
from vmr.model.measured_scores import CARRIED, rows_of, scores_of, tempo_scores
from vmr.model.two_tower import Model
from vmr.page.sample_films.films import sample_path
from vmr.retriever import Retriever
from vmr.search import candidates

PROJECT = Path(__file__).resolve().parent.parent
MEASURED = (TEMPO, INSTRUMENT)


def plain(model: Model) -> Model:
    """The same model as it was before anything was added."""
    learnt, none = model.config.trained_labels, ()
    before = Model(replace(model.config, labels=learnt, added=none, adapted=none, measured=none))
    own = before.state_dict()
    for side in ("video", "music"):
        bank = f"{side}_bank_values"
        setattr(before, bank, torch.zeros_like(getattr(model, bank)))
        own[bank] = getattr(model, bank)
    for name, tensor in model.state_dict().items():
        if name in own:
            own[name] = tensor[: len(before.config.branches)] if "cosine_" in name else tensor
    before.load_state_dict(own)
    return before.eval()


@pytest.fixture(scope="module")
def before(retriever) -> Model:
    return plain(retriever.model)


@pytest.fixture(scope="module")
def samples_by_key(tmp_path_factory) -> dict[str, Path]:
    """The sample films that are plainly quick or calm."""
    folder = tmp_path_factory.mktemp("samples")
    keys = ("neon-tunnel", "confetti", "falling-snow", "sunny-waves", "night-sky")
    return {key: sample_path(key, folder) for key in keys}


def test_every_learnt_branch_stays_bit_for_bit(retriever, before):
    model, learnt = retriever.model, (SSL, *retriever.model.config.trained_labels)
    assert model.config.branches == (*learnt, *MEASURED) == (*before.config.branches, *MEASURED)
    rng = np.random.default_rng(0)
    dim = model.config.video_dim
    clips = [np.abs(rng.normal(0.3, 0.3, (t, dim))).astype(np.float32) for t in (3, 9)]
    count = len(learnt)
    for new, old in (
        (model.embed_video(clips), before.embed_video(clips)),
        (model.video_bank, before.video_bank),
        (model.music_bank, before.music_bank),
    ):
        np.testing.assert_array_equal(new.values[:, :count], old.values)
    for catalog in retriever.catalogs:
        features = [catalog.features[i] for i in range(len(catalog))]
        old, new = (embed_tracks(catalog.tracks, features, one) for one in (before, model))
        np.testing.assert_array_equal(new.values[:, :count], old.values)
        for asking in ("calibration_of_music", "calibration_music_music", "calibration_of_video"):
            was, now = getattr(before, asking)(old), getattr(model, asking)(new)
            np.testing.assert_array_equal(now.offset[:, :count], was.offset)
            np.testing.assert_array_equal(now.scale[:, :count], was.scale)


def test_the_last_step_of_the_starter_says_what_lies_in_the_checkpoint(retriever, before):
    """Made again from the same pieces, and with either facet made anew over the other."""
    music = retriever.music_encoder
    ingredients = read_ingredients([CATALOGS / "starter", CATALOGS / "games"], music)
    bpm = [track.bpm for track in ingredients.tracks]
    again = with_measured_facets(before, music.columns, ingredients.features, bpm)
    twice = with_measured_facets(again, music.columns, ingredients.features, bpm)
    bundled = retriever.model.state_dict()
    for model in (again, twice):
        write_played(model, INSTRUMENT, ingredients.footage)
        own = model.state_dict()
        assert own.keys() == bundled.keys() and model.config == retriever.model.config
        for name, tensor in own.items():
            torch.testing.assert_close(tensor, bundled[name], atol=1e-5, rtol=0, msg=name)


def test_scores_are_read_back_from_the_vector_that_says_them():
    scores = np.array([[0, 0], [1, 0], [0.5, 0.2], [1, 1], [0.1, 0.9]], dtype=np.float32)
    rows = rows_of(scores, 8)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(scores_of(rows[:, :2]), scores, atol=1e-3)
    halved = rows.astype(np.float16).astype(np.float32)  # as they lie on disk where there are many
    np.testing.assert_allclose(scores_of(halved[:, :2]), scores, atol=0.04)


def test_only_instruments_that_are_heard_well_are_labels(retriever):
    names = tuple(row.name for row in offered(bundled_instruments()))
    assert retriever.model.config.labels[INSTRUMENT] == names and len(names) >= 2
    assert all(row.precision >= 0.7 for row in bundled_instruments() if row.name in names)
    assert retriever.model.config.labels[TEMPO] == TEMPI


def test_what_a_track_carries_is_what_was_measured_of_it(retriever):
    facts, carried = retriever.ranking.facts, retriever.ranking.carried
    found = carried.measured_of(range(len(retriever.tracks)))
    for i, tempo in enumerate(facts.values["tempo"]):
        best = int(tempo.argmax())
        wanted = [TEMPI[best]] if tempo[best] > CARRIED + 0.01 else found[i][TEMPO]
        assert found[i][TEMPO][:1] == wanted[:1], retriever.tracks[i].id
    names = [row.name for row in bundled_instruments()]
    heard = dict(zip(names, facts.values["instruments"].T, strict=True))
    for name in retriever.model.config.labels[INSTRUMENT]:
        sure = {i for i, score in enumerate(heard[name]) if score >= CARRIED + 0.01}
        said = {i for i, one in enumerate(found) if name in one[INSTRUMENT]}
        assert sure <= said <= {i for i, s in enumerate(heard[name]) if s >= CARRIED - 0.01}
    assert set(retriever.ranking.offered(with_silent=True)[TEMPO]) == set(TEMPI)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("facet", MEASURED)
def test_a_chosen_label_is_carried_by_the_first_five(retriever, facet, place):
    catalog, model = retriever.catalogs[place], retriever.model
    anchors = model.anchors(facet)
    scores = scores_of(catalog.embeddings.branch(facet) @ anchors.values.T)
    found = candidates(
        model.video_bank.rows([0]),
        catalog.embeddings,
        model.calibration_of_music(catalog.embeddings),
        anchors=(anchors,),
    )
    w = alpha_weights(1.0, found.branches, facet)
    for k, name in enumerate(anchors.names):
        order = found.index[found.moved(facet, turn_to(anchors, {name: 1.0})).order(w)]
        first = scores[order, k]
        # Who carries nothing else comes first, so the scores of the first need not fall.
        assert (first[:5] >= CARRIED).all() and first[:5].min() > np.median(first), name
    both = turn_to(anchors, {anchors.names[-1]: 1.0, anchors.names[0]: -1.0})
    first = scores[found.index[found.moved(facet, both).order(w)[:3]]]
    assert (first[:, 0] < CARRIED).all() and (first[:, -1] >= CARRIED).all()


def test_quick_footage_asks_for_fast_music_and_calm_footage_for_slow(retriever, samples_by_key):
    asked = {
        key: retriever.ranking.believed(retriever.embed_video(path).embedding)["beliefs"][TEMPO]
        for key, path in samples_by_key.items()
    }
    for key in ("neon-tunnel", "confetti"):
        assert asked[key][0] == ["fast", None], key
    for key in ("falling-snow", "sunny-waves", "night-sky"):
        assert asked[key][0] == ["slow", None], key


def test_what_nobody_judged_is_said_with_perhaps(retriever, samples_by_key):
    query = retriever.embed_video(samples_by_key["confetti"])
    hits = retriever.search(query, 1.0, TEMPO, 3, with_silent=True)
    assert all(hit["measured"][TEMPO] == ["fast"] for hit in hits)
    assert all("perhaps fast" in hit["reason"] for hit in hits), hits[0]["reason"]
    assert not set(MEASURED) & set(retriever.ranking.controls.curves)
    assert retriever.ranking.ties(query.embedding)[TEMPO] is None


def test_a_picture_leans_to_what_is_at_least_half_as_near_as_the_first():
    found = [Belief(name, cosine, None) for name, cosine in (("a", 0.8), ("b", 0.4), ("c", 0.39))]
    assert [one.label for one in leaning(found)] == ["a", "b"]
    assert leaning([Belief("a", -0.1, None)]) == () and leaning([]) == ()


def test_a_tempo_that_a_table_gives_wins_and_without_one_the_features_say_it(retriever, tmp_path):
    """A catalog without the column bpm, opened as it is, and one whose tempo a person wrote."""
    folder = shutil.copytree(CATALOGS / "starter", tmp_path / "mine")
    (folder / "embeddings.safetensors").unlink()
    table = folder / "tracks.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    def opened(rows):
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return Retriever.open(Settings(catalogs=(folder,), device="cpu"))

    silent = opened([{k: v for k, v in row.items() if k != "bpm"} for row in rows])
    assert not any(track.bpm for track in silent.tracks)
    usual = retriever.ranking.carried.measured_of(range(len(rows)))
    found = silent.ranking.carried.measured_of(range(len(rows)))
    alike = [one[TEMPO] == other[TEMPO] for one, other in zip(usual, found, strict=True)]
    assert np.mean(alike) > 0.7 and all(one[TEMPO] for one in found)
    assert silent.ranking.offered()[TEMPO] == TEMPI
    written = opened([{**row, "bpm": "60"} for row in rows])
    slow = [one[TEMPO][:1] == ["slow"] for one in written.ranking.carried.measured_of(range(28))]
    assert np.mean(slow) > 0.9


def test_a_corrected_tempo_is_embedded_again(retriever, tmp_path):
    folder = shutil.copytree(CATALOGS / "starter", tmp_path / "starter")
    table = folder / "tracks.csv"
    text = table.read_text(encoding="utf-8")
    track = retriever.tracks[0]
    line = next(one for one in text.splitlines() if one.startswith(f"{track.id},"))
    changed = line.replace(f",{track.bpm:g},", ",200,")
    assert changed != line
    table.write_text(text.replace(line, changed), encoding="utf-8")
    again = Retriever.open(Settings(catalogs=(folder,), device="cpu"))
    rows = again.embeddings.values, retriever.embeddings.values[: len(again.tracks)]
    differ = np.abs(rows[0] - rows[1]).max(axis=2) > 1e-4
    assert differ[0, again.embeddings.branches.index(TEMPO)] and differ.sum() == 1


def test_where_the_encoder_hears_no_instruments_there_is_no_such_facet(before, retriever):
    features = [place.features for place in retriever.music.places[:40]]
    columns = [name for name in retriever.music_encoder.columns if not name.startswith("mtt:")]
    padded = [*columns, *["other"] * (before.config.music_dim - len(columns))]
    found = with_measured_facets(before, padded, features, [None] * 40)
    assert found.config.measured == (TEMPO,)
    nothing = with_measured_facets(before, ["other"] * len(padded), features, [None] * 40)
    assert nothing.config.branches == before.config.branches


def test_a_facet_of_the_same_name_that_a_house_makes_takes_the_place(retriever):
    own = grown(retriever.model, TEMPO, ("largo", "presto"))
    assert own.config.labels[TEMPO] == ("largo", "presto")
    assert own.config.measured == (INSTRUMENT,) and TEMPO not in own.measured
    rows = [place.features for place in retriever.music.places[:3]]
    kept = own.embed_music(rows).branch(INSTRUMENT)
    np.testing.assert_array_equal(kept, retriever.model.embed_music(rows).branch(INSTRUMENT))


def test_a_checkpoint_keeps_what_measures(retriever, tmp_path):
    save_model(retriever.model, tmp_path / "one.safetensors")
    again = load_model(tmp_path / "one.safetensors")
    rows = [place.features for place in retriever.music.places[:5]]
    np.testing.assert_array_equal(
        again.embed_music(rows).values, retriever.model.embed_music(rows).values
    )
    with pytest.raises(ValueError, match="nothing measures weather"):
        measured_facets(["weather"])
    with pytest.raises(ValueError, match="not among the added"):
        ModelConfig(4, 4, labels={TEMPO: TEMPI}, measured=(TEMPO,))


def test_music_as_a_query_has_its_tempo(retriever):
    track = next(i for i, t in enumerate(retriever.tracks) if (t.bpm or 0) > 160)
    rows = retriever.model.embed_music([retriever.music.places[track].features])
    assert isinstance(rows, BranchEmbedding) and rows.branch(TEMPO)[0, :3].argmax() == 2


def test_a_tempo_is_measured_from_beats_and_onsets():
    bpm = np.array([60, 110, 170, 190, np.nan], dtype=np.float32)
    onsets = np.array([1.0, 4.5, 8.0, 1.0, 1.0], dtype=np.float32)
    shares = tempo_scores(bpm, onsets)
    assert [TEMPI[i] for i in shares[:3].argmax(axis=1)] == ["slow", "medium", "fast"]
    assert 0 < shares[3, 2] < 1 and shares[3, 0] > 0  # few onsets: the beats may be doubled
    assert not shares[4].any() and rows_of(shares[4:], 5)[0].tolist() == [0, 0, 0, 1, 0]


def test_the_command_asks_by_tempo(tmp_path, samples_by_key):
    command = [sys.executable, "-m", "vmr", "search", "--video", str(samples_by_key["confetti"])]
    command += ["--facet", "tempo", "--labels", "slow", "--alpha", "1", "-k", "5", "--json"]
    environment = {**os.environ, "VMR_CACHE": str(tmp_path), "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        [*command, "--with-silent"], capture_output=True, check=True, env=environment, cwd=PROJECT
    )
    hits = json.loads(done.stdout)
    assert len(hits) == 5 and all(hit["measured"][TEMPO] == ["slow"] for hit in hits)
    assert all(hit["bpm"] < 100 for hit in hits)
