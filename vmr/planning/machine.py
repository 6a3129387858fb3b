"""A short benchmark of this machine: what a minute of media costs and what a track weighs.

Nothing is assumed of a graphics card that is not there: what the encoders compute is counted, and
vmr.planning.arithmetic turns that into hours by a stated rule.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vmr.embedding import BranchEmbedding, Calibration
from vmr.errors import VmrError
from vmr.planning.stopwatch import moving_1080p, seconds_of

if TYPE_CHECKING:
    from vmr.query import Query
    from vmr.retriever import Retriever

PIECES = 6  # of music that are timed, spread over the catalogs
SEARCHED = 20_000  # made-up tracks that one search is timed on
FILES = ("features", "embeddings", "peaks")  # arrays of a catalog, beside its table


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What was measured: processor seconds of one process per minute of media, and sizes.

    music_read_s    decoding, tempo, key and energy; music_encode_s: the frozen network
    video_read_s    decoding, motion, cuts; video_encode_s: the frozen network
    music_flop, video_flop   operations of the networks per minute of media
    answer_s        30 s of 1080p read and embedded; search_s: one search among ``searched`` tracks
    track_bytes     of a catalog by file, per track; facet: the one of most labels (classes)
    load            of the machine when the measurement began: above its cores it was busy
    """

    cores: int
    load: float
    music_read_s: float
    music_encode_s: float
    music_flop: float
    video_read_s: float
    video_encode_s: float
    video_flop: float
    answer_s: float
    search_s: float
    searched: int
    track_bytes: dict[str, float]
    embedding_bytes: float
    classes: int
    facet: str = ""


def measure(retriever: Retriever, say: Callable[[str], None] = lambda what: None) -> Machine:
    """Time the real encoders on real media of this machine; about a minute. Raises VmrError."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    say("music")
    music = _music(retriever)
    say("video")
    with tempfile.TemporaryDirectory(prefix="vmr-") as folder:
        film = moving_1080p(Path(folder) / "moving.mp4")
        queries = [retriever.embed_video(film) for _ in range(2)]
        video_flop = _flop(partial(retriever.embed_video, film))
    stages = {s: min(q.timings_s[s] for q in queries) for s in queries[0].timings_s}
    say("search")
    rows = retriever.music.embeddings.values
    labels = {facet: len(retriever.model.anchors(facet).names) for facet in retriever.facets}
    facet = max(labels, key=labels.__getitem__, default="")
    return Machine(
        cores=os.cpu_count() or 1,
        load=load,
        **music,
        video_read_s=2 * stages["read"],  # of half a minute
        video_encode_s=2 * stages["encode"],
        video_flop=2 * video_flop,
        answer_s=sum(stages.values()),
        search_s=_search_s(retriever, queries[0]),
        searched=SEARCHED,
        track_bytes=_track_bytes(retriever),
        embedding_bytes=float(rows[0].nbytes),
        classes=labels.get(facet, 1),
        facet=facet,
    )


def _music(retriever: Retriever) -> dict[str, float]:
    """Seconds and operations per minute of music, over a few tracks whose sound is here."""
    import torch

    from vmr.encoders.audio_stats import analyse_track
    from vmr.media.read import read_audio

    encoder, threads = retriever.music_encoder, torch.get_num_threads()
    minutes = read_s = encode_s = flop = 0.0
    torch.set_num_threads(1)  # as in each process of an indexing
    try:
        for path in _heard(retriever):
            start = time.perf_counter()
            clip = read_audio(path, encoder.rate_hz)
            analyse_track(clip)
            read_s += time.perf_counter() - start
            encode_s += seconds_of(partial(encoder.encode, clip))
            flop += _flop(partial(encoder.encode, clip))
            minutes += clip.duration_s / 60
    finally:
        torch.set_num_threads(threads)
    return {
        "music_read_s": read_s / minutes,
        "music_encode_s": encode_s / minutes,
        "music_flop": flop / minutes,
    }


def _heard(retriever: Retriever) -> list[Path]:
    """The sound of some of the tracks that have it here, spread over the catalogs."""
    here = np.flatnonzero(retriever.music.audible())
    if not len(here):
        raise VmrError("plan.no_sound")
    chosen = here[np.linspace(0, len(here) - 1, min(PIECES, len(here))).round().astype(int)]
    return [path for i in chosen if (path := retriever.music.places[i].audio()) is not None]


def _flop(call: Callable[[], Any]) -> float:
    """Floating-point operations of the networks in a call, as torch counts them."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        call()
    return float(counter.get_total_flops())


def _search_s(retriever: Retriever, query: Query) -> float:
    """One search among SEARCHED tracks with random embeddings, as a page asks it."""
    from vmr.search import candidates

    random = np.random.default_rng(0)
    _, branches, dims = retriever.music.embeddings.values.shape
    values = random.standard_normal((SEARCHED, branches, dims)).astype(np.float32)
    values /= np.linalg.norm(values, axis=2, keepdims=True)
    tracks = BranchEmbedding(values, retriever.music.embeddings.branches)
    ones = np.ones((1, branches), np.float32)
    scale = Calibration(0 * ones, ones)
    anchors = retriever.ranking.controls.anchors
    search = partial(candidates, query.embedding, tracks, scale, anchors=anchors)
    return statistics.median(seconds_of(search) for _ in range(3))


def _track_bytes(retriever: Retriever) -> dict[str, float]:
    """Bytes per track of the catalogs that are open, by file."""
    catalogs = retriever.music.catalogs
    count = sum(len(catalog) for catalog in catalogs)
    names = {name: f"{name}.safetensors" for name in FILES} | {"table": "tracks.csv"}
    return {
        part: sum((c.folder / name).stat().st_size for c in catalogs) / count
        for part, name in names.items()
    }
