"""Where a track should begin under the video that is shown, or a part of it. No gradio here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.cues.proposals import proposals, whole_or_part
from vmr.cues.track_sound import listen
from vmr.errors import MediaError
from vmr.knowledge.request import number
from vmr.page.film_courses import FilmCourses

if TYPE_CHECKING:
    from vmr.query import StageProgress

LONGEST_S = 1e6  # of a film, in what a browser sends


def span_of(sent: object) -> tuple[float, float | None]:
    """[start, end] in seconds of the film from what a browser sent, nothing for the whole. Raises
    VmrError for what cannot be."""
    if not isinstance(sent, list) or len(sent) != 2:
        return 0.0, None
    start, end = (number(value, "span", 0, LONGEST_S) for value in sent)
    return start, end


class BestStart:
    """Proposals for the tracks of the page's retriever under films whose courses are kept."""

    def __init__(self, courses: FilmCourses) -> None:
        self.courses = courses

    def propose(
        self, film: Path, track: int, span: tuple[float, float | None], progress: StageProgress
    ) -> dict[str, Any]:
        """See vmr.cues.proposals, for the track with this number. Raises VmrError, also for a
        track that may not be played or has no sound here."""
        music = self.courses.service.retriever.music
        place = music.place(music.position(track))
        audio = place.audio()
        if audio is None:
            raise MediaError("page.silent_track")
        course = self.courses.of(film, lambda step, done: progress(step, 0.6 * done))
        part = whole_or_part(course, *span)
        progress("listen", 0.6)
        return proposals(course, part, listen(audio))
