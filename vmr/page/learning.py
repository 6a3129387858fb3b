"""Corrections made while searching, kept as labels where the house says so. No gradio here.

A label chosen for a video is a label of the video, 'not this' and a pick are pairs of a video and a
track. Of the video its hash is kept and what the encoder saw of it, so that a model can learn from
it; never the video. Only whose server remembers the video, and only tracks that have a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vmr.errors import VmrError
from vmr.records.audit_entry import Action, Entry
from vmr.records.label_rows import checked, checked_pair
from vmr.records.labels import Label, LabelStore, Pair
from vmr.records.video_features import keep_features

if TYPE_CHECKING:
    from vmr.page.label_desk import Seat
    from vmr.page.service import Service

MOST = 50  # corrections that are sent at once


class Learning:
    """Writes corrections into the store of a data folder. ``allowed``: whether any are kept."""

    def __init__(self, service: Service, data: Path, allowed: bool) -> None:
        self.service = service
        self.data = data
        self.store = LabelStore(data)
        self.allowed = allowed

    def learn(self, seat: Seat, sha256: str, sent: object) -> int:
        """Keep corrections of a video that was matched; how many. Each is facet, label and value,
        or a track's number, value and source. Raises VmrError."""
        if not self.allowed:
            raise VmrError("learn.not_here")
        query = self.service.memory.get(f"video-{sha256}")
        rows = [row for row in (sent if isinstance(sent, list) else []) if isinstance(row, dict)]
        try:
            labels = [_label(sha256, row) for row in rows[:MOST] if "label" in row]
            pairs = [self._pair(sha256, row) for row in rows[:MOST] if "number" in row]
        except (ValueError, TypeError, OverflowError) as error:
            raise VmrError("label.not_understood") from error
        self.service.log(_entry(sha256, labels, pairs))
        self.store.add(seat.who, labels, pairs)
        if labels and query.features is not None:
            encoder = self.service.retriever.model.config.video_encoder
            keep_features(self.data, sha256, encoder, query.features.astype(np.float32))
        return len(labels) + len(pairs)

    def _pair(self, sha256: str, row: Mapping[str, Any]) -> Pair:
        music = self.service.retriever.music
        track = music.places[music.position(int(row["number"]))].track
        value, source = int(row.get("value", 2)), str(row.get("source"))
        return checked_pair(Pair(sha256, track.sha256, value, source))


def _label(sha256: str, row: Mapping[str, Any]) -> Label:
    facet, label, value = str(row.get("facet")), str(row["label"]), int(row.get("value", 2))
    return checked(Label("video", sha256, facet, label, value, "corrected"))


def _entry(sha256: str, labels: list[Label], pairs: list[Pair]) -> Entry:
    said: dict[str, dict[str, float]] = {}
    for one in labels:
        said.setdefault(one.facet, {})[one.label] = one.value
    detail = {"what": "correction", "pairs": [[pair.source, pair.value] for pair in pairs]}
    return Entry(Action.LABELLED, video=sha256, labels=said, detail=detail)
