"""What the words of a text come to over the tracks: a term of their score, and what each was taken
for.

Shapes: N tracks. float32.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Array
from vmr.knowledge.key_words import keys_text
from vmr.knowledge.phrases import said_alone
from vmr.knowledge.tempo_words import tempo_text
from vmr.knowledge.whole_line import WholeLine
from vmr.knowledge.words import Word

KINDS = {"moods": "mood", "genres": "genre", "instruments": "instrument"} | {
    column: column for column in ("tempo", "voice", "era")
}
MOST_MEANINGS = 3
SAME = 1e-6  # a spread of no more is none


@dataclass(frozen=True)
class WordTerm:
    """A text's words and what they add to the score.

    answers: for each word how many of the ranked tracks and how many of the others answer to it;
    raw (N,): the sum of the words, mean 0 and spread 1 over all tracks, or zeros where all are
    alike; met (N,): how much of what is asked for a track has, about 0 to 1; ranked (N,): which
    tracks are ranked, None for all; heard: what was asked of the sound, None where the encoder has
    no text side or nothing of the text can be put to it."""

    words: tuple[Word, ...]
    answers: tuple[tuple[int, int], ...]
    raw: Array = field(repr=False)
    met: Array = field(repr=False)
    ranked: NDArray[np.bool_] | None = field(default=None, repr=False)
    heard: WholeLine | None = None

    @cached_property
    def level(self) -> tuple[float, float]:
        """Mean and spread of ``raw`` over the ranked tracks; 0 where they are all alike."""
        values = self.raw if self.ranked is None else self.raw[self.ranked]
        spread = float(values.std()) if len(values) else 0.0
        return (float(values.mean()), spread) if spread > SAME else (0.0, 0.0)

    @cached_property
    def term(self) -> Array:
        """What the score is raised by, for a weight of 1: mean 0 and spread 1 over the ranked
        tracks, or zeros where these are all alike: (N,)."""
        mean, spread = self.level
        found = (self.raw - mean) / spread if spread else np.zeros_like(self.raw)
        return np.asarray(found, dtype=np.float32)

    @property
    def empty(self) -> bool:
        """Whether the words do not tell the ranked tracks apart."""
        return not self.level[1]

    @cached_property
    def alone(self) -> tuple[str, ...]:
        """For each word a text that says just this."""
        return tuple(map(said_alone, self.words))

    @property
    def missing(self) -> list[int]:
        """Places of the words that no ranked track answers to, but for what is to be avoided and
        is in no track, which is as it should be; none where the sound is asked for the line."""
        if self.heard:
            return []
        return [
            k
            for k, (word, (here, _)) in enumerate(zip(self.words, self.answers, strict=True))
            if not here and (word.strength > 0 or not word.understood)
        ]

    def with_silent(self) -> WordTerm:
        """The same where all tracks are ranked."""
        answers = tuple((here + others, 0) for here, others in self.answers)
        return replace(self, ranked=None, answers=answers)

    @property
    def found(self) -> tuple[int | None, ...]:
        """For each word how many of the ranked tracks have it in title, artist or tags, None where
        the table explains it."""
        counts = zip(self.words, self.answers, strict=True)
        return tuple(None if word.understood else here for word, (here, _) in counts)

    def of_track(self, i: int, alone: bool) -> dict[str, float]:
        """What a row of a payload says of track i: ``term`` and, for words alone, ``met``."""
        found = {"term": round(float(self.raw[i]), 5)}
        return found | {"met": round(float(self.met[i]), 3)} if alone else found

    def as_json(self) -> list[dict[str, Any]]:
        """The chips: text, strength, ``means`` ([kind, name], the weightiest first), ``found`` in
        titles of ranked tracks, ``silent`` (how many others answer), whether the word was
        ``understood``, which is also when a title has it, whether a ranked track has ``answered``,
        and ``alone``, a text that says just this."""
        return [
            {
                "text": word.text,
                "strength": word.strength,
                "understood": word.understood or bool(here),
                "means": means_of(word),
                "found": None if word.understood else here,
                "answered": bool(here),
                "silent": others,
                "alone": alone,
            }
            for word, alone, (here, others) in zip(
                self.words, self.alone, self.answers, strict=True
            )
        ]


def means_of(word: Word) -> list[list[str]]:
    """[kind, name] of what a word was taken for, the weightiest first; [] for what nobody knows."""
    if word.bpm is not None:
        return [["bpm", tempo_text(*word.bpm)]]
    if word.keys:
        return [["key", keys_text(word.keys)]]
    if word.sense is None:
        return []
    named = [[KINDS[facet], name] for facet, name in word.sense.names()[:MOST_MEANINGS]]
    return named or [["energy", f"{word.sense.energy:g}"]]
