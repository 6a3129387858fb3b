"""The machine that figures were measured on, and figures beside the naive way of the same run."""

from __future__ import annotations

import importlib.util
import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from vmr.errors import plural


@dataclass(frozen=True)
class Measure:
    """What was measured the way this program does it, and the way one would write it down first.

    here, naive   in ``unit``, both measured in this run; naive_way: what the other way is
    """

    what: str
    here: float
    naive: float
    unit: str
    naive_way: str

    @property
    def times(self) -> float:
        """How many times as much the naive way takes."""
        return self.naive / self.here if self.here > 0 else float("inf")

    def as_json(self) -> dict[str, Any]:
        """The fields and the ratio."""
        numbers = {"here": self.here, "naive": self.naive, "times": self.times}
        rounded = {name: float(f"{number:.4g}") for name, number in numbers.items()}
        return {"what": self.what, **rounded, "unit": self.unit, "naive_way": self.naive_way}


def measures_table(measures: list[Measure]) -> str:
    """One line for each, in columns."""
    rows = [("", "here", "naive", "times", "the naive way")]
    rows += [
        (m.what, f"{m.here:.4g} {m.unit}", f"{m.naive:.4g} {m.unit}", f"{m.times:.2g}", m.naive_way)
        for m in measures
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    left = "{:<{}}  {:>{}}  {:>{}}  {:>{}}  {}"
    pairs = [[x for pair in zip(row[:4], widths, strict=False) for x in pair] for row in rows]
    return "\n".join(left.format(*p, row[4]).rstrip() for p, row in zip(pairs, rows, strict=True))


def machine_described() -> dict[str, Any]:
    """Cores, memory (10^9 bytes), processor, Python, packages that compute, cards, and the load of
    the last minute when this is asked: above the cores the machine was busy. None where unknown."""
    return {
        "cores": os.cpu_count() or 1,
        "memory_gb": _memory_gb(),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": _version("torch"),
        "numpy": _version("numpy"),
        "cuda": _cards(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def machine_sentence(machine: dict[str, Any]) -> str:
    """The same as a line."""
    card = f", {machine['cuda']}" if machine["cuda"] else ""
    return (
        f"{plural(machine['cores'], 'core')} ({machine['processor']}), {machine['memory_gb']} GB, "
        f"{machine['system']}{card}, Python {machine['python']}, torch {machine['torch']}, "
        f"numpy {machine['numpy']}, load {machine['load']}"
    )


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, ValueError, OSError):  # Windows
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cards() -> str:
    if importlib.util.find_spec("torch") is None:
        return ""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else ""
