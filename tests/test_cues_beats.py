"""Beats lie on the strokes of a pulse, and the strongest of four begins a bar."""

import numpy as np
import pytest

from tests.cue_films import RATE_HZ, loud_from
from vmr.cues.beats import bars_of, beats_of
from vmr.cues.track_sound import listen, sound_of
from vmr.encoders.tempo import FRAME_HZ


def off(times, period):
    """Distance of each time to the nearest multiple of the period."""
    return np.abs((times + period / 2) % period - period / 2)


@pytest.mark.parametrize("beat_s", [0.4, 0.5, 0.65])
def test_beats_lie_on_the_strokes_and_only_where_there_are_some(beat_s):
    sound = sound_of(loud_from(beat_s * 20, 40.0, beat_s))
    assert off(sound.beats_s, beat_s).max() < 0.03
    assert np.diff(sound.beats_s) == pytest.approx(beat_s, abs=0.04)
    assert sound.beats_s[0] == pytest.approx(beat_s * 20, abs=0.05)
    assert sound.beats_s[-1] > 40 - 3 * beat_s


def test_a_missing_stroke_is_bridged():
    samples = loud_from(0.0, 30.0)
    samples[round(9.9 * RATE_HZ) : round(10.4 * RATE_HZ)] = 0
    beats = sound_of(samples).beats_s
    assert np.abs(beats - 10.0).min() < 0.06


def test_the_strongest_of_four_beats_begins_a_bar():
    beats = np.arange(0.5, 20.0, 0.5).astype(np.float32)
    strength = np.zeros(round(21 * FRAME_HZ), np.float32)
    strength[(beats * FRAME_HZ).round().astype(int)] = 1
    strength[(beats[2::4] * FRAME_HZ).round().astype(int)] = 3
    assert bars_of(beats, strength) == pytest.approx(beats[2::4])
    assert len(bars_of(beats[:0], strength)) == 0


def test_without_a_period_or_an_onset_there_are_no_beats():
    assert len(beats_of(np.ones(1000, np.float32), 0.0)) == 0
    assert len(beats_of(np.zeros(1000, np.float32), 0.5)) == 0
    assert len(beats_of(np.ones(10, np.float32), 0.5)) == 0


def test_what_was_heard_in_the_same_bytes_is_recalled(tmp_path, monkeypatch):
    import soundfile

    monkeypatch.setenv("VMR_CACHE", str(tmp_path / "cache"))
    track = tmp_path / "track.wav"
    soundfile.write(track, loud_from(2.0, 12.0), RATE_HZ)
    first = listen(track)
    renamed = track.rename(tmp_path / "other.wav")
    monkeypatch.setattr("vmr.cues.track_sound.read_audio", None)  # may not be read again
    again = listen(renamed)
    assert (again.seconds, again.beat_s) == (first.seconds, first.beat_s)
    for name in ("energy", "level_db", "onsets_s", "strength", "beats_s", "bars_s"):
        assert np.array_equal(getattr(again, name), getattr(first, name)), name
