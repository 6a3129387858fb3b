"""Corrections made while searching become labels and pairs, where the house says so."""

from dataclasses import replace

import pytest

from vmr.catalogs.collection import open_collection
from vmr.config import CATALOGS
from vmr.errors import VmrError
from vmr.page.label_desk import Seat
from vmr.page.learning import Learning
from vmr.page.service import Service
from vmr.records.video_features import read_features

ANN = Seat("Ann", False, "visit")
CHOSEN = {"facet": "mood", "label": "calm", "value": 1}


@pytest.fixture
def learning(retriever, world_query, tmp_path) -> Learning:
    starter = replace(retriever, music=open_collection([CATALOGS / "starter"], retriever.model))
    service = Service(starter, str)
    service.memory.keep(world_query)
    return Learning(service, tmp_path, allowed=True)


def test_a_chosen_label_a_refusal_and_a_pick_are_kept_with_what_the_encoder_saw(
    learning, world_query
):
    sha256 = world_query.sha256
    first, second = learning.service.retriever.music.places[:2]
    rows = [
        CHOSEN,
        {"number": first.number, "value": -1, "source": "not_this"},
        {"number": second.number, "value": 1, "source": "approved"},
    ]
    assert learning.learn(ANN, sha256, rows) == 3
    (said,) = learning.store.current("video")
    assert (said.label.item, said.label.label, said.label.source) == (sha256, "calm", "corrected")
    assert {(pair.track, pair.value) for pair in learning.store.pairs()} == {
        (first.track.sha256, -1),
        (second.track.sha256, 1),
    }
    assert learning.learn(ANN, sha256, [CHOSEN | {"value": 0}]) == 1
    assert learning.store.current("video") == ()


def test_a_correction_is_logged_before_it_is_kept(learning, world_query):
    entries = []
    learning.service.log = entries.append
    learning.learn(ANN, world_query.sha256, [CHOSEN])
    (entry,) = entries
    assert (entry.action, entry.video) == ("labelled", world_query.sha256)
    assert entry.labels == {"mood": {"calm": 1}}

    def full(entry):
        raise VmrError("records.later", name="audit.sqlite")

    learning.service.log = full
    with pytest.raises(VmrError):
        learning.learn(ANN, world_query.sha256, [CHOSEN | {"label": "sad"}])
    assert [one.label.label for one in learning.store.current("video")] == ["calm"]


def test_the_rows_of_the_encoder_are_kept_where_the_query_has_them(learning, world_query):
    rows = world_query.embedding.values[0].astype("float16")
    query = replace(world_query, sha256="a" * 64, features=rows)
    learning.service.memory.keep(query)
    learning.learn(ANN, "a" * 64, [CHOSEN])
    encoder = learning.service.retriever.model.config.video_encoder
    assert read_features(learning.data, encoder, ["a" * 64])["a" * 64].shape == rows.shape


@pytest.mark.parametrize(
    "rows",
    [
        [{"number": 10**9, "value": 1, "source": "picked"}],
        [{"number": 0, "value": 5, "source": "picked"}],
        [{"number": 0, "value": 1, "source": "rumour"}],
        [{"number": float("nan"), "value": 1, "source": "picked"}],
        [{"facet": "title", "label": "x", "value": 1}],
        [],
        "x",
    ],
)
def test_what_is_no_correction_is_refused_in_words(learning, world_query, rows):
    with pytest.raises(VmrError):
        learning.learn(ANN, world_query.sha256, rows)
    assert learning.store.state == 0


def test_nothing_is_kept_where_the_house_does_not_say_so(learning, world_query):
    with pytest.raises(VmrError, match="--learn"):
        Learning(learning.service, learning.data, allowed=False).learn(
            ANN, world_query.sha256, [CHOSEN]
        )
    with pytest.raises(VmrError, match="no longer remembers"):
        learning.learn(ANN, "f" * 64, [CHOSEN])
