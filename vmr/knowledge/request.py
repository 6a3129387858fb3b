"""What is asked of a query: a position of the slider, labels, energy; all of it checked."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from vmr.errors import VmrError

MOST_HITS = 1000
MOST_WORDS_WEIGHT = 2.0  # as far as the page's slider goes


@dataclass(frozen=True)
class Request:
    """What is asked of a query: a position of the slider between the ssl branch (alpha 0) and the
    facet (alpha 1), and k hits.

    labels: {label of the facet: weight}, a negative weight turns away; they take the place of what
    was believed. energy: 1 to 5 in place of what was felt, None for that. words: about the music,
    English or Japanese; words_weight: of their term beside the rest, whose spread is about 1.
    with_silent: rank tracks too whose sound is not here; where no track has any, all are ranked.
    """

    alpha: float = 0.5
    facet: str = "mood"
    k: int = 10
    labels: Mapping[str, float] = field(default_factory=dict)
    energy: float | None = None
    words: str = ""
    words_weight: float = 1.0
    with_silent: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked beside a file."""
        has_words = self.words.strip() and self.words_weight > 0
        return not self.labels and self.energy is None and not has_words

    @classmethod
    def parse(
        cls,
        alpha: object = 0.5,
        facet: object = "mood",
        k: object = 10,
        labels: object = "",
        energy: object = None,
        words: object = "",
        words_weight: object = 1.0,
        with_silent: object = False,
    ) -> Request:
        """A Request of what a program or a person sent. Raises VmrError for what is none.

        labels: "calm, -sad, tender:0.5"; energy: None or "" for what was felt.
        """
        return cls(
            alpha=number(alpha, "alpha", 0, 1),
            facet=str(facet),
            k=whole_number(k, "k", 1, MOST_HITS),
            labels=label_weights(str(labels or "")),
            energy=None if energy in (None, "") else number(energy, "energy", 1, 5),
            words=str(words or ""),
            words_weight=number(words_weight, "words_weight", 0, MOST_WORDS_WEIGHT),
            with_silent=bool(with_silent),
        )


@dataclass(frozen=True)
class Turned:
    """What was turned of a query on the page.

    choices: {facet: {label: weight}} in place of what was believed, a negative weight turns away;
    energy: 1 to 5 in place of what was felt, or None.
    """

    choices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    energy: float | None = None

    def __bool__(self) -> bool:
        return bool(self.choices) or self.energy is not None

    @classmethod
    def parse(cls, sent: object) -> Turned:
        """The same from {"choices", "energy"} of a browser; None is nothing. Raises VmrError."""
        found = {} if sent is None else sent
        choices = (found.get("choices") or {}) if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(choices, dict):
            raise VmrError("request.turned")
        if not all(isinstance(labels, dict) for labels in choices.values()):
            raise VmrError("request.turned")
        energy = found.get("energy")
        return cls(
            {
                str(facet): {str(name): number(w, str(name)[:40], -10, 10) for name, w in c.items()}
                for facet, c in choices.items()
                if c
            },
            None if energy is None else number(energy, "energy", 1, 5),
        )

    def as_json(self) -> dict[str, object]:
        """As it was sent."""
        return {"choices": self.choices, "energy": self.energy}


AS_SEEN = Turned()


@dataclass(frozen=True)
class Part:
    """Seconds of the film with a hash, where a query is made of no more than these."""

    film: str
    start_s: float
    end_s: float

    @property
    def sha256(self) -> str:
        """What stands for it where a whole video has the hash of its bytes."""
        return hashlib.sha256(
            f"{self.film} {self.start_s:.3f} {self.end_s:.3f}".encode()
        ).hexdigest()


def number(value: object, name: str, low: float, high: float) -> float:
    """A number from low to high. Raises VmrError for what is none."""
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not low <= found <= high:
        shown = str(value)[:40] if isinstance(value, str | int | float) else type(value).__name__
        raise VmrError("request.number", name=name, low=low, high=high, value=shown)
    return found


def whole_number(value: object, name: str, low: int, high: int) -> int:
    """A whole number from low to high. Raises VmrError for what is none."""
    found = number(value, name, low, high)
    if not found.is_integer():
        raise VmrError("request.whole", name=name, value=str(value)[:40])
    return int(found)


def label_weights(text: str) -> dict[str, float]:
    """``"calm, -sad, tender:0.5"`` -> {"calm": 1.0, "sad": -1.0, "tender": 0.5}.

    Raises VmrError for a label without a name, with a weight that is no number, or named twice.
    """
    found: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, colon, weight = part.rpartition(":") if ":" in part else (part, "", "")
        sign = -1.0 if name.startswith("-") else 1.0
        name = name.removeprefix("-").strip()
        if not name or name in found:
            raise VmrError("request.labels", text=part[:60])
        found[name] = sign * (number(weight, name[:40], -10, 10) if colon else 1.0)
    return found
