"""The same clip in several formats: which lists are compared, and what is said of them."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from vmr.__main__ import main
from vmr.catalogs.music import open_catalog
from vmr.config import CATALOGS, CHECKPOINTS
from vmr.embedding import BranchEmbedding
from vmr.errors import ManifestError
from vmr.evaluation.studies.formats import alike, files_by_clip, table
from vmr.model.checkpoint import load_model


def test_files_of_one_clip_are_alike_up_to_the_first_point(tmp_path):
    for name in ("cat.h264.mp4", "cat.webm", "dog.avi", ".hidden.mp4"):
        (tmp_path / name).write_bytes(b"")
    found = files_by_clip(tmp_path)
    assert {n: [p.name for p in files] for n, files in found.items()} == {
        "cat": ["cat.h264.mp4", "cat.webm"]
    }
    (tmp_path / "cat.webm").unlink()
    with pytest.raises(ManifestError, match="two formats"):
        files_by_clip(tmp_path)
    with pytest.raises(ManifestError):
        files_by_clip(tmp_path / "nowhere")


def test_the_worst_pair_is_found_and_named():
    model = load_model(CHECKPOINTS / "starter.safetensors")
    catalog, bank = open_catalog(CATALOGS / "starter", model), model.video_bank
    assert bank is not None
    same, other = bank.values[3], bank.values[40]
    near = same + 0.3 * other
    near /= np.linalg.norm(near, axis=-1, keepdims=True)
    files = BranchEmbedding(np.stack([same, same, other, other, near]), bank.branches)
    clips = {"cat": ("mp4", "webm"), "dog": ("mp4", "webm", "avi")}
    found = alike(catalog, files, clips, model.calibration_of_music(catalog.embeddings))
    assert [(row.facet, row.alpha) for row in found[:3]] == [("genre", a) for a in (0.0, 0.5, 1.0)]
    for row in found:
        assert row.clip == "dog" and row.formats[1] == "avi"
        assert row.worst < row.mean < 1  # two of the four pairs are the same vector
        assert row.mean == pytest.approx(0.5 + 0.5 * row.worst)
    assert f"{found[0].mean:.3f} | {found[0].worst:.3f} | dog: mp4, avi |" in table(found)


@pytest.mark.thorough
def test_the_command_decodes_ranks_and_writes(tmp_path, short_video, capsys):
    data, out = tmp_path / "clips", tmp_path / "out"
    data.mkdir()
    for name in ("one.a.mp4", "one.b.mp4"):
        shutil.copy(short_video, data / name)
    assert main(["reproduce", "formats", "--data", str(data), "--out", str(out)]) == 0
    rows = json.loads((out / "formats.json").read_text())
    assert {row["catalog"] for row in rows} >= {"starter", "games"}
    assert [row["worst"] for row in rows] == pytest.approx([1.0] * len(rows))
    assert all(row["formats"] == ["a.mp4", "b.mp4"] for row in rows)
    assert (out / "formats.md").read_text().strip() in capsys.readouterr().out
    assert main(["reproduce", "formats"]) != 0
    assert "in several formats" in capsys.readouterr().err
