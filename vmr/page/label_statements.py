"""What a browser sends of a track, as labels. No gradio here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vmr.errors import VmrError
from vmr.records.label_rows import checked
from vmr.records.labels import Label


def read_statements(item: str, sent: object, reason: object) -> list[Label]:
    """The labels of a file that a browser sends as a list of facet, label, value, source, shown.

    Raises VmrError for what is no label.
    """
    rows = [row for row in (sent if isinstance(sent, list) else []) if isinstance(row, dict)]
    try:
        return [checked(_label(item, row, reason)) for row in rows]
    except (ValueError, OverflowError) as error:
        raise VmrError("label.not_understood") from error


def _label(item: str, row: Mapping[str, Any], reason: object) -> Label:
    shown, value = row.get("shown"), row.get("value")
    return Label(
        "track",
        item,
        str(row.get("facet", "")),
        str(row.get("label", "")),
        int(value) if isinstance(value, int | float) else 2,
        str(row.get("source", "labelled")),
        str(reason or ""),
        float(shown) if isinstance(shown, int | float) else None,
    )
