"""The small frames of the videos that were matched, and what the first of them said, kept as long
as the uploads. No gradio here.

They lie in a folder that is swept, under an address that is told in the answer to whoever sent the
video and stands in no link.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.files import replacing

if TYPE_CHECKING:
    from vmr.knowledge.seen_frames import SeenFrame


class KeptFrames:
    """Writes into ``folder``; ``address_of`` turns a file of it into what the page may open."""

    def __init__(self, folder: Path, address_of: Callable[[Path], str]) -> None:
        self.folder = folder
        self.address_of = address_of

    def keep(self, frames: Sequence[SeenFrame]) -> str:
        """Address of the frames as a JSON list of {"time_s", "words", "picture"}."""
        return self._write("frames", [frame.as_json() for frame in frames])

    def keep_first(self, payload: dict[str, Any]) -> str:
        """Address of a payload that is marked as provisional."""
        return self._write("first", payload | {"provisional": True})

    def _write(self, kind: str, content: object) -> str:
        path = self.folder / f"{kind}-{secrets.token_hex(12)}.json"
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(content), encoding="utf-8")
        return self.address_of(path)
