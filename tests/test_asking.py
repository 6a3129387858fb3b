"""Labels, energy and words asked of the whole: hits, payload, command line, what is refused."""

import copy
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from tests.variants import variants
from vmr.__main__ import main
from vmr.config import CATALOGS, Settings
from vmr.embedding import BranchEmbedding, alpha_weights, turn_by, turn_to, unit
from vmr.errors import VmrError
from vmr.knowledge.request import Request, Turned, label_weights
from vmr.page.service import Service
from vmr.query import Query
from vmr.retriever import Retriever


@pytest.fixture(scope="module")
def payload(retriever, world_query):
    return json.loads(json.dumps(retriever.payload(world_query, str)))


def test_a_hit_says_whether_it_can_be_played_and_how_well_it_fits(retriever, world_query):
    hits = retriever.search(world_query, 0.5, "mood", 20)
    assert {hit["playable"] for hit in hits} <= {True, False}
    starter = [hit for hit in hits if hit["catalog"] == "starter"]
    assert starter and all(hit["playable"] for hit in starter)
    fits = [hit["fit"] for hit in hits]
    assert all(0 <= fit <= 100 for fit in fits) and fits == sorted(fits, reverse=True)


def test_beside_a_reference_the_scale_is_that_of_a_video_with_one(retriever, world_query):
    sent = retriever.payload(world_query, str, retriever.like(3))["scale"]
    both, b = retriever.ranking.scale_beside, len(retriever.embeddings.branches)
    assert (
        len(sent["mean"]) == len(sent["places"]) == 2 * b and len(sent["covariance"]) == 4 * b * b
    )
    assert sent["mean"] == pytest.approx(both.mean, abs=1e-4)
    assert both.mean[b:] == pytest.approx(retriever.ranking.scale("music").mean, abs=1e-4)


def test_a_fit_is_the_share_of_random_pairs_that_are_beaten(retriever):
    """Pairs of the bank's videos and all tracks have the fits 0 to 100 evenly."""
    bank, ranking = retriever.model.video_bank, retriever.ranking
    w, scale = retriever.weights(0.5, "mood"), retriever.ranking.scale("video")
    chosen = [ranking.candidates(bank.rows([q]), "video") for q in range(0, len(bank), 16)]
    fits = np.concatenate([scale.percent(found.scores(w), w) for found in chosen])
    assert np.quantile(fits, [0.1, 0.5, 0.9]) == pytest.approx([10, 50, 90], abs=6)


@pytest.mark.parametrize("label", ["calm", "energetic"])
def test_a_label_alone_at_the_right_end_brings_tracks_that_carry_it(retriever, world_query, label):
    with_film = retriever.search(world_query, 1.0, "mood", 5, labels={label: 1})
    alone = retriever.search(None, 0.5, "mood", 5, labels={label: 1})
    assert [hit["id"] for hit in alone] == [hit["id"] for hit in with_film]
    carried = [label in hit["mood"] for hit in alone if hit["catalog"] == "starter"]
    assert carried and all(carried)


def test_energy_asked_moves_the_tracks_energy(retriever, world_query):
    def mean(energy: float) -> float:
        hits = retriever.search(world_query, 0.0, "mood", 5, energy=energy)
        return np.mean([hit["energy"] for hit in hits if hit["energy"] is not None])

    assert mean(1.5) + 1 < mean(4.5)


def test_words_alone_rank_by_their_term(retriever):
    hits = retriever.search(None, k=5, words="energetic")
    assert sum("energetic" in hit["mood"] for hit in hits) >= 4
    parts = {*retriever.model.config.branches, "words"}
    assert all(set(hit["parts"]) == parts for hit in hits)


def test_words_beside_a_video_add_their_term(retriever, world_query):
    def by_track(words: str):
        table = retriever.scores(world_query, 0.5, "mood", words=words)
        return table.set_index(["catalog", "id"])["score"]

    added = (by_track("calm piano") - by_track("")).to_numpy()
    assert added.std() == pytest.approx(1, abs=1e-3) and added.mean() == pytest.approx(0, abs=1e-3)


def test_the_weight_of_the_words_is_what_their_term_counts(retriever, world_query):
    def by_track(**asked):
        table = retriever.scores(world_query, 0.5, "mood", **asked)
        return table.set_index(["catalog", "id"])["score"]

    once, twice = (by_track(words="calm piano", words_weight=w) - by_track() for w in (1.0, 2.0))
    np.testing.assert_allclose(twice, 2 * once, atol=1e-4)
    none = retriever.search(world_query, words="calm piano", words_weight=0)
    plain = retriever.search(world_query)
    assert [hit["id"] for hit in none] == [hit["id"] for hit in plain]


def test_the_table_of_scores_holds_every_track_as_the_search_ranks_it(retriever, world_query):
    table = retriever.scores(world_query, 0.3, "mood")
    assert len(table) == len(retriever.tracks)
    hits = retriever.search(world_query, 0.3, "mood", 10, with_silent=True)
    assert table["id"].head(10).tolist() == [hit["id"] for hit in hits]
    by_hand = 0.7 * table["ssl"] + 0.3 * table["mood"]
    np.testing.assert_allclose(table["score"], by_hand, atol=1e-5)


@pytest.mark.parametrize("fusion", ["calibrated", "mix"])
def test_the_scores_of_all_tracks_are_those_of_the_candidates(retriever, world_query, fusion):
    config = replace(retriever.model.config, fusion=fusion)
    model = copy.copy(retriever.model)
    model.config = config
    ranking = replace(retriever.ranking, model=model)
    w = ranking.weights(0.3, "mood")
    every = ranking.every_score(world_query.embedding, "video", w)
    found = ranking.candidates(world_query.embedding, "video", np.arange(len(every)))
    np.testing.assert_allclose(every, found.scores(w), atol=2e-5)
    assert found.fusion == fusion


def by_browser(payload, w, turns):
    """Scores as the text of vmr.answers says that a browser finds them: {id: score}."""
    branches = payload["branches"]
    found = {}
    for track in payload["tracks"]:
        part, q = np.array(track["parts"]), np.array(track["q"])
        for number, turn in turns.items():
            entry, drawn = payload["anchors"][number], np.array(track["anchors"][number])
            b, c = branches.index(entry["branch"]), np.concatenate([[turn.own], turn.shares])
            gram = np.array(entry["gram"]).reshape(len(c), len(c))
            moved = (turn.own * q[b] + turn.shares @ drawn) / np.sqrt(c @ gram @ c)
            part[b] += (moved - q[b]) / track["spread"][b]
        found[track["id"]] = float(part @ w)
    return found


@pytest.mark.parametrize("labels", [{"calm": 1.0}, {"happy": 1.0, "calm": 0.4}, {"sad": -1.0}])
def test_a_browser_ranks_for_chosen_labels_and_energy_as_the_server_does(
    retriever, world_query, payload, labels
):
    controls = retriever.ranking.controls
    number = [a.branch for a in controls.anchors].index("mood")
    labels = {name: w for name, w in labels.items() if name in controls.anchors[number].names}
    felt = controls.felt(world_query.embedding)
    assert labels and payload["query"]["felt"] == pytest.approx(felt, abs=0.01)
    dial = len(controls.labels)
    assert payload["anchors"][dial]["branch"] == "ssl"
    turns = {number: turn_to(controls.anchors[number], labels)}
    turns[dial] = turn_by(controls.energy, felt, 4.0)
    ranked = by_browser(payload, alpha_weights(0.6, payload["branches"], "mood"), turns)
    hits = retriever.search(world_query, 0.6, "mood", 50, labels=labels, energy=4.0)
    for hit in hits:
        assert ranked[hit["id"]] == pytest.approx(hit["score"], abs=1e-3)


@pytest.fixture(scope="module")
def many(retriever, world_query, tmp_path_factory) -> Service:
    """The games nine times over, no two tracks quite alike, behind a service that knows a video."""
    folder = tmp_path_factory.mktemp("many")
    copies = [shutil.copytree(CATALOGS / "games", folder / name) for name in "abcdefgh"]
    opened = Retriever.open(Settings(catalogs=(CATALOGS / "games", *copies), device="cpu"))
    values = opened.embeddings.values
    noise = np.random.default_rng(0).normal(0, 0.03, values.shape).astype(np.float32)
    unlike = BranchEmbedding(unit(values + noise), opened.embeddings.branches)
    service = Service(replace(opened, music=replace(opened.music, embeddings=unlike)), str)
    service.memory.keep(world_query)
    return service


CHOSEN = [
    *({"choices": {"mood": {label: 1.0}}} for label in ("calm", "sad", "energetic")),
    {"choices": {"mood": {"calm": -1.0}}},
    {"choices": {"mood": {"happy": 1.0, "sad": -0.5}}},
    {"choices": {"genre": {"rock": 1.0, "jazz": 0.4}, "mood": {"tense": 1.0}}},
    {"choices": {"mood": {"tender": 1.0}}, "energy": 4.5},
    {"energy": 1.3},
]


def lacks_first_rows(service: Service, payload, asked: Turned, query) -> list[float]:
    """Positions of the slider at which a payload lacks one of the first fifty."""
    ranking = service.retriever.ranking
    moved = ranking.controls.as_turned(query.embedding, asked)
    every = ranking.candidates(moved, "video", np.arange(len(ranking.music)))
    sent = {track["position"] for track in payload["tracks"]}
    positions = [(facet, alpha) for facet in ranking.facets for alpha in (0, 0.33, 0.5, 0.97, 1)]
    return [
        alpha
        for facet, alpha in positions
        if not sent >= set(every.order(ranking.weights(alpha, facet))[:50].tolist())
    ]


@pytest.mark.parametrize("chosen", variants(CHOSEN, 2), ids=str)
def test_of_many_tracks_those_are_sent_that_a_choice_brings_first(many, world_query, chosen):
    asked = Turned.parse(chosen)
    payload = many.restore(world_query.sha256, asked)
    assert not payload["whole"] and len(payload["tracks"]) < len(many.retriever.tracks) == 2538
    assert payload["asked"] == {"choices": {}, "energy": None} | chosen
    assert lacks_first_rows(many, payload, asked, world_query) == []


def test_without_being_asked_some_of_the_first_rows_of_a_choice_are_not_there(many, world_query):
    """So the browser has to ask."""
    payload = many.restore(world_query.sha256)
    lacking = [lacks_first_rows(many, payload, Turned.parse(c), world_query) for c in CHOSEN]
    assert any(lacking)


@pytest.mark.parametrize(
    "sent", ["calm", [1], {"choices": ["calm"]}, {"choices": {"mood": "calm"}}], ids=str
)
def test_choices_that_are_none_are_refused(sent):
    with pytest.raises(VmrError, match="could not be read"):
        Turned.parse(sent)


def test_choices_that_cannot_be_are_refused(many, world_query):
    unknown = {"choices": {"mood": {"zebra": 1}}}
    for sent, said in (({"energy": 9}, "from 1 to 5"), (unknown, "zebra")):
        with pytest.raises(VmrError, match=said):
            many.restore(world_query.sha256, Turned.parse(sent))


def test_few_tracks_are_sent_whole(payload):
    assert payload["whole"] is True


def test_the_payload_says_what_is_believed(retriever, payload):
    query = payload["query"]
    assert set(query["beliefs"]) == set(query["ties"]) == set(retriever.facets)
    for facet, found in query["beliefs"].items():
        likely = [probability for _, probability in found]
        if facet in retriever.model.config.measured:  # nobody judged how often these fit
            assert set(likely) == {None}
        else:
            assert likely == sorted(likely, reverse=True) and all(0 < p < 1 for p in likely)
        assert {name for name, _ in found} <= set(retriever.model.config.labels[facet])
    assert {"mean", "covariance", "places", "percents", "normal", "fits_from"} == set(
        payload["scale"]
    )
    track = payload["tracks"][0]
    assert {*track["nearest"]} == set(retriever.model.config.labels) - {*track["measured"]}
    for found, rows in (
        (payload, [row for row in payload["tracks"] if row["audio"]]),
        (payload["with_silent"], payload["tracks"]),
    ):
        carried = {name for row in rows for name in row["mood"]}
        assert found["offered"]["mood"] == sorted(carried)


def test_a_hit_says_what_met_in_one_sentence(retriever, world_query):
    beliefs = retriever.ranking.believed(world_query.embedding)["beliefs"]["mood"]
    likely = {name for name, p in beliefs if p >= 0.5}
    for hit in retriever.search(world_query, 1.0, "mood", 12):
        carried = [name for name in hit["mood"] if name in likely]
        assert hit["reason"] == "" or hit["reason"].endswith(".")
        assert all(name in hit["reason"] for name in carried)
    (chosen,) = retriever.search(world_query, 1.0, "mood", 1, labels={"calm": 1})
    assert chosen["reason"].startswith("Your choice of calm met")
    (said,) = retriever.search(None, k=1, words="calm piano")
    assert said["reason"] == "“calm” met calm."


@pytest.fixture(scope="module")
def torn(retriever, world_query) -> Query:
    """The world's picture, had it been as calm as it is happy."""
    anchors = retriever.model.anchors("mood")
    values = world_query.embedding.values.copy()
    rows = [anchors.values[anchors.names.index(name)] for name in ("calm", "happy")]
    values[0, retriever.ranking.branches.index("mood")] = unit(rows[0] + rows[1])
    return replace(world_query, embedding=BranchEmbedding(values, world_query.embedding.branches))


def test_the_first_five_are_drawn_from_two_labels_that_tie(retriever, torn):
    assert retriever.payload(torn, str)["query"]["ties"]["mood"] in (
        ("calm", "happy"),
        ("happy", "calm"),
    )
    hits = retriever.search(torn, 1.0, "mood", 40)
    brought = [hit["drawn"] for hit in hits]
    assert sorted(map(brought[:5].count, ("calm", "happy"))) == [2, 3] and set(brought[5:]) == {
        None
    }
    scores = [hit["score"] for hit in hits]
    assert scores[:5] == sorted(scores[:5], reverse=True)
    assert scores[5:] == sorted(scores[5:], reverse=True)
    plain = {hit["id"]: hit["score"] for hit in retriever.search(torn, 1.0, "mood", 310)}
    table = retriever.scores(torn, 1.0, "mood").set_index("id")["score"]
    assert all(table[name] == pytest.approx(score, abs=1e-4) for name, score in plain.items())


@pytest.mark.parametrize(
    "asked",
    [{"alpha": 0.5}, {"labels": {"calm": 1}}, {"words": "piano"}],
)
def test_nothing_is_drawn_where_something_was_chosen_or_the_label_does_not_lead(
    retriever, torn, asked
):
    hits = retriever.search(torn, **({"alpha": 1.0, "facet": "mood", "k": 12} | asked))
    scores = [hit["score"] for hit in hits]
    assert not any(hit["drawn"] for hit in hits) and scores == sorted(scores, reverse=True)


def test_words_of_the_page_come_with_the_payload(retriever, world_query):
    service = Service(retriever, str)
    service.memory.keep(world_query)
    told = service.words(world_query.sha256, "calm piano, zzyzx")
    assert [chip["text"] for chip in told["words"]] == ["calm", "piano", "zzyzx"]
    assert [chip["understood"] for chip in told["words"]] == [True, True, False]
    assert np.std([track["term"] for track in told["tracks"]]) == pytest.approx(1, abs=0.01)
    alone = service.words("", "calm piano")
    assert alone["query"]["modality"] == "text"
    assert not any(any(track["parts"]) for track in alone["tracks"])
    with pytest.raises(VmrError, match="Nothing was asked"):
        service.words("", "  ")


def test_a_list_of_labels_is_read_as_people_write_it():
    assert label_weights("calm, -sad ,tender:0.5") == {"calm": 1.0, "sad": -1.0, "tender": 0.5}
    assert label_weights("-client:a:0.25") == {"client:a": -0.25}  # of one's own making
    assert label_weights("") == {}


REFUSED = [
    ({"alpha": 2}, "alpha must be a number from 0 to 1, not '2'"),
    ({"alpha": "left"}, "alpha must be a number"),
    ({"alpha": float("nan")}, "alpha must be a number"),
    ({"alpha": None}, "alpha must be a number"),
    ({"k": 0}, "k must be a number from 1"),
    ({"k": 2.5}, "k must be a whole number"),
    ({"k": float("inf")}, "k must be a number"),
    ({"k": 10**400}, "k must be a number"),
    ({"labels": "calm,calm"}, "named twice"),
    ({"labels": "calm:much"}, "calm must be a number"),
    ({"labels": "-"}, "is no label"),
    ({"words_weight": 2.5}, "words_weight must be a number from 0 to 2"),
    ({"words_weight": None}, "words_weight must be a number"),
    ({"energy": 9}, "energy must be a number from 1 to 5"),
    ({"energy": [1]}, "energy must be a number"),
]


@pytest.mark.parametrize(("sent", "said"), REFUSED)
def test_what_a_program_sends_wrongly_is_said_in_a_sentence(sent, said):
    with pytest.raises(VmrError, match=said):
        Request.parse(**sent)


IMPOSSIBLE = [
    (Request(facet="weather"), "no facet 'weather'"),
    (Request(labels={"rock": 1}, facet="mood"), "'rock' is a label of genre"),
    (Request(labels={"zebra": 1}), "no label 'zebra' in mood"),
    (Request(labels={"calm": 0}), "other than 0"),
    (Request(), "Nothing was asked"),
]


@pytest.mark.parametrize(("asked", "said"), IMPOSSIBLE)
def test_what_this_model_cannot_be_asked_is_said_before_a_file_is_read(retriever, asked, said):
    with pytest.raises(VmrError, match=said):
        Service(retriever, str).search(None, asked)


def test_without_a_video_something_has_to_be_wanted(retriever):
    with pytest.raises(VmrError, match="at least one label has to be wanted"):
        retriever.search(None, labels={"calm": -1})


def test_the_command_takes_labels_energy_and_words_without_a_video(capsys):
    command = ["search", "--labels", "calm,-sad", "--facet", "mood", "-k", "3", "--json"]
    assert main(command) == 0
    hits = json.loads(capsys.readouterr().out)
    assert [hit["rank"] for hit in hits] == [1, 2, 3] and all("fit" in hit for hit in hits)
    assert main(["search", "--words", "静かなピアノ", "--energy", "1", "-k", "2"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line[:3].strip().isdigit()]
    assert [int(line[:3]) for line in rows] == [1, 2]
    scores = []
    for weight in ("0.5", "2"):
        assert main(["search", "--words", "calm", "--words-weight", weight, "--json"]) == 0
        scores.append([hit["score"] for hit in json.loads(capsys.readouterr().out)])
    assert scores[1] == pytest.approx([4 * score for score in scores[0]], abs=1e-3)
    assert main(["search", "--labels", "zebra"]) == 1
    assert "no label 'zebra'" in capsys.readouterr().err
