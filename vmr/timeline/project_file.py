"""The JSON file of a film with its cues.

    {"version": 1, "name": "Spring film", "original": "duck", "original_gain_db": 0,
     "film": {"path": "film.mp4", "fps": "24000/1001", "width": 1920, "height": 1080,
              "seconds": 61.2, "sound": true},
     "ducking": [[3.1, 0], [3.2, -10], [5.4, -10], [6.0, 0]],
     "cues": [{"name": "Opening", "start": 0, "end": 12.5, "in": 30.2, "gain_db": -3,
               "fade_in": 0.3, "fade_out": 2, "duck": true, "use": "background",
               "music": {"path": "music/a.mp3", "title": "Dawn", "composer": "A. Person",
                         "publisher": "", "licence": "CC-BY-4.0", "attribution": "",
                         "source": "", "seconds": 95.0}}]}

Seconds count from the beginning of the film or of the track. Paths are relative to the folder of
the JSON file, or absolute. ``ducking`` is the music's gain under speech, in dB at seconds of the
film, for the cues with ``duck``; where it is missing and ``original`` is "duck" it is measured.
What of the film is missing is measured too. Whatever a file says is bounded and cleaned here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

from vmr.catalogs.tracks_table import clean, day, split_labels
from vmr.errors import VmrError
from vmr.timeline.project import Cue, Film, Music, Original, Timeline, exact_rate

VERSION = 1
BYTES_MOST = 5_000_000
CUES_MOST, POINTS_MOST = 1000, 100_000
LONGEST_S = 6 * 3600.0


def read_project(path: Path) -> dict[str, Any]:
    """The JSON of a project file, unchecked. Raises VmrError for what is none."""
    try:
        if path.stat().st_size > BYTES_MOST:
            raise ValueError(f"larger than {BYTES_MOST // 1_000_000} MB")
        stored = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(stored, dict) or stored.get("version") != VERSION:
            raise ValueError(f'"version": {VERSION} is missing')
    except FileNotFoundError as error:
        raise VmrError("timeline.none", path=path) from error
    except (OSError, ValueError, RecursionError) as error:
        raise VmrError("timeline.bad", path=path, reason=error) from error
    return stored


def timeline_of(stored: Mapping[str, Any], film: Film) -> Timeline:
    """A checked timeline for a film that was looked at. ValueError says which value is wrong."""
    cues = stored.get("cues", [])
    points = stored.get("ducking", [])
    if not isinstance(cues, list) or len(cues) > CUES_MOST:
        raise ValueError(f"cues are a list of at most {CUES_MOST}")
    if not isinstance(points, list) or len(points) > POINTS_MOST:
        raise ValueError(f"ducking is a list of at most {POINTS_MOST} pairs")
    original = stored.get("original", "mix")
    if original not in get_args(Original):
        raise ValueError(f"original is one of {', '.join(get_args(Original))}")
    checked = [_cue(cue, i + 1, film) for i, cue in enumerate(cues)]
    return Timeline(
        name=_text(stored, "name", Path(film.path).stem),
        film=film,
        cues=tuple(sorted(checked, key=lambda cue: (cue.start_s, cue.end_s))),
        original=original,
        original_gain_db=_number(stored, "original_gain_db", -60, 12, 0.0),
        ducking=tuple(sorted(_point(point) for point in points)),
    )


def film_of(stored: Mapping[str, Any]) -> Film:
    """The film as the file describes it. ValueError where something is wrong or missing."""
    table = stored.get("film")
    if not isinstance(table, dict):
        raise ValueError("film is missing")
    try:
        fps = Fraction(str(table["fps"])[:40])
    except (KeyError, ValueError, ZeroDivisionError) as error:
        raise ValueError("fps must be a rate such as 25 or 24000/1001") from error
    if not 1 <= fps <= 240 or fps.denominator > 1_000_000:
        raise ValueError("fps must be from 1 to 240")
    return Film(
        path=_text(table, "path"),
        fps=exact_rate(float(fps)),
        width=round(_number(table, "width", 1, 20_000)),
        height=round(_number(table, "height", 1, 20_000)),
        seconds=_number(table, "seconds", 0.01, LONGEST_S),
        sound=bool(table.get("sound", True)),
    )


def as_json(timeline: Timeline) -> dict[str, Any]:
    """What ``film_of`` and ``timeline_of`` read back to the same timeline."""
    film = asdict(timeline.film) | {"fps": str(timeline.film.fps)}
    return {
        "version": VERSION,
        "name": timeline.name,
        "original": timeline.original,
        "original_gain_db": timeline.original_gain_db,
        "film": film,
        "ducking": [list(point) for point in timeline.ducking],
        "cues": [_cue_json(cue) for cue in timeline.cues],
    }


def _cue_json(cue: Cue) -> dict[str, Any]:
    fields = asdict(cue)
    short = {key.removesuffix("_s"): value for key, value in fields.items()}
    music = short.pop("music")
    music |= {name: "|".join(music[name]) for name in ("uses", "territory")}
    return short | {"music": music}


def _cue(stored: Any, number: int, film: Film) -> Cue:
    try:
        if not isinstance(stored, dict) or not isinstance(stored.get("music"), dict):
            raise ValueError("it is no cue with its music")
        start = _number(stored, "start", 0, film.seconds)
        end = min(_number(stored, "end", 0, LONGEST_S), film.seconds)
        if end - start < 0.04:
            raise ValueError("it ends before it starts, or within a frame")
        duck = stored.get("duck", True)
        return Cue(
            start_s=start,
            end_s=end,
            music=_music(stored["music"]),
            in_s=_number(stored, "in", 0, LONGEST_S, 0.0),
            gain_db=_number(stored, "gain_db", -60, 12, Cue.gain_db),
            fade_in_s=min(_number(stored, "fade_in", 0, LONGEST_S, Cue.fade_in_s), end - start),
            fade_out_s=min(_number(stored, "fade_out", 0, LONGEST_S, Cue.fade_out_s), end - start),
            duck=bool(duck),
            name=_text(stored, "name", ""),
            use=_text(stored, "use", Cue.use),
        )
    except ValueError as error:
        raise ValueError(f"cue {number}: {error}") from error


def _music(stored: Mapping[str, Any]) -> Music:
    names = ("composer", "publisher", "licence", "attribution", "source")
    path = _text(stored, "path")
    return Music(
        path=path,
        title=_text(stored, "title", Path(path).stem),
        **{name: _text(stored, name, "") for name in names},
        seconds=_number(stored, "seconds", 0, 10 * LONGEST_S, 0.0),
        uses=split_labels(_text(stored, "uses", "").lower()),
        territory=split_labels(_text(stored, "territory", "").lower()),
        valid_from=day("valid_from", _text(stored, "valid_from", "")),
        valid_until=day("valid_until", _text(stored, "valid_until", "")),
    )


def _text(table: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = table.get(name, default)
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text")
    return clean("attribution" if name == "attribution" else "audio", value)


def _number(
    table: Mapping[str, Any], name: str, least: float, most: float, default: float | None = None
) -> float:
    value = table.get(name, default)
    whole = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not whole or not math.isfinite(value) or not least <= value <= most:
        raise ValueError(f"{name} must be a number from {least:g} to {most:g}")
    return float(value)


def _point(stored: Any) -> tuple[float, float]:
    if not isinstance(stored, list) or len(stored) != 2:
        raise ValueError("ducking holds pairs of seconds and dB")
    pair = dict(zip(("seconds", "dB"), stored, strict=True))
    return _number(pair, "seconds", 0, LONGEST_S), _number(pair, "dB", -60, 0)
