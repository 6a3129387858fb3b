"""The whole way on real parts: a real video, the bundled model, real music."""

import base64
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from vmr.__main__ import main
from vmr.config import CATALOGS, Settings
from vmr.embedding import alpha_weights
from vmr.errors import EncoderError, VmrError
from vmr.model.checkpoint import save_model
from vmr.model.two_tower import Model
from vmr.retriever import Retriever

HIT_FIELDS = {
    *("rank", "id", "title", "artist", "catalog", "genre", "mood", "bpm", "key", "seconds"),
    *("licence", "attribution", "score", "parts"),
}


def test_the_starter_catalog_is_there_and_playable(retriever):
    starter = next(catalog for catalog in retriever.catalogs if catalog.name == "starter")
    assert len(starter.tracks) == 28
    assert starter.notice is None
    assert all(starter.audio_path(i).is_file() for i in range(28))


@pytest.mark.parametrize("alpha", [0.0, 0.37, 1.0])
def test_a_real_video_gets_ranked_licensed_tracks(retriever, world_query, alpha):
    hits = retriever.search(world_query, alpha, "mood", 5)
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4, 5]
    assert all(set(hit) >= HIT_FIELDS and hit["licence"] for hit in hits)
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_the_score_is_the_weighted_sum_of_its_parts(retriever, world_query):
    if retriever.model.config.fusion != "calibrated":
        pytest.skip("the bundled checkpoint mixes before it compares")
    w = dict(zip(retriever.model.config.branches, [0.7, 0.0, 0.3, 0.0, 0.0], strict=True))
    for hit in retriever.search(world_query, 0.3, retriever.model.config.branches[2], 20):
        by_hand = sum(w[branch] * part for branch, part in hit["parts"].items())
        assert hit["score"] == pytest.approx(by_hand, abs=1e-4)


def test_alpha_changes_the_order(retriever, world_query):
    first = [hit["id"] for hit in retriever.search(world_query, 0.0, "mood", 28)]
    last = [hit["id"] for hit in retriever.search(world_query, 1.0, "mood", 28)]
    assert first != last


def test_the_payload_ranks_as_the_server_does(retriever, world_query):
    payload = json.loads(json.dumps(retriever.payload(world_query, str)))
    w = alpha_weights(0.4, payload["branches"], "mood")
    scores = np.array([np.dot(track["parts"], w) for track in payload["tracks"]])
    ids = [payload["tracks"][i]["id"] for i in np.argsort(-scores, kind="stable")[:10]]
    hits = retriever.search(world_query, 0.4, "mood", 10, with_silent=True)
    assert ids == [hit["id"] for hit in hits]
    assert all(len(base64.b64decode(track["peaks"])) == 200 for track in payload["tracks"])


def test_the_payload_carries_the_numbers_of_the_search_to_six_digits(retriever, world_query):
    """What a browser computes from it is what Python computes without it."""
    payload = json.loads(json.dumps(retriever.payload(world_query, str)))
    found = retriever.candidates(world_query)
    for name, exact in (("parts", found.parts), ("q", np.einsum("kbb->kb", found.q))):
        sent = np.array([track[name] for track in payload["tracks"]])
        np.testing.assert_allclose(sent, exact, rtol=1e-5, atol=1e-7)
    gram = np.array(payload["query"]["gram"])
    np.testing.assert_allclose(gram, found.query_gram.ravel(), rtol=1e-5, atol=1e-7)


def test_with_many_tracks_the_best_for_the_reference_are_sent_too(retriever, world_query, tmp_path):
    """Above 400 tracks only those that can reach the top are sent: of the video, and of it."""
    copies = [shutil.copytree(CATALOGS / "games", tmp_path / name) for name in "abcdef"]
    many = Retriever.open(Settings(catalogs=(CATALOGS / "games", *copies), device="cpu"))

    def sent(reference=None):
        rows = many.payload(world_query, str, reference)["tracks"]
        return {row["position"] for row in rows}

    outside = set(range(len(many.tracks))) - sent()
    reference = many.like(min(outside))
    wanted = set(many.candidates(reference).index.tolist())
    assert wanted - sent(), "nothing is tried here"
    assert wanted <= sent(reference)


def test_commercial_use_reaches_the_encoders(retriever, tmp_path):
    """A checkpoint that listens with MERT, whose weights are CC-BY-NC, is refused."""
    checkpoint = tmp_path / "mert.safetensors"
    config = replace(retriever.model.config, music_encoder=f"mert:{tmp_path}")
    save_model(Model(config), checkpoint)
    with pytest.raises(EncoderError, match="may not be used commercially"):
        Retriever.open(Settings(checkpoint=checkpoint, device="cpu", commercial=True))


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("facet", ["mood", "genre"])
def test_no_track_is_more_like_a_track_than_itself(retriever, facet, alpha):
    w = alpha_weights(alpha, retriever.model.config.branches, facet)
    for position in range(0, len(retriever.tracks), 9):
        found = retriever.candidates(retriever.like(position))
        scores = dict(zip(found.index.tolist(), found.scores(w).tolist(), strict=True))
        assert scores[position] > max(scores.values()) - 1e-4


def test_a_reference_track_adds_its_own_parts(retriever, world_query):
    payload = retriever.payload(world_query, str, reference=retriever.like(5))
    assert payload["reference"]["modality"] == "music"
    best = max(payload["tracks"], key=lambda track: track["reference"]["parts"][0])
    assert retriever.tracks[best["position"]].id == retriever.tracks[5].id


@pytest.fixture(scope="module")
def seen_twice(retriever, short_video):
    """Two queries of one video, and the steps that were told on the way of the second."""
    steps: list[tuple[str, float]] = []
    first = retriever.embed_video(short_video)
    return first, retriever.embed_video(short_video, lambda *step: steps.append(step)), steps


@pytest.mark.thorough
def test_the_same_video_gives_the_same_answer(seen_twice):
    first, again, _ = seen_twice
    np.testing.assert_allclose(again.embedding.values, first.embedding.values, atol=1e-5)
    assert again.sha256 == first.sha256


def test_progress_names_the_steps_in_order(seen_twice):
    *_, steps = seen_twice
    assert list(dict.fromkeys(step for step, _ in steps)) == ["read", "look", "match"]
    fractions = [fraction for _, fraction in steps]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0


def test_an_alpha_outside_the_slider_is_said(retriever, world_query):
    with pytest.raises(VmrError, match="between 0 and 1"):
        retriever.search(world_query, 1.5, "mood")


def test_the_search_command_prints_a_json_list(short_video, capsys):
    assert main(["search", "--video", str(short_video), "--json", "-k", "3", "--alpha", "0.2"]) == 0
    hits = json.loads(capsys.readouterr().out)
    assert len(hits) == 3 and set(hits[0]) >= HIT_FIELDS


def test_a_missing_file_is_one_sentence(capsys):
    assert main(["search", "--video", "nowhere.mp4"]) == 1
    assert "There is no file nowhere.mp4" in capsys.readouterr().err
