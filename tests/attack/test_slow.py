"""Whoever sends slowly, nothing, or too much holds no connection, no disk and no log."""

from __future__ import annotations

import io
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from vmr.page import connections, guard, rates
from vmr.page.connections import BoundedLog, close_idle
from vmr.page.guard import Guard
from vmr.page.rates import MIB, UPLOADED, Rates
from vmr.page.transient import TransientFolder
from vmr.planning.first_page import free_port

HEAD = "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n"


async def read_all(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that answers how much it was sent."""
    body = await Request(scope, receive).body()
    await JSONResponse({"bytes": len(body)})(scope, receive, send)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A real server behind the guard, with little patience."""
    monkeypatch.setattr(connections, "HEAD_S", 1.0)
    monkeypatch.setattr(guard, "PATIENCE_S", 1.0)
    monkeypatch.setattr(guard, "IDLE_S", 1.5)
    port = free_port()
    app = Guard(read_all, {"127.0.0.1"}, MIB, tools=False)
    config = uvicorn.Config(app, port=port, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    close_idle(server.config)
    yield port
    server.should_exit = True


def answered(port: int, pieces: list[str], pause_s: float = 0.0) -> bytes:
    """What a server answers to what is sent in pieces; b"" where it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece.encode())
                time.sleep(pause_s)
            return connection.recv(1000)
        except ConnectionError:
            return b""


def test_an_ordinary_request_is_answered(port: int) -> None:
    assert b"200 OK" in answered(port, [HEAD, "\r\n", "x" * 50])


@pytest.mark.thorough
def test_a_connection_without_a_request_is_closed(port: int) -> None:
    begun = time.monotonic()
    assert answered(port, []) == b""
    assert answered(port, [HEAD]) == b""
    assert answered(port, [*HEAD], pause_s=0.05) == b""
    assert time.monotonic() - begun < 15


def test_an_address_has_so_many_connections_and_no_more(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_OF_ONE", 3)
    monkeypatch.setattr(connections, "_address", lambda transport: "10.0.0.1")
    held = [socket.create_connection(("127.0.0.1", port), 20) for _ in range(3)]
    try:
        time.sleep(0.2)
        assert answered(port, [HEAD, "\r\n", "x" * 50]) == b""
    finally:
        for connection in held:
            connection.close()
    time.sleep(0.2)
    assert b"200 OK" in answered(port, [HEAD, "\r\n", "x" * 50])


@pytest.mark.thorough
def test_a_body_that_drips_is_given_up(port: int) -> None:
    begun = time.monotonic()
    assert b"200" not in answered(port, [HEAD, "\r\n", *"x" * 49], pause_s=0.1)
    assert time.monotonic() - begun < 15


def upload(client: TestClient, size: int) -> int:
    head = {"Content-Length": str(size)}
    return client.post("/gradio_api/upload", content=b"", headers=head).status_code


def test_an_address_uploads_so_much_an_hour_and_no_more() -> None:
    app = Guard(read_all, {"127.0.0.1"}, 500 * MIB, tools=False)
    mine, other = (
        TestClient(app, base_url="http://127.0.0.1", client=(address, 1))
        for address in ("10.0.0.1", "10.0.0.2")
    )
    full = UPLOADED.amount // 500
    assert [upload(mine, 500 * MIB) for _ in range(full)] == [200] * full
    assert upload(mine, 500 * MIB) == 429
    assert upload(other, 500 * MIB) == 200


def test_an_upload_says_how_long_it_is() -> None:
    app = Guard(read_all, {"127.0.0.1"}, MIB, tools=False)
    client = TestClient(app, base_url="http://127.0.0.1")
    assert client.post("/gradio_api/upload", content=iter([b"x"])).status_code == 411


def test_visitors_together_fill_the_disk_so_far_and_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(rates, "MOST_STORED", 3 * MIB)
    monkeypatch.setattr(rates, "LEAST_FREE", 0)
    folder = TransientFolder(1000)
    counted = Rates(folder)
    (folder.uploads / "there.mp4").write_bytes(bytes(MIB))
    folder.measure()
    assert counted.begin_upload("10.0.0.1", MIB) == 0
    assert counted.begin_upload("10.0.0.2", 2 * MIB) == 507  # the first is still coming
    counted.end_upload(MIB)
    assert counted.begin_upload("10.0.0.2", 2 * MIB) == 507  # and now on the disk, it is said
    folder.measure()
    assert counted.begin_upload("10.0.0.2", 2 * MIB) == 0  # where it never came to be
    monkeypatch.setattr(rates, "LEAST_FREE", 2**60)
    assert counted.begin_upload("10.0.0.3", 1) == 507
    folder.close()


def test_an_upload_does_not_wait_for_the_disk_to_be_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = TransientFolder(1000)
    monkeypatch.setattr(os, "walk", lambda *_: pytest.fail("the folder was looked through"))
    assert Rates(folder).begin_upload("10.0.0.1", MIB) == 0
    monkeypatch.undo()
    folder.close()


def test_the_log_has_an_end() -> None:
    kept = io.StringIO()
    log = BoundedLog(kept)
    log.write("x" * 10**6)
    assert len(kept.getvalue()) < connections.LINE + 10
    for _ in range(1000):
        log.write("y" * 1000 + "\n")
    assert len(kept.getvalue()) <= connections.PER_MINUTE
    log._minute -= 1
    log.write("later\n")
    assert kept.getvalue().endswith("characters left out\nlater\n")
