"""The courses of the films that were asked about last: what was measured of them, never media."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.cues.course import Course, read_course
from vmr.errors import VmrError
from vmr.files import sha256_file
from vmr.page.reading import Turnstiles
from vmr.query import StageProgress, silent

if TYPE_CHECKING:
    from vmr.page.service import Service

MOST_COURSES = 24  # up to 2 MB each


class FilmCourses:
    """Courses by the hash of the film's bytes and the checkpoint. Thread-safe."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._courses: OrderedDict[tuple[str, str], Course] = OrderedDict()
        self._lock = threading.Lock()
        self._in_hand = Turnstiles()

    def of(self, film: Path, progress: StageProgress = silent) -> Course:
        """The course of a film, read once, also by two who ask at the same time. Raises
        MediaError."""
        retriever = self.service.retriever
        key = sha256_file(film), retriever.model.fingerprint
        with self._in_hand.alone(" ".join(key)):
            found = self._recalled(key)
            return found or self._keep(key, read_course(film, retriever, progress=progress))

    def known(self, sha256: str) -> Course:
        """The course of a film that was read. Raises VmrError where it was forgotten."""
        found = self._recalled((sha256, self.service.retriever.model.fingerprint))
        if found is None:
            raise VmrError("cues.forgotten")
        return found

    def _recalled(self, key: tuple[str, str]) -> Course | None:
        with self._lock:
            if key in self._courses:
                self._courses.move_to_end(key)
            return self._courses.get(key)

    def _keep(self, key: tuple[str, str], course: Course) -> Course:
        with self._lock:
            self._courses[key] = course
            while len(self._courses) > MOST_COURSES:
                self._courses.popitem(last=False)
        return course
