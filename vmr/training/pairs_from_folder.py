"""A folder of music videos -> a table of pairs: each video with its own sound track.

labels.csv (optional): ``file,<facet>...``, and ``source``, ``artist`` or ``group`` for what must
stay in one split. Splits are drawn by group: about 80 % train, 10 % val, 10 % test.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from vmr.files import replacing
from vmr.tables import read_table
from vmr.training.pair_rows import GROUPS, Problem, refuse
from vmr.training.pairs import USUAL_FACETS


def read_labels(path: Path, videos: Sequence[Path]) -> dict[str, dict[str, str]]:
    """{file name: its other columns}. Raises ManifestError for files that are not there."""
    table = read_table(path, ("file",), (*GROUPS, *USUAL_FACETS))
    known = {video.name for video in videos}
    problems: list[Problem] = []
    found: dict[str, dict[str, str]] = {}
    for number, row in table:
        name = row.pop("file")
        if name not in known:
            problems.append((number, f"there is no video {name!r}"))
        elif name in found:
            problems.append((number, f"{name!r} has two rows"))
        found[name] = row
    refuse(path, problems)
    return found


def draw_splits(groups: Sequence[str], seed: int) -> list[str]:
    """A split per item, the same for equal groups; below 5 groups everything is train."""
    names = sorted(set(groups))
    order = np.random.default_rng(seed).permutation(len(names))
    held = max(1, round(len(names) / 10)) if len(names) >= 5 else 0
    split = {
        names[n]: "val" if place < held else "test" if place < 2 * held else "train"
        for place, n in enumerate(order)
    }
    return [split[group] for group in groups]


def write_pairs(
    path: Path, videos: Sequence[Path], labels: Mapping[str, Mapping[str, str]], seed: int
) -> None:
    """Write the table of pairs for these videos, with absolute paths."""
    rows = [labels.get(video.name, {}) for video in videos]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    groups = [
        next((row[g] for g in GROUPS if row.get(g)), video.name)
        for row, video in zip(rows, videos, strict=True)
    ]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["id", "video", "music", "split", *columns])
    splits = draw_splits(groups, seed)
    for video, row, split in zip(videos, rows, splits, strict=True):
        cells = [row.get(column, "") for column in columns]
        table.writerow([video.stem, video.resolve(), "", split, *cells])
    with replacing(path) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8")
