"""Sample videos for trying the page: two that gradio carries, and scenes drawn by program.

Drawn scenes are encoded on first use (two to five seconds each) and kept in a folder.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vmr.errors import MediaError
from vmr.files import replacing
from vmr.media.ffmpeg import ffmpeg_path
from vmr.page.sample_films import scenes
from vmr.page.sample_films.canvas import FPS, HEIGHT, WIDTH
from vmr.page.sample_films.scenes_abstract import confetti, neon_tunnel

# Raised when a scene is drawn differently, so that old files are not taken for new ones.
EDITION = 1


@dataclass(frozen=True)
class Sample:
    """One sample video: where it comes from and what it is called.

    scene draws it, or asset is its name among gradio's videos; duration_s of drawn ones.
    """

    key: str
    title_en: str
    title_ja: str
    scene: Callable[[], scenes.Scene] | None = None
    asset: str = ""
    duration_s: float = 0.0

    def title(self, lang: str = "en") -> str:
        """The title in "ja" or else in English."""
        return self.title_ja if lang == "ja" else self.title_en


SAMPLES = (
    Sample("night-sky", "Aurora over mountains", "山の上のオーロラ", scenes.night_sky, "", 8.0),
    Sample(
        "neon-tunnel",
        "Flight through neon",
        "ネオンのトンネル",
        neon_tunnel,
        "",
        7.4,
    ),
    Sample("sunny-waves", "Evening sea", "夕方の海", scenes.sunny_waves, "", 8.0),
    Sample("falling-snow", "Snow and a lit window", "雪と窓明かり", scenes.falling_snow, "", 8.0),
    Sample("thunderstorm", "Thunderstorm", "雷雨", scenes.thunderstorm, "", 7.6),
    Sample("confetti", "Confetti", "紙吹雪", confetti, "", 8.0),
    Sample("earth", "Earth at night", "夜の地球", asset="world.mp4"),
    Sample("end-titles", "End titles", "エンディングの文字", asset="a.mp4"),
)


def sample_path(key: str, folder: Path) -> Path:
    """The mp4 of one sample, made in ``folder`` if it is not there yet. It is called by its title,
    since whatever is made of a video names its file."""
    sample = next(s for s in SAMPLES if s.key == key)
    path = folder / f"edition {EDITION}" / f"{sample.title()}.mp4"
    if path.is_file():
        return path
    asset = _asset_folder() / sample.asset
    if sample.scene is None and not asset.is_file():
        raise MediaError("sample.missing", name=sample.asset)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, keep=True) as temporary:
        if sample.scene is None:
            shutil.copyfile(asset, temporary)
        else:
            draw_video(sample.scene(), sample.duration_s, temporary)
    return path


def available_samples() -> tuple[Sample, ...]:
    """The samples that this installation can show; nothing is drawn yet."""
    folder = _asset_folder()
    return tuple(s for s in SAMPLES if s.scene is not None or (folder / s.asset).is_file())


def sample_poster(key: str, folder: Path) -> Path:
    """A jpg of one moment of a sample, 320 pixels wide, kept in ``folder``."""
    poster = folder / f"{key}-{EDITION}.jpg"
    if poster.is_file():
        return poster
    sample = next(s for s in SAMPLES if s.key == key)
    if sample.scene is None:
        source = ["-ss", "3", "-i", str(sample_path(key, folder))]
        picture = b""
    else:
        source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-i", "pipe:0"]
        picture = _bytes_of(sample.scene()(1.2))
    with replacing(poster, keep=True) as temporary:
        command = [ffmpeg_path(), "-loglevel", "error", "-y", *source, "-frames:v", "1"]
        command += ["-vf", "scale=320:-2", "-q:v", "4", "-update", "1", str(temporary)]
        _run(command, picture, key)
    return poster


def draw_video(scene: scenes.Scene, duration_s: float, out: Path) -> None:
    """Draw and encode a scene as H.264 mp4, 640 x 360."""
    command = [ffmpeg_path(), "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "pipe:0", "-c:v", "libx264"]
    command += ["-preset", "veryfast", "-crf", "21", "-pix_fmt", "yuv420p", "-g", "48"]
    command += ["-threads", "2", "-movflags", "+faststart", str(out)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None and process.stderr is not None
    try:
        for i in range(round(duration_s * FPS)):
            process.stdin.write(_bytes_of(scene(i / FPS)))
        process.stdin.close()
        words = process.stderr.read().decode("utf-8", "replace")
    finally:
        if process.poll() is None and process.stdin.closed is False:
            process.kill()
        status = process.wait()
    if status != 0:
        raise MediaError("sample.unwritten", reason=words[-300:])


def _bytes_of(picture: scenes.Painting) -> bytes:
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8).tobytes()


def _run(command: list[str], given: bytes, key: str) -> None:
    done = subprocess.run(command, input=given, capture_output=True, check=False)
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace")[-300:]
        raise MediaError("sample.no_poster", name=key, reason=words)


def _asset_folder() -> Path:
    """gradio's own sample videos, found without importing it."""
    spec = importlib.util.find_spec("gradio")
    if spec is None or spec.origin is None:
        return Path("gradio is not installed")
    return Path(spec.origin).parent / "media_assets" / "videos"
