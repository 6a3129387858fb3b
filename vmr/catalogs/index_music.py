"""Index music: listen to every file with several processes, write a catalog.

Resumable, because each worker keeps what it found in the cache folder. Files that cannot be read
are listed with the reason and left out. Cells that the table, or an earlier catalog in the same
folder, already fills are kept: what a person wrote wins over what is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from vmr.catalogs.analyse_music import TrackAnalysis, analyse_music
from vmr.catalogs.arrays import feature_table
from vmr.catalogs.audio_address import check_audio, locate_audio
from vmr.catalogs.file_pool import Clock, Pace, run_on_files
from vmr.catalogs.music import TRACKS, audio_folder, write_catalog
from vmr.catalogs.track_from_file import fill, measured, unused
from vmr.catalogs.tracks_table import Track, clean, read_tracks
from vmr.errors import CatalogError, Notice
from vmr.files import MUSIC_ENDINGS, files_with_ending

if TYPE_CHECKING:
    from vmr.encoders.base import MusicEncoder
    from vmr.model.two_tower import Model


class Timed(Protocol):
    """Findings on one file that know how long it plays."""

    @property
    def seconds(self) -> float:
        """Length of the file in seconds."""


Found = TypeVar("Found", bound=Timed)


@dataclass(frozen=True)
class IndexReport:
    """What came of it. skipped: (file, reason); notes: (file, notice) of files that were used."""

    count: int
    skipped: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, Notice], ...]
    pace: Pace


@dataclass(frozen=True)
class Item:
    """One file to listen to, and the row that is known of it (the id may still be empty)."""

    path: Path
    track: Track


@dataclass(frozen=True)
class Plan:
    """Items to go through, what is left out from the start, and where relative paths start."""

    items: tuple[Item, ...]
    skipped: tuple[tuple[str, str], ...]
    root: Path


def index_music(
    source: Path,
    folder: Path,
    *,
    encoder: str,
    device: str = "cpu",
    model: Model | None = None,
    jobs: int | None = None,
    progress: Callable[[Pace], None] = lambda pace: None,
) -> IndexReport:
    """Make the catalog ``folder`` of the music in ``source``, a folder or a tracks.csv.

    ``encoder`` is the id of a music encoder; with a ``model`` the tracks are embedded too. Raises
    CatalogError where nothing can be indexed.
    """
    plan = plan_music(source)
    task = partial(analyse_with, encoder=encoder, device=device)
    heard, failed, pace = gone_through(task, [item.path for item in plan.items], jobs, progress)
    skipped = [*plan.skipped, *failed]
    found = [(plan.items[i], one) for i, one in heard.items()]
    rows, repeated = tabulate(found, earlier_rows(folder))
    skipped += repeated
    if not rows:
        reason = first_reason(skipped, Notice("index.no_audio"))
        raise CatalogError("index.nothing", source=source, reason=reason)
    tracks = [track for track, _ in rows]
    table = feature_table([t.id for t in tracks], [h.features for _, h in rows], encoder)
    write_catalog(folder, tracks, table, np.stack([h.peaks for _, h in rows]), model, plan.root)
    notes = [(track.title, note) for track, one in rows for note in one.notes]
    return IndexReport(len(rows), tuple(skipped), tuple(notes), pace)


def gone_through(
    task: Callable[[Path], Found],
    paths: Sequence[Path],
    jobs: int | None,
    progress: Callable[[Pace], None],
) -> tuple[dict[int, Found], list[tuple[str, str]], Pace]:
    """(findings by position, in order; (file, reason) of failures; the pace at the end)."""
    clock, pace = Clock(len(paths)), Pace("", 0, len(paths), 0.0, 0.0)
    found: dict[int, Found] = {}
    failed: list[tuple[str, str]] = []
    for done in run_on_files(task, paths, jobs):
        name = paths[done.index].name
        if done.result is None:
            failed.append((name, done.reason))
        else:
            found[done.index] = done.result
        pace = clock.tick(name, done.result.seconds if done.result else 0.0)
        progress(pace)
    return dict(sorted(found.items())), failed, pace


def first_reason(skipped: Sequence[tuple[str, str]], endings: Notice) -> Notice | str:
    """Why the first files were left out; ``endings`` says which there should be."""
    if not skipped:
        return endings
    return "; ".join(f"{name}: {reason}" for name, reason in skipped[:3])


def analyse_with(path: Path, encoder: str, device: str) -> TrackAnalysis:
    """What a worker process does."""
    return analyse_music(path, worker_encoder(encoder, device))


@lru_cache(maxsize=1)
def worker_encoder(id: str, device: str) -> MusicEncoder:
    """Loaded once per worker process."""
    from vmr.encoders import load_music_encoder

    return load_music_encoder(id, device)


# ---- which files ----------------------------------------------------------------------------


def plan_music(source: Path) -> Plan:
    """The music files of a folder, or the tracks of a table. Raises CatalogError."""
    if source.is_dir():
        return plan_folder(source)
    if source.suffix.lower() != ".csv":
        raise CatalogError("index.no_music_source", source=source)
    root = audio_folder(source.parent)
    items, skipped = [], []
    for track in read_tracks(source):
        path = locate_audio(track.audio, root)
        if path is None:
            where = track.audio or "its cell 'audio' is empty"
            skipped.append((track.title, f"there is no sound for it ({where})"))
        else:
            items.append(Item(path, track))
    return Plan(tuple(items), tuple(skipped), root)


def plan_folder(source: Path) -> Plan:
    """What of a folder is music that can be indexed, and what is not and why."""
    items, skipped = [], []
    for path in files_with_ending(source, MUSIC_ENDINGS):
        audio = path.relative_to(source).as_posix()
        try:
            clean("audio", audio)
            usable = check_audio(audio) == ("", audio) and locate_audio(audio, source) is not None
        except ValueError as error:
            skipped.append((path.name, str(error)))
            continue
        if usable:
            items.append(Item(path, Track(id="", title="", audio=audio)))
        else:
            skipped.append((path.name, "it is a link that leads out of the folder"))
    return Plan(tuple(items), tuple(skipped), source)


def earlier_rows(folder: Path) -> dict[str, Track]:
    """The rows of the catalog that is there already, by sha256."""
    if not (folder / TRACKS).is_file():
        return {}
    return {track.sha256: track for track in read_tracks(folder / TRACKS) if track.sha256}


# ---- rows of the table ----------------------------------------------------------------------


def tabulate(
    found: Iterable[tuple[Item, TrackAnalysis]], earlier: Mapping[str, Track]
) -> tuple[list[tuple[Track, TrackAnalysis]], list[tuple[str, str]]]:
    """(rows with an id each, (file, reason) of sounds that are there twice)."""
    rows: list[tuple[Track, TrackAnalysis]] = []
    repeated: list[tuple[str, str]] = []
    ids: set[str] = set()
    titles: dict[str, str] = {}
    for item, heard in found:
        if heard.sha256 in titles:
            repeated.append((item.path.name, f"the same file as {titles[heard.sha256]!r}"))
            continue
        known = item.track if item.track.id else earlier.get(heard.sha256, item.track)
        track = fill(
            replace(known, audio=item.track.audio),
            measured(item.track.audio, item.path.stem, heard),
        )
        track = replace(track, id=unused(track.id, heard.sha256, ids))
        ids.add(track.id)
        titles[heard.sha256] = track.title
        rows.append((track, heard))
    return rows, repeated
