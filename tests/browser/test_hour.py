"""An hour of work in two tabs, with servers that are killed: whatever was acknowledged is there."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.browser.conftest import running_app, visiting
from tests.browser.test_project import all_saved, begin, fields
from vmr.planning.first_page import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VIDEOS = 20
READ_MS = 900_000
LAST = f".project-video >> nth={VIDEOS - 1}"


def test_an_hour_of_work_loses_nothing(browser, short_video, world_video, tmp_path):
    """Twenty videos, sixty picks, notes, decisions, a track for all of them, cues that are split,
    dragged and given their own wishes and music, two tabs, three servers killed, reloads."""
    films = [tmp_path / f"film {i:02d}.mp4" for i in range(VIDEOS)]
    for i, film in enumerate(films):
        source = world_video if i == 0 else short_video
        film.write_bytes(source.read_bytes() + bytes(i + 1))  # what follows is not looked at
    chance = random.Random(7)
    port, data = free_port(), tmp_path / "data"
    server = Killable(port, data)
    with visiting(browser, server.address) as one, visiting(browser, server.address) as two:
        for visit in (one, two):
            visit.context.set_default_timeout(READ_MS)
        try:
            done = work_for_an_hour(one, two, films, chance, server)
            done |= one_track_for_all(one.page)
            cues = work_on_cues(one.page, server)
        finally:
            server.end()
    with (
        running_app("--data", str(data), port=port) as (address, _),
        visiting(browser, address) as v,
    ):
        page = v.open(done.pop("link"))
        page.wait_for_selector(LAST, timeout=30_000)
        found = fields(page)
        missing = {path: value for path, value in (done | cues).items() if found.get(path) != value}
        assert missing == {}
        assert len(done) >= VIDEOS + 60 + VIDEOS + VIDEOS and len(cues) >= 3 * 20
        assert {path for path in found if "/cues/" in path} == set(cues)  # what was joined is gone


class Killable:
    """A server that is killed and started again at the same address with the same data."""

    def __init__(self, port: int, data: Path) -> None:
        self.port, self.data, self.address = port, data, f"http://127.0.0.1:{port}/"
        self.start()

    def start(self) -> None:
        import sys
        import urllib.request

        from tests.browser.conftest import PROJECT

        flags = ["--port", str(self.port), "--device", "cpu", "--data", str(self.data)]
        self.process = subprocess.Popen([sys.executable, "app.py", *flags], cwd=PROJECT)
        end = time.monotonic() + 120
        while time.monotonic() < end:
            with suppress(OSError), urllib.request.urlopen(f"{self.address}healthz", timeout=2):
                return
            time.sleep(0.2)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def work_for_an_hour(one, two, films, chance, server) -> dict:
    """What was acknowledged, by its path, and the link of the project."""
    page = one.open()
    link = begin(one)
    page.set_input_files("#project-add", [str(film) for film in films])
    page.wait_for_function(
        "document.querySelectorAll('.project-video').length === 20"
        " && !document.querySelector('.project-waiting')",
        timeout=READ_MS,
    )
    all_saved(page)
    other = two.open(link)
    other.wait_for_selector(LAST)
    videos = page.evaluate("vmr.bond.videos()")
    done = {f"videos/{sha}/name": film.name for sha, film in zip(videos, films, strict=True)}
    kills = {20, 40}
    for turn in range(1, 81):
        who = chance.choice([page, other])
        path, value = f"videos/{chance.choice(videos)}", f"turn {turn}"
        if turn <= 60:
            path += f"/picks/starter/track-{turn}/state"
            value = chance.choice(["idea", "proposed", "approved", "rejected"])
        else:
            path = f"videos/{videos[turn - 61]}/notes"
        if turn in kills:
            server.kill()
        who.evaluate("([p, v]) => vmr.bond.project.change([[p, v]])", [path, value])
        if turn in kills:
            if chance.random() < 0.7:
                who.evaluate("location.reload()")  # with a change that no server has heard of
            server.start()
            who.wait_for_selector(LAST, timeout=120_000)
        all_saved(who)
        done[path] = value
        if chance.random() < 0.1:
            who.reload()
            who.wait_for_selector(LAST, timeout=120_000)
    return done | {"link": link}


def one_track_for_all(page) -> dict:
    """The track that fits all videos best, kept for each of them."""
    page.evaluate("vmr.store.set({ tab: 'project' })")
    page.click("text=One track for all")
    page.wait_for_selector(".fits-all li", timeout=READ_MS)
    before = fields(page)
    page.click(".fits-all li >> nth=0 >> .choose")
    page.keyboard.press("Escape")
    all_saved(page)
    kept = {p: v for p, v in fields(page).items() if "/picks/" in p and p not in before}
    assert len({path.split("/")[1] for path in kept}) == VIDEOS
    return kept


def work_on_cues(page, server) -> dict:
    """Cues of the first video: split, dragged, joined, each with its own slider, words and track,
    the last of it while no server is there. All of their fields."""
    page.evaluate("vmr.bond.show(vmr.bond.videos()[0])")
    page.wait_for_function("vmr.store.get('phase') === 'results'", timeout=READ_MS)
    page.click(".cues-open")
    page.wait_for_selector(".cue-block", timeout=READ_MS)
    for share in (0.3, 0.6, 0.8):  # of the film
        page.evaluate("([share]) => vmr.cues.split(share * vmr.cues.seconds)", [share])
    page.evaluate("vmr.cues.join(vmr.cues.list.at(-2).id)")
    count = page.evaluate("vmr.cues.list.length")
    assert count >= 3
    for i in range(count):
        page.locator(".cue-block").nth(i).click()
        ranked = "([i]) => vmr.film.band.choice.span.startsWith(vmr.cues.list[i].id)"
        page.wait_for_function(ranked, arg=[i], timeout=READ_MS)
        page.evaluate(
            "([i]) => vmr.store.set(i % 2 ? { weights: [0.2, 0.5, 0.3] } : { alpha: i / 10 })", [i]
        )
        page.locator("#view-match .row .use").nth(i + 1).click()
        page.wait_for_function("([i]) => vmr.cues.list[i].track_id", arg=[i], timeout=READ_MS)
    page.click(".film-tools >> text=Whole film")
    all_saved(page)
    page.locator(".cue-border").first.focus()
    page.keyboard.press("ArrowRight")
    all_saved(page)
    server.kill()
    page.locator(".cue-border").last.focus()
    page.keyboard.press("ArrowLeft")
    page.evaluate("vmr.cues.set(vmr.cues.list[0].id, { gain_db: -9 })")
    server.start()
    all_saved(page)
    shown = page.evaluate(
        "vmr.cues.list.map(({ id, start, gain_db, weights, track_id }) =>"
        " ({ id, start, gain_db, weights, track_id }))"
    )
    kept = {path: value for path, value in fields(page).items() if "/cues/" in path}
    for cue in shown:
        for name in ("start", "gain_db", "weights", "track_id"):
            path = next((p for p in kept if p.endswith(f"/cues/{cue['id']}/{name}")), None)
            assert (kept[path] if path else None) == cue[name], name
    assert shown[0]["gain_db"] == -9 and shown[1]["weights"] == [0.2, 0.5, 0.3]
    return kept
