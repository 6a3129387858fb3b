"""Words about the music on the running page: with a video, without one, after a reload."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import shown_titles, visiting
from tests.variants import variants

CHIPS = "#view-match .words-chip"


def say(page, text: str, field: str = "#words") -> None:
    page.fill(field, text)
    page.press(field, "Enter")


def test_words_rank_and_a_chip_takes_its_word_away(matched):
    plain = shown_titles(matched)
    say(matched, "dark electronic, no piano, zzyzx")
    matched.wait_for_selector(CHIPS)
    assert matched.locator(CHIPS).count() == 4
    assert "→" in matched.locator(CHIPS).nth(0).inner_text()
    assert "not piano" in matched.locator(CHIPS).nth(2).inner_text()
    assert "not understood" in matched.locator(CHIPS).nth(3).inner_text()
    assert shown_titles(matched) != plain
    matched.locator(f"{CHIPS} button").first.click()
    matched.wait_for_function(f"document.querySelectorAll('{CHIPS}').length === 3")
    assert matched.input_value("#words") == "electronic, no piano, zzyzx"
    say(matched, "")
    matched.wait_for_function(f"!document.querySelector('{CHIPS}')")
    assert shown_titles(matched) == plain


def test_words_alone_rank_on_an_empty_page_and_survive_a_reload(browser, server):
    with visiting(browser, server, viewport={"width": 390, "height": 844}) as visit:
        page = visit.open()
        say(page, "静かなピアノ", "#words-alone")
        page.wait_for_selector(CHIPS)
        titles = shown_titles(page)
        best = page.locator(".row .score-number").first
        assert 50 < int(best.inner_text()) <= 100
        assert "asked for" in best.get_attribute("title"), "not the share of random pairs"
        assert page.locator("#view-match .slider").is_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.wait_for_function("location.hash.includes('t=')")
        page.reload()
        page.wait_for_selector(CHIPS)
        assert shown_titles(page) == titles
        assert page.input_value("#words") == "静かなピアノ"
        page.locator(f"{CHIPS} button").first.click()
        page.wait_for_function(f"document.querySelectorAll('{CHIPS}').length === 1")
        page.locator(f"{CHIPS} button").first.click()
        page.wait_for_selector(".hero", state="visible")
        assert not visit.errors


def test_words_that_cannot_be_asked_stay_in_the_field(matched):
    matched.route(re.compile("queue/join"), lambda route: route.abort())
    say(matched, "calm")
    matched.wait_for_selector(".error:not([hidden])")
    assert matched.input_value("#words") == "calm"
    assert matched.locator("#view-match .row").count() > 0
    matched.unroute(re.compile("queue/join"))
    say(matched, "")
    matched.evaluate("vmr.error.hidden = true")


DRAWN = "[...document.querySelectorAll('.row .drawn')].filter((mark) => mark.offsetParent)"


def test_two_labels_that_tie_share_the_first_five_rows_until_one_is_chosen(matched):
    pair = matched.evaluate("""() => {
        const payload = vmr.store.get("payload");
        const audible = payload.tracks.filter((track) => track.audio);
        const names = [...new Set(audible.map((track) => track.nearest.mood))]
            .filter((name) => audible.filter((track) => track.nearest.mood === name).length > 2);
        window.untied = payload;
        const query = { ...payload.query, ties: { mood: names.slice(0, 2) } };
        vmr.store.set({ payload: { ...payload, query }, alpha: 0.9 });
        return names.slice(0, 2);
    }""")
    matched.wait_for_function(f"{DRAWN}.length === 5")
    assert "first five rows come from both" in matched.inner_text(".belief-tie")
    matched.locator(".belief-tie button").first.click()
    assert matched.evaluate("Object.keys(vmr.store.get('choices').mood)") == pair[:1]
    matched.wait_for_function(f"{DRAWN}.length === 0")
    matched.evaluate("vmr.store.set({ payload: window.untied, choices: {} })")


def test_rows_that_a_choice_lacks_come_from_the_server(matched):
    """As in a catalog too large to be sent whole; words stay."""
    say(matched, "calm piano")
    matched.wait_for_selector(CHIPS)
    matched.evaluate("""() => {
        const payload = vmr.store.get("payload");
        const tracks = payload.tracks.slice(0, 40);
        vmr.store.set({ payload: { ...payload, tracks, whole: false } });
        vmr.store.set({ choices: { mood: { energetic: 1, sad: -1 } }, energy: 4.2 });
    }""")
    matched.wait_for_function("vmr.store.get('payload').whole")
    asked = matched.evaluate("vmr.store.get('payload').asked")
    assert asked == {"choices": {"mood": {"energetic": 1, "sad": -1}}, "energy": 4.2}
    assert matched.evaluate("vmr.store.get('payload').tracks.length") > 40
    assert matched.locator(CHIPS).count() == 2
    matched.evaluate("vmr.store.set({ choices: {}, energy: null })")
    say(matched, "")
    matched.wait_for_function(f"!document.querySelector('{CHIPS}')")


RANKED = "() => vmr.store.get('order').map((i) => [i, vmr.ranking.fit(i), vmr.ranking.reason(i)])"


def test_words_that_only_tracks_without_sound_have_leave_the_rows_and_say_so(matched):
    plain = matched.evaluate(RANKED)
    say(matched, "hedgewars")
    matched.wait_for_selector(".words-note:not([hidden])")
    note = matched.inner_text(".words-note")
    assert "Only tracks without sound here answer to “hedgewars”" in note
    assert "only in 7 without sound" in matched.locator(CHIPS).first.inner_text()
    assert matched.evaluate(RANKED) == plain
    say(matched, "")
    matched.wait_for_function(f"!document.querySelector('{CHIPS}')")
    assert matched.locator(".words-note").is_hidden()


def test_words_alone_that_nothing_answers_to_show_no_rows_but_the_next_step(browser, server):
    with visiting(browser, server) as visit:
        page = visit.open()
        say(page, "zzyzx", "#words-alone")
        page.wait_for_selector(".words-note:not([hidden])")
        assert "such as: warm piano, no drums" in page.inner_text(".words-note")
        assert page.locator("#view-match .row").count() == 0
        assert page.locator(".nothing").is_hidden()
        say(page, "metal")
        page.wait_for_selector("#view-match .row")
        assert page.locator(".words-note").is_hidden()
        assert "much of what the words say" in page.inner_text("#view-match .belief-weak")
        say(page, "calm")
        page.wait_for_function("document.querySelector('#view-match .belief-weak').hidden")
        assert not visit.errors


@pytest.mark.parametrize(
    ("turned", "labels"),
    variants(
        [
            ({"words": "dark, slower, no vocals, zzyzx", "energy": 2}, ""),
            ({"alpha": 1, "choices": {"mood": {"calm": 1, "sad": -1}}}, "calm, -sad"),
            ({"alpha": 0.3}, ""),
        ]
    ),
)
def test_a_row_gives_the_reason_that_search_gives(matched, server, world_video, turned, labels):
    from gradio_client import Client, handle_file

    state = {"alpha": 0.5, "choices": {}, "energy": None, "words": "", "silent": True, **turned}
    words = state["words"]
    say(matched, words)
    matched.wait_for_function(
        "(n) => (vmr.store.get('payload').words ?? []).length === n",
        arg=len(words.split(", ")) if words else 0,
    )
    matched.evaluate("(state) => vmr.store.set(state)", state)
    shown = matched.evaluate("""() => Object.fromEntries(vmr.store.get("order").map((i) =>
        [vmr.ranking.tracks[i].id, vmr.ranking.reason(i)]))""")
    matched.evaluate("vmr.store.set({ choices: {}, energy: null })")
    say(matched, "")
    args = (state["alpha"], "mood", 400, labels, state["energy"], words, 1, True)
    hits = Client(server, verbose=False).predict(
        handle_file(world_video), *args, api_name="/search"
    )
    told = {hit["id"]: hit["reason"] for hit in hits}
    assert len({*told} & {*shown}) > 100 and any(told.values())
    assert {id: shown[id] for id in told if id in shown} == {
        id: text for id, text in told.items() if id in shown
    }
