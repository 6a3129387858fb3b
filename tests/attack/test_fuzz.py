"""A dozen mutated files; ``python -m tests.attack.fuzz 2000 1000`` reads thousands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.attack.fuzz import fuzz, mutated


@pytest.mark.thorough
def test_mutated_files_are_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    results = list(fuzz(tmp_path, videos=8, sounds=4, seed=7))
    assert len(results) == 12
    assert [result for result in results if result.outcome not in ("read", "refused")] == []


def test_mutations_are_many_and_repeatable() -> None:
    data = bytes(range(256)) * 8
    made = {mutated(data, np.random.default_rng(seed)) for seed in range(50)}
    assert len(made) > 45 and data not in made
    assert mutated(data, np.random.default_rng(3)) == mutated(data, np.random.default_rng(3))
