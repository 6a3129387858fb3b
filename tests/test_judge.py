"""The judged table and its measures, against values worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vmr.catalogs.tracks_table import Track
from vmr.config import Settings
from vmr.embedding import BranchEmbedding, Calibration, unit
from vmr.errors import ManifestError
from vmr.evaluation.judge import (
    energy_figures,
    label_figures,
    matches,
    rank,
    spearman,
    top_share,
    worst_step,
)
from vmr.evaluation.judged_clips import COLUMNS, JudgedClip, divided, read_judged, read_names
from vmr.knowledge.energy import track_energy


def table(folder: Path, *rows: str) -> Path:
    path = folder / "judged.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    return path


def clip(name: str, fit: str, wrong: str = "") -> JudgedClip:
    return JudgedClip(
        name,
        Path(name),
        3.0,
        {"mood": frozenset(fit.split()), "genre": frozenset()},
        {"mood": frozenset(wrong.split()), "genre": frozenset()},
    )


TRACKS = [
    Track(f"t{i}", f"t{i}", mood=(mood,)) for i, mood in enumerate(["calm"] * 5 + ["happy"] * 5)
]


def test_a_judged_clip_is_read_with_its_path_from_the_table(tmp_path: Path) -> None:
    (one, two) = read_judged(
        table(tmp_path, "sea,films/sea.mp4,2,calm|dreamy,tense,ambient,", "b,b.mp4,,,,,")
    )
    assert one.video == tmp_path / "films" / "sea.mp4" and one.energy == 2
    assert one.fit["mood"] == {"calm", "dreamy"} and one.wrong["mood"] == {"tense"}
    assert one.fit["genre"] == {"ambient"} and one.wrong["genre"] == frozenset()
    assert two.energy is None


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,a.mp4,7,,,,", "energy must be 1 to 5"),
        ("a,a.mp4,fast,,,,", "energy must be 1 to 5"),
        ("a,a.mp4,2,calm|happy,calm,,", "both fits and is wrong"),
        (",a.mp4,2,,,,", "must be filled in"),
        ("a,,2,,,,", "must be filled in"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(ManifestError, match=said) as caught:
        read_judged(table(tmp_path, row))
    assert "line 2" in str(caught.value)


def test_a_list_divides_a_table_into_two_halves_that_share_no_clip(tmp_path: Path) -> None:
    clips = tuple(clip(f"films/{name}.mp4", "calm") for name in "abcd")
    listed = tmp_path / "chosen.txt"
    listed.write_text("# seen\n\nb.mp4\n d.mp4 # later\n", encoding="utf-8")
    names = read_names(listed)
    assert names == {"b.mp4", "d.mp4"}
    chosen, kept_apart = divided(clips, names, None), divided(clips, None, names)
    assert chosen == (clips[1], clips[3]) and kept_apart == (clips[0], clips[2])
    assert divided(clips, None, None) == clips


def test_a_list_that_does_not_fit_the_table_is_said(tmp_path: Path) -> None:
    clips = (clip("a.mp4", "calm"),)
    with pytest.raises(ManifestError, match=r"such as z\.mp4"):
        divided(clips, {"a.mp4", "z.mp4"}, None)
    with pytest.raises(ManifestError, match="no clip of the table"):
        divided(clips, None, {"a.mp4"})
    with pytest.raises(ManifestError, match=r"none\.txt cannot be read"):
        read_names(tmp_path / "none.txt")


def test_the_clips_that_the_bundled_checkpoint_was_chosen_on_are_listed() -> None:
    assert len(read_names(Settings.checkpoint.with_suffix(".chosen.txt"))) == 64


def test_tables_that_cannot_be_used_are_said(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="There is no table"):
        read_judged(tmp_path / "none.csv")
    with pytest.raises(ManifestError, match="no clips"):
        read_judged(table(tmp_path))
    with pytest.raises(ManifestError, match="twice"):
        read_judged(table(tmp_path, "a,a.mp4,2,,,,", "a,b.mp4,2,,,,"))
    (tmp_path / "judged.csv").write_text("id,video\na,b\n", encoding="utf-8")
    with pytest.raises(ManifestError, match="lacks columns called energy"):
        read_judged(tmp_path / "judged.csv")


def test_spearman_is_the_correlation_of_ranks() -> None:
    a, b = np.array([1.0, 2, 3, 4]), np.array([1.0, 8, 27, 4])
    assert spearman(a, b) == pytest.approx(1 - 6 * (0 + 1 + 1 + 4) / (4 * 15))
    assert spearman(a, -(a**3)) == pytest.approx(-1)
    assert spearman(np.array([1.0, 1, 2]), np.array([5.0, 5, 9])) == pytest.approx(1)
    assert spearman(a, np.ones(4)) == 0.0


def test_fits_wrong_and_gain_of_a_perfect_and_a_reversed_ranking() -> None:
    clips = [clip("a", "calm", "happy"), clip("b", "happy", "calm")]
    calm_first, happy_first = np.arange(10), np.arange(10)[::-1]
    fits, wrong, gain = label_figures(np.stack([calm_first, happy_first]), clips, TRACKS, "mood")
    assert (fits.value, wrong.value, gain.value) == (1.0, 0.0, 1.0)
    assert fits.chance == 0.5 and fits.fixed == 0.5 and fits.shuffled == 0.0
    fits, wrong, gain = label_figures(np.stack([happy_first, calm_first]), clips, TRACKS, "mood")
    assert (fits.value, wrong.value, gain.value) == (0.0, 1.0, -1.0)


def test_a_list_that_is_the_same_for_all_gains_nothing() -> None:
    clips = [clip("a", "calm"), clip("b", "calm"), clip("c", "happy")]
    fits, _, gain = label_figures(np.stack([np.arange(10)] * 3), clips, TRACKS, "mood")
    assert fits.value == pytest.approx(2 / 3) and fits.fixed == pytest.approx(2 / 3)
    assert gain.value == pytest.approx(0)


def test_clips_without_a_judgement_are_left_out() -> None:
    clips = [clip("a", "calm"), clip("b", "")]
    fits, _, _ = label_figures(np.stack([np.arange(10)] * 2), clips, TRACKS, "mood")
    assert fits.value == 1.0
    with pytest.raises(ManifestError, match="moods"):
        label_figures(np.stack([np.arange(10)]), [clip("b", "")], TRACKS, "mood")


def test_a_track_matches_by_any_of_its_labels() -> None:
    tracks = [Track("a", "a", mood=("calm", "sad")), Track("b", "b")]
    assert matches([frozenset({"sad"}), frozenset()], tracks, "mood").tolist() == [
        [True, False],
        [False, False],
    ]


def test_energy_is_the_mean_of_the_first_five() -> None:
    energies = np.array([1.0] * 5 + [5.0] * 5)
    order = np.stack([np.arange(10), np.arange(10)[::-1], np.arange(10)])
    figure = energy_figures(order, np.array([1.0, 5.0, 2.0]), energies)
    assert figure.value == pytest.approx(spearman(np.array([1.0, 5, 2]), np.array([1.0, 5, 1])))
    assert figure.low is not None and figure.low <= figure.value


def test_track_energy_joins_what_is_said_and_what_is_measured() -> None:
    assert track_energy(Track("a", "a", mood=("energetic",), energy=3.0)) == 4.0
    assert track_energy(Track("a", "a", mood=("energetic",))) == 5.0
    assert track_energy(Track("a", "a", energy=2.5)) == 2.5
    assert track_energy(Track("a", "a")) is None


def test_top_share_counts_the_most_frequent_first_track() -> None:
    order = np.array([[2, 0, 1], [2, 1, 0], [1, 0, 2], [2, 0, 1]])
    assert top_share(order).value == 0.75


def test_worst_step_is_the_largest_change_between_neighbours() -> None:
    same, swapped, reverse = np.array([[0, 1, 2]]), np.array([[1, 0, 2]]), np.array([[2, 0, 1]])
    assert worst_step([same, same]).value == pytest.approx(1)
    tau = 1 - 2 * 1 / 3  # one of three pairs turned
    assert worst_step([same, swapped, swapped]).value == pytest.approx(tau)
    assert worst_step([same, swapped, reverse]).value == pytest.approx(1 - 2 * 3 / 3)


def test_rank_is_the_search_at_that_position_of_the_slider() -> None:
    rng = np.random.default_rng(0)
    branches = ("ssl", "mood")
    queries, items = (
        BranchEmbedding(unit(rng.normal(size=(n, 2, 8)).astype(np.float32)), branches)
        for n in (3, 12)
    )
    calibration = Calibration(np.zeros((1, 2), np.float32), np.ones((1, 2), np.float32))
    for alpha in (0.0, 0.4, 1.0):
        order = rank(queries, items, calibration, alpha, "mood")
        for q in range(3):
            cosines = np.einsum("bd,nbd->nb", queries.values[q], items.values)
            scores = (1 - alpha) * cosines[:, 0] + alpha * cosines[:, 1]
            assert order[q].tolist() == np.argsort(-scores, kind="stable").tolist()
