"""Words among the tracks that are ranked: what answers to none of these moves nothing and is said;
what was understood is told; a score can be made again from what a hit says."""

import json
import re

import numpy as np
import pytest

from vmr.__main__ import main
from vmr.catalogs.score_scale import FITS_FROM
from vmr.commands.search_text import answer_lines
from vmr.errors import VmrError
from vmr.knowledge.notes import MET_FROM
from vmr.knowledge.request import Request
from vmr.page.service import Service

SILENT = "hedgewars"  # seven tracks of the games have it in their title, none that has sound
NOBODY = "zzyzx"


@pytest.fixture(autouse=True)
def nothing_fetched(tmp_path, monkeypatch) -> None:
    """The games' sound is nowhere, whatever was fetched on this machine."""
    monkeypatch.setenv("VMR_CACHE", str(tmp_path))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (NOBODY, f"No track that is ranked answers to “{NOBODY}”"),
        (f"{NOBODY}, no vocals", f"No track that is ranked answers to “{NOBODY}”"),
        (SILENT, rf"Only tracks without sound here answer to “{SILENT}” \(7\)"),
        (f"{NOBODY} {SILENT}", f"No track that is ranked answers to “{NOBODY}”, “{SILENT}”"),
        ("b", "No track that is ranked answers to “b”"),
        ("300 bpm", "No track that is ranked answers to “300 bpm”"),
        ("…", "No track that is ranked answers to …"),
    ],
)
def test_words_alone_that_no_ranked_track_answers_to_are_no_ranking(retriever, words, said):
    with pytest.raises(VmrError, match=said):
        retriever.search(None, words=words)


def test_the_command_says_so_and_ends_as_one_that_failed(capsys):
    assert main(["search", "--words", NOBODY]) == 1
    printed = capsys.readouterr()
    assert printed.out == "" and "such as: warm piano" in printed.err.splitlines()[-1]


def test_words_that_count_nothing_are_no_question(retriever):
    with pytest.raises(VmrError, match="Nothing was asked"):
        Service(retriever, str).search(None, Request(words="calm", words_weight=0))


def test_with_tracks_without_sound_their_titles_answer(retriever):
    hits = retriever.search(None, k=9, words=SILENT, with_silent=True)
    assert ["hedgewars" in f"{hit['title']} {hit['artist']}".lower() for hit in hits] == [
        True
    ] * 7 + [False] * 2
    assert hits[0]["notes"] == [] and hits[0]["words"][0]["found"] == 7


@pytest.mark.parametrize("words", [NOBODY, SILENT])
def test_beside_a_video_they_move_neither_a_row_nor_its_score(retriever, world_query, words):
    plain = retriever.search(world_query, 0.7, k=28)
    said = retriever.search(world_query, 0.7, k=28, words=words)
    for one, other in zip(plain, said, strict=True):
        assert other["parts"].pop("words") == 0
        assert {**other, "words": [], "notes": one["notes"]} == one
    (note,) = [note for note in said[0]["notes"] if words in note]
    assert "moves nothing" in note


def test_of_several_words_the_others_count_as_if_they_stood_alone(retriever, world_query):
    both = retriever.search(world_query, k=28, words=f"calm {SILENT}")
    alone = retriever.search(world_query, k=28, words="calm")
    assert [hit["id"] for hit in both] == [hit["id"] for hit in alone]
    assert [hit["fit"] for hit in both] == [hit["fit"] for hit in alone]
    assert SILENT in both[0]["notes"][0] and alone[0]["notes"] == []


def test_words_that_all_tracks_answer_to_alike_list_them_without_a_fit(retriever):
    hits = retriever.search(None, k=3, words="instrumental")
    assert "alike" in hits[0]["notes"][0] and not any("fit" in hit for hit in hits)


@pytest.mark.parametrize("with_silent", [False, True])
def test_the_words_are_standardised_over_what_is_ranked(retriever, with_silent):
    hits = retriever.search(None, k=400, words="calm piano", with_silent=with_silent)
    terms = np.array([hit["parts"]["words"] for hit in hits])
    assert len(terms) == (310 if with_silent else 28)
    assert terms.mean() == pytest.approx(0, abs=1e-4) and terms.std() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("asked", [{}, {"labels": {"calm": 1}}, {"energy": 4.0}])
def test_a_score_is_made_again_from_parts_weights_and_words(retriever, world_query, asked):
    w = dict(zip(retriever.ranking.branches, retriever.weights(0.3, "genre"), strict=True))
    asked = asked if "labels" not in asked else {"labels": {"rock": 1}}
    hits = retriever.search(
        world_query, 0.3, "genre", 28, words="dark, no drums", words_weight=0.7, **asked
    )
    for hit in hits:
        words = hit["parts"].pop("words")
        score = sum(w[branch] * part for branch, part in hit["parts"].items()) + 0.7 * words
        assert hit["score"] == pytest.approx(score, abs=1e-4)
    (alone,) = retriever.search(None, k=1, words="dark, no drums", words_weight=0.7)
    assert alone["score"] == pytest.approx(0.7 * alone["parts"]["words"], abs=1e-4)


def test_hits_say_what_each_word_was_taken_for(retriever, world_query):
    hits = retriever.search(world_query, k=2, words=f"slow, no drums, Cho {NOBODY}")
    chips = hits[0]["words"]
    assert hits[1]["words"] == chips
    assert [(c["text"], c["strength"], c["understood"]) for c in chips] == [
        *(("slow", 1, True), ("drums", -1, True), ("Cho", 1, False), (NOBODY, 1, False))
    ]
    assert chips[0]["means"][0] == ["tempo", "slow"] and chips[0]["found"] is None
    assert (chips[2]["found"], chips[2]["silent"] > 0) == (0, True)
    assert retriever.search(world_query, k=1)[0]["words"] == []


def test_the_payload_carries_what_the_page_needs_for_the_same(retriever):
    payload = json.loads(json.dumps(retriever.payload(None, str, words=f"calm {SILENT}")))
    mean, spread = payload["said"]["level"]
    rows = [row for row in payload["tracks"] if row["audio"]]
    terms = np.array([(row["term"] - mean) / spread for row in rows])
    hits = retriever.search(None, k=28, words=f"calm {SILENT}")
    order = np.argsort(-terms, kind="stable")
    assert [rows[i]["id"] for i in order] == [hit["id"] for hit in hits]
    assert terms[order] == pytest.approx([hit["parts"]["words"] for hit in hits], abs=1e-3)
    heard, every = payload["said"]["notes"]
    assert heard["en"] == hits[0]["notes"][0] and "7" in heard["ja"] and every is None
    refused = retriever.payload(None, str, words=SILENT)["said"]
    assert refused["refused"] == [True, False] and refused["level"] == [0, 0]
    assert retriever.payload(None, str, words=NOBODY)["said"]["refused"] == [True, True]


def test_a_list_in_which_perhaps_nothing_fits_says_so_by_one_bound(retriever, world_query):
    def weak(**asked) -> tuple[bool, float]:
        (hit,) = retriever.search(k=1, **asked)
        return any("Perhaps nothing" in note for note in hit["notes"]), hit["fit"]

    seen = set()
    for words in ("", "metal", "calm", "dark", "sad slow piano", "no drums"):
        for alpha in (0.0, 0.5, 1.0):
            is_weak, fit = weak(query=world_query, alpha=alpha, words=words)
            assert is_weak == (fit < FITS_FROM)
            seen.add(is_weak)
    assert seen == {True, False}
    payload = retriever.payload(world_query, str)
    assert payload["scale"]["fits_from"] == FITS_FROM and f"{FITS_FROM:g}" in payload["weak"]["en"]


def test_words_alone_have_no_fit_as_nobody_measured_pairs_without_a_video(
    retriever, world_query, capsys
):
    (hit,) = retriever.search(None, k=1, words="metal")
    assert "fit" not in hit and "fit" not in retriever.scores(None, words="metal")
    assert retriever.payload(None, str, words="metal")["scale"] is None
    assert main(["search", "--words", "metal", "-k", "1"]) == 0
    printed = capsys.readouterr()
    assert "Perhaps nothing" in printed.err + printed.out
    assert not re.search(r"^ *1 +\d", printed.out, re.MULTILINE)
    (hit,) = retriever.search(world_query, k=1, words="metal")
    assert "fit" in hit
    (hit,) = retriever.search(None, k=1, labels={"calm": 1}, words="metal")
    assert "fit" in hit


@pytest.mark.parametrize(("words", "is_weak"), [("metal", True), ("8-bit", True), ("calm", False)])
def test_of_words_alone_it_is_said_by_how_much_a_track_has_of_them(retriever, words, is_weak):
    (hit,) = retriever.search(None, k=1, words=words)
    assert ["much of what the words say" in note for note in hit["notes"]] == [True] * is_weak
    payload = retriever.payload(None, str, words=words)
    best = max(row["met"] for row in payload["tracks"] if row["audio"])
    assert (best < payload["said"]["met_from"]) == is_weak
    assert payload["said"]["met_from"] == MET_FROM
    assert hit["notes"][:is_weak] == [payload["weak"]["en"]][:is_weak]


def test_what_was_chosen_is_printed_with_its_weights():
    request = Request.parse(labels="calm, tender:0.5, -sad", energy=2)
    assert list(answer_lines(None, None, request, [])) == [
        "chosen      mood: calm, tender x 0.5, not sad; energy 2"
    ]


def test_the_command_prints_what_was_understood_and_why_within_eighty_columns(short_video, capsys):
    asked = ["search", "--video", str(short_video), "--words", f"slow, no drums, {SILENT}"]
    assert main([*asked, "-k", "3"]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert max(map(len, lines)) <= 80
    text = " ".join(printed.out.split())
    assert lines[0].startswith(short_video.name)
    assert "slow -> tempo: slow" in text and "not drums -> instrument: drums" in text
    assert f"{SILENT} -> not understood, in no title, artist or tag but in 7 tracks" in text
    assert any(line.startswith("mood ") and "%" in line for line in lines)
    assert any(line.startswith("energy ") and "of 5" in line for line in lines)
    assert "moves nothing" in printed.err and "moves nothing" not in printed.out
    assert sum(line.startswith(f"  {rank}  ") for rank in (1, 2, 3) for line in lines) == 3
    assert " met " in text
    assert main([*asked, "-k", "1", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)[0]["notes"][0] in printed.err
