"""Tempo, key and energy on sounds that were made to have them, and on real tracks of known ones.

The real tracks are the 28 of the package immich-memories-music, whose LICENSE-MUSIC states the
tempo and key that each was generated with. The figures are printed:

    pytest tests/test_encoders_audio_stats.py -s -k known
"""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torchaudio.functional import resample

from vmr.encoders.audio_stats import AUDIO_STATS, TrackAnalysis, analyse_track, energy
from vmr.encoders.key import PITCHES, key, pitch_classes
from vmr.encoders.tempo import onset_envelope, onset_frames, tempo
from vmr.media.clip import AudioClip

RATE = 16_000


def drums(bpm: float, seconds: float = 12, level: float = 0.5) -> np.ndarray:
    """A short burst of noise on every beat."""
    rng = np.random.default_rng(0)
    samples = np.zeros(int(seconds * RATE), np.float32)
    beat = 60 / bpm * RATE
    for i in range(int(len(samples) / beat)):
        start = int(i * beat)
        burst = rng.normal(0, level, 800) * np.linspace(1, 0, 800) ** 2
        samples[start : start + 800] += burst[: len(samples) - start].astype(np.float32)
    return np.clip(samples, -1, 1)


def notes(midi: list[list[int]], each_s: float = 0.6) -> np.ndarray:
    """Chords one after the other, each note a tone with five falling overtones."""
    time_s = np.arange(int(each_s * RATE)) / RATE
    fade = np.minimum(1, 20 * (1 - time_s / each_s))
    chords = []
    for chord in midi:
        tones = [
            np.sin(2 * np.pi * 440 * 2 ** ((note - 69) / 12) * overtone * time_s) / overtone**2
            for note in chord
            for overtone in range(1, 6)
        ]
        chords.append(0.1 * fade * np.sum(tones, axis=0))
    return np.concatenate(chords).astype(np.float32)


def analysed(samples: np.ndarray) -> TrackAnalysis:
    return analyse_track(AudioClip(samples.astype(np.float32), RATE))


@pytest.mark.parametrize("seconds", [0.02, 0.5, 1.9])
def test_a_sound_shorter_than_two_seconds_is_measured_too(seconds):
    samples = np.random.default_rng(1).normal(0, 0.1, int(seconds * RATE))
    found = analysed(samples)
    assert 50 <= found["bpm"] <= 210 and 1 <= found["energy"] <= 5
    assert found["loudness_db"] == pytest.approx(-20, abs=1)


@pytest.mark.parametrize("bpm", [70, 96, 120, 150])
def test_the_tempo_of_drums_is_found_to_a_hundredth(bpm: float) -> None:
    found = analysed(drums(bpm))
    assert found["bpm"] == pytest.approx(bpm, rel=0.01)
    assert found["pulse"] > 0.5


def test_onsets_are_counted() -> None:
    assert analysed(drums(120))["onset_rate_hz"] == pytest.approx(2, abs=0.15)
    steady = notes([[69]], each_s=8)
    assert analysed(steady)["onset_rate_hz"] < 0.5


def test_a_steady_tone_has_no_pulse() -> None:
    assert analysed(notes([[69]], each_s=8))["pulse"] < 0.2


def test_onsets_lie_where_the_bursts_are() -> None:
    mel = np.full((200, 96), 1e-6, np.float32)
    mel[[50, 51, 120, 121]] = 1.0
    assert [int(frame) for frame in onset_frames(onset_envelope(mel))] == [50, 120]


def test_an_envelope_without_events_has_no_tempo() -> None:
    for frames in (0, 1, 10, 1000):
        assert tempo(np.zeros(frames, np.float32)).clarity == 0


@pytest.mark.parametrize("tonic", [0, 5, 9])
@pytest.mark.parametrize("mode", ["major", "minor"])
def test_a_cadence_names_its_key(tonic: int, mode: str) -> None:
    third = 4 if mode == "major" else 3
    home = [48, 60, 60 + third, 67]
    sixth = 65 + third
    cadence = [home, [41, 60, 65, sixth], [43, 59, 62, 67], home]
    chords = [[note + tonic for note in chord] for chord in cadence]
    found = analysed(notes(chords))
    assert found["key"] == f"{PITCHES[tonic]} {mode}"
    assert (found["majorness"] > 0) == (mode == "major")


def test_silence_has_equal_pitch_classes_and_an_undecided_mode() -> None:
    classes = pitch_classes(np.zeros(RATE, np.float32), RATE)
    np.testing.assert_allclose(classes, 1 / 12)
    assert key(classes).majorness == 0


def test_fast_loud_noise_has_more_energy_than_a_slow_soft_tone() -> None:
    fast = analysed(drums(160, level=0.9))["energy"]
    slow = analysed(0.1 * notes([[57], [60]], each_s=5))["energy"]
    assert fast - slow > 1.5
    assert 1 <= slow < fast <= 5


def test_each_statistic_moves_energy_the_way_it_is_documented() -> None:
    middle = np.full((1, len(AUDIO_STATS)), 0.4, np.float32)
    for name, sign in (("tempo", 1), ("flux", 1), ("flatness", 1), ("crest", -1)):
        more = middle.copy()
        more[0, AUDIO_STATS.index(name)] += 0.2
        assert np.sign(energy(more) - energy(middle)) == sign


def test_another_sample_rate_gives_the_same_analysis() -> None:
    samples = drums(120)
    faster = resample(torch.from_numpy(samples), RATE, 44_100).numpy()
    there, here = analyse_track(AudioClip(faster, 44_100)), analysed(samples)
    assert there["bpm"] == pytest.approx(here["bpm"], rel=0.01)
    assert there["energy"] == pytest.approx(here["energy"], abs=0.3)


def real_tracks() -> list[tuple[str, float, str, AudioClip]]:
    """(mood, stated bpm, stated key, sound) of the package's tracks."""
    files = importlib.metadata.files("immich-memories-music") or []
    table = next(file for file in files if file.name == "LICENSE-MUSIC").read_text()
    tracks = []
    for name, bpm, stated in re.findall(r"(\S+\.opus)\s+(\d+) bpm\s+(\S+ \S+)", table):
        path = Path(next(str(file.locate()) for file in files if file.name == name))
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        tracks.append((name, float(bpm), stated, AudioClip(samples.mean(axis=1), rate_hz)))
    return [(name.split("_")[0], bpm, stated, clip) for name, bpm, stated, clip in tracks]


@pytest.mark.thorough
def test_real_tracks_get_their_known_tempo_key_and_energy() -> None:
    tracks = real_tracks()
    found = [analyse_track(clip) for *_, clip in tracks]
    ratio = np.array([f["bpm"] / bpm for f, (_, bpm, *_) in zip(found, tracks, strict=True)])
    right = int((abs(ratio - 1) < 0.04).sum())
    octaves = np.abs(ratio[:, None] / [1, 2, 3, 1 / 2, 1 / 3] - 1) < 0.04
    right_or_octave = int(octaves.any(axis=1).sum())
    keys = sum(f["key"] == stated for f, (_, _, stated, _) in zip(found, tracks, strict=True))
    of = {mood: [] for mood, *_ in tracks}
    for f, (mood, *_) in zip(found, tracks, strict=True):
        of[mood].append(f["energy"])
    print(f"\ntempo: Accuracy1 {right}/28, Accuracy2 {right_or_octave}/28; key {keys}/28")
    print("energy:", {mood: f"{np.mean(e):.2f} ± {np.std(e):.2f}" for mood, e in of.items()})
    assert right >= 23 and right_or_octave >= 27 and keys >= 18
    assert np.mean(of["energetic"]) - np.mean(of["calm"] + of["tender"]) > 0.8
