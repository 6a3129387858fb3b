"""What indexing finds in one music file: features, waveform, tempo, key, energy, voices, tags.

A file is decoded once, in the limited worker process of vmr.media, and what was found is kept in
the cache folder under the file's sha256 and the encoder's id; so a stopped indexing goes on, and a
file that moved is not analysed again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.arrays import PEAKS
from vmr.errors import Notice
from vmr.files import ContentCache, cache_folder, digest_of, sha256_file

if TYPE_CHECKING:
    from vmr.encoders.base import MusicEncoder
    from vmr.media.clip import AudioClip

Array = NDArray[np.float32]

ROWS = 32  # feature rows kept per track, spread over the whole of it
FACTS = ("seconds", "bpm", "key", "energy", "vocals", "tags", "notes")
FORMAT = "2"  # raise it when something below measures differently

VOICE_TAGS = tuple(
    f"mtt:{tag}"
    for tag in (
        *("vocal", "female", "male", "singing", "vocals", "woman", "male vocal", "man", "choir"),
        *("voice", "male voice", "female vocal", "female voice", "choral", "opera"),
    )
)
NO_VOICE_TAGS = ("mtt:no vocals", "mtt:no vocal", "mtt:no voice")
# voice_score on 55 tracks without voices (the starter catalog, naev, noiz2sa, ...) and 339 of sung
# genres: AUC .88. Below the first number are half of those without and a tenth of the sung ones,
# above the second a twentieth and three fifths. Between the two nothing is said.
VOICE_UNSURE = (0.05, 0.45)


@dataclass(frozen=True, kw_only=True)
class TrackFacts:
    """What is said of a track in tracks.csv, and the sha256 of the file."""

    sha256: str
    seconds: float
    bpm: float | None
    key: str
    energy: float | None
    vocals: str
    tags: dict[str, str]
    notes: tuple[Notice, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class TrackFeatures(TrackFacts):
    """features (T, D) float32, T <= ROWS; peaks (PEAKS,) uint8."""

    features: Array
    peaks: NDArray[np.uint8]


def analyse_music(path: Path, encoder: MusicEncoder, store: Path | None = None) -> TrackFeatures:
    """Analyse one file, or recall what was found in the same content, in the folder ``store`` or in
    the cache. Raises MediaError."""
    sha256 = sha256_file(path)
    cache = music_cache(encoder.id, encoder.columns, store)
    analysis = recall_music(cache, sha256)
    if analysis is None:
        heard = hear(path, sha256, encoder.rate_hz)
        analysis = keep_music(cache, heard, encoder.encode(heard.clip), encoder.columns)
    return analysis


@dataclass(frozen=True, eq=False)
class Heard:
    """A decoded file and what was found in it without the encoder."""

    sha256: str
    clip: AudioClip
    found: Mapping[str, Any]
    tags: dict[str, str]


def hear(path: Path, sha256: str, rate_hz: int) -> Heard:
    """Decode and measure a file; the encoder comes after. Raises MediaError."""
    from vmr.encoders.audio_stats import analyse_track
    from vmr.media.read import read_audio
    from vmr.media.tags import read_tags

    clip = read_audio(path, rate_hz)
    return Heard(sha256, clip, analyse_track(clip), read_tags(path))


def keep_music(
    cache: ContentCache, heard: Heard, features: Array, columns: tuple[str, ...]
) -> TrackFeatures:
    """The analysis of a file with its features (T, D), which is written to the cache too."""
    clip, found = heard.clip, heard.found
    analysis = TrackFeatures(
        sha256=heard.sha256,
        features=spread(features, ROWS),
        peaks=waveform(clip.samples),
        seconds=clip.duration_s,
        bpm=found["bpm"],
        key=found["key"],
        energy=found["energy"],
        vocals=voices(features, columns),
        tags=heard.tags,
        notes=clip.notes,
    )
    facts = {name: getattr(analysis, name) for name in FACTS}
    facts["notes"] = [note.as_json() for note in analysis.notes]
    arrays: dict[str, NDArray] = {"features": analysis.features, "peaks": analysis.peaks}
    cache.write(heard.sha256, arrays, {"facts": json.dumps(facts)})
    return analysis


def spread(rows: Array, count: int) -> Array:
    """At most ``count`` rows, evenly over the whole: (T, D) -> (min(T, count), D)."""
    if len(rows) <= count:
        return rows
    return rows[np.linspace(0, len(rows) - 1, count).round().astype(int)]


def waveform(samples: Array) -> NDArray[np.uint8]:
    """(PEAKS,) uint8: the largest sample of each part of the sound, 255 = the loudest part."""
    edges = np.linspace(0, len(samples), PEAKS + 1).astype(int)[:-1]
    padded = np.abs(samples) if len(samples) >= PEAKS else np.zeros(PEAKS, np.float32)
    edges = edges if len(samples) >= PEAKS else np.arange(PEAKS)
    peaks = np.maximum.reduceat(padded, edges)
    return np.asarray(np.round(255 * peaks / max(float(peaks.max()), 1e-6)), dtype=np.uint8)


def voices(features: Array, columns: tuple[str, ...]) -> str:
    """Features (T, D) -> "vocal", "instrumental", or "" where the tags are undecided or absent."""
    score = voice_score(features, columns)
    if score is None or VOICE_UNSURE[0] < score < VOICE_UNSURE[1]:
        return ""
    return "vocal" if score >= VOICE_UNSURE[1] else "instrumental"


def voice_score(features: Array, columns: tuple[str, ...]) -> float | None:
    """Sum of musicnn's singing tags minus its no-singing tags (MTT), mean over the sound."""
    found = voice_scores(features.mean(axis=0, keepdims=True), columns)
    return None if found is None else float(found[0])


def voice_scores(means: Array, columns: tuple[str, ...]) -> NDArray[np.float64] | None:
    """The same of the means (N, D) of several sounds: (N,) float64."""
    if not set(VOICE_TAGS + NO_VOICE_TAGS) <= set(columns):
        return None
    place = {name: i for i, name in enumerate(columns)}
    found = np.zeros(len(means))
    for sign, tags in ((1, VOICE_TAGS), (-1, NO_VOICE_TAGS)):
        for name in tags:
            found += sign * means[:, place[name]].astype(np.float64)
    return found


# ---- in the cache folder --------------------------------------------------------------------


def music_cache(encoder: str, columns: Sequence[str], store: Path | None = None) -> ContentCache:
    """Where the findings of an encoder on files are kept, in the cache folder or in ``store``;
    other columns are another place."""
    folder = store or cache_folder()
    return ContentCache(folder / "heard" / digest_of(FORMAT, encoder, *columns))


def recall_music(cache: ContentCache, sha256: str) -> TrackFeatures | None:
    """None where nothing is kept; a damaged file counts as nothing and is written again."""
    found = cache.read(sha256)
    if found is None:
        return None
    arrays, header = found
    try:
        facts = json.loads(header["facts"])
        notes = tuple(Notice.from_json(note) for note in facts.pop("notes"))
        return TrackFeatures(
            sha256=sha256,
            features=arrays["features"],
            peaks=arrays["peaks"],
            notes=notes,
            **facts,
        )
    except (KeyError, TypeError, ValueError):
        return None
