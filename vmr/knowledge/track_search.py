"""A collection of tracks as one model ranks it for a query, with what a person may turn.

Queries are embeddings (N = 1) of a video or of music; each has calibrations and a scale of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.collection import Collection
from vmr.catalogs.score_scale import ScoreScale, score_scale, score_scale_beside
from vmr.embedding import SSL, Anchors, Array, BranchEmbedding, alpha_weights
from vmr.encoders.base import TextSide
from vmr.engines.collected import Engines, engines_of
from vmr.errors import Notice, VmrError
from vmr.knowledge.belief import (
    LEADS,
    SHOWN,
    Arranged,
    as_json,
    brought_by,
    drawn_from_both,
    nearest,
)
from vmr.knowledge.carried import CarriedLabels
from vmr.knowledge.controls import Controls
from vmr.knowledge.notes import check_alone, notes_of
from vmr.knowledge.reasons import Beside, Why, fits_of, pairs, sentence
from vmr.knowledge.request import Request, Turned
from vmr.knowledge.track_facts import TrackFacts, track_facts
from vmr.knowledge.word_scores import word_term
from vmr.knowledge.word_term import WordTerm
from vmr.knowledge.words_met import WordsMet
from vmr.search import Candidates, Fusion, candidates, gather, scan
from vmr.search.union import cosines_with

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

Asking = Literal["video", "music"]
ANCHORED = 20_000  # tracks of which the first of every label are sent before it is chosen


class Asked(NamedTuple):
    """What a request comes to: the candidates, the weights (B,), and its words if there are any."""

    found: Candidates
    w: Array
    words: WordTerm | None

    def notes(self, scale: ScoreScale | None) -> list[Notice]:
        """What is to be said of the ranking as a whole."""
        found, words, alone = self.found, self.words, not self.w.any()
        met = float(words.met[found.index].max()) if words is not None and alone else None
        best = found.scores(self.w).max(keepdims=True)
        fit = None if scale is None else float(scale.percent(best, self.w, found.words)[0])
        return notes_of(words, fit, met)


@dataclass(frozen=True, eq=False)
class NearestLabels:
    """By track: {facet: the label whose anchor it is nearest to}."""

    items: BranchEmbedding
    labels: Sequence[Anchors]

    def __getitem__(self, i: int) -> dict[str, str]:
        return self.of([i])[0]

    def of(self, index: Sequence[int] | NDArray[np.int64]) -> list[dict[str, str]]:
        """Those of the tracks at the positions (K,)."""
        rows = self.items.rows(index)
        found: list[dict[str, str]] = [{} for _ in index]
        for anchors in self.labels:
            for one, label in zip(found, nearest(rows, anchors), strict=True):
                one[anchors.branch] = anchors.names[int(label)]
        return found


@dataclass(frozen=True, eq=False)
class TrackSearch:
    """The tracks, the model that embedded them, and the columns of the music encoder's features.

    index: the address of an engine that finds the candidates, None where none is named; side: what
    embeds texts beside the encoder's features, None where nothing does.
    """

    model: Model
    music: Collection
    columns: Sequence[str]
    index: str | None = None
    side: TextSide | None = None

    @cached_property
    def engines(self) -> Engines | None:
        """What finds the candidates; None where every track is ranked here. Raises VmrError."""
        return engines_of(self.music, self.fusion, self.index)

    @cached_property
    def controls(self) -> Controls:
        """Labels and energy as directions of the branches."""
        return Controls.of(self.model, self.music)

    @property
    def branches(self) -> tuple[str, ...]:
        """All branches, ssl first."""
        return self.music.embeddings.branches

    @property
    def facets(self) -> tuple[str, ...]:
        """The label branches of the checkpoint."""
        return tuple(branch for branch in self.model.config.branches if branch != SSL)

    @property
    def fusion(self) -> Fusion:
        """How the checkpoint joins its branches."""
        return self.model.config.fusion

    def weights(self, alpha: float, facet: str) -> Array:
        """A position of the slider as weights (B,). Raises VmrError for one that there is not."""
        if not 0 <= alpha <= 1:
            raise VmrError("search.alpha", alpha=alpha)
        if self.facets and facet not in self.facets:
            known = ", ".join(self.facets)
            raise VmrError("search.no_facet", facet=facet[:40], known=known)
        return alpha_weights(alpha, self.model.config.branches, facet)

    @cached_property
    def facts(self) -> TrackFacts:
        """What words can ask of the tracks; reads their features when first asked."""
        features = [catalog.features for catalog in self.music.catalogs]
        embeddings, labels = self.music.embeddings, self.controls.labels
        group = None if self.side is None else self.side.group
        return track_facts(self.music.tracks, embeddings, labels, features, self.columns, group)

    def term_of(self, words: str, with_silent: bool = False) -> WordTerm | None:
        """What words ask of the tracks, None without any; with_silent: all are ranked. Raises
        EncoderError where the encoder's text side cannot be had."""
        if not words.strip():
            return None
        ranked = self.ranked(with_silent)
        return word_term(words, self.facts, self.side, None if ranked.all() else ranked)

    def ranked(self, with_silent: bool = False) -> NDArray[np.bool_]:
        """Which tracks are ranked (N,): those whose sound is here, all ``with_silent`` and where no
        track has sound."""
        every = np.ones(len(self.music), dtype=bool)
        here = every if with_silent else self.music.audible()
        return here if here.any() else every

    def warm(self) -> None:
        """Make now what the first query would wait for."""
        nothing = np.zeros((1, len(self.branches), self.controls.dim), dtype=np.float32)
        scan(BranchEmbedding(nothing, self.branches), self.music.embeddings, self.music.for_video)
        for with_silent in (False, True):
            self.offered(with_silent)

    def check(self, request: Request, has_query: bool = True) -> None:
        """Raises VmrError for what this model cannot be asked, before seconds go into a file."""
        self.weights(request.alpha, request.facet)
        self.controls.check(request.facet, request.labels, request.energy)
        if not has_query and request.is_empty:
            raise VmrError("request.nothing")

    def asked(
        self, query: BranchEmbedding | None, asking: Asking, request: Request, whole: bool = False
    ) -> Asked:
        """The candidates (with ``whole`` all tracks) for a request, and what it asks.

        Without a query the labels, the energy and the words are all that is asked: the other
        branches have no weight. Raises VmrError for words alone that no ranked track answers to.
        """
        w = self.weights(request.alpha, request.facet)
        labels, energy = request.labels, request.energy
        if query is not None:
            moved = self.controls.turned(query, request.facet, labels, energy)
        else:
            moved = self.controls.from_nothing(request.facet, labels, energy)
            w = w * 0 if not labels and energy is None else self._alone(w, request)
        words = self.term_of(request.words, request.with_silent or whole)
        if words is not None and query is None and not w.any():
            check_alone(words)
        term = None if words is None or words.empty else words.term
        index = np.arange(len(self.music), dtype=np.int64) if whole else None
        found = self.candidates(moved, asking, index, term=term)
        if not whole and not request.with_silent:
            found = self._heard(found, moved, asking, term)
        if words is not None:
            counted = 0.0 if words.empty else request.words_weight
            found = found.with_words(words.term, counted)
        return Asked(found, w, words)

    def _heard(
        self, found: Candidates, query: BranchEmbedding, asking: Asking, term: Array | None
    ) -> Candidates:
        """The candidates whose sound is here; all of them where no track has any."""
        here = self.music.audible(found.index)
        if not here.all() and len(here) < len(self.music):  # others may stand before what is left
            every = self.music.audible()
            if not every.any():
                return found
            found = self.candidates(query, asking, term=term, counted=every)
            here = self.music.audible(found.index)
        return found.rows(np.flatnonzero(here)) if here.any() else found

    def arranged(
        self, query: BranchEmbedding, found: Candidates, w: Array, request: Request
    ) -> Arranged:
        """The candidates for a video (N = 1) at weights w (B,) as they are shown: where two labels
        of what is ranked are nearly as likely and nothing else was asked the first come from both,
        see vmr.knowledge.belief."""
        order, facet = found.order(w), request.facet
        if request.labels or found.words or facet not in self.facets:
            return Arranged(order)
        if not w[self.branches.index(facet)] > LEADS or facet not in self.controls.curves:
            return Arranged(order)
        pair = self.ties(query, request.with_silent)[facet]
        if pair is None:
            return Arranged(order)
        near = [one.get(facet, "") for one in self.nearest_labels.of(found.index)]
        carried = [self.music.tracks[int(i)].labels.get(facet, ()) for i in found.index]
        return drawn_from_both(order, brought_by(carried, near, pair), pair)

    def offered(self, with_silent: bool = False) -> dict[str, tuple[str, ...]]:
        """{facet: labels that some track carries which is ranked}."""
        return self._offered((~self.ranked(with_silent)).tobytes())

    @cached_property
    def _offered(self) -> Callable[[bytes], dict[str, tuple[str, ...]]]:
        """By which tracks are left out (N bytes, 0 or 1); what was asked last is remembered."""

        def find(left_out: bytes) -> dict[str, tuple[str, ...]]:
            ranked = ~np.frombuffer(left_out, dtype=bool)
            return {facet: self.carried.offered(facet, ranked) for facet in self.facets}

        return lru_cache(maxsize=4)(find)

    def lacking(self, request: Request) -> list[str]:
        """Labels that are asked for and that no ranked track carries."""
        offered = self.offered(request.with_silent).get(request.facet, ())
        return [name for name, w in request.labels.items() if w > 0 and name not in offered]

    def ties(
        self, query: BranchEmbedding, with_silent: bool = False
    ) -> dict[str, tuple[str, str] | None]:
        """{facet: two labels that are nearly as likely for a video (N = 1), of those offered}."""
        return self.controls.ties(self.controls.beliefs(query), self.offered(with_silent))

    def among_all(self, query: BranchEmbedding | None) -> dict[str, Any]:
        """What is offered, and what ties for a video (N = 1), where all tracks are ranked."""
        ties = {} if query is None else self.ties(query, with_silent=True)
        return {"offered": self.offered(with_silent=True), "ties": ties}

    def why(
        self,
        query: BranchEmbedding | None,
        concepts: Sequence[tuple[str, float]],
        cuts_per_minute: float,
        request: Request,
        asked: Asked,
    ) -> Why:
        """What reasons are made of for a video (N = 1), or what was asked alone."""
        w, facet = asked.w, request.facet
        every = {} if query is None else self.controls.beliefs(query)
        found = self.controls.believed(every)
        shown = [(b.label, b.probability) for b in found.get(facet, ())[:SHOWN]]
        place = self.branches.index(facet) if facet in self.facets else None
        return Why(
            facet=facet,
            concepts=concepts,
            fits=fits_of(concepts),
            cuts_per_minute=cuts_per_minute,
            beliefs=shown,
            felt=None if query is None else self.controls.felt(query),
            chosen=request.labels,
            energy=request.energy,
            facet_counts=place is not None and w[place] > 0,
            feel_counts=w[self.branches.index(SSL)] > 0,
        )

    def words_met(self, words: WordTerm | None) -> WordsMet | None:
        """What of each track the words met, None without any."""
        return None if words is None else WordsMet(words, self.music.tracks, self.facts)

    def reason(self, why: Why, i: int, met: WordsMet | None = None) -> str:
        """The English sentence for track i; met: by words that count."""
        track = Beside(
            labels=self.carried.of(i, why.facet),
            energy=self.music.tracks[i].energy,
            near=self.nearest_labels[i].get(why.facet, ""),
            said=() if met is None else met.of(i),
        )
        return sentence(pairs(why, track))

    def _alone(self, w: Array, request: Request) -> Array:
        """Weights where only labels, or only an energy, are asked: all on their branch."""
        if request.labels and request.energy is not None:
            return w
        return self.weights(1.0 if request.labels else 0.0, request.facet)

    def candidates(
        self,
        query: BranchEmbedding,
        asking: Asking,
        index: NDArray[np.int64] | None = None,
        anchors: bool = False,
        term: Array | None = None,
        counted: NDArray[np.bool_] | None = None,
    ) -> Candidates:
        """The tracks that can reach the top for some weights, or those of ``index``; with
        ``anchors`` also those that can when a label or an energy is chosen, with a ``term`` (N,)
        those that can by words; counted (N,): as if there were no others."""
        calibration = self.music.for_video if asking == "video" else self.music.for_music
        chosen = self.controls.anchors if anchors else ()
        items = self.music.embeddings
        if index is None and term is None and self.engines is not None:  # words need every track
            index = self.engines.reachable(query, asking, counted)
        if index is not None:
            return gather(query, items, calibration, index, self.fusion, chosen)
        return candidates(
            query,
            items,
            calibration,
            self.fusion,
            anchors=chosen,
            term=term,
            counted=counted,
            anchor_cosines=self._anchor_cosines if anchors else None,
        )

    def every_score(self, query: BranchEmbedding, asking: Asking, w: Array) -> Array:
        """The score of each track for a query (N = 1) at weights w (B,): (N,)."""
        calibration = self.music.for_video if asking == "video" else self.music.for_music
        if self.fusion == "calibrated":
            return scan(query, self.music.embeddings, calibration).scores(w)
        everything = np.arange(len(self.music), dtype=np.int64)
        return self.candidates(query, asking, everything).scores(w)

    @cached_property
    def _anchor_cosines(self) -> list[Array]:
        """Every track with every label and energy, (L, N) each: the same for all queries."""
        return [cosines_with(anchors, self.music.embeddings) for anchors in self.controls.anchors]

    def reachable(
        self, query: BranchEmbedding, asking: Asking, asked: Turned, words: WordTerm | None
    ) -> NDArray[np.int64]:
        """Positions (K,) of what can reach the first rows for a query (N = 1): as it is, exactly as
        it was turned, and of ANCHORED tracks at most also with any one label or energy chosen; of
        more the page asks when one is. Raises VmrError."""
        anchors = len(self.music) <= ANCHORED
        term = None if words is None else words.raw
        index = self.candidates(query, asking, anchors=anchors, term=term).index
        if len(index) == len(self.music):
            return index
        found = [index]
        if asked:
            turned = self.controls.as_turned(query, asked)
            found.append(self.candidates(turned, asking, term=term).index)
        here = self.music.audible()
        if here.any() and not here.all():  # of these what can where there were no others
            term = None if words is None else words.term
            heard = self.candidates(query, asking, anchors=anchors, term=term, counted=here)
            found.append(heard.index)
            if asked:
                found.append(self.candidates(turned, asking, term=term, counted=here).index)
        return np.unique(np.concatenate(found))

    def scale(self, asking: Asking) -> ScoreScale | None:
        """What random pairs reach, None for a checkpoint without a bank of typical queries."""
        return self._video_scale if asking == "video" else self._music_scale

    @cached_property
    def nearest_labels(self) -> NearestLabels:
        """For each track {facet: the label whose anchor it is nearest to}, of facets that are not
        measured."""
        learnt = [a for a in self.controls.labels if a.branch not in self.controls.measured]
        return NearestLabels(self.music.embeddings, [a for a in learnt if a.names])

    @cached_property
    def carried(self) -> CarriedLabels:
        """The labels that the tracks carry."""
        measured = [a for a in self.controls.labels if a.branch in self.controls.measured]
        return CarriedLabels(self.music.tracks, self.music.embeddings, measured)

    def labels_heard(self, index: NDArray[np.int64]) -> list[dict[str, Any]]:
        """{"nearest", "measured"} of the tracks at the positions (K,), see vmr.answers."""
        both = zip(self.nearest_labels.of(index), self.carried.measured_of(index), strict=True)
        return [{"nearest": near, "measured": measured} for near, measured in both]

    def believed(self, query: BranchEmbedding) -> dict[str, Any]:
        """What is believed of a video as JSON: beliefs, felt; see vmr.answers."""
        found, felt = self.controls.beliefs(query), self.controls.felt(query)
        return {
            "beliefs": {
                facet: as_json(rows) for facet, rows in self.controls.believed(found).items()
            },
            "felt": None if felt is None else round(felt, 2),
        }

    @cached_property
    def _video_scale(self) -> ScoreScale | None:
        bank = self.model.video_bank
        items, calibration = self.music.embeddings, self.music.for_video
        return score_scale(items, bank, calibration, self.fusion) if bank else None

    @cached_property
    def _music_scale(self) -> ScoreScale | None:
        bank = self.model.music_bank
        items, calibration = self.music.embeddings, self.music.for_music
        return score_scale(items, bank, calibration, self.fusion) if bank else None

    @cached_property
    def scale_beside(self) -> ScoreScale | None:
        """The same for a video with a reference track beside it, of twice the branches."""
        video, music = self.model.video_bank, self.model.music_bank
        if video is None or music is None:
            return None
        items, calibrations = self.music.embeddings, (self.music.for_video, self.music.for_music)
        return score_scale_beside(items, (video, music), calibrations, self.fusion)
