"""Nothing serious for axe, in every tab and state, light and dark, in both languages."""

from __future__ import annotations

import pytest

from tests.browser.conftest import visiting
from tests.browser.states import states
from tests.browser.test_reach import axe_problems

pytestmark = [pytest.mark.browser, pytest.mark.thorough]
LOOKS = ("light", "dark")


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
def test_axe_finds_nothing_serious_in_any_tab_or_state(
    browser, server, short_video, world_video, calm_track, no_film, locale
):
    problems = []
    with visiting(browser, server, locale=locale) as visit:
        page = visit.open()
        for state, there, back in states(visit, short_video, (world_video, no_film), calm_track):
            there(page)
            for theme in LOOKS:
                page.evaluate("(theme) => vmr.store.set({ theme })", theme)
                page.wait_for_timeout(400)  # colours glide
                problems += [f"{state}, {theme}, {locale}: {one}" for one in axe_problems(page)]
            if back is not None:
                back(page)
        assert visit.errors == []
    assert problems == []
