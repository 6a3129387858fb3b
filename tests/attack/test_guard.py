"""Nothing reaches Gradio that the page does not need, and no other site uses our page."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence

import pytest
from gradio.routes import App
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from vmr.page.guard import SMALL_BODY, Guard, GuardedApp
from vmr.page.hosts import own_hosts

HOME = {"Host": "127.0.0.1:7860"}
MIB = 2**20
# What Gradio has that may be reached, and how; a new version of it that has more fails here.
OPEN = {
    ("GET", "/"),
    ("GET", "/config"),
    ("GET", "/config/"),
    ("GET", "/theme.css"),
    ("GET", "/robots.txt"),
    ("GET", "/favicon.ico"),
    ("GET", "/manifest.json"),
    ("GET", "/pwa_icon"),
    ("GET", "/logout"),
    ("GET", "/assets/{path:path}"),
    ("GET", "/static/{path:path}"),
    ("GET", "/gradio_api/app_id"),
    ("GET", "/gradio_api/app_id/"),
    ("GET", "/gradio_api/user"),
    ("GET", "/gradio_api/user/"),
    ("GET", "/gradio_api/login_check"),
    ("GET", "/gradio_api/login_check/"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/info/"),
    ("GET", "/gradio_api/theme.css"),
    ("GET", "/gradio_api/startup-events"),
    ("GET", "/gradio_api/heartbeat/{session_hash}"),
    ("GET", "/gradio_api/queue/data"),
    ("GET", "/gradio_api/queue/status"),
    ("GET", "/gradio_api/call/{api_name}/{event_id}"),
    ("POST", "/gradio_api/call/{api_name}"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/cancel"),
    ("POST", "/gradio_api/upload"),
    ("POST", "/login"),
    ("POST", "/login/"),
}


@pytest.fixture(scope="module")
def gradio_app() -> App:
    """Gradio's own app with one event, as launch() makes it."""
    import gradio as gr

    with gr.Blocks() as blocks:
        gr.Button().click(lambda: 1, outputs=gr.JSON(), api_name="one")
    blocks.theme = gr.themes.Base()
    blocks.config = blocks.get_config_file()
    app = GuardedApp()
    app.guard = {"hosts": own_hosts("127.0.0.1", ()), "upload_bytes": 5 * MIB, "tools": False}
    return App.create_app(blocks, app=app, mcp_server=False)


@pytest.fixture(scope="module")
def client(gradio_app: App) -> Iterator[TestClient]:
    with TestClient(gradio_app, base_url="http://127.0.0.1:7860") as client:
        yield client


def all_paths(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every path of a table of routes with its methods, those of included tables too."""
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        path = prefix + getattr(route, "path", "")
        if hasattr(route, "methods") and getattr(route, "path", ""):
            yield path, set(route.methods or {"GET"})
        elif hasattr(inner, "routes"):
            yield from all_paths(inner.routes, path)
        else:
            yield path, {"GET", "POST"}


def read_body(most: int = MIB, hosts: Collection[str] = own_hosts("127.0.0.1", ())) -> TestClient:
    """A server that only says how much it was sent, behind the guard."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        await JSONResponse({"bytes": len(body)})(scope, receive, send)

    guard = Guard(app, hosts, most, tools=False)
    return TestClient(guard, base_url="http://127.0.0.1:7860")


def test_every_route_of_gradio_that_the_page_does_not_need_is_closed(gradio_app: App) -> None:
    guard = Guard(gradio_app, own_hosts("127.0.0.1", ()), MIB, tools=False)
    found = set()
    paths = list(all_paths(gradio_app.routes))
    for path, methods in paths:
        plain = path.replace("{path:path}", "x.js").replace("{size}", "192")
        for name in ("session_hash", "api_name", "event_id"):
            plain = plain.replace(f"{{{name}}}", "abc")
        for method in methods:
            scope = {"type": "http", "path": plain, "method": method, "headers": []}
            scope["headers"] = [(b"host", b"127.0.0.1:7860")]
            if guard.refusal(scope) == 0 and method != "HEAD":
                found.add((method, path))
    assert len(paths) > 60
    assert found - {("GET", "/pwa_icon/{size}")} <= OPEN


@pytest.mark.parametrize(
    "method, path",
    [
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/run/one"),
        ("POST", "/gradio_api/api/one"),
        ("POST", "/gradio_api/stream/abc"),
        ("POST", "/gradio_api/reset"),
        ("GET", "/gradio_api/deep_link"),
        ("GET", "/gradio_api/file=/etc/hostname"),
        ("GET", "/gradio_api/file/x"),
        ("GET", "/gradio_api/proxy=http://127.0.0.1/"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("GET", "/monitoring"),
        ("GET", "/svelte/x"),
        ("PUT", "/"),
        ("OPTIONS", "/gradio_api/upload"),
        ("GET", "/vmr/../gradio_api/file=/etc/hostname"),
    ],
)
def test_a_closed_route_says_nothing(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.text) in ((404, ""), (404, "Not Found"))


def test_the_page_and_its_events_are_open(client: TestClient) -> None:
    assert "gradio" in client.get("/").text
    joined = client.post("/gradio_api/call/one", json={"data": []})
    assert joined.status_code == 200 and joined.json()["event_id"]


def test_a_large_body_is_refused_by_its_length_before_it_is_read() -> None:
    server = read_body()
    begun = time.monotonic()
    for path in ("/gradio_api/queue/join", "/gradio_api/upload", "/login", "/gradio_api/call/one"):
        head = {"Content-Length": str(300 * MIB)}
        assert server.post(path, content=b"", headers=head).status_code == 413
    assert time.monotonic() - begun < 1


def test_a_large_body_without_a_length_is_refused_at_the_limit() -> None:
    sent = []

    def pieces() -> Iterator[bytes]:
        for _ in range(300):
            sent.append(1)
            yield bytes(MIB)

    answer = read_body().post("/gradio_api/queue/join", content=pieces())
    assert answer.status_code == 413
    assert read_body().post("/login", content=b"x" * SMALL_BODY).json() == {"bytes": SMALL_BODY}


def test_a_form_holds_files_only() -> None:
    server = read_body()
    ours = server.post("/gradio_api/upload", files={"files": ("a.mp4", b"x" * 999)})
    assert ours.status_code == 200
    assert server.post("/gradio_api/upload", files={"files": (None, b"x" * 999)}).status_code == 413
    both = {"files": ("a.mp4", b"x"), "more": (None, b"y" * 999)}
    assert server.post("/gradio_api/upload", files=both).status_code == 413


@pytest.mark.parametrize("length", ["-1", "x", "1, 2"])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    head = {"Content-Length": length}
    assert read_body().post("/login", content=b"", headers=head).status_code == 400


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", ""]
)
def test_a_server_answers_to_its_own_names_only(host: str) -> None:
    assert read_body().get("/", headers={"Host": host}).status_code == 421


def test_names_and_addresses_of_a_server_for_others() -> None:
    hosts = own_hosts("0.0.0.0", ("music.example",))
    server = read_body(hosts=hosts)
    for host in ("192.168.1.7:7860", "[fe80::1]:7860", "localhost", "MUSIC.example"):
        assert server.get("/", headers={"Host": host}).status_code == 200
    assert server.get("/", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_posts_of_other_sites_are_refused_and_get_no_leave(headers: dict[str, str]) -> None:
    server = read_body()
    for path in ("/gradio_api/upload", "/gradio_api/queue/join", "/login"):
        assert server.post(path, headers=headers).status_code == 403
    assert server.get("/gradio_api/queue/data?session_hash=a", headers=headers).status_code == 403


def test_no_answer_lets_another_site_read_it(client: TestClient) -> None:
    for origin in ("http://evil.example", "http://127.0.0.1:7860"):
        answer = client.get("/", headers={"Origin": origin})
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_every_answer_carries_the_headers_and_the_page_runs_its_own_scripts_only(
    client: TestClient,
) -> None:
    for path in ("/", "/robots.txt", "/docs"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy and "object-src 'none'" in policy
        scripts = policy.split("script-src", 1)[1].split(";", 1)[0]
        assert "unsafe-inline" not in scripts and "*" not in scripts
    assert "sha256-" in client.get("/").headers["content-security-policy"]


@pytest.mark.parametrize("size", [0, 1, 2**16 - 1, 2**16, 2**16 + 1, 3 * 2**16, 10**6 + 7])
def test_a_large_answer_arrives_whole(size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(body[:size])(scope, receive, send)

    guard = Guard(app, own_hosts("127.0.0.1", ()), MIB, tools=False)
    answer = TestClient(guard, base_url="http://127.0.0.1:7860").get("/healthz")
    assert answer.content == body[:size] and answer.headers["content-length"] == str(size)
