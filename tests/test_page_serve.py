"""What the server tells the browser at the start, and what app.py takes."""

import json
import re
from pathlib import Path

import gradio as gr
import pytest

import app
from vmr.errors import VmrError
from vmr.page.handlers import Handlers
from vmr.page.serve import head
from vmr.page.service import Service
from vmr.page.take_away import mix_settings


def test_the_boot_data_cannot_leave_its_element():
    boot = {"catalogs": [{"name": "</script><img src=x onerror=alert(1)>"}], "lang": "auto"}
    html = head(boot)
    data = re.search(r'<script type="application/json" id="vmr-boot">(.*?)</script>', html)
    assert data and json.loads(data[1]) == boot
    assert "<img" not in html


def test_flags_become_settings():
    args = app.parser().parse_args(
        ["--port", "9", "--catalog", "a", "--catalog", "b", "--auth", "logins", "--lang", "ja"]
    )
    page = app.page_settings(args)
    assert (page.port, page.auth, page.lang) == (9, Path("logins"), "ja")
    assert [path.name for path in args.catalog] == ["a", "b"]


@pytest.mark.parametrize("flag", ["--index", "--videos"])
def test_the_video_library_has_two_names(flag):
    assert app.parser().parse_args([flag, "films"]).videos.name == "films"


def test_a_render_takes_only_what_the_mixer_knows():
    settings = mix_settings({"music_start_s": 3, "original": "duck", "job": "1", "other": 5})
    assert (settings.music_start_s, settings.original) == (3, "duck")
    for wrong in ({"fit": "stretch"}, {"music_volume": 9}, {"music_start_s": "soon"}):
        with pytest.raises(VmrError, match="cannot be made this way"):
            mix_settings(wrong)


@pytest.mark.parametrize(("alpha", "facet"), [(-0.1, "mood"), (2, "mood"), (0.5, "weather")])
def test_a_wrong_position_is_refused_before_the_file_is_read(retriever, alpha, facet):
    with pytest.raises(VmrError):
        retriever.weights(alpha, facet)
    handlers = Handlers(Service(retriever, str), None, None)
    with pytest.raises(gr.Error, match=r"alpha must|no facet"):
        handlers.search("there is no such file.mp4", alpha, facet)
