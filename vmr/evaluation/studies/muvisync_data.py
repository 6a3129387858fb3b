"""MuVi-Sync (Kang, Poria, Herremans 2023; 748 music videos, features only) -> rows per second.

The folder holds ``muvisync_compact.npz`` (arrays clip5s, clip_off, persec, persec_off, persec_cols,
chord_vocab, meta) and ``genre_judged.tsv`` (id, artist, genre judged by artist). Video rows: CLIP
image features (768, a new value every 5 s), motion, cuts, shot length, six CLIP emotions. Music
rows: loudness, note density, chords relative to the key. Nothing of the video stands on the music
side, and the length of a clip stands on neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmr.errors import VmrError
from vmr.model.tower import Features
from vmr.tables import read_table

ARRAYS = "muvisync_compact.npz"
TABLE = "genre_judged.tsv"
CLIP = 768
NOTES = {
    n: i for i, n in enumerate(("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"))
}
FLATS = {"Db": "C#", "Eb": "D#", "Gb": "F#", "Ab": "G#", "Bb": "A#"}
# Chord qualities in nine groups; a name that is not here would be an error of the data.
QUALITIES = {
    "maj": 0, "min": 1, "7": 2, "min7": 3, "maj7": 4, "sus2": 5, "sus4": 5, "maj6": 6, "min6": 6,
    "dim": 7, "dim7": 7, "hdim7": 7, "aug": 7, "none": 8,
}  # fmt: skip
MINOR = (1, 3, 7)
MUSIC_WINDOW_S = 60
VIDEO_WINDOW_S = 30
SCALARS = 6  # the first columns of a music row are numbers, the others are one-hot
RECURRENCES = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32)  # seconds
DENSITIES = 16  # notes per second that are told apart
# Window statistics of the music: chords by their share of time, numbers by how they move as well.
RICH = (
    "mean", *(f"{name}:{SCALARS}" for name in ("std", "change")),
    *(f"{name}:3" for name in ("swing4", "swing16", "echo1", "echo2", "echo4", "echo8", "echo16")),
    "start:3", "end:3",
)  # fmt: skip
# Of the whole track: how it goes on over seconds, and from its start to its end.
WHOLE = ("mean", *(f"echo{lag}:3" for lag in RECURRENCES), "parts8:3")


@dataclass(frozen=True)
class Songs:
    """N pairs. video (T, 778), music (T, 94); genre (N,) index into genres, -1 unlabelled."""

    video: list[Features]
    music: list[Features]
    genre: NDArray[np.int64]
    genres: tuple[str, ...]
    artists: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.video)


def read_songs(folder: Path) -> Songs:
    """Read the folder. Raises VmrError when it does not hold the two files."""
    missing = [name for name in (ARRAYS, TABLE) if not (folder / name).is_file()]
    if missing:
        raise VmrError("study.no_data", folder=folder, missing=" and no ".join(missing))
    table = [row for _, row in read_table(folder / TABLE, ("artist", "genre_judged_by_artist"))]
    found = [row["genre_judged_by_artist"] for row in table]
    # 'country' has two songs: too few to be judged, so it counts as unlabelled.
    genres = tuple(sorted(set(found) - {"country", ""}))
    with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
        clip, clip_off = arrays["clip5s"], arrays["clip_off"]
        seconds, off = arrays["persec"], arrays["persec_off"]
        chords = _chords(arrays["chord_vocab"])
        keys = [str(key) for key in arrays["meta"][:, 3]]
    video, music = [], []
    for i, key in enumerate(keys):
        rows = seconds[off[i] : off[i + 1]].astype(np.float32)
        video.append(_video_rows(clip[clip_off[i] : clip_off[i + 1]], rows[:, 3:]))
        music.append(_music_rows(rows[:, :3], chords, key))
    index = np.array([genres.index(g) if g in genres else -1 for g in found])
    artists = np.array([primary_artist(row["artist"]) for row in table])
    return Songs(video, music, index, genres, artists)


def primary_artist(name: str) -> str:
    """The first artist named, spelled plainly: ``J. Balvin, Jowell`` -> ``jbalvin``."""
    first = re.split(r",|&| x | feat| ft", name)[0].lower()
    return re.sub(r"[^\w]", "", first)


def _video_rows(clip: NDArray[np.float16], seconds: NDArray[np.float32]) -> Features:
    """(C, 768), (T, 8) -> (T, 778)."""
    index = np.minimum(np.arange(len(seconds)) // 5, len(clip) - 1)
    motion, since_cut = seconds[:, 0], seconds[:, 1]
    cut = np.diff(since_cut, prepend=0) <= 0
    columns = [motion, np.log1p(motion), cut, np.log1p(since_cut)]
    return np.column_stack([clip[index], *columns, seconds[:, 2:]]).astype(np.float32)


def _music_rows(seconds: NDArray[np.float32], chords: Chords, key: str) -> Features:
    """(T, 3): loudness, density, chord -> (T, 94), one-hot from column SCALARS on."""
    level, density = seconds[:, 0], seconds[:, 1]
    loudness = np.log(level + 1e-3)
    chord = seconds[:, 2].astype(int)
    root, quality = chords.root[chord], chords.quality[chord]
    name, mode = key.split()
    tonic = NOTES[FLATS.get(name, name)]
    changed = np.concatenate([[False], np.diff(chord) != 0])
    steps = np.arange(len(chord))
    since = steps - np.maximum.accumulate(np.where(changed, steps, 0))
    sounding = root >= 0
    degree = np.where(sounding, (root - tonic) % 12, 12)
    minor = np.isin(quality, MINOR)
    moved = changed & sounding & np.concatenate([[False], sounding[:-1]])
    interval = np.where(moved, (root - np.roll(root, 1)) % 12, 12)
    columns = [
        loudness,
        level,
        density,
        changed,
        np.log1p(np.minimum(since, 16)),
        _standard(loudness) * _standard(density),
        np.eye(9)[quality],
        np.eye(13)[degree][:, :12],
        np.eye(25)[np.where(sounding, degree + 12 * minor, 24)][:, :24],
        np.eye(13)[interval][:, :12],
        np.full(len(chord), mode.startswith("min")),
        np.column_stack([_same_as_before(chord, lag) for lag in RECURRENCES]),
        np.eye(DENSITIES)[np.clip(density.round(), 0, DENSITIES - 1).astype(int)],
    ]
    return np.column_stack(columns).astype(np.float32)


def _same_as_before(chord: NDArray[np.int64], lag: int) -> NDArray[np.bool_]:
    """Whether the chord is the one of ``lag`` seconds before: (T,)."""
    same = np.zeros(len(chord), dtype=bool)
    same[lag:] = chord[lag:] == chord[:-lag]
    return same


@dataclass(frozen=True)
class Chords:
    """Root (0 to 11, -1 without a chord) and quality of every chord of the vocabulary."""

    root: NDArray[np.int64]
    quality: NDArray[np.int64]


def _chords(vocabulary: NDArray[np.str_]) -> Chords:
    roots, qualities = [], []
    for name in map(str, vocabulary):
        note, _, quality = name.partition(":")
        roots.append(NOTES.get(note, -1))
        qualities.append(QUALITIES["none" if note == "N" else quality or "maj"])
    return Chords(np.array(roots), np.array(qualities))


def _standard(x: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((x - x.mean()) / (x.std() + 1e-6))
