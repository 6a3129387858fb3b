"""The table of clips that people judged.

judged.csv, one clip a row: ``id,video,energy,moods_fit,moods_wrong,genres_fit,genres_wrong``.
``video`` is a path from the table's folder, ``energy`` 1 (still) to 5 (driving), the others labels
separated by ``|``. A clip should be judged before its ranking is seen. Two more columns may tell
what a person saw, for vmr.evaluation.what_if: ``concepts``, rows of scenes.csv, and ``subject``,
how it moves: still, slow or fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vmr.errors import ManifestError
from vmr.tables import read_table

COLUMNS = ("id", "video", "energy", "moods_fit", "moods_wrong", "genres_fit", "genres_wrong")
SEEN = ("concepts", "subject")
FACETS = {"mood": "moods", "genre": "genres"}  # facet -> how its columns begin


@dataclass(frozen=True)
class JudgedClip:
    """One row: energy 1 to 5 or None; fit and wrong are labels by facet; concepts and subject are
    what a person saw, empty where nobody said."""

    id: str
    video: Path
    energy: float | None
    fit: Mapping[str, frozenset[str]]
    wrong: Mapping[str, frozenset[str]]
    concepts: frozenset[str] = frozenset()
    subject: str = ""


def read_judged(path: Path) -> tuple[JudgedClip, ...]:
    """The table's clips. Raises ManifestError that names the line; videos are not opened."""
    table = read_table(path, COLUMNS, SEEN, numbers={"energy"}, paths={"video"})
    clips = tuple(_clip(path, line, row) for line, row in table)
    if not clips:
        raise ManifestError("judged.no_clips", name=path.name)
    if len({clip.id for clip in clips}) < len(clips):
        raise ManifestError("judged.id_twice", name=path.name)
    return clips


def _clip(path: Path, line: int, row: Mapping[str, str]) -> JudgedClip:
    if not row["id"] or not row["video"]:
        raise ManifestError("judged.empty", name=path.name, line=line)
    energy = None
    if row["energy"]:
        try:
            energy = float(row["energy"])
        except ValueError:
            energy = -1.0
        if not 1 <= energy <= 5:
            raise ManifestError("judged.energy", name=path.name, line=line, text=row["energy"])

    def labels(kind: str) -> dict[str, frozenset[str]]:
        cells = {facet: row[f"{stem}_{kind}"] for facet, stem in FACETS.items()}
        return {facet: _names(cell) for facet, cell in cells.items()}

    fit, wrong = labels("fit"), labels("wrong")
    for facet in FACETS:
        if fit[facet] & wrong[facet]:
            raise ManifestError(
                "judged.both",
                name=path.name,
                line=line,
                labels=", ".join(sorted(fit[facet] & wrong[facet])),
            )
    seen = _names(row.get("concepts", "")), row.get("subject", "").strip()
    return JudgedClip(row["id"], path.parent / row["video"], energy, fit, wrong, *seen)


def _names(cell: str) -> frozenset[str]:
    return frozenset(part.strip() for part in cell.split("|") if part.strip())
