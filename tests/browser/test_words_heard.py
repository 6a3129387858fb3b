"""The page of a checkpoint that hears with CLAP: words ask the sound, the slider stays exact."""

from __future__ import annotations

import pytest

from tests.browser.conftest import running_app, shown_titles, visiting
from vmr.config import Settings
from vmr.retriever import Retriever

pytestmark = pytest.mark.thorough  # a server of its own
LINE = "zzyzx sunset, no drums"


@pytest.fixture(scope="module")
def heard(browser, tmp_path_factory):
    """(address of the app, the same retriever here)."""
    pytest.importorskip("transformers", reason="pip install -r requirements-hub.txt")
    from tests.tiny_clap import write_clap, write_heard

    clap = write_clap(tmp_path_factory.mktemp("clap"))
    checkpoint, catalog = write_heard(tmp_path_factory.mktemp("heard"), clap)
    retriever = Retriever.open(Settings(checkpoint, (catalog,), device="cpu"))
    with running_app("--checkpoint", str(checkpoint), "--catalog", str(catalog)) as (address, _):
        yield address, retriever


def test_the_whole_line_has_a_chip_and_rows_are_those_of_the_search(browser, heard, short_video):
    address, retriever = heard
    with visiting(browser, address) as visit:
        visit.open()
        page = visit.match(short_video)
        page.fill("#words", LINE)
        page.press("#words", "Enter")
        page.wait_for_selector("#view-match .words-chip.heard")
        said = page.locator(".words-chip.heard").inner_text()
        assert "sound model" in said and "zzyzx sunset" in said and "not drums" in said
        query = retriever.embed_video(short_video)
        for alpha, weight in ((0.0, 0.5), (0.6, 1), (1.0, 2)):
            page.evaluate(
                "([alpha, wordsWeight]) => vmr.store.set({ alpha, wordsWeight })", [alpha, weight]
            )
            hits = retriever.search(query, alpha, "mood", 6, words=LINE, words_weight=weight)
            assert shown_titles(page) == [hit["title"] for hit in hits]
            scores = page.evaluate("vmr.store.get('order').map((i) => vmr.ranking.scores[i])")
            assert scores == pytest.approx([hit["score"] for hit in hits], abs=1e-3)
        assert visit.errors == []
