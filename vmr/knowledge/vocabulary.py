"""The names that the bundled checkpoint knows: 12 moods and 20 genres."""

from __future__ import annotations

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
