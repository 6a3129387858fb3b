"""What a file is by its first bytes, before any decoder sees it.

Only containers that hold their own pictures and sound pass. Playlists (HLS, ffconcat, DASH, SDP)
name other files or addresses, which a decoder would open: they are refused here, whatever their
name ends with, and so is everything else that is not a video or audio file.
"""

from __future__ import annotations

import stat
from pathlib import Path

from vmr.errors import MediaError, Notice
from vmr.media.containers import Content, content_of, mpeg_audio_after
from vmr.media.limits import MediaLimits

INDEX_BYTES = 2**20

_IMAGE = "media.is_picture"
_ARCHIVE = "media.is_archive"
_PLAYLIST = "media.is_playlist"
_DOCUMENT = "media.is_document"
_PROGRAM = "media.is_program"
_LOCKED = "media.is_locked"
_PAGE = "media.is_page"
_UNKNOWN = "media.is_unknown"

# Beginnings of files that people take for videos, with the sentence that says so.
_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", _IMAGE),
    (b"\xff\xd8\xff", _IMAGE),
    (b"BM", _IMAGE),
    (b"II*\0", _IMAGE),
    (b"MM\0*", _IMAGE),
    (b"8BPS", _IMAGE),
    (b"<svg", _IMAGE),
    (b"PK\x03\x04", _ARCHIVE),
    (b"PK\x05\x06", _ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
    (b"Rar!", _ARCHIVE),
    (b"\x1f\x8b", _ARCHIVE),
    (b"BZh", _ARCHIVE),
    (b"\xfd7zXZ", _ARCHIVE),
    (b"\x28\xb5\x2f\xfd", _ARCHIVE),
    (b"#EXTM3U", _PLAYLIST),
    (b"ffconcat", _PLAYLIST),
    (b"[playlist]", _PLAYLIST),
    (b"[Reference]", _PLAYLIST),
    (b"v=0", _PLAYLIST),
    (b"<MPD", _PLAYLIST),
    (b"<smil", _PLAYLIST),
    (b"%PDF", _DOCUMENT),
    (b"\xd0\xcf\x11\xe0", _DOCUMENT),
    (b"{\\rtf", _DOCUMENT),
    (b"<html", _PAGE),
    (b"<!doctype html", _PAGE),
    (b"MZ", _PROGRAM),
    (b"\x7fELF", _PROGRAM),
    (b"Salted__", _LOCKED),
    (b"-----BEGIN PGP", _LOCKED),
    (b"age-encryption.org", _LOCKED),
    (b"\x85\x01", _LOCKED),
    (b"\x85\x02", _LOCKED),
    (b"\x8c\x0d\x04", _LOCKED),
    (b"SQLite format 3", "media.is_database"),
    (b"glTF", "media.is_model"),
    (b"\0\x05\x16\x07", "media.is_side_file"),
    (b"\0\x05\x16\0", "media.is_side_file"),
)


def check_file(path: Path, name: str, limits: MediaLimits) -> Path:
    """The real path of a regular, non-empty file within the size limit; MediaError otherwise."""
    try:
        real = path.resolve(strict=True)
        info = real.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        is_link = path.is_symlink()
        raise MediaError("media.dead_link" if is_link else "media.no_file", name=name) from error
    except PermissionError as error:
        raise MediaError("media.forbidden", name=name) from error
    except (OSError, RuntimeError, ValueError) as error:
        raise MediaError("media.unopened", name=name) from error
    if stat.S_ISDIR(info.st_mode):
        raise MediaError("media.folder", name=name)
    if not stat.S_ISREG(info.st_mode):
        raise MediaError("media.irregular", name=name)
    if info.st_size == 0:
        raise MediaError("media.empty", name=name)
    if info.st_size > limits.max_bytes:
        size, most = info.st_size / 1e6, limits.max_bytes / 1e6
        raise MediaError("media.too_large", name=name, size=size, most=most)
    return real


def check_content(path: Path, name: str, sound: bool = False) -> Content:
    """What the file is by its content; MediaError for what is neither a video nor music.

    ``sound``: whether music is wanted rather than a video, so that the sentences speak of it.
    """
    try:
        content, head, start = content_of(path)
        reason = _reason(head) if content is None else ""
        if reason == _UNKNOWN:
            content = mpeg_audio_after(path, start)
    except PermissionError as error:
        raise MediaError("media.forbidden", name=name) from error
    if content is None:
        wanted = Notice("media.a_music") if sound else Notice("media.a_video")
        advice = Notice("media.choose_sound") if sound else Notice("media.choose_video")
        raise MediaError(reason, name=name, wanted=wanted, advice=advice)
    if content.container == "mp4" and _is_protected(path):
        raise MediaError("media.protected", name=name)
    return content


def _is_protected(path: Path) -> bool:
    """Whether the index of an mp4, near its beginning or its end, declares encrypted streams."""
    size = path.stat().st_size
    with path.open("rb") as file:
        index = file.read(INDEX_BYTES)
        file.seek(max(size - INDEX_BYTES, 0))
        index += file.read(INDEX_BYTES)
    return b"sinf" in index and any(
        entry in index for entry in (b"encv", b"enca", b"drmi", b"drms")
    )


def _reason(head: bytes) -> str:
    """The key of the sentence that says what a refused file is."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _IMAGE
    if head[4:8] == b"ftyp":
        return _IMAGE
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    lowered = text.lower()
    for magic, reason in _REFUSED:
        if head.startswith(magic) or lowered.startswith(magic.lower()):
            return reason
    if lowered.startswith(b"<?xml"):
        return _PLAYLIST if b"<mpd" in lowered or b"<smil" in lowered else _DOCUMENT
    if not any(head):
        return "media.is_zeros"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or all(
        byte >= 32 or byte in b"\t\r\n\f\x1b" for byte in head
    ):
        return "media.is_text"
    return _UNKNOWN
