"""Labels that a person chose, in a real browser: the right end's name, weights, links, a phone."""

from __future__ import annotations

import json

import pytest

from tests.browser.conftest import visiting

pytestmark = pytest.mark.browser

CHIPS = "#view-match .belief-chip"
SAMPLE = "[data-sample=earth] >> visible=true"
ENDS = """() => [...document.querySelectorAll("#view-match .belief-line button, .words-chip")]
    .map((node) => node.getBoundingClientRect()).map(({ left, right }) => [left, right])"""


def choices(page) -> dict[str, dict[str, float]]:
    return json.loads(page.evaluate("JSON.stringify(vmr.store.get('choices'))"))


def right_end(page) -> str:
    facet = page.locator("#view-match .facet").input_value()
    by, colon, note = (
        page.inner_text(f"#view-match .slider-end.right {part}")
        for part in (".end-word", ".end-colon", ".end-note")
    )
    return f"{by} {facet}{colon} {note}"


def test_labels_share_the_right_end_by_weights_that_a_link_brings_back(browser, server):
    with visiting(browser, server) as visit:
        page = visit.open()
        page.click(SAMPLE)
        page.wait_for_selector("#vmr[data-phase=results] .row", timeout=60_000)
        assert page.inner_text(".film-name") == "Earth at night"
        visit.requests.clear()
        first, second = (page.locator(CHIPS).nth(at).locator("span").inner_text() for at in (0, 1))
        page.click(f"{CHIPS} >> nth=0")
        assert right_end(page) == f"By mood: {first}"
        page.click(f"{CHIPS} >> nth=1")
        page.click(f"{CHIPS} >> nth=1")
        page.focus("#view-match .belief-weight >> nth=1")
        before = page.evaluate("vmr.store.get('order').slice(0, 8)"), choices(page)
        page.evaluate("vmr.store.set({ alpha: 1 })")
        whole = page.evaluate("JSON.stringify([...vmr.ranking.scores])")
        for weight in (-0.5, -0.25):  # the key stays on the button
            page.keyboard.press("Enter")
            assert choices(page)["mood"] == {first: 1, second: weight}
        assert page.evaluate("JSON.stringify([...vmr.ranking.scores])") != whole
        assert before[1]["mood"] == {first: 1, second: -1}
        assert right_end(page) == f"By mood: {first}, not {second} ×¼"
        page.click("text=Compare")
        page.wait_for_selector(".compare-row")
        page.wait_for_selector(".compare-row")
        heads = page.locator(".compare-head b").all_inner_texts()
        assert heads[2] == f"By mood: {first}, not {second} ×¼"
        assert [url for url in visit.requests if "gradio_api" in url] == []
        page.wait_for_function("location.hash.includes('%3A0.25')")
        page.reload()
        page.wait_for_selector("#vmr[data-phase=results] .row", timeout=60_000)
        assert choices(page)["mood"] == {first: 1, second: -0.25}
        page.click("#view-match .belief-back")
        assert choices(page)["mood"] == {}
        assert page.inner_text("#view-match .slider-end.right .end-note") == "what the label says"
        assert visit.errors == []


def test_a_phone_shows_chips_whole_and_says_why_the_chosen_row_is_there(browser, server):
    with visiting(browser, server, viewport={"width": 390, "height": 844}) as visit:
        page = visit.open()
        page.click(SAMPLE)
        page.wait_for_selector("#vmr[data-phase=results] .row", timeout=60_000)
        page.fill("#words", "warm piano, no drums, zorkk")
        page.press("#words", "Enter")
        page.wait_for_selector(".words-chip.unknown")
        for at in (0, 1):
            page.click(f"{CHIPS} >> nth={at}")
        assert all(left >= 0 and right <= 390 for left, right in page.evaluate(ENDS))
        assert page.inner_text(".words-chip.unknown span") == "not understood"
        page.click("#view-match .row .who >> nth=0")
        why = page.locator("#view-match .row.selected .row-why")
        assert why.inner_text() and why.is_visible()
        assert page.locator("#view-match .row:not(.selected) .row-why >> nth=0").is_hidden()
        assert visit.errors == []
