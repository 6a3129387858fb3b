"""A track over time, as the picture is held against it: loudness, onsets and beats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from vmr.cues.beats import bars_of, beats_of
from vmr.embedding import Array
from vmr.encoders.logmel import RATE_HZ, MelSpectrum
from vmr.encoders.tempo import FRAME_HZ, onset_envelope, onset_frames, tempo
from vmr.files import ContentCache, cache_folder, sha256_file
from vmr.media.read import read_audio

GRID_S = 0.25  # steps of the energy's curve
LONGEST_S = 900.0  # of a track that is listened to
SMOOTH_STEPS = 8  # two seconds
NEARBY = 3  # frames of 16 ms
FORMAT = "1"  # raise it when something below measures differently
NUMBERS = ("seconds", "beat_s")
ARRAYS = ("energy", "level_db", "onsets_s", "strength", "beats_s", "bars_s")
CLEAR = 0.2  # below, beats are guesses and onsets alone are used


@dataclass(frozen=True)
class TrackSound:
    """seconds: length; energy (G,): loudness and onsets on a grid of GRID_S, in deviations of the
    track; level_db (G,); onsets_s (O,), the clear ones; beat_s: 0 where there is no clear pulse;
    strength (F,): of the onset within 48 ms, in deviations, frames of FRAME_HZ; beats_s (B,) and
    bars_s, those of them that begin a bar: empty where there is no clear pulse."""

    seconds: float
    energy: Array
    level_db: Array
    onsets_s: Array
    beat_s: float
    strength: Array
    beats_s: Array
    bars_s: Array


def listen(path: Path) -> TrackSound:
    """Read a track, in the limited worker, or recall what was heard in the same bytes. Raises
    MediaError."""
    cache, sha256 = ContentCache(cache_folder() / "cue-sounds" / FORMAT), sha256_file(path)
    kept = cache.read(sha256)
    if kept is not None:
        return _of_stored(*kept)
    sound = sound_of(read_audio(path, RATE_HZ, max_s=LONGEST_S).samples)
    arrays = {name: getattr(sound, name) for name in ARRAYS}
    cache.write(sha256, arrays, {name: repr(getattr(sound, name)) for name in NUMBERS})
    return sound


def _of_stored(arrays: Mapping[str, Array], header: Mapping[str, str]) -> TrackSound:
    seconds, beat_s = (float(header[name]) for name in NUMBERS)
    energy, level_db, onsets_s, strength, beats_s, bars_s = (arrays[name] for name in ARRAYS)
    return TrackSound(seconds, energy, level_db, onsets_s, beat_s, strength, beats_s, bars_s)


def sound_of(samples: Array) -> TrackSound:
    """The same of samples (S,) at 16 kHz."""
    spectrum = MelSpectrum()
    mel = spectrum.mel(spectrum.power(torch.from_numpy(samples))).numpy()
    envelope = onset_envelope(mel)
    found = tempo(envelope)
    seconds = len(samples) / RATE_HZ
    count = max(1, int(seconds / GRID_S))
    places = np.minimum((np.arange(len(mel)) / FRAME_HZ / GRID_S).astype(int), count - 1)
    frames = np.maximum(np.bincount(places, minlength=count), 1)
    power = np.bincount(places, mel.sum(axis=1), count) / frames
    level_db = 10 * np.log10(power + 1e-9 + 1e-6 * power.max())
    onsets = np.bincount(places, envelope, count) / frames
    energy = standard(smooth(level_db.astype(np.float32))) + 0.5 * standard(
        smooth(onsets.astype(np.float32))
    )
    beat_s = 60 / found.bpm if found.clarity >= CLEAR else 0.0
    strength, beats = standard(nearby(envelope)), beats_of(envelope, beat_s)
    return TrackSound(
        seconds=seconds,
        energy=energy,
        level_db=level_db.astype(np.float32),
        onsets_s=(onset_frames(envelope) / FRAME_HZ).astype(np.float32),
        beat_s=beat_s,
        strength=strength,
        beats_s=beats,
        bars_s=bars_of(beats, strength),
    )


def nearby(envelope: Array) -> Array:
    """(F,) -> (F,): the strongest within NEARBY frames."""
    padded = np.pad(envelope, NEARBY)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * NEARBY + 1)
    return np.asarray(windows.max(axis=1), np.float32)


def smooth(values: Array) -> Array:
    """(G,) -> (G,): means over two seconds, by as many values as there are at the ends."""
    width = np.ones(min(SMOOTH_STEPS, len(values)), np.float32)
    summed, counted = (np.convolve(row, width, "same") for row in (values, np.ones_like(values)))
    return np.asarray(summed / counted, np.float32)


def standard(values: Array) -> Array:
    """(G,) -> (G,) with mean 0 and deviation 1; zeros where nothing changes."""
    spread = float(values.std())
    centred = values - values.mean()
    return np.asarray(centred / spread if spread > 1e-6 else 0 * centred, np.float32)
