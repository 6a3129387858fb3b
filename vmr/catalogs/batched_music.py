"""Many files of music through one encoder on a card, in batches that go across files.

Threads decode, each in the limited worker process of vmr.media, and measure; one thread encodes
what they bring. One process holds the card, instead of one for each file that is read at a time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.catalogs.analyse_music import (
    Heard,
    TrackFeatures,
    hear,
    keep_music,
    music_cache,
    recall_music,
)
from vmr.catalogs.file_pool import Done, outcome
from vmr.encoders.base import encode_many
from vmr.files import ContentCache, sha256_file

if TYPE_CHECKING:
    from vmr.encoders.base import MusicEncoder

BATCH_S = 1800.0  # seconds of music that are encoded together, 115 MB of samples
AHEAD = 2  # files for each thread that are decoded or wait to be encoded


def analyse_batched(
    paths: Sequence[Path],
    encoder: MusicEncoder,
    store: Path | None = None,
    jobs: int | None = None,
    batch_s: float = BATCH_S,
) -> Iterator[Done[TrackFeatures]]:
    """As vmr.catalogs.file_pool.run_on_files with analyse_music, with batches across files."""
    cache = music_cache(encoder.id, encoder.columns, store)
    threads = min(jobs or os.cpu_count() or 1, max(len(paths), 1))
    numbers = iter(range(len(paths)))
    running: dict[Future[TrackFeatures | Heard], int] = {}
    held: list[tuple[int, Heard]] = []
    with ThreadPoolExecutor(threads) as pool:
        while True:
            while len(running) < AHEAD * threads and (i := next(numbers, None)) is not None:
                running[pool.submit(_hear, paths[i], cache, encoder.rate_hz)] = i
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                i = running.pop(future)
                done = outcome(i, future.result)
                if isinstance(done.result, Heard):
                    held.append((i, done.result))
                else:
                    yield Done(i, done.result, done.reason)
            if sum(heard.clip.duration_s for _, heard in held) >= batch_s:
                yield from _encoded(held, encoder, cache)
                held = []
    yield from _encoded(held, encoder, cache)


def _hear(path: Path, cache: ContentCache, rate_hz: int) -> TrackFeatures | Heard:
    """What is kept of a file, else what is to be encoded."""
    sha256 = sha256_file(path)
    return recall_music(cache, sha256) or hear(path, sha256, rate_hz)


def _encoded(
    held: Sequence[tuple[int, Heard]], encoder: MusicEncoder, cache: ContentCache
) -> Iterator[Done[TrackFeatures]]:
    rows = encode_many(encoder, [heard.clip for _, heard in held]) if held else []
    for (i, heard), features in zip(held, rows, strict=True):
        yield Done(i, keep_music(cache, heard, features, encoder.columns), "")
