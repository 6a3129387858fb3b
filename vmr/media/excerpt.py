"""A part of a film as a film of its own: cut at the frame, in a container that any tool here reads.

The picture is encoded again, since a copy could only begin at a keyframe; its own sound is kept as
samples. It is made in the limited worker.
"""

from __future__ import annotations

from pathlib import Path

from vmr.errors import MediaError
from vmr.media.playback import encoded_picture
from vmr.media.read import Timeline
from vmr.media.transcode import ENCODE_LIMITS, Cancel, Progress, Run, run_ffmpeg, with_wall


def cut_out(
    film: Timeline,
    start_s: float,
    end_s: float,
    out: Path,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Path:
    """Write the film from start_s to end_s, seconds from its first picture, to ``out`` (.mkv).

    MediaError where nothing of the film lies there, StoppedError after a true answer of cancel.
    """
    info, length_s = film.info, min(end_s, film.length_s) - start_s
    if start_s < 0 or length_s <= 0:
        raise MediaError("media.no_length", name=film.name)
    sound = ["-map", f"0:{info.audio_stream}", "-c:a", "pcm_s16le"] if info.has_audio else []
    at_s = start_s + info.picture_at_s
    arguments = ["-y", "-ss", f"{at_s:.6f}", *film.arguments, "-t", f"{length_s:.6f}"]
    arguments += ["-map", f"0:{info.video_stream}", *sound, "-map_metadata", "-1"]
    arguments += [*encoded_picture(info), "-f", "matroska", str(out)]
    out.touch()  # the worker may write files that are there, and no others
    cube = info.transfer if info.is_hdr else ""
    run = Run(arguments, film.name, reads=(film.path,), writes=(out,), cube=cube)
    run_ffmpeg(run, length_s, with_wall(ENCODE_LIMITS, length_s), progress, cancel)
    return out
