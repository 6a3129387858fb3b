"""Tempo and instruments on the running page: chosen, clicked, avoided, filtered, in a link."""

from __future__ import annotations

import pytest

from tests.browser.conftest import visiting

pytestmark = pytest.mark.browser
FACET = "#view-match select.facet"
SHOWN = """(facet) => vmr.store.get("order").slice(0, 5).map((i) =>
    vmr.store.get("payload").tracks[i]).map((track) => track.measured[facet])"""


@pytest.fixture()
def by(matched):
    """Chooses a facet; the page goes back to mood afterwards."""
    yield lambda facet: matched.select_option(FACET, facet)
    matched.evaluate("vmr.store.set({ choices: {}, facet: 'mood', filters: {} })")


def click_label(page, name: str) -> None:
    """Choose a label where it stands: among the chips, or in the list of the others."""
    chip = page.locator("#view-match .belief-chip", has_text=name)
    if chip.count():
        chip.first.click()
        return
    page.click("#view-match .belief-other")
    page.click(f".menu >> text={name}")


def test_slow_is_clicked_and_slow_tracks_stand_first(matched, shared, by):
    names = matched.locator(f"{FACET} option").all_inner_texts()
    assert names[-2:] == ["tempo", "instrument"] and {"mood", "genre"} < set(names)
    by("tempo")
    matched.locator("#alpha").press("End")
    shared.requests.clear()
    seen = matched.locator("#view-match .belief-chip")
    assert seen.count() >= 1 and not any("%" in text for text in seen.all_inner_texts())
    click_label(matched, "slow")
    assert all(labels == ["slow"] for labels in matched.evaluate(SHOWN, "tempo"))
    reason = matched.evaluate("vmr.ranking.reason(vmr.store.get('order')[0])")
    assert reason.startswith("Your choice of slow met slow")
    click_label(matched, "fast")  # several, each with a weight of its own
    both = matched.evaluate("vmr.store.get('choices').tempo")
    assert both == {"slow": 1, "fast": 1}
    matched.locator("#view-match .belief-chip", has_text="slow").click()  # not slow
    assert matched.evaluate("vmr.store.get('choices').tempo") == {"slow": -1, "fast": 1}
    assert all(labels == ["fast"] for labels in matched.evaluate(SHOWN, "tempo"))
    assert shared.requests == []


def test_an_instrument_is_chosen_and_a_filter_narrows_to_it(matched, by):
    by("instrument")
    matched.locator("#alpha").press("End")
    click_label(matched, "synth")
    assert all("synth" in labels for labels in matched.evaluate(SHOWN, "instrument"))
    everything = matched.evaluate("vmr.store.get('order')")
    matched.evaluate("vmr.store.set({ filters: { instrument: ['drums'] } })")
    left = matched.evaluate("vmr.store.get('order')")
    assert 0 < len(left) < len(everything) and left == [i for i in everything if i in left]
    assert "drums" in matched.locator("#view-match .filter.active summary").all_inner_texts()
    kept = matched.evaluate(SHOWN, "instrument")
    assert all("drums" in labels for labels in kept)


def test_a_link_says_the_tempo_and_japanese_names_it(browser, server, matched, by):
    by("tempo")
    click_label(matched, "slow")
    matched.wait_for_function("location.hash.endsWith('l.tempo=slow')")
    link = matched.evaluate("location.hash")
    with visiting(browser, server) as visit:
        page = visit.open(link)
        page.wait_for_function("vmr.store.get('facet') === 'tempo'")
        assert page.evaluate("vmr.store.get('choices').tempo") == {"slow": 1}
    matched.click("[data-lang=ja]")
    matched.wait_for_function("document.documentElement.lang === 'ja'")
    try:
        names = matched.locator(f"{FACET} option").all_inner_texts()
        assert names[-2:] == ["テンポ", "楽器"]
        assert "ゆっくり" in matched.inner_text("#view-match .belief")
    finally:
        matched.click("[data-lang=en]")
        matched.wait_for_function("document.documentElement.lang === 'en'")
