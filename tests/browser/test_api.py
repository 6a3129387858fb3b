"""The same server without a browser: the named endpoints, the health route, closed doors."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import httpx
import pytest

from tests.variants import variants

FIELDS = {
    *("rank", "id", "title", "artist", "catalog", "genre", "mood", "bpm", "key", "seconds"),
    *("licence", "attribution", "playable", "score", "fit", "parts"),
}


@pytest.fixture(scope="module")
def client(server):
    from gradio_client import Client

    return Client(server, verbose=False)


def test_search_answers_hits_best_first(client, short_video):
    from gradio_client import handle_file

    hits = client.predict(handle_file(short_video), 0.3, "mood", 4, api_name="/search")
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4]
    assert all(set(hit) >= FIELDS for hit in hits)
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("arguments", variants([[0.3], [], [0.3, "mood", 4]]), ids=len)
def test_a_call_may_leave_out_the_last_arguments(server, short_video, arguments):
    answer = httpx.post(
        f"{server}gradio_api/upload", files={"files": (short_video.name, short_video.read_bytes())}
    )
    file = {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}
    event = httpx.post(f"{server}gradio_api/call/search", json={"data": [file, *arguments]})
    address = f"{server}gradio_api/call/search/{event.json()['event_id']}"
    text = httpx.get(address, timeout=60).text
    assert text.startswith("event: complete"), text
    (hits,) = json.loads(text.split("data: ", 1)[1])
    assert len(hits) == (4 if len(arguments) == 3 else 10)


def test_a_wrong_facet_is_said_in_words(client, short_video):
    from gradio_client import handle_file

    with pytest.raises(Exception, match="no facet 'weather'"):
        client.predict(handle_file(short_video), 0.3, "weather", 4, api_name="/search")


def test_a_call_asks_by_tempo_and_by_instrument(client, short_video):
    from gradio_client import handle_file

    for facet, name in (("tempo", "slow"), ("instrument", "synth")):
        for file in (handle_file(short_video), None):
            hits = client.predict(file, 1, facet, 3, name, api_name="/search")
            assert len(hits) == 3 and all(name in hit["measured"][facet] for hit in hits)


def test_labels_and_words_need_no_video(client):
    hits = client.predict(None, 1, "mood", 3, "calm, -sad", api_name="/search")
    assert len(hits) == 3 and all("calm" in h["mood"] for h in hits if h["catalog"] == "starter")
    said = ("", None, "slow piano")
    once = client.predict(None, 0.5, "mood", 2, *said, api_name="/search")
    twice = client.predict(None, 0.5, "mood", 2, *said, 2, api_name="/search")
    assert [hit["score"] for hit in twice] == pytest.approx(
        [2 * hit["score"] for hit in once], abs=1e-3
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((2, "mood", 3), "alpha must be a number from 0 to 1"),
        ((0.5, "mood", 2.5), "k must be a whole number"),
        ((0.5, "mood", 0), "k must be a number from 1"),
        ((0.5, "mood", 3, "zebra"), "no label 'zebra' in mood"),
        ((0.5, "mood", 3, "calm", 9), "energy must be a number from 1 to 5"),
        ((0.5, "mood", 3, "", None, "piano", 3), "words_weight must be a number from 0 to 2"),
        ((0.5, "mood", 3), "No video arrived"),
    ],
)
def test_what_a_program_asks_wrongly_is_said_in_words(client, asked, said):
    with pytest.raises(Exception, match=said):
        client.predict(None, *asked, api_name="/search")


def test_only_the_named_endpoints_are_public(client):
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert set(named) == {"/search", "/search_music", "/index_status"}


def test_healthz_answers(server):
    with urllib.request.urlopen(server + "healthz") as answer:
        assert json.load(answer)["status"] == "ok"


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/file=/etc/passwd",
        "gradio_api/file=app.py",
        "vmr/../app.py",
        "vmr/%2e%2e/serve.py",
        "vmr-media/..%2f..%2fapp.py",
        "vmr-media/0000.mp4",
    ],
)
def test_files_of_the_server_stay_there(server, path):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(server + path)
    assert refused.value.code in (403, 404)
