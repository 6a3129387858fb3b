"""The names that the bundled checkpoint knows: 12 moods and 20 genres."""

from __future__ import annotations

from vmr.errors import Notice, sentences

MOODS = (
    # the starter catalog's five first
    "calm",
    "energetic",
    "happy",
    "nostalgic",
    "tender",
    "dark",
    "tense",
    "epic",
    "sad",
    "playful",
    "mysterious",
    "dreamy",
)

# The two ends of feeling, where a picture or a track is good or bad news.
POSITIVE, NEGATIVE = ("happy", "tender", "playful"), ("dark", "tense", "sad")

GENRES = (
    "ambient",
    "ambient-industrial",
    "blues",
    "chiptune",
    "classical",
    "comedy",
    "country",
    "drum-and-bass",
    "electronic",
    "folk",
    "horror",
    "jazz",
    "latin",
    "lounge",
    "metal",
    "orchestral",
    "reggae",
    "rock",
    "videogame-pop",
    "world",
)

LABELS = {"genre": GENRES, "mood": MOODS}
ENERGY_RANGE = (1.0, 5.0)  # 1 asleep, 5 as much as there is

# What a mood that a person gave a track says about its energy, 1 to 5.
MOOD_ENERGY = {
    "calm": 1.3,
    "energetic": 5.0,
    "happy": 4.0,
    "nostalgic": 2.0,
    "tender": 2.0,
    "dark": 2.2,
    "tense": 3.5,
    "epic": 3.5,
    "sad": 1.5,
    "playful": 3.3,
    "mysterious": 1.8,
    "dreamy": 1.5,
}


def label_name(facet: str, label: str) -> Notice | str:
    """A label in every language; of one that the bundled checkpoint does not know, as it is."""
    key = f"{facet}.{label}"
    return Notice(key) if key in sentences() else label
