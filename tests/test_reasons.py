"""The sentence of a row: over all tracks of both catalogs, each pairing that it names is true."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vmr.knowledge import words, words_met
from vmr.knowledge.reasons import Beside, Piece, Why, fits_of, pairs, sentence
from vmr.knowledge.scenes import SAID, read_scenes
from vmr.knowledge.vocabulary import LABELS
from vmr.knowledge.word_table import VOICES

CONCEPTS = {SAID.get(concept.name, concept.name): concept for concept in read_scenes()}
TEXTS = Path(__file__).parents[1] / "vmr" / "page" / "static" / "texts"
Hit = dict[str, Any]


def mood(name: str) -> Callable[[Hit], bool]:
    return lambda hit: name in hit["mood"]


def genre(name: str) -> Callable[[Hit], bool]:
    return lambda hit: name in hit["genre"]


def measured(facet: str, name: str) -> Callable[[Hit], bool]:
    return lambda hit: name in hit["measured"][facet]


def named(word: str) -> Callable[[Hit], bool]:
    return lambda hit: word in f"{hit['title']} {hit['artist']}".lower()


def never(hit: Hit) -> bool:
    return False


# A word, what a track must have for it to be named, and the other way round; kept: what it must
# lack where the word says that it is to be avoided.
MET = {
    "dark": mood("dark"),
    "not sad": lambda hit: bool(hit["mood"]) and "sad" not in hit["mood"],
    "悲しくない": lambda hit: bool(hit["mood"]) and "sad" not in hit["mood"],
    "穏やか": mood("calm"),
    "slower": measured("tempo", "slow"),
    "もっと速い": measured("tempo", "fast"),
    "jazz": genre("jazz"),
    "synth": measured("instrument", "synth"),
    "less metal": lambda hit: bool(hit["genre"]) and "metal" not in hit["genre"],
    "vocals": lambda hit: hit["vocals"] == "vocal",
    "no vocals": lambda hit: hit["vocals"] == "instrumental",
    "120 bpm": lambda hit: bool(hit["bpm"]) and 113.5 < hit["bpm"] < 126.9,
    "hedgewars": named("hedgewars"),
    "zorkk": never,
    "not zorkk": never,
}
# What of a track such a word may be said to have met.
NAMED = {word: {word} for word in MET} | {
    "穏やか": {"calm"},
    "slower": {"slow"},
    "もっと速い": {"fast"},
    "vocals": {"sung"},
    "120 bpm": {f"{bpm} BPM" for bpm in range(114, 127)},
    "hedgewars": {"the title", "the artist"},
}
TEXT_OF = ["zorkk, dark", "slower, no vocals, not zorkk", "穏やか、悲しくない、もっと速い"]
TEXT_OF += [*MET, "dark, jazz, less metal", "120 bpm vocals hedgewars", "穏やか synth, not sad"]
WISHES: list[dict[str, Any]] = [
    {},
    {"alpha": 0.0},
    {"alpha": 1.0, "facet": "tempo"},
    {"facet": "instrument"},
    {"facet": "genre", "alpha": 1.0},
    {"energy": 1.0, "alpha": 1.0},
    {"energy": 1.0},
    {"energy": 2.3, "alpha": 0.2},
    {"energy": 4.5, "labels": {"playful": 1.0, "sad": -1.0}},
    {"labels": {"playful": 1.0}, "alpha": 1.0},
    {"labels": {"happy": -1.0}},
    {"labels": {"calm": 1.0}, "alpha": 0.0},
    {"labels": {"slow": 1.0}, "facet": "tempo", "words": "dark"},
    *({"words": text} for text in TEXT_OF),
    {"words": "dark", "words_weight": 0.0},
    {"words": "dark", "words_weight": 2.0, "energy": 1.0},
]


def energy_of(hit: Hit) -> str:
    energy = hit["energy"]
    return "low" if energy < 2.2 else "high" if energy > 3.6 else "medium"


BEGUN = ["“", "your choice of ", "not ", "the feel ", "fast cuts", "perhaps ", *CONCEPTS]
AND = re.compile(f" and (?={'|'.join(map(re.escape, BEGUN))})")


def pieces(text: str, between: str) -> list[str]:
    """Of "a and b"; "perhaps" is taken off. A concept's own "and" divides nothing."""
    found = AND.split(text) if between == " and " else text.split(between)
    return [piece.removeprefix("perhaps ") for piece in found if piece]


def check_met(hit: Hit, met: str, near: str, feels: bool) -> None:
    """What is named of the track is so; feels: whether energy counts."""
    carried = {
        *hit["mood"],
        *hit["genre"],
        *hit["measured"]["tempo"],
        *hit["measured"]["instrument"],
    }
    if met.endswith(" energy"):
        assert met == f"{energy_of(hit)} energy" and feels
    elif met.startswith("a sound like "):
        assert met == f"a sound like {near}"
    elif met.endswith(" BPM"):
        assert met == f"{hit['bpm']:.0f} BPM"
    elif met in ("sung", "instrumental"):
        assert hit["vocals"] == ("vocal" if met == "sung" else met)
    elif met not in ("the title", "the artist", "a tag"):
        assert met in carried


def check_seen(
    hit: Hit, wish: dict[str, Any], seen: str, met: list[str], has_picture: bool
) -> None:
    """What is named of the query is among what met."""
    labels, energy = wish.get("labels", {}), wish.get("energy")
    if seen.startswith("“"):
        word = seen[1:-1].lower()
        assert wish.get("words_weight", 1.0) > 0 and MET[word](hit), seen
        assert {*met} <= NAMED[word], seen
    elif seen.endswith(" energy"):
        level = seen.split()[-2]
        assert abs(energy - hit["energy"]) <= 0.75 and level == energy_of(hit)
    elif seen.startswith("your choice of "):
        name = seen.removeprefix("your choice of ")
        assert labels[name] > 0 and (wish.get("alpha", 0.5) > 0 or not has_picture)
        assert {name, f"a sound like {name}"} & {*met}
    else:
        assert has_picture
        if seen == "fast cuts":
            assert "high energy" in met
        elif seen != "the feel of the picture":
            concept = CONCEPTS[seen]
            meaning = concept.meaning
            goes = {**meaning.moods, **meaning.genres, **concept.instruments}
            near = abs(meaning.energy - hit["energy"]) <= 0.75
            bare = [one.removeprefix("a sound like ") for one in met]
            assert any(goes.get(one, 0) > 0 or (near and one.endswith(" energy")) for one in bare)


@pytest.mark.parametrize("has_picture", (True, False), ids=("a picture", "none"))
def test_each_pairing_that_is_named_is_true_of_its_track(retriever, world_query, has_picture):
    number = {(track.catalog, track.id): i for i, track in enumerate(retriever.tracks)}
    sentences = 0
    for wish in WISHES:
        labels = wish.get("labels", {"calm": 1.0})
        nothing = {*wish} <= {"alpha", "facet"} or MET.get(wish.get("words", "")) is never
        if not has_picture and (nothing or max(labels.values()) < 0):  # is refused
            continue
        query = world_query if has_picture else None
        alone = query is None and "labels" not in wish  # an energy that is all there is counts
        feels = alone or wish.get("alpha", 0.5) < 1
        hits = retriever.search(query, k=1000, with_silent=True, **wish)
        assert hits
        for hit in hits:
            near = retriever.ranking.nearest_labels[number[hit["catalog"], hit["id"]]]
            text = hit["reason"]
            sentences += bool(text)
            line, _, kept = text.partition("As asked: ")
            for clause in line.strip().removesuffix(".").split("; "):
                seen, _, met = clause.partition(" met ")
                found = pieces(met, ", ")
                for one in found:
                    check_met(hit, one, near.get(wish.get("facet", "mood"), ""), feels)
                for one in pieces(seen, " and "):
                    check_seen(hit, wish, one[0].lower() + one[1:], found, has_picture)
            for one in pieces(kept.removesuffix("."), " and "):
                if one.startswith("“"):
                    assert MET[one[1:-1]](hit)
                else:
                    name = one.removeprefix("not ")
                    assert wish["labels"][name] < 0 and name not in hit["mood"]
            assert has_picture or "picture" not in text
    assert sentences > 1000


@pytest.mark.parametrize("word", [w for w in MET if MET[w] is not never and "bpm" not in w])
def test_a_word_that_a_track_meets_is_named(retriever, word):
    """Beside what the tagger is asked, whose absence is not known where it is unsure."""
    for hit in retriever.search(None, k=1000, words=word, with_silent=True):
        assert (f"“{word}”" in hit["reason"]) == MET[word](hit), hit["title"]


def test_a_text_is_understood_once_for_all_tracks(retriever, monkeypatch):
    text, read, looked = "warm piano, hopeful harp", [], []
    monkeypatch.setattr(
        words, "_Reader", lambda one, new=words._Reader: read.append(one) or new(one)
    )
    table = words_met.offered
    monkeypatch.setattr(words_met, "offered", lambda rows: looked.append(0) or table(rows))
    hits = retriever.search(None, k=1000, words=text, with_silent=True)
    assert len(hits) > 100 and any("piano" in hit["reason"] for hit in hits)
    assert read.count(text) == 1 and len(looked) == 2  # piano and harp
    retriever.payload(None, str, words=text)
    assert read.count(text) == 2 and len(looked) == 4


def test_where_the_slider_gives_no_weight_nothing_is_said_of_it():
    calm, low = Beside(["calm"], 2.0), Beside((), 2.0)
    why = Why(beliefs=[("calm", 0.8)], felt=2.0, facet_counts=False, feel_counts=False)
    assert pairs(why, calm) == []
    asked = Why(chosen={"calm": 1.0}, energy=1.5, facet_counts=False, feel_counts=True)
    assert sentence(pairs(asked, calm)) == "Your choice of low energy met low energy."
    assert sentence(pairs(Why(energy=2.3), low)) == ""  # near, but medium is not low


def test_what_was_seen_is_named_with_what_goes_with_it():
    why = Why(
        concepts=[("sea and beach", 0.9), ("city street", 0.8)],
        fits=fits_of([("sea and beach", 0.9), ("city street", 0.8)]),
        beliefs=[("calm", 0.9), ("sad", 0.9)],
        cuts_per_minute=40.0,
        felt=3.0,
    )
    said = sentence(pairs(why, Beside(["calm", "sad"])))
    assert said == "Sea and beach met calm; the feel of the picture met sad."
    assert "fast cuts" not in sentence(
        pairs(why, Beside(["calm"], 3.0))
    )  # high energy goes with them


def test_of_what_was_seen_only_that_is_said_which_met_something_more():
    seen = [("sea and beach", 0.9), ("city street", 0.8)]
    fits = {"sea and beach": (2.0, ("calm", "sad")), "city street": (4.5, ("calm",))}
    why = Why(concepts=seen, fits=fits, beliefs=[("calm", 0.9), ("sad", 0.9)])
    assert sentence(pairs(why, Beside(["calm", "sad"]))) == "Sea and beach met calm, sad."
    assert sentence(pairs(why, Beside(["calm"]))) == "Sea and beach and city street met calm."


def test_what_is_left_out_leaves_what_it_alone_met_out():
    words = [Piece("words", f"w{k}") for k in range(5)]
    said = [(word, Piece("mood", f"m{k}")) for k, word in enumerate(words)]
    assert sentence(pairs(Why(), Beside(said=said))) == "“w0” met m0; “w1” met m1; “w2” met m2."


def test_only_what_met_the_very_same_is_said_together():
    calm, slow = Piece("mood", "calm"), Piece("tempo", "slow")
    one, other = (Piece("words", name) for name in "ab")
    assert sentence([(one, calm), (other, calm)]) == "“a” and “b” met calm."
    assert sentence([(one, calm), (one, slow), (other, slow), (other, calm)]) == (
        "“a” and “b” met calm, slow."
    )
    assert (
        sentence([(one, calm), (other, calm), (other, slow)]) == "“a” met calm; “b” met calm, slow."
    )


def test_the_page_and_the_english_sentence_have_the_same_names():
    english = json.loads((TEXTS / "en.json").read_text("utf-8"))
    assert {f"concept.{name}": said for name, said in SAID.items()} == {
        key: text for key, text in english.items() if key.startswith("concept.")
    }
    still = sentence([(Piece("concept", "still picture"), Piece("mood", "calm"))])
    assert still == "Little movement met calm."
    for facet, names in {**LABELS, "voice": VOICES}.items():
        for name in names:
            said = sentence([(Piece("words", "x"), Piece(facet, name))])
            assert said == f"“x” met {english.get(f'{facet}.{name}', name)}."
