"""The Gradio side of the page: one HTML container and the events behind it.

The visible page is drawn by the modules in ``static/`` inside ``#vmr``. The other components are
never shown: they give the events their types, and Gradio checks an uploaded file's path by them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import gradio as gr
from gradio.components import Component

from vmr.files import cache_folder
from vmr.page.cue_desk import CueDesk
from vmr.page.cue_handlers import CueHandlers
from vmr.page.event_queue import READING
from vmr.page.film_courses import FilmCourses
from vmr.page.handlers import Handlers
from vmr.page.label_tabs import LabelHandlers
from vmr.page.project_handlers import ProjectHandlers
from vmr.page.reverse import Reverse
from vmr.page.settings import PageSettings
from vmr.page.start_handlers import StartHandlers
from vmr.page.tabs import TabHandlers

SHELL = '<div id="vmr" class="vmr" aria-busy="true"></div>'


class PageBlocks(gr.Blocks):
    """Blocks whose events take the defaults of arguments that a call leaves out at the end.

    A program that was written before an argument was added goes on working.
    """

    def validate_inputs(self, block_fn: Any, inputs: list[Any]) -> None:
        """Gradio's hook before an event: lengthens the call's arguments in place."""
        inputs.extend(component.value for component in block_fn.inputs[len(inputs) :])


def build_blocks(handlers: Handlers, decoders: int = PageSettings.decoders) -> gr.Blocks:
    """The page's Blocks, not yet launched. Its private events are found by ``event_ids``.

    What decodes files that were sent, for the page or a program, has one limit, ``decoders``.
    """
    blocks = PageBlocks(
        title="vmr",
        analytics_enabled=False,
        fill_width=True,
    )
    with blocks:
        gr.HTML(SHELL, elem_id="vmr-frame", padding=False, apply_default_css=False, js_on_load=None)
        match_inputs = [_video(), _text("sample"), _text("text")]
        _private(handlers.match, match_inputs, limit=decoders, share=READING)
        _private(handlers.restore, [_text("sha256"), _json("asked")])
        _private(handlers.words, [_text("sha256"), _text("text"), _json("asked")])
        reference_inputs = [_text("sha256"), _music(), _text("text"), _json("asked")]
        _private(handlers.reference, reference_inputs, limit=decoders, share=READING)
        like_inputs = [_text("sha256"), _number("position"), _text("text"), _json("asked")]
        _private(handlers.like, like_inputs)
        render_inputs = [_video(), _text("sample"), _number("position"), _json("choices")]
        _private(handlers.render, render_inputs, limit=1)
        _private(handlers.render_stop, [_text("job")])
        _private(handlers.playable, [_video(), _text("sample")], limit=1)
        _private(handlers.fetch_sound, [_text("catalog"), _number("count")], limit=1)
        asked = [
            gr.Textbox("", label="labels", visible=False),
            gr.Number(None, label="energy", visible=False),
            gr.Textbox("", label="words", visible=False),
            gr.Number(1.0, label="words_weight", visible=False),
            _silent(),
        ]
        _public_search(handlers.search, _video(), "search", decoders, asked)
        _tab_events(tab_handlers(handlers), decoders)
        courses = FilmCourses(handlers.service)
        _cue_events(CueHandlers(handlers, CueDesk(handlers.service, courses)), decoders)
        starts = StartHandlers(handlers, courses)
        start_inputs = [_video(), _text("sample"), _number("position"), _json("span")]
        _private(starts.best_start, start_inputs, limit=decoders, share=READING)
        if handlers.projects is not None:
            _project_events(ProjectHandlers(handlers.projects))
        if handlers.teaching is not None:
            _label_events(LabelHandlers(handlers.teaching, handlers.teaching.learning))
    return blocks


def tab_handlers(handlers: Handlers) -> TabHandlers:
    """The handlers of the other tabs, over the same service and samples."""
    folder = cache_folder() / "sample-library"
    return TabHandlers(Reverse(handlers.service, handlers.samples.folder, folder))


def event_ids(blocks: gr.Blocks) -> dict[str, int]:
    """Number of each event by its function's name, for the browser's calls."""
    return {str(function.name): number for number, function in blocks.fns.items()}


def _private(
    function: Callable[..., Any],
    inputs: Sequence[Component],
    limit: int | Literal["default"] = "default",
    share: str | None = None,
) -> None:
    """An event of the page; ``share``: a name of those that have one limit together."""
    gr.Button(visible=False).click(
        function,
        inputs=list(inputs),
        outputs=gr.JSON(visible=False),
        api_visibility="private",
        show_progress="hidden",
        concurrency_limit=limit,
        concurrency_id=share,
    )


def _public_search(
    function: Callable[..., Any],
    file: Component,
    name: str,
    decoders: int,
    more: Sequence[Component] = (),
) -> None:
    """Bounds of the numbers are checked in vmr.knowledge.request, which answers with a sentence."""
    gr.Button(visible=False).click(
        function,
        inputs=[
            file,
            gr.Number(0.5, label="alpha", visible=False),
            gr.Textbox("mood", label="facet", visible=False),
            gr.Number(10, label="k", visible=False),
            *more,
        ],
        outputs=gr.JSON(label="hits", visible=False),
        api_name=name,
        concurrency_limit=decoders,
        concurrency_id=READING,
    )


def _tab_events(tabs: TabHandlers, decoders: int) -> None:
    rank_inputs = [_music(), _number("position")]
    _private(tabs.reverse_rank, rank_inputs, limit=decoders, share=READING)
    _private(tabs.reverse_samples, [], limit=1)
    _private(tabs.reverse_film, [_number("position")], limit=1)
    _private(tabs.evidence_report, [])
    _private(tabs.evidence_map, [_text("key")])
    _private(tabs.evidence_neighbours, [_text("kind"), _number("position"), _text("branch")])
    _private(tabs.evidence_rivals, [_text("key")])
    _private(tabs.audit_note, [_text("action"), _json("shown"), _text("kind")])
    _public_search(tabs.search_music, _music(), "search_music", decoders)
    gr.Button(visible=False).click(
        tabs.index_status,
        outputs=gr.JSON(label="status", visible=False),
        api_name="index_status",
    )


def _cue_events(cues: CueHandlers, decoders: int) -> None:
    film = [_video(), _text("sample")]
    _private(cues.cue_read, [*film, _json("asked")], limit=decoders, share=READING)
    span = [_text("sha256"), _number("start"), _number("end")]
    _private(cues.cue_rank, [*span, _text("text"), _json("asked")])
    _private(cues.cue_sounds, [_json("keys")])
    _private(cues.cue_export, [*film, _json("cues"), _json("choices")], limit=1)


def _project_events(projects: ProjectHandlers) -> None:
    key, sha256, since = _text("key"), _text("sha256"), _number("since")
    _private(projects.project_open, [key])
    _private(projects.project_news, [key, since])
    _private(projects.project_change, [key, _json("changes"), _text("step"), since])
    _private(projects.project_undo, [key, _text("step"), since])
    _private(projects.project_keep, [key, sha256, _video()])
    _private(projects.project_show, [key, sha256])
    _private(projects.project_fits, [key, _number("alpha"), _text("facet"), _silent()], limit=1)
    _private(projects.project_export, [key])
    _private(projects.project_import, [_file("project")])
    _private(projects.project_remove, [key])


def _file(label: str) -> Component:
    return gr.File(label=label, type="filepath", visible=False)


def _label_events(labels: LabelHandlers) -> None:
    visit, who = _text("visit"), _text("who")
    _private(labels.label_open, [visit, who])
    _private(labels.label_next, [visit, who, _text("facet"), _number("count"), _json("held")])
    _private(labels.label_card, [_number("number")])
    _private(labels.label_save, [visit, who, _json("letters")])
    _private(labels.label_undo, [visit, who])
    _private(labels.label_doubtful, [_text("facet")])
    _private(labels.learn, [visit, who, _text("sha256"), _json("rows")])
    _private(labels.teach_state, [])
    _private(labels.teach_run, [], limit=1)
    _private(labels.teach_use, [_number("number")], limit=1)


def _video() -> Component:
    return _file("video")


def _music() -> Component:
    return _file("music")


def _number(label: str) -> Component:
    return gr.Number(label=label, visible=False)


def _silent() -> Component:
    return gr.Checkbox(False, label="with_silent", visible=False)


def _json(label: str) -> Component:
    return gr.JSON(label=label, visible=False)


def _text(label: str) -> Component:
    return gr.Textbox(label=label, visible=False)
