"""What a project can hold: fields, changes of them, and the file that carries them elsewhere.

A field is a path such as ``videos/<sha256>/alpha`` and any value of JSON; ``vmr.records.projects``
keeps them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vmr.errors import VmrError

PATH = re.compile(r"[^/\x00-\x1f\x7f]{1,200}(?:/[^/\x00-\x1f\x7f]{1,200}){0,7}")
FORMAT = "vmr project 1"
MOST_PATH, MOST_VALUE = 600, 16384  # characters of a path, of a value as JSON
MOST_FIELDS = 50_000  # of one project

Value = Any  # what JSON can hold; None: there is nothing
Fields = dict[str, Value]


@dataclass(frozen=True)
class Change:
    """A field's new value; None takes away the field and everything under it."""

    path: str
    value: Value


def check_change(change: Change) -> None:
    """Raise VmrError for a path or a value that cannot be kept."""
    path = change.path
    if not isinstance(path, str) or len(path) > MOST_PATH or not PATH.fullmatch(path):
        raise VmrError("project.path")
    try:
        size = len(json.dumps(change.value, ensure_ascii=False, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise VmrError("project.value", path=path[:80]) from error
    if size > MOST_VALUE:
        raise VmrError("project.value", path=path[:80])


def fields_of_file(text: str) -> list[Change]:
    """The fields of an exported project. Raises VmrError for a file that is none."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise VmrError("project.file") from error
    if not isinstance(content, Mapping) or content.get("format") != FORMAT:
        raise VmrError("project.file")
    fields = content.get("fields")
    if not isinstance(fields, Mapping) or len(fields) > MOST_FIELDS:
        raise VmrError("project.file")
    changes = [Change(path, value) for path, value in fields.items() if value is not None]
    for change in changes:
        check_change(change)
    return changes
