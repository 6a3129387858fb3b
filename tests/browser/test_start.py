"""What a real browser fetches at the start, and what it fetches when it is asked for."""

from __future__ import annotations

import pytest

from tests.browser.conftest import visiting

pytestmark = pytest.mark.browser

OWN = """() => performance.getEntriesByType("resource")
    .filter(({ name }) => name.includes("/vmr/"))
    .map(({ name, decodedBodySize }) => [new URL(name).pathname, decodedBodySize])"""


def test_the_start_weighs_less_than_400_kb_and_holds_one_language(browser, server):
    with visiting(browser, server) as visit:
        page = visit.open()
        page.wait_for_load_state("networkidle")
        sizes = dict(page.evaluate(OWN))
        assert "/vmr/app.js" in sizes and min(sizes.values()) > 0
        assert sum(sizes.values()) < 400_000  # uncompressed
        texts = [name for name in sizes if "/texts/" in name]
        assert texts == ["/vmr/texts/en.json"]
        for late in ("evidence", "map", "reverse", "download", "export", "details"):
            assert f"/vmr/views/{late}.js" not in sizes
        assert "/vmr/ranking/compare.js" not in sizes
        page.click(".tools button >> text=日本語")
        page.wait_for_function("document.documentElement.lang === 'ja'")
        assert visit.errors == []


def test_a_tab_that_does_not_come_is_said_and_comes_at_the_next_try(browser, server):
    with visiting(browser, server) as visit:
        page = visit.open()
        visit.context.set_offline(True)
        page.click(".tools button >> text=日本語")
        page.wait_for_selector(".error:has-text('does not answer')")
        assert page.evaluate("document.documentElement.lang") == "en"
        page.click(".error .tool")
        page.click("#tab-evidence")
        page.wait_for_selector(".error:has-text('does not answer')")
        visit.context.set_offline(False)
        page.click("#tab-match")
        page.focus("#tab-match")
        page.keyboard.press("ArrowLeft")  # around to the last tab
        page.wait_for_selector(".map-plot .dot")
        assert page.locator(".map-plot").bounding_box()["width"] > 300
        assert visit.errors == []
