"""One row of tracks.csv from what a file says of itself and what was found in it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, replace

from vmr.catalogs.analyse_music import TrackFacts
from vmr.catalogs.tracks_table import LIMITS, TEXT_LIMIT, Track, clean


def measured(audio: str, name: str, facts: TrackFacts) -> Track:
    """The row as the file alone gives it: its tags, its name without ending, what was found."""
    tags = facts.tags
    title = text("title", tags.get("title", "")) or text("title", name.replace("_", " "))
    artist = text("artist", tags.get("artist", "") or tags.get("albumartist", ""))
    rights = tags.get("copyright", "")
    credit = "; ".join(
        part for part in (f'"{title}" by {artist}' if artist else "", rights) if part
    )
    is_cut = audio.startswith("cache:")  # its sha256 is that of what it is cut from
    return Track(
        id=slug(audio) or facts.sha256[:12],
        title=title or facts.sha256[:12],
        artist=artist,
        seconds=round(facts.seconds, 2),
        genre=genres(tags.get("genre", "")),
        bpm=None if facts.bpm is None else round(facts.bpm, 1),
        key=facts.key,
        energy=None if facts.energy is None else round(facts.energy, 2),
        vocals=facts.vocals,
        licence=text("licence", tags.get("license", "")),
        attribution=text("attribution", credit),
        sha256="" if is_cut else facts.sha256,
    )


def fill(written: Track, found: Track) -> Track:
    """``known`` with every empty cell taken from ``found``."""
    empty = {
        field.name: getattr(found, field.name)
        for field in fields(Track)
        if getattr(written, field.name) in ("", (), None, 0.0)
    }
    return replace(written, **empty)


def unused(id: str, sha256: str, ids: set[str]) -> str:
    """The id, with the start of the hash where another track has it."""
    return id if id not in ids else f"{id[:110]}-{sha256[:12]}"


def slug(audio: str) -> str:
    """``"Älbum/01 Söng.mp3"`` -> ``"Album-01-Song"``; "" where nothing of the name is ASCII."""
    name = audio.rpartition(".")[0]
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._]+", "-", plain).strip("-._")[:120]


def text(name: str, value: str) -> str:
    """A cell from a tag of anyone's file: on one line, without control characters, not too long."""
    printable = "".join(c if unicodedata.category(c) not in ("Cc", "Cs") else " " for c in value)
    short = " ".join(printable.split())[: LIMITS.get(name, TEXT_LIMIT)]
    try:
        return clean(name, short)
    except ValueError:  # direction marks
        return ""


def genres(tag: str) -> tuple[str, ...]:
    """Labels of a genre tag: ``"Rock; Folk"`` -> ("rock", "folk"); no numbers."""
    labels = [text("genre", part).lower() for part in re.split(r"[;,/|]", tag)[:5]]
    return tuple(dict.fromkeys(x for x in labels if re.search(r"[^\W\d_]", x) and x != "other"))
