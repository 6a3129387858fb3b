"""Before and after on the same held-out labels, with an interval of the difference."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.metrics import bootstrap_interval


@dataclass(frozen=True)
class Compared:
    """Shares of ``count`` held-out items that are right, the 95 % interval of the difference, and
    what drawing labels at random would give."""

    count: int
    before: float
    after: float
    low: float
    high: float
    chance: float

    @property
    def better(self) -> bool:
        """Whether the new one is right more often."""
        return self.after > self.before

    @property
    def gain(self) -> float:
        """After less before."""
        return self.after - self.before

    def as_json(self) -> dict[str, Any]:
        """Its fields and the gain, rounded."""
        values = asdict(self) | {"gain": self.gain}
        return {k: v if isinstance(v, int) else round(v, 4) for k, v in values.items()}

    def __str__(self) -> str:
        return (
            f"{self.before:.2f} before, {self.after:.2f} after on {self.count} held out, "
            f"difference {self.gain:+.3f} ({self.low:+.3f} to {self.high:+.3f}), "
            f"chance {self.chance:.2f}"
        )


def compared(
    before: NDArray[np.float64], after: NDArray[np.float64], chance: float = 0.0
) -> Compared:
    """Figures of what was right (N,), 0 to 1 each, on the same items."""
    low, high = bootstrap_interval(after - before, lambda x: float(x.mean()))
    return Compared(len(after), float(before.mean()), float(after.mean()), low, high, chance)
