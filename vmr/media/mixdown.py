"""A video with the chosen music as one MP4: looped or cut, faded, mixed, at an even loudness.

The music bed is laid by the worker (vmr.media.bed); ffmpeg mixes it with the video's own sound,
measures its loudness (EBU R 128), then applies one gain and a limiter for the peaks, so nothing
pumps, and copies the picture where MP4 can hold it as it is. Every ffmpeg runs in the limited
worker process.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from vmr.errors import MediaError
from vmr.files import replacing
from vmr.media.bed import RATE_HZ, MixSettings
from vmr.media.limits import MediaLimits
from vmr.media.loudness import METER, Loudness, correction, limiter_gain_db, read_meter
from vmr.media.playback import encoded_picture, is_plain
from vmr.media.read import DEFAULT_LIMITS, Timeline, read_timeline
from vmr.media.sandbox import run_job
from vmr.media.transcode import ENCODE_LIMITS, Cancel, Progress, Run, part_of, run_ffmpeg, with_wall

__all__ = ["MixSettings", "render", "render_bed"]

TAGS = ("title", "artist", "copyright", "comment")  # what an MP4 may say of itself here
TAG_MOST = 2000  # characters

SAMPLE_BYTES = 8  # two channels of float32
RAW = ("-f", "f32le", "-ar", str(RATE_HZ), "-ac", "2", "-protocol_whitelist", "file")
SPEECH_LUFS = -20.0  # the original sound is brought here before it steers the ducking
# Music under speech: about 10 dB down where the speech is 12 dB above the threshold, back slowly.
DUCKING = "sidechaincompress=threshold=0.025:ratio=8:attack=30:release=600:knee=4"


def render(
    video: Path,
    music: Path,
    out: Path,
    settings: MixSettings | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    limits: MediaLimits = DEFAULT_LIMITS,
    tags: Mapping[str, str] | None = None,
) -> Path:
    """Write ``out`` (.mp4), as long as the video; ``out`` itself is returned.

    progress gets 0..1; a true answer of cancel ends it with vmr.media.transcode.StoppedError and
    leaves no file; tags: of TAGS. MediaError says what is wrong with the video or the music.
    """
    wanted = MixSettings() if settings is None else settings
    picture, sound = read_timeline(Path(video), limits), read_timeline(Path(music), limits, True)
    if not sound.info.has_audio:
        raise MediaError("media.no_music", name=sound.name)

    def lay(bed: Path) -> None:
        lay_track(sound, bed, wanted, picture.length_s, cancel)

    return render_bed(picture, lay, out, wanted, progress, cancel, tags)


def render_bed(
    picture: Timeline,
    lay: Callable[[Path], None],
    out: Path,
    settings: MixSettings,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    tags: Mapping[str, str] | None = None,
) -> Path:
    """``render`` with any music: ``lay`` writes float32 stereo at RATE_HZ into the file that it is
    given, as long as the video."""
    if not picture.info.has_video:
        raise MediaError("media.no_picture", name=picture.name)
    if picture.length_s <= 0:
        raise MediaError("media.no_length", name=picture.name)
    if not picture.info.has_audio:
        settings = replace(settings, original="off")
    with tempfile.TemporaryDirectory(prefix="vmr-") as folder, replacing(Path(out)) as temporary:
        job = _Job(picture, settings, Path(folder), progress, cancel, dict(tags or {}))
        job.check_space()
        lay(job.bed)
        job.mix(temporary)
    return Path(out)


def lay_track(
    music: Timeline, bed: Path, settings: MixSettings, length_s: float, cancel: Cancel | None
) -> None:
    """One piece of music for length_s, into the file ``bed``, written by the worker."""
    part_s = settings.music_start_s + length_s + 60
    job = music.job("bed") | {"settings": asdict(settings), "length_s": length_s, "part_s": part_s}
    bed.touch()  # the worker may write files that are there, and no others
    job |= {"out": str(bed), "writes": [str(bed)]}
    with tempfile.TemporaryDirectory(prefix="vmr-") as folder:
        run_job(job, music.name, Path(folder), with_wall(ENCODE_LIMITS, length_s), cancel)


@dataclass
class _Job:
    """One rendering: what all of its ffmpeg runs share."""

    video: Timeline
    settings: MixSettings
    folder: Path
    progress: Progress | None
    cancel: Cancel | None
    tags: Mapping[str, str]

    @property
    def bed(self) -> Path:
        """Where the music lies."""
        return self.folder / "bed.f32"

    @property
    def length_s(self) -> float:
        return self.video.length_s

    def check_space(self) -> None:
        """Whether the bed and the mix have room; MediaError if not. The rest is found out later."""
        needed = round(self.length_s * RATE_HZ) * SAMPLE_BYTES * 2
        if shutil.disk_usage(self.folder).free < 1.1 * needed:
            raise MediaError("media.disk_full")

    def mix(self, out: Path) -> None:
        """Mix the sound, bring it to its loudness, and write it with the picture."""
        bed, mixed = self.bed, self.folder / "mixed.f32"
        graph = f"{self._graph()};[mixed]{METER},aresample={RATE_HZ}[out]"
        mixing = ["-y", *self.video.arguments, *RAW, "-i", str(bed)]
        mixing += ["-filter_complex", graph, "-map", "[out]", "-ac", "2", "-f", "f32le", str(mixed)]
        report = self._ffmpeg(mixing, 0.05, 0.25, [bed], mixed)
        filters = self._correction(read_meter(report), [*RAW, "-i", str(mixed)], mixed)
        info = self.video.info
        # The first picture is time 0, wherever the file's own clock begins.
        writing = ["-y", "-itsoffset", f"{-info.picture_at_s:.6f}", *self.video.arguments]
        writing += [*RAW, "-i", str(mixed), "-map", f"0:{info.video_stream}", "-map", "1:a"]
        writing += ["-map_metadata", "-1", *self._tags(), *self._picture(), "-af", filters]
        writing += ["-c:a", "aac", "-b:a", "192k", "-t", f"{self.length_s:.6f}"]
        writing += ["-movflags", "+faststart", "-f", "mp4", str(out)]
        self._ffmpeg(writing, 0.4, 1.0, [mixed], out)

    def _correction(self, heard: Loudness | None, source: list[str], mixed: Path) -> str:
        """Filters that bring the mixed sound to the wanted loudness and peak."""
        wanted = self.settings
        if heard is None:
            return correction(0.0, None, RATE_HZ)
        gain_db = wanted.loudness_lufs - heard.integrated
        if heard.peak_db + gain_db <= wanted.peak_db:
            return correction(gain_db, None, RATE_HZ)
        trial = f"{correction(gain_db, wanted.peak_db, RATE_HZ)},{METER}"
        limited = self._ffmpeg([*source, "-af", trial, "-f", "null", "-"], 0.25, 0.4, [mixed])
        gain_db = limiter_gain_db(gain_db, wanted.loudness_lufs, read_meter(limited))
        return correction(gain_db, wanted.peak_db, RATE_HZ)

    def _graph(self) -> str:
        """The filter graph that ends in [mixed]."""
        wanted = self.settings
        music = f"[1:a]volume={wanted.music_volume:.4f}"
        if wanted.original == "off":
            return f"{music}[mixed]"
        info = self.video.info
        # Sound that begins after the first picture is preceded by silence, earlier sound is cut.
        own = f"[0:{info.audio_stream}]asetpts=PTS-({info.sound_before_s:.6f})/TB"
        own += f",aresample={RATE_HZ}:async=1:first_pts=0,aformat=channel_layouts=stereo,apad"
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
        arguments = [*self.video.arguments, "-map", f"0:{self.video.info.audio_stream}"]
        arguments += ["-t", f"{self.length_s:.6f}", "-af", METER, "-f", "null", "-"]
        heard = read_meter(self._ffmpeg(arguments, 0.05, 0.05))
        if heard is None:
            return 0.0
        return float(np.clip(SPEECH_LUFS - heard.integrated, -24, 24))

    def _tags(self) -> list[str]:
        """Title and credits, each on one line."""
        texts = {name: " ".join(self.tags.get(name, "").split())[:TAG_MOST] for name in TAGS}
        return [
            word for name, text in texts.items() if text for word in ("-metadata", f"{name}={text}")
        ]

    def _picture(self) -> list[str]:
        """Copy what every browser and phone plays, else encode."""
        info = self.video.info
        timed = any(word in info.container for word in ("mp4", "matroska"))
        if timed and info.video_codec == "h264" and is_plain(info) and not self.video.is_edited:
            return ["-c:v", "copy"]
        return encoded_picture(info)

    def _ffmpeg(
        self,
        arguments: list[str],
        low: float,
        high: float,
        reads: Sequence[Path] = (),
        out: Path | None = None,
    ) -> str:
        """Messages of one run, which is the part from low to high of the whole progress."""
        if out is not None:
            out.touch()
        share = part_of(self.progress, low, high)
        run = Run(
            arguments,
            self.video.name,
            reads=(self.video.path, *reads),
            writes=(out,) if out else (),
            cube=self.video.info.transfer if self.video.info.is_hdr else "",
        )
        limits = with_wall(ENCODE_LIMITS, self.length_s)
        return run_ffmpeg(run, self.length_s, limits, share, self.cancel).messages
