"""What a training step costs, and how much of it is spent outside the matrix products.

Two figures, because a profiler slows small operators more than large ones:
  profiled   share of the operators' own CPU time in torch.profiler that is not in a product;
  by clock   share of a step's wall time, without a profiler, that is left when the time of the
             same products alone is taken off. It counts what runs between the operators as well;
             on a busy machine the products alone are not always at their quickest, so it can be
             too low.
The steps are those of ``vmr.training.train.train``; the inputs are noise in the shapes of the study
on MuVi-Sync (633 pairs, 7 genres, 212 and 133 pooled columns).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from vmr.model.two_tower import ModelConfig
from vmr.model.windows import Prepared
from vmr.training.pairs import PairSet
from vmr.training.train import Inputs, TrainConfig, train

PRODUCTS = ("mm", "addmm", "bmm", "baddbmm")
PAIRS, GENRES = 633, 7
VIDEO_WINDOWS, MUSIC_WINDOWS = 10415, 5048
VIDEO_COLUMNS, MUSIC_COLUMNS = 212, 133  # after pooling
WARM_UP = 32

Call = tuple[Any, tuple[Any, ...], dict[str, Any]]  # an operator and what it was called with


@dataclass(frozen=True)
class StepCost:
    """Medians over rounds. Times in milliseconds, shares from 0 to 1; ``others`` are the dearest
    operators that are not products, by their share of all operators' own time."""

    members: int
    threads: int
    step_ms: float
    products_ms: float
    outside_by_clock: float
    outside_profiled: float
    others: tuple[tuple[str, float], ...]


def measure_step(members: int, threads: int, rounds: int = 5, steps: int = 64) -> StepCost:
    """Cost of a step with the product's settings. Sets torch's threads and puts them back."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        run = Run(members)
        products = run.products()
        taken, alone = [], []
        for _ in range(rounds):  # in turns: the machine's state is the same for both
            taken.append(run.seconds_a_step(steps))
            alone.append(statistics.fmean(_seconds(products) for _ in range(steps)))
        shares = run.profile(steps)
    finally:
        torch.set_num_threads(before)
    outside = statistics.median(1 - a / t for t, a in zip(taken, alone, strict=True))
    names = {f"aten::{name}" for name in PRODUCTS}
    others = sorted(((n, s) for n, s in shares.items() if n not in names), key=lambda x: -x[1])
    return StepCost(
        members,
        threads,
        1000 * statistics.median(taken),
        1000 * statistics.median(alone),
        outside,
        1 - sum(shares.get(name, 0.0) for name in names),
        tuple(others[:10]),
    )


class Run:
    """Trainings on the same noise, looked at from between their steps."""

    def __init__(self, members: int) -> None:
        rng = np.random.default_rng(0)
        labels = {"genre": np.eye(GENRES, dtype=np.float32)[rng.integers(GENRES, size=PAIRS)]}
        video = [np.zeros((1, VIDEO_COLUMNS // 2), np.float32)] * PAIRS
        music = [np.zeros((1, MUSIC_COLUMNS), np.float32)] * PAIRS
        self.pairs = PairSet(video, music, labels, labels)
        self.config = ModelConfig(
            VIDEO_COLUMNS // 2,
            MUSIC_COLUMNS,
            labels={"genre": tuple(f"genre {i}" for i in range(GENRES))},
            music_pooling=("mean",),
            members=members,
        )
        self.inputs = Inputs(
            {}, _noise(VIDEO_WINDOWS, VIDEO_COLUMNS), _noise(MUSIC_WINDOWS, MUSIC_COLUMNS)
        )

    def train(self, steps: int, after: Callable[[int], None]) -> None:
        """Train; ``after`` is called with the number of steps done."""
        settings = TrainConfig(steps=steps)
        train(
            self.pairs, self.config, settings, inputs=self.inputs, say=lambda done, *_: after(done)
        )

    def seconds_a_step(self, steps: int) -> float:
        """Mean wall time of the steps after the warm-up: not every step does the same work."""
        stamps: list[float] = []
        self.train(WARM_UP + steps, lambda _: stamps.append(time.perf_counter()))
        return (stamps[-1] - stamps[WARM_UP - 1]) / steps

    def products(self) -> list[Call]:
        """The matrix products of one step, with arguments of the same shapes and strides."""
        recorder = _Recorder()

        def after(done: int) -> None:
            if done == WARM_UP:
                recorder.__enter__()
            elif done == WARM_UP + 1:
                recorder.__exit__(None, None, None)

        self.train(WARM_UP + 2, after)
        return recorder.calls

    def profile(self, steps: int) -> dict[str, float]:
        """Each operator's share of the own CPU time of all."""
        profiler = torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU])

        def after(done: int) -> None:
            if done == WARM_UP:
                profiler.start()
            elif done == WARM_UP + steps:
                profiler.stop()

        self.train(WARM_UP + steps, after)
        own = {e.key: float(e.self_cpu_time_total) for e in profiler.key_averages()}
        total = sum(own.values())
        return {name: time_us / total for name, time_us in own.items()}


class _Recorder(TorchDispatchMode):
    """Keeps the matrix products that run while it is active, forward and backward. What shares
    memory shares it here too: the caches are as warm as in the step."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self._memory: dict[int, Tensor] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if func.overloadpacket.__name__ in PRODUCTS:
            like = {name: self._like(value) for name, value in kwargs.items()}
            self.calls.append((func, tuple(self._like(a) for a in args), like))
        return func(*args, **kwargs)

    def _like(self, value: Any) -> Any:
        """Noise of a tensor's shape, strides and place in memory; other arguments as they are."""
        if not isinstance(value, Tensor):
            return value
        place, size = value.untyped_storage().data_ptr(), value.untyped_storage().nbytes() // 4
        if len(self._memory.get(place, ())) < size:
            self._memory[place] = torch.randn(size)
        return self._memory[place].as_strided(value.shape, value.stride(), value.storage_offset())


def _noise(windows: int, columns: int) -> Prepared:
    generator = torch.Generator().manual_seed(windows)
    clip = torch.arange(windows) * PAIRS // windows
    rows = torch.randn(windows, columns, generator=generator)
    return Prepared(rows, clip, torch.zeros(PAIRS, 0))


@torch.no_grad()
def _seconds(calls: list[Call]) -> float:
    start = time.perf_counter()
    for func, args, kwargs in calls:
        func(*args, **kwargs)
    return time.perf_counter() - start
