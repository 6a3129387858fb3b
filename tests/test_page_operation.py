"""What whoever runs the server sees: readiness, numbers, a log without people, an end in order."""

from __future__ import annotations

import io
import json
import threading
import time
import traceback
from collections.abc import Iterator
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.routes import App
from starlette.testclient import TestClient

from vmr.errors import VmrError
from vmr.page import fair_turns
from vmr.page.event_errors import page_errors
from vmr.page.event_queue import Bounds
from vmr.page.files import MediaFiles
from vmr.page.operation import state
from vmr.page.operation.health import read_token
from vmr.page.operation.journal import Journal, OthersText
from vmr.page.operation.metrics import queue_levels
from vmr.page.operation.state import Operation, let_end, open_events
from vmr.page.rates import Rates
from vmr.page.serve import guarded_app, routes
from vmr.page.settings import PageSettings

HOME = "http://127.0.0.1:7860"
TOKEN = "0123456789abcdef0123"


class Served:
    """A small page of three events behind our own guard: one waits for ``gate``."""

    def __init__(self, settings: PageSettings, operation: Operation) -> None:
        self.gate = threading.Event()

        def slow() -> list[str]:
            self.gate.wait(20)
            return ["slow"]

        def refused() -> list[str]:
            with page_errors():
                raise VmrError("page.no_video")

        def broken() -> list[str]:
            raise RuntimeError("/home/somebody/holiday.mp4")

        with gr.Blocks() as blocks:
            for function in (slow, refused, broken):
                gr.Button().click(
                    function, outputs=gr.JSON(), api_visibility="private", concurrency_limit=1
                )
        blocks.theme = gr.themes.Base()
        blocks.config = blocks.get_config_file()
        blocks.queue()
        self.blocks, self.operation = blocks, operation
        Bounds(blocks._queue, operation)
        operation.metrics.add_levels(lambda: queue_levels(blocks._queue))
        own = routes(MediaFiles(), lambda: {"status": "ok"}, operation, settings)
        self.app = App.create_app(
            blocks, app=guarded_app(own, settings, Rates(), operation), mcp_server=False
        )


def join(client: TestClient, number: int, session: str) -> int:
    body = {"data": [], "fn_index": number, "session_hash": session}
    return client.post("/gradio_api/queue/join", json=body).status_code


def hear(client: TestClient, session: str) -> str:
    return client.get("/gradio_api/queue/data", params={"session_hash": session}).text


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def served(log: io.StringIO) -> Served:
    return Served(PageSettings(), Operation(Journal(log)))


@pytest.fixture
def client(served: Served) -> Iterator[TestClient]:
    with TestClient(served.app, base_url=HOME) as client:
        client.get("/gradio_api/startup-events")
        yield client


def test_healthz_says_ready_only_once_everything_is_warm(
    served: Served, client: TestClient
) -> None:
    told = []
    for now in ("starting", "ready", "stopping"):
        served.operation.become(now)
        answer = client.get("/healthz")
        told.append((answer.status_code, answer.json()["status"]))
    assert told == [(503, "starting"), (200, "ok"), (503, "stopping")]


def test_the_numbers_count_answers_errors_and_what_waits(
    served: Served, client: TestClient
) -> None:
    served.operation.become("ready")
    for session in ("one", "two"):
        assert join(client, 0, session) == 200
    for number, session in ((1, "three"), (2, "four")):
        join(client, number, session)
        hear(client, session)
    text = client.get("/metrics").text
    assert 'vmr_waiting{group="slow"} 1.0' in text and 'vmr_running{group="slow"} 1.0' in text
    served.gate.set()
    hear(client, "one")
    hear(client, "two")
    client.post("/gradio_api/reset")
    text = client.get("/metrics").text
    for line in (
        'vmr_answers_total{event="slow"} 2.0',
        'vmr_errors_total{event="refused",reason="page.no_video"} 1.0',
        'vmr_errors_total{event="broken",reason="unexpected"} 1.0',
        'vmr_answer_seconds_count{event="slow"} 2.0',
        'vmr_requests_refused_total{status="404"} 1.0',
        'vmr_waiting{group="slow"} 0.0',
        "vmr_ready 1.0",
    ):
        assert line in text, line
    assert "process_resident_memory_bytes" in text and "somebody" not in text


@pytest.mark.parametrize(
    ("settings", "headers", "status"),
    [
        (PageSettings(), {}, 200),
        (PageSettings(host="0.0.0.0"), {}, 404),
        (PageSettings(allowed_hosts=("music.example",)), {}, 404),
        (PageSettings(host="0.0.0.0", metrics=True), {}, 200),
        (PageSettings(metrics=False), {}, 404),
    ],
)
def test_a_public_page_shows_its_numbers_only_by_choice(
    settings: PageSettings, headers: dict[str, str], status: int
) -> None:
    with TestClient(Served(settings, Operation()).app, base_url=HOME) as client:
        assert client.get("/metrics", headers=headers).status_code == status


def test_a_token_opens_the_numbers_and_nothing_else_does(tmp_path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    settings = PageSettings(host="0.0.0.0", metrics_token=file)
    with TestClient(Served(settings, Operation()).app, base_url=HOME) as client:
        for sent in ("", f"Basic {TOKEN}", "Bearer ", "Bearer ünbekannt", f"Bearer {TOKEN}x"):
            headers = {"Authorization": sent.encode()}
            assert client.get("/metrics", headers=headers).status_code == 401, sent
        assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    for text in ("short", "ü" * 20):
        file.write_text(text)
        with pytest.raises(VmrError, match="holds no token"):
            read_token(file)


def test_the_log_is_json_and_says_nothing_of_a_visitor(
    served: Served, client: TestClient, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = OthersText(served.operation.journal)
    monkeypatch.setattr("sys.stderr", others)
    served.gate.set()
    for number in range(3):
        join(client, number, f"s{number}")
        hear(client, f"s{number}")
    print("GET /vmr-media/secret.mp4 from 203.0.113.9", file=others)
    try:
        raise FileNotFoundError("/uploads/holiday.mp4")
    except FileNotFoundError:
        traceback.print_exc(file=others)
    served.operation.read("video", {"read": 1.25})
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    by_name = {line["name"]: line for line in lines if line["event"] == "answer"}
    assert by_name["refused"]["error"] == "page.no_video" and "error" not in by_name["slow"]
    assert {"took_s", "waited_s", "time"} < by_name["slow"].keys()
    last = [line for line in lines if line["event"] == "traceback"][-1]
    assert last["error"] == "FileNotFoundError"
    assert last["frames"][-1].startswith("test_page_operation.py:")
    assert lines[-1] | {"time": ""} == {
        "time": "",
        "event": "read",
        "modality": "video",
        "recalled": False,
        "read_s": 1.25,
    }
    for personal in ("holiday", "somebody", "203.0.113.9", "secret", "127.0.0.1", "testclient"):
        assert personal not in log.getvalue()


def test_a_server_that_is_told_to_end_lets_running_answers_end_and_takes_no_more(
    served: Served, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "LINGER_S", 0.1)
    served.operation.become("ready")
    join(client, 0, "one")
    join(client, 0, "two")  # it waits behind the first, and was taken too
    ending = threading.Thread(
        target=let_end, args=(served.blocks._queue, served.operation, 20), daemon=True
    )
    ending.start()
    while not served.operation.is_ending:
        time.sleep(0.01)
    for path in ("/gradio_api/queue/join", "/gradio_api/upload", "/gradio_api/call/x"):
        answer = client.post(path, json={})
        assert answer.status_code == 503 and answer.headers["retry-after"]
        assert answer.text == "The server is being restarted. Try again in half a minute."
    assert client.get("/").status_code == 200 and ending.is_alive()
    served.gate.set()
    assert '"slow"' in hear(client, "one") and '"slow"' in hear(client, "two")
    ending.join(10)
    assert not ending.is_alive() and open_events(served.blocks._queue) == 0


def test_work_that_does_not_end_is_left_after_the_time_that_was_said(
    served: Served, client: TestClient
) -> None:
    join(client, 0, "one")
    begun = time.monotonic()
    assert let_end(served.blocks._queue, served.operation, 0.5) == 1
    assert time.monotonic() - begun < 3
    served.gate.set()


class Event(SimpleNamespace):
    """Something that waits, with an identity."""

    __hash__ = object.__hash__

    def __init__(self, name: str) -> None:
        super().__init__(name=name)


def served_in_order(arrivals: list[tuple[int, str]]) -> list[str]:
    """Names as they are served one a tick, where (tick, visitor) come at their ticks."""
    turns, waiting, order = fair_turns.Turns(), [], []
    for tick in range(30):
        for _, visitor in [one for one in arrivals if one[0] == tick]:
            event = Event(visitor)
            waiting.append(event)
            turns.join(waiting, event, visitor)
        if waiting:
            event = waiting.pop(0)
            turns.begin(event)
            order.append(event.name)
    return order


def test_visitors_take_turns_whoever_sent_ten_files() -> None:
    greedy = [(0, "a")] * 6
    assert served_in_order([*greedy, (0, "b"), (0, "c"), (1, "b")]) == list("abcabaaaa")
    assert served_in_order([*greedy, (3, "b")]) == list("aaabaaa")
    assert served_in_order([(0, "a"), (0, "b"), (0, "c")]) == list("abc")


def test_whoever_comes_again_and_again_does_not_pass_those_who_wait() -> None:
    again = [(tick, "a") for tick in range(8)]
    order = served_in_order([*again, (0, "b"), (0, "b"), (0, "c")])
    assert order.index("c") <= 2 and order[:6].count("b") == 2
