"""Synthetic pairs: a hidden cause seen by both sides through different fixed mixtures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vmr.training.pairs import PairSet


def make_pairs(count: int, *, seed: int = 0, video_dim: int = 12, music_dim: int = 9) -> PairSet:
    """Pairs with a hidden cause (6 numbers) and a genre, the sign of the first; every fifth pair is
    unlabelled."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(99)
    to_video, to_music = mixing.normal(size=(6, video_dim)), mixing.normal(size=(6, music_dim))
    cause = rng.normal(size=(count, 6))

    def side(mixture: np.ndarray) -> list[np.ndarray]:
        clips = []
        for row in cause @ mixture:
            steps = int(rng.integers(3, 9))
            clips.append((row + 0.3 * rng.normal(size=(steps, len(row)))).astype(np.float32))
        return clips

    labels = np.eye(2, dtype=np.float32)[(cause[:, 0] > 0).astype(int)]
    labels[::5] = 0
    rows = {"genre": labels}
    ids = [f"p{i}" for i in range(count)]
    return PairSet(side(to_video), side(to_music), rows, rows, ids, ids)


def write_pairs(folder: Path, pairs: PairSet, splits: list[str]) -> Path:
    """The same as a table with .npy files: pairs.csv in the folder."""
    lines = ["id,video,music,split,genre"]
    for i, split in enumerate(splits):
        np.save(folder / f"v{i}.npy", pairs.video[i])
        np.save(folder / f"m{i}.npy", pairs.music[i])
        label = "|".join(("low", "high")[j] for j in np.flatnonzero(pairs.music_labels["genre"][i]))
        lines.append(f"p{i},v{i}.npy,m{i}.npy,{split},{label}")
    path = folder / "pairs.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
