"""The main job in a real browser: drop a video, hear matching music, move the slider."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import pytest

from tests.browser.conftest import Visit, row, shown_titles, visiting

pytestmark = pytest.mark.browser
SCREENSHOTS = Path(__file__).resolve().parent.parent / "screenshots"


def seconds_heard(page) -> float:
    return page.evaluate("vmr.stage.player.deck.audio.currentTime")


def test_a_dropped_video_gets_rows_and_the_first_plays_with_it(matched):
    assert len(shown_titles(matched)) >= 6
    matched.click(f"{row(1)} .play")
    matched.wait_for_function("vmr.stage.player.deck.audio.currentTime > 0.7", timeout=15_000)
    matched.wait_for_function("vmr.stage.video.currentTime > 0.4", timeout=15_000)
    assert matched.evaluate("vmr.stage.video.muted")
    SCREENSHOTS.mkdir(exist_ok=True)
    matched.screenshot(path=SCREENSHOTS / "playing.png")


def test_the_first_rows_are_seen_without_scrolling(matched):
    boxes = [matched.locator(row(i)).bounding_box() for i in range(1, 6)]
    assert all(box["y"] + box["height"] <= 768 for box in boxes)
    matched.click(f"{row(1)} .play")
    again = matched.locator("label[for=video-again]").bounding_box()
    assert again["y"] + again["height"] <= matched.locator(".status").bounding_box()["y"]


def test_only_one_track_sounds_after_a_change(matched):
    matched.click(f"{row(1)} .play")
    matched.wait_for_function("vmr.stage.player.deck.audio.currentTime > 0.3")
    matched.click(f"{row(2)} .play")
    matched.wait_for_timeout(900)
    playing = "vmr.stage.player.decks.filter(({ audio }) => !audio.paused).length"
    assert matched.evaluate(playing) == 1
    assert matched.evaluate("document.querySelectorAll('.row.playing').length") == 1


def test_the_slider_changes_the_order_and_asks_no_server(matched, shared):
    before = shown_titles(matched)
    matched.wait_for_timeout(400)
    shared.requests.clear()
    box = matched.locator("#alpha").bounding_box()
    y = box["y"] + box["height"] / 2
    matched.mouse.move(box["x"] + box["width"] / 2, y)
    matched.mouse.down()
    for share in (0.4, 0.25, 0.1, 0.01):
        matched.mouse.move(box["x"] + box["width"] * share, y)
    matched.mouse.up()
    left = shown_titles(matched)
    matched.locator("#alpha").press("End")
    right = shown_titles(matched)
    assert left != right and before in (before, left, right)
    assert any(mark.startswith("▲") for mark in matched.locator(".mark").all_inner_texts())
    assert shared.requests == []


def test_browser_and_server_compute_the_same_scores(matched, retriever, world_query):
    """The numbers as Python has them of the same video, not as they were sent."""
    found = retriever.candidates(world_query)
    ids = matched.evaluate("vmr.store.get('payload').tracks.map(({ id }) => id)")
    assert ids == [retriever.tracks[i].id for i in found.index]
    chosen = ([1, 0, 0, 0, 0], [0.5, 0, 0.5, 0, 0], [0.2, 0.5, 0.3, 0, 0], [0.3, 0, 0, 0.4, 0.3])
    for w in chosen:
        scores = matched.evaluate(
            """async (w) => {
                const { Ranker } = await import(new URL("vmr/ranking/rank.js", document.baseURI));
                return [...new Ranker(vmr.store.get("payload")).scores(w)];
            }""",
            w,
        )
        np.testing.assert_allclose(scores, found.scores(np.array(w, np.float32)), atol=1e-4)


def many_candidates(page, count: int = 300) -> None:
    """The answer on the page, its tracks repeated with other parts."""
    page.evaluate(
        """(count) => {
            const payload = vmr.store.get("payload");
            const tracks = Array.from({ length: count }, (_, i) => {
                const track = payload.tracks[i % payload.tracks.length];
                return { ...track, id: `${track.id}#${i}`,
                    parts: track.parts.map((part, b) => part + Math.sin(i * (b + 2)) ) };
            });
            window.answer = payload;
            vmr.store.set({ payload: { ...payload, tracks } });
        }""",
        count,
    )


def test_of_three_hundred_candidates_only_the_rows_in_sight_are_built(matched):
    many_candidates(matched)
    rows = matched.locator("#view-match .row").count()
    matched.evaluate("vmr.store.set({ payload: window.answer })")
    assert 5 <= rows < 40


def test_a_click_on_a_crossing_jumps_to_it(matched):
    change = matched.evaluate("vmr.store.get('changes')[0]")
    box = matched.locator("#view-match .bump-area").bounding_box()
    matched.mouse.click(box["x"] + change["alpha"] * box["width"] + 2, box["y"] + 40)
    alpha = matched.evaluate("vmr.store.get('alpha')")
    close = matched.evaluate(
        "(a) => vmr.store.get('changes').some((c) => Math.abs(c.alpha + 1e-4 - a) < 1e-9)", alpha
    )
    assert close
    matched.click("#view-match .next-change")
    assert matched.evaluate("vmr.store.get('alpha')") > alpha


@pytest.mark.thorough
def test_music_and_picture_stay_together_for_twenty_seconds(matched):
    matched.click(f"{row(1)} .play")
    matched.wait_for_function("vmr.stage.video.currentTime > 20", timeout=60_000)
    drifts = []
    for _ in range(24):
        drifts.append(abs(matched.evaluate("vmr.stage.player.drift")))
        matched.wait_for_timeout(100)
    assert float(np.median(drifts)) < 0.06, drifts


def test_filters_narrow_and_never_reorder(matched):
    everything = matched.evaluate("vmr.store.get('order')")
    matched.click(".filter summary >> nth=0")
    option = matched.locator(".filter-option").first
    counted = int(option.locator(".count").inner_text())
    option.click()
    left = matched.evaluate("vmr.store.get('order')")
    assert len(left) == counted < len(everything)
    assert left == [i for i in everything if i in left]
    matched.keyboard.press("Escape")


def test_not_this_takes_a_track_out_until_filters_are_cleared(matched):
    first = shown_titles(matched)[0]
    matched.click(f"{row(1)} .more")
    matched.click(".menu >> text=Not this one")
    assert first not in shown_titles(matched)
    matched.click("text=Clear filters")
    assert shown_titles(matched)[0] == first


def test_more_like_this_blends_a_second_ranking_with_its_own_slider(matched, shared):
    # the fourth row: what is like a track is not that track itself
    title = shown_titles(matched)[3]
    matched.click(f"{row(4)} .more")
    matched.click(".menu >> text=More like this")
    matched.wait_for_selector(".reference-slider", state="visible")
    shared.requests.clear()
    matched.locator("#blend").press("End")
    assert title not in shown_titles(matched)
    assert shared.requests == []
    for blend in (0.5, 1):  # a number from 0 to 100 beside a reference too, which falls by row
        matched.evaluate("(blend) => vmr.store.set({ blend })", blend)
        fits = matched.evaluate("""() => [...document.querySelectorAll(".row:not(.leaving)")]
            .sort((a, b) => a.getAttribute("aria-posinset") - b.getAttribute("aria-posinset"))
            .map((row) => row.querySelector(".score-number"))
            .map(({ textContent, title }) => [Number(textContent), title])""")
        values = [fit for fit, _ in fits]
        assert values == sorted(values, reverse=True) and values[0] > values[-1]
        assert all(fit == int(fit) and 0 <= fit <= 100 for fit in values)
        assert all("random pairs" in said for _, said in fits)
    matched.click(".reference-slider .tool")
    matched.wait_for_function("!vmr.store.get('payload').reference")


def test_free_weights_rank_by_all_branches(matched):
    matched.click("text=Free weights")
    matched.locator(".pad").focus()
    for _ in range(12):
        matched.keyboard.press("ArrowLeft")
    w = matched.evaluate("vmr.store.get('weights')")
    assert abs(sum(w) - 1) < 1e-6 and all(share > 0 for share in w[:3]) and w[3:] == [0, 0]
    matched.select_option("#view-match select.facet", "tempo")
    assert matched.evaluate("vmr.store.get('weights')") is None  # a pair of the slider again
    assert matched.locator(".pad-word").all_text_contents() == ["feel", "tempo", "mood"]
    matched.locator(".pad").focus()
    matched.keyboard.press("ArrowRight")
    w = matched.evaluate("vmr.store.get('weights')")
    assert abs(sum(w) - 1) < 1e-6 and w[1] == w[4] == 0 and w[3] > 0
    matched.click("text=Free weights")
    assert matched.evaluate("vmr.store.get('weights')") is None
    matched.select_option("#view-match select.facet", "mood")


def test_nothing_is_asked_of_another_host(shared, server):
    with_host = [urlparse(url).netloc for url in shared.requests]
    assert {host for host in with_host if host} <= {urlparse(server).netloc}


def test_a_link_brings_the_ranking_back_without_the_video(browser, server, matched):
    matched.evaluate("vmr.store.set({ alpha: 0.25 })")
    matched.wait_for_function("location.hash.includes('a=0.250')")
    expected = shown_titles(matched)
    with visiting(browser, server) as other:
        page = other.open("#" + matched.evaluate("location.hash.slice(1)"))
        page.wait_for_selector(".row", timeout=20_000)
        assert shown_titles(page)[:5] == expected[:5]
        assert not page.locator("#view-match .film-frame").is_visible()


def test_two_people_do_not_see_each_others_video(
    browser, server, matched, shared, tmp_path, short_video
):
    video = tmp_path / "private-clip.mp4"
    video.write_bytes(short_video.read_bytes())
    shared.requests.clear()
    name = "vmr.store.get('payload').query.name"
    own = matched.evaluate(name)
    with visiting(browser, server) as other:
        other.open()
        other.match(video)
        assert other.page.evaluate(name) == "private-clip.mp4"
        assert matched.evaluate(name) == own
        assert "private-clip" not in json.dumps(shared.requests)
        texts = matched.evaluate("document.body.innerText")
        assert "private-clip" not in texts


def test_a_file_that_cannot_work_gets_one_sentence(browser, server, tmp_path):
    cases = [
        ("empty.mp4", b"", "is empty"),
        ("letter.txt", b"Dear all", "is not a video"),
        ("letter.mp4", b"Dear all, this is text. " * 400, "letter.mp4"),
    ]
    with visiting(browser, server) as visit:
        page = visit.open()
        for name, content, words in cases:
            path = tmp_path / name
            path.write_bytes(content)
            page.set_input_files("#video-file", str(path))
            said = page.locator(".body > .error:visible", has_text=words)
            said.wait_for(timeout=30_000)
            assert name in said.inner_text()
            assert page.locator(".hero").is_visible()
        assert visit.errors == []


@pytest.mark.thorough
def test_a_server_that_went_away_is_said(browser, server):
    with visiting(browser, server) as visit:
        page = visit.open()
        page.route("**/queue/join", lambda route: route.abort())
        page.click(".sample >> nth=6")
        page.wait_for_selector(".body > .error:visible")
        assert "does not answer" in page.locator(".body > .error").inner_text()


def test_a_sample_is_one_click_away(browser, server):
    with visiting(browser, server) as visit:
        page = visit.open()
        page.locator("[data-sample=earth]").first.click()
        page.wait_for_selector(".row", timeout=60_000)
        assert isinstance(visit, Visit) and visit.errors == []


def test_tracks_without_sound_are_left_out_until_they_are_asked_for(matched):
    count = matched.evaluate("""() => {
        window.answer = vmr.store.get("payload");
        const tracks = answer.tracks.map((track, i) => i % 4 ? { ...track, audio: null } : track);
        vmr.store.set({ payload: { ...answer, tracks } });
        return tracks.filter((track) => track.audio).length;
    }""")
    assert len(matched.evaluate("vmr.store.get('order')")) == count
    assert matched.locator(f"{row(1)} .play").is_enabled()
    matched.click("text=without sound")
    everything = matched.evaluate("vmr.store.get('order').length")
    assert everything == matched.evaluate("answer.tracks.length") > count
    matched.evaluate("vmr.store.set({ silent: false, payload: window.answer })")


LONGEST = "Your choice of energetic and percussion instrument met perhaps energetic, medium energy."


def test_on_a_large_screen_a_reason_is_read_to_its_end(matched):
    """It tells most at its end: what of the track met the picture."""
    before = matched.viewport_size
    matched.set_viewport_size({"width": 1920, "height": 1080})
    cut = matched.evaluate(
        """(longest) => {
            const why = document.querySelector("#view-match .row .row-why");
            const [row, said] = [why.closest(".row"), why.textContent];
            why.textContent = longest;
            const cut = why.scrollHeight - why.clientHeight;
            const over = why.getBoundingClientRect().bottom - row.getBoundingClientRect().bottom;
            why.textContent = said;
            return [why.checkVisibility(), cut, over];
        }""",
        LONGEST,
    )
    matched.set_viewport_size(before)
    assert cut[0] and cut[1] <= 1 and cut[2] <= 0


def test_the_frames_looked_at_open_as_a_strip_by_keys_alone(browser, server, matched):
    assert matched.locator(".frame").count() == 0
    matched.locator(".frames summary").focus()
    matched.keyboard.press("Enter")
    matched.wait_for_function(
        "[...document.querySelectorAll('.frame img')].filter((i) => i.naturalWidth > 50).length > 3"
    )
    words = matched.locator(".frame-words").all_inner_texts()
    seen = matched.locator(".facts .chip").first.inner_text()
    assert all(words) and any(seen in text for text in words)
    for _ in range(3):
        matched.keyboard.press("Tab")
    matched.keyboard.press("Enter")
    time_s = matched.evaluate("vmr.frames.frames[2].time_s")
    assert matched.evaluate("vmr.stage.video.currentTime") == pytest.approx(time_s, abs=0.1)
    matched.wait_for_function("location.hash.includes('q=')")
    with visiting(browser, server) as other:  # whoever has the link has no picture of it
        other.open(matched.evaluate("location.hash"))
        other.page.wait_for_selector(".row")
        assert other.page.locator(".facts .chip").first.inner_text() == seen
        assert other.page.locator(".frames").is_hidden()
    matched.locator(".frames summary").click()
    assert matched.locator(".frame").first.is_hidden()


def test_a_video_that_the_browser_cannot_play_is_converted(browser, server, short_video):
    with visiting(browser, server) as visit:
        page = visit.open()
        visit.match(short_video.with_suffix(".avi"))
        page.wait_for_function(
            "vmr.stage.video.src.includes('vmr-media') && vmr.stage.video.readyState > 1",
            timeout=30_000,
        )
        page.click(f"{row(1)} .play")
        page.wait_for_function("vmr.stage.video.currentTime > 0.5", timeout=15_000)


def test_after_a_refused_file_the_last_answer_is_still_there(matched, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all " * 300)
    before = shown_titles(matched)
    matched.set_input_files("#video-again", str(broken))
    matched.wait_for_selector(".body > .error:visible", timeout=30_000)
    assert shown_titles(matched) == before
    matched.click(f"{row(1)} .play")
    matched.wait_for_function("vmr.stage.video.currentTime > 0.2", timeout=15_000)
    matched.click(".body > .error .tool")
    assert not matched.locator(".body > .error").is_visible()
