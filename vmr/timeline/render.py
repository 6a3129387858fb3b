"""The whole film with all of its cues as one MP4.

Each cue's music is laid by the limited worker, takes its gain, fades and ducking from the same
points that the exports hold, and is added to the others; then the film's own sound, the loudness
and the picture are those of vmr.media.mixdown.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmr.errors import MediaError
from vmr.media.bed import PIECE, RATE_HZ, MixSettings
from vmr.media.excerpt import cut_out
from vmr.media.mixdown import lay_track, render_bed
from vmr.media.read import probe, read_audio, read_timeline
from vmr.media.transcode import Cancel, Progress, part_of
from vmr.timeline.ducking import RATE_HZ as DUCKING_RATE_HZ
from vmr.timeline.ducking import ducking_points
from vmr.timeline.otio import credit
from vmr.timeline.placing import gain_points
from vmr.timeline.project import Cue, Film, Timeline, exact_rate

SAMPLE_BYTES = 8  # two channels of float32


def look_at_film(path: Path, shown: str) -> Film:
    """The facts of a video file; shown: its path as the timeline shall name it. MediaError."""
    found = read_timeline(path)
    info = found.info
    if not info.has_video:
        raise MediaError("media.no_picture", name=found.name)
    rate = exact_rate(info.fps if info.fps > 0 else 25.0)
    return Film(shown, rate, info.width, info.height, found.length_s, info.has_audio)


def with_measured(timeline: Timeline, folder: Path) -> Timeline:
    """The same with the lengths of its tracks, and with ducking where it is wanted and not there.

    folder: where relative paths start. MediaError for a file that cannot be read.
    """
    lengths = {
        path: probe(folder / path, sound=True).duration_s
        for path in dict.fromkeys(c.music.path for c in timeline.cues if not c.music.seconds)
    }
    cues = tuple(
        replace(cue, music=replace(cue.music, seconds=lengths.get(cue.music.path, 0.0)))
        if not cue.music.seconds
        else cue
        for cue in timeline.cues
    )
    points = timeline.ducking
    if timeline.original == "duck" and timeline.film.sound and not points:
        points = ducking_points(read_audio(folder / timeline.film.path, DUCKING_RATE_HZ).samples)
    return replace(timeline, cues=cues, ducking=points)


def render_timeline(
    timeline: Timeline,
    folder: Path,
    out: Path,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Path:
    """Write the MP4; paths start in ``folder``. Errors as vmr.media.mixdown.render."""
    picture = read_timeline(folder / timeline.film.path)
    settings = MixSettings(
        fit="loop",
        fade_in_s=0.0,
        fade_out_s=0.0,
        original="mix" if timeline.has_own_sound else "off",
        original_volume=min(10 ** (timeline.original_gain_db / 20), 2.0),
    )

    def lay(bed: Path) -> None:
        length = round(picture.length_s * RATE_HZ)
        with bed.open("wb") as file:
            file.truncate(length * SAMPLE_BYTES)
        for cue in timeline.cues:
            if length:
                _add(timeline, cue, folder, bed, length, cancel)

    return render_bed(picture, lay, out, settings, progress, cancel, tags(timeline))


def render_part(
    timeline: Timeline,
    folder: Path,
    out: Path,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Path:
    """The same for the part of the film from its first cue's start to its last one's end."""
    start_s = min(cue.start_s for cue in timeline.cues)
    end_s = min(max(cue.end_s for cue in timeline.cues), timeline.film.seconds)
    with tempfile.TemporaryDirectory(prefix="vmr-") as name:
        cut = Path(name).resolve() / "part.mkv"
        whole = read_timeline(folder / timeline.film.path)
        cut_out(whole, start_s, end_s, cut, part_of(progress, 0, 0.4), cancel)
        moved = (
            replace(c, start_s=c.start_s - start_s, end_s=c.end_s - start_s) for c in timeline.cues
        )
        film = replace(timeline.film, path=str(cut), seconds=end_s - start_s)
        part = replace(timeline, film=film, cues=tuple(moved), ducking=())
        measured = with_measured(part, folder)
        return render_timeline(measured, folder, out, part_of(progress, 0.4, 1), cancel)


def tags(timeline: Timeline) -> dict[str, str]:
    """Title and credits for the MP4."""
    credits = dict.fromkeys(credit(cue) for cue in timeline.cues)
    artists = dict.fromkeys(cue.music.composer for cue in timeline.cues if cue.music.composer)
    return {
        "title": timeline.name,
        "artist": ", ".join(artists),
        "comment": " | ".join(credits),
    }


def _add(
    timeline: Timeline, cue: Cue, folder: Path, bed: Path, length: int, cancel: Cancel | None
) -> None:
    """Add one cue to the bed of ``length`` samples, piece by piece."""
    first = round(cue.start_s * RATE_HZ)
    count = min(round(cue.length_s * RATE_HZ), length - first)
    if count <= 0:
        return
    music = read_timeline(folder / cue.music.path, sound=True)
    if not music.info.has_audio:
        raise MediaError("media.no_music", name=music.name)
    settings = MixSettings(music_start_s=cue.in_s, fade_in_s=0.0, fade_out_s=0.0)
    with tempfile.TemporaryDirectory(prefix="vmr-") as name:
        if shutil.disk_usage(name).free < 1.1 * count * SAMPLE_BYTES:
            raise MediaError("media.disk_full")
        laid = Path(name) / "cue.f32"
        lay_track(music, laid, settings, count / RATE_HZ, cancel)
        source = np.memmap(laid, np.float32, "r", shape=(count, 2))
        target = np.memmap(bed, np.float32, "r+", shape=(length, 2))
        for at in range(0, count, PIECE):
            end = min(at + PIECE, count)
            gain = amplitude(timeline, cue, np.arange(at, end) / RATE_HZ)
            target[first + at : first + end] += source[at:end] * gain[:, None]
        target.flush()
        del source, target  # Windows keeps a file that is mapped


def amplitude(timeline: Timeline, cue: Cue, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
    """Gain of a cue at seconds after its start: (S,) -> (S,), straight lines between its points."""
    at, db = zip(*gain_points(timeline, cue), strict=True)
    levels = 10 ** (np.array(db) / 20)
    return np.interp(times_s, at, levels).astype(np.float32)
