"""The sample videos still rank the music as they did; see tests/stored_orders.py."""

import itertools
import json

import pytest

from tests.stored_orders import ALPHAS, FIRST, ORDERS, SAMPLES, scored
from vmr.page.sample_films.films import sample_path

STORED = json.loads(ORDERS.read_text("utf-8"))
CLOSE = 1e-3  # scores nearer than this may change places: another processor rounds otherwise


@pytest.mark.parametrize("key", SAMPLES)
def test_a_sample_video_ranks_the_music_as_stored(retriever, key, world_query, tmp_path):
    path = sample_path(key, tmp_path)
    query = world_query if key == "earth" else retriever.embed_video(path)
    now = scored(retriever, query)
    assert now.keys() == STORED[key].keys() and len(now) == len(retriever.facets) * len(ALPHAS)
    for at, scores in now.items():
        first = STORED[key][at]
        assert len(first) == FIRST
        for better, worse in itertools.pairwise(first):
            assert scores[better] > scores[worse] - CLOSE, f"{at}: {worse} passed {better}"
        last = min(scores[track] for track in first)
        risen = [t for t, score in scores.items() if t not in first and score > last + CLOSE]
        assert not risen, f"{at}: {risen} rose above {first}"
