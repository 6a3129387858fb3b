"""One server and one browser per run; a page with an answer on it, shared by the tests that only
look or that put everything back."""

from __future__ import annotations

import os
import queue
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vmr.planning.first_page import free_port

PROJECT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--mute-audio"),
    "--autoplay-policy=no-user-gesture-required",
]
READY_S = 120  # far above the 20 s of a quiet machine, so that a busy one gives no false alarm


@contextmanager
def running_app(*flags: str, port: int | None = None) -> Iterator[tuple[str, list[str]]]:
    """The real app in a process of its own: its address and the lines it said."""
    port = port or free_port()
    more = shlex.split(os.environ.get("VMR_TEST_APP_FLAGS", ""))  # another checkpoint, say
    command = [sys.executable, "app.py", "--port", str(port), "--device", "cpu", *more, *flags]
    process = subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    told: queue.Queue[str] = queue.Queue()
    said: list[str] = []
    stdout = process.stdout
    threading.Thread(target=lambda: [told.put(line) for line in stdout], daemon=True).start()
    try:
        end = time.monotonic() + READY_S
        while not any(line.startswith("ready") for line in said):
            assert process.poll() is None, "app.py ended:\n" + "".join(said)
            assert time.monotonic() < end, "app.py was not ready:\n" + "".join(said)
            try:
                said.append(told.get(timeout=0.2))
            except queue.Empty:
                continue
        yield f"http://127.0.0.1:{port}/", said
    finally:
        process.terminate()
        process.wait(READY_S)


@pytest.fixture(scope="session")
def server(film_library) -> Iterator[str]:
    """Address of the app, with a video library: VMR_TEST_SERVER names one that runs already."""
    running = os.environ.get("VMR_TEST_SERVER")
    if running:
        yield running
        return
    with running_app("--videos", str(film_library)) as (address, _):
        yield address


def chromium() -> str | None:
    named = os.environ.get("VMR_CHROMIUM")
    return named or next((found for name in CHROMIUM if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser():
    """Chromium, or a skip that says how to get it."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = chromium()
    if path is None:
        pytest.skip("no Chromium found: install chromium, or name one with VMR_CHROMIUM")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        yield browser
        browser.close()


class Visit:
    """A person's page, with what went wrong on it."""

    def __init__(self, browser, server: str, **options) -> None:
        options = {"viewport": {"width": 1366, "height": 768}, "locale": "en-US", **options}
        self.server = server
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, link: str = ""):
        self.page.goto(self.server + link)
        self.page.wait_for_selector("#vmr .top", timeout=30_000)
        return self.page

    def match(self, video: Path):
        """Upload a video and wait for its rows."""
        self.page.set_input_files("#video-file", str(video))
        self.page.wait_for_selector(".row", timeout=60_000)
        return self.page


@contextmanager
def visiting(browser, server: str, **options) -> Iterator[Visit]:
    visit = Visit(browser, server, **options)
    try:
        yield visit
    finally:
        visit.context.close()


@pytest.fixture(scope="session")
def shared(browser, server, world_video) -> Iterator[Visit]:
    """A page on which the sample of the gradio package was matched."""
    with visiting(browser, server, accept_downloads=True) as visit:
        visit.open()
        visit.match(world_video)
        visit.link = None
        yield visit


@pytest.fixture
def matched(shared):
    """The shared page as it was after the answer came; no error may happen on it."""
    page = shared.page
    page.keyboard.press("Escape")
    page.evaluate("""() => {
        vmr.stage.player.stop();
        vmr.presentation.set(false);
        vmr.store.set({ alpha: 0.5, facet: "mood", weights: null, filters: {}, excluded: new Set(),
            tab: "match", silent: false, comparing: false, triangle: false, current: null,
            shortlist: [] });
        document.activeElement?.blur();
        document.querySelector("#view-match .list-scroll").scrollTop = 0;
    }""")
    shared.errors.clear()
    yield page
    assert shared.errors == []


@pytest.fixture(scope="session")
def no_film(tmp_path_factory) -> Path:
    """A file with a film's name and nothing of a film in it."""
    path = tmp_path_factory.mktemp("no film") / "no film.mp4"
    path.write_bytes(b"no film at all\n" * 100)
    return path


def row(place: int) -> str:
    """Selector of the row at a place, counted from 1."""
    return f'#view-match .row:not(.leaving)[aria-posinset="{place}"]'


def shown_titles(page) -> list[str]:
    """Titles of the rows in the order of their places."""
    return page.evaluate("""() => [...document.querySelectorAll("#view-match .row:not(.leaving)")]
        .sort((a, b) => a.getAttribute("aria-posinset") - b.getAttribute("aria-posinset"))
        .map((row) => row.querySelector(".title").textContent)""")
