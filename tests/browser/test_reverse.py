"""The tab Reverse in a real browser: music in, a real library of films ranked, played, refused."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.browser.conftest import visiting
from tests.browser.test_reach import axe_problems
from tests.variants import variants
from vmr.catalogs.score_scale import FITS_FROM
from vmr.knowledge.notes import weak_notice

pytestmark = pytest.mark.browser

CARDS = """() => [...document.querySelectorAll(".card:not(.leaving)")]
    .sort((a, b) => a.getAttribute("aria-posinset") - b.getAttribute("aria-posinset"))
    .map((card) => card.querySelector(".title").textContent)"""

NOTE = ".reverse .slider-end.left .end-note"


@pytest.fixture(scope="module")
def visit(browser, server, calm_track):
    with visiting(browser, server) as visit:
        page = visit.open()
        page.click("#tab-reverse")
        page.set_input_files("#music-file", str(calm_track))
        page.wait_for_selector(".card", timeout=60_000)
        yield visit


@pytest.fixture
def ranked(visit):
    """The page with an answer, at rest; no error may happen on it."""
    visit.page.evaluate("""() => {
        vmr.late.reverse.screening.pause();
        vmr.late.reverse.store.set({ alpha: 0.5, facet: "mood", weights: null });
        vmr.store.set({ tab: "reverse" });
    }""")
    visit.errors.clear()
    yield visit.page
    assert visit.errors == []


def test_dropped_music_ranks_the_films_and_the_slider_asks_nobody(ranked, visit):
    assert len(ranked.evaluate(CARDS)) == 4
    seen = len(visit.requests)
    orders = {}
    for alpha in (0, 0.5, 1):
        ranked.evaluate("(alpha) => vmr.late.reverse.store.set({ alpha })", alpha)
        orders[alpha] = ranked.evaluate(CARDS)
        wanted = ranked.evaluate("""() => { const { store, ranking } = vmr.late.reverse;
            const { tracks, branches } = store.get("payload");
            const w = ranking.weights();
            const score = (track) => track.parts.reduce((sum, part, b) => sum + w[b] * part, 0);
            return [...tracks].sort((a, b) => score(b) - score(a)).map(({ title }) => title); }""")
        assert orders[alpha] == wanted
    made = [url for url in visit.requests[seen:] if "/vmr-media/" not in url]
    assert made == []


def test_samples_have_their_titles_and_the_left_end_its_direction_in_both_languages(ranked):
    note = ranked.locator(NOTE)
    first = ranked.evaluate(CARDS)[0]
    ranked.evaluate(
        """(en) => { const { boot } = vmr.late.reverse;
        window.before = { library: boot.library, samples: boot.samples };
        boot.library = { ...boot.library, name: "samples" };
        boot.samples = [...boot.samples, { key: "film", titles: { en, ja: "夕方の映画" } }]; }""",
        first,
    )
    assert note.inner_text() == "what the music looks like"
    try:
        ranked.click(".tools button:has-text('日本語')")
        ranked.wait_for_selector(f"{NOTE} >> text=音楽から思い浮かぶ映像")
        ranked.wait_for_selector(".reverse .card .title >> text=夕方の映画")
        assert ranked.evaluate(CARDS)[0] == "夕方の映画"
        ranked.wait_for_selector(".reverse .now-artist >> text=夕方の映画")
    finally:  # the tests that follow read English
        ranked.click(".tools button:has-text('EN')")
        ranked.wait_for_selector(f"{NOTE} >> text=what the music looks like")
    assert ranked.evaluate(CARDS)[0] == first and first in ranked.inner_text(".reverse .now-artist")
    ranked.evaluate("Object.assign(vmr.late.reverse.boot, window.before)")


def test_a_film_says_how_many_random_pairs_it_beats_and_where_none_fits(ranked, film_retriever):
    scale, fits = film_retriever.films.scale, []
    for alpha in (0.2, 0.9):
        shown = ranked.evaluate(
            """(alpha) => {
            const { store } = vmr.late.reverse;
            store.set({ alpha });
            return { fits: [...document.querySelectorAll(".card:not(.leaving)")]
                .sort((a, b) => a.getAttribute("aria-posinset") - b.getAttribute("aria-posinset"))
                .map((card) => { const { textContent, title } = card.querySelector(".score-number");
                    return [textContent, title]; }),
                parts: store.get("order").map((i) => store.get("payload").tracks[i].parts),
                weak: !vmr.late.reverse.weak.hidden }; }""",
            alpha,
        )
        w = film_retriever.weights(alpha, "mood")
        right = scale.percent(np.float32(shown["parts"]) @ w, w)
        assert [int(text) for text, _ in shown["fits"]] == pytest.approx(right - 0.5, abs=0.6)
        assert all("random pairs of a video and a track" in title for _, title in shown["fits"])
        assert shown["weak"] == (right[0] < FITS_FROM)
        fits.append(right.tolist())
    assert fits[0] != fits[1]
    ranked.evaluate("vmr.late.reverse.store.set({ bestFit: 50 })")
    assert ranked.locator(".reverse .belief-weak").inner_text() == str(weak_notice())
    ranked.evaluate("vmr.late.reverse.store.set({ bestFit: 99 })")
    assert not ranked.locator(".reverse .belief-weak").is_visible()


@pytest.mark.thorough
def test_the_handle_of_the_slider_moves_the_films(ranked):
    box = ranked.locator("#reverse-alpha").bounding_box()
    ranked.mouse.click(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
    assert ranked.evaluate("vmr.late.reverse.store.get('alpha')") == pytest.approx(0.9, abs=0.03)
    assert ranked.evaluate("vmr.store.get('alpha')") == 0.5  # the other direction keeps its own


def test_a_card_plays_its_film_with_the_music_in_time(ranked):
    playable = ranked.locator(".card", has_text="deep zoom").locator(".card-play")
    playable.click()
    ranked.wait_for_function("""() => { const { player, video } = vmr.late.reverse.screening;
        return video.currentTime > 1 && Math.abs(player.drift) < 0.06; }""")
    assert ranked.evaluate("vmr.late.reverse.screening.player.deck.audio.currentTime") > 0.9
    assert "with deep zoom" in ranked.locator(".reverse .now").inner_text()
    playable.click()
    assert not ranked.evaluate("vmr.late.reverse.store.get('playing')")


@pytest.mark.thorough
def test_music_goes_on_where_it_is_when_another_film_is_chosen(ranked):
    ranked.locator(".card", has_text="deep zoom").locator(".card-play").click()
    ranked.wait_for_function("vmr.late.reverse.screening.video.currentTime > 1")
    before = ranked.evaluate("""() => {
        const now = vmr.late.reverse.screening.player.musicTime;
        [...document.querySelectorAll(".card")].find((card) => /test card/.test(card.textContent))
            .querySelector(".card-play").click();
        return now;
    }""")
    ranked.wait_for_function("vmr.late.reverse.screening.video.currentTime > 0.3")
    after = ranked.evaluate("vmr.late.reverse.screening.player.musicTime")
    assert after > before and after - before < 4


def test_a_poster_comes_alive_under_the_pointer_and_rests_again(ranked):
    card = ranked.locator(".card", has_text="test card")
    assert card.locator("video").get_attribute("poster").endswith(".jpg")
    card.locator(".card-play").hover()
    ranked.wait_for_function("""() => [...document.querySelectorAll(".card-film")]
        .some((film) => film.currentTime > 0.2 && film.muted)""")
    ranked.mouse.move(5, 5)
    ranked.wait_for_function("""() => [...document.querySelectorAll(".card-film")]
        .every((film) => film.paused && !film.hasAttribute("src"))""")


def test_a_film_that_the_browser_does_not_play_is_converted(ranked):
    ranked.locator(".card", has_text="slow blue").locator(".card-play").click()
    ranked.wait_for_function(
        "vmr.late.reverse.screening.video.currentTime > 0.3"
        " && !vmr.late.reverse.screening.video.error",
        timeout=30_000,
    )


def test_names_of_files_stay_texts(ranked):
    assert "<img src=x onerror=hacked=1>" in ranked.evaluate(CARDS)
    assert ranked.evaluate("window.hacked") is None
    assert ranked.locator("#vmr img").count() == 0


def test_the_keyboard_walks_the_films(ranked):
    ranked.evaluate("document.activeElement?.blur()")
    order = ranked.evaluate(CARDS)
    ranked.evaluate("vmr.late.reverse.screening.show(vmr.late.reverse.store.get('order')[0])")
    ranked.keyboard.press("ArrowDown")
    ranked.keyboard.press("ArrowDown")
    assert ranked.locator(".card.selected .title").inner_text() == order[2]
    ranked.keyboard.press("ArrowUp")
    assert ranked.locator(".card.selected .title").inner_text() == order[1]


def test_a_track_of_the_catalog_is_one_click(browser, server):
    with visiting(browser, server) as visit:
        page = visit.open()
        page.click("#tab-reverse")
        page.click(".starter >> nth=1")
        page.wait_for_selector(".card", timeout=30_000)
        page.click(".reverse .big-play")
        page.wait_for_function("vmr.late.reverse.screening.player.deck.audio.currentTime > 0.3")
        assert visit.errors == []


@pytest.mark.thorough
def test_a_file_that_is_no_music_is_refused_in_words(browser, server, tmp_path):
    empty, text = tmp_path / "empty.mp3", tmp_path / "notes.txt"
    empty.write_bytes(b"")
    text.write_text("no music")
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"not a sound at all" * 100)
    with visiting(browser, server) as visit:
        page = visit.open()
        page.click("#tab-reverse")
        for path, words in ((empty, "empty"), (text, "not an audio file"), (broken, "broken.mp3")):
            page.set_input_files("#music-file", str(path))
            page.wait_for_selector(f".reverse .error:has-text('{words}')", timeout=30_000)
            assert page.locator(".reverse .intro").is_visible()
        assert visit.errors == []


@pytest.mark.thorough
def test_without_a_library_the_tab_says_how_to_make_one(browser, server):
    with visiting(browser, server) as visit:
        page = visit.open()
        page.evaluate("vmr.boot.library = { name: '', videos: 0 }")
        page.click("#tab-reverse")
        text = page.locator(".intro").inner_text()
        assert "python -m vmr index --videos FOLDER" in text and "sample videos" in text
        assert not page.locator(".starter").first.is_visible()
        assert not page.locator("#music-file").is_visible()
        page.evaluate("vmr.late.reverseOf({ track: vmr.boot.starters[1] })")  # of a row, for one
        assert not page.locator(".reverse .card").count()
        page.click(".intro-lacking button")
        page.wait_for_selector(".reverse .card", timeout=60_000)  # of what was asked before
        assert visit.errors == []


@pytest.mark.thorough
def test_a_phone_shows_slider_and_films_without_sideways_scrolling(browser, server):
    size = {"width": 390, "height": 844}
    with visiting(browser, server, viewport=size, has_touch=True, is_mobile=True) as visit:
        page = visit.open()
        page.tap("#tab-reverse")
        page.tap(".starter >> nth=0")
        page.wait_for_selector(".card", timeout=30_000)
        assert page.evaluate("document.querySelector('#vmr').scrollWidth") <= 390
        boxes = [card.bounding_box() for card in page.locator(".card").all()]
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
        assert len({round(box["x"]) for box in boxes}) == 2
        assert page.locator("#reverse-alpha").is_visible()


@pytest.mark.thorough
def test_japanese_names_everything(browser, server, calm_track):
    with visiting(browser, server, locale="ja-JP") as visit:
        page = visit.open()
        page.click("#tab-reverse")
        page.click(".starter >> nth=0")
        page.wait_for_selector(".card", timeout=30_000)
        texts = page.locator("#view-reverse").inner_text()
        assert not re.findall(r"\b(?:reverse|screening|card|heard|stat|tag)\.[a-z.]+", texts)
        for english in ("What was heard", "Other music", "with ", "Energy", "guitar"):
            assert english not in texts


@pytest.mark.parametrize("theme", variants(["light", "dark"]))
def test_axe_finds_nothing_serious(ranked, theme):
    ranked.evaluate("(theme) => vmr.store.set({ theme })", theme)
    ranked.wait_for_timeout(300)
    problems = axe_problems(ranked)
    ranked.evaluate("vmr.store.set({ theme: 'light' })")
    assert problems == []
