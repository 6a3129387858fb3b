"""What a worker process makes of one file of music, and what shards made of it before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from vmr.catalogs.analyse_music import (
    TrackFacts,
    TrackFeatures,
    analyse_music,
    music_cache,
    recall_music,
)
from vmr.catalogs.batched_music import analyse_batched
from vmr.catalogs.file_pool import Done, run_on_files
from vmr.catalogs.music_files import READERS
from vmr.encoders import load_music_encoder
from vmr.encoders.base import open_device
from vmr.files import ContentCache

worker_encoder = lru_cache(maxsize=1)(load_music_encoder)  # once per worker process


@dataclass(frozen=True)
class Analysed:
    """What a worker process sends back: the facts, and where ``count`` feature rows are kept."""

    facts: TrackFacts
    place: Path
    count: int
    width: int

    @property
    def seconds(self) -> float:
        """Length of the file in seconds."""
        return self.facts.seconds


def analyse_with(path: Path, encoder: str, device: str, store: Path | None = None) -> Analysed:
    """What a worker process does."""
    loaded = worker_encoder(encoder, device)
    analysis = analyse_music(path, loaded, store)
    return analysed(analysis, music_cache(loaded.id, loaded.columns, store))


def hear_all(
    paths: Sequence[Path], encoder: str, device: str, store: Path | None, jobs: int | None
) -> Iterator[Done[Analysed]]:
    """The files as they come to their end: on a card in batches that go across files, else each in
    a process of its own."""
    if open_device(device).type == "cpu":
        task = partial(analyse_with, encoder=encoder, device=device, store=store)
        yield from run_on_files(task, paths, jobs)
        return
    loaded = worker_encoder(encoder, device)
    cache = music_cache(loaded.id, loaded.columns, store)
    for done in analyse_batched(paths, loaded, store, jobs):
        result = None if done.result is None else analysed(done.result, cache)
        yield Done(done.index, result, done.reason)


def analysed(analysis: TrackFeatures, cache: ContentCache) -> Analysed:
    """The facts of an analysis, and where its arrays are kept."""
    facts = TrackFacts(**{name: getattr(analysis, name) for name in TrackFacts.__annotations__})
    return Analysed(facts, cache.place(analysis.sha256), *analysis.features.shape)


def recall_shards(
    content: Mapping[int, str], todo: Sequence[int], encoder: str, store: Path | None
) -> dict[int, Analysed]:
    """What shards found in those of the files that are to do, by position; none is read again."""
    known = {i: content[i] for i in todo if i in content}
    if store is None or not known:
        return {}
    loaded = worker_encoder(encoder, "cpu")
    cache = music_cache(loaded.id, loaded.columns, store)
    with ThreadPoolExecutor(READERS) as pool:
        found = zip(known, pool.map(partial(recall_music, cache), known.values()), strict=True)
        return {i: analysed(one, cache) for i, one in found if one is not None}
