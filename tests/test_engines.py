"""The same contract for every engine: the folder itself, FAISS, Qdrant's local mode and its
embedded engine."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.engine_stores import BRANCHES, MODEL, engine_of, some_query, some_tracks, store_of
from vmr.catalogs.policy import Policy, allowed
from vmr.catalogs.tracks_table import Track
from vmr.embedding import BranchEmbedding, Calibration, alpha_weights
from vmr.engines.collected import Engines
from vmr.engines.database import DatabaseEngine, collection_of, upload
from vmr.engines.engine import Wanted, permitted
from vmr.engines.exact import ExactEngine
from vmr.engines.points import Tracks
from vmr.errors import CatalogError
from vmr.search import gather

EDGE = pytest.param("edge", marks=pytest.mark.thorough)  # it syncs its files after every write
KINDS = ("exact", "faiss", "local", EDGE)
STORES = ("local", EDGE)
WEIGHTS = np.stack(
    [alpha_weights(float(a), BRANCHES, f) for f in BRANCHES[1:] for a in (0.0, 0.3, 1.0)]
)


def test_steps_of_a_slider_find_the_first_of_many_that_are_equal_at_its_end():
    """Two thousand tracks that are wholly slow, many nearly so: the ssl branch decides."""
    rng = np.random.default_rng(0)
    slow = np.where(rng.random(40_000) < 0.05, 1.0, 1 - rng.exponential(0.005, 40_000))
    cosines = np.stack([rng.uniform(-1, 1, 40_000), np.clip(slow, -1, 1)], axis=1)
    rows = np.stack([cosines, np.sqrt(1 - cosines**2)], axis=2).astype(np.float32)
    items = BranchEmbedding(rows, ("ssl", "tempo"))
    query = BranchEmbedding(np.float32([[[1, 0], [1, 0]]]), items.branches)
    plain = Calibration(np.zeros((1, 2), np.float32), np.ones((1, 2), np.float32))
    by_asking = {"video": [ExactEngine(items, plain, "calibrated")]}
    rest = np.zeros(0, dtype=np.int64)
    engines = Engines(by_asking, rest, items, {"video": plain}, "calibrated")
    first = np.lexsort((-rows[:, 0, 0], -rows[:, 1, 0]))[:50]
    assert {*first.tolist()} <= {*engines.reachable(query, "video").tolist()}


def exact_order(tracks: Tracks, query, asking, w, mask=None) -> np.ndarray:
    """By the numbers that the browser gets."""
    index = np.arange(len(tracks.items)) if mask is None else np.flatnonzero(mask)
    asked = BranchEmbedding(query[None], BRANCHES)
    items = BranchEmbedding(tracks.items.values.astype(np.float32), BRANCHES)
    found = gather(asked, items, tracks.calibrations[asking], index, tracks.fusion)
    return index[found.order(w)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fusion", "asking"), [("calibrated", "video"), ("calibrated", "music"), ("mix", "video")]
)
def test_every_engine_answers_the_exact_order_at_every_alpha(kind, fusion, asking, tmp_path):
    tracks = some_tracks(fusion=fusion)
    engine, query = engine_of(kind, tracks, asking, tmp_path), some_query()
    for w, found in zip(WEIGHTS, engine.best(query, WEIGHTS, 20), strict=True):
        assert found.tolist() == exact_order(tracks, query, asking, w)[:20].tolist()


FILTERS = [
    Wanted(any_of={"genre": ("jazz", "folk")}),
    Wanted(any_of={"catalog": ("b",)}, between={"bpm": (60.0, 75.0)}),
    Wanted(none_or={"uses": ("rank",), "territory": ("world", "de")}),
    Wanted(any_of={"genre": ("tango",)}),
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_filter_holds_before_the_best_are_taken(kind, tmp_path):
    tracks = some_tracks()
    engine, query = engine_of(kind, tracks, "video", tmp_path), some_query()
    for wanted in FILTERS:
        mask = wanted.mask(tracks.facts)
        for w, found in zip(WEIGHTS, engine.best(query, WEIGHTS, 30, wanted), strict=True):
            expected = exact_order(tracks, query, "video", w, mask)[:30]
            assert found.tolist() == expected.tolist()
    assert [int(f.mask(tracks.facts).sum()) for f in FILTERS] == [200, 18, 233, 0]


@pytest.mark.parametrize("policy", [Policy(), Policy(commercial=True), Policy(territory="DE")])
def test_a_policy_as_a_filter_allows_what_the_policy_allows(policy):
    facts = some_tracks().facts
    wanted = permitted(policy, [row["licence"] for row in facts])
    for row in facts:
        track = Track(
            id=row["id"],
            title="",
            licence=row["licence"],
            uses=tuple(row["uses"]),
            territory=tuple(row["territory"]),
        )
        assert wanted.holds(row) == allowed(track, policy)
    assert 0 < wanted.mask(facts).sum() < len(facts)


@pytest.mark.parametrize("kind", STORES)
def test_what_was_sent_is_not_sent_again_and_a_changed_track_is(kind, tmp_path):
    tracks, store = some_tracks(300), store_of(kind, tmp_path)
    heard = []
    assert upload(store, "tracks", tracks, MODEL, "one", lambda *at: heard.append(at)) == 300
    assert heard == [(256, 300), (300, 300)]
    assert upload(store, "tracks", tracks, MODEL, "one") == 0
    tracks.facts[7]["licence"] = "changed"
    assert upload(store, "tracks", tracks, MODEL, "one") == 1


@pytest.mark.parametrize("kind", STORES)
def test_a_name_is_switched_when_the_new_tracks_are_all_there(kind, tmp_path):
    old, new, store = some_tracks(300), some_tracks(300, seed=1), store_of(kind, tmp_path)
    upload(store, "tracks", old, MODEL, "old")
    query = some_query()

    def first(tracks):
        engine = DatabaseEngine(store, "tracks", "video", tracks, MODEL)
        return engine.best(query, WEIGHTS[:1], 5)[0].tolist()

    answers = []

    def during(done, total):
        answers.append(first(old))

    upload(store, "tracks", new, MODEL, "new", during)
    assert answers == [exact_order(old, query, "video", WEIGHTS[0])[:5].tolist()] * 2
    assert store.current("tracks") == collection_of("tracks", MODEL, "new")
    assert first(new) == exact_order(new, query, "video", WEIGHTS[0])[:5].tolist()


@pytest.mark.parametrize("kind", STORES)
def test_tracks_that_are_not_known_here_are_passed_over(kind, tmp_path):
    tracks, store = some_tracks(300), store_of(kind, tmp_path)
    upload(store, "tracks", tracks, MODEL, "one")
    fewer = Tracks(
        tracks.items.rows(slice(0, 200)), tracks.calibrations, "calibrated", tracks.facts[:200]
    )
    engine = DatabaseEngine(store, "tracks", "music", fewer, MODEL)
    found = engine.best(some_query(), WEIGHTS[:1], 50)[0]
    expected = [i for i in exact_order(tracks, some_query(), "music", WEIGHTS[0]) if i < 200]
    assert len(found) == 50
    assert found.tolist() == expected[:50]


@pytest.mark.parametrize("kind", STORES)
def test_tracks_of_another_model_are_not_asked(kind, tmp_path):
    tracks, store = some_tracks(50), store_of(kind, tmp_path)
    engine = DatabaseEngine(store, "tracks", "video", tracks, "another")
    with pytest.raises(CatalogError, match="holds no tracks under tracks"):
        engine.best(some_query(), WEIGHTS[:1], 5)
    upload(store, "tracks", tracks, MODEL, "one")
    with pytest.raises(CatalogError, match="another checkpoint"):
        engine.best(some_query(), WEIGHTS[:1], 5)


SENDER = """
import sys
from pathlib import Path
from tests.engine_stores import MODEL, some_tracks, store_of
from vmr.engines.database import upload
store = store_of(sys.argv[1], Path(sys.argv[2]))
upload(store, "tracks", some_tracks(int(sys.argv[3])), MODEL, "one",
       lambda done, total: print(done, flush=True))
"""


@pytest.mark.thorough
@pytest.mark.parametrize(("kind", "count"), [("edge", 6000), ("disk", 1000)])
def test_a_kill_while_sending_loses_nothing_that_was_said_to_be_there(kind, count, tmp_path):
    project = Path(__file__).resolve().parent.parent
    sender = subprocess.Popen(
        [sys.executable, "-c", SENDER, kind, str(tmp_path), str(count)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
    )
    assert sender.stdout is not None
    said = next(int(line) for line in sender.stdout if int(line) > count / 4)
    sender.kill()  # SIGKILL
    sender.wait()
    tracks, store = some_tracks(count), store_of(kind, tmp_path)
    assert store.current("tracks") is None
    there = store.made(collection_of("tracks", MODEL, "one"), tracks.numbers().tolist())
    assert {int(n) for n in tracks.numbers()[:said]} <= set(there)
    assert said <= len(there) < count
    assert upload(store, "tracks", tracks, MODEL, "one") == count - len(there)
    engine = DatabaseEngine(store, "tracks", "video", tracks, MODEL)
    for w, found in zip(WEIGHTS, engine.best(some_query(), WEIGHTS, 20), strict=True):
        assert found.tolist() == exact_order(tracks, some_query(), "video", w)[:20].tolist()


@pytest.mark.parametrize("kind", ["edge", "disk"])
def test_a_closed_folder_is_opened_again_with_all_that_was_there(kind, tmp_path):
    tracks, store = some_tracks(40), store_of(kind, tmp_path)
    upload(store, "tracks", tracks, MODEL, "one")
    store.close()
    engine = DatabaseEngine(store_of(kind, tmp_path), "tracks", "video", tracks, MODEL)
    found = engine.best(some_query(), WEIGHTS[:1], 20)[0]
    assert found.tolist() == exact_order(tracks, some_query(), "video", WEIGHTS[0])[:20].tolist()


def test_a_server_that_is_not_there_is_one_sentence_at_once():
    from vmr.engines.address import open_store, read_address

    store = open_store(read_address("qdrant://127.0.0.1:9/tracks"))
    began = time.perf_counter()
    with pytest.raises(CatalogError, match=r"qdrant://127\.0\.0\.1:9/tracks does not answer"):
        store.current("tracks")
    assert time.perf_counter() - began < 5
