"""What is taken away comes back, what is deleted is gone, and a link says all that was chosen."""

from __future__ import annotations

import pytest

from tests.browser.conftest import row, running_app, shown_titles, visiting
from tests.browser.test_project import all_saved, begin

pytestmark = pytest.mark.browser

SHORT = "() => [...document.querySelectorAll('.short-row .title')].map((one) => one.textContent)"
WATCH_STEPS = """() => {
    window.steps = new Set();
    const step = document.querySelector(".body > .progress .progress-step");
    new MutationObserver(() => window.steps.add(step.textContent)).observe(step,
        { childList: true, characterData: true, subtree: true });
}"""


def test_a_track_and_a_whole_shortlist_come_back_with_their_notes(matched):
    for i in range(3):
        matched.click(f"{row(i + 1)} .star")
    matched.click("#tab-shortlist")
    matched.fill(".note-field >> nth=1", "for the end")
    before = matched.evaluate(SHORT)
    matched.click(".short-row >> nth=1 >> .remove")
    assert matched.evaluate(SHORT) == [before[0], before[2]]
    matched.click(".undo .link")
    assert matched.evaluate(SHORT) == before
    assert matched.locator(".note-field").nth(1).input_value() == "for the end"
    matched.click("#view-shortlist >> text=Clear")
    assert matched.evaluate(SHORT) == []
    matched.click(".undo .link")
    assert matched.evaluate(SHORT) == before


def test_back_and_forward_go_through_the_tabs(matched):
    matched.wait_for_timeout(400)  # the address follows the page a moment later
    for tab in ("shortlist", "project"):
        matched.click(f"#tab-{tab}")
        matched.wait_for_function(f"location.hash.includes('tab={tab}')")
    matched.go_back()
    matched.wait_for_function("vmr.store.get('tab') === 'shortlist'")
    matched.go_back()
    matched.wait_for_function("vmr.store.get('tab') === 'match'")
    matched.go_forward()
    matched.wait_for_function("vmr.store.get('tab') === 'shortlist'")
    matched.click("#tab-match")
    matched.wait_for_function("!location.hash.includes('tab=')")


MARKS = """() => Object.fromEntries([...document.querySelectorAll("#view-match .row:not(.leaving)")]
    .map((row) => [row.dataset.id, row.querySelector(".mark").textContent]))"""


def test_arrows_are_the_sliders_alone(matched):
    matched.locator("#alpha").press("End")
    matched.wait_for_timeout(300)
    moved = matched.evaluate(MARKS)
    assert any(moved.values())
    first = next(iter(moved))
    matched.click(f'#view-match .row[data-id="{first}"] .more')
    matched.click(".menu >> text=Not this one")
    matched.evaluate("vmr.store.set({ filters: { mood: ['happy', 'nostalgic'] } })")
    matched.wait_for_timeout(300)
    after = matched.evaluate(MARKS)
    assert after and first not in after
    assert all(mark in ("", moved.get(id, "")) for id, mark in after.items())
    matched.click("text=Clear filters")


def test_the_corners_of_the_free_weights_are_named_and_told_apart(matched):
    matched.click("text=Free weights")
    names = matched.locator(".pad-word").all_text_contents()
    assert names == ["feel", "genre", "mood"]
    colour = "(all) => all.map((one) => getComputedStyle(one).fill)"
    assert len(set(matched.eval_on_selector_all(".pad-word", colour))) == 3
    matched.locator(".pad").focus()
    matched.keyboard.press("ArrowLeft")
    bar = "(all) => all.map((one) => getComputedStyle(one).backgroundColor)"
    assert len(set(matched.eval_on_selector_all(f"{row(1)} .bar i", bar))) == 3
    assert not matched.locator("#view-match .next-change").is_visible()
    matched.click("text=Free weights")
    assert matched.locator("#view-match .next-change").is_visible()


@pytest.mark.thorough
def test_a_sample_is_not_said_to_be_sent(browser, server):
    with visiting(browser, server) as visit:
        page = visit.open()
        page.evaluate(WATCH_STEPS)
        page.click(".hero .sample >> nth=2")
        page.wait_for_selector(".row", timeout=120_000)
        steps = page.evaluate("[...steps]")
        assert steps and "Sending the file" not in steps
        assert page.locator(".film-name").first.inner_text()


@pytest.mark.thorough
def test_a_link_says_weights_label_words_and_the_reference(browser, server, matched):
    matched.click(f"{row(4)} .more")
    matched.click(".menu >> text=More like this")
    matched.wait_for_selector(".reference-slider", state="visible")
    matched.evaluate("vmr.store.set({ weights: [0.2, 0.5, 0.3], choices: { mood: { calm: 1 } } })")
    matched.wait_for_function("/w=/.test(location.hash) && /l[.]mood=calm/.test(location.hash)")
    wanted, link = shown_titles(matched)[:5], matched.evaluate("location.hash")
    with visiting(browser, server) as other:
        page = other.open(link)
        page.wait_for_selector(".reference-slider", state="visible", timeout=60_000)
        page.wait_for_function("vmr.store.get('weights')?.[1] === 0.5")
        assert page.evaluate("vmr.store.get('choices')") == {"mood": {"calm": 1}}
        assert shown_titles(page)[:5] == wanted
        assert other.errors == []
    matched.evaluate("vmr.store.set({ weights: null, choices: {} })")
    matched.click(".reference-slider .tool")
    matched.wait_for_function("!vmr.store.get('payload').reference")


@pytest.mark.thorough
def test_a_deleted_project_takes_its_videos_along(browser, short_video, tmp_path):
    flags = ("--data", str(tmp_path), "--keep-videos", "12")
    with running_app(*flags) as (address, _), visiting(browser, address) as visit:
        page = visit.open()
        visit.match(short_video)
        link = begin(visit)
        all_saved(page)
        key = page.evaluate("vmr.store.get('project')")
        page.wait_for_selector(".project-video")
        assert page.locator(".project-days select").input_value() == "12"  # as the flag says
        kept = tmp_path / "projects" / key
        page.wait_for_function("document.querySelectorAll('.project-video').length === 1")
        for _ in range(200):  # it is copied while the page goes on
            if any(kept.glob("*.mp4")):
                break
            page.wait_for_timeout(100)
        assert any(kept.glob("*.mp4"))
        page.click("text=Delete the project")
        page.click("dialog .ask button")
        page.wait_for_selector(".project-intro .choose")
        assert not kept.exists()
        with visiting(browser, address) as other:
            theirs = other.open(link)
            theirs.wait_for_selector(".error:not([hidden])")
            assert "not on the server" in theirs.locator(".error").inner_text()


RANKED = """() => vmr.store.get("order").map((i) => vmr.ranking.tracks[i])
    .map(({ catalog, id }) => `${catalog}/${id}`)"""


def test_a_link_holds_all_that_says_which_tracks_are_ranked(browser, server, short_video):
    """The switch of tracks without sound, what was put away, a reference and what it counts."""
    with visiting(browser, server) as visit:
        page = visit.open()
        visit.match(short_video)
        labels = {"happy": 1, "playful": 1, "sad": -1}
        page.evaluate(
            "(mood) => vmr.store.set({ alpha: 1, silent: true, choices: { mood } })", labels
        )
        first = page.evaluate(RANKED)[0]
        page.evaluate("(key) => vmr.store.set({ excluded: new Set([key]) })", first)
        page.evaluate("(i) => vmr.intake.like(vmr.ranking.tracks[i])", 3)
        page.wait_for_function("vmr.store.get('like')")
        page.evaluate("vmr.store.set({ blend: 0.25 })")
        page.wait_for_function("location.hash.includes('b=0.250')")
        before = page.evaluate(RANKED)
        assert len(before) == 308 and first not in before
        page.reload()
        page.wait_for_selector(".row", timeout=30_000)
        page.wait_for_function("vmr.store.get('blend') === 0.25")
        assert page.evaluate(RANKED) == before
        assert page.locator(".filters button[aria-pressed=true]").count() == 1
        page.evaluate("location.hash = location.hash.replace(/&(s|x|b|like)=[^&]*/g, '')")
        page.wait_for_function("!vmr.store.get('silent')", timeout=30_000)
        assert page.evaluate("[vmr.store.get('like'), vmr.store.get('excluded').size]") == [None, 0]
        assert len(page.evaluate(RANKED)) == 28
        assert visit.errors == []


def test_where_a_track_begins_is_kept_over_a_reload(browser, server, short_video):
    """Of a track that is on no list and in no project too, and only for this film."""
    with visiting(browser, server) as visit:
        page = visit.open()
        visit.match(short_video)
        page.evaluate("vmr.stage.seekTrack(2, 0.5)")
        begins = "vmr.stage.starts.of(vmr.ranking.tracks[%d]).start"
        moved = page.evaluate(begins % 2)
        assert moved > 1 and page.evaluate("vmr.store.get('shortlist').length") == 0
        page.wait_for_function("location.hash.length > 20")
        page.reload()
        page.wait_for_selector(".row", timeout=30_000)
        assert page.evaluate(begins % 2) == moved
        assert page.evaluate(begins % 3) == 0
        page.evaluate("vmr.intake.take({ sample: vmr.boot.samples[0] })")
        page.wait_for_function(
            "vmr.store.get('phase') === 'results' && vmr.store.get('video').sample", timeout=60_000
        )
        assert page.evaluate(begins % 2) == 0
        assert visit.errors == []
