"""A catalog made with a seed: it opens like any other, and its search is measured and exact."""

import numpy as np

from vmr.catalogs.music import TRACKS, open_catalog
from vmr.config import Settings
from vmr.planning.made_catalog import is_made, make_catalog
from vmr.planning.search_speed import measure_search, naive, whole_slider
from vmr.search import Scan

KEYS = (
    *("tracks", "open_s", "peak_rss_gb", "floor_ms", "naive_ms", "first_ms", "later_ms"),
    *("all_101_ms", "exact_top50"),
)


def silent(text: str) -> None:
    pass


def test_a_seeded_catalog_is_the_same_again_and_its_search_is_exact(tmp_path, retriever):
    for name in ("one", "same"):
        make_catalog(tmp_path / name, 600, 5, Settings.checkpoint, silent)
    tables = {(tmp_path / name / TRACKS).read_bytes() for name in ("one", "same")}
    assert len(tables) == 1
    assert is_made(tmp_path / "one", 600, 5) and not is_made(tmp_path / "one", 600, 6)
    catalog = open_catalog(tmp_path / "one", retriever.model)
    assert len({track.title for track in catalog.tracks}) == 600
    assert np.unique(catalog.embeddings.values[:, 0], axis=0).shape[0] == 600
    found = measure_search(tmp_path / "one", Settings.checkpoint, silent)
    assert tuple(found) == KEYS
    assert found["tracks"] == 600 and found["exact_top50"] is True
    assert min(found[name] for name in KEYS if name.endswith("_ms")) > 0


def test_the_naive_way_and_the_whole_slider_give_the_same_first_tracks(retriever):
    """At an end of the slider mixing is one branch's cosine; the parts below are just that."""
    items = retriever.embeddings
    query = retriever.model.video_bank.rows([3])
    w = np.eye(1, len(items.branches), dtype=np.float32)[0]
    cosines = np.einsum("bd,nbd->bn", query.values[0], items.values)
    lists = whole_slider(Scan(items.branches, np.ascontiguousarray(cosines)), "mood")
    assert len(lists) == 101
    assert naive(query, items, w).tolist() == lists[0].tolist()
