"""The sample videos are the first that anyone sees: what is said and what plays first is right."""

from __future__ import annotations

import pytest

from vmr.files import cache_folder
from vmr.page.sample_films.films import SAMPLES, sample_path

# What may be said of each; moods of which a first track has at least one, and none of the others.
LOOKS = {"still picture", "saturated", "cold colours", "very dark", "bright", "much motion"}
RIGHT = {
    "night-sky": LOOKS | {"nature without people", "mountain"},
    "neon-tunnel": LOOKS | {"flashes in the dark", "lightning and bursts"},
    "sunny-waves": LOOKS | {"sea and beach", "sunset and sunrise", "nature without people"},
    "falling-snow": LOOKS | {"snow and ice"},
    "thunderstorm": LOOKS | {"storm", "flashes in the dark", "lightning and bursts"},
    "confetti": LOOKS | {"party"},
    "earth": LOOKS | {"space"},
    "end-titles": LOOKS | {"text and credits"},
}
pytestmark = pytest.mark.thorough  # all samples are drawn and looked at: a minute

STILL = {"calm", "dreamy", "mysterious", "tender", "nostalgic"}
FIRST = {
    "night-sky": STILL,
    "neon-tunnel": {"energetic"},
    "sunny-waves": STILL,
    "falling-snow": STILL,
    "thunderstorm": {"epic", "tense", "dark", "energetic"},
    "confetti": {"happy", "playful", "energetic"},
    "earth": STILL,
    "end-titles": STILL | {"tense", "epic"},
}


@pytest.fixture(scope="module")
def queries(retriever) -> dict:
    folder = cache_folder() / "samples"
    return {s.key: retriever.embed_video(sample_path(s.key, folder)) for s in SAMPLES}


@pytest.mark.parametrize("key", [sample.key for sample in SAMPLES])
def test_what_is_said_of_a_sample_is_there(queries, key) -> None:
    words = [name for name, _ in queries[key].concepts]
    assert set(words) <= RIGHT[key], words
    assert words or key == "end-titles", "of rolling titles alone nothing is sure enough"


@pytest.mark.parametrize("key", [sample.key for sample in SAMPLES])
def test_what_plays_first_fits_a_sample(retriever, queries, key) -> None:
    """Where the slider starts, in each catalog; at its right end in all of them together, and in
    the one that is heard at once."""
    hits = retriever.search(queries[key], 0.5, "mood", 999, with_silent=True)
    firsts = [
        next(hit for hit in hits if hit["catalog"] == catalog)
        for catalog in {hit["catalog"] for hit in hits}
    ]
    by_label = retriever.search(queries[key], 1.0, "mood", 999, with_silent=True)
    firsts += [by_label[0], next(hit for hit in by_label if hit["catalog"] == "starter")]
    for first in firsts:
        assert set(first["mood"]) & FIRST[key], (first["catalog"], first["title"], first["mood"])
