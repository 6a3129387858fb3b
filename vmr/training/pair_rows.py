"""The rows of pairs.csv and what can be wrong with them: said by row, as a spreadsheet counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vmr.errors import ManifestError

SPLITS = ("train", "val", "test")
GROUPS = ("source", "artist", "group")
SHOWN = 5  # problems that an error names; the others are counted

Problem = tuple[int, str]  # row number, what is wrong with it


@dataclass(frozen=True)
class PairRow:
    """One line of the table. number: as a spreadsheet counts; labels {facet: names}."""

    number: int
    id: str
    video: Path
    music: Path
    split: str
    labels: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, str]


def refuse(path: Path, problems: Sequence[Problem]) -> None:
    """Raise one ManifestError for all problems, the first few in the order of their rows."""
    if not problems:
        return
    ordered = sorted(problems)
    shown = "; ".join(f"row {number}: {what}" for number, what in ordered[:SHOWN])
    more = f"; and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    raise ManifestError("pairs.refused", name=path.name, problems=shown, more=more)


def parse_row(number: int, line: Mapping[str, str], folder: Path, facets: Sequence[str]) -> PairRow:
    """A PairRow of the cells of one line; paths are relative to ``folder``."""
    video = folder / line["video"]
    return PairRow(
        number=number,
        id=line["id"],
        video=video,
        music=folder / line["music"] if line["music"] else video,
        split=line["split"],
        labels={f: tuple(dict.fromkeys(filter(None, _parts(line[f])))) for f in facets},
        groups={g: line[g] for g in GROUPS if line.get(g)},
    )


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|")]


def row_problems(rows: Sequence[PairRow]) -> list[Problem]:
    """What is wrong with single rows: an id, a split or a file that cannot be."""
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for row in rows:
        if not row.id:
            problems.append((row.number, "it has no id"))
        elif row.id in first:
            problems.append((row.number, f"the id {row.id!r} is also in row {first[row.id]}"))
        first.setdefault(row.id, row.number)
        if row.split not in SPLITS:
            problems.append((row.number, f"the split {row.split!r} is not train, val or test"))
        for path in dict.fromkeys((row.video, row.music)):
            if not path.is_file():
                problems.append((row.number, f"there is no file {path}"))
    return problems


def split_problems(rows: Sequence[PairRow]) -> list[Problem]:
    """The same file, source, artist or group in two splits: the test would be known already."""
    first: dict[tuple[str, str], PairRow] = {}
    problems: list[Problem] = []
    for row in rows:
        keys = [("file", str(path)) for path in dict.fromkeys((row.video, row.music))]
        for kind, value in [*keys, *row.groups.items()]:
            other = first.setdefault((kind, value), row)
            if other.split != row.split:
                name = Path(value).name if kind == "file" else value
                problems.append(
                    (
                        row.number,
                        f"its {kind} {name!r} is in {row.split} here and in {other.split} "
                        f"in row {other.number}",
                    )
                )
                break
    return problems
