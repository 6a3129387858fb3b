"""From what was measured and what was put in to hours, bytes, machines and sums of money.

Every line says how its amount is known: "measured" (and multiplied), "estimated" by a stated rule
from what was measured, "input" (somebody's number), or "open", where there is no number at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from vmr.planning.machine import Machine
    from vmr.planning.prices import Price

Basis = Literal["measured", "estimated", "input", "open"]
Gpu = Literal["a10g", "h100", "cpu"]

# Nominal operations per second, float32, as the maker's data sheets give them for these cards.
PEAK_FLOPS = {"a10g": 31.2e12, "h100": 67e12}
SECOND_LISTENER = 0.1  # of the labels, given by two people, to know how far people agree
BUSY = 0.5  # share of its time that a machine may work before people wait for each other
HOURS_A_MONTH = 730.0
GIGABYTE = 1e9


@dataclass(frozen=True)
class Inputs:
    """What somebody decides or knows; all of it stands in the plan.

    minutes_per_track: of music; minutes_per_label: of a person; videos_per_hour: at the busiest;
    gpu_share: of its nominal speed that a card reaches; specialist_days: None where nobody said.
    """

    tracks: int
    hours_of_video: float
    labels: int
    gpu: Gpu = "cpu"
    minutes_per_track: float = 3.5
    minutes_per_label: float = 0.5
    videos_per_hour: float = 60.0
    gpu_share: float = 0.1
    specialist_days: float | None = None


@dataclass(frozen=True)
class Line:
    """One row. amount None where nothing is known; price: the row of prices.csv that it costs."""

    key: str
    amount: float | None
    unit: str
    basis: Basis
    price: Price | None = None

    @property
    def cost(self) -> float | None:
        """Amount times price, None where one is missing."""
        if self.amount is None or self.price is None or self.price.amount is None:
            return None
        return self.amount * self.price.amount


@dataclass(frozen=True)
class Stage:
    """One of the three stages, with what is to be measured before the next begins."""

    key: str
    lines: tuple[Line, ...]

    @property
    def missing(self) -> bool:
        """Whether a price or an amount is missing, so that there is no sum."""
        return any(line.price is not None and line.cost is None for line in self.lines)

    @property
    def sums(self) -> Mapping[str, float]:
        """Sums by currency; empty where something is missing."""
        sums: dict[str, float] = {}
        for line in () if self.missing else self.lines:
            if line.price is not None and line.cost is not None:
                sums[line.price.currency] = sums.get(line.price.currency, 0.0) + line.cost
        return sums


@dataclass(frozen=True)
class Point:
    """What a number of labels per class brings: a point of the few-labels curve."""

    labels_per_class: float
    value: float


@dataclass(frozen=True)
class Curve:
    """measure: its name; points by rising number of labels; none where it was not measured.

    of_catalog: the bundled catalog and facet on which ``reproduce few-labels`` measured it, or "".
    """

    measure: str = ""
    points: tuple[Point, ...] = ()
    of_catalog: str = ""

    def at(self, labels_per_class: float) -> float | None:
        """Its value at that many labels, on straight lines between the points; None before the
        first, and what the last one has after it."""
        if not self.points or labels_per_class < self.points[0].labels_per_class:
            return None
        for left, right in zip(self.points, self.points[1:], strict=False):
            if labels_per_class <= right.labels_per_class:
                width = right.labels_per_class - left.labels_per_class
                share = (labels_per_class - left.labels_per_class) / width
                return left.value + share * (right.value - left.value)
        return self.points[-1].value


def stages(
    inputs: Inputs, machine: Machine, prices: Mapping[str, Price], curve: Curve
) -> tuple[Stage, Stage, Stage]:
    """Data, training and inference, operation."""
    return (
        Stage("data", tuple(_data(inputs, machine, prices, curve))),
        Stage("build", tuple(_build(inputs, machine, prices))),
        Stage("operate", tuple(_operate(inputs, machine, prices))),
    )


def _data(
    inputs: Inputs, machine: Machine, prices: Mapping[str, Price], curve: Curve
) -> Sequence[Line]:
    hours = inputs.labels * inputs.minutes_per_label / 60 * (1 + SECOND_LISTENER)
    per_class = inputs.labels / machine.classes
    expected = curve.at(per_class)
    return [
        Line("labelling", hours, "hours", "input", prices["labelling"]),
        Line("per_class", per_class, "labels", "measured"),
        Line("expected", expected, "", "open" if expected is None else "measured"),
    ]


def _build(inputs: Inputs, machine: Machine, prices: Mapping[str, Price]) -> Sequence[Line]:
    basis: Basis = "measured" if inputs.gpu == "cpu" else "estimated"
    price = prices[f"machine_{inputs.gpu}"]
    days = inputs.specialist_days
    return [
        Line("index", index_hours(inputs, machine), "machine_hours", basis, price),
        Line("footage", footage_hours(inputs, machine), "machine_hours", basis, price),
        *rates(inputs, machine),
        Line("training", None, "machine_hours", "open"),
        Line("specialist", days, "days", "open" if days is None else "input", prices["specialist"]),
    ]


def _operate(inputs: Inputs, machine: Machine, prices: Mapping[str, Price]) -> Sequence[Line]:
    search_s = machine.search_s * inputs.tracks / machine.searched
    answer_s = machine.answer_s + search_s
    machines = 1 + math.ceil(inputs.videos_per_hour * answer_s / 3600 / BUSY)
    stored = sum(machine.track_bytes.values()) * inputs.tracks / GIGABYTE
    memory = machine.embedding_bytes * inputs.tracks / GIGABYTE
    price = prices[f"machine_{inputs.gpu}"]
    return [
        Line("seeing", machine.answer_s, "seconds", "measured"),
        Line("search", search_s, "seconds", "estimated"),
        Line("answer", answer_s, "seconds", "estimated"),
        Line("memory", memory, "gigabytes", "measured"),
        Line("storage", stored, "gigabytes", "measured", prices["storage"]),
        Line("machines", machines, "machines", "estimated"),
        Line("running", machines * HOURS_A_MONTH, "machine_hours", "estimated", price),
    ]


def index_hours(inputs: Inputs, machine: Machine) -> float:
    """Machine hours for all tracks. Decoding stays on the cores; a card takes the network."""
    minutes = inputs.tracks * inputs.minutes_per_track
    if inputs.gpu == "cpu":
        return minutes * (machine.music_read_s + machine.music_encode_s) / machine.cores / 3600
    network_s = machine.music_flop / (PEAK_FLOPS[inputs.gpu] * inputs.gpu_share)
    return minutes * max(machine.music_read_s / machine.cores, network_s) / 3600


def rates(inputs: Inputs, machine: Machine) -> Sequence[Line]:
    """Tracks a second that are indexed by the cores of one machine alone, and with the card."""
    alone = index_hours(replace(inputs, gpu="cpu"), machine)
    lines = [Line("rate_cpu", inputs.tracks / alone / 3600, "tracks_a_second", "measured")]
    if inputs.gpu != "cpu":
        rate = inputs.tracks / index_hours(inputs, machine) / 3600
        lines.append(Line("rate_gpu", rate, "tracks_a_second", "estimated"))
    return lines


def footage_hours(inputs: Inputs, machine: Machine) -> float:
    """Machine hours for reading the footage, one video after the other."""
    network_s = machine.video_encode_s
    if inputs.gpu != "cpu":
        network_s = machine.video_flop / (PEAK_FLOPS[inputs.gpu] * inputs.gpu_share)
    return inputs.hours_of_video * 60 * (machine.video_read_s + network_s) / 3600
