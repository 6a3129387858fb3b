"""A long film's first rows: there before the final ones, said to be a first impression, and settled
without moving what somebody is just at."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import shown_titles, visiting
from tests.media_files import AAC, X264, both, ffmpeg

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

# What the page shows when its first rows come: put down at once, for the final ones follow.
WATCH = """() => {
    window.phases = [];
    vmr.store.on("phase", () => window.phases.push(vmr.store.get("phase")));
    const list = document.querySelector("#view-match .rows");
    window.first = new Promise((done) => new MutationObserver((_, watch) => {
        if (vmr.store.get("phase") !== "first" || !list.querySelector(".row")) return;
        watch.disconnect();
        done({ provisional: vmr.store.get("payload").provisional,
            order: vmr.store.get("order").map((i) => vmr.store.get("payload").tracks[i].title) });
    }).observe(list, { childList: true }));
}"""
# Of a row: its track, where it stands on the screen, and the number it shows.
PLACE = """(id) => {
    const row = document.querySelector(`#view-match .row:not(.leaving)[data-id="${id}"]`);
    return { top: Math.round(row.getBoundingClientRect().top),
        number: Number(row.querySelector(".rank-number").textContent) };
}"""


@pytest.fixture(scope="module")
def long_film(tmp_path_factory) -> Path:
    """A minute of 1080p with sound; long enough that its first rows come before the others."""
    path = tmp_path_factory.mktemp("film") / "minute.mp4"
    ffmpeg(
        *both(60, "1920x1080", 30), *X264, *AAC, "-g", "30", "-movflags", "+faststart", str(path)
    )
    return path


def look_at_a_film(page, film: Path) -> dict:
    """Send it, go to two rows of the first impression, and wait for the whole: what was shown."""
    page.evaluate(WATCH)
    page.set_input_files("#video-file", str(film))
    first = page.evaluate("window.first")
    assert first["provisional"] and len(first["order"]) > 20
    assert "first impression" in page.locator(".body > .progress .progress-step").inner_text()
    pointed, focused = page.evaluate("""() => [2, 4].map((place) => document.querySelector(
        `#view-match .row[aria-posinset="${place}"]`).dataset.id)""")
    page.hover(f'#view-match .row[data-id="{pointed}"] .who')
    page.focus(f'#view-match .row[data-id="{focused}"] .star')
    first["held"] = {id: page.evaluate(PLACE, id)["top"] for id in (pointed, focused)}
    assert page.evaluate("vmr.store.get('phase')") == "first", "the film must be longer"
    page.wait_for_function("vmr.store.get('phase') === 'results'", timeout=120_000)
    page.wait_for_timeout(400)  # rows glide for a quarter of a second
    return first


def test_first_rows_settle_into_the_answer_that_would_have_been_there_without_them(
    browser, server, retriever, long_film
):
    with visiting(browser, server) as visit:
        page = visit.open()
        first = look_at_a_film(page, long_film)
        assert page.evaluate("window.phases") == ["loading", "first", "results"]
        assert page.locator(".body > .progress").is_hidden()
        assert not page.evaluate("vmr.store.get('payload').provisional")

        final = page.evaluate("""() => vmr.store.get("order").map(
            (i) => vmr.store.get("payload").tracks[i].title)""")
        ids = page.evaluate("""() => vmr.store.get("order").map(
            (i) => vmr.store.get("payload").tracks[i].id)""")
        assert first["order"] != final, "the film must make a difference"
        for id, top in first["held"].items():
            now = page.evaluate(PLACE, id)
            assert now["top"] == top
            assert now["number"] == ids.index(id) + 1  # it says where it belongs

        page.mouse.move(2, 2)
        page.evaluate("document.activeElement.blur()")
        page.wait_for_timeout(400)
        shown = shown_titles(page)
        assert len(shown) > 5 and shown == final[: len(shown)]

        alone = retriever.search(retriever.embed_video(long_film), 0.5, "mood", len(final))
        assert [hit["title"] for hit in alone] == final
        assert visit.errors == []
