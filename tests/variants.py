"""Variants of one test: a few run always, the others with ``pytest -m thorough``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest


def variants(values: Sequence[Any], always: int = 1) -> list[Any]:
    """Values for ``parametrize``, a tuple being those of one run's arguments; those after the first
    ``always`` are marked thorough."""
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else (value,)),
            marks=[pytest.mark.thorough] * (place >= always),
        )
        for place, value in enumerate(values)
    ]
