"""A copy of a video that every browser plays, made only where it is needed."""

from __future__ import annotations

from pathlib import Path

from vmr.errors import MediaError
from vmr.files import cache_folder, replacing, sha256_file
from vmr.media.info import MediaInfo
from vmr.media.limits import MediaLimits
from vmr.media.read import DEFAULT_LIMITS, Timeline, read_timeline
from vmr.media.tone import cube_filter
from vmr.media.transcode import ENCODE_LIMITS, Cancel, Progress, Run, run_ffmpeg, with_wall

EVEN = "scale=trunc(iw/2)*2:trunc(ih/2)*2,format=yuv420p"

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
        and is_plain(info)
    )


def is_plain(info: MediaInfo) -> bool:
    """Whether every player shows the picture as it is meant, and the one that was analysed."""
    return info.plain_pixels and not info.interlaced and not info.is_hdr and info.pictures == 1


def rate_mode(info: MediaInfo) -> str:
    """ffmpeg's -fps_mode: frames of an AVI have no times of their own and are evenly spaced."""
    return "cfr" if info.container == "avi" else "vfr"


def plain_picture(info: MediaInfo) -> str:
    """Filters that make such a picture: half pictures joined, HDR brought to an ordinary screen.

    The cube of HDR lies in the folder that ffmpeg runs in.
    """
    joined = "bwdif=mode=send_frame:deint=" + ("all" if info.interlaced else "interlaced")
    return f"{joined},{cube_filter()}" if info.is_hdr else joined


def encoded_picture(info: MediaInfo) -> list[str]:
    """ffmpeg's arguments for an H.264 picture of the same size that every player shows."""
    return [
        *("-vf", f"{plain_picture(info)},{EVEN}", "-fps_mode", rate_mode(info)),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-threads", "2"),
    ]


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
    video = read_timeline(Path(path), limits)
    if not video.info.has_video:
        raise MediaError("media.no_picture", name=video.name)
    if is_playable(Path(path), video.container, video.info):
        return Path(path)
    folder = cache_folder() / "playback" if folder is None else folder
    copy = folder / f"{sha256_file(video.path)[:32]}.mp4"
    if not copy.is_file():
        with replacing(copy) as temporary:
            run = Run(
                _arguments(video, temporary),
                video.name,
                reads=(video.path,),
                writes=(temporary,),
                cube=video.info.transfer if video.info.is_hdr else "",
            )
            limits = with_wall(ENCODE_LIMITS, video.length_s)
            run_ffmpeg(run, video.length_s, limits, progress, cancel)
            if temporary.stat().st_size < 200:
                raise MediaError("media.not_playable", name=video.name)
    return copy


def _arguments(video: Timeline, out: Path) -> list[str]:
    info = video.info
    shrink = "scale='trunc(min(1280,iw*sar)/2)*2':-2,setsar=1"
    sound = ["-map", f"0:{info.audio_stream}"] if info.has_audio else []
    return [
        *("-loglevel", "error", "-y", *video.arguments, "-t", f"{video.limit_s:.3f}"),
        *("-map", f"0:{info.video_stream}", *sound, "-map_metadata", "-1", "-sn", "-dn"),
        *("-vf", f"{shrink},{plain_picture(info)},format=yuv420p", "-fps_mode", rate_mode(info)),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-threads", "2"),
        *("-c:a", "aac", "-b:a", "160k", "-ac", "2", "-movflags", "+faststart", str(out)),
    ]
