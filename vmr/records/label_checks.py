"""What a label, a facet and a name may be: short, printable, and not too many of them."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Sequence

from vmr.errors import VmrError

FACET_LENGTH, LABEL_LENGTH, WHO_LENGTH = 40, 60, 100
FACETS_MOST, LABELS_MOST = 40, 200  # own facets, labels of a facet
# Columns of tables that a facet would be mistaken for, and the branch that has no labels.
TAKEN = frozenset(
    (
        *("id", "title", "artist", "audio", "seconds", "bpm", "key", "energy", "vocals", "licence"),
        *("attribution", "source", "sha256", "uses", "territory", "valid_from", "valid_until"),
        *("path", "file", "filename", "license", "licences", "licenses", "ssl"),
    )
)
FACET = re.compile(r"\w[\w -]*")
SHA256 = re.compile(r"[0-9a-f]{64}")
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # categories of what is not seen


def check_label(facet: str, label: str) -> tuple[str, str]:
    """(facet, label) in one spelling. Raises VmrError for what cannot be one."""
    facet, label = _plain(facet).casefold(), _plain(label)
    if not FACET.fullmatch(facet) or len(facet) > FACET_LENGTH or "__" in facet:
        raise VmrError("labels.facet", facet=facet[:FACET_LENGTH], most=FACET_LENGTH)
    if re.sub(r"[\s_-]+", "_", facet) in TAKEN:
        raise VmrError("labels.taken", facet=facet)
    if not label or len(label) > LABEL_LENGTH or "|" in label:
        raise VmrError("labels.label", label=label[:LABEL_LENGTH], most=LABEL_LENGTH)
    return facet, label


def check_item(sha256: str) -> str:
    """The hash of a file. Raises VmrError for another text."""
    if not SHA256.fullmatch(sha256):
        raise VmrError("labels.item")
    return sha256


def check_who(who: str) -> str:
    """The name of a person, without what cannot be seen. Raises VmrError for an empty one."""
    name = "".join(c for c in who if unicodedata.category(c) not in HIDDEN).strip()[:WHO_LENGTH]
    if not name:
        raise VmrError("labels.who")
    return name


def check_room(connection: sqlite3.Connection, named: Sequence[tuple[str, str]]) -> None:
    """Raises VmrError where these (facet, label) would be too many beside those in the file."""
    known: dict[str, set[str]] = {}
    for row in connection.execute("SELECT DISTINCT facet, label FROM event"):
        known.setdefault(row["facet"], set()).add(row["label"])
    for facet, label in named:
        known.setdefault(facet, set()).add(label)
    if named and len(known) > FACETS_MOST:
        raise VmrError("labels.facets", most=FACETS_MOST)
    for facet in {facet for facet, _ in named}:
        if len(known[facet]) > LABELS_MOST:
            raise VmrError("labels.labels", facet=facet, most=LABELS_MOST)


def _plain(text: str) -> str:
    """Composed letters, single spaces; VmrError for characters that are not seen."""
    text = " ".join(unicodedata.normalize("NFC", text).split(" ")).strip()
    if any(unicodedata.category(c) in HIDDEN for c in text):
        raise VmrError("labels.hidden")
    return text
