"""A film with three cues, made for the tests of vmr.timeline."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile

from tests.media_files import AAC, X264, ffmpeg
from vmr.timeline.project import Cue, Film, Music, Timeline

NTSC = Fraction(30000, 1001)
DAWN = Music(
    path="music/dawn.wav",
    title="Dawn",
    composer="A. Person",
    publisher="Small House",
    licence="CC-BY-4.0",
    attribution='"Dawn" by A. Person, CC BY 4.0',
    source="https://example.org/dawn",
    seconds=20.0,
)
DUSK = Music(path="music/dusk.wav", title="Dusk", composer="B. Person", seconds=15.0)


def timeline(fps: Fraction = Fraction(25), seconds: float = 12.0) -> Timeline:
    """Dawn at 1 s, Dusk over its end at 5 s, Dawn again at 9 s."""
    film = Film("film.mp4", fps, 320, 180, seconds, True)
    cues = (
        Cue(1.0, 6.0, DAWN, 4.0, -3.0, 0.5, 1.0, True, "Opening"),
        Cue(5.0, 9.0, DUSK, 2.0, 0.0, 1.0, 0.5, False, "Turn", "feature"),
        Cue(9.0, 11.0, DAWN, 0.0, -6.0, 0.2, 0.2, True),
    )
    ducking = ((3.0, 0.0), (3.1, -10.0), (4.0, -10.0), (4.5, 0.0))
    return Timeline("Spring film", film, cues, "mix", -2.0, ducking)


def make_music(folder: Path) -> None:
    """Noise that is like itself at one place alone, in the files that the cues name."""
    (folder / "music").mkdir(exist_ok=True)
    for seed, music in enumerate((DAWN, DUSK)):
        random = np.random.default_rng(seed)
        noise = random.standard_normal((round(music.seconds * 48000), 1)) * 0.1
        soundfile.write(folder / music.path, np.repeat(noise, 2, axis=1), 48000)


def make_film(folder: Path, seconds: int = 12, rate: str = "25") -> None:
    """A picture with no sound to be heard in it, so that the music can be found again."""
    picture = f"testsrc2=duration={seconds}:size=320x180:rate={rate}"
    silence = f"anullsrc=r=48000:cl=stereo:d={seconds}"
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", silence]
    ffmpeg(*inputs, *X264, *AAC, "-shortest", str(folder / "film.mp4"))


def heard_at(sound: np.ndarray, track: np.ndarray, rate_hz: int, near_s: float) -> float:
    """Second of a sound (S,) at which a part (P,) of a track begins, within a second of near_s."""
    low = max(round((near_s - 1) * rate_hz), 0)
    part = sound[low : low + 2 * rate_hz + len(track)]
    count = len(part) + len(track)
    product = np.fft.irfft(np.fft.rfft(part, count) * np.conj(np.fft.rfft(track, count)), count)
    return (low + int(np.argmax(product[: len(part)]))) / rate_hz
