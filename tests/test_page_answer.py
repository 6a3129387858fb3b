"""The document as it goes out: compressed for whoever takes that, its scripts named before."""

from __future__ import annotations

import base64
import gzip
import hashlib

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from vmr.page.answer import takes_gzip
from vmr.page.guard import Guard

SCRIPT = "let words = 'page';" * 500
PAGE = f"<!doctype html><script>{SCRIPT}</script><p>頁</p>"


@pytest.fixture(scope="module")
def client():
    app = Starlette(routes=[Route("/", lambda request: HTMLResponse(PAGE))])
    return TestClient(Guard(app, ["testserver"], 1000, tools=False))


def raw(client, accepted: str):
    """The answer's headers and its bytes as they were sent."""
    with client.stream("GET", "/", headers={"accept-encoding": accepted}) as answer:
        return answer.headers, b"".join(answer.iter_raw())


@pytest.mark.parametrize("accepted", ["gzip, deflate, br", "br;q=1, gzip;q=0.5", "*"])
def test_the_document_is_small_and_reads_back(client, accepted):
    headers, body = raw(client, accepted)
    assert headers["content-encoding"] == "gzip" and headers["vary"] == "Accept-Encoding"
    assert int(headers["content-length"]) == len(body) < len(PAGE) / 20
    assert gzip.decompress(body).decode() == PAGE


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", "gzip; q=0.0, *", "*;q=0"])
def test_who_does_not_take_gzip_gets_the_bare_document(client, accepted):
    headers, body = raw(client, accepted)
    assert "content-encoding" not in headers and headers["vary"] == "Accept-Encoding"
    assert body.decode() == PAGE
    assert not takes_gzip(accepted)


def test_the_policy_names_the_scripts_of_the_document_not_of_its_packing(client):
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    for accepted in ("gzip", "identity"):
        headers, _ = raw(client, accepted)
        assert f"'sha256-{digest}'" in headers["content-security-policy"]
