"""The shortlist under the hand: dragging, keys, a phone."""

from __future__ import annotations

import pytest

from tests.browser.conftest import visiting

pytestmark = pytest.mark.browser

ORDER = (
    """() => [...document.querySelectorAll(".short-row .title")].map((node) => node.textContent)"""
)


@pytest.fixture
def kept(matched):
    """Four tracks on the shortlist, which is open; answers the page."""
    matched.evaluate("vmr.store.get('order').slice(0, 4).forEach((i) => vmr.keep(i))")
    matched.click("#tab-shortlist")
    return matched


def drag(page, at: int, rows: float) -> None:
    grip = page.locator(".grip").nth(at).bounding_box()
    high = page.locator(".short-row").first.bounding_box()["height"]
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + rows * high, steps=8)
    page.mouse.up()


def test_a_row_is_dragged_to_another_place_and_stays_there(kept):
    a, b, c, d = kept.evaluate(ORDER)
    drag(kept, 0, 2)
    assert kept.evaluate(ORDER) == [b, c, a, d]
    drag(kept, 3, -9)
    assert kept.evaluate(ORDER) == [d, b, c, a]
    drag(kept, 1, 0.2)
    assert kept.evaluate(ORDER) == [d, b, c, a]
    stored = kept.evaluate("JSON.parse(localStorage['vmr-shortlist']).map(({ title }) => title)")
    assert stored == [d, b, c, a]


def test_what_is_kept_holds_the_score_that_the_row_showed(kept):
    fits = kept.evaluate("JSON.parse(localStorage['vmr-shortlist']).map(({ fit }) => fit)")
    shown = kept.evaluate("vmr.store.get('order').slice(0, 4).map((i) => vmr.ranking.fit(i))")
    assert fits == [round(fit, 1) for fit in shown] and min(fits) > 0


def test_a_note_stays_with_its_track_when_it_moves(kept):
    kept.fill(".note-field >> nth=1", "for the end")
    title = kept.evaluate(ORDER)[1]
    drag(kept, 1, 1)
    row = kept.locator(".short-row", has_text=title)
    assert row.locator(".note-field").input_value() == "for the end"
    assert kept.evaluate(ORDER)[2] == title


def test_the_same_id_in_another_catalog_is_another_track(matched):
    matched.evaluate("""() => {
        const track = vmr.ranking.tracks[vmr.store.get("order")[0]];
        vmr.shortlist.toggle({ ...track, catalog: "elsewhere", title: "Another" }, {});
    }""")
    star = matched.locator("#view-match [aria-posinset='1'] .star")
    assert star.get_attribute("aria-pressed") == "false"
    star.click()
    assert star.get_attribute("aria-pressed") == "true"
    assert len(matched.evaluate("vmr.store.get('shortlist')")) == 2
    star.click()
    assert matched.evaluate("vmr.store.get('shortlist').map(({ title }) => title)") == ["Another"]


def test_rows_move_by_the_keyboard_and_keep_the_focus(kept):
    a, b, *_ = kept.evaluate(ORDER)
    kept.locator(".move-down").first.focus()
    kept.keyboard.press("Enter")
    assert kept.evaluate(ORDER)[:2] == [b, a]
    assert kept.evaluate("document.activeElement.closest('.short-row').innerText").startswith("2")


@pytest.mark.thorough
def test_on_a_phone_every_part_of_a_row_is_in_sight(browser, server, kept):
    shortlist = kept.evaluate("vmr.store.get('shortlist')")
    size = {"width": 390, "height": 844}
    with visiting(browser, server, viewport=size, has_touch=True, is_mobile=True) as visit:
        page = visit.open()
        page.evaluate("(shortlist) => vmr.store.set({ shortlist })", shortlist)
        page.tap("#tab-shortlist")
        assert page.evaluate("document.querySelector('#view-shortlist').scrollWidth") <= 390
        for part in (".grip", ".play", ".note-field", ".move-up", ".remove"):
            box = page.locator(f".short-row {part}").first.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= 390
