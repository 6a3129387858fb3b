"""What stands beside a checkpoint for people: NAME.safetensors is described by NAME.md and measured
by NAME.metrics.json (what ``python -m vmr evaluate --out`` writes) or by ``metrics`` in its header.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from vmr.errors import CheckpointError

LIMITS = {"en": "What it can't do", "ja": "できないこと"}  # headings of a card


def text_beside(checkpoint: Path, suffix: str) -> str | None:
    """The text of NAME + suffix beside NAME.safetensors, or None. Raises CheckpointError."""
    path = checkpoint.with_suffix(suffix)
    if not path.is_file():
        return None
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError("page.card_unreadable", path=path, reason=error) from error


def limits_of(card: str | None) -> dict[str, str] | None:
    """The card's section on what the model cannot do, by language; None where it has none."""
    found = {lang: section(card or "", heading) for lang, heading in LIMITS.items()}
    return {lang: text for lang, text in found.items() if text} if found["en"] else None


def section(text: str, heading: str) -> str:
    """What stands below a second-level heading of a Markdown text; empty where there is none."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return found[1].strip() if found else ""


def metrics_of(checkpoint: Path, metadata: dict[str, str]) -> list[dict[str, Any]]:
    """The measurements as a list of reports, one per split and facet; empty where there are none.

    Raises CheckpointError for a file that is not JSON.
    """
    text = text_beside(checkpoint, ".metrics.json") or metadata.get("metrics")
    if not text:
        return []
    try:
        return reports(json.loads(text))
    except ValueError as error:
        raise CheckpointError(
            "page.metrics_unreadable", name=checkpoint.name, reason=error
        ) from error


def reports(value: object) -> list[dict[str, Any]]:
    """Every object with a ``sweep`` in a JSON value, at any depth, in order."""
    if isinstance(value, dict):
        if isinstance(value.get("sweep"), list):
            return [value]
        return [report for inner in value.values() for report in reports(inner)]
    if isinstance(value, list):
        return [report for inner in value for report in reports(inner)]
    return []
