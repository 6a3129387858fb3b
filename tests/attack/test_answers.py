"""Whatever an event is asked, its answer is one of ours: no traceback, no path of the server."""

from __future__ import annotations

import errno
import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.routes import App
from starlette.testclient import TestClient

from vmr.config import PROJECT
from vmr.errors import VmrError
from vmr.files import cache_folder
from vmr.page.blocks import build_blocks, event_ids
from vmr.page.event_errors import api_errors, page_errors
from vmr.page.event_queue import Bounds
from vmr.page.files import MediaFiles
from vmr.page.handlers import Handlers
from vmr.page.operation.state import Operation
from vmr.page.rates import Rates
from vmr.page.samples import Samples
from vmr.page.serve import boot_data, guarded_app, head, routes, status
from vmr.page.service import Service
from vmr.page.settings import PageSettings
from vmr.page.take_away import TakeAway
from vmr.page.transient import TransientFolder
from vmr.retriever import Retriever

STRANGE: tuple[Any, ...] = (
    *(None, "../../etc/passwd", 1e300),
    {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    {"url": "http://127.0.0.1:1/x.mp4", "path": "x", "meta": {"_type": "gradio.FileData"}},
)


@pytest.fixture(scope="module")
def blocks(retriever: Retriever, tmp_path_factory: pytest.TempPathFactory) -> Iterator[gr.Blocks]:
    """The page's events over the real model, in Gradio's queue."""
    drawn = tmp_path_factory.mktemp("samples")  # before the folder for everything temporary
    media, page = MediaFiles(), PageSettings()
    folder = TransientFolder(1000)
    folder.hold_all()
    service = Service(retriever, media.url)
    samples = Samples(drawn, media)
    handlers = Handlers(service, samples, TakeAway(service, folder))
    blocks = build_blocks(handlers)
    blocks.theme = gr.themes.Base()
    blocks.head = head(boot_data(handlers, blocks, page))
    blocks.config = blocks.get_config_file()
    blocks.queue()
    operation = Operation()
    operation.become("ready")
    Bounds(blocks._queue, operation)
    own = routes(media, lambda: status(handlers), operation, page)
    blocks.served = guarded_app(own, page, Rates(), operation)
    yield blocks
    folder.close()


@pytest.fixture(scope="module")
def client(blocks: gr.Blocks) -> Iterator[TestClient]:
    app = App.create_app(blocks, app=blocks.served, mcp_server=False)
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        client.get("/gradio_api/startup-events")
        yield client


def answer(client: TestClient, event: int, data: list[Any], session: str) -> str:
    """What is heard of a call, as text."""
    body = {"data": data, "fn_index": event, "session_hash": session}
    joined = client.post("/gradio_api/queue/join", json=body)
    if joined.status_code != 200:
        return joined.text
    return client.get("/gradio_api/queue/data", params={"session_hash": session}).text


def assert_ours(text: str) -> None:
    places = {str(PROJECT), tempfile.gettempdir(), str(cache_folder()), str(Path.home()) + "/"}
    # the last: what stands in the file that was asked for
    told = [word for word in ("Traceback", "site-packages", *places, "root:x") if word in text]
    assert told == [], text[:2000]


@pytest.mark.thorough
def test_strange_values_get_answers_without_anything_of_the_server(
    blocks: gr.Blocks, client: TestClient
) -> None:
    drawn = ("evidence_report", "reverse_samples", "index_status")  # take nothing
    sessions = itertools.count()
    for name, event in event_ids(blocks).items():
        count = len(blocks.fns[event].inputs)
        for strange in () if name in drawn else STRANGE:
            data = [strange] * count
            assert_ours(answer(client, event, data, f"s{next(sessions)}"))
        assert_ours(answer(client, event, [], f"s{next(sessions)}") if count else "")


def test_what_the_page_starts_with_names_no_place_of_the_server(client: TestClient) -> None:
    for path in ("/", "/config", "/gradio_api/info", "/healthz"):
        assert_ours(client.get(path).text)


def test_an_event_that_is_not_there_is_a_422(client: TestClient) -> None:
    for number in (-1, 999, 10**9):
        body = {"data": [], "fn_index": number, "session_hash": "a"}
        assert client.post("/gradio_api/queue/join", json=body).status_code == 422
    for wrong in ({"data": []}, {"data": "x", "fn_index": 0}, {"fn_index": "match"}, []):
        assert client.post("/gradio_api/queue/join", json=wrong).status_code in (400, 422)
    assert client.post("/gradio_api/call/none", json={"data": []}).status_code == 404


@pytest.mark.parametrize(
    "number, said",
    [(errno.ENOSPC, "no room left"), (errno.EROFS, "VMR_CACHE"), (errno.EACCES, "VMR_CACHE")],
)
def test_a_disk_that_takes_nothing_is_a_sentence(number: int, said: str) -> None:
    for errors in (page_errors, api_errors):
        with pytest.raises(gr.Error) as refused, errors():
            raise OSError(number, "said by the system", "/some/place/of/the/server")
        assert said in refused.value.message and "/some/place" not in refused.value.message
        assert isinstance(refused.value.__cause__, VmrError)
