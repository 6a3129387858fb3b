"""tracks.csv: the table of a catalog, read as text that may come from anyone.

One row per track, lists separated by ``|``, empty = unknown. Any column beyond the fixed ones is
one more facet of labels. ``audio`` says where the sound is (vmr.catalogs.audio_address). Where a
contract limits it, ``uses``, ``territory``, ``valid_from`` and ``valid_until`` say how.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from vmr.catalogs.audio_address import check_audio
from vmr.errors import CatalogError
from vmr.files import replacing
from vmr.tables import Table, read_table

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~+-]{0,127}")
SHA256 = re.compile(r"[0-9a-f]{64}")
# Control characters, halves of characters, and marks that change the order in which characters are
# shown: "gpj.exe" as "exe.jpg".
UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
COLUMNS = (
    *("id", "title", "artist", "audio", "seconds", "genre", "mood", "bpm", "key", "energy"),
    *("vocals", "licence", "attribution", "source", "sha256"),
)
RIGHTS = ("uses", "territory", "valid_from", "valid_until")  # columns that only some tables have
USES = ("rank", "play", "download", "export")
NUMBERS = {"seconds", "bpm", "energy"}
LIMITS = {"attribution": 2000, "source": 500, "audio": 500}  # characters; the others have 300
TEXT_LIMIT = 300
LABELS_LIMIT = 20


@dataclass(frozen=True)
class Track:
    """One row of tracks.csv.

    seconds of the file that is played; bpm beats per minute; energy 1 (still) to 5 (driving);
    vocals "instrumental", "vocal" or ""; sha256 of the audio file, for ``cache:`` of the file that
    it is cut from; facets: labels of further columns; catalog: name of the catalog it stands in.
    uses: those of USES that its licence covers, () for all; territory: codes of countries in small
    letters, () for the world; valid_from and valid_until: first and last day, YYYY-MM-DD or "".
    """

    id: str
    title: str
    artist: str = ""
    audio: str = ""
    seconds: float = 0.0
    genre: tuple[str, ...] = ()
    mood: tuple[str, ...] = ()
    bpm: float | None = None
    key: str = ""
    energy: float | None = None
    vocals: str = ""
    licence: str = ""
    attribution: str = ""
    source: str = ""
    sha256: str = ""
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    catalog: str = ""
    uses: tuple[str, ...] = ()
    territory: tuple[str, ...] = ()
    valid_from: str = ""
    valid_until: str = ""

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """All that is known of the track by facet, as the model takes it."""
        return {"genre": self.genre, "mood": self.mood, **self.facets}


def read_tracks(path: Path, catalog: str = "") -> tuple[Track, ...]:
    """Read a table of tracks; raises CatalogError that names the row and what is wrong with it."""
    return tracks_of(read_tracks_table(path), path, catalog)


def read_tracks_table(path: Path) -> Table:
    """The cells of a table of tracks, as yet unchecked. Raises CatalogError."""
    required, optional = COLUMNS[:2], (*COLUMNS[2:], *RIGHTS)
    return read_table(
        path, required, optional, numbers=NUMBERS, paths={"audio"}, error=CatalogError
    )


def tracks_of(table: Table, path: Path, catalog: str = "") -> tuple[Track, ...]:
    """The checked tracks of a table; raises CatalogError as ``read_tracks``."""
    tracks: list[Track] = []
    seen: set[str] = set()
    for number, row in table:
        try:
            track = replace(parse_track(row), catalog=catalog)
        except ValueError as error:
            raise CatalogError("table.row", path=path, line=number, reason=error) from error
        if track.id in seen:
            raise CatalogError("table.id_twice", path=path, line=number, id=track.id)
        seen.add(track.id)
        tracks.append(track)
    return tuple(tracks)


def parse_track(row: Mapping[str, str]) -> Track:
    """Check every cell of one row; ValueError says which is wrong."""
    text = {name: clean(name, row.get(name, "")) for name in (*COLUMNS, *RIGHTS)}
    if not ID.fullmatch(text["id"]):
        raise ValueError(
            f"{text['id']!r} is no id: letters, digits and . _ ~ + - only, 128 at most"
        )
    if not text["title"]:
        raise ValueError(f"track {text['id']} has no title")
    if text["audio"]:
        check_audio(text["audio"])
    if text["sha256"] and not SHA256.fullmatch(text["sha256"]):
        raise ValueError("sha256 must be 64 hex digits")
    if text["vocals"] not in ("", "vocal", "instrumental"):
        raise ValueError(f"vocals must be vocal, instrumental or empty, not {text['vocals']!r}")
    uses = split_labels(text["uses"].lower())
    if set(uses) - set(USES):
        raise ValueError(f"uses may be {', '.join(USES)}, not {text['uses']!r}")
    further = [name for name in row if name not in text]
    return Track(
        **{name: text[name] for name in ("id", "title", "artist", "audio", "key", "vocals")},
        **{name: text[name] for name in ("licence", "attribution", "source", "sha256")},
        seconds=number("seconds", text["seconds"], 0, 86400) or 0.0,
        bpm=number("bpm", text["bpm"], 1, 1000),
        energy=number("energy", text["energy"], 1, 5),
        genre=split_labels(text["genre"]),
        mood=split_labels(text["mood"]),
        facets={name: split_labels(clean(name, row[name])) for name in further},
        uses=uses,
        territory=split_labels(text["territory"].lower()),
        valid_from=day("valid_from", text["valid_from"]),
        valid_until=day("valid_until", text["valid_until"]),
    )


def clean(name: str, text: str) -> str:
    """The cell without surrounding space; ValueError for control characters and for too much."""
    text = unicodedata.normalize("NFC", text.strip())
    if UNSHOWN.search(text):
        raise ValueError(f"{name} holds a control character")
    if len(text) > LIMITS.get(name, TEXT_LIMIT):
        raise ValueError(f"{name} is longer than {LIMITS.get(name, TEXT_LIMIT)} characters")
    return text


def number(name: str, text: str, least: float, most: float) -> float | None:
    """A plain decimal number within the bounds, None for an empty cell."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise ValueError(f"{name} must be a number from {least} to {most}, not {text!r}")
    return value


def day(name: str, text: str) -> str:
    """``"2026/3/1"`` -> "2026-03-01", "" for an empty cell; ValueError for what is no day."""
    if not text:
        return ""
    parts = re.split(r"[-/.]", text)
    try:
        year, month, number_of_day = map(int, parts)
        return date(year, month, number_of_day).isoformat()
    except ValueError:
        raise ValueError(f"{name} must be a day like 2026-03-31, not {text!r}") from None


def split_labels(text: str) -> tuple[str, ...]:
    """``"calm|happy"`` -> ("calm", "happy"), in order, each once."""
    labels = tuple(dict.fromkeys(part.strip() for part in text.split("|") if part.strip()))
    if len(labels) > LABELS_LIMIT:
        raise ValueError(f"{len(labels)} labels in one cell, at most {LABELS_LIMIT}")
    return labels


def write_tracks(path: Path, tracks: Iterable[Track]) -> None:
    """Write the table that ``read_tracks`` reads back to equal tracks."""
    tracks = list(tracks)
    further = list(dict.fromkeys(name for track in tracks for name in track.facets))
    rights = [name for name in RIGHTS if any(getattr(track, name) for track in tracks)]
    fixed = (*COLUMNS, *rights)
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*fixed, *further], lineterminator="\n")
        writer.writeheader()
        for track in tracks:
            writer.writerow(
                {name: as_text(getattr(track, name)) for name in fixed}
                | {name: as_text(labels) for name, labels in track.facets.items()}
            )


def as_text(value: object) -> str:
    """A cell of tracks.csv: lists joined by ``|``, unknown empty."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "|".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
