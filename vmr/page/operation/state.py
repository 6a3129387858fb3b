"""What the server is up to, and what it counts and writes down of its work."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal

from vmr.page.operation.journal import Journal
from vmr.page.operation.metrics import Metrics

State = Literal["starting", "ready", "stopping"]
LOOK_S = 0.1  # between two looks at what still runs
LINGER_S = 2.0  # after the last answer, so that what it names can be fetched


class Operation:
    """Ready or not, the numbers and the journal; safe to use from several threads."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.journal = journal or Journal()
        self.metrics = Metrics()
        self.state: State = "starting"

    def become(self, state: State) -> None:
        """Say so in all three places."""
        self.state = state
        self.metrics.ready.set(state == "ready")
        self.journal.write(state)

    @property
    def is_ending(self) -> bool:
        """Whether no new work is taken."""
        return self.state == "stopping"

    def answered(self, event: str, reason: str, waited_s: float, took_s: float) -> None:
        """One event came to its end; reason: the key of an error, "" for none."""
        if reason:
            self.metrics.errors.labels(event, reason).inc()
        else:
            self.metrics.answers.labels(event).inc()
        self.metrics.seconds.labels(event).observe(took_s)
        self.metrics.waited.labels(event).observe(waited_s)
        seconds = {"waited_s": round(waited_s, 3), "took_s": round(took_s, 3)}
        self.journal.write("answer", name=event, **seconds, **({"error": reason} if reason else {}))

    def read(self, modality: str, timings_s: Mapping[str, float]) -> None:
        """One file was read, in so many seconds by stage; no stage: its bytes were known."""
        if not timings_s:
            self.metrics.recalled.inc()
        for stage, seconds in timings_s.items():
            self.metrics.stages.labels(stage).observe(seconds)
        stages = {f"{stage}_s": round(seconds, 3) for stage, seconds in timings_s.items()}
        self.journal.write("read", modality=modality, recalled=not timings_s, **stages)

    def refused(self, status: int) -> None:
        """A request was refused before it reached the queue."""
        self.metrics.refused.labels(str(status)).inc()


def let_end(queue: Any, operation: Operation, seconds: float) -> int:
    """Take no new work and wait until what was taken is answered and heard, ``seconds`` at most;
    how many events were left."""
    operation.become("stopping")
    end = time.monotonic() + seconds
    begun = open_events(queue)
    while open_events(queue) and time.monotonic() < end:
        time.sleep(LOOK_S)
    left = open_events(queue)
    if begun and not left:
        time.sleep(max(min(LINGER_S, end - time.monotonic()), 0.0))
    operation.journal.write("stopped", left=left)
    return left


def open_events(queue: Any) -> int:
    """Events of a Gradio queue that wait, run, or have an answer that somebody is about to hear.

    Those whose visitor has left don't count.
    """
    running = [event for job in list(queue.active_jobs) for event in job or () if event.alive]
    waiting = sum(len(group.queue) for group in list(queue.event_queue_per_concurrency_id.values()))
    unheard = list(queue.pending_messages_per_session.values())
    hearing = sum(bool(messages._getters) and not messages.empty() for messages in unheard)
    return len(running) + waiting + hearing
