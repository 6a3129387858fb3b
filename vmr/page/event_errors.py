"""What goes wrong in an event, as the sentence that its visitor reads.

A VmrError becomes a gr.Error with its sentence; anything else is ours, and Gradio answers it
without a text.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from vmr.errors import VmrError
from vmr.media.stopping import stopping_when
from vmr.page.shown import for_visitors, in_languages
from vmr.page.waiting import nobody_waits


@contextmanager
def page_errors() -> Iterator[None]:
    """Turn a VmrError into JSON of its key and its sentence in every language: the browser knows
    which."""
    try:
        with _while_somebody_waits():
            yield
    except VmrError as error:
        said = in_languages(error.notice) | {"key": error.notice.key}
        raise _failure(json.dumps(said, ensure_ascii=False), error) from error


def _failure(text: str, error: VmrError) -> gr.Error:
    """Gradio's error; its title is the key, for the numbers."""
    return gr.Error(text, title=error.notice.key, print_exception=False)


@contextmanager
def api_errors() -> Iterator[None]:
    """Turn a VmrError into its English sentence, for the public endpoints."""
    try:
        with _while_somebody_waits():
            yield
    except VmrError as error:
        raise _failure(str(for_visitors(error.notice)), error) from error


@contextmanager
def _while_somebody_waits() -> Iterator[None]:
    """Work in this block ends when its visitor leaves; a server without room is a VmrError."""
    try:
        with stopping_when(nobody_waits()):
            yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise VmrError("media.disk_full") from error
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise VmrError("page.read_only") from error
        if error.errno in (errno.ENOMEM, errno.EAGAIN):  # no process can be started
            raise VmrError("page.no_memory") from error
        raise
    except MemoryError as error:
        raise VmrError("page.no_memory") from error
