"""The containers that are read, by their first bytes, and the demuxer of ffmpeg that reads each.

Only containers that hold their own pictures and sound are here; a demuxer is always named to ffmpeg
and never guessed by it, so that a file which is two things at once is read as the one checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 4096
LEAST_PADDING = 64
JUNK_BYTES = 2**20  # padding and foreign tags at the head are looked through this far
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"uuid")
_PICTURE_BRANDS = (b"heic", b"heix", b"heim", b"mif1", b"avif", b"crx ")

# Container -> demuxers, where the name is not the demuxer's own.
DEMUXERS = {"mp4": "mov"}
VIDEO: tuple[str, ...] = (
    "mp4",
    "avi",
    "mpegts",
    "matroska",
    "mpeg",
    "mpegvideo",
    "flv",
    "asf",
    "ogg",
    "gif",
)
VIDEO += ("mxf", "ivf", "rm", "dv", "nut", "wtv", "yuv4mpegpipe")
# Place and bytes of each beginning. Chunked formats (RIFF, FORM) are told apart by their kind.
_MAGICS: tuple[tuple[int, bytes, str], ...] = (
    (8, b"AVI ", "avi"),
    (8, b"WAVE", "wav"),
    (8, b"XWMA", "xwma"),
    (8, b"QLCM", "qcp"),
    (8, b"AIFF", "aiff"),
    (8, b"AIFC", "aiff"),
    (8, b"8SVX", "iff"),
    (8, b"16SV", "iff"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"\0\0\x01\xba", "mpeg"),
    (0, b"\0\0\x01\xb3", "mpegvideo"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"OggS", "ogg"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", "mxf"),
    (0, b"DKIF", "ivf"),
    (0, b".RMF", "rm"),
    (0, b".ra\xfd", "rm"),
    (0, b"\x1f\x07\x00", "dv"),
    (0, b"nut/multimedia container\0", "nut"),
    (0, b"\xb7\xd8\x00\x20\x37\x49\xda\x11", "wtv"),
    (0, b"YUV4MPEG2", "yuv4mpegpipe"),
    (0, b"fLaC", "flac"),
    (0, b".snd", "au"),
    (0, b"riff\x2e\x91\xcf\x11", "w64"),
    (0, b"caff", "caf"),
    (0, b"wvpk", "wv"),
    (0, b"TTA1", "tta"),
    (0, b"TTA2", "tta"),
    (0, b"MAC ", "ape"),
    (0, b"MP+", "mpc"),
    (0, b"MPCK", "mpc8"),
    (0, b"tBaK", "tak"),
    (0, b"DSD ", "dsf"),
    (0, b"FRM8", "iff"),
    (0, b"Creative Voice File", "voc"),
    (0, b"#!AMR", "amr"),
    (0, b"\x7f\xfe\x80\x01", "dts"),
    (0, b"\xfe\x7f\x01\x80", "dts"),
    (0, b"\x1f\xff\xe8\x00", "dts"),
    (0, b"\xff\x1f\x00\xe8", "dts"),
    (0, b"DTSHDHDR", "dtshd"),
    (4, b"\xf8\x72\x6f\xba", "truehd"),
    (4, b"\xf8\x72\x6f\xbb", "mlp"),
    (0, b"ea3\x03", "oma"),
    (0, b"EA3\x01", "oma"),
    (0, b"NIST_1A", "nistsphere"),
    (0, b"ajkg", "shn"),
    (0, b"TWIN97012000", "vqf"),
    (0, b"qoaf", "qoa"),
    (0, b"PVF1\n", "pvf"),
    (0, b"\x64\xa3\x01\x00", "ircam"),
    (0, b"\x64\xa3\x02\x00", "ircam"),
    (0, b"\x00\x02\xa3\x64", "ircam"),
)
_CHUNKED = (b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM")
# Everything that a sound file may turn out to be, for ffmpeg's own check of what it was told.
SOUND: tuple[str, ...] = ("wav", "aiff", "flac", "mp3", "aac", "ac3", "eac3", "loas")
SOUND += tuple(dict.fromkeys(name for _, _, name in _MAGICS if name not in (*VIDEO, *SOUND)))


# Where ffmpeg counts time from the first stream that is used; else from the start of the file.
RESTARTING = ("mpegts", "mpeg", "ogg")


@dataclass(frozen=True)
class Content:
    """What a file is: its container, and how many bytes of padding or tags come before it."""

    container: str
    offset: int = 0

    @property
    def demuxer(self) -> str:
        """ffmpeg's name of what reads the container."""
        return DEMUXERS.get(self.container, self.container)


def content_of(path: Path) -> tuple[Content | None, bytes, int]:
    """What the file is, or None; its first bytes after tags and padding, and where they are."""
    with path.open("rb") as file:
        data = file.read(HEAD_BYTES)
        if container := container_of(data):
            return Content(container), data, 0
        start = tags_end(data)
        if start or not data.strip(b"\0"):
            file.seek(start)
            data = file.read(JUNK_BYTES)
        padding = len(data) - len(data.lstrip(b"\0"))
        padding = padding if padding >= LEAST_PADDING else 0
        rest = data[padding:] or data
        container = container_of(rest)
        content = Content(container, start + padding) if container else None
        return content, rest, start


def container_of(head: bytes) -> str | None:
    """The container that begins with ``head``, or None if it is none that is read."""
    if head[4:8] in _MP4_BOXES and not (head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS):
        return "mp4"
    for place, magic, container in _MAGICS:
        found = head[place : place + len(magic)] == magic
        if found and (place != 8 or head[:4] in _CHUNKED):
            return container
    if head[:1] == b"\x47" and head[188:189] == b"\x47" and head[376:377] == b"\x47":
        return "mpegts"
    if head[4:5] == b"\x47" and head[196:197] == b"\x47" and head[388:389] == b"\x47":
        return "mpegts"  # M2TS of cameras: four bytes of time before each packet
    if head[:2] == b"\x0b\x77" and len(head) > 5:
        return "eac3" if head[5] >> 3 > 10 else "ac3"
    if head[:1] == b"\x56" and len(head) > 3 and head[1] & 0xE0 == 0xE0:
        size = ((head[1] & 0x1F) << 8 | head[2]) + 3
        return "loas" if head[size : size + 1] == b"\x56" else None
    # The sync word of MPEG audio; FF FE is the mark of UTF-16 text.
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] != 0xFE:
        return "aac" if head[1] & 0x06 == 0 else "mp3"
    return None


def tags_end(data: bytes) -> int:
    """Where the tags at the head of ``data`` end: ID3v2 and APEv2, one after the other."""
    end = 0
    for _ in range(8):
        rest = data[end : end + 32]
        if rest[:3] == b"ID3" and len(rest) >= 10 and max(rest[6:10]) < 128:
            size = rest[6] << 21 | rest[7] << 14 | rest[8] << 7 | rest[9]
            end += 10 + size + (10 if rest[5] & 0x10 else 0)
        elif rest[:8] == b"APETAGEX" and len(rest) >= 32:
            end += 32 + int.from_bytes(rest[12:16], "little")
        else:
            break
    return end


def mpeg_audio_after(path: Path, start: int) -> Content | None:
    """MPEG audio within the next megabyte: three frames in a row that say the same of themselves.

    Files that were cut out of a stream begin in the middle of a frame, others with foreign tags.
    """
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(JUNK_BYTES)
    place = data.find(b"\xff")
    while 0 <= place < len(data) - 4:
        if _three_frames(data, place):
            return Content("mp3", start + place)
        place = data.find(b"\xff", place + 1)
    return None


# Layer III and II in kbit/s, MPEG 1 and MPEG 2 (ISO 11172-3 table 3-B.2, ISO 13818-3).
_KBITS = {
    (3, 1): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (3, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (2, 1): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def _frame_bytes(head: bytes) -> int:
    """Length of the MPEG audio frame that ``head`` begins, 0 where it begins none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer, bits = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4
    rate = head[2] >> 2 & 3
    if version == 1 or layer not in (1, 2) or rate == 3 or not 0 < bits < 15:
        return 0
    hz = (44100, 48000, 32000)[rate] >> {3: 0, 2: 1, 0: 2}[version]
    kbits = _KBITS[3 if version == 3 else 2, layer][bits]
    samples = 576 if layer == 1 and version != 3 else 1152
    return samples // 8 * kbits * 1000 // hz + (head[2] >> 1 & 1)


def _three_frames(data: bytes, place: int) -> bool:
    first = data[place + 1] & 0xFE, data[place + 2] & 0x0C
    for _ in range(3):
        head = data[place : place + 4]
        length = _frame_bytes(head)
        if not length or (head[1] & 0xFE, head[2] & 0x0C) != first:
            return False
        place += length
    return True
