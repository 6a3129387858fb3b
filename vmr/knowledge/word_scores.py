"""From words to one number a track, standardised over those that are ranked: a term of the score.

Each word gives every track a value, about 0 (nothing of it) to 1 (that very thing). Within moods,
genres and so on the best name counts, among them their mean by weight; a word that is not in the
table counts where title, artist or tags have it. Values are summed by the words' strength, so what
is to be avoided is taken off, and the sum is standardised over the tracks that are ranked: words
that tell none of them apart move nothing. As it is the same for every position of the slider, all
scores stay linear in the weights:

    score(w, words) = w'parts + words * term

Where the music encoder has a text side (vmr.encoders.base.TextSide) the whole line asks too: the
cosine of its row with each track's sound, once for each of its words, less the cosines of what is
to be avoided. That is standardised as well and joins the words of the table with HEARD_SHARE.

Shapes: N tracks, L labels, I instruments, P columns of the text side. float32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vmr.embedding import Array
from vmr.encoders.base import TextSide
from vmr.knowledge.key_words import key_values
from vmr.knowledge.titles import has_word
from vmr.knowledge.track_facts import TrackFacts
from vmr.knowledge.whole_line import WholeLine, whole_line
from vmr.knowledge.word_table import FACETS, Sense
from vmr.knowledge.word_term import SAME, WordTerm
from vmr.knowledge.words import Word, understand

ENERGY_SHARE = 0.2  # what a word's energy counts beside a facet of weight 3
FOUND_SHARE = 1.5  # what a word found in a title counts beside one of the table
ENERGY_REACH = 1.5  # levels away at which an energy no longer fits
TRACKS_AT_ONCE = 16384
BPM_REACH = 0.08  # octaves, standard deviation around a tempo that was written as a number
HEARD_SHARE = 0.5  # of the whole line; not fitted, for want of CLAP's weights
LEAST = 0.05  # of a word's value, above or below 0: with less a track does not answer to it
# What a tagger hears counts less than what the catalog says; bpm may be doubled or halved.
SURENESS = {"instruments": 0.5, "era": 0.5, "tempo": 0.8}


def word_term(
    text: str,
    facts: TrackFacts,
    side: TextSide | None = None,
    ranked: NDArray[np.bool_] | None = None,
) -> WordTerm:
    """What a text asks of the tracks; side: of the encoder that the facts' sound is of; ranked
    (N,): which tracks are ranked, None for all. Never raises for a text, whatever stands in it, but
    EncoderError where the text side cannot be had."""
    words = understand(text)
    total, answers = np.zeros(len(facts), dtype=np.float32), list[tuple[int, int]]()
    for word in words:
        value = word_values(word, facts)
        has = np.abs(value) > LEAST
        here = int(has.sum() if ranked is None else has[ranked].sum())
        answers.append((here, int(has.sum()) - here))
        total += word.strength * value
    raw = _standardised(total)
    line = None if side is None or facts.sound is None else whole_line(text, words)
    if side is not None and line:
        heard = _standardised(line_values(line, facts, side))
        raw = _standardised((1 - HEARD_SHARE) * raw + HEARD_SHARE * heard)
    return WordTerm(words, tuple(answers), raw, _met(words, total), ranked, line or None)


def _met(words: Sequence[Word], total: Array) -> Array:
    """The sum of the words beside what a track has that is all that is wanted: (N,) -> (N,)."""
    wanted = sum(word.strength for word in words if word.strength > 0)
    if wanted:
        return np.asarray(total / np.float32(wanted), dtype=np.float32)
    return 1 + total / np.float32(sum(abs(word.strength) for word in words) or 1)


def line_values(line: WholeLine, facts: TrackFacts, side: TextSide) -> Array:
    """What the sound model hears of a line in each track, its words' sum of cosines: (N,).
    ValueError for facts without sound, EncoderError where the text side cannot be had."""
    if facts.sound is None:
        raise ValueError("these facts hold no sound that texts can be compared with")
    texts = [(line.text, float(line.count))] if line.text else []
    texts += line.avoided
    rows = side.embed([text for text, _ in texts])  # (Q, P)
    asked = np.array([strength for _, strength in texts], dtype=np.float32) @ rows
    values = np.empty(len(facts), dtype=np.float32)
    for start in range(0, len(values), TRACKS_AT_ONCE):
        part = slice(start, start + TRACKS_AT_ONCE)
        values[part] = facts.sound[part].astype(np.float32) @ asked
    return values


def _standardised(values: Array) -> Array:
    """Mean 0 and spread 1, or zeros where all are alike: (N,)."""
    spread = float(values.std())
    found = (values - values.mean()) / spread if spread > SAME else np.zeros_like(values)
    return np.asarray(found, dtype=np.float32)


def word_values(word: Word, facts: TrackFacts) -> Array:
    """One word's value for each track, without its strength: (N,)."""
    if word.sense is not None:
        return sense_values(word.sense, facts)
    if word.bpm is not None:
        low, high = np.log2(word.bpm[0]), np.log2(word.bpm[1])
        octaves = np.log2(np.maximum(facts.bpm, 1.0))
        off = np.maximum(np.maximum(low - octaves, octaves - high), 0) / BPM_REACH
        return np.nan_to_num(np.exp(-0.5 * off**2)).astype(np.float32)
    if word.keys:
        return key_values(word.keys, facts.keys)
    return np.float32(FOUND_SHARE) * has_word(facts.texts, word.text)


def sense_values(sense: Sense, facts: TrackFacts) -> Array:
    """What the table says of a word, for each track: (N,)."""
    total, shares, sure = np.zeros(len(facts), dtype=np.float32), 0.0, 0.0
    for column, weights in sense.weights.items():
        if column not in facts.values:
            continue
        share = (max(abs(weight) for weight in weights.values()) / 3) ** 2  # what it says first
        total += share * _facet_values(weights, facts.values[column], FACETS[column])
        shares += share
        sure += share * SURENESS.get(column, 1.0)
    if sense.energy is not None:
        gap = np.abs(facts.energy - sense.energy) / ENERGY_REACH
        total += ENERGY_SHARE * np.nan_to_num(np.clip(1 - gap, -1, 1))
        shares += ENERGY_SHARE
        sure += ENERGY_SHARE
    return total * sure / max(shares, 1e-6) ** 2


def _facet_values(weights: Mapping[str, float], values: Array, names: Sequence[str]) -> Array:
    """The best of the names that are asked for, less the worst of those that are excluded."""
    asked = {name: w for name, w in weights.items() if w > 0}
    result = np.zeros(len(values), dtype=np.float32)
    if asked:
        top = max(asked.values())
        result += np.max([w / top * values[:, names.index(n)] for n, w in asked.items()], axis=0)
    excluded = [-w / 3 * values[:, names.index(n)] for n, w in weights.items() if w < 0]
    return result - np.max(excluded, axis=0) if excluded else result
