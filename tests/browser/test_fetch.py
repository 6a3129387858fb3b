"""The page fetches the sound that a catalog lacks, from a folder of packages made here."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest

from tests.browser.conftest import running_app, visiting
from tests.lacking import lacking_catalog

TRACKS = 6
pytestmark = pytest.mark.thorough  # a server of its own


@pytest.fixture(scope="module")
def lacking(tmp_path_factory) -> tuple[Path, Path]:
    """A catalog that lacks the sound of six tracks, and one of the two packages that have it."""
    base = tmp_path_factory.mktemp("lacking")
    catalog, debs = lacking_catalog(base)
    shutil.move(debs / "g-two_1_all.deb", base)
    return catalog, debs


@pytest.fixture(scope="module")
def lacking_server(lacking, cache) -> Iterator[str]:
    catalog, debs = lacking
    with running_app("--catalog", str(catalog), "--debs", str(debs)) as (address, _):
        yield address


def once_read(pipe: Path, within_s: float = 60) -> IO[bytes]:
    """The pipe to write to, as soon as somebody reads it."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        with suppress(OSError):  # nobody reads
            return os.fdopen(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK), "wb")
        time.sleep(0.1)
    raise TimeoutError(pipe.name)


def heard(page) -> int:
    return page.evaluate("vmr.ranking.tracks.filter(({ audio }) => audio).length")


def test_missing_sound_is_fetched_while_the_page_is_used(
    browser, lacking_server, lacking, short_video
):
    _, debs = lacking
    with visiting(browser, lacking_server) as visit:
        page = visit.open()
        visit.match(short_video)
        assert heard(page) == 28 - TRACKS
        page.click(".status .fetch-open")
        page.click("dialog button:has-text('Everything: 6 tracks, 2 MB')")
        page.wait_for_selector(".fetching:has-text('3 tracks fetched')", timeout=60_000)
        assert "holds no g-two_*.deb" in page.locator(".fetching").inner_text()
        assert str(debs) not in page.locator("#vmr").inner_text()  # no path of the server
        page.wait_for_function("vmr.ranking.tracks.filter(({ audio }) => audio).length === 25")
        assert "3 tracks have no sound here" in page.locator(".status").inner_text()
        shutil.move(debs.parent / "g-two_1_all.deb", debs)
        page.click(".status .fetch-open")
        page.click("dialog button:has-text('Everything: 3 tracks, 1 MB')")
        page.wait_for_function("vmr.ranking.tracks.every(({ audio }) => audio)", timeout=60_000)
        assert page.locator(".fetch-open").count() == 0 or page.locator(".fetch-open").is_hidden()
        fetched = page.evaluate("vmr.ranking.tracks.findIndex(({ seconds, audio }) => audio)")
        page.evaluate("(i) => vmr.stage.play(i)", fetched)
        page.wait_for_function("vmr.stage.player.deck.audio.currentTime > 0.2")
        assert visit.errors == []


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="only dpkg-deb reads a pipe")
def test_a_fetch_that_is_stopped_keeps_what_it_has_and_goes_on_later(browser, tmp_path, cache):
    catalog, debs = lacking_catalog(tmp_path)
    shutil.rmtree(cache / "g", ignore_errors=True)  # what another test fetched
    second = debs / "g-one_1_all.deb"  # fetched after the other
    whole = second.read_bytes()
    second.unlink()
    os.mkfifo(second)  # a package that takes as long as is wanted here
    flags = ("--catalog", str(catalog), "--debs", str(debs))
    with running_app(*flags) as (address, _), visiting(browser, address) as visit:
        page = visit.open()
        page.click(".status .fetch-open")
        page.click("dialog button:has-text('Everything: 6 tracks')")
        with once_read(second) as pipe:
            page.click(".fetching button:has-text('Stop')")
            page.wait_for_selector(".fetching:has-text('What was fetched stays')")
            page.wait_for_timeout(2000)  # the server hears of it
            os.set_blocking(pipe.fileno(), True)
            pipe.write(whole)  # the package is there, and nobody wants it any more
        second.unlink()
        second.write_bytes(whole)
        page.wait_for_timeout(3000)  # a fetch that went on would have brought all by now
        assert len(list((cache / "g").glob("*.opus"))) == 3
        page.click(".status .fetch-open")
        page.click("dialog button:has-text('Everything: 3 tracks')")
        page.wait_for_function("vmr.boot.fetch.length === 0", timeout=60_000)
        assert len(list((cache / "g").glob("*.opus"))) == TRACKS
        assert visit.errors == []


def test_a_server_for_others_offers_and_does_nothing(lacking, cache, short_video):
    import httpx

    catalog, debs = lacking
    flags = ("--catalog", str(catalog), "--debs", str(debs), "--no-fetch")
    with running_app(*flags) as (address, _):
        config = httpx.get(f"{address}config").json()
        assert '"fetch": []' in config["head"]
        number = next(d["id"] for d in config["dependencies"] if d["api_name"] == "fetch_sound")
        body = {"data": ["g", 40], "fn_index": number, "session_hash": "abcdefgh"}
        httpx.post(f"{address}gradio_api/queue/join", json=body)
        time.sleep(1)
        text = ""
        with httpx.stream("GET", f"{address}gradio_api/queue/data?session_hash=abcdefgh") as answer:
            for line in answer.iter_lines():
                text += line
                if "process_completed" in line:
                    break
    assert "does not let its page fetch" in text
