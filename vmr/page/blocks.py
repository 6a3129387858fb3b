"""The Gradio side of the page: one HTML container and the events behind it.

The visible page is drawn by the modules in ``static/`` inside ``#vmr``. The other components are
never shown: they give the events their types, and Gradio checks an uploaded file's path by them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from gradio.components import Component

from vmr.page.handlers import Handlers
from vmr.page.settings import PageSettings

SHELL = '<div id="vmr" class="vmr" aria-busy="true"></div>'


def build_blocks(handlers: Handlers, settings: PageSettings) -> gr.Blocks:
    """The page's Blocks, not yet launched. Its private events are found by ``event_ids``."""
    blocks = gr.Blocks(
        title="vmr",
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(min(600, settings.keep_s), settings.keep_s),
    )
    with blocks:
        gr.HTML(SHELL, elem_id="vmr-frame", padding=False, apply_default_css=False, js_on_load=None)
        _private(handlers.match, [_video(), _text("sample")], limit=2)
        _private(handlers.restore, [_text("sha256")])
        _private(handlers.reference, [_text("sha256"), _music()], limit=2)
        _private(handlers.like, [_text("sha256"), gr.Number(visible=False)])
        _public_search(handlers)
    return blocks


def event_ids(blocks: gr.Blocks) -> dict[str, int]:
    """Number of each event by its function's name, for the browser's calls."""
    return {str(function.name): number for number, function in blocks.fns.items()}


def _private(
    function: Callable[..., Any], inputs: Sequence[Component], limit: int | None = None
) -> None:
    gr.Button(visible=False).click(
        function,
        inputs=list(inputs),
        outputs=gr.JSON(visible=False),
        api_visibility="private",
        show_progress="hidden",
        concurrency_limit=limit,
    )


def _public_search(handlers: Handlers) -> None:
    gr.Button(visible=False).click(
        handlers.search,
        inputs=[
            _video(),
            gr.Number(0.5, label="alpha", minimum=0, maximum=1, visible=False),
            gr.Textbox("mood", label="facet", visible=False),
            gr.Number(10, label="k", precision=0, minimum=1, visible=False),
        ],
        outputs=gr.JSON(label="hits", visible=False),
        api_name="search",
        concurrency_limit=2,
    )


def _video() -> Component:
    return gr.File(label="video", type="filepath", visible=False)


def _music() -> Component:
    return gr.File(label="music", type="filepath", visible=False)


def _text(label: str) -> Component:
    return gr.Textbox(label=label, visible=False)
