"""One adaptation of a checkpoint: a facet, from labelled tracks and corrected videos.

Each side is kept only where held-out labels are right more often than before; an own facet, which
the checkpoint did not have, is compared with its most frequent label for every track. No other
facet's branch is touched, and ``others`` measures that on the tracks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vmr.adaptation.figures import Compared, compared
from vmr.adaptation.pictures import Corrected, fit_pictures, left_out
from vmr.adaptation.tracks import fit_tracks
from vmr.errors import Notice, VmrError
from vmr.labelling.pool import Pool, known_labels

if TYPE_CHECKING:
    from vmr.catalogs.collection import Collection
    from vmr.catalogs.tracks_table import Track
    from vmr.model.two_tower import Model

MEASURED_MOST = 500  # tracks on which other facets are measured


@dataclass(frozen=True, eq=False)
class Adapted:
    """What came of it. model: None where neither side was better; tracks, pictures: figures, or why
    there are none; used: which sides the model has learnt; honest: measured on the honest fifth."""

    facet: str
    names: tuple[str, ...]
    model: Model | None
    tracks: Compared | Notice
    pictures: Compared | Notice
    used: tuple[str, ...]
    labels: int = 0
    honest: bool = False
    others: Mapping[str, Compared] = field(default_factory=dict)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """For ``--json`` and a browser; a notice is its sentence in each language."""
        sides = {
            side: found.as_json() if isinstance(found, Compared) else found.in_languages()
            for side, found in (("tracks", self.tracks), ("pictures", self.pictures))
        }
        return {
            "facet": self.facet,
            "names": list(self.names),
            "better": self.model is not None,
            "used": list(self.used),
            "labels": self.labels,
            "honest": self.honest,
            **sides,
            "others": {facet: figures.as_json() for facet, figures in self.others.items()},
            "seconds": round(self.seconds, 2),
        }


def adapt(
    model: Model,
    pool: Pool,
    tracks: Sequence[Track],
    facet: str,
    corrected: Corrected | None = None,
    seed: int = 0,
) -> Adapted:
    """Adapt to the labels that ``tracks``, those of the pool in its order, have of a facet, and to
    corrected videos. Raises VmrError for a checkpoint that cannot be adapted."""
    begun = datetime.now(UTC)
    names, known = known_labels(tracks, facet, model.config.trained_labels.get(facet, ()))
    learnt, used = model, []
    labels, honest = 0, False
    of_tracks: Compared | Notice
    of_pictures: Compared | Notice = Notice("adapt.no_clips")
    try:
        fitted = fit_tracks(model, pool, facet, names, known, seed)
        of_tracks, labels, honest = fitted.figures, fitted.labels, fitted.honest
        if of_tracks.better:
            learnt, used = fitted.model, ["tracks"]
    except VmrError as error:
        if error.notice.key != "adapt.few":
            raise
        of_tracks = error.notice
    if corrected and facet in learnt.config.labels:
        try:
            new, seen = fit_pictures(learnt, facet, corrected)
            of_pictures = left_out(seen)
            if of_pictures.better:
                learnt, used = new, [*used, "pictures"]
        except VmrError as error:
            of_pictures = error.notice
    return Adapted(
        facet=facet,
        names=names,
        model=learnt if used else None,
        tracks=of_tracks,
        pictures=of_pictures,
        used=tuple(used),
        labels=labels,
        honest=honest,
        seconds=(datetime.now(UTC) - begun).total_seconds(),
    )


@torch.no_grad()
def other_facets(
    model: Model, new: Model, music: Collection, pool: Pool, facet: str
) -> dict[str, Compared]:
    """How often the label that a track's sound is nearest to is its own, before and after, in every
    facet but the adapted one, on tracks whose table says so."""
    found = {}
    for other in model.config.facets:
        names, known = known_labels(pool.tracks, other, model.config.labels[other])
        chosen = np.flatnonzero(known.any(axis=1))[:MEASURED_MOST]
        if other == facet or not len(chosen):
            continue
        rows = [music.places[pool.positions[i]].features for i in chosen]
        right = []
        for one in (model, new):
            anchors = one.anchors(other)
            nearest = (one.embed_music(rows).branch(other) @ anchors.values.T).argmax(axis=1)
            places = [names.index(anchors.names[k]) for k in nearest]
            right.append(known[chosen, places].astype(np.float64))
        found[other] = compared(right[0], right[1], chance=float(known[chosen].mean()))
    return found
