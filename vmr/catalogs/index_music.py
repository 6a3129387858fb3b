"""Index music: analyse what is new or changed with several processes, write a catalog.

A file is known by its content: one that has not changed keeps its row and its features, one that
moved keeps them under its new name, one that was changed keeps what a person wrote of it. A run
that was killed goes on where it was, because each worker keeps what it found in the cache folder,
and the catalog can be opened at every moment: first the arrays are written, for the tracks of the
old table and of the new one, and the table last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.catalogs.earlier import Earlier, open_earlier
from vmr.catalogs.file_pool import Pace
from vmr.catalogs.heard_music import Analysed, hear_all, recall_shards
from vmr.catalogs.index_run import IndexReport, exclusive, first_reason, gone_through
from vmr.catalogs.labels_table import Labels, read_labels
from vmr.catalogs.music_files import (
    LABELS,
    MusicFile,
    MusicSource,
    content_of,
    find_music,
    read_content,
    stamp_of,
    write_content,
)
from vmr.catalogs.shards import known_content, no_shard_runs, read_stamps, store_of
from vmr.catalogs.track_from_file import fill, measured, unused
from vmr.catalogs.tracks_table import Track
from vmr.catalogs.update import Entry, update_catalog
from vmr.errors import CatalogError, Notice

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

Reasons = list[tuple[str, str | Notice]]


def index_music(
    source: Path,
    folder: Path,
    *,
    encoder: str,
    device: str = "cpu",
    model: Model | None = None,
    labels: Path | None = None,
    jobs: int | None = None,
    progress: Callable[[Pace], None] = lambda pace: None,
) -> IndexReport:
    """Make or bring up to date the catalog ``folder`` of the music in ``source``.

    source: a folder, or a tracks.csv; labels: a labels.csv, otherwise the one in the source folder
    if there is one; encoder: id of a music encoder; with a ``model`` the tracks are embedded too.
    An exception of ``progress`` stops the run; what was found is kept. Raises CatalogError where
    nothing can be indexed, or where somebody else indexes into the folder.
    """
    with exclusive(folder), no_shard_runs(folder), ExitStack() as stack:
        store = store_of(folder)
        music = find_music(source)
        table = labels_of(music, source, labels)
        earlier = open_earlier(folder, encoder, stack)
        content = content_known(music, folder, store)
        same = {} if music.is_table else in_catalog(content, earlier)
        todo = [i for i in range(len(music.files)) if i not in same]
        recalled = recall_shards(content, todo, encoder, store)
        rest = [i for i in todo if i not in recalled]
        paths = [music.files[i].path for i in rest]
        through = hear_all(paths, encoder, device, store, jobs)
        found, failed, pace = gone_through(through, paths, progress)
        heard = recalled | {rest[i]: one for i, one in found.items()}
        skipped: Reasons = [*music.skipped, *failed]
        entries, repeated = tabulate(music, same, heard, earlier, table)
        skipped += [*repeated, *unanswered(table, entries)]
        if not entries:
            raise nothing(source, skipped)
        hashes = content | {i: one.facts.sha256 for i, one in heard.items()}
        removed = update_catalog(folder, entries, earlier, encoder, model, music.root)
        write_content(folder, dict(stamps(music, hashes)))
        notes = [(e.track.title, note) for e in entries for note in e.notes]
        read_as = [(path.name, how) for path, how in hows(source, music, table)]
    more = sum(not entry.fresh for entry in entries), removed, len(recalled)
    return IndexReport(len(entries), tuple(skipped), (*read_as, *notes), pace, *more)


def nothing(source: Path, skipped: Reasons) -> CatalogError:
    """The error that says why nothing was indexed."""
    reason = first_reason(skipped, Notice("index.no_audio"))
    return CatalogError("index.nothing", source=source, reason=reason)


def labels_of(music: MusicSource, source: Path, labels: Path | None) -> Labels | None:
    """The labels named, or those beside the music, or None. Raises CatalogError."""
    beside = source / LABELS
    if labels is None and (music.is_table or not beside.is_file()):
        return None
    return read_labels(labels or beside, (file.track.audio for file in music.files))


def hows(source: Path, music: MusicSource, labels: Labels | None) -> Iterator[tuple[Path, Notice]]:
    """How the tables were read, of those that say so."""
    if music.how is not None:
        yield source, music.how
    if labels is not None and labels.how is not None:
        yield Path(LABELS), labels.how


def unanswered(labels: Labels | None, entries: list[Entry]) -> Reasons:
    """The rows of a labels.csv that no track answers to."""
    if labels is None:
        return []
    unused = labels.unused(entry.track for entry in entries)
    return [(LABELS, Notice("labels.no_track", line=line, key=key)) for line, key in unused]


def stamps(
    music: MusicSource, hashes: Mapping[int, str]
) -> Iterator[tuple[str, tuple[tuple[int, int], str]]]:
    """(audio, ((size, time), sha256)) of the files, for content.json."""
    for i, sha256 in hashes.items():
        file = music.files[i]
        try:
            yield file.track.audio, (stamp_of(file.path), sha256)
        except OSError:  # it went while the others were analysed: the next run will see
            continue


def in_catalog(content: Mapping[int, str], earlier: Earlier) -> dict[int, str]:
    """Of files by position and sha256 those whose arrays the catalog has."""
    return {i: sha256 for i, sha256 in content.items() if sha256 in earlier.stored}


def content_known(music: MusicSource, folder: Path, store: Path | None) -> dict[int, str]:
    """{position: sha256}; of the rows of a table only what shards went through."""
    if music.is_table:
        return known_content([(file.track.audio, file.path) for file in music.files], store)
    return content_of(music.files, read_content(folder) | read_stamps(store))


# ---- rows of the table ----------------------------------------------------------------------


def tabulate(
    music: MusicSource,
    same: Mapping[int, str],
    analysed: Mapping[int, Analysed],
    earlier: Earlier,
    labels: Labels | None,
) -> tuple[list[Entry], Reasons]:
    """(entries with an id each, (file, reason) of sounds that are there twice)."""
    entries: list[Entry] = []
    repeated: Reasons = []
    ids: set[str] = set()
    titles: dict[str, str] = {}
    contents = {*same.values(), *(one.facts.sha256 for one in analysed.values())}
    for i, file in enumerate(music.files):
        one = analysed.get(i)
        sha256 = one.facts.sha256 if one else same.get(i, "")
        if not sha256:
            continue  # it failed, and is listed with its reason
        if sha256 in titles:
            repeated.append((file.path.name, Notice("index.repeated", title=titles[sha256])))
            continue
        track = row_of(file, sha256, one, earlier, contents)
        track = replace(track, id=unused(track.id, sha256, ids))
        track = track if labels is None else labels.apply(track)
        ids.add(track.id)
        titles[sha256] = track.title
        if one is None:
            entries.append(Entry(track, sha256, stored=earlier.stored[sha256]))
        else:
            notes = one.facts.notes
            entries.append(Entry(track, sha256, one.place, one.count, one.width, notes=notes))
    return entries, repeated


def row_of(
    file: MusicFile, sha256: str, one: Analysed | None, earlier: Earlier, contents: set[str]
) -> Track:
    """The row of one file: what was written of it, filled up with what was found in it."""
    if file.track.id:
        written = file.track
    elif sha256 in earlier.by_content:
        written = earlier.by_content[sha256]
    else:
        written = earlier.changed(file.track.audio, contents) or file.track
    written = replace(written, audio=file.track.audio, catalog="")
    return (
        written
        if one is None
        else fill(written, measured(written.audio, file.path.stem, one.facts))
    )
