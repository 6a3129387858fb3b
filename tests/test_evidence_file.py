"""The file of measurements beside a checkpoint: what the commands write and the page reads."""

import json
from pathlib import Path

import numpy as np
import pytest

from vmr.embedding import Anchors, BranchEmbedding
from vmr.errors import CheckpointError
from vmr.evaluation.evidence import (
    belief_rows,
    label_rows,
    place_beside,
    read_evidence,
    write_set,
    write_study,
)
from vmr.evaluation.figure import MEASURES, Figure, shown
from vmr.evaluation.judged_clips import JudgedClip
from vmr.knowledge.belief import Curve
from vmr.page.card import limits_of, section

NAMES = ("calm", "happy", "sad", "tense")
ANCHORS = Anchors("mood", NAMES, np.eye(4, dtype=np.float32))


def clip(name: str, fit: str) -> JudgedClip:
    moods = {"mood": frozenset(fit.split()), "genre": frozenset[str]()}
    return JudgedClip(
        name, Path(name), None, moods, {"mood": frozenset({"x"}), "genre": moods["genre"]}
    )


PROJECT = Path(__file__).resolve().parent.parent
README_ROWS = {
    "most frequent first track, alpha 0, starter / games": (
        "starter, alpha 0: top track's share",
        "games, alpha 0: top track's share",
    ),
    "most frequent first track, alpha 1, mood of starter / genre of games": (
        "starter, alpha 1, mood: top track's share",
        "games, alpha 1, genre: top track's share",
    ),
    "alpha 1, mood, starter: fits / plainly wrong": (
        "starter, alpha 1, mood: fits",
        "starter, alpha 1, mood: plainly wrong",
    ),
}

# Each clip's cosines with calm, happy, sad, tense: the likeliest are calm, calm, happy.
EMBEDDED = BranchEmbedding(
    np.array([[[0.8, 0.5, 0.3, 0.1]], [[0.9, 0.1, 0.4, 0.0]], [[0.2, 0.9, 0.3, 0.1]]], np.float32),
    ("mood",),
)
CLIPS = (clip("a", "calm"), clip("b", "happy"), clip("c", "happy sad"))


def test_a_label_counts_where_it_was_the_likeliest():
    rows = {row["label"]: row for row in label_rows(EMBEDDED, CLIPS, [ANCHORS])}
    assert {k: rows["calm"][k] for k in ("chosen", "right", "fitting")} == {
        "chosen": 2, "right": 1, "fitting": 1,
    }  # fmt: skip
    assert (rows["happy"]["chosen"], rows["happy"]["right"], rows["happy"]["fitting"]) == (1, 1, 2)
    assert rows["tense"]["chosen"] == 0


def test_shown_labels_are_counted_by_tenths_of_their_probability():
    rows = belief_rows(EMBEDDED, CLIPS, [ANCHORS], {"mood": Curve(10.0, -5.0)})
    assert sum(row["beliefs"] for row in rows) == 9  # three shown labels of three clips
    top = rows[
        -1
    ]  # cosines of .8 and more: calm of a (right), calm of b (wrong), happy of c (right)
    assert (top["from"], top["beliefs"]) == (0.9, 3)
    assert top["right"] == pytest.approx(2 / 3) and top["said"] > 0.9
    assert belief_rows(EMBEDDED, CLIPS, [ANCHORS], {}) == []


def test_a_set_replaces_that_of_its_name_and_the_study_stays(tmp_path):
    checkpoint = tmp_path / "mine.safetensors"
    assert read_evidence(checkpoint) == {}
    write_study(checkpoint, "muvisync", {"runs": 2})
    write_set(checkpoint, {"name": "chosen", "figures": [{"low": float("nan"), "value": 1 / 3}]})
    write_set(checkpoint, {"name": "held out", "figures": []})
    path = write_set(
        checkpoint, {"name": "chosen", "figures": [{"value": 2 / 3, "low": float("nan")}]}
    )
    assert path == place_beside(checkpoint) == tmp_path / "mine.evidence.json"
    found = read_evidence(checkpoint)
    assert [one["name"] for one in found["sets"]] == ["held out", "chosen"]
    assert found["sets"][1]["figures"] == [{"value": 0.6667, "low": None}]
    assert found["study"] == {"name": "muvisync", "runs": 2}


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "mine.evidence.json").write_text("{", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"mine\.evidence\.json"):
        read_evidence(tmp_path / "mine.safetensors")


def test_the_bundled_figures_are_of_the_bundled_checkpoint(retriever):
    found = read_evidence(retriever.checkpoint)
    assert {one["name"] for one in found["sets"]} <= {"chosen", "held out"}
    for one in found["sets"]:
        assert one["checkpoint"] == retriever.model.fingerprint, f"judge {one['name']} again"
        assert {row["measure"] for row in one["figures"]} <= set(MEASURES)
        assert {row["catalog"] for row in one["figures"]} == {"", "starter", "games"}
        assert one["beliefs"] and one["labels"]
    assert not any(word in json.dumps(found) for word in (".mp4", "/work"))


def test_a_figure_is_named_after_what_it_is_of():
    figure = Figure("fits", 0.5, catalog="starter", alpha=1.0, facet="mood", withheld=True)
    assert figure.name == "starter, alpha 1, mood, labels withheld: fits"
    assert (
        Figure("tau", 0.9, catalog="games", facet="genre").name == "games, genre: worst step's tau"
    )
    assert figure.row()["name"] == figure.name and figure.row()["measure"] == "fits"


def test_halves_go_up_as_on_the_page():
    assert [shown(value, 2) for value in (0.125, 0.575, 0.0469, 1)] == [
        "0.13",
        "0.58",
        "0.05",
        "1.00",
    ]
    assert (shown(-0.125, 2), shown(0.125, 3), shown(float("nan"), 2)) == ("-0.13", "0.125", "nan")


def test_the_readme_says_the_figures_as_the_page_does(retriever):
    sets = {one["name"]: one["figures"] for one in read_evidence(retriever.checkpoint)["sets"]}
    held_out = {row["name"]: shown(row["value"], 2).lstrip("0") for row in sets["held out"]}
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    for start, names in README_ROWS.items():
        line = next(line for line in readme.splitlines() if line.startswith(f"| {start} |"))
        assert line.split(" | ")[1] == " / ".join(held_out[name] for name in names), start


def test_the_limits_are_the_cards_own_section_in_each_language():
    card = "# A\n\n## What it can't do\n\n- no story\n\n### more\nx\n\n## Figures\n\ny\n"
    assert section(card, "What it can't do") == "- no story\n\n### more\nx"
    assert limits_of(card) == {"en": "- no story\n\n### more\nx"}
    assert limits_of(card + "\n## できないこと\n\n- 物語\n") == {
        "en": "- no story\n\n### more\nx", "ja": "- 物語",
    }  # fmt: skip
    assert limits_of("# A") is None and limits_of(None) is None
