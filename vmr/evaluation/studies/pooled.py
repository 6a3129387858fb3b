"""MuVi-Sync pooled to one vector a clip, few training pairs: alpha 0 against CCA and chance.

For each number of pairs and each seed, artists are drawn for a test pool of about 200 songs and
then for the training pairs; no artist is in both, and none that settings were chosen on. The CCA
reads the same columns, its two strengths and number of directions chosen by cross-validation on the
same training pairs, folds by artist (the plain map of vmr.model.linear_map).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from vmr import metrics
from vmr.embedding import SSL
from vmr.evaluation.studies.muvisync_data import CLIP, Songs, read_songs
from vmr.evaluation.studies.protocol import Index, choice_artists
from vmr.model.config import ModelConfig
from vmr.model.two_tower import Model
from vmr.training.config import TrainConfig
from vmr.training.pairs import PairSet
from vmr.training.train import train

POOL = 200
SEEDS = 5
SYSTEMS = ("chance", "CCA", "network", "alpha 0")


def pooled_split(artists: NDArray[np.str_], pairs: int, seed: int) -> tuple[Index, Index]:
    """Artist-disjoint training and test songs, artists drawn by the seed: indices (N,)
    for ``pairs`` and (Q,) for about POOL songs.

    ValueError where there are not so many songs.
    """
    free = ~np.isin(artists, list(choice_artists(artists)))
    test: list[int] = []
    rest: list[int] = []
    for name in np.random.default_rng(seed).permutation(np.unique(artists[free])):
        (test if len(test) < POOL else rest).extend(np.flatnonzero(artists == name).tolist())
    if len(rest) < pairs:
        raise ValueError(f"{len(rest)} songs are left to train on, not {pairs}")
    return np.array(rest[:pairs]), np.array(test)


def run_pooled(folder: Path, pairs: int, seed: int, steps: int) -> dict[str, list[float]]:
    """R@10 of each system, video to music and music to video; a process reads the songs once."""
    torch.set_num_threads(1)
    songs = _songs(folder)
    train_index, test = pooled_split(songs.artists, pairs, seed)
    config = ModelConfig(
        songs.video[0].shape[1],
        songs.music[0].shape[1],
        labels={"genre": songs.genres},
        video_pca=96,
        video_pca_columns=CLIP,
        posterior_share=0.7,
        linear=True,
    )
    model = train(_pairs(songs, train_index), config, TrainConfig(seed=seed, steps=steps))
    return figures(model, _pairs(songs, test))


@torch.no_grad()
def figures(model: Model, pairs: PairSet) -> dict[str, list[float]]:
    """R@10 of N pairs, both directions, by each system of SYSTEMS."""
    video = model.video_tower.prepare(pairs.video)
    music = model.music_tower.prepare(pairs.music)
    towers = ((model.video_tower, video), (model.music_tower, music))
    ssl = [model.embed_prepared(tower, clips).branch(SSL) for tower, clips in towers]
    network = [tower.contrastive(clips)[:, 0, 0].numpy() for tower, clips in towers]
    line = [tower.straight_line(clips).numpy() for tower, clips in towers]
    chance = min(10 / len(pairs), 1.0)
    return {
        "chance": [chance, chance],
        "CCA": _recalls(line),
        "network": _recalls(network),
        "alpha 0": _recalls(ssl),
    }


def table(found: Mapping[int, Sequence[Mapping[str, list[float]]]]) -> str:
    """Mean over seeds of each system's R@10, and alpha 0 against CCA seed by seed, in Markdown."""
    lines = [
        "| pairs | system | R@10, video to music | music to video | both | less than CCA |",
        "|---|---|---|---|---|---|",
    ]
    for pairs, runs in found.items():
        cca = np.array([run["CCA"] for run in runs])
        for system in SYSTEMS:
            values = np.array([run[system] for run in runs])
            below = int((values.mean(1) < cca.mean(1) - 1e-9).sum())
            there, back = values.mean(0)
            lines.append(
                f"| {pairs} | {system} | {there:.3f} | {back:.3f} | {values.mean():.3f} "
                f"| {below} of {len(runs)} |"
            )
    return "\n".join(lines) + "\n"


def _pairs(songs: Songs, index: Index) -> PairSet:
    rows = np.eye(len(songs.genres) + 1, dtype=np.float32)[songs.genre[index]][:, :-1]
    video, music = (
        [clips[i].mean(0, keepdims=True) for i in index] for clips in (songs.video, songs.music)
    )
    labels = {"genre": rows}
    return PairSet(video, music, labels, labels, groups=songs.artists[index].tolist())


def _recalls(vectors: Sequence[NDArray[np.float32]]) -> list[float]:
    scores = vectors[0] @ vectors[1].T
    return [metrics.recall_at(metrics.ranks(s), 10) for s in (scores, scores.T)]


_songs = cache(read_songs)
