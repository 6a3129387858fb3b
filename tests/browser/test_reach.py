"""For everybody: keyboard, phone, Japanese, assistive technology; and against hostile texts."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import row, shown_titles, visiting
from tests.variants import variants

pytestmark = pytest.mark.browser

HOSTILE = """(payload) => {
    const bad = (name) => `<img src=x onerror="window.hacked='${name}'"><b>${name}</b>`;
    const fields = ["title", "artist", "catalog", "key", "vocals", "licence", "attribution",
        "source"];
    const tracks = payload.tracks.map((track, i) => ({ ...track, id: bad("id") + i,
        ...Object.fromEntries(fields.map((name) => [name, bad(name)])),
        mood: [bad("mood")], genre: [bad("genre")] }));
    const query = { ...payload.query, name: bad("file"), notes: [{ en: bad("note") }],
        concepts: [[bad("concept"), 1]] };
    return { ...payload, tracks, query };
}"""


@pytest.mark.thorough
def test_texts_of_a_hostile_catalog_stay_texts(browser, server, matched):
    hostile = matched.evaluate(f"() => ({HOSTILE})(vmr.store.get('payload'))")
    with visiting(browser, server) as visit:
        page = visit.open()
        page.evaluate("(payload) => vmr.store.set({ payload, phase: 'results' })", hostile)
        page.wait_for_selector(".row")
        page.click(f"{row(1)} .star")
        page.click(f"{row(1)} .who")
        page.click(".filter summary >> text=Tempo")
        page.click("text=Compare")
        page.wait_for_selector(".compare-row")
        page.hover("#view-match .bump-area")
        page.click("text=Compare")
        page.click(f"{row(1)} .more")
        page.click(".menu >> text=All numbers")
        page.wait_for_selector("dialog[open]")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog[open]", state="hidden")
        page.click("#tab-shortlist")
        page.wait_for_timeout(300)
        assert page.evaluate("window.hacked") is None
        assert page.locator("#vmr img").count() == 0
        assert "<img src=x" in page.locator(".short-row .title").first.inner_text()
        assert visit.errors == []


def test_the_keyboard_is_enough(matched):
    matched.locator("#alpha").focus()
    for _ in range(10):
        matched.keyboard.press("ArrowRight")
    assert matched.evaluate("vmr.store.get('alpha')") == pytest.approx(0.6)
    matched.evaluate("document.activeElement.blur()")
    matched.keyboard.press("Space")
    matched.wait_for_function("vmr.store.get('playing')")
    assert matched.evaluate("vmr.stage.track.title") == shown_titles(matched)[0]
    matched.keyboard.press("ArrowDown")
    matched.keyboard.press("ArrowDown")
    assert matched.evaluate("vmr.stage.track.title") == shown_titles(matched)[2]
    assert matched.evaluate("vmr.store.get('playing')")
    matched.keyboard.press("ArrowUp")
    assert matched.evaluate("vmr.stage.track.title") == shown_titles(matched)[1]
    matched.keyboard.press("s")
    assert matched.evaluate("vmr.store.get('shortlist').length") == 1
    matched.keyboard.press("Space")
    assert not matched.evaluate("vmr.store.get('playing')")
    matched.locator(f"{row(1)} .more").focus()
    matched.keyboard.press("Enter")
    assert matched.locator(".menu button").first.evaluate("e => e === document.activeElement")
    matched.keyboard.press("Escape")
    assert matched.locator(f"{row(1)} .more").evaluate("e => e === document.activeElement")


def test_every_control_can_be_reached_and_is_named(matched):
    nameless = matched.evaluate("""() => [...document.querySelectorAll(
            "#vmr button, #vmr input, #vmr select, #vmr summary")]
        .filter((node) => node.checkVisibility())
        .filter((node) => !(node.getAttribute("aria-label") || node.innerText.trim()
            || node.labels?.[0]?.innerText.trim()))
        .map((node) => node.outerHTML.slice(0, 120))""")
    assert nameless == []


def test_a_phone_needs_no_sideways_scrolling(browser, server, short_video):
    size = {"width": 390, "height": 844}
    with visiting(browser, server, viewport=size, has_touch=True, is_mobile=True) as visit:
        page = visit.open()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        visit.match(short_video)
        page.tap(f"{row(1)} .play")
        widths = (
            "[document.documentElement.scrollWidth, document.querySelector('#vmr').scrollWidth]"
        )
        assert max(page.evaluate(widths)) <= 390
        rows = [page.locator(row(i)).bounding_box() for i in range(1, 5)]
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in rows)
        assert rows[3]["y"] + rows[3]["height"] < 844
        targets = page.locator(f"{row(1)} .play").bounding_box()
        assert min(targets["width"], targets["height"]) >= 40
        page.tap(".fold")
        page.tap(".frames summary")
        page.wait_for_selector(".frame img")
        assert max(page.evaluate(widths)) <= 390
        strip = page.locator(".frames-strip").bounding_box()
        assert strip["x"] >= 0 and strip["x"] + strip["width"] <= 390
        # A fade says that the strip scrolls; the last frame is not under it.
        faded = "getComputedStyle(document.querySelector('.frames-strip')).maskImage"
        assert "linear-gradient" in page.evaluate(faded)
        page.evaluate("document.querySelector('.frames-strip').scrollLeft = 1e6")
        last = page.locator(".frames-strip li").last.bounding_box()
        assert last["x"] + last["width"] <= strip["x"] + strip["width"] - 40


def test_japanese_is_the_browsers_choice_and_complete(browser, server, matched):
    payload = matched.evaluate("vmr.store.get('payload')")
    with visiting(browser, server, locale="ja-JP") as visit:
        page = visit.open()
        assert page.evaluate("document.documentElement.lang") == "ja"
        page.evaluate("(payload) => vmr.store.set({ payload, phase: 'results' })", payload)
        page.wait_for_selector(".row")
        page.click(f"{row(1)} .who")
        texts = page.locator("#vmr").inner_text()
        assert not re.findall(r"\b(?:slider|filter|row|stage|facts|short|preset)\.[a-z.]+", texts)
        for english in ("As it feels", "Video sound", "What was seen", "tracks", "Next change"):
            assert english not in texts
        page.click("[data-lang=en]")
        page.wait_for_function("document.documentElement.lang === 'en'")
        assert "As it feels" in page.locator("#vmr").inner_text()


@pytest.mark.thorough
def test_what_the_server_says_of_a_file_is_japanese_too(browser, server, tmp_path):
    film = tmp_path / "夏.mp4"
    film.write_text("no film at all\n" * 100)
    with visiting(browser, server, locale="ja-JP") as visit:
        page = visit.open()
        page.set_input_files("#video-file", str(film))
        page.wait_for_selector(".error:not([hidden])", timeout=30_000)
        assert page.locator(".error p").first.inner_text() == (
            "「夏.mp4」は動画ではなくテキストファイルです。"
            "mp4・mov・webm・mkv・avi などの動画ファイルを選んでください。"
        )
        assert visit.errors == []


def axe_problems(page) -> list[str]:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    found = axe.Axe().run(page, context="#vmr").response["violations"]
    return [
        f"{problem['id']}: {node['target']}"
        for problem in found
        if problem["impact"] in ("serious", "critical")
        for node in problem["nodes"]
    ]


@pytest.mark.parametrize("theme", variants(["light", "dark"]))
def test_axe_finds_nothing_serious(matched, theme):
    matched.evaluate("(theme) => vmr.store.set({ theme })", theme)
    matched.click(f"{row(2)} .who")
    matched.wait_for_timeout(400)
    problems = axe_problems(matched)
    matched.click("text=Compare")
    matched.wait_for_selector(".compare-row")
    problems += axe_problems(matched)
    matched.click("text=Compare")
    matched.click(f"{row(1)} .star")
    matched.click("#tab-shortlist")
    problems += axe_problems(matched)
    matched.evaluate("vmr.store.set({ theme: 'light' })")
    assert problems == []


@pytest.mark.parametrize("theme", variants(["light", "dark"]))
def test_axe_finds_nothing_serious_on_the_empty_page(browser, server, theme):
    with visiting(browser, server, color_scheme=theme) as visit:
        visit.open()
        assert axe_problems(visit.page) == []
