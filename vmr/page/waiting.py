"""Whether the visitor who asked is still there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradio.context import LocalContext


def nobody_waits() -> Callable[[], bool]:
    """A question for the event that runs in this thread: has its visitor closed the page?

    Gradio marks the event when its stream is closed, and lets it run on.
    """
    blocks: Any = LocalContext.blocks.get(None)
    event_id = LocalContext.event_id.get(None)
    if blocks is None or event_id is None:
        return lambda: False

    def asked() -> bool:
        jobs = [event for job in blocks._queue.active_jobs for event in job or ()]
        return any(event._id == event_id and not event.alive for event in jobs)

    return asked
