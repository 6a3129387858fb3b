"""The public surface for notebooks: what the README shows runs, and importing costs nothing."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import vmr
from vmr.evaluation.figure import Figure

PROJECT = Path(__file__).resolve().parent.parent


def notebook_code() -> str:
    """The first Python block below the README's heading on notebooks."""
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^### In a notebook\n+```python\n(.*?)^```", text, flags=re.S | re.M)
    assert found, "the README has no code for notebooks"
    return found[1]


def test_the_readmes_code_runs(retriever, short_video, tmp_path, monkeypatch):
    shutil.copy(short_video, tmp_path / "clip.mp4")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(vmr.Retriever, "open", classmethod(lambda cls: retriever))
    names: dict[str, object] = {}
    exec(notebook_code(), names)
    assert len(names["hits"]) == 5 and len(names["piano"]) == 10
    assert names["calm"][0]["score"] >= names["calm"][-1]["score"]
    assert len(names["table"]) == len(retriever.tracks)
    assert {"catalog", "id", "title", "score", "fit", "ssl", "mood"} <= set(names["table"])


def test_importing_vmr_loads_nothing_until_a_name_is_used():
    code = (
        "import sys, vmr\n"
        "heavy = {'torch', 'numpy', 'pandas', 'gradio'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert set(vmr.__all__) <= set(dir(vmr))\n"
        "from vmr import Retriever, Settings, Query, VmrError\n"
        "assert Retriever.__module__ == 'vmr.retriever' and 'gradio' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)


def test_a_name_that_there_is_not_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Retreiver'"):
        vmr.Retreiver  # noqa: B018


@pytest.mark.thorough
def test_judge_gives_the_figures_of_the_command_as_a_table(retriever, short_video, tmp_path):
    table = tmp_path / "judged.csv"
    rows = [f"{name},{short_video},3,calm,sad,rock,jazz\n" for name in "abc"]
    head = "id,video,energy,moods_fit,moods_wrong,genres_fit,genres_wrong\n"
    table.write_text(head + "".join(rows), encoding="utf-8")
    figures = retriever.judge(table)
    assert list(figures.columns) == ["name", *Figure.__dataclass_fields__]
    assert figures["name"].str.contains("starter, alpha 1, mood: fits").any()


def test_evaluate_gives_what_stands_in_metrics_json(retriever, tmp_path):
    import numpy as np

    rng, config = np.random.default_rng(0), retriever.model.config
    lines = ["id,video,music,split"]
    for i in range(3):
        for side, dim in (("video", config.video_dim), ("music", config.music_dim)):
            np.save(tmp_path / f"{side}{i}.npy", rng.random((4, dim), dtype=np.float32))
        lines.append(f"{i},video{i}.npy,music{i}.npy,test")
    (tmp_path / "pairs.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(vmr.VmrError, match="mood"):  # the table has no column of the facet
        retriever.evaluate(tmp_path / "pairs.csv", facet="mood")
    lines = [lines[0] + ",mood", *(f"{line},calm" for line in lines[1:])]
    (tmp_path / "pairs.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ranks = tmp_path / "ranks.csv"
    figures = retriever.evaluate(tmp_path / "pairs.csv", facet="mood", ranks=ranks)
    assert [line.split(",")[0] for line in ranks.read_text().splitlines()] == ["id", "0", "1", "2"]
    assert figures["split"] == "test" and figures["pool"] == 3
    assert figures["checkpoint"] == retriever.model.fingerprint
    assert [row["alpha"] for row in figures["sweep"]][-1] == 1.0
