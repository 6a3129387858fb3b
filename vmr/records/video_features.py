"""Feature rows of videos that somebody labelled, kept so that a model can learn from them.

What an encoder said of the frames, in half precision; no frame and no sound. Both the rows of a
video and the number of videos are bounded, and the oldest give way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmr.records.database import reading, writing
from vmr.records.label_checks import check_item
from vmr.records.label_rows import FILE, SCHEMA

ROWS_MOST = 120  # of a video; of a longer one every second or third
VIDEOS_MOST = 2000
Array = NDArray[np.float32]


def keep_features(folder: Path, item: str, encoder: str, rows: Array) -> None:
    """Keep the rows (T, D) float32 of a video beside its labels. ValueError for other arrays."""
    if rows.ndim != 2 or not rows.size or not np.isfinite(rows).all():
        raise ValueError(f"{rows.shape} are no finite rows (T, D)")
    chosen = np.linspace(0, len(rows) - 1, min(len(rows), ROWS_MOST)).round().astype(int)
    limit = np.finfo(np.float16).max
    halves = rows[chosen].clip(-limit, limit).astype("<f2")
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    with writing(folder / FILE, SCHEMA) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO feature VALUES (?, ?, ?, ?, ?, ?)",
            (check_item(item), encoder, at, *halves.shape, halves.tobytes()),
        )
        connection.execute(
            "DELETE FROM feature WHERE rowid NOT IN"
            " (SELECT rowid FROM feature ORDER BY at DESC LIMIT ?)",
            (VIDEOS_MOST,),
        )


def read_features(folder: Path, encoder: str, items: Sequence[str]) -> dict[str, Array]:
    """{item: rows (T, D) float32} of those that are kept for this encoder."""
    if not (folder / FILE).is_file():
        return {}
    found = {}
    with reading(folder / FILE, SCHEMA) as connection:
        for item in items:
            row = connection.execute(
                "SELECT * FROM feature WHERE item = ? AND encoder = ?", (item, encoder)
            ).fetchone()
            if row is not None:
                halves = np.frombuffer(row["halves"], "<f2").reshape(row["count"], row["width"])
                found[item] = halves.astype(np.float32)
    return found
