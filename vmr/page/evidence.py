"""What a researcher wants to see of the running program: the checkpoint's card and measurements,
licences, and a map of the embeddings. No gradio here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.licences import licences_of
from vmr.embedding import Array, BranchEmbedding
from vmr.errors import VmrError
from vmr.evaluation.evidence import read_evidence
from vmr.knowledge.belief import clips_fitted_on, curves_for
from vmr.page.card import limits_of, metrics_of, text_beside
from vmr.page.reverse import library_json
from vmr.page.shown import for_visitors, in_languages

if TYPE_CHECKING:
    from vmr.page.service import Service
    from vmr.retriever import Retriever

MOST_POINTS = 2000  # tracks or videos on the map; of more, every second or third
NEIGHBOURS = 8


@dataclass(frozen=True)
class Axes:
    """The two main directions of unit vectors (N, D): a plane to look at them.

    centre (D,), directions (2, D), explained: their shares of the variance.
    """

    centre: Array
    directions: Array
    explained: tuple[float, float]

    def place(self, vectors: Array) -> list[list[float]]:
        """(N, D) -> N pairs [x, y]."""
        plane = (vectors - self.centre) @ self.directions.T
        return [[round(float(x), 4), round(float(y), 4)] for x, y in plane]


def main_axes(vectors: Array) -> Axes:
    """Principal component analysis, Pearson 1901, of (N, D). Each axis points so that its largest
    coefficient is positive: the same picture on every machine."""
    centre = vectors.mean(axis=0)
    moved = vectors - centre
    variance, vector = np.linalg.eigh(moved.T.astype(np.float64) @ moved)
    directions = vector[:, ::-1][:, :2].T
    largest = np.abs(directions).argmax(axis=1)
    directions = directions * np.sign(directions[np.arange(2), largest])[:, None]
    total = max(float(variance.sum()), 1e-12)
    explained = (float(variance[-1]) / total, float(variance[-2]) / total)
    return Axes(centre, directions.astype(np.float32), explained)


class Evidence:
    """Answers of the tab Evidence; the map's axes are found once for the same tracks."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._found: tuple[BranchEmbedding, dict[str, Axes]] | None = None

    @property
    def retriever(self) -> Retriever:
        """The service's, whose library may come later."""
        return self.service.retriever

    def status(self) -> dict[str, Any]:
        """What is loaded, and whether it fits together."""
        retriever = self.retriever
        config = retriever.model.config
        return {
            "checkpoint": {
                "name": retriever.checkpoint.name,
                "fingerprint": retriever.model.fingerprint,
                "branches": list(config.branches),
                "fusion": config.fusion,
                "video_encoder": config.video_encoder,
                "music_encoder": config.music_encoder,
            },
            "catalogs": [
                {
                    "name": catalog.name,
                    "tracks": len(catalog),
                    "fingerprint": catalog.fingerprint,
                    "notice": str(for_visitors(catalog.notice)) if catalog.notice else None,
                }
                for catalog in retriever.catalogs
            ],
            "library": library_json(retriever),
        }

    def report(self) -> dict[str, Any]:
        """The status with card, measurements, licences and configuration of the checkpoint."""
        retriever = self.retriever
        path, metadata = retriever.checkpoint, dict(retriever.model.metadata)
        licences = [{"name": c.name, "licences": licences_of(c.tracks)} for c in retriever.catalogs]
        encoders = [
            {"id": encoder.id, "licence": encoder.licence, "commercial": encoder.commercial}
            for encoder in (retriever.video_encoder, retriever.music_encoder)
        ]
        return self.status() | {
            "notices": [in_languages(c.notice) for c in retriever.catalogs if c.notice],
            "card": text_beside(path, ".md"),
            "limits": limits_of(text_beside(path, ".md")),
            "evidence": read_evidence(path),
            "beliefs_fitted_on": clips_fitted_on() if curves_for(retriever.model) else 0,
            "metrics": metrics_of(path, metadata),
            "metadata": {k: v for k, v in metadata.items() if k != "metrics"},
            "config": asdict(retriever.model.config),
            "encoders": encoders,
            "licences": licences,
        }

    def map(self, key: str) -> dict[str, Any]:
        """All tracks and videos, and a remembered query if one is named, in each branch's plane."""
        retriever = self.retriever
        tracks, videos = retriever.embeddings, retriever.videos
        shown = thinned(len(tracks))
        films = thinned(len(videos)) if videos else np.zeros(0, np.int64)
        query = self.service.memory.get(key).embedding if key else None
        planes = {}
        for b, branch in enumerate(tracks.branches):
            axes = self._axes(tracks)[branch]
            planes[branch] = {
                "tracks": axes.place(tracks.values[shown, b]),
                "videos": axes.place(videos.embeddings.values[films, b]) if videos else [],
                "query": axes.place(query.values[:, b])[0] if query else None,
                "explained": [round(share, 3) for share in axes.explained],
            }
        return {
            "branches": list(tracks.branches),
            "tracks": [self._track(retriever, int(i)) for i in shown],
            "videos": [self._video(retriever, int(i)) for i in films],
            "all": {"tracks": len(tracks), "videos": len(videos) if videos else 0},
            "planes": planes,
        }

    def neighbours(self, kind: str, number: int, branch: str) -> list[dict[str, Any]]:
        """The tracks nearest to a track or video by the cosine of one branch, the nearest first."""
        retriever = self.retriever
        tracks, films, items = retriever.embeddings, retriever.films, retriever.embeddings
        numbers = retriever.music.numbers
        if kind == "video" and films is not None:
            items, numbers = films.library.embeddings, films.numbers
        position = numbers.position(number)
        if position is None or branch not in tracks.branches:
            raise VmrError("page.no_point")
        row = items.rows([position]).branch(branch)[0]
        cosines = np.concatenate([part @ row for _, part in tracks.blocks(branch)])
        if items is tracks:
            cosines[position] = -np.inf
        nearest = np.argsort(-cosines, kind="stable")[: min(NEIGHBOURS, len(tracks) - 1)]
        found = ((self._track(retriever, int(i)), float(cosines[i])) for i in nearest)
        return [track | {"cosine": round(cosine, 4)} for track, cosine in found]

    def _axes(self, tracks: BranchEmbedding) -> dict[str, Axes]:
        if self._found is None or self._found[0] is not tracks:
            shown = tracks.rows(thinned(len(tracks)))
            axes = {branch: main_axes(shown.branch(branch)) for branch in tracks.branches}
            self._found = tracks, axes
        return self._found[1]

    def _track(self, retriever: Retriever, i: int) -> dict[str, Any]:
        place = retriever.music.places[i]
        track, audio = place.track, place.audio()
        return {
            "position": place.number,
            "title": track.title,
            "artist": track.artist,
            "catalog": track.catalog,
            "genre": list(track.genre),
            "mood": list(track.mood),
            "audio": self.service.address_of(audio) if audio else None,
        }

    def _video(self, retriever: Retriever, i: int) -> dict[str, Any]:
        films = retriever.films
        assert films is not None
        film = films.library.video_path(i)
        return {
            "position": films.numbers[i],
            "title": films.library.videos[i].title,
            "film": self.service.address_of(film) if film else None,
        }


def thinned(count: int) -> NDArray[np.int64]:
    """Positions (n,) of at most MOST_POINTS of ``count`` items, evenly spread."""
    return np.unique(np.linspace(0, max(0, count - 1), min(count, MOST_POINTS)).astype(np.int64))
