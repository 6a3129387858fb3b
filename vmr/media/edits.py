"""Edit lists of mp4 and mov files: which parts of a track are shown.

ISO 14496-12 8.6.6: after "elst", version and flags, a count of entries, each with a duration, the
time in the media (-1 for an empty edit, which only delays) and a rate.
"""

from __future__ import annotations

from pathlib import Path

INDEX_BYTES = 2**20
MOST_ENTRIES = 64


def is_spliced(path: Path) -> bool:
    """Whether a track of an mp4 shows several parts of itself, or one at another speed."""
    size = path.stat().st_size
    with path.open("rb") as file:
        index = file.read(INDEX_BYTES)
        file.seek(max(size - INDEX_BYTES, 0))
        index += file.read(INDEX_BYTES)
    place = index.find(b"elst")
    while place >= 0:
        if _parts(index[place + 4 :]) > 1:
            return True
        place = index.find(b"elst", place + 4)
    return False


def _parts(box: bytes) -> int:
    """How many parts of the media an edit list shows; one at another speed counts twice."""
    if len(box) < 8 or box[0] > 1 or box[1:4] != b"\0\0\0":
        return 0
    wide = 8 if box[0] else 4
    step = 2 * wide + 4
    parts = 0
    for i in range(min(int.from_bytes(box[4:8], "big"), MOST_ENTRIES)):
        entry = box[8 + i * step : 8 + (i + 1) * step]
        if len(entry) < step:
            break
        start = int.from_bytes(entry[wide : 2 * wide], "big", signed=True)
        speed = int.from_bytes(entry[2 * wide :], "big")
        if start >= 0:
            parts += 1 if speed == 0x10000 else 2
    return parts
