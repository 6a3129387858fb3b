"""Bounds on Gradio's queue: what waits, and what it keeps of answers that nobody came for.

Gradio 6.31 keeps the last answers of 2000 sessions, a megabyte or two each, until they are heard,
a queue and a set for every session there ever was, and statistics of 10,000 events. The C library
keeps what is freed of them.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
import weakref
from collections import defaultdict, deque
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from gradio.server_messages import ProcessCompletedMessage, ProcessStartsMessage

from vmr.page.fair_turns import Turns
from vmr.page.operation.state import Operation
from vmr.page.rates import is_this_machine, visitor_of
from vmr.page.visitors import VISIT

KEEP_S = 30.0  # a browser opens its stream before its answer is there, or in the next moment
READING = "reading"  # the group of events that decode what visitors sent
MOST_QUEUED = 128  # of one kind of event that reads or writes media
MOST_LIGHT = 512  # of one kind of the others
MOST_QUEUED_OF_ONE = 12  # of them from one address; a proxy on this machine stands for many
MOST = 128  # answers that nobody waits for
SAY_EVERY_S = 2.0  # to those who wait where they stand; at every change would be a flood
LIGHT_AT_ONCE = 4  # events of one kind that run together; of heavy ones fewer do
MOST_SESSIONS = 2000
MOST_STATISTICS = 64
TELL_S = 0.02  # until progress is told: the address of the first rows is among it
_ARENA_MAX = -8  # of glibc's malloc.h
TRIM_EVERY = 10  # answers, of a megabyte and more each while they are sent


def is_full(waiting: Any, address: str) -> bool:
    """Whether no further event from an address may join one of Gradio's queues."""
    limit = waiting.concurrency_limit or LIGHT_AT_ONCE
    is_heavy = limit < LIGHT_AT_ONCE or waiting.concurrency_id == READING
    if len(waiting.queue) >= (MOST_QUEUED if is_heavy else MOST_LIGHT):
        return True
    if is_this_machine(address):
        return False
    visitor = visitor_of(address)
    own = sum(visitor_of(_address(event.request)) == visitor for event in waiting.queue)
    return own >= MOST_QUEUED_OF_ONE


def _is_heard(messages: Any) -> bool:
    """Whether somebody takes messages from a session's queue; who leaves is told of by Gradio."""
    return bool(messages._getters) or messages._unfinished_tasks > messages.qsize()


def _pack(event: Any, message: ProcessCompletedMessage) -> None:
    """Keep the answer of an event of the page as its JSON: a third of the memory, made once."""
    if message.output.get("data") and event.fn.api_visibility == "private":
        data = message.model_dump(include={"output"})["output"]["data"]
        message.output["data"] = [orjson.Fragment(orjson.dumps(one, default=str)) for one in data]


def _address(request: Any) -> str:
    client = getattr(request, "client", None)
    return client.host if client else ""


def _visitor(event: Any) -> str:
    """Whose event it is, to take turns by: the login, the address, or the visit where many come by
    one proxy. A program without any of these takes its place as it comes."""
    address = _address(event.request)
    if event.username:
        return f"login {event.username}"
    if not is_this_machine(address):
        return visitor_of(address)
    visit = getattr(event.request, "cookies", {}).get(VISIT)
    return f"visit {visit}" if visit else f"session {event.session_hash}"


def hold_memory_together() -> None:
    """Let glibc keep two heaps and not one for each thread: less stays free in between."""
    if sys.platform == "linux":
        set_option = getattr(ctypes.CDLL(None), "mallopt", None)
        if set_option is not None:
            set_option(_ARENA_MAX, 2)


def give_back_memory() -> None:
    """Let glibc return to the system what is free; others do so by themselves."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


class Bounds:
    """Watches a Gradio queue; an answer that waited too long becomes an empty failure.

    Every kind of event has a queue of its own, so that what is light does not wait behind what is
    heavy, nor is refused for it; within it visitors take turns. ``operation`` hears what came of
    each event.
    """

    def __init__(self, queue: Any, operation: Operation | None = None) -> None:
        self._queue = queue
        self._operation = operation or Operation()
        self._turns = defaultdict[str, Turns](Turns)
        self._begun: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self._push, self._send = queue.push, queue.send_message
        self._sessions = queue.pending_event_ids_session = defaultdict(set)
        self._running = queue.event_ids_to_events
        self._unheard = queue.pending_messages_per_session
        self._answers = 0
        self._waiting: deque[tuple[float, weakref.ref[ProcessCompletedMessage]]] = deque()
        queue.ANALYTICS_MAX_EVENTS = MOST_STATISTICS
        queue.progress_update_sleep_when_free = TELL_S
        queue.push, queue.send_message = self.push, self.send

    async def push(self, body: Any, request: Any, username: str | None) -> tuple[bool, Any, str]:
        """In place of the queue's own ``push``; Gradio makes 503 and 422 of its words."""
        event = self._queue.blocks.fns.get(body.fn_index)
        if event is None and body.fn_index is not None:
            return False, "There is no such event.", "validator_error"
        kind = getattr(event, "concurrency_id", "")
        waiting = self._queue.event_queue_per_concurrency_id.get(kind)
        if waiting is not None and is_full(waiting, _address(request)):
            return False, "The queue is full.", "queue_full"
        answer: tuple[bool, Any, str] = await self._push(body, request, username)
        pushed = self._running.get(answer[1]) if answer[0] else None
        if pushed is not None:
            group = self._queue.event_queue_per_concurrency_id[pushed.concurrency_id]
            self._turns[pushed.concurrency_id].join(group.queue, pushed, _visitor(pushed))
        return answer

    def send(self, event: Any, message: Any) -> None:
        """In place of the queue's own ``send_message``."""
        if isinstance(message, ProcessStartsMessage):
            self._begun[event] = time.monotonic()
            self._turns[event.concurrency_id].begin(event)
        elif isinstance(message, ProcessCompletedMessage):
            self._note(event, message)
        if event.session_hash not in self._unheard:  # cancelled, and nobody listens any more
            return
        if isinstance(message, ProcessCompletedMessage):
            _pack(event, message)
            if not _is_heard(self._unheard[event.session_hash]):
                self._waiting.append((time.monotonic(), weakref.ref(message)))
        self._send(event, message)
        if isinstance(message, ProcessCompletedMessage):
            self.let_go(time.monotonic())
            self._answers += 1
            if self._answers % TRIM_EVERY == 0:
                threading.Thread(target=give_back_memory, daemon=True).start()

    def _note(self, event: Any, message: ProcessCompletedMessage) -> None:
        """Tell how an event ended; the title of an error is the key of its sentence."""
        now = time.monotonic()
        begun = self._begun.pop(event, now)
        title = str(message.output.get("title") or "Error")
        reason = "" if message.success else "unexpected" if title == "Error" else title
        if not event.alive:
            reason = "left"
        name = str(event.fn.name)
        self._operation.answered(name, reason, begun - event.enqueue_time, now - begun)

    def let_go(self, now_s: float) -> None:
        """Empty the answers that are too old or too many; what was heard is gone already."""
        self._waiting = deque(pair for pair in self._waiting if pair[1]() is not None)
        while self._waiting and (len(self._waiting) > MOST or now_s - self._waiting[0][0] > KEEP_S):
            message = self._waiting.popleft()[1]()
            if message is not None:
                message.output, message.success = {"error": None}, False
        for session in [session for session, ids in self._sessions.items() if not ids]:
            del self._sessions[session]
            self._unheard.pop(session, None)
        for session in list(self._sessions)[: max(len(self._sessions) - MOST_SESSIONS, 0)]:
            if not self._sessions[session] & self._running.keys():
                del self._sessions[session]
