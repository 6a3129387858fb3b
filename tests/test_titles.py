"""Which titles have a word that is in no table."""

import numpy as np
import pytest

from vmr.knowledge.titles import BEGUN, has_word, title_pattern
from vmr.knowledge.word_table import fold, normal
from vmr.knowledge.words import understand


@pytest.mark.parametrize(
    ("word", "title", "has"),
    [
        ("Cho", "Kenta Cho", True),
        ("cho", "Chopin", False),
        ("war", "Warm nights", False),
        ("hedge", "Hedgewars theme", True),
        ("hedge", "The Hedge", True),
        ("wars", "Hedgewars", False),
        ("ab", "ab", True),
        ("ab", "abc", False),
        ("été", "l'Été", True),
        ("b", "b", False),
        ("7", "7", False),
        ("龍", "龍の舞", True),
        ("り", "りんご", False),
        ("東京", "夜の東京タワー", True),
        ("ロック", "赤いロック", True),
    ],
)
def test_a_title_has_a_word_whole_or_from_four_letters_on_as_the_beginning_of_one(word, title, has):
    assert has_word([fold(normal(title))], word).astype(bool).tolist() == [has]


def test_the_beginning_of_a_longer_word_is_less_than_the_word_or_its_plural():
    titles = [fold(title) for title in ("Planet", "The plan", "Plans", "Sea")]
    np.testing.assert_allclose(has_word(titles, "plan"), [BEGUN, 1, 1, 0])


def test_one_letter_is_looked_for_nowhere():
    assert title_pattern("b") is None and title_pattern("ん") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("龍の曲", ["龍"]),
        ("龍、虎", ["龍", "虎"]),
        ("出る前に聴きたい穏やかな音楽", ["穏やか"]),
        ("静か系の曲", ["静か"]),
    ],
)
def test_one_kanji_is_a_word_where_it_stands_as_one(text, words):
    assert [word.text for word in understand(text)] == words
