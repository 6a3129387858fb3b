"""Folders that are dropped on the page, by the browser's own drag and drop."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.browser.conftest import visiting
from tests.browser.test_project import names

pytestmark = pytest.mark.browser


def drop(page, *paths: Path) -> None:
    """As from the system's own window of files."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        event = {"type": kind, "x": 200, "y": 300, "data": data}
        session.send("Input.dispatchDragEvent", event)


@pytest.fixture
def folder(tmp_path, short_video, no_film) -> Path:
    """A day's takes: a film, another one deeper, and what is none."""
    day = tmp_path / "day one"
    (day / "b roll").mkdir(parents=True)
    shutil.copy(short_video, day / "take 1.mp4")
    (day / "b roll" / "take 2.mp4").write_bytes(no_film.read_bytes())
    (day / "notes.txt").write_text("rain")
    (day / ".hidden.mp4").write_text("of the system")
    return day


def test_the_videos_of_a_dropped_folder_go_into_a_project(browser, server, folder):
    with visiting(browser, server) as visit:
        page = visit.open()
        drop(page, folder)
        answers = page.locator("dialog .ask button")
        answers.first.wait_for()
        assert answers.all_inner_texts()[1:] == ["take 2.mp4", "take 1.mp4"]
        answers.first.click()
        page.wait_for_selector(".project-waiting[data-state=failed]", timeout=60_000)
        page.wait_for_selector(".project-video", timeout=60_000)
        assert names(page) == ["take 1.mp4"]
        assert "take 2.mp4" in page.locator(".project-waiting[data-state=failed]").inner_text()
        assert visit.errors == []


def test_a_folder_without_videos_is_said_to_have_none(browser, server, tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("a")
    with visiting(browser, server) as visit:
        page = visit.open()
        drop(page, tmp_path / "texts")
        page.wait_for_selector(".error:not([hidden])")
        assert "no video" in page.locator(".error").inner_text()
