"""What a person writes about music, English and Japanese mixed, as words with a meaning or none.

    understand("warm piano, no drums")  ->  warm (+1), piano (+1), drums (-1)
    understand("暗くない、もっと速く")      ->  暗く (-1), 速く (+1.5)

From left to right the longest word of words.csv is taken; no tokenizer is needed for Japanese.
English words may be inflected, Japanese adjectives too. Words around it set a word's strength:
1 as it stands, below 0 where it is to be avoided. What is left over is not understood and is
looked for in titles, artists and tags (vmr.knowledge.word_scores).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from vmr.knowledge.degrees import LESS, MORE, NOT, bundled_degrees
from vmr.knowledge.japanese_runs import JapaneseWords
from vmr.knowledge.key_words import read_key
from vmr.knowledge.tempo_words import read_tempo
from vmr.knowledge.titles import KANJI
from vmr.knowledge.word_table import Sense, bundled_words, english_stems, fold, normal

LONGEST_TEXT, MOST_WORDS = 400, 40
LONGEST_PHRASE = 4  # English words

JOINED_JA = re.compile(r"[とや・&]")  # "ドラムとボーカルなし" means both
BESIDE_NOUNS = "のとや"  # and nothing else beside one kanji that is looked for in titles
ALIKE = 0.3  # of two words, to be avoided together
CARRY_ON = ("or", "nor")  # "no drums or vocals"
TOKEN = re.compile(r"[a-z0-9\u00e0-\u024f][a-z0-9\u00e0-\u024f'&/]*")
BREAK = re.compile(
    r"[,;.!?、。，；\n]|\b(?:(?:but|yet)(?: still)?|with|and|however|though|although)\b"
)


@dataclass(frozen=True)
class Word:
    """One piece of the text. sense None = not in the table; bpm: a tempo that was written as a
    number (low, high), see vmr.knowledge.tempo_words; keys: see vmr.knowledge.key_words; strength:
    1 plainly, -1 avoided, in between and up to 1.5 by degree; phrase: what of the text says just
    this, with the words around it that set the strength."""

    text: str
    strength: float = 1.0
    sense: Sense | None = None
    bpm: tuple[float, float] | None = None
    keys: tuple[int, ...] = ()
    phrase: str = ""

    @property
    def understood(self) -> bool:
        """Whether the word says something that can be ranked by."""
        return self.sense is not None or self.bpm is not None or bool(self.keys)


def understand(text: str) -> tuple[Word, ...]:
    """The words of a text, at most MOST_WORDS of its first LONGEST_TEXT characters."""
    reader = _Reader(normal(text)[:LONGEST_TEXT])
    return tuple(reader.read()[:MOST_WORDS])


class _Reader:
    """One pass over a text; ``at`` is the place, ``strength`` what the words before have set."""

    def __init__(self, text: str) -> None:
        self.text, self.folded = text, fold(text)
        self.english, japanese = bundled_words()
        self.japanese = JapaneseWords(japanese, self.text, self.folded)
        self.degrees = bundled_degrees()
        self.at, self.strength, self.carried = 0, 1.0, 1.0
        self.phrase_at = 0  # where what is not part of an earlier phrase begins
        self.left_over = ""  # of a run of Japanese that is in no table
        self.found: list[Word] = []
        self.ended = -1  # where the last understood word ended
        self.listed = (1.0, 0)  # the strength before the last comma after "no", and from which word

    def read(self) -> list[Word]:
        while self.at < len(self.text):
            step = (
                self._number() or self._break() or self._word() or self._before() or self._token()
            )
            if not step:
                if self.text[self.at].isspace() or not self.text[self.at].isalnum():
                    self._flush()
                else:
                    self.left_over += self.text[self.at]
                self.at += 1
        self._flush()
        return self.found

    def _number(self) -> bool:
        """A tempo or a key."""
        if tempo := read_tempo(self.folded, self.at):
            end, bounds = tempo
            self._add(end, Word(self.text[self.at : end], bpm=bounds))
            return True
        if key := read_key(self.text, self.folded, self.at):
            end, keys = key
            self._add(end, Word(self.text[self.at : end], keys=keys))
        return key is not None

    def _break(self) -> bool:
        """Commas, and words after which "no" no longer holds."""
        match = BREAK.match(self.folded, self.at)
        if not match or self._longest(self.at)[0]:
            return False
        self._flush()
        if match[0] == "and" and self.carried < 0 and self._goes_on(match.end()):
            self.at, self.strength = match.end(), self.carried
            return True
        if match[0] != "," or self.carried < 0:
            self.listed = (self.carried if match[0] == "," else 1.0), len(self.found)
        self.strength = self.carried = 1.0
        self.at = self.phrase_at = match.end()
        return True

    def _goes_on(self, at: int) -> bool:
        """Whether "not this and that" means both: where both are heard ("no drums and vocals") or
        mean much the same ("not dark and gloomy"); "no drums and slow" does not."""
        begins = at + (self.folded[at : at + 1] == " ")
        one, other = self._longest(begins)[1], self.found[-1].sense
        if one is None or other is None:
            return False
        return (one.is_heard and other.is_heard) or one.likeness(other) > ALIKE

    def _avoid_listed(self) -> None:
        """ "no vocals, drums, or guitars": with a comma before "or" all of the list is avoided."""
        strength, start = self.listed
        words = self.found[start:]
        is_list = strength < 0 and self.folded[: self.at].rstrip().endswith(",")
        if is_list and all(word.understood and word.strength == 1 for word in words):
            self.found[start:] = [replace(word, strength=strength) for word in words]
            self.carried = strength

    def _word(self) -> bool:
        end, sense = self._longest(self.at)
        said = self.degrees.said.match(self.folded, self.at)
        if not end or (said and said.end() > end):  # "heavy on strings" is not heavy
            return False
        self._add(end, Word(self.text[self.at : end], sense=sense))
        return True

    def _longest(self, begins: int) -> tuple[int, Sense | None]:
        """End and sense of the longest word of the table that begins there, (0, None) if none."""
        japanese = self.japanese.longest(begins, self.ended == begins)
        return max(self._english(begins), japanese, key=lambda found: found[0])

    def _english(self, begins: int) -> tuple[int, Sense | None]:
        if begins and TOKEN.match(self.folded[begins - 1]):
            return 0, None  # inside a word
        ends: list[tuple[int, int]] = []
        at = begins
        while len(ends) < LONGEST_PHRASE and (match := TOKEN.match(self.folded, at)):
            ends.append((match.start(), match.end()))
            gap = re.compile(r"[ \t-]+").match(self.folded, match.end())
            at = gap.end() if gap else len(self.folded)
        for start, end in reversed(ends):
            head = re.sub(r"[\s-]+", " ", self.folded[begins:start])
            token = self.folded[start:end]
            for stem in [token] if token in self.degrees.before else english_stems(token):
                if head + stem in self.english:
                    return end, self.english[head + stem]
        return 0, None

    def _add(self, end: int, word: Word) -> None:
        self._flush()
        strength, start = self.strength, self.at
        if re.search(r"(?:^|\s)-$", self.text[:start]):  # "piano -drums"
            strength = NOT
        follows = self.degrees.following(self.text, end)
        if follows is not None:
            weak = strength == LESS or self.folded[start:end].endswith("すぎ")
            joined = JOINED_JA.fullmatch(self.text[self.ended : start]) if self.found else None
            end, after = follows
            strength = LESS if after == NOT and weak else after
            if joined and after < 0:
                self.found[-1] = replace(self.found[-1], strength=strength)
        elif strength == LESS and not word.text.isascii():
            strength = 1.0  # あまり without a negation after it
        self.found.append(replace(word, strength=strength, phrase=self._phrase(end)))
        self.carried, self.strength = (strength if strength < 0 else 1.0), 1.0
        self.at = self.ended = end

    def _before(self) -> bool:
        """A Japanese adverb of degree."""
        ahead = self.degrees.ahead(self.folded, self.at)
        if ahead is None:
            return False
        self._flush()
        self.at, self.strength = ahead
        return True

    def _token(self) -> bool:
        """An English word that is not in the table: one that sets a strength, or a left-over."""
        said = self.degrees.said.match(self.folded, self.at)
        match = said or TOKEN.match(self.folded, self.at)
        if not match:
            return False
        self._flush()
        token = match[0]
        if token in self.degrees.before:
            strength = self.degrees.before[token]
            softened = strength == MORE and self.strength == NOT  # not too, not very
            self.strength = LESS if softened else strength
        elif token in CARRY_ON:
            self._avoid_listed()
            self.strength = self.carried
        elif token.endswith("less") and token[:-4] in self.english:
            sense, phrase = self.english[token[:-4]], self._phrase(match.end())
            self.found.append(Word(self.text[slice(*match.span())], NOT, sense, phrase=phrase))
        elif token not in self.degrees.empty:
            text, phrase = self.text[slice(*match.span())], self._phrase(match.end())
            self.found.append(Word(text, self.strength, phrase=phrase))
            self.strength = 1.0
        self.at = match.end()
        return True

    def _phrase(self, end: int) -> str:
        """What was read since the last phrase, up to here."""
        start, self.phrase_at = self.phrase_at, end
        return self.text[start:end].strip()

    def _flush(self) -> None:
        """What is left of a Japanese run without particles and words that say nothing of music."""
        run, self.left_over = self.left_over, ""
        start, at = self.at - len(run), 0
        ends = [*self.degrees.empty_ja.finditer(run), None]
        for match in ends:
            end = match.start() if match else len(run)
            piece, place = run[at:end], start + at
            if len(piece) > 1 or (KANJI.fullmatch(piece) and self._is_noun(place)):
                self.found.append(Word(piece))
            at = match.end() if match else end

    def _is_noun(self, place: int) -> bool:
        """Whether the kanji here is a word: not a verb's stem, nor the end of another word."""
        around = self.text[max(place - 1, 0) : place] + self.text[place + 1 : place + 2]
        return all(not c.isalnum() or c in BESIDE_NOUNS for c in around)
