"""What a browser does to the server, without one: upload, call an event, hear its answer."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path
from typing import Any

import httpx

EVERY = httpx.Limits(max_connections=None)


class BusyError(Exception):
    """The server answered 503."""


class Visitor:
    """A visitor of the page at ``address``; every call is a session, as the page makes them."""

    def __init__(self, address: str, login: tuple[str, str] | None = None) -> None:
        self.http = httpx.Client(base_url=address, timeout=600, limits=EVERY)
        if login:
            form = dict(zip(("username", "password"), login, strict=True))
            self.http.post("/login", data=form).raise_for_status()
        self.events: dict[str, int] = self.boot()["events"]

    def boot(self) -> dict[str, Any]:
        """What the page starts from."""
        head = self.http.get("/config").json()["head"]
        found = re.search(r'id="vmr-boot">(.*?)</script>', head)
        assert found is not None
        return dict(json.loads(found[1]))

    def upload(self, path: Path) -> dict[str, Any]:
        """What an event takes as its file."""
        with path.open("rb") as file:
            answer = self.http.post("/gradio_api/upload", files={"files": (path.name, file)})
        answer.raise_for_status()
        return {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}

    def join(self, event: str, data: list[Any]) -> str:
        """Ask for an answer; the session that it will come to."""
        session = secrets.token_hex(6)
        body = {"data": data, "fn_index": self.events[event], "session_hash": session}
        answer = self.http.post("/gradio_api/queue/join", json=body)
        if answer.status_code == 503:
            raise BusyError(answer.text)
        answer.raise_for_status()
        return session

    def hear(self, session: str) -> Any:
        """The answer of a session, None where it failed."""
        address = "/gradio_api/queue/data"
        with self.http.stream("GET", address, params={"session_hash": session}) as lines:
            for line in lines.iter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("msg") in ("process_completed", "unexpected_error"):
                    return message["output"]["data"][0] if message.get("success") else None
        return None

    def leave(self, session: str) -> None:
        """Wait until the work has begun, then close the page."""
        address = "/gradio_api/queue/data"
        with self.http.stream("GET", address, params={"session_hash": session}) as lines:
            for line in lines.iter_lines():
                if '"msg":"progress"' in line:
                    return

    def call(self, event: str, data: list[Any]) -> Any:
        """The answer of an event, None where it failed."""
        return self.hear(self.join(event, data))
