"""What corrections of some clips do for the others: who is measured, and what is compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vmr.config import CATALOGS, CHECKPOINTS
from vmr.errors import ManifestError
from vmr.evaluation.corrected import corrections, lift, lifts, table
from vmr.evaluation.judged_clips import JudgedClip
from vmr.model.checkpoint import load_model

KINDS = ("calm", "energetic", "happy")


@pytest.fixture(scope="module")
def model():
    return load_model(CHECKPOINTS / "starter.safetensors")


def clips(model, count=36):
    """Clips of three kinds that the checkpoint has never seen, each with one mood."""
    rng = np.random.default_rng(0)
    kinds = rng.random((3, model.config.video_dim), np.float32)
    found, rows = [], []
    for i in range(count):
        mood = KINDS[i % 3]
        fit, wrong = {"mood": frozenset([mood]), "genre": frozenset()}, {"mood": frozenset()}
        name = Path(f"clip_{'abc'[i % 3]}_{i}.mp4")
        clip = JudgedClip(str(i), name, float(i % 5) + 1, fit, wrong | {"genre": frozenset()})
        found.append(clip)
        noise = rng.normal(0, 0.02, (2, model.config.video_dim)).astype(np.float32)
        rows.append((kinds[i % 3] + noise).clip(0))
    return found, rows


def test_corrections_help_clips_that_were_not_corrected(model):
    judged, rows = clips(model)
    found = lift(model, CATALOGS / "starter", judged, rows, "mood", 12, 6)
    assert found.after > found.before + 0.2 and found.draws_low > 0
    assert (found.corrected, found.draws, found.clips) == (12, 6, 36)
    assert found.energy_before is not None
    assert np.isnan(found.unlike)  # every scene was corrected once in each draw
    assert "12 of 36 corrected" in table([found])
    assert found.row()["gain"] == found.after - found.before


def test_a_correction_is_one_or_two_of_the_labels_that_fit():
    rng = np.random.default_rng(0)
    said = [corrections(frozenset(["calm", "happy", "sad"]), rng) for _ in range(50)]
    assert {len(row) for row in said} == {1, 2}
    assert {name for row in said for name in row} == {"calm", "happy", "sad"}
    assert {value for row in said for value in row.values()} == {1}
    assert corrections(frozenset(["calm"]), rng) == {"calm": 1}


def test_too_few_clips_are_refused(model):
    judged, rows = clips(model, 12)
    with pytest.raises(ManifestError, match="18 are needed"):
        lifts(model, [CATALOGS / "starter"], judged, rows, 10, 1)
