"""The events between Gradio and the service: what a browser may send, and how it is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path

import gradio as gr
import pytest

from vmr.errors import VmrError
from vmr.media.read import probe
from vmr.page.event_errors import api_errors, page_errors
from vmr.page.files import MediaFiles
from vmr.page.handlers import Handlers, position_of, teller
from vmr.page.reverse import Reverse
from vmr.page.samples import Samples
from vmr.page.service import Service
from vmr.page.tabs import TabHandlers
from vmr.page.take_away import TakeAway
from vmr.page.transient import TransientFolder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("handlers")


@pytest.fixture(scope="module")
def handlers(film_retriever, folder) -> Handlers:
    service = Service(film_retriever, str)
    samples = Samples(folder, MediaFiles())
    return Handlers(service, samples, TakeAway(service, TransientFolder(keep_s=1000)))


@pytest.fixture(scope="module")
def tabs(handlers, folder) -> TabHandlers:
    return TabHandlers(Reverse(handlers.service, folder, folder))


@pytest.fixture(scope="module")
def matched(handlers, short_video) -> dict:
    """The answer to a video of five seconds."""
    return json.loads(json.dumps(handlers.match(str(short_video), "")))


def refusal(call, *arguments) -> dict[str, str]:
    """The sentences, by language, with which an event of the page refuses."""
    with pytest.raises(gr.Error) as refused:
        call(*arguments)
    return json.loads(refused.value.message)


# ---- errors and progress --------------------------------------------------------------------


def test_the_page_gets_every_language_and_an_endpoint_english():
    with pytest.raises(gr.Error) as page, page_errors():
        raise VmrError("page.no_video")
    with pytest.raises(gr.Error) as api, api_errors():
        raise VmrError("page.no_video")
    sentences = json.loads(page.value.message)
    assert sentences.keys() == {"en", "ja", "key"} and sentences["en"] == api.value.message
    assert sentences["key"] == "page.no_video"
    assert not sentences["ja"].isascii()


@pytest.mark.parametrize("errors", [page_errors, api_errors])
def test_a_bug_of_ours_keeps_its_kind(errors):
    with pytest.raises(ZeroDivisionError), errors():
        1 / 0  # noqa: B018


def test_progress_names_the_step_and_how_far_it_is():
    told = []
    teller(lambda fraction, desc: told.append((fraction, desc)))("look", 0.25)
    assert told == [(0.25, "look")]


@pytest.mark.parametrize(
    ("sent", "position"),
    [(3, 3), (3.0, 3), (0, 0), (-2, -2)]
    + [(strange, -1) for strange in (None, "3", math.nan, math.inf, [1], {})],
)
def test_a_position_is_a_number_or_none_that_a_list_has(sent, position):
    assert position_of(sent) == position


# ---- what a browser may leave out or make up --------------------------------------------------


def test_nothing_sent_is_refused_with_what_to_do(handlers, tabs):
    for call, arguments in (
        (handlers.match, (None, "")),
        (handlers.playable, (None, "")),
        (handlers.render, (None, "", 0, {})),
        (handlers.reference, ("0" * 64, None)),
    ):
        assert "arrived" in refusal(call, *arguments)["en"]
    for endpoint in (handlers.search, tabs.search_music):
        with pytest.raises(gr.Error, match="arrived"):
            endpoint("")


@pytest.mark.parametrize("key", ["nowhere", "../../etc/passwd", "earth/../earth", "\0"])
def test_only_samples_of_the_list_are_opened(handlers, key):
    assert refusal(handlers.match, None, key)["en"]


def test_samples_are_offered_with_titles_in_both_languages_and_unseen_files(handlers, folder):
    entries = handlers.samples.boot_data()
    assert len(entries) >= 8 and len({entry["url"] for entry in entries}) == len(entries)
    for entry in entries:
        assert entry["titles"].keys() == {"en", "ja"}
        assert entry["key"] not in entry["url"] and entry["url"].endswith(".mp4")
    assert not list(folder.glob("*.mp4")), "they are drawn when somebody looks"


@pytest.mark.parametrize("sha256", ["", "0" * 64, "../x", None])
def test_a_hash_that_nobody_has_is_refused(handlers, sha256):
    assert "Drop the video again" in refusal(handlers.restore, sha256)["en"]
    assert refusal(handlers.like, sha256, 0)["en"]


@pytest.mark.parametrize("position", [-1, 10**9, math.nan, None, "1"])
def test_a_track_or_film_that_is_not_there_is_refused(handlers, tabs, matched, position):
    sha256 = matched["query"]["sha256"]
    assert "Load the page again" in refusal(handlers.like, sha256, position)["en"]
    assert "Load the page again" in refusal(tabs.reverse_rank, None, position)["en"]
    assert refusal(tabs.reverse_film, position)["en"]
    assert refusal(tabs.evidence_neighbours, "track", position, "ssl")["en"]


# ---- ranking --------------------------------------------------------------------------------


def test_words_go_with_every_way_to_an_answer(handlers, matched, short_video, calm_track):
    sha256, text = matched["query"]["sha256"], "calm piano"
    answers = [
        handlers.match(str(short_video), "", text),
        handlers.words(sha256, text),
        handlers.like(sha256, 2, text),
        handlers.reference(sha256, str(calm_track), text),
    ]
    for answer in answers:
        assert [chip["alone"] for chip in answer["words"]] == ["calm", "piano"]
        assert any(track["term"] for track in answer["tracks"])
    assert "reference" in answers[2] and "reference" not in answers[1]


def test_a_matched_video_is_restored_to_the_same_answer(handlers, matched):
    again = json.loads(json.dumps(handlers.restore(matched["query"]["sha256"])))
    assert matched["film"].endswith("b.mp4")  # where the video is, for whoever sent it alone
    assert again == {key: value for key, value in matched.items() if key != "film"}
    assert len(matched["tracks"]) >= 28 and matched["query"]["modality"] == "video"


def test_a_reference_track_stands_beside_every_track(handlers, matched, calm_track):
    sha256 = matched["query"]["sha256"]
    for answer in (handlers.like(sha256, 2), handlers.reference(sha256, str(calm_track))):
        assert answer["query"]["sha256"] == sha256
        assert answer["reference"]["modality"] == "music"
        assert all("reference" in track for track in answer["tracks"])


def test_a_reference_for_a_forgotten_video_is_refused_before_it_is_heard(handlers, tmp_path):
    gone = tmp_path / "no such music.mp3"
    assert "Drop the video again" in refusal(handlers.reference, "0" * 64, str(gone))["en"]


def test_the_endpoint_answers_as_many_hits_as_asked_for(handlers, short_video):
    hits = handlers.search(str(short_video), 0.25, "mood", 3)
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert handlers.search(None, 0.5, "mood", 2, "calm")[0]["rank"] == 1


@pytest.mark.parametrize(
    "strange",
    [{"alpha": 2}, {"alpha": math.nan}, {"facet": "weather"}, {"labels": "no such label"}],
)
def test_the_endpoint_refuses_before_it_reads_the_file(handlers, strange):
    with pytest.raises(gr.Error) as refused:
        handlers.search("there is no such file.mp4", **strange)
    assert "there is no such file" not in refused.value.message


def test_music_ranks_the_films_by_file_and_by_position(tabs, calm_track):
    by_file = tabs.reverse_rank(str(calm_track), -1)
    by_position = tabs.reverse_rank(None, 0)
    assert len(by_file["videos"]) == len(by_position["videos"]) == 4
    hits = tabs.search_music(str(calm_track), 0.5, "mood", 2)
    assert len(hits) == 2 and hits[0]["score"] >= hits[1]["score"]


def test_the_status_says_what_is_searched(tabs, handlers):
    status = tabs.index_status()
    assert status["library"] == {"name": "films", "videos": 4}
    assert status["catalogs"][0]["name"] == "starter"
    model = handlers.service.retriever.model
    assert status["checkpoint"]["fingerprint"] == model.fingerprint


# ---- taking away ----------------------------------------------------------------------------


def test_a_render_is_an_mp4_of_the_video_with_the_track(handlers, short_video):
    steps = []
    answer = handlers.render(
        str(short_video), "", 0, {"job": "a"}, lambda fraction, desc: steps.append((fraction, desc))
    )
    out = Path(answer["url"])
    info = probe(out)
    assert info.has_audio and info.duration_s == pytest.approx(
        probe(short_video).duration_s, abs=0.2
    )
    assert {desc for _, desc in steps} == {"render"} and steps[-1][0] == 1
    assert str(short_video) not in out.name


def test_settings_that_cannot_be_leave_no_file(handlers, short_video):
    folder = handlers.take_away.folder.path
    before = set(folder.iterdir())
    for choices in ({"fit": "stretch"}, {"music_volume": math.inf}, {"music_start_s": "soon"}):
        assert refusal(handlers.render, str(short_video), "", 0, choices)["en"]
    assert set(folder.iterdir()) == before


def test_only_a_running_render_is_stopped(handlers):
    assert handlers.render_stop("nobody's") is False


def test_what_a_browser_plays_is_given_as_it_is(handlers, short_video):
    assert handlers.playable(str(short_video), "")["url"] == str(short_video)
