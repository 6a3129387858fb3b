"""A video with the chosen music as one MP4: looped or cut, faded, mixed, at an even loudness.

The music bed is laid in numpy (exact to the sample); ffmpeg mixes it with the video's own sound,
measures its loudness (EBU R 128), then applies one gain and a limiter for the peaks, so nothing
pumps, and copies the picture where MP4 can hold it as it is. Every ffmpeg runs in the limited
worker process.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vmr.errors import MediaError
from vmr.files import replacing
from vmr.media.ffmpeg import SAFE_INPUT, MediaInfo
from vmr.media.limits import MediaLimits
from vmr.media.loudness import METER, Loudness, correction, limiter_gain_db, read_meter
from vmr.media.read import DEFAULT_LIMITS, probe
from vmr.media.sandbox import shown_name
from vmr.media.sniff import check_content, check_file
from vmr.media.transcode import ENCODE_LIMITS, Cancel, Progress, run_ffmpeg, with_wall

RATE_HZ = 48000
RAW = ("-f", "f32le", "-ar", str(RATE_HZ), "-ac", "2", "-protocol_whitelist", "file")
SPEECH_LUFS = -20.0  # the original sound is brought here before it steers the ducking
# Music under speech: about 10 dB down where the speech is 12 dB above the threshold, back slowly.
DUCKING = "sidechaincompress=threshold=0.025:ratio=8:attack=30:release=600:knee=4"


@dataclass(frozen=True)
class MixSettings:
    """How music is laid under a video.

    music_start_s   where in the track the video begins
    fit             "loop": a short track begins again, crossfaded; "cut": then it is silent
    crossfade_s     of the loop; fade_in_s, fade_out_s of the whole sound, seconds
    original        the video's own sound: "off", "duck" (music yields to speech) or "mix"
    music_volume, original_volume   1 leaves the level as it is; 0 to 2
    loudness_lufs   integrated loudness of the result; peak_db its highest true peak
    """

    music_start_s: float = 0.0
    fit: Literal["loop", "cut"] = "loop"
    crossfade_s: float = 1.5
    fade_in_s: float = 0.3
    fade_out_s: float = 2.0
    original: Literal["off", "duck", "mix"] = "off"
    music_volume: float = 1.0
    original_volume: float = 1.0
    loudness_lufs: float = -14.0
    peak_db: float = -1.0

    def __post_init__(self) -> None:
        seconds = (self.music_start_s, self.crossfade_s, self.fade_in_s, self.fade_out_s)
        if not all(math.isfinite(s) and s >= 0 for s in seconds):
            raise ValueError("start, crossfade and fades must be seconds of 0 or more")
        if self.fit not in ("loop", "cut") or self.original not in ("off", "duck", "mix"):
            raise ValueError(f"unknown fit {self.fit!r} or original {self.original!r}")
        if not all(0 <= v <= 2 for v in (self.music_volume, self.original_volume)):
            raise ValueError("volumes are from 0 to 2")
        if not -40 <= self.loudness_lufs <= -6 or not -9 <= self.peak_db <= 0:
            raise ValueError("loudness is from -40 to -6 LUFS and the peak from -9 to 0 dB")


def render(
    video: Path,
    music: Path,
    out: Path,
    settings: MixSettings | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    limits: MediaLimits = DEFAULT_LIMITS,
) -> Path:
    """Write ``out`` (.mp4), as long as the video; ``out`` itself is returned.

    progress gets 0..1; a true answer of cancel ends it with vmr.media.transcode.StoppedError and
    leaves no file. MediaError says what is wrong with the video or the music.
    """
    settings = MixSettings() if settings is None else settings
    video, music, out = Path(video), Path(music), Path(out)
    info, source = _checked(video, limits, sound=False)
    track_info, track_source = _checked(music, limits, sound=True)
    if not info.has_video:
        raise MediaError("media.no_picture", name=shown_name(video))
    if not track_info.has_audio:
        raise MediaError("media.no_music", name=shown_name(music))
    if not info.has_audio:
        settings = replace(settings, original="off")
    with tempfile.TemporaryDirectory(prefix="vmr-") as name, replacing(out) as temporary:
        job = _Job(source, shown_name(video), info, settings, Path(name), progress, cancel)
        length_s = job.video_length_s()
        track = job.read_track(track_source, shown_name(music), length_s)
        lay_bed(track, round(length_s * RATE_HZ), settings, job.folder / "bed.f32")
        job.mix(length_s, temporary)
    return out


def lay_bed(track: NDArray[np.float32], length: int, settings: MixSettings, out: Path) -> None:
    """Write ``length`` samples of music, float32 stereo at 48 kHz, to ``out``.

    track (S, 2) float32. A loop crosses from the end of the track to its beginning with equal
    power; what is missing in the mode "cut" is silence after a fade.
    """
    bed = np.memmap(out, np.float32, "w+", shape=(length, 2))
    start = min(round(settings.music_start_s * RATE_HZ), max(len(track) - 1, 0))
    first = min(length, len(track) - start)
    bed[:first] = track[start : start + first]
    end = first
    if settings.fit == "loop":
        cross = min(round(settings.crossfade_s * RATE_HZ), len(track) // 3)
        angle = (np.arange(cross, dtype=np.float32)[:, None] + 0.5) / max(cross, 1) * (np.pi / 2)
        while end < length:
            over = min(cross, end)  # the first pass may be shorter than the crossfade
            fading = angle[cross - over :] if over < cross else angle
            again = track[: over + (length - end)]
            bed[end - over : end] *= np.cos(fading)
            bed[end - over : end] += np.sin(fading) * again[:over]
            bed[end : end + len(again) - over] = again[over:]
            end += len(again) - over
    _fade(bed, end, settings)
    bed.flush()


def _fade(bed: NDArray[np.float32], end: int, settings: MixSettings) -> None:
    """Fade in at the start and out before ``end``, in place."""
    rise = min(round(settings.fade_in_s * RATE_HZ), end)
    fall = min(round(settings.fade_out_s * RATE_HZ), end)
    bed[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)[:, None]
    bed[end - fall : end] *= np.linspace(1, 0, fall, dtype=np.float32)[:, None]


def _checked(path: Path, limits: MediaLimits, sound: bool) -> tuple[MediaInfo, Path]:
    name = shown_name(path)
    real = check_file(path, name, limits)
    check_content(real, name, sound=sound)
    return probe(path, limits), real


@dataclass
class _Job:
    """One rendering: what all of its ffmpeg runs share."""

    source: Path
    name: str
    info: MediaInfo
    settings: MixSettings
    folder: Path
    progress: Progress | None
    cancel: Cancel | None

    def video_length_s(self) -> float:
        """Length of the video; a recording that does not state its own is read through."""
        if self.info.duration_s > 0:
            return self.info.duration_s
        arguments = [*SAFE_INPUT, "-i", str(self.source), "-map", "0:v:0", "-c", "copy"]
        done = run_ffmpeg([*arguments, "-f", "null", "-"], self.name, cancel=self.cancel)
        if done.end_s <= 0:
            raise MediaError("media.no_length", name=self.name)
        return done.end_s

    def read_track(self, path: Path, name: str, length_s: float) -> NDArray[np.float32]:
        """The music as (S, 2) float32 at 48 kHz, as much of it as can be heard."""
        out = self.folder / "track.f32"
        arguments = ["-loglevel", "error", "-y", *SAFE_INPUT, "-i", str(path), "-map", "0:a:0"]
        arguments += ["-t", f"{self.settings.music_start_s + length_s + 60:.3f}", "-ac", "2"]
        arguments += ["-af", f"aresample={RATE_HZ}:resampler=soxr", "-f", "f32le", str(out)]
        run_ffmpeg(arguments, name, cancel=self.cancel)
        samples = np.fromfile(out, dtype=np.float32)
        if len(samples) < 2:
            raise MediaError("media.music_undecodable", name=name)
        out.unlink()
        return np.nan_to_num(samples[: len(samples) // 2 * 2].reshape(-1, 2))

    def mix(self, length_s: float, out: Path) -> None:
        """Mix the sound, bring it to its loudness, and write it with the picture."""
        raw = ["-f", "f32le", str(self.folder / "mixed.f32")]
        graph = f"{self._graph()};[mixed]{METER},aresample={RATE_HZ}[out]"
        mixing = [*SAFE_INPUT, "-i", str(self.source), *RAW, "-i", str(self.folder / "bed.f32")]
        mixing += ["-filter_complex", graph, "-map", "[out]", "-ac", "2", *raw]
        heard = self._ffmpeg(["-y", *mixing], length_s, 0.05, 0.25)
        source = [*RAW, "-i", str(self.folder / "mixed.f32")]
        filters = self._correction(read_meter(heard), source, length_s)
        writing = ["-y", *SAFE_INPUT, "-i", str(self.source), *source, "-map", "0:v:0"]
        writing += ["-map", "1:a", "-map_metadata", "-1", *self._picture(), "-af", filters]
        writing += ["-c:a", "aac", "-b:a", "192k", "-t", f"{length_s:.6f}"]
        writing += ["-movflags", "+faststart", "-f", "mp4", str(out)]
        self._ffmpeg(writing, length_s, 0.4, 1.0)

    def _correction(self, heard: Loudness | None, source: list[str], length_s: float) -> str:
        """Filters that bring the mixed sound to the wanted loudness and peak."""
        wanted = self.settings
        if heard is None:
            return correction(0.0, None, RATE_HZ)
        gain_db = wanted.loudness_lufs - heard.integrated
        if heard.peak_db + gain_db <= wanted.peak_db:
            return correction(gain_db, None, RATE_HZ)
        trial = f"{correction(gain_db, wanted.peak_db, RATE_HZ)},{METER}"
        limited = self._ffmpeg([*source, "-af", trial, "-f", "null", "-"], length_s, 0.25, 0.4)
        gain_db = limiter_gain_db(gain_db, wanted.loudness_lufs, read_meter(limited))
        return correction(gain_db, wanted.peak_db, RATE_HZ)

    def _graph(self) -> str:
        """The filter graph that ends in [mixed]."""
        wanted = self.settings
        music = f"[1:a]volume={wanted.music_volume:.4f}"
        if wanted.original == "off":
            return f"{music}[mixed]"
        own = f"[0:a:0]aresample={RATE_HZ}:async=1,aformat=channel_layouts=stereo,apad"
        own += f",volume={wanted.original_volume:.4f}"
        joined = "amix=inputs=2:duration=shortest:normalize=0[mixed]"
        if wanted.original == "mix":
            return f"{music}[music];{own}[own];[own][music]{joined}"
        key = f"highpass=f=150,lowpass=f=4500,volume={self._key_gain_db():.2f}dB"
        return (
            f"{music}[music];{own},asplit[own][key];[key]{key}[steering];"
            f"[music][steering]{DUCKING}[yielding];[own][yielding]{joined}"
        )

    def _key_gain_db(self) -> float:
        """What brings the original sound to the loudness that the ducking expects."""
        arguments = [*SAFE_INPUT, "-i", str(self.source), "-map", "0:a:0", "-af", METER]
        heard = read_meter(self._ffmpeg([*arguments, "-f", "null", "-"], 0.0, 0.05, 0.05))
        if heard is None:
            return 0.0
        return float(np.clip(SPEECH_LUFS - heard.integrated, -24, 24))

    def _picture(self) -> list[str]:
        """Copy H.264 from a container that keeps times well, else encode."""
        kept = any(word in self.info.container for word in ("mp4", "matroska"))
        if kept and self.info.video_codec == "h264":
            return ["-c:v", "copy"]
        return [
            *("-vf", "scale=trunc(iw/2)*2:trunc(ih/2)*2,format=yuv420p", "-fps_mode", "vfr"),
            *("-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-threads", "2"),
        ]

    def _ffmpeg(self, arguments: list[str], length_s: float, low: float, high: float) -> str:
        """Messages of one run, which is the part from low to high of the whole progress."""
        told = self.progress
        share = None if told is None else lambda done: told(low + (high - low) * done)
        limits = with_wall(ENCODE_LIMITS, length_s)
        return run_ffmpeg(arguments, self.name, length_s, limits, share, self.cancel).messages
