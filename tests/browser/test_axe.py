"""Nothing serious for axe, in every tab and state: light in English, dark in Japanese."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.browser.conftest import row, visiting
from tests.browser.test_project import begin
from tests.browser.test_reach import axe_problems

pytestmark = [pytest.mark.browser, pytest.mark.thorough]
LOOKS = (("light", "en"), ("dark", "ja"))
LOOK = """([theme, lang]) => {
    vmr.store.set({ theme });
    return vmr.speak(lang);
}"""


def play_and_ask_where_to_begin(page) -> None:
    page.click(f"{row(1)} .play")
    page.click(".start-line [aria-expanded]")
    page.wait_for_selector(".starts-one", timeout=120_000)
    page.evaluate("vmr.stage.player.stop()")


def open_cues(page) -> None:
    page.click(".cues-open")
    page.wait_for_selector(".cue-block", timeout=180_000)
    page.locator(".cue-block").first.click()


def close_cues(page) -> None:
    page.evaluate("vmr.film.close()")


def present(on: bool) -> Callable:
    return lambda page: page.evaluate("(on) => vmr.presentation.set(on)", on)


def keep_the_first(page) -> None:
    page.click(f"{row(1)} .star")
    page.click("#tab-shortlist")


def open_label(page) -> None:
    page.click("#tab-label")
    page.wait_for_selector(".label-progress p")


def open_teach(page) -> None:
    page.click(".label-tools button >> text=Teach")
    page.wait_for_selector(".teach-go button")


def open_evidence(page) -> None:
    page.click("#tab-evidence")
    page.wait_for_selector("#view-evidence h3, #view-evidence h2")


def close(page) -> None:
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")


Step = tuple[str, Callable, Callable | None]  # a state, the way to it, and back


def click(selector: str) -> Callable:
    return lambda page: page.click(selector)


def steps(page, visit, short_video) -> Iterator[Step]:
    """The states in the order of somebody's work."""
    yield "empty", lambda page: None, None
    yield "answer", lambda page: visit.match(short_video), None
    yield "best start", play_and_ask_where_to_begin, None
    yield "a filter", click(".filter summary"), lambda page: page.keyboard.press("Escape")
    yield "a row's menu", click(f"{row(2)} .more"), lambda page: page.keyboard.press("Escape")
    yield "comparing", click("text=Compare"), click("text=Compare")
    yield "free weights", click("text=Free weights"), click("text=Free weights")
    yield "presentation", present(True), present(False)
    yield "keys", lambda page: page.keyboard.press("?"), close
    yield "guide", click(".status .link >> text=Guide"), close
    yield "cues", open_cues, close_cues
    yield "shortlist", keep_the_first, None
    yield "project", lambda page: begin(visit), None
    yield "reverse", click("#tab-reverse"), None
    yield "label", open_label, None
    yield "teach", open_teach, None
    yield "evidence", open_evidence, None


def test_axe_finds_nothing_serious_in_any_tab_or_state(browser, server, short_video):
    problems = []
    with visiting(browser, server) as visit:
        page = visit.open()
        for state, there, back in steps(page, visit, short_video):
            there(page)
            page.wait_for_timeout(400)
            for theme, lang in LOOKS:
                page.evaluate(LOOK, [theme, lang])
                page.wait_for_timeout(300)
                problems += [f"{state}, {theme}, {lang}: {one}" for one in axe_problems(page)]
            page.evaluate(LOOK, LOOKS[0])
            if back is not None:
                back(page)
        assert visit.errors == []
    assert problems == []
