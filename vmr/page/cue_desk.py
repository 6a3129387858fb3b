"""Whole films on the page: reading them for cues, and ranking for each cue. No gradio here.

What was read of the last films is remembered; a browser that asks for one that was forgotten has it
read again. A cue is ranked for as a video of its own: the slider answers in the browser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.answers import Answer, track_json
from vmr.cues.borders import MOST_CUES
from vmr.cues.choices import LOOKED_AT
from vmr.cues.course import FILM_LIMITS
from vmr.cues.film import FADE_IN_S, MusicCue, Settings, cue_film, spans
from vmr.cues.overview import overview
from vmr.errors import VmrError
from vmr.knowledge.request import AS_SEEN, Request, Turned, number, whole_number
from vmr.page.audit import Shown
from vmr.page.reading_time import ReadingTime
from vmr.records.audit_entry import Action

if TYPE_CHECKING:
    from vmr.catalogs.places import Place
    from vmr.cues.borders import Span
    from vmr.page.film_courses import FilmCourses
    from vmr.page.service import Service
    from vmr.query import StageProgress

MOST_KNOWN = 200  # tracks that are asked for at once
MOST_PROPOSED = 40  # cues
READ_SHARE = 0.7  # of the whole work, until borders and tracks are looked for
SHORTEST_S = 0.2  # of a cue that is ranked for


class CueDesk:
    """The films of one service; safe to use from several threads."""

    def __init__(self, service: Service, courses: FilmCourses) -> None:
        self.service = service
        self.courses = courses
        self.time = ReadingTime()

    def read(self, video: Path, settings: Settings, progress: StageProgress) -> Answer:
        """What a page draws of a film (see vmr.cues.overview), its ``notes``, and ``cues`` with a
        track for each, as far as any may be laid. Raises MediaError."""
        retriever = self.service.retriever
        progress("film", 0.0)
        with self.time.telling(
            video, FILM_LIMITS, lambda share: progress("film", READ_SHARE * share)
        ):
            course = self.courses.of(video)

        def told(done: int, whole: int) -> None:
            progress("cues", READ_SHARE + (1 - READ_SHARE) * done / max(whole, 1))

        progress("cues", READ_SHARE)
        found = [_span_json(span) for span in spans(course, retriever, settings.request.facet)]
        tracks: list[tuple[str, str]] = []
        try:
            music = cue_film(course, retriever, settings, told)
        except VmrError as error:
            if error.notice.key != "cues.no_track":
                raise
        else:
            found = [self._cue_json(cue) for cue in music]
            tracks = [(c.choice.place.track.catalog, c.choice.place.track.id) for c in music]
        request = settings.request
        shown = Shown(course.sha256, request.alpha, request.facet)
        self.service.log(shown.entry(Action.MATCHED, tracks, cues=len(found)))
        notes = [note.in_languages() for note in course.notes]
        return overview(course, retriever) | {"cues": found, "notes": notes}

    def rank(
        self, sha256: str, start: object, end: object, words: str, asked: Turned = AS_SEEN
    ) -> Answer:
        """The payload of a part of a film that was read, as of a video. Raises VmrError."""
        course = self.courses.known(sha256)
        start_s = number(start, "start", 0, course.duration_s)
        end_s = number(end, "end", start_s, course.duration_s + 1)
        query = course.query(start_s, max(end_s, start_s + SHORTEST_S), self.service.retriever)
        self.service.memory.keep(query)
        return self.service.words(query.sha256, words, asked)

    def sounds(self, keys: Sequence[Any]) -> dict[str, Answer]:
        """What a page needs to play tracks it knows as [catalog, id]: {"catalog/id": track}, of
        those that are there."""
        music = self.service.retriever.music
        found: dict[str, Answer] = {}
        for catalog, id in (map(str, key) for key in keys[:MOST_KNOWN] if _is_key(key)):
            position = music.find(catalog, id)
            if position is not None:
                found[f"{catalog}/{id}"] = self._track_json(music.places[position])
        return found

    def _cue_json(self, cue: MusicCue) -> Answer:
        found = _span_json(cue.span) | {"track": self._track_json(cue.choice.place)}
        lands = cue.ending
        kind = "loop" if lands.loops else "fade" if lands.kind == "fade" else "cut"
        return found | {
            "track_start": cue.starts[0].in_s,
            "starts": [{"in": one.in_s, "why": one.why.in_languages()} for one in cue.starts],
            "ending": kind,
            "fade_in": FADE_IN_S,
            "fade_out": round(lands.fade_out_s, 3),
        }

    def _track_json(self, place: Place) -> Answer:
        audio = place.audio()
        return track_json(place.track) | {
            "position": place.number,
            "audio": self.service.address_of(audio) if audio else None,
        }


def settings_of(wish: Mapping[str, Any]) -> Settings:
    """What a page asks of a whole film. Raises VmrError."""
    return Settings(
        Request.parse(wish.get("alpha", 0.5), wish.get("facet", "mood"), LOOKED_AT),
        neighbours=bool(wish.get("neighbours", True)),
        share=bool(wish.get("share", False)),
        most=whole_number(wish.get("most", MOST_CUES), "most", 1, MOST_PROPOSED),
    )


def _span_json(span: Span) -> Answer:
    return {
        "start": round(span.start_s, 3),
        "end": round(span.end_s, 3),
        "felt": round(span.energy, 2),
        "belief": span.belief,
        "why": span.why.in_languages(),
    }


def _is_key(key: object) -> bool:
    return isinstance(key, list | tuple) and len(key) == 2
