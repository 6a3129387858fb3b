"""What an audit log says of one thing that was done, and the one form of it that is hashed.

Of a video there is the hash, never a name or a picture; of a visitor the login, or a name that is
drawn for a session, never an address.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

MOST_TEXT = 1000  # characters of a text
MOST_TRACKS = 100
MOST_JSON = 10_000  # characters of labels, filters, detail
NOTHING = "0" * 64  # the hash that the first row follows


class Action(StrEnum):
    """What was done."""

    MATCHED = "matched"  # a query was ranked by the server
    SHOWN = "shown"  # tracks stood in the browser's first rows
    PLAYED = "played"
    DOWNLOADED = "downloaded"  # a film with a track
    EXPORTED = "exported"  # a list, a timeline, a cue sheet
    LABELLED = "labelled"
    ADAPTED = "adapted"
    CHANGED = "changed"  # catalogs, models or projects are others now
    REFUSED = "refused"
    PRUNED = "pruned"  # written by the log itself


TrackKey = tuple[str, str]  # catalog, id


@dataclass(frozen=True)
class Entry:
    """One thing that was done. Texts and lists that are too long are cut.

    who: login or session; video: sha256 of its bytes; checkpoint: fingerprint; labels: {facet:
    {label: weight}}; tracks: those concerned, the best first; detail: JSON of what else there is.
    """

    action: Action
    who: str = ""
    video: str = ""
    checkpoint: str = ""
    catalogs: Sequence[str] = ()
    alpha: float | None = None
    facet: str = ""
    labels: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    energy: float | None = None
    words: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    tracks: Sequence[TrackKey] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)

    def columns(self) -> dict[str, str | float | None]:
        """As a row of the log has it: texts, numbers, and JSON for what is several."""
        return {
            "action": str(self.action),
            "who": text(self.who),
            "video": text(self.video),
            "checkpoint": text(self.checkpoint),
            "catalogs": as_json([text(name) for name in self.catalogs]),
            "alpha": finite(self.alpha),
            "facet": text(self.facet),
            "labels": as_json(dict(self.labels)),
            "energy": finite(self.energy),
            "words": text(self.words),
            "filters": as_json(dict(self.filters)),
            "tracks": as_json([[text(part) for part in key] for key in self.tracks[:MOST_TRACKS]]),
            "detail": as_json(dict(self.detail)),
        }


FIELDS = tuple(one.name for one in fields(Entry))
COLUMNS = ("number", "at", *FIELDS)  # in this order they are hashed
JSON_COLUMNS = ("catalogs", "labels", "filters", "tracks", "detail")


def row_hash(previous: str, row: Mapping[str, Any]) -> str:
    """sha256 over the hash of the row before and all columns of this one, 64 hex digits."""
    values = json.dumps([previous, *(row[name] for name in COLUMNS)], ensure_ascii=True)
    return hashlib.sha256(values.encode("ascii")).hexdigest()


def text(value: object) -> str:
    """A text that every database takes, cut where it is too long."""
    return str(value).encode("utf-8", "replace").decode("utf-8")[:MOST_TEXT].replace("\0", "")


def finite(value: float | None) -> float | None:
    """A number, or None for what is none."""
    if value is None or not math.isfinite(value):
        return None
    return float(value) + 0.0  # -0.0 would come back as 0.0


def as_json(value: object) -> str:
    """JSON in one form; what is too long or none is replaced by a note that it was."""
    try:
        found = json.dumps(value, sort_keys=True, default=text, allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        return json.dumps({"left out": "no JSON"})
    return found if len(found) <= MOST_JSON else json.dumps({"left out": len(found)})
