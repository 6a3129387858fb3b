"""From settings to a running page: the one place where the retriever and the page meet."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable

import gradio as gr

from vmr.config import Settings
from vmr.errors import Notice, VmrError
from vmr.files import cache_folder
from vmr.media.read import DEFAULT_LIMITS
from vmr.media.sandbox import unconfined
from vmr.page.files import MediaFiles
from vmr.page.handlers import Handlers
from vmr.page.samples import Samples
from vmr.page.serve import launch
from vmr.page.service import Service
from vmr.page.settings import PageSettings
from vmr.page.take_away import TakeAway
from vmr.page.transient import TransientFolder
from vmr.retriever import Retriever


def open_page(settings: Settings, page: PageSettings, say: Callable[[str], None]) -> gr.Blocks:
    """Load everything, serve the page and return while it runs. Raises VmrError."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    if page.mcp and importlib.util.find_spec("mcp") is None:  # gradio would go on without it
        raise VmrError("app.mcp")
    say_unconfined(say)
    retriever = Retriever.open(settings, say)
    rivals = tuple(retriever.rival(path, say) for path in settings.rivals)
    media = MediaFiles()
    samples = Samples(cache_folder() / "samples", media)
    service = Service(retriever, media.url, rivals)
    handlers = Handlers(service, samples, TakeAway(service, TransientFolder(page.keep_s)))
    say("page")
    try:
        return launch(handlers, media, page)
    except OSError as error:
        raise VmrError("app.port", port=page.port, host=page.host) from error


def say_unconfined(say: Callable[[str], None]) -> None:
    """Tell the operator what this system cannot keep from the process that reads uploads."""
    missing = unconfined(DEFAULT_LIMITS)
    if missing:
        say(str(Notice("media.unconfined", parts=", ".join(missing))))
