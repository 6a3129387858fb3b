"""Bounds on Gradio's queue: what waits, and what it keeps of answers that nobody came for.

Gradio 6.31 keeps the last answers of 2000 sessions, a megabyte or two each, until they are heard,
a set for every session there ever was, and statistics of 10,000 events.
"""

from __future__ import annotations

import time
import weakref
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any

from gradio.server_messages import ProcessCompletedMessage

from vmr.page.rates import is_this_machine, visitor_of

KEEP_S = 10.0  # a browser opens its stream before its answer is there, or in the next moment
MOST_QUEUED = 64  # of one kind of event
MOST_QUEUED_OF_ONE = 12  # of them from one address; a proxy on this machine stands for many
MOST = 32  # answers that wait to be heard
MOST_SESSIONS = 2000
MOST_STATISTICS = 64


def is_full(waiting: Sequence[Any], address: str) -> bool:
    """Whether no further event from an address may join those that wait."""
    if len(waiting) >= MOST_QUEUED:
        return True
    if is_this_machine(address):
        return False
    visitor = visitor_of(address)
    own = sum(visitor_of(_address(event.request)) == visitor for event in waiting)
    return own >= MOST_QUEUED_OF_ONE


def _address(request: Any) -> str:
    client = getattr(request, "client", None)
    return client.host if client else ""


class Bounds:
    """Watches a Gradio queue; an answer that waited too long becomes an empty failure.

    Every kind of event has a queue of its own, so that what is light does not wait behind what is
    heavy, nor is refused for it.
    """

    def __init__(self, queue: Any) -> None:
        self._queue = queue
        self._push, self._send = queue.push, queue.send_message
        self._sessions = queue.pending_event_ids_session = defaultdict(set)
        self._running = queue.event_ids_to_events
        self._waiting: deque[tuple[float, weakref.ref[ProcessCompletedMessage]]] = deque()
        queue.ANALYTICS_MAX_EVENTS = MOST_STATISTICS
        queue.push, queue.send_message = self.push, self.send

    async def push(self, body: Any, request: Any, username: str | None) -> tuple[bool, Any, str]:
        """In place of the queue's own ``push``; Gradio makes 503 and 422 of its words."""
        event = self._queue.blocks.fns.get(body.fn_index)
        if event is None and body.fn_index is not None:
            return False, "There is no such event.", "validator_error"
        kind = getattr(event, "concurrency_id", "")
        waiting = self._queue.event_queue_per_concurrency_id.get(kind)
        if waiting is not None and is_full(waiting.queue, _address(request)):
            return False, "The queue is full.", "queue_full"
        answer: tuple[bool, Any, str] = await self._push(body, request, username)
        return answer

    def send(self, event: Any, message: Any) -> None:
        """In place of the queue's own ``send_message``."""
        self._send(event, message)
        if isinstance(message, ProcessCompletedMessage):
            self._waiting.append((time.monotonic(), weakref.ref(message)))
            self.let_go(time.monotonic())

    def let_go(self, now_s: float) -> None:
        """Empty the answers that are too old or too many; what was heard is gone already."""
        self._waiting = deque(pair for pair in self._waiting if pair[1]() is not None)
        while self._waiting and (len(self._waiting) > MOST or now_s - self._waiting[0][0] > KEEP_S):
            message = self._waiting.popleft()[1]()
            if message is not None:
                message.output, message.success = {"error": None}, False
        for session in [session for session, ids in self._sessions.items() if not ids]:
            del self._sessions[session]
        for session in list(self._sessions)[: max(len(self._sessions) - MOST_SESSIONS, 0)]:
            if not self._sessions[session] & self._running.keys():
                del self._sessions[session]
