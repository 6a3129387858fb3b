"""Makes the good and the bad media files of the tests, with the ffmpeg of imageio-ffmpeg."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np

SECRET_NAME = "secret.mp4"

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-b:a", "64k")


def ffmpeg(*arguments: str) -> str:
    """Run ffmpeg, quietly; its messages, or AssertionError with them."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-y", *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    words = done.stderr.decode("utf-8", "replace")
    assert done.returncode == 0, words[-2000:]
    return words


def picture(seconds: float = 2.0, size: str = "320x180", rate: int = 25) -> list[str]:
    """Input arguments of a moving test picture."""
    return ["-f", "lavfi", "-i", f"testsrc2=duration={seconds}:size={size}:rate={rate}"]


def tone(seconds: float = 2.0, hz: int = 440) -> list[str]:
    """Input arguments of a sine."""
    return ["-f", "lavfi", "-i", f"sine=frequency={hz}:duration={seconds}:sample_rate=44100"]


def both(seconds: float = 2.0, size: str = "320x180", rate: int = 25) -> list[str]:
    """Input arguments of a moving picture with sound."""
    return [*picture(seconds, size, rate), *tone(seconds)]


# name -> ffmpeg arguments before the output; each is about two seconds.
GOOD: dict[str, list[str]] = {
    "plain.mp4": [*both(), *X264, *AAC, "-g", "25", "-movflags", "+faststart"],
    "longer.mp4": [*both(12, "160x90"), *X264, *AAC, "-g", "50", "-movflags", "+faststart"],
    "index_last.mp4": [*both(), *X264, *AAC],
    "camera.mov": [*both(), *X264, *AAC],
    "vp9.webm": [*both(), "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"],
    "vp8.webm": [*both(), "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"],
    "live.webm": [*both(), "-c:v", "libvpx", "-deadline", "realtime", "-live", "1"],
    "film.mkv": [*both(), *X264, *AAC],
    "old.avi": [*both(), "-c:v", "mpeg4", "-q:v", "5", "-c:a", "libmp3lame"],
    "hevc.mp4": [*both(), "-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1"],
    "av1.mp4": [*both(), "-c:v", "libsvtav1", "-preset", "12", *AAC],
    "loop.gif": [*picture()],
    "broadcast.ts": [*both(), *X264, *AAC, "-g", "25"],
    "windows.wmv": [*both(), "-c:v", "wmv2", "-c:a", "wmav2"],
    "flash.flv": [*both(), *X264, *AAC],
    "old.mpg": [*both(), "-c:v", "mpeg2video", "-c:a", "mp2"],
    "silent.mp4": [*picture(), *X264],
    "one_frame.mp4": [*picture(), *X264, "-frames:v", "1"],
    "two_frames.mp4": [*picture(), *X264, "-frames:v", "2"],
    "odd_size.mp4": [*picture(size="331x187"), "-c:v", "libx264", "-pix_fmt", "yuv444p"],
    "ten_bit.mp4": [*picture(), "-c:v", "libx264", "-pix_fmt", "yuv420p10le"],
    "tiny.mp4": [*picture(size="32x32"), *X264],
    "wide.mp4": [*picture(size="1600x64"), *X264],
    "fast.mp4": [*picture(rate=120), *X264],
    "slow.mp4": [*picture(rate=2), *X264],
    # Frames of the second half are dropped two out of three: variable frame rate.
    "variable.mp4": [
        *picture(4),
        *("-vf", "select='lt(t,2)+not(mod(n,3))'", "-fps_mode", "vfr"),
        *X264,
    ],
    "no_start_at_zero.mp4": [*picture(), *X264, "-output_ts_offset", "30"],
}


def good_file(folder: Path, name: str) -> Path:
    """One of GOOD, or "turned.mp4", made once per folder."""
    path = folder / name
    if path.exists():
        return path
    if name == "turned.mp4":  # a phone held upright: the picture is stored lying
        source = good_file(folder, "plain.mp4")
        ffmpeg("-display_rotation", "90", "-i", str(source), "-c", "copy", str(path))
    else:
        ffmpeg(*GOOD[name], str(path))
    return path


def cut_off(path: Path, out: Path, share: float) -> Path:
    """The first ``share`` of a file."""
    data = path.read_bytes()
    out.write_bytes(data[: int(len(data) * share)])
    return out


def _bytes(data: bytes) -> Callable[[Path, Path], Path]:
    def write(folder: Path, path: Path) -> Path:
        path.write_bytes(data)
        return path

    return write


def _from_ffmpeg(*arguments: str) -> Callable[[Path, Path], Path]:
    def write(folder: Path, path: Path) -> Path:
        ffmpeg(*arguments, str(path))
        return path

    return write


def _beginning(name: str, length: int) -> Callable[[Path, Path], Path]:
    """The real first bytes of a good file, then noise."""

    def write(folder: Path, path: Path) -> Path:
        noise = np.random.default_rng(1).bytes(20_000)
        path.write_bytes(good_file(folder, name).read_bytes()[:length] + noise)
        return path

    return write


def _overwritten_pictures(folder: Path, path: Path) -> Path:
    data = bytearray(good_file(folder, "index_last.mp4").read_bytes())
    start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[start:end] = np.random.default_rng(2).bytes(end - start)
    path.write_bytes(data)
    return path


def _with_cover(folder: Path, path: Path) -> Path:
    image = folder / "cover.png"
    ffmpeg(*picture(0.04), "-frames:v", "1", str(image))
    mapped = ("-map", "0:a", "-map", "1:v", "-disposition:v:0", "attached_pic")
    ffmpeg(*tone(), "-i", str(image), *mapped, "-c:v", "copy", str(path))
    return path


def _zip(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(good_file(folder, "plain.mp4"), "video.mp4")
    return path


def _encrypted_zip(folder: Path, path: Path) -> Path:
    data = bytearray(_zip(folder, path).read_bytes())
    data[6] |= 1  # the flag "encrypted" of the local header
    path.write_bytes(data)
    return path


def _protected(folder: Path, path: Path) -> Path:
    key = "00112233445566778899aabbccddeeff"
    ffmpeg(
        *("-i", str(good_file(folder, "plain.mp4")), "-c", "copy"),
        *("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", key),
        *("-encryption_kid", key, str(path)),
    )
    return path


def _broken_link(folder: Path, path: Path) -> Path:
    path.symlink_to(folder / "nowhere.mp4")
    return path


def _folder(folder: Path, path: Path) -> Path:
    path.mkdir()
    return path


def _pointing(text: str) -> Callable[[Path, Path], Path]:
    """A playlist that names a real video beside it."""

    def write(folder: Path, path: Path) -> Path:
        secret = folder / SECRET_NAME
        if not secret.exists():
            secret.write_bytes(good_file(folder, "plain.mp4").read_bytes())
        path.write_text(text.format(path=secret, name=SECRET_NAME))
        return path

    return write


_PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(60)
_XML = '<?xml version="1.0"?>\n'
_SUBTITLES = "1\n00:00:00,000 --> 00:00:02,000\nHello\n"
_SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"

# name -> (how it is made, words that its sentence must hold)
BAD: dict[str, tuple[Callable[[Path, Path], Path], str]] = {
    "empty.mp4": (_bytes(b""), "is empty"),
    "one_byte.mp4": (_bytes(b"x"), "text file"),
    "missing.mp4": (lambda folder, path: path, "does not exist"),
    "broken_link.mp4": (_broken_link, "link to a file that does not exist"),
    "folder.mp4": (_folder, "is a folder"),
    "text.mp4": (_bytes(b"This is not a video.\n" * 40), "text file"),
    "subtitles.srt": (_bytes(_SUBTITLES.encode()), "text file"),
    "utf16.mp4": (_bytes("A letter".encode("utf-16") * 40), "text file"),
    "random.mp4": (_bytes(np.random.default_rng(7).bytes(5000)), "unknown or damaged"),
    "zeros.mp4": (_bytes(bytes(50_000)), "only zeros"),
    "picture.png": (_bytes(_PNG), "is a picture"),
    "picture.mp4": (_bytes(_PNG), "is a picture"),
    "photo.jpg": (_from_ffmpeg(*picture(0.04), "-frames:v", "1"), "is a picture"),
    "photo.webp": (_from_ffmpeg(*picture(0.04), "-frames:v", "1"), "is a picture"),
    "photo.heic": (_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99)), "is a picture"),
    "photo.avif": (_bytes(b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + bytes(99)), "is a picture"),
    "drawing.svg": (_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "is a picture"),
    "paper.pdf": (_bytes(b"%PDF-1.7\n" + bytes(99)), "is a document"),
    "letter.doc": (_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99)), "is a document"),
    "archive.zip": (_zip, "is an archive"),
    "locked.zip": (_encrypted_zip, "password"),
    "archive.7z": (_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(99)), "is an archive"),
    "archive.rar": (_bytes(b"Rar!\x1a\x07\x01\0" + bytes(99)), "is an archive"),
    "video.mp4.gz": (_bytes(b"\x1f\x8b\x08\0" + bytes(99)), "is an archive"),
    "error.mp4": (_bytes(b"<!DOCTYPE html><html>404 Not Found</html>"), "is a web page"),
    "setup.exe": (_bytes(b"MZ\x90\0" + bytes(99)), "is a program"),
    "program": (_bytes(b"\x7fELF\x02\x01\x01" + bytes(99)), "is a program"),
    "secret.gpg": (_bytes(b"\x85\x02\x0c\x03" + bytes(99)), "encrypted"),
    "openssl.mp4": (_bytes(b"Salted__" + bytes(99)), "encrypted"),
    "data.sqlite": (_bytes(b"SQLite format 3\0" + bytes(99)), "is a database"),
    "list.m3u8": (_pointing("#EXTM3U\n#EXTINF:2,\n{path}\n#EXT-X-ENDLIST\n"), "is a playlist"),
    "list.mp4": (_pointing("#EXTM3U\n#EXTINF:2,\nfile://{path}\n"), "is a playlist"),
    "spaced.mp4": (_pointing("\n #EXTM3U\n#EXTINF:2,\n{path}\n"), "is a playlist"),
    "concat.mp4": (_pointing("ffconcat version 1.0\nfile {name}\n"), "is a playlist"),
    "dash.mp4": (_pointing(_XML + "<MPD><BaseURL>{path}</BaseURL></MPD>"), "is a playlist"),
    "stream.sdp": (_bytes(_SDP.encode()), "is a playlist"),
    "radio.pls": (_bytes(b"[playlist]\nFile1=http://127.0.0.1/x\n"), "is a playlist"),
    "song.mp3": (_from_ffmpeg(*tone()), "sound but no moving picture"),
    "song.wav": (_from_ffmpeg(*tone()), "sound but no moving picture"),
    "song.m4a": (_from_ffmpeg(*tone(), *AAC), "sound but no moving picture"),
    "song.ogg": (_from_ffmpeg(*tone(), "-c:a", "libvorbis"), "sound but no moving picture"),
    "sound_only.mp4": (_from_ffmpeg(*tone(), *AAC), "sound but no moving picture"),
    "cover.mp3": (_with_cover, "sound but no moving picture"),
    "protected.mp4": (_protected, "copy-protected"),
    "interrupted.mp4": (
        lambda folder, path: cut_off(good_file(folder, "index_last.mp4"), path, 0.6),
        "its index is missing",
    ),
    "head_only.mp4": (_beginning("index_last.mp4", 40), "index is missing"),
    "head_only.webm": (_beginning("vp9.webm", 60), "damaged"),
    "head_only.avi": (_beginning("old.avi", 60), "damaged"),
    "noise_inside.mp4": (_overwritten_pictures, "damaged"),
}


def bad_file(folder: Path, name: str) -> Path:
    """One of BAD, made in ``folder``."""
    return BAD[name][0](folder, folder / name)
