"""The table of clips that people judged.

judged.csv, one clip a row: ``id,video,energy,moods_fit,moods_wrong,genres_fit,genres_wrong``.
``video`` is a path from the table's folder, ``energy`` 1 (still) to 5 (driving), the others labels
separated by ``|``. A clip should be judged before its ranking is seen. Two more columns may tell
what a person saw, for vmr.evaluation.what_if: ``concepts``, rows of scenes.csv, and ``subject``,
how it moves: still, slow or fast.

A list of videos (``read_names``) divides a table into the clips that choices were made on and those
that are kept apart: one file name a line, ``#`` begins a remark.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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


def read_names(path: Path) -> frozenset[str]:
    """The file names that a list of videos holds. Raises ManifestError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError("judged.list", name=path.name, reason=error) from error
    return frozenset(name for line in lines if (name := line.partition("#")[0].strip()))


def divided(
    clips: Sequence[JudgedClip], only: Collection[str] | None, but: Collection[str] | None
) -> tuple[JudgedClip, ...]:
    """The clips whose video is among ``only`` and not among ``but``, by file names; None: all.
    Raises ManifestError where a name is of no clip or no clip is left."""
    missing = {*(only or ()), *(but or ())} - {clip.video.name for clip in clips}
    if missing:
        raise ManifestError("judged.not_there", names=", ".join(sorted(missing)[:3]))
    found = [clip for clip in clips if only is None or clip.video.name in only]
    found = [clip for clip in found if but is None or clip.video.name not in but]
    if not found:
        raise ManifestError("judged.none_left")
    return tuple(found)


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
