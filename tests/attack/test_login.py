"""Behind --auth nothing is said to a stranger, and passwords cannot be tried without end."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import gradio as gr
import pytest
from argon2 import PasswordHasher
from gradio.routes import App
from starlette.testclient import TestClient

from vmr.errors import VmrError
from vmr.page.files import MediaFiles
from vmr.page.login import FAILURES, Logins
from vmr.page.operation.state import Operation
from vmr.page.rates import LOGINS, Rates
from vmr.page.serve import guarded_app, head, routes
from vmr.page.settings import PageSettings

SECRET = "a catalog that is nobody's business"


@pytest.fixture(scope="module")
def logins() -> Logins:
    return Logins({"me": PasswordHasher().hash("open sesame")})


@pytest.fixture
def client(logins: Logins) -> Any:
    """Gradio's app with our routes, as launch() makes it behind a login."""
    with gr.Blocks() as blocks:
        gr.Button().click(lambda: 1, outputs=gr.JSON(label=SECRET), api_name="one")
    blocks.theme = gr.themes.Base()
    blocks.head = head({"catalogs": [{"name": SECRET}]})
    blocks.auth = logins.check
    blocks.auth_message = None
    blocks.config = blocks.get_config_file()
    page, operation = PageSettings(metrics=True), Operation()
    operation.become("ready")
    own = routes(MediaFiles(), lambda: {"status": "ok", "tracks": {SECRET: 1}}, operation, page)
    app = guarded_app(own, page, Rates(), operation)
    with TestClient(
        App.create_app(blocks, app=app, mcp_server=False), base_url="https://127.0.0.1:7860"
    ) as client:
        yield client


def log_in(client: TestClient, password: str, name: str = "me") -> int:
    return client.post("/login", data={"username": name, "password": password}).status_code


def test_a_browser_logs_in_with_a_form_of_several_parts(client: TestClient) -> None:
    for password, status in (("open sesame", 200), ("wrong", 400)):
        form = {"username": (None, "me"), "password": (None, password)}
        assert client.post("/login", files=form).status_code == status


def test_a_stranger_is_told_nothing(client: TestClient) -> None:
    for path in ("/healthz", "/", "/config", "/gradio_api/info", "/openapi.json", "/manifest.json"):
        answer = client.get(path)
        assert SECRET not in json.dumps(answer.text), path
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/metrics").status_code == 401
    join = {"data": [], "fn_index": 0, "session_hash": "a"}
    assert client.post("/gradio_api/queue/join", json=join).status_code == 401
    assert client.post("/gradio_api/call/one", json={"data": []}).status_code == 401
    upload = client.post("/gradio_api/upload", files={"files": ("a.mp4", b"x")})
    assert upload.status_code == 401


def test_whoever_logs_in_sees_the_page(client: TestClient) -> None:
    assert log_in(client, "wrong") == 400
    assert log_in(client, "open sesame", "nobody") == 400
    assert log_in(client, "open sesame") == 200
    assert client.get("/metrics").status_code == 200
    assert SECRET in client.get("/healthz").text and SECRET in client.get("/config").text


@pytest.mark.thorough
def test_an_address_that_tries_passwords_is_locked_out_even_with_the_right_one(
    client: TestClient,
) -> None:
    tries = LOGINS[0].amount
    assert [log_in(client, "wrong") for _ in range(tries)] == [400] * tries
    assert log_in(client, "open sesame") == 429


def in_a_loop(call: Callable[..., Awaitable[Any]], *arguments: str) -> Any:
    """What a coroutine answers; in a thread, as a browser may keep a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(anyio.run, call, *arguments).result()


def test_a_name_that_is_tried_from_everywhere_is_locked() -> None:
    logins = Logins({"me": PasswordHasher(time_cost=1, memory_cost=64).hash("open sesame")})

    async def attempts() -> list[bool]:
        wrong = [await logins.check("me", "wrong") for _ in range(FAILURES.amount)]
        return [*wrong, await logins.check("me", "open sesame")]

    assert in_a_loop(attempts) == [False] * (FAILURES.amount + 1)


@pytest.mark.thorough
def test_a_name_that_there_is_none_of_takes_as_long(logins: Logins) -> None:
    def seconds(name: str) -> float:
        begun = time.thread_time()
        logins._verify(logins._hashes.get(name, logins._nobody), "wrong")
        return time.thread_time() - begun

    there, none = ([seconds(name) for _ in range(5)] for name in ("me", "nobody"))
    assert statistics.median(none) == pytest.approx(statistics.median(there), rel=0.5)


def test_the_command_writes_a_line_that_the_server_reads(tmp_path: Path) -> None:
    file = tmp_path / "logins"
    command = [sys.executable, "-m", "vmr", "password", "guest", "--file", str(file)]
    file.write_text("# who may come in\n")
    done = subprocess.run(command, input="open sesame\n", capture_output=True, text=True)
    assert "sesame" not in done.stdout + file.read_text()
    logins = Logins.read(file)
    assert in_a_loop(logins.check, "guest", "open sesame")
    assert not in_a_loop(logins.check, "guest", "open sesam")


@pytest.mark.parametrize("text", ["", "# nobody\n", "me:password\n", ":$argon2id$x\n", "me\n"])
def test_a_file_without_hashed_passwords_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "logins"
    file.write_text(text)
    with pytest.raises(VmrError, match="vmr password NAME"):
        Logins.read(file)
    with pytest.raises(VmrError, match="vmr password NAME"):
        Logins.read(tmp_path / "none")
