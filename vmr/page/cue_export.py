"""The cues of a page as a timeline: for an editing program, as a cue sheet, as an MP4. No gradio.

What a browser sends names tracks and times; what a track is called, who made it and whether it may
be taken away is the catalogs' word.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.errors import MediaError, VmrError
from vmr.files import sha256_file
from vmr.knowledge.request import number
from vmr.media.sandbox import shown_name
from vmr.page.edit_bundle import decibels
from vmr.page.take_away import TakeAway, mix_settings
from vmr.records.audit_entry import Action, Entry
from vmr.timeline.bundle import write_bundle
from vmr.timeline.project import Cue, Film, Music, Timeline
from vmr.timeline.render import look_at_film, render_part, render_timeline, with_measured

if TYPE_CHECKING:
    from vmr.catalogs.places import Place
    from vmr.page.service import Service
    from vmr.query import StageProgress

MOST_CUES = 500
LONGEST_S = 6 * 3600.0
FRAME_S = 0.04  # what is shorter is no cue


class CueExport:
    """Makes files of cues for one service; jobs are stopped as other renders are."""

    def __init__(self, service: Service, take_away: TakeAway) -> None:
        self.service = service
        self.take_away = take_away

    def make(
        self, video: Path, cues: object, choices: Mapping[str, Any], progress: StageProgress
    ) -> str:
        """Address of the zip of vmr.timeline.bundle; with ``form`` "mp4" of the film with its
        music, with "part" of that part of it which the cues last. choices: fields of MixSettings
        for the film's own sound and the music's volume, ``name``, ``film`` (what the video is
        called), ``job`` to stop it by. Raises VmrError."""
        form = "mp4" if choices.get("form") in ("mp4", "part") else "zip"
        settings = mix_settings(choices)
        film = look_at_film(video, str(choices.get("film") or shown_name(video)))
        places, made = self._cues(cues, film, decibels(settings.music_volume))
        timeline = Timeline(
            name=str(choices.get("name") or Path(film.path).stem)[:200],
            film=film,
            cues=made,
            original=settings.original,
            original_gain_db=decibels(settings.original_volume),
        )
        out = self.take_away.folder.path / f"{secrets.token_hex(12)}.{form}"
        if form == "mp4":
            with self.take_away.stopping(str(choices.get("job") or "")) as stop:
                progress("render", 0.0)
                told, film_at = partial(progress, "render"), _at(timeline, video)
                if choices.get("form") == "part":
                    render_part(film_at, video.parent, out, told, stop.is_set)
                else:
                    measured = with_measured(film_at, video.parent)
                    render_timeline(measured, video.parent, out, told, stop.is_set)
        else:
            progress("timeline", 0.0)
            measured = with_measured(_at(timeline, video), video.parent)
            shown = replace(measured, film=film)
            write_bundle(shown, video.parent, out, places[0].policy)
        try:
            self._log(form, places, sha256_file(video))
        except VmrError:
            out.unlink(missing_ok=True)
            raise
        return self.service.address_of(out)

    def _cues(
        self, sent: object, film: Film, gain_db: float
    ) -> tuple[list[Place], tuple[Cue, ...]]:
        rows = sent if isinstance(sent, list) else []
        music = self.service.retriever.music
        places, cues = [], []
        for row in rows[:MOST_CUES]:
            if not isinstance(row, dict) or not row.get("title"):
                continue  # no music was chosen
            position = music.find(str(row.get("catalog")), str(row.get("track_id")))
            if position is None:
                raise VmrError("cues.track_gone", title=str(row["title"])[:200])
            place = music.places[position]
            places.append(place)
            cues.append(_cue(row, Music.of(place.track, self._audio(place)), film, gain_db))
        if not cues:
            raise VmrError("cues.no_choice")
        return places, tuple(sorted(cues, key=lambda cue: cue.start_s))

    def _audio(self, place: Place) -> Path:
        try:
            audio = place.audio_to_export()
        except VmrError as error:
            self._log_refused(place, error)
            raise
        if audio is None:
            raise MediaError("page.silent_track")
        return audio.resolve()

    def _log(self, form: str, places: list[Place], video: str) -> None:
        action = Action.DOWNLOADED if form == "mp4" else Action.EXPORTED
        tracks = [(place.track.catalog, place.track.id) for place in places]
        self.service.log(Entry(action, video=video, tracks=list(dict.fromkeys(tracks))))

    def _log_refused(self, place: Place, error: VmrError) -> None:
        track = place.track.catalog, place.track.id
        detail = {"reason": error.notice.key}
        self.service.log(Entry(Action.REFUSED, tracks=[track], detail=detail))


def _at(timeline: Timeline, video: Path) -> Timeline:
    """The same with the film named as the file beside which it is made."""
    return replace(timeline, film=replace(timeline.film, path=video.name))


def _cue(row: Mapping[str, Any], music: Music, film: Film, gain_db: float) -> Cue:
    """A cue of a browser. Raises VmrError for numbers that cannot be."""
    start = number(row.get("start"), "start", 0, film.seconds)
    end = min(number(row.get("end"), "end", start, LONGEST_S), film.seconds)
    inside = number(row.get("track_start", 0), "track_start", 0, LONGEST_S)
    left = music.seconds - inside
    if row.get("ending") != "loop" and music.seconds and left > FRAME_S:
        end = min(end, start + left)
    length = max(end - start, FRAME_S)
    return Cue(
        start_s=start,
        end_s=start + length,
        music=music,
        in_s=inside,
        gain_db=gain_db + number(row.get("gain_db", 0), "gain_db", -60, 12),
        fade_in_s=min(number(row.get("fade_in", 0), "fade_in", 0, LONGEST_S), length),
        fade_out_s=min(number(row.get("fade_out", 0), "fade_out", 0, LONGEST_S), length),
        name=str(row.get("name") or "")[:200],
    )
