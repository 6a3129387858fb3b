"""What a music file says of itself: title, artist, genre, rights. Read in the limited process."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from vmr.errors import MediaError
from vmr.media.limits import MediaLimits
from vmr.media.sandbox import run_job, shown_name
from vmr.text.legacy import decoded

SEPARATOR = "\x1f"  # the same in every encoding


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
    """The same with text of other encodings that was taken for Latin-1 decoded as what it is: ID3
    knew no other way to store it for years.

    All tags of a file are judged together: a title alone can be too short to tell.
    """
    suspect = {
        key: text.encode("latin-1")
        for key, text in tags.items()
        if any(char >= "\x80" for char in text) and all(char <= "\xff" for char in text)
    }
    text = decoded(SEPARATOR.encode().join(suspect.values())) if suspect else None
    texts = [] if text is None else text.split(SEPARATOR)
    if len(texts) != len(suspect):  # nothing reads them, or one holds the separator
        return dict(tags)
    return {**tags, **dict(zip(suspect, texts, strict=True))}
