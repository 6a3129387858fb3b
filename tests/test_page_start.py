"""Starting the page with what is not there: one sentence before anything slow is loaded."""

import importlib.util

import pytest

from vmr.config import Settings
from vmr.errors import VmrError
from vmr.page.operation.journal import Journal
from vmr.page.settings import PageSettings
from vmr.page.start import open_page


def test_mcp_without_its_package_is_said(monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "mcp" else real(name, *rest),
    )
    said: list[str] = []
    with pytest.raises(VmrError, match=r"pip install 'gradio\[mcp\]'"):
        open_page(Settings(device="cpu"), PageSettings(mcp=True), said.append)
    assert said == []


def test_checkpoints_given_again_become_rivals(monkeypatch):
    import app

    opened: list[Settings] = []
    monkeypatch.setattr(
        "vmr.page.start.open_page", lambda settings, *others: opened.append(settings)
    )
    flags = ["--checkpoint", "a.safetensors", "--checkpoint", "b.safetensors"]
    for given in ([], flags):
        app.run(app.parser().parse_args(given), Journal())
    assert opened[0].checkpoint == Settings.checkpoint and opened[0].rivals == ()
    assert opened[1].checkpoint.name == "a.safetensors"
    assert [path.name for path in opened[1].rivals] == ["b.safetensors"]
