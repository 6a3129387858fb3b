"""A copy of a video that every browser plays, made only where it is needed."""

from __future__ import annotations

from pathlib import Path

from vmr.errors import MediaError
from vmr.files import cache_folder, replacing, sha256_file
from vmr.media.ffmpeg import SAFE_INPUT, MediaInfo
from vmr.media.limits import MediaLimits
from vmr.media.read import DEFAULT_LIMITS, probe
from vmr.media.sandbox import shown_name
from vmr.media.sniff import check_content, check_file
from vmr.media.transcode import ENCODE_LIMITS, Cancel, Progress, run_ffmpeg, with_wall

# Container by content -> (picture, sound) that Chromium, Firefox and Safari all play in it.
PLAYABLE = {
    "mp4": (("h264",), ("aac", "mp3", "")),
    "matroska": (("vp8", "vp9"), ("vorbis", "opus", "")),
}


def is_playable(path: Path, container: str, info: MediaInfo) -> bool:
    """Whether browsers play the file as it is; the name's ending counts, as servers go by it."""
    pictures, sounds = PLAYABLE.get(container, ((), ()))
    endings = (".mp4", ".m4v") if container == "mp4" else (".webm",)
    return (
        path.suffix.lower() in endings
        and info.video_codec in pictures
        and info.audio_codec in sounds
        and info.width * info.height <= 1920 * 1200 * 4
        and info.plain_pixels
    )


def browser_playable(
    path: Path,
    folder: Path | None = None,
    limits: MediaLimits = DEFAULT_LIMITS,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Path:
    """The path itself if a browser plays it, else that of an H.264 mp4 in the cache folder.

    The copy is keyed by the content of the file, at most 1280 pixels wide, and made under limits.
    MediaError as in read_video.
    """
    path = Path(path)
    name = shown_name(path)
    real = check_file(path, name, limits)
    container = check_content(real, name)
    info = probe(path, limits)
    if not info.has_video:
        raise MediaError("media.no_picture", name=name)
    if is_playable(path, container, info):
        return path
    folder = cache_folder() / "playback" if folder is None else folder
    copy = folder / f"{sha256_file(real)[:32]}.mp4"
    if not copy.is_file():
        with replacing(copy) as temporary:
            run_ffmpeg(
                _arguments(real, temporary),
                name,
                info.duration_s,
                with_wall(ENCODE_LIMITS, info.duration_s),
                progress,
                cancel,
            )
            if temporary.stat().st_size < 200:
                raise MediaError("media.not_playable", name=name)
    return copy


def _arguments(source: Path, out: Path) -> list[str]:
    shrink = "scale='trunc(min(1280,iw*sar)/2)*2':-2,setsar=1,format=yuv420p"
    return [
        *("-loglevel", "error", "-y", *SAFE_INPUT, "-i", str(source)),
        *("-map", "0:v:0", "-map", "0:a:0?", "-map_metadata", "-1", "-sn", "-dn"),
        *("-vf", shrink, "-fps_mode", "vfr", "-c:v", "libx264", "-preset", "veryfast"),
        *("-crf", "23", "-threads", "2", "-c:a", "aac", "-b:a", "160k", "-ac", "2"),
        *("-movflags", "+faststart", str(out)),
    ]
