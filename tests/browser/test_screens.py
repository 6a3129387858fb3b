"""On every kind of screen, in every state: nothing is cut off, nothing lies on another, films are
shown whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import visiting
from tests.browser.states import project_of, states
from tests.media_files import X264, ffmpeg

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

PHONE = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}
SCREENS = {
    "phone": {"viewport": {"width": 390, "height": 844}, **PHONE},
    "lying phone": {"viewport": {"width": 844, "height": 390}, **PHONE},
    "200 %": {"viewport": {"width": 683, "height": 384}, "device_scale_factor": 2},
    "small laptop": {"viewport": {"width": 1024, "height": 768}},
    "narrow laptop": {"viewport": {"width": 1280, "height": 720}},
    "laptop": {"viewport": {"width": 1366, "height": 768}},
    "desk": {"viewport": {"width": 1920, "height": 1080}},
    "4K": {"viewport": {"width": 3840, "height": 2160}},
}

FAULTS = Path(__file__).with_name("faults.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_is_cut_or_lies_on_another(
    browser, server, short_video, world_video, calm_track, no_film, screen, locale
):
    faults = []
    with visiting(browser, server, locale=locale, **SCREENS[screen]) as visit:
        page = visit.open()
        page.set_default_timeout(60_000)
        for state, there, back in states(visit, short_video, (world_video, no_film), calm_track):
            there(page)
            page.wait_for_timeout(400)  # rows glide
            faults += [f"{state}: {fault}" for fault in page.evaluate(FAULTS)]
            if back is not None:
                back(page)
        assert visit.errors == []
    assert faults == []


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
def test_titles_are_read_whole_in_a_presentation_on_a_small_projector(
    browser, server, short_video, locale
):
    with visiting(browser, server, locale=locale, **SCREENS["small laptop"]) as visit:
        page = visit.open()
        visit.match(short_video)
        page.click(".present-button")
        page.wait_for_selector(".presenting .row")
        page.wait_for_function("document.querySelector('.row .title').clientWidth > 0")
        cut = """() => [...document.querySelectorAll(".row .title")].slice(0, 5)
            .filter((one) => one.scrollWidth > one.clientWidth + 1
                || one.scrollHeight > one.clientHeight + 1).map((one) => one.textContent)"""
        assert page.evaluate(cut) == []


@pytest.fixture(scope="module")
def shapes(tmp_path_factory) -> dict[str, Path]:
    """Films whose picture is 4:3 and 9:16."""
    folder = tmp_path_factory.mktemp("shapes")
    films = {}
    for name, size in (("four_three", "320x240"), ("upright", "180x320")):
        films[name] = folder / f"{name}.mp4"
        scene = f"testsrc2=duration=3:size={size}:rate=25"
        ffmpeg("-f", "lavfi", "-i", scene, *X264, str(films[name]))
    return films


def test_posters_and_frames_of_every_shape_are_shown_whole(browser, server, shapes):
    with visiting(browser, server) as visit:
        page = visit.open()
        visit.match(shapes["four_three"])
        page.click(".frames summary")
        page.wait_for_selector(".frame img")
        fits = "(one) => getComputedStyle(one).objectFit"
        assert page.locator(".frame img").first.evaluate(fits) == "contain"
        project_of(shapes["upright"])(page)
        page.wait_for_selector(".project-poster img >> nth=1")
        for i, shape in enumerate((4 / 3, 9 / 16)):
            image = page.locator(".project-poster img").nth(i)
            natural = image.evaluate("(one) => one.naturalWidth / one.naturalHeight")
            assert natural == pytest.approx(shape, rel=0.05)
            fits = image.evaluate("""(one) => {
                const box = one.getBoundingClientRect();
                const around = one.parentElement.getBoundingClientRect();
                return getComputedStyle(one).objectFit === "contain"
                    && box.height <= around.height + 1 && box.width <= around.width + 1;
            }""")
            assert fits, f"the poster of {shape} is cut"
