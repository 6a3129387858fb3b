"""Makes inputs of the kinds that players read and careless programs misread, with ffmpeg."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.media_files import AAC, X264, ffmpeg, picture

BURST = "aevalsrc='0.3*sin(2*PI*1000*t)*between(t,{start},{end})':d=3:s=48000"
# From a picture of BT.709 to HDR in BT.2020, its white at 203 cd/m2.
TO_HDR = (
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv,"
    "zscale=t=linear:npl=203,format=gbrpf32le,"
    "zscale=p=bt2020:t={transfer}:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
)


def burst(start_s: float, end_s: float) -> list[str]:
    """Input arguments of three seconds that hold 1000 Hz from start to end."""
    return ["-f", "lavfi", "-i", BURST.format(start=start_s, end=end_s)]


def shifted_sound(path: Path, picture_s: float, sound_s: float, *codecs: str) -> Path:
    """A picture from ``picture_s`` on, and 1000 Hz from half a second to a second after it."""
    begin = picture_s + 0.5 - sound_s
    late = ("-itsoffset", str(picture_s), *picture(3, rate=30))
    own = ("-itsoffset", str(sound_s), *burst(begin, begin + 0.5))
    ffmpeg(*late, *own, "-map", "0", "-map", "1", *(codecs or (*X264, *AAC)), str(path))
    return path


def with_cover(path: Path, source: Path, first: bool, *options: str) -> Path:
    """``source`` and a cover of another size as an ordinary stream, before or after it."""
    cover = path.with_suffix(".png")
    ffmpeg("-f", "lavfi", "-i", "color=red:s=600x600:d=1", "-frames:v", "1", str(cover))
    inputs = [str(cover), str(source)] if first else [str(source), str(cover)]
    still = 0 if first else 1
    codecs = ["-c", "copy", f"-c:v:{still}", "mjpeg", *options]
    ffmpeg("-i", inputs[0], "-i", inputs[1], "-map", "0", "-map", "1", *codecs, str(path))
    return path


def hdr(path: Path, transfer: str, *codec: str) -> Path:
    """The test picture in HDR."""
    ffmpeg(*picture(2), "-vf", TO_HDR.format(transfer=transfer), *codec, str(path))
    return path


def sound(path: Path, expression: str, layout: str = "mono", *options: str) -> Path:
    """Three seconds of an aevalsrc expression."""
    source = f"aevalsrc={expression}:d=3:s=44100:c={layout}"
    ffmpeg("-f", "lavfi", "-i", source, *options, str(path))
    return path


def id3(padding: int = 0) -> bytes:
    """An ID3v2.3 tag with a title."""
    body = b"TIT2" + struct.pack(">I", 5) + b"\0\0\0abcd" + bytes(padding)
    n = len(body)
    return b"ID3\x03\0\0" + bytes([n >> 21 & 127, n >> 14 & 127, n >> 7 & 127, n & 127]) + body


def ape_tag(size: int) -> bytes:
    """An APEv2 tag of ``size`` bytes after its header."""
    head = struct.pack("<IIII", 2000, size, 0, 0xA0000000)
    return b"APETAGEX" + head + bytes(8) + b"x" * size


def boxes(data: bytes, change: dict[bytes, bytes]) -> bytes:
    """An mp4 with the contents of some boxes of its index replaced, tracks alike."""
    out, place = b"", 0
    while place < len(data):
        size, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + size]
        if kind in (b"moov", b"trak", b"edts"):
            body = boxes(body, change)
        body = change.get(kind, body)
        out += struct.pack(">I4s", 8 + len(body), kind) + body
        place += size
    return out
