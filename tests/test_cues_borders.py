"""Borders of cues lie where the picture really changes, and nowhere else."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from tests.cue_films import LIVELY_S, QUIET_S, make_halves, make_uniform
from vmr.cues.borders import Span, clock, partition, reason
from vmr.cues.course import read_course
from vmr.cues.film import spans
from vmr.errors import Notice


@pytest.fixture(scope="module")
def halves(retriever, tmp_path_factory):
    folder = tmp_path_factory.mktemp("halves")
    return read_course(make_halves(folder / "halves.mp4"), retriever)


def test_a_film_of_two_halves_gets_its_border_within_a_second(halves, retriever):
    found = spans(halves, retriever, "mood")
    assert len(found) == 2
    assert found[1].start_s == pytest.approx(QUIET_S, abs=0.2)
    assert found[0].start_s == 0 and found[0].end_s == found[1].start_s
    assert found[1].end_s == pytest.approx(QUIET_S + LIVELY_S, abs=0.1)
    assert found[1].energy > found[0].energy + 0.5
    assert str(found[1].why).startswith("energy rises from")
    assert str(found[1].why).endswith(f"at the cut at 0:{QUIET_S}")


def test_the_course_has_the_cut_and_more_energy_after_it(halves):
    assert np.abs(halves.cuts_s - QUIET_S).min() < 0.2
    before, after = halves.frames(0, QUIET_S), halves.frames(QUIET_S, QUIET_S + LIVELY_S)
    assert before.stop == after.start and after.stop == len(halves.times_s)
    assert halves.motion[after].mean() > halves.motion[before].mean()
    assert halves.edges_s[0] == 0 and len(halves.edges_s) == len(halves.times_s) + 1


def test_a_uniform_film_is_one_cue(retriever, tmp_path):
    course = read_course(make_uniform(tmp_path / "uniform.mp4"), retriever)
    found = spans(course, retriever, "mood")
    assert [(s.start_s, round(s.end_s)) for s in found] == [(0, 24)]
    assert found[0].why == Notice("cues.begins")


def test_one_cue_is_all_where_no_more_are_wanted(halves, retriever):
    assert len(spans(halves, retriever, "mood", most=1)) == 1


def test_the_partition_is_the_cheapest_of_all():
    random = np.random.default_rng(3)
    points = random.standard_normal((9, 2)).astype(np.float32)
    points[4:] += 2
    weights, price, shortest = random.uniform(0.5, 2, 9).astype(np.float32), 2.0, 1.5

    def cost(edges) -> float:
        total = price * (len(edges) - 2)
        for a, b in pairwise(edges):
            part, w = points[a:b].astype(float), weights[a:b].astype(float)
            if w.sum() < shortest:
                return np.inf
            mean = (part * w[:, None]).sum(0) / w.sum()
            total += (np.square(part - mean).sum(1) * w).sum()
        return total

    every = [[0, *c, 9] for n in range(9) for c in combinations(range(1, 9), n)]
    assert partition(points, weights, price, shortest) == min(every, key=cost)


def test_what_is_shorter_than_a_cue_is_one():
    assert partition(np.zeros((3, 1), np.float32), np.ones(3, np.float32), 1.0, 8.0) == [0, 3]


def span(energy: float, belief: str = "calm", cuts: float = 0.0) -> Span:
    return Span(72.0, 90.0, energy, belief, cuts, Notice("cues.begins"))


def test_a_reason_says_what_changes_most_clearly():
    said = reason(span(2.1), span(3.8), True)
    assert str(said) == "energy rises from 2.1 to 3.8 at the cut at 1:12"
    assert said.sentence("ja") == "1:12 のカットでエネルギーが 2.1 から 3.8 に上がる"
    assert "falls" in str(reason(span(3.8), span(2.1), False))
    assert str(reason(span(2.0), span(2.1, "tense"), False)) == "calm turns to tense at 1:12"
    turns = reason(span(2.0), span(2.1, "tense"), True)
    assert turns.sentence("ja") == "1:12 のカットで「穏やか」から「緊迫」に変わる"
    assert "own label" in str(reason(span(2.0), span(2.0, "own label"), False))
    assert "more frequent" in str(reason(span(2.0), span(2.0, cuts=30.0), False))
    assert "fewer" in str(reason(span(2.0, cuts=30.0), span(2.0), False))
    assert reason(span(2.0), span(2.0), False).key == "cues.picture"
    assert clock(119.7) == "2:00"
