"""The events of the tab Label; the answers are made in vmr.page.label_desk."""

from __future__ import annotations

from typing import Any

import gradio as gr

from vmr.page.event_errors import page_errors
from vmr.page.handlers import position_of, teller
from vmr.page.label_desk import Seat
from vmr.page.learning import Learning
from vmr.page.teaching import Teaching
from vmr.page.visitors import login_of

LETTERS = 20  # that are sent at once


class LabelHandlers:
    """One method per event. ``visit`` is the open page's own name, ``who`` what was typed."""

    def __init__(self, teaching: Teaching, learning: Learning) -> None:
        self.desk = teaching.desk
        self.teaching = teaching
        self.learning = learning

    def label_open(self, visit: str, who: str, request: gr.Request) -> dict[str, Any]:
        """Facets, how far they are, what was labelled last."""
        with page_errors():
            return self.desk.state(_seat(visit, who, request))

    def label_next(
        self, visit: str, who: str, facet: str, count: float, held: object, request: gr.Request
    ) -> list[dict[str, Any]]:
        """The next tracks to label; held: numbers of those that the page has already."""
        with page_errors():
            numbers = [position_of(one) for one in held[:64]] if isinstance(held, list) else []
            seat = _seat(visit, who, request)
            return self.desk.next(seat, str(facet), position_of(count), numbers)

    def label_card(self, number: float) -> dict[str, Any]:
        """One track, to correct what was said of it."""
        with page_errors():
            return self.desk.card(position_of(number))

    def label_save(
        self, visit: str, who: str, letters: object, request: gr.Request
    ) -> dict[str, Any]:
        """Write down what was said: a list of number, statements and reason."""
        with page_errors():
            rows = letters[:LETTERS] if isinstance(letters, list) else []
            sent = [
                (position_of(row.get("number")), row.get("statements"), row.get("reason"))
                for row in rows
                if isinstance(row, dict)
            ]
            return self.desk.save(_seat(visit, who, request), sent)

    def label_undo(self, visit: str, who: str, request: gr.Request) -> dict[str, Any]:
        """Take back what this person said last."""
        with page_errors():
            return self.desk.undo(_seat(visit, who, request))

    def label_doubtful(self, facet: str) -> list[dict[str, Any]]:
        """Labels that look wrong."""
        with page_errors():
            return self.desk.doubtful(str(facet))

    def learn(self, visit: str, who: str, sha256: str, rows: object, request: gr.Request) -> int:
        """Keep corrections of a video that were made while searching."""
        with page_errors():
            return self.learning.learn(_seat(visit, who, request), str(sha256 or ""), rows)

    def teach_state(self) -> dict[str, Any]:
        """Versions, which is used, and the last report."""
        with page_errors():
            return self.teaching.state()

    def teach_run(
        self,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio finds it by this default
    ) -> dict[str, Any]:
        """Learn what was labelled; nothing that is ranked changes."""
        with page_errors():
            return self.teaching.run(teller(progress))

    def teach_use(self, number: float) -> dict[str, Any]:
        """Rank with a version from now on."""
        with page_errors():
            return self.teaching.use(position_of(number))


def _seat(visit: str, who: str, request: gr.Request) -> Seat:
    return Seat.of(login_of(request), who, visit)
