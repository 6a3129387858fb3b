"""pairs.csv -> pairs in memory. numpy only; media files are read by a reader that is passed in.

    id,video,music,split,<facet>...

``video`` and ``music`` are media files or ``.npy`` arrays (T, D) of features already extracted,
relative to the table's folder; an empty ``music`` is the video's own sound. ``split`` is train, val
or test. A facet's column holds zero or more labels separated by ``|``; empty is unlabelled. Columns
``source``, ``artist`` and ``group`` say what belongs together: none of their values may stand in
two splits, and neither may a file. ``title`` is for people. All other columns are facets.

Rows are numbered as a spreadsheet shows them: the header is row 1. Whatever is wrong is collected
and said in one ManifestError, before anything is trained or written.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vmr.errors import ManifestError, MediaError, Notice, VmrError
from vmr.files import sha256_file
from vmr.tables import read_table
from vmr.training.pair_rows import (
    GROUPS,
    SPLITS,
    PairRow,
    Problem,
    parse_row,
    refuse,
    row_problems,
    split_problems,
)

Features = NDArray[np.float32]

REQUIRED = ("id", "video", "music", "split")
USUAL_FACETS = ("genre", "mood")  # found in any capitals
OnFile = Callable[[int, int, str], None]  # done, of, name of the file


class Reader(Protocol):
    """Reads a media file's features, both (T, D) float32; raises MediaError."""

    def video(self, path: Path) -> Features:
        """Features (T, Dv) of a video."""

    def music(self, path: Path) -> Features:
        """Features (T, Dm) of music."""


@dataclass(frozen=True)
class Pairs:
    """A checked table. labels: {facet: every name that occurs, sorted}; how: it was read."""

    path: Path
    rows: tuple[PairRow, ...]
    labels: Mapping[str, tuple[str, ...]]
    how: Notice | None = None

    def split(self, name: str) -> tuple[PairRow, ...]:
        """The rows of one split, in the order of the table."""
        return tuple(row for row in self.rows if row.split == name)

    def describe(self) -> dict[str, object]:
        """What a checkpoint says of its data."""
        return {
            "table": self.path.name,
            "sha256": sha256_file(self.path),
            "pairs": {split: len(self.split(split)) for split in SPLITS},
            "labelled": {f: sum(bool(r.labels[f]) for r in self.rows) for f in self.labels},
        }


@dataclass(frozen=True)
class PairSet:
    """N true pairs. video, music: N arrays (T_i, D); labels {facet: (N, L) float32}, rows of zeros
    unlabelled, equal on both sides unless the sides were labelled apart; groups: N names."""

    video: Sequence[Features]
    music: Sequence[Features]
    video_labels: Mapping[str, NDArray[np.float32]]
    music_labels: Mapping[str, NDArray[np.float32]]
    ids: Sequence[str] = ()
    groups: Sequence[str] = field(default=())

    def __len__(self) -> int:
        return len(self.video)


def read_pairs(path: Path, facets: Sequence[str] | None = None, needs: str = "train") -> Pairs:
    """Read and check the table, not the features. ``facets``: these columns only; None = all;
    ``needs``: a split that must have rows.

    Raises ManifestError naming the first few rows that cannot be used.
    """
    named = facets or USUAL_FACETS
    table = read_table(path, REQUIRED, (*GROUPS, "title", *named), paths={"video", "music"})
    header = table.columns
    missing = [c for c in facets or () if c not in header]
    if missing:
        raise ManifestError(
            "pairs.columns",
            name=path.name,
            missing=", ".join(map(repr, missing)),
            found=", ".join(header),
        )
    other = [c for c in header if c not in (*REQUIRED, *GROUPS, "title")]
    chosen = list(other if facets is None else facets)
    rows = tuple(parse_row(number, line, path.parent, chosen) for number, line in table)
    problems = [*row_problems(rows), *split_problems(rows)]
    if not rows:
        problems.append((2, "there is no row"))
    elif not any(row.split == needs for row in rows) and not problems:
        problems.append((rows[0].number, f"no row at all has the split {needs}"))
    refuse(path, problems)
    names = {f: tuple(sorted({n for row in rows for n in row.labels[f]})) for f in chosen}
    return Pairs(path, rows, names, table.how)


def load_split(
    pairs: Pairs,
    splits: Sequence[str],
    reader: Reader | None = None,
    labels: Mapping[str, Sequence[str]] | None = None,
    progress: OnFile | None = None,
) -> dict[str, PairSet]:
    """Read the features of the splits named, all of them checked: {split: PairSet}.

    reader: for media files; labels: {facet: names} of a checkpoint, otherwise the table's own.
    Raises ManifestError naming the first few rows with missing, unequal or unusable features.
    """
    names = pairs.labels if labels is None else labels
    rows = [row for row in pairs.rows if row.split in splits]
    problems: list[Problem] = []
    found: dict[int, tuple[Features, Features]] = {}
    for done, row in enumerate(rows):
        if progress:
            progress(done, len(rows), row.video.name)
        try:
            own_sound = row.music == row.video
            video = _features(row.video, reader.video if reader else None)
            music = _features(row.music, reader.music if reader else None, own_sound)
            found[row.number] = (video, music)
        except (_RowError, MediaError) as error:
            problems.append((row.number, str(error)))
    problems += _width_problems(found)
    refuse(pairs.path, problems)
    return {s: _pair_set([r for r in rows if r.split == s], found, names) for s in splits}


def label_matrix(
    rows: Iterable[Mapping[str, Sequence[str]]], facet: str, names: Sequence[str]
) -> NDArray[np.float32]:
    """Multi-hot labels of one facet (N, L); names that are not in the list are left out."""
    index = {name: i for i, name in enumerate(names)}
    listed = list(rows)
    matrix = np.zeros((len(listed), len(names)), dtype=np.float32)
    for n, row in enumerate(listed):
        for name in row.get(facet, ()):
            if name in index:
                matrix[n, index[name]] = 1.0
    return matrix


class _RowError(VmrError):
    """What is wrong with one row's features."""


def _features(
    path: Path, read: Callable[[Path], Features] | None, own_sound: bool = False
) -> Features:
    if path.suffix != ".npy":
        if read is None:
            raise _RowError("features.no_encoder", name=path.name)
        return read(path)
    if own_sound:
        raise _RowError("features.no_sound")
    try:
        rows = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise _RowError("features.not_numbers", name=path.name, reason=error) from error
    if rows.ndim != 2 or not rows.size or not np.issubdtype(rows.dtype, np.number):
        raise _RowError("features.shape", name=path.name, shape=rows.shape, dtype=rows.dtype)
    if not np.isfinite(rows).all():
        count = int((~np.isfinite(rows)).sum())
        raise _RowError("features.not_finite", name=path.name, count=count)
    return np.asarray(rows, dtype=np.float32)


def _width_problems(found: Mapping[int, tuple[Features, Features]]) -> list[Problem]:
    """Rows whose features are not as wide as most."""
    problems: list[Problem] = []
    for side, name in enumerate(("video", "music")):
        counts: dict[int, int] = defaultdict(int)
        for features in found.values():
            counts[features[side].shape[1]] += 1
        usual = max(counts, key=lambda width: counts[width], default=math.nan)
        for number, features in found.items():
            width = features[side].shape[1]
            if width != usual:
                problems.append((number, f"{name} has {width} columns where others have {usual}"))
    return problems


def _pair_set(
    rows: Sequence[PairRow],
    found: Mapping[int, tuple[Features, Features]],
    names: Mapping[str, Sequence[str]],
) -> PairSet:
    labels = {f: label_matrix([r.labels for r in rows], f, names[f]) for f in names}
    return PairSet(
        video=[found[row.number][0] for row in rows],
        music=[found[row.number][1] for row in rows],
        video_labels=labels,
        music_labels=labels,
        ids=[row.id for row in rows],
        groups=["|".join(row.groups.values()) or row.id for row in rows],
    )
