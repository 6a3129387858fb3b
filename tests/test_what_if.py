"""What a person saw in place of what was recognised: that part changes, as the table says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vmr.errors import CheckpointError
from vmr.evaluation.judged_clips import COLUMNS, JudgedClip, read_judged
from vmr.evaluation.what_if import SEEN, by_rank, corrections_of, embed_with_truth
from vmr.knowledge.scenes import read_scenes


def clip(name: str, energy: float | None = None, concepts: str = "", subject: str = ""):
    nothing: dict[str, frozenset[str]] = {"mood": frozenset(), "genre": frozenset()}
    seen = frozenset(concepts.split("|")) - {""}
    return JudgedClip(name, Path(name), energy, nothing, nothing, seen, subject)


def test_a_judgement_becomes_the_measurement_of_its_rank():
    judged = np.array([3.0, np.nan, 1.0, 3.0, 5.0])
    measured = np.array([0.1, 0.9, 0.2, 0.4, 0.3])
    np.testing.assert_allclose(by_rank(judged, measured), [0.25, np.nan, 0.1, 0.25, 0.4])


def test_the_columns_of_what_was_seen_are_optional(tmp_path):
    path = tmp_path / "judged.csv"
    path.write_text(",".join(COLUMNS) + "\na,a.mp4,2,calm,,,\n")
    assert read_judged(path)[0].concepts == frozenset()
    path.write_text(
        ",".join([*COLUMNS, "subject", "concepts"]) + "\na,a.mp4,2,calm,,,,fast,storm|sea\n"
    )
    assert read_judged(path)[0].subject == "fast"
    assert read_judged(path)[0].concepts == {"storm", "sea"}


@pytest.fixture(scope="module")
def features(retriever):
    """Three clips of which nothing is recognised, two of them moving."""
    columns = retriever.video_encoder.columns
    rng = np.random.default_rng(4)
    rows = rng.gamma(0.3, 0.4, (3, 5, len(columns))).astype(np.float32)
    rows[:, :, columns.index("stats:motion")] = np.float32([[0.02], [0.1], [0.4]])
    return list(rows)


def test_only_named_things_are_seen(retriever):
    lens, concepts = retriever.model.video_tower.lens, read_scenes()
    names = [concept.name for concept in concepts]
    found = corrections_of(concepts, lens, clip("a", concepts="storm|dog|of no table"))
    assert found[names.index("dog")] == SEEN and found[names.index("cat")] == 0
    assert names.index("very dark") not in found, "light stays as measured"
    conditions = [concept.name for concept in concepts if concept.when]
    first = lens.size.concepts + lens.size.heads
    assert found[first + conditions.index("storm")] == 1
    assert first + conditions.index("still picture") not in found


def test_a_named_thing_draws_the_clip_to_what_its_row_says(retriever, features):
    model, columns = retriever.model, retriever.video_encoder.columns
    clips = [clip("a", concepts="horror"), clip("b", concepts="party"), clip("c")]
    before = model.embed_video(features)
    found = embed_with_truth(model, features, columns, clips, ["concepts"])
    anchors = model.anchors("mood")
    cosines = found.branch("mood") @ anchors.values.T
    dark, happy = (anchors.names.index(name) for name in ("dark", "happy"))
    assert cosines[0, dark] > cosines[1, dark] and cosines[1, happy] > cosines[0, happy]
    np.testing.assert_array_equal(model.embed_video(features).values, before.values)


@pytest.mark.parametrize("truth", ["energy", "subject"])
def test_the_truth_about_motion_changes_the_energy_alone_by_its_rank(retriever, features, truth):
    model, columns = retriever.model, retriever.video_encoder.columns
    clips = [
        clip("a", 5, subject="fast"),
        clip("b", 3, subject="slow"),
        clip("c", 1, subject="still"),
    ]
    found = embed_with_truth(model, features, columns, clips, [truth])
    swapped = [rows.copy() for rows in features]
    for rows, motion in zip(swapped, (0.4, 0.1, 0.02), strict=True):
        rows[:, columns.index("stats:motion")] = motion
    np.testing.assert_allclose(found.values, model.embed_video(swapped).values, atol=1e-5)


def test_a_model_without_todays_table_is_refused(retriever, features):
    from vmr.model.config import ModelConfig
    from vmr.model.two_tower import Model

    other = Model(ModelConfig(video_dim=features[0].shape[1], music_dim=4))
    with pytest.raises(CheckpointError, match="Leave out --what-if"):
        embed_with_truth(
            other, features, retriever.video_encoder.columns, [clip("a")] * 3, ["energy"]
        )
