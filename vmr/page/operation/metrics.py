"""The numbers of ``/metrics``, for Prometheus: nothing in them tells visitors apart."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 2, 3, 5, 10, 20, 30, 60, 120)

Levels = Iterable[tuple[str, str, Mapping[str, float]]]  # (name, its label, {value: number})


class Metrics:
    """Counts what happens; ``levels`` are asked for what is so at the moment of a look.

    A ``queue`` counts by kind of event, so a name is one of ours and there are few of them.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self.answers = self._counter("vmr_answers", "Answers given", "event")
        self.errors = self._counter("vmr_errors", "Answers refused or failed", "event", "reason")
        self.refused = self._counter("vmr_requests_refused", "Before the queue", "status")
        self.recalled = self._counter("vmr_files_recalled", "Files whose bytes were known already")
        self.seconds = self._seconds("vmr_answer_seconds", "From the start of the work", "event")
        self.waited = self._seconds("vmr_waiting_seconds", "Before the work began", "event")
        self.stages = self._seconds("vmr_stage_seconds", "Stages of reading a file", "stage")
        self.ready = Gauge("vmr_ready", "1 where the server takes work", registry=self._registry)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(name, what, labels, registry=self._registry)

    def _seconds(self, name: str, what: str, *labels: str) -> Histogram:
        return Histogram(name, what, labels, buckets=SECONDS, registry=self._registry)

    def add_levels(self, levels: Callable[[], Levels]) -> None:
        """Ask these at every look."""
        self._registry.register(_Levels(levels))

    def text(self) -> bytes:
        """All of it in the text format of Prometheus."""
        return generate_latest(self._registry)


class _Levels(Collector):
    def __init__(self, levels: Callable[[], Levels]) -> None:
        self._levels = levels

    def describe(self) -> Iterable[Metric]:
        return []  # so that registering asks nothing yet

    def collect(self) -> Iterator[Metric]:
        for name, label, values in self._levels():
            family = GaugeMetricFamily(name, name.replace("_", " "), labels=[label])
            for value, number in values.items():
                family.add_metric([value], number)
            yield family


def queue_levels(queue: Any) -> Levels:
    """How many events wait and run, by group of events that share a limit."""
    groups = dict(queue.event_queue_per_concurrency_id)
    names = {key: _name(queue, key) for key in groups}
    yield "vmr_waiting", "group", {names[k]: len(group.queue) for k, group in groups.items()}
    running = {names[key]: group.current_concurrency for key, group in groups.items()}
    yield "vmr_running", "group", running


def _name(queue: Any, key: str) -> str:
    """The name of a group: that of its event, as Gradio numbers those that are alone."""
    functions = [f.name for f in queue.blocks.fns.values() if f.concurrency_id == key]
    return str(key) if len(functions) != 1 else str(functions[0])


def worker_bytes(pid: int | None = None) -> float:
    """Resident bytes of the processes that this one started; 0 where the system does not say."""
    return float(sum(_resident(child) for child in _children(os.getpid() if pid is None else pid)))


def _children(pid: int) -> Iterator[int]:
    for table in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            direct = [int(text) for text in table.read_text().split()]
        except OSError:  # the thread ended
            continue
        for child in direct:
            yield child
            yield from _children(child)


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
