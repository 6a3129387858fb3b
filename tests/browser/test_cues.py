"""A film of four scenes in a real browser: cues are seen, moved, split, joined, undone, given their
own music, found again after a reload, and taken away as a timeline."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import opentimelineio as otio
import pytest

from tests.browser.conftest import Visit, visiting
from tests.browser.test_reach import axe_problems
from tests.media_files import X264, ffmpeg
from vmr.media.read import probe

pytestmark = pytest.mark.thorough  # a film is read, tracks are listened to

SCENE_S = 7
SCENES = ("sunny-waves", "thunderstorm", "confetti")
READ_MS = 180_000


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    """Three of the sample films, one after the other, without sound."""
    from vmr.files import cache_folder
    from vmr.page.sample_films.films import sample_path

    path = tmp_path_factory.mktemp("film") / "three scenes.mp4"
    inputs, filters = [], ""
    for i, key in enumerate(SCENES):
        sample = sample_path(key, cache_folder() / "samples")
        inputs += ["-t", str(SCENE_S), "-i", str(sample)]
        filters += f"[{i}:v]scale=320:180,setsar=1,fps=25[v{i}];"
    names = "".join(f"[v{i}]" for i in range(len(SCENES)))
    filters += f"{names}concat=n={len(SCENES)}:v=1[v]"
    ffmpeg(*inputs, "-filter_complex", filters, "-map", "[v]", *X264, str(path))
    return path


@pytest.fixture(scope="module")
def visit(browser, server, film) -> Iterator[Visit]:
    with visiting(browser, server, accept_downloads=True) as visit:
        visit.open()
        page = visit.match(film)
        page.click(".cues-open")
        page.wait_for_selector(".cue-block", timeout=READ_MS)
        yield visit


@pytest.fixture
def page(visit):
    visit.errors.clear()
    yield visit.page
    assert visit.errors == []


def starts(page) -> list[float]:
    return page.evaluate("vmr.cues.list.map((cue) => cue.start)")


def chosen(page, place: int) -> None:
    """Choose a cue and wait for its rows."""
    page.locator(".cue-block").nth(place).click()
    page.wait_for_function(
        "([place]) => vmr.film.band.choice.span.startsWith(vmr.cues.list[place].id)",
        arg=[place],
        timeout=60_000,
    )


def test_the_strip_shows_energy_beliefs_and_cues_at_the_cuts(page):
    assert page.locator(".strip-area").count() == 1
    assert page.locator(".strip-moods span").count() >= 2
    assert len(starts(page)) == len(SCENES)
    for i, start in enumerate(starts(page)):
        assert start == pytest.approx(i * SCENE_S, abs=0.3)
    titles = page.locator(".cue-block span").all_text_contents()
    assert len(set(titles)) == len(titles)
    assert page.evaluate("vmr.cues.list.every((cue) => cue.address && cue.track !== null)")


def test_a_border_is_dragged_and_moved_by_keys_and_both_are_undone(page):
    before = starts(page)
    handle = page.locator(".cue-border").first
    box, strip = handle.bounding_box(), page.locator(".film-strip").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + 40
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + strip["width"] * 2 / 21, middle[1], steps=4)
    page.mouse.up()
    assert starts(page)[1] == pytest.approx(before[1] + 2, abs=0.15)
    handle.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert starts(page)[1] == pytest.approx(before[1] + 1, abs=0.15)
    assert handle.get_attribute("aria-valuetext") == "0:08"
    page.click(".film-tools >> text=Undo")
    assert starts(page)[1] == pytest.approx(before[1] + 2, abs=0.15)
    page.click(".film-tools >> text=Undo")
    assert starts(page) == before


def test_a_cue_is_split_and_joined_again(page):
    before = starts(page)
    chosen(page, 1)
    page.click(".cue-tools >> text=Split")
    assert len(starts(page)) == len(before) + 1
    page.click(".cue-tools >> text=Join")
    assert starts(page) == before
    page.click(".film-tools >> text=Undo")
    page.click(".film-tools >> text=Undo")
    assert starts(page) == before
    page.click(".film-tools >> text=Whole film")


def test_every_cue_has_its_own_slider_words_and_track(page):
    whole = page.evaluate("vmr.store.get('payload').query.felt")
    chosen(page, 1)
    assert page.evaluate("vmr.store.get('payload').query.felt") != whole
    page.evaluate("vmr.store.set({ alpha: 0.9 })")
    page.fill("#words", "piano")
    page.keyboard.press("Enter")
    page.wait_for_function("vmr.store.get('payload').words?.length === 1", timeout=60_000)
    row = page.locator('#view-match .row[aria-posinset="2"]')
    title = row.locator(".title").text_content()
    row.locator(".use").click()
    page.wait_for_function("([title]) => vmr.cues.list[1].title === title", arg=[title])
    assert row.locator(".use").get_attribute("aria-pressed") == "true"
    chosen(page, 0)
    assert page.evaluate("[vmr.store.get('alpha'), vmr.store.get('words')]") == [0.5, ""]
    page.evaluate("vmr.store.set({ weights: [0.2, 0.5, 0.3] })")
    chosen(page, 1)
    assert page.evaluate("vmr.store.get('weights')") is None
    chosen(page, 0)
    assert page.evaluate("vmr.store.get('weights')") == [0.2, 0.5, 0.3]
    page.wait_for_selector(".triangle")
    chosen(page, 1)
    assert page.evaluate("[vmr.store.get('alpha'), vmr.store.get('words')]") == [0.9, "piano"]
    page.click(".film-tools >> text=Whole film")
    assert page.evaluate("[vmr.store.get('alpha'), vmr.store.get('weights')]") == [0.5, None]
    assert page.evaluate("vmr.store.get('payload').query.felt") == whole


def test_neighbours_that_clash_stand_lower_until_that_is_turned_off(page):
    chosen(page, 0)
    neighbour = page.evaluate("vmr.cues.list[1].title")
    costs = "vmr.ranking.ranker.costs && Math.max(...vmr.ranking.ranker.costs)"
    assert page.evaluate(costs) >= 10  # the neighbour's own track
    assert page.evaluate(
        "([title]) => vmr.ranking.tracks[vmr.store.get('order').at(-1)].title === title",
        arg=[neighbour],
    )
    page.uncheck("#cues-neighbours")
    assert page.evaluate("vmr.ranking.ranker.costs") is None
    page.check("#cues-neighbours")
    page.check("#cues-share")
    assert page.evaluate(costs) < 1
    page.uncheck("#cues-share")
    page.click(".film-tools >> text=Whole film")


def test_after_a_reload_everything_is_there(page):
    chosen(page, 1)
    kept = page.evaluate("JSON.stringify(vmr.cues.list)")
    page.wait_for_function("location.hash.includes(`c=${vmr.cues.list[1].id}`)")
    page.reload()
    page.wait_for_selector(".cue-block", timeout=60_000)
    page.wait_for_function("vmr.store.get('payload')?.query.part", timeout=60_000)
    page.wait_for_function("vmr.cues.list.every((cue) => cue.address)", timeout=60_000)
    assert page.evaluate("JSON.stringify(vmr.cues.list)") == kept
    assert page.evaluate("[vmr.store.get('alpha'), vmr.store.get('words')]") == [0.9, "piano"]


def test_the_timeline_has_the_cues_that_were_set(page, tmp_path):
    cues = page.evaluate("vmr.cues.list")
    page.click(".film-tools >> text=Take away")
    with page.expect_download(timeout=READ_MS) as waiting:
        page.click("dialog .download-go .primary")
    path = tmp_path / "film.zip"
    waiting.value.save_as(path)
    page.keyboard.press("Escape")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    timeline = otio.adapters.read_from_file(str(tmp_path / "three scenes.otio"))
    music = [clip for track in timeline.audio_tracks() for clip in track.find_clips()]
    begins = sorted(clip.range_in_parent().start_time.to_seconds() for clip in music)
    for cue in cues:
        assert any(abs(start - cue["start"]) < 0.05 for start in begins)
    sheet = (tmp_path / "three scenes cue sheet.en.csv").read_text("utf-8-sig")
    assert all(cue["title"] in sheet for cue in cues)


def test_the_cue_that_the_film_stands_in_can_be_had_alone(page, tmp_path):
    cue = page.evaluate("vmr.cues.list[1]")
    page.evaluate("(at) => { vmr.stage.video.currentTime = at }", cue["start"] + 0.5)
    page.click(".film-tools >> text=Take away")
    with page.expect_download(timeout=READ_MS) as waiting:
        page.click("dialog .download-go >> text=MP4 of cue 2")
    assert waiting.value.suggested_filename == "three scenes 2.mp4"
    waiting.value.save_as(tmp_path / "part.mp4")
    page.keyboard.press("Escape")
    length = cue["end"] - cue["start"]
    assert probe(tmp_path / "part.mp4").duration_s == pytest.approx(length, abs=0.1)


def test_cues_go_into_a_project_and_a_second_page_sees_what_is_moved(
    visit, page, browser, server, film
):
    page.click(".film-tools >> text=Whole film")
    page.evaluate("vmr.bond.open('')")
    page.wait_for_function(
        "vmr.bond.project.under(`videos/${vmr.cues.sha256}/cues`).length === 3", timeout=60_000
    )
    page.wait_for_function("!vmr.bond.project.waiting.length", timeout=30_000)
    page.wait_for_function("location.hash.includes('p=')")
    link = page.evaluate("location.hash")
    with visiting(browser, server) as other:
        other.open(link)
        other.page.wait_for_selector(".cue-block", timeout=60_000)
        assert starts(other.page) == starts(page)
        assert other.page.locator(".cue-block span").all_text_contents() == (
            page.locator(".cue-block span").all_text_contents()
        )
        other.page.locator(".cue-border").first.focus()
        other.page.keyboard.press("ArrowRight")
        moved = starts(other.page)
        page.wait_for_function(
            "([start]) => vmr.cues.list[1].start === start", arg=[moved[1]], timeout=30_000
        )
        # the server keeps it under its hash; the editing program looks for the film's own name
        chosen(other.page, 0)
        assert other.page.locator(".film-name").first.text_content() == film.name
        other.page.click(".film-tools >> text=Take away")
        with other.page.expect_download(timeout=READ_MS) as waiting:
            other.page.click("dialog .download-go .primary")
        assert waiting.value.suggested_filename == f"{film.stem}.zip"
        with zipfile.ZipFile(waiting.value.path()) as archive:
            text = archive.read(f"{film.stem}.otio").decode()
        assert f'"{film.name}"' in text and not re.search("[0-9a-f]{64}", text)
        assert other.errors == []


def test_axe_finds_nothing_serious_in_the_band(page):
    chosen(page, 0)
    for theme in ("light", "dark"):
        page.evaluate("([theme]) => { document.documentElement.dataset.theme = theme; }", [theme])
        assert axe_problems(page) == []
