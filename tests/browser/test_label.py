"""The tab Label in a real browser: by keyboard, two people at once, what comes back."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.browser.conftest import PROJECT, row, running_app, visiting
from tests.browser.test_reach import axe_problems
from vmr.catalogs.audio_address import locate_audio
from vmr.catalogs.tracks_table import read_tracks
from vmr.config import CATALOGS
from vmr.records.labels import Label, LabelStore

pytestmark = pytest.mark.browser
KEYS = "1234567890qwerti"


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[tuple[str, LabelStore]]:
    """A server of its own, and what it writes down."""
    data = tmp_path_factory.mktemp("data")
    with running_app("--catalog", str(CATALOGS / "starter"), "--data", str(data)) as (address, _):
        yield address, LabelStore(data)


def open_label(visit):
    page = visit.open()
    page.click("#tab-label")
    page.wait_for_selector(".label-progress p")
    return page


def add_facet(page, facet: str, *labels: str) -> None:
    """By the dialogs, as a person does."""
    for button, names in ((".label-facets .link", [facet]), (".label-key.add", labels)):
        for name in names:
            page.click(button)
            page.fill(".label-form input", name)
            page.keyboard.press("Enter")
            page.wait_for_selector(".label-form", state="detached")


def title(page) -> str:
    return page.inner_text(".label-card .title")


def press_and_go_on(page, key: str) -> str:
    """Press a label's key, then Enter; the title that was labelled."""
    now = title(page)
    page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_function(
        "(now) => document.querySelector('.label-card .title').textContent !== now", arg=now
    )
    return now


@pytest.mark.thorough
def test_two_people_label_by_keyboard_at_once_and_nothing_is_lost(browser, house):
    address, store = house
    with visiting(browser, address) as ann, visiting(browser, address) as ben:
        pages = [open_label(ann), open_label(ben)]
        for page, name in zip(pages, ("Ann", "<b>Ben</b>"), strict=True):
            page.fill(".label-who", name)
            page.keyboard.press("Enter")
            add_facet(page, "place", "bar", "lobby", "=1+1")
            page.keyboard.press("u")  # what the dialogs marked
            assert page.locator(".label-key.on").count() == 0
        said: list[str] = []
        for _ in range(5):
            said += [press_and_go_on(page, "2") for page in pages]
        assert len(set(said)) == 10
        assert pages[0].evaluate("!vmr.late.made.label.sound.audio.paused")  # plays by itself
        for page in pages:  # both, before either asks what there is
            page.wait_for_function(
                "(q => !q.sending && !q.unsent.length)(vmr.late.made.label.queue)"
            )
        for page in pages:
            page.evaluate("vmr.late.made.label.queue.open()")
            page.wait_for_selector(".label-progress:has-text('10 labelled, 18 left')")
            assert "<b>Ben</b>" in page.inner_text(".label-recent")
        current = store.current(facet="place")
        assert {one.label.label for one in current} == {"lobby"}
        assert sorted(one.who for one in current) == ["<b>Ben</b>"] * 5 + ["Ann"] * 5
        assert ann.errors == [] and ben.errors == []


@pytest.mark.thorough
def test_undo_brings_the_track_back_and_shift_says_that_a_label_does_not_fit(browser, house):
    address, store = house
    with visiting(browser, address) as visit:
        page = open_label(visit)
        page.fill(".label-who", "Cleo")
        page.keyboard.press("Enter")
        add_facet(page, "season", "winter", "summer")
        page.keyboard.press("u")
        page.keyboard.press("1")
        page.keyboard.press("Shift+Digit2")
        now = title(page)
        page.keyboard.press("Enter")
        page.wait_for_function("vmr.late.made.label.state.tally.season?.labelled === 1")
        found = {one.label.label: one.label.value for one in store.current(facet="season")}
        assert found == {"winter": 1, "summer": -1}
        page.keyboard.press("Backspace")
        page.wait_for_function(
            "(now) => document.querySelector('.label-card .title').textContent === now", arg=now
        )
        assert store.current(facet="season") == ()
        page.keyboard.press("ArrowDown")
        page.wait_for_function(
            "(now) => document.querySelector('.label-card .title').textContent !== now", arg=now
        )
        page.keyboard.press("ArrowUp")
        page.wait_for_function(
            "(now) => document.querySelector('.label-card .title').textContent === now", arg=now
        )
        page.keyboard.press("?")
        assert "Backspace" in page.inner_text("dialog")
        assert visit.errors == []


@pytest.mark.thorough
def test_what_was_said_without_a_server_is_sent_when_it_is_back(browser, house):
    address, store = house
    with visiting(browser, address) as visit:
        page = open_label(visit)
        add_facet(page, "hour", "night")
        visit.context.set_offline(True)
        page.keyboard.press("Enter")
        page.wait_for_selector(".label-unsent:has-text('1')")
        assert store.current(facet="hour") == ()
        visit.context.set_offline(False)
        page.click(".label-unsent .link")
        page.wait_for_selector(".label-unsent", state="hidden")
        assert [one.who for one in store.current(facet="hour")] == ["session"]
        assert visit.errors == []


def said_of(store: LabelStore, facet: str, label_of) -> None:
    """Say of every track of the bundled catalog what ``label_of`` makes of it."""
    tracks = read_tracks(CATALOGS / "starter" / "tracks.csv")
    store.add("Ann", [Label("track", t.sha256, facet, label_of(t)) for t in tracks])


def first(page, count: int = 8) -> list[str]:
    """The first rows' moods, once the slider stands at the label."""
    page.wait_for_selector(row(1))
    return page.evaluate(
        """(count) => { const { ranking, store } = vmr;
            return store.get("order").slice(0, count).map((i) => ranking.tracks[i].mood[0]); }""",
        count,
    )


@pytest.mark.thorough
def test_what_was_labelled_teaches_an_own_facet_and_one_click_goes_back(
    browser, house, world_video
):
    address, store = house
    loud = ("energetic", "happy")
    said_of(store, "room", lambda track: "club" if track.mood[0] in loud else "lobby")
    with visiting(browser, address) as visit:
        page = visit.open()
        page.set_input_files("#video-file", str(world_video))
        page.wait_for_selector(row(1), timeout=60_000)
        page.click("#tab-label")
        page.click(".label-tools button >> text=Teach")
        page.click(".teach-go button")
        page.wait_for_selector(".teach-choice", timeout=90_000)
        report = page.inner_text(".teach-facet:has(h4:text-is('room'))")
        assert "better" in report and "points" in report
        facets = ["genre", "mood", "tempo", "instrument"]
        assert page.evaluate("vmr.store.get('facets')") == facets
        page.click(".teach-choice .primary")
        page.wait_for_selector(".teach-note:has-text('In use')", timeout=90_000)
        assert page.evaluate("vmr.store.get('facets')") == [*facets, "room"]
        page.click("#tab-match")
        for name, wanted in (("club", True), ("lobby", False)):
            page.evaluate(
                """(name) => vmr.store.set({ facet: "room", alpha: 1,
                    choices: { room: { [name]: 1 } } })""",
                name,
            )
            assert [mood in loud for mood in first(page)] == [wanted] * 8
        page.click("#tab-label")
        page.click(".version-rows li:last-child .link")  # the checkpoint as it was
        page.wait_for_function("vmr.late.made.label.teach.state.used === 0", timeout=90_000)
        page.wait_for_function("vmr.store.get('facets').length === 4")
        assert visit.errors == []


@pytest.mark.thorough  # a server of its own
def test_corrections_made_while_searching_are_kept_where_the_house_says_so(
    browser, tmp_path_factory, world_video
):
    data = tmp_path_factory.mktemp("learn")
    flags = ("--catalog", str(CATALOGS / "starter"), "--data", str(data), "--learn")
    with running_app(*flags) as (address, _), visiting(browser, address) as visit:
        page = visit.open()
        assert "kept as labels" in page.inner_text(".status")
        page.click(".status .guide-open")
        assert "lawyer" in page.inner_text("dialog")
        page.keyboard.press("Escape")
        visit.match(world_video)
        page.click(".belief-chip >> nth=0")
        page.evaluate("vmr.keep(0)")
        page.wait_for_function("vmr.store.get('shortlist').length === 1")
        store = LabelStore(data)
        end = time.monotonic() + 20
        while not (store.current("video") and store.pairs()):
            assert time.monotonic() < end
            page.wait_for_timeout(200)
        (said,), (pair,) = store.current("video"), store.pairs()
        assert (said.label.value, said.label.source) == (1, "corrected")
        assert (pair.value, pair.source) == (1, "picked") and pair.video == said.label.item
        assert visit.errors == []


@pytest.mark.thorough
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser, house, theme):
    with visiting(browser, house[0]) as visit:
        page = open_label(visit)
        add_facet(page, "place", "bar")
        page.evaluate("(theme) => vmr.store.set({ theme })", theme)
        assert axe_problems(page) == []
        page.click(".label-tools button >> text=Look wrong")
        page.wait_for_selector(".doubts li:not(:has-text('Looking'))")
        assert axe_problems(page) == []


@pytest.mark.thorough
def test_who_comes_in_from_elsewhere_does_not_see_the_tab(browser, server):
    with visiting(browser, server) as visit:
        page = visit.open()
        assert page.locator("#tab-label").count() == 1
    with running_app("--no-label") as (address, _), visiting(browser, address) as visit:
        assert visit.open().locator("#tab-label").count() == 0


@pytest.fixture(scope="module")
def halves(tmp_path_factory) -> Path:
    """A catalog of 56 pieces of real music without labels: both halves of each bundled track, named
    by its mood."""
    music, catalog = tmp_path_factory.mktemp("music"), tmp_path_factory.mktemp("own") / "own"
    starter = CATALOGS / "starter"
    for i, track in enumerate(read_tracks(starter / "tracks.csv")):
        source = locate_audio(track.audio, starter)
        for second in (0, 15):
            name = f"{track.mood[0]}-{i:02d}-{second}{source.suffix}"
            cut = ["-ss", str(second), "-t", "15", "-i", str(source), "-c", "copy"]
            subprocess.run(
                [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *cut, str(music / name)],
                check=True,
            )
    command = [sys.executable, "-m", "vmr", "index", "--music", str(music)]
    subprocess.run([*command, "--catalog", str(catalog)], check=True, cwd=PROJECT)
    return catalog


@pytest.mark.thorough
def test_fifty_tracks_labelled_by_keyboard_change_the_ranking_towards_their_labels(
    browser, halves, tmp_path_factory, world_video
):
    """This house calls mysterious what the model calls tender or nostalgic."""
    data = tmp_path_factory.mktemp("data")
    flags = ("--catalog", str(halves), "--data", str(data))
    house = {"tender": "mysterious", "nostalgic": "mysterious"}
    asked = """() => { vmr.store.set({ facet: "mood", alpha: 1,
        choices: { mood: { mysterious: 1 } } });
        const { ranking, store } = vmr;
        return store.get("order").slice(0, 12)
            .map((i) => ranking.tracks[i].title.split("-")[0]); }"""
    with running_app(*flags) as (address, _), visiting(browser, address) as visit:
        page = visit.open()
        visit.match(world_video)
        before = sum(mood in house for mood in page.evaluate(asked))
        page.click("#tab-label")
        page.wait_for_selector(".label-card .title")
        words = page.locator(".label-key .label-word").all_inner_texts()
        for _ in range(50):
            mood = title(page).split("-")[0]
            press_and_go_on(page, KEYS[words.index(house.get(mood, mood))])
        page.wait_for_function(
            "vmr.late.made.label.state.tally.mood.labelled === 50", timeout=90_000
        )
        page.click(".label-tools button >> text=Teach")
        page.click(".teach-go button")
        page.wait_for_selector(".teach-choice .primary", timeout=120_000)
        page.click(".teach-choice .primary")
        page.wait_for_selector(".teach-note:has-text('In use')", timeout=120_000)
        page.click("#tab-match")
        after = sum(mood in house for mood in page.evaluate(asked))
        assert after > before and after >= 10, f"{before} before, {after} after, of the first 12"
        assert visit.errors == []
