"""What a music file says of itself: title, artist, genre, rights. Read in the limited process."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from vmr.errors import MediaError
from vmr.media.limits import MediaLimits
from vmr.media.sandbox import run_job, shown_name

# A label of Latin-1 on text of these; ID3 knew no other way to store it for years.
LEGACY = ("cp932", "euc_jp", "gb18030")
EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]{2}")


def read_tags(path: Path, limits: MediaLimits | None = None) -> dict[str, str]:
    """Tags in lower case, several values joined by ``; ``; {} where there are none to be read."""
    with tempfile.TemporaryDirectory(prefix="vmr-") as name:
        job = {"job": "tags", "path": str(path.resolve())}
        try:
            answer = run_job(job, shown_name(path), Path(name), limits or MediaLimits())
        except MediaError:
            return {}  # the sound was read; a title can be had from the file's name
    return repaired({str(key): str(value) for key, value in answer.items()})


def repaired(tags: Mapping[str, str]) -> dict[str, str]:
    """The same with Shift-JIS, EUC-JP or GB text that was taken for Latin-1 decoded as it is.

    All tags of a file are judged together: a title alone can be too short to tell.
    """
    suspect = {}
    for key, text in tags.items():
        if any(char >= "\x80" for char in text) and all(char <= "\xff" for char in text):
            suspect[key] = text.encode("latin-1")
    for encoding in _likely(b"\n".join(suspect.values())) if suspect else ():
        texts = {key: data.decode(encoding, "replace") for key, data in suspect.items()}
        whole = "\n".join(texts.values())
        if "\ufffd" not in whole and EAST_ASIAN.search(whole):
            return {**tags, **texts}
    return dict(tags)


def _likely(data: bytes) -> list[str]:
    """``["utf-8"]``, or what else the bytes may be in, the likeliest first, until Latin."""
    from charset_normalizer import from_bytes

    try:
        data.decode("utf-8")
        return ["utf-8"]
    except UnicodeDecodeError:
        found = [match.encoding for match in from_bytes(data, cp_isolation=[*LEGACY, "cp1252"])]
    return found[: found.index("cp1252")] if "cp1252" in found else found
