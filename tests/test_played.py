"""What a picture is played with: scenes.csv says it, the bundled checkpoint reads it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from vmr.adaptation.grow import grown, heads_of
from vmr.adaptation.played import CONDITION, write_played
from vmr.evaluation.what_if import SEEN, CorrectedLens
from vmr.knowledge.scenes import read_scenes
from vmr.knowledge.starter.footage import read_footage
from vmr.model.checkpoint import load_model, save_model
from vmr.model.config import ModelConfig
from vmr.model.measured import INSTRUMENT
from vmr.model.two_tower import Model
from vmr.page.sample_films.films import sample_path

CLASSES, WHEN = "classes", "when"


@pytest.fixture(scope="module")
def footage() -> list[np.ndarray]:
    return list(read_footage()[0])


def read(model: Model, rows: np.ndarray, seen: dict[int, float]) -> np.ndarray:
    """What the table says of a clip whose lens sees these columns so: (L,)."""
    tower, lens = model.video_tower, model.video_tower.lens
    assert lens is not None
    tower.lens = corrected = CorrectedLens(lens)
    corrected.corrections = seen
    try:
        return heads_of(model, INSTRUMENT)[1].read(tower.prepare([rows]).described())[0].numpy()
    finally:
        tower.lens = lens


@pytest.mark.parametrize("kind", [CLASSES, WHEN])
def test_every_row_counts_as_it_is_written(retriever, footage, kind):
    model, concepts = retriever.model, read_scenes()
    lens, labels = model.video_tower.lens, model.config.labels[INSTRUMENT]
    first = lens.size.concepts + lens.size.heads
    conditions = [i for i, concept in enumerate(concepts) if concept.when]
    nothing = dict.fromkeys((*range(len(concepts)), *range(first, first + len(conditions))), 0.0)
    rows = footage[0]
    usual = read(model, rows, nothing)
    counted = 0
    for k, i in enumerate(conditions) if kind == WHEN else enumerate(range(len(concepts))):
        weights = np.array([concepts[i].instruments.get(name, 0.0) for name in labels])
        column, value = (first + k, 1.0) if kind == WHEN else (i, SEEN)
        clear = CONDITION if kind == WHEN else SEEN - float(lens.floor[i])
        said = read(model, rows, nothing | {column: value}) - usual
        np.testing.assert_allclose(said, clear * weights, atol=2e-4, err_msg=concepts[i].name)
        counted += bool(weights.any())
    assert counted > (10 if kind == WHEN else 60)


def test_the_usual_picture_leans_to_nothing(retriever, footage):
    model = retriever.model
    said = heads_of(model, INSTRUMENT)[1].read(model.video_tower.prepare(footage).described())
    torch.testing.assert_close(said.mean(dim=0), torch.zeros(said.shape[1]), atol=1e-4, rtol=0)
    assert float(said.std(dim=0).min()) > 0.1


def test_lively_pictures_ask_for_drums_and_quiet_ones_for_none(retriever, tmp_path):
    anchors = retriever.model.anchors(INSTRUMENT)
    drums = anchors.values[anchors.names.index("drums")]
    for key, lively in (
        *(("confetti", True), ("neon-tunnel", True)),
        *(("falling-snow", False), ("night-sky", False), ("earth", False), ("sunny-waves", False)),
    ):
        query = retriever.embed_video(sample_path(key, tmp_path)).embedding
        assert (float(query.branch(INSTRUMENT)[0] @ drums) > 0) == lively, key


def test_a_file_that_is_older_than_the_reading_is_opened_as_it_was(tmp_path: Path):
    """Without a reading nothing of it is written, so names and fingerprints are the old ones."""
    plain = Model(ModelConfig(4, 4, dim=4, members=1, hidden=8, labels={"mood": ("a", "b")}))
    model = grown(plain, "place", ("here", "there"))
    assert not [name for name in model.state_dict() if "reading" in name or "floor" in name]
    save_model(model, tmp_path / "own.safetensors")
    again = load_model(tmp_path / "own.safetensors")
    assert again.fingerprint == model.fingerprint
    rows = np.ones((2, 4), dtype=np.float32)
    np.testing.assert_array_equal(
        again.embed_video([rows]).values, model.eval().embed_video([rows]).values
    )
    write_played(again, "place", [rows])  # a tower that knows no concepts reads none
    assert not len(heads_of(again, "place")[1].floor)


def test_an_adaptation_of_another_facet_keeps_the_reading(retriever, footage):
    """And one that gives the facet other labels does not."""
    model = retriever.model
    clips = [footage[0], footage[40]]
    asked = model.embed_video(clips).branch(INSTRUMENT)
    for facet, names in (("mood", ()), ("place", ("here", "there"))):
        adapted = grown(model, facet, names)
        np.testing.assert_array_equal(adapted.embed_video(clips).branch(INSTRUMENT), asked)
    own = grown(model, INSTRUMENT, ("kazoo", "saw", "spoons"))
    assert not len(heads_of(own, INSTRUMENT)[1].floor)
    assert own.embed_video(clips).branch(INSTRUMENT).shape == asked.shape
