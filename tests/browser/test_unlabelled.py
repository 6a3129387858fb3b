"""The page of a checkpoint that was trained without labels: no slider, and all else as ever."""

import pytest
import torch

from tests.browser.conftest import row, running_app, shown_titles, visiting
from tests.variants import variants
from vmr.config import Settings
from vmr.model.checkpoint import load_model, save_model
from vmr.model.config import ModelConfig
from vmr.model.two_tower import Model

pytestmark = pytest.mark.thorough  # a server of its own


@pytest.fixture(scope="module")
def unlabelled_server(browser, film_library, tmp_path_factory):
    """The app with random weights, which rank as well as any for what is looked at here."""
    config = load_model(Settings().checkpoint).config
    torch.manual_seed(0)
    model = Model(
        ModelConfig(
            config.video_dim,
            config.music_dim,
            config.video_encoder,
            config.music_encoder,
            hidden=16,
        )
    )
    path = tmp_path_factory.mktemp("unlabelled") / "unlabelled.safetensors"
    save_model(model, path)
    with running_app("--checkpoint", str(path), "--videos", str(film_library)) as (address, _):
        yield address


def test_without_labels_there_is_a_plain_ranking_and_no_slider(
    browser, unlabelled_server, short_video
):
    with visiting(browser, unlabelled_server) as visit:
        page = visit.open()
        assert "slider" not in page.inner_text(".hero")
        page = visit.match(short_video)
        assert "has no labels" in page.inner_text("#view-match .controls")
        for gone in (".slider", ".bump", ".segmented .preset", ".guide-button"):
            assert page.locator(f"#view-match {gone}").count() == 0, gone
        assert page.inner_text(".legend").split() == ["feel"]
        titles = shown_titles(page)
        page.click(f"{row(1)} .play")
        page.wait_for_function("() => vmr.stage.player.playing")
        assert "here by its score" in page.inner_text(".why")
        page.wait_for_function("() => location.hash.startsWith('#q=')")
        link = page.evaluate("location.hash")
        assert "by=" not in link
        page.click("#tab-reverse")
        page.locator("#view-reverse .starter").first.click()
        page.wait_for_selector("#view-reverse .rows > *", timeout=60_000)
        assert "has no labels" in page.inner_text("#view-reverse .controls")
        assert page.locator("#view-reverse .slider").count() == 0
        assert visit.errors == []
    with visiting(browser, unlabelled_server) as visit:
        page = visit.open(link)
        page.wait_for_selector(".row", timeout=30_000)
        assert shown_titles(page) == titles and visit.errors == []


@pytest.mark.parametrize("locale", variants(["en-US", "ja-JP"]))
def test_the_empty_page_fits_a_small_laptop(browser, unlabelled_server, server, locale):
    for address in (server, unlabelled_server):
        with visiting(browser, address, locale=locale) as visit:
            page = visit.open()
            page.wait_for_selector(".hero .sample span:not(:empty)")
            assert page.evaluate("""() => {
                const hero = document.querySelector(".hero");
                return hero.scrollHeight <= hero.clientHeight;
            }""")
