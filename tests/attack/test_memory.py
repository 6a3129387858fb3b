"""What a visitor leaves in the server's memory: nothing that grows with the number of answers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.routes import App
from gradio.server_messages import ProcessCompletedMessage
from starlette.testclient import TestClient

from tests.attack.server import _resident_bytes
from vmr.page import event_queue
from vmr.page.event_queue import Bounds, _is_heard, give_back_memory, is_full


@pytest.fixture
def blocks() -> gr.Blocks:
    """One event with a payload, in Gradio's own queue."""
    with gr.Blocks() as blocks:
        private = {"api_visibility": "private"}  # as the page's own are
        gr.Button().click(lambda: ["x" * 1000], outputs=gr.JSON(), **private)
    blocks.theme = gr.themes.Base()
    blocks.config = blocks.get_config_file()
    blocks.queue()
    Bounds(blocks._queue)
    return blocks


@pytest.fixture
def client(blocks: gr.Blocks) -> Iterator[TestClient]:
    with TestClient(App.create_app(blocks, mcp_server=False)) as client:
        client.get("/gradio_api/startup-events")
        yield client


def join(client: TestClient, session: str) -> None:
    body = {"data": [], "fn_index": 0, "session_hash": session}
    client.post("/gradio_api/queue/join", json=body).raise_for_status()


def payloads(blocks: gr.Blocks) -> int:
    """Answers with their payload that the queue keeps."""
    waiting = blocks._queue.pending_messages_per_session.values()
    messages = [message for queue in waiting for message in queue._queue]
    completed = [m for m in messages if isinstance(m, ProcessCompletedMessage)]
    return sum(bool(message.output.get("data")) for message in completed)


def settled(blocks: gr.Blocks) -> None:
    """Wait until the queue has answered everything."""
    until = time.monotonic() + 30
    while blocks._queue.event_ids_to_events:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_answers_that_nobody_hears_are_dropped(
    blocks: gr.Blocks, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_queue, "MOST", 5)
    for number in range(20):
        join(client, f"s{number}")
    settled(blocks)
    assert payloads(blocks) == 5
    monkeypatch.setattr(event_queue, "KEEP_S", 0.0)
    time.sleep(0.01)
    join(client, "last")
    settled(blocks)
    assert payloads(blocks) <= 1


def test_an_answer_that_somebody_listens_for_is_not_dropped(
    blocks: gr.Blocks, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_queue, "MOST", 0)
    monkeypatch.setattr(event_queue, "KEEP_S", 0.0)
    messages = asyncio.Queue[str]()
    messages.put_nowait("rank 3")
    assert not _is_heard(messages)
    messages.get_nowait()
    messages.put_nowait("rank 2")
    assert _is_heard(messages)  # it is busy with what came before
    join(client, "nobody")
    settled(blocks)
    assert payloads(blocks) == 0


def test_one_visitor_does_not_fill_the_queue_of_all() -> None:
    def waiting(address: str, count: int, at_once: int = 1) -> SimpleNamespace:
        request = SimpleNamespace(client=SimpleNamespace(host=address))
        queue = [SimpleNamespace(request=request)] * count
        return SimpleNamespace(queue=queue, concurrency_limit=at_once, concurrency_id="match")

    one = waiting("10.0.0.1", event_queue.MOST_QUEUED_OF_ONE)
    assert is_full(one, "10.0.0.1") and not is_full(one, "10.0.0.2")
    assert not is_full(waiting("127.0.0.1", 50), "127.0.0.1")
    assert is_full(waiting("127.0.0.1", event_queue.MOST_QUEUED), "127.0.0.1")
    assert not is_full(waiting("127.0.0.1", 250, event_queue.LIGHT_AT_ONCE), "127.0.0.1")
    many = waiting("2001:db8::1", event_queue.MOST_QUEUED_OF_ONE)
    assert is_full(many, "2001:db8::99")  # one customer has a whole network of these


def test_what_is_light_does_not_wait_behind_what_is_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty heavy events wait and are refused beyond; a light one is answered meanwhile."""
    gate = threading.Event()
    with gr.Blocks() as blocks:
        gr.Button().click(lambda: [gate.wait(60)], outputs=gr.JSON(), concurrency_limit=1)
        gr.Button().click(lambda: ["light"], outputs=gr.JSON())
    blocks.theme = gr.themes.Base()
    blocks.config = blocks.get_config_file()
    blocks.queue()
    Bounds(blocks._queue)
    monkeypatch.setattr(event_queue, "MOST_QUEUED", 5)
    with TestClient(App.create_app(blocks, mcp_server=False)) as client:
        client.get("/gradio_api/startup-events")
        statuses = []
        for number in range(12):
            body = {"data": [], "fn_index": 0, "session_hash": f"heavy{number}"}
            statuses.append(client.post("/gradio_api/queue/join", json=body).status_code)
        body = {"data": [], "fn_index": 1, "session_hash": "light"}
        assert client.post("/gradio_api/queue/join", json=body).status_code == 200
        heard = client.get("/gradio_api/queue/data", params={"session_hash": "light"})
        gate.set()
    assert '"light"' in heard.text and 503 in statuses


def test_an_answer_is_heard_and_nothing_is_left_of_its_session(
    blocks: gr.Blocks, client: TestClient
) -> None:
    for number in range(3):
        join(client, f"s{number}")
        heard = client.get("/gradio_api/queue/data", params={"session_hash": f"s{number}"})
        messages = [json.loads(line[5:]) for line in heard.text.splitlines() if line]
        done = [one for one in messages if one["msg"] == "process_completed"]
        assert [one["output"]["data"] for one in done] == [[["x" * 1000]]]
    assert payloads(blocks) == 0
    assert len(blocks._queue.pending_event_ids_session) <= 1
    assert len(blocks._queue.pending_messages_per_session) <= 1


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_memory_that_is_free_goes_back_to_the_system() -> None:
    held = [bytes(10_000) for _ in range(10_000)]
    last = held[-1]  # it keeps the heap from shrinking by itself
    full = _resident_bytes(os.getpid())
    del held
    give_back_memory()
    assert _resident_bytes(os.getpid()) < full - 50e6 and last
