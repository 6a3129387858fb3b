"""What neighbours cost by vmr.cues.choices, for node's test: python -m tests.clash_cases writes
tests/js/clashes.json again."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

from vmr.catalogs.tracks_table import Track
from vmr.cues.choices import clash

FILE = Path(__file__).resolve().parent / "js" / "clashes.json"
TEMPI = (None, 64.0, 121.0)
KEYS = ("", "A minor", "F# minor", "Db major")


def clash_cases() -> list[dict[str, Any]]:
    """Pairs of tracks with what the second costs after the first."""
    first = [("one", bpm, key) for bpm, key in product((60.0, 90.0), KEYS)]
    second = [(name, bpm, key) for name in ("one", "two") for bpm, key in product(TEMPI, KEYS)]
    return [
        {
            "before": {"catalog": "c", "id": a[0], "bpm": a[1], "key": a[2]},
            "after": {"catalog": "c", "id": b[0], "bpm": b[1], "key": b[2]},
            "cost": round(clash(_track(*a), _track(*b)), 9),
            "shared": round(clash(_track(*a), _track(*b), share=True), 9),
        }
        for a, b in product(first, second)
    ]


def _track(name: str, bpm: float | None, key: str) -> Track:
    return Track(name, name, catalog="c", bpm=bpm, key=key)


if __name__ == "__main__":
    FILE.write_text(json.dumps(clash_cases()) + "\n", encoding="utf-8")
