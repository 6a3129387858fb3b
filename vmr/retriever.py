"""The one object that page, commands and notebooks share: media in, ranked music out.

A Retriever is made once, passed in, and never changes; what belongs to one person is a Query, a few
kilobytes that hold no media.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vmr.adaptation.versions import checkpoint_in_use
from vmr.answers import (
    AddressOf,
    Answer,
    Side,
    hit_track,
    hit_video,
    hits,
    payload,
    playable_track,
    playable_video,
    score_table,
)
from vmr.catalogs.collection import (
    Collection,
    Say,
    open_collection,
    silence,
)
from vmr.catalogs.grouped import texts_of
from vmr.catalogs.labelled import said_of_tracks
from vmr.catalogs.music import Catalog, Track
from vmr.catalogs.policy import policy_of
from vmr.catalogs.score_scale import ScoreScale
from vmr.catalogs.terms import in_words
from vmr.catalogs.video_collection import VideoCollection, open_video_collection
from vmr.catalogs.videos import VideoLibrary
from vmr.config import Settings, catalog_folders
from vmr.embedding import Array, BranchEmbedding
from vmr.encoders import load_music_encoder, load_video_encoder
from vmr.encoders.base import MusicEncoder, VideoEncoder, text_side
from vmr.errors import CatalogError, VmrError
from vmr.files import cache_folder
from vmr.knowledge.belief import Arranged
from vmr.knowledge.describe_music import describe_music
from vmr.knowledge.notes import weak_notice, words_json
from vmr.knowledge.reasons import fits_of
from vmr.knowledge.request import AS_SEEN, Request, Turned
from vmr.knowledge.track_search import Asked, TrackSearch
from vmr.media.limits import MediaLimits
from vmr.media.read import DEFAULT_LIMITS
from vmr.model.checkpoint import load_model
from vmr.model.two_tower import Model
from vmr.query import Query, StageProgress, embed_music, embed_video, silent, text_query
from vmr.search import Candidates, candidates

if TYPE_CHECKING:
    import pandas as pd

    from vmr.knowledge.seen_frames import SeenFrame


@dataclass(frozen=True, eq=False)
class Retriever:
    """Encoders, a model, and the collections that it ranks.

    music: the tracks; films: a video library, None without one; keeps_features: in queries, for
    other checkpoints; index: the address of an engine (vmr.engines.address).
    """

    checkpoint: Path
    model: Model
    video_encoder: VideoEncoder
    music_encoder: MusicEncoder
    music: Collection
    films: VideoCollection | None = None
    limits: MediaLimits = DEFAULT_LIMITS
    keeps_features: bool = False
    index: str | None = None

    @classmethod
    def open(cls, settings: Settings | None = None, say: Say = silence) -> Retriever:
        """Load everything, by default what the project brings; ``say`` hears what is being loaded.
        Raises VmrError."""
        settings = settings or Settings()
        checkpoint = checkpoint_in_use(settings)
        say(f"model {checkpoint.name}")
        model = load_model(checkpoint, device=settings.device)
        say(f"encoders {model.config.video_encoder} and {model.config.music_encoder}")
        options: dict[str, Any] = {"device": settings.device, "commercial": settings.commercial}
        video_encoder = load_video_encoder(model.config.video_encoder, **options)
        music_encoder = load_music_encoder(model.config.music_encoder, **options)
        policy = policy_of(settings)
        folders, roots = catalog_folders(settings), settings.music_roots
        if not folders:
            raise CatalogError("search.no_catalog")
        opened = cls(
            checkpoint=checkpoint,
            model=model,
            video_encoder=video_encoder,
            music_encoder=music_encoder,
            music=open_collection(folders, model, policy, say, roots, said_of_tracks(settings)),
            films=(
                open_video_collection(settings.videos, model, say, roots)
                if settings.videos
                else None
            ),
            keeps_features=bool(settings.rivals),
            index=settings.index,
        )
        if opened.ranking.engines is not None:
            say(f"candidates from {settings.index or 'the codes beside the catalog'}")
        return opened

    def rival(self, checkpoint: Path, say: Say = silence) -> Retriever:
        """The same tracks and videos for another checkpoint of the same encoders.

        Raises CheckpointError for one of other encoders.
        """
        return self._with(checkpoint, say).ranking_what(self)

    def using(self, checkpoint: Path, settings: Settings, say: Say = silence) -> Retriever:
        """The same with another version of the checkpoint, and everything as it is on the disk now;
        numbers stay. Raises CheckpointError for one of other encoders, CatalogError."""
        return self._with(checkpoint, say).opened_again(settings, say)

    def _with(self, checkpoint: Path, say: Say) -> Retriever:
        """Half of a change: the tracks are still embedded by the model before."""
        config = self.model.config
        say(f"model {checkpoint.name}")
        model = load_model(
            checkpoint,
            device=str(next(self.model.parameters()).device),
            video_encoder=config.video_encoder,
            music_encoder=config.music_encoder,
        )
        return replace(self, checkpoint=checkpoint, model=model)

    def ranking_what(self, other: Retriever) -> Retriever:
        """The tracks and videos of another retriever for this model. Raises CatalogError."""
        films = other.films.opened_for(self.model) if other.films else None
        return replace(self, music=other.music.opened_for(self.model), films=films)

    def with_videos(self, videos: VideoLibrary) -> Retriever:
        """The same with another video library."""
        films = VideoCollection.of(videos, self.model)
        return replace(self, films=films.following(self.films) if self.films else films)

    def opened_again(self, settings: Settings, say: Say = silence) -> Retriever:
        """The same with the catalogs and the library as they are on the disk now; numbers stay.
        Raises CatalogError."""
        folders, roots = catalog_folders(settings), settings.music_roots
        said = said_of_tracks(settings)
        music = open_collection(folders, self.model, self.music.policy, say, roots, said)
        changed = replace(self, music=music.following(self.music))
        if settings.videos is None:
            return changed
        films = open_video_collection(settings.videos, self.model, say, roots)
        return replace(changed, films=films.following(self.films) if self.films else films)

    @property
    def catalogs(self) -> tuple[Catalog, ...]:
        """The catalogs that are searched."""
        return self.music.catalogs

    @property
    def tracks(self) -> Sequence[Track]:
        """The tracks of all catalogs, by position."""
        return self.music.tracks

    @property
    def embeddings(self) -> BranchEmbedding:
        """Theirs: (N, B, D)."""
        return self.music.embeddings

    @property
    def videos(self) -> VideoLibrary | None:
        """The video library, if there is one."""
        return self.films.library if self.films else None

    @property
    def facets(self) -> tuple[str, ...]:
        """The label branches of the checkpoint."""
        return self.ranking.facets

    @cached_property
    def ranking(self) -> TrackSearch:
        """The tracks as this model ranks them, and what a person may turn of a query."""
        encoder = self.music_encoder
        return TrackSearch(self.model, self.music, encoder.columns, self.index, text_side(encoder))

    # ---- queries ----------------------------------------------------------------------------

    def embed_video(
        self,
        path: str | Path,
        progress: StageProgress = silent,
        show: Callable[[Sequence[SeenFrame]], None] | None = None,
        first: Callable[[Query], None] | None = None,
        digest: Callable[[], str] | None = None,
    ) -> Query:
        """A video as a query; ``show`` is given the frames that were looked at, small, ``first`` a
        query of a few frames before, where the whole takes a while; ``digest`` says the file's
        sha256, where somebody is at it. Raises MediaError with a sentence for the person."""
        encoder, limits = self.video_encoder, self.limits
        made = embed_video(Path(path), self.model, encoder, limits, progress, show, first, digest)
        return made if self.keeps_features else replace(made, features=None)

    def embed_music(self, path: str | Path, progress: StageProgress = silent) -> Query:
        """A piece of music as a query: a reference, or for the way to videos. Raises MediaError."""
        made = embed_music(Path(path), self.model, self.music_encoder, self.limits, progress)
        return made if self.keeps_features else replace(made, features=None)

    def like(self, position: int) -> Query:
        """A track of the catalogs as a query. Raises VmrError for a position that there is not."""
        place = self.music.place(position)
        description = describe_music(place.features, self.music_encoder.columns)
        return Query(
            modality="music",
            embedding=self.music.embeddings.rows([position]),
            name=place.track.title,
            sha256=place.track.sha256,
            duration_s=place.track.seconds,
            concepts=description.concepts,
            stats=description.stats,
            peaks=place.peaks,
            of_catalog=True,
        )

    def again(self, query: Query) -> Query:
        """A query of another checkpoint of the same encoders, embedded by this one.

        A track of the catalogs is found again; others need their features. Raises VmrError.
        """
        if query.features is None:
            found = texts_of(self.tracks, "sha256") if query.of_catalog else []
            if query.sha256 in found:
                return self.like(found.index(query.sha256))
            raise VmrError("search.features_gone")
        embed = self.model.embed_video if query.modality == "video" else self.model.embed_music
        return replace(query, embedding=embed([query.features.astype(np.float32)]))

    # ---- answers ----------------------------------------------------------------------------

    def weights(self, alpha: float, facet: str) -> Array:
        """A position of the slider as weights (B,). Raises VmrError for one that there is not."""
        return self.ranking.weights(alpha, facet)

    def candidates(self, query: Query) -> Candidates:
        """The tracks that can reach the top at some position of the slider."""
        return self.ranking.candidates(query.embedding, query.asking)

    def search(
        self,
        query: Query | None,
        alpha: float = 0.5,
        facet: str = "mood",
        k: int = 10,
        labels: Mapping[str, float] | None = None,
        energy: float | None = None,
        words: str = "",
        words_weight: float = Request.words_weight,
        with_silent: bool = False,
    ) -> list[Answer]:
        """The best k tracks for a query as hits, see vmr.answers.

        labels: {label of the facet: weight} in place of what is believed; energy: 1 to 5 in place
        of what is felt; words: about the music, and what they count beside the rest; query: None
        asks for these alone; with_silent: tracks too whose sound is not here. Raises VmrError for
        what there is not.
        """
        request = Request(alpha, facet, k, labels or {}, energy, words, words_weight, with_silent)
        return self.answer(query, request)

    def answer(self, query: Query | None, request: Request) -> list[Answer]:
        """``search`` for what stands in a Request."""
        asked = self._asked(query, request)
        found, w, said = asked
        arranged, scale = Arranged(found.order(w)), self._scale(query)
        if query is None:
            why = self.ranking.why(None, (), 0.0, request, asked)
        elif query.modality == "video":
            arranged = self.ranking.arranged(query.embedding, found, w, request)
            cuts = query.stats.get("cuts_per_minute", 0.0)
            why = self.ranking.why(query.embedding, query.concepts, cuts, request, asked)
        else:
            why = None
        met = self.ranking.words_met(said) if found.words else None

        def words(i: int) -> Answer:
            reason = "" if why is None else self.ranking.reason(why, i, met)
            measured = self.ranking.carried.measured_of([i])[0]
            return hit_track(self.music.places[i]) | {"measured": measured, "reason": reason}

        rows = hits(words, found, w, request.k, scale, arranged)
        notes = [str(note) for note in asked.notes(scale)]
        more = {"words": [] if said is None else said.as_json(), "notes": notes}
        return [row | more for row in rows]

    def search_videos(
        self, query: Query, alpha: float = 0.5, facet: str = "mood", k: int = 10
    ) -> list[Answer]:
        """The best k videos of the library for music. Raises VmrError as ``search``, or without a
        library."""
        films = self.library()
        w = self.weights(alpha, facet)
        found = self._video_candidates(query)
        rows = hits(lambda i: hit_video(films.library, i), found, w, k, films.scale)
        notes = [str(note) for note in Asked(found, w, None).notes(films.scale)]
        return [row | {"notes": notes} for row in rows]

    def scores(
        self,
        query: Query | None,
        alpha: float = 0.5,
        facet: str = "mood",
        labels: Mapping[str, float] | None = None,
        energy: float | None = None,
        words: str = "",
        words_weight: float = Request.words_weight,
    ) -> pd.DataFrame:
        """Every track's score for a query, best first: catalog, id, title, score, fit (not of
        words alone), and a column a branch with its part. Arguments as in ``search``."""
        request = Request(alpha, facet, 1, labels or {}, energy, words, words_weight)
        found, w, _ = self._asked(query, request, whole=True)
        return score_table(self.music, found, w, self._scale(query))

    def payload(
        self,
        query: Query | None,
        address_of: AddressOf,
        reference: Query | None = None,
        words: str = "",
        asked: Turned = AS_SEEN,
    ) -> Answer:
        """All tracks that can reach the top, with what the browser needs to rank them itself.

        ``address_of`` turns a local file into an address that the page may play. Without a query
        the words are all that is asked. Of many tracks those are there that ``asked`` brings first.
        """
        ranking = self.ranking
        query = query or text_query(words, ranking.branches, self.embeddings.values.shape[2])
        asking = query.asking
        chips = ranking.term_of(words)
        met = ranking.words_met(chips)
        index = ranking.reachable(query.embedding, asking, asked, chips)
        beside: Side | None = None
        if reference is not None:
            theirs = ranking.candidates(reference.embedding, reference.asking)
            index = np.union1d(index, theirs.index)
            theirs = ranking.candidates(reference.embedding, reference.asking, index)
            beside = Side(reference.as_json(), theirs)
        found = ranking.candidates(query.embedding, asking, index, anchors=True)
        found = found.only_words() if query.modality == "text" else found
        seen = query.embedding if query.modality == "video" else None
        believed = {} if seen is None else ranking.believed(seen) | {"ties": ranking.ties(seen)}
        main = query.as_json() | believed | {"fits": fits_of(query.concepts)}
        labels = dict(zip(index.tolist(), ranking.labels_heard(index), strict=True))

        def row(i: int) -> Answer:
            track = playable_track(self.music.places[i], address_of) | labels[i]
            said = {} if chips is None else chips.of_track(i, query.modality == "text")
            return track | said | ({} if met is None else {"by": met.as_json(i)})

        answer = payload("tracks", row, Side(main, found), beside)
        scale = ranking.scale(asking) if beside is None else ranking.scale_beside
        scale = None if query.modality == "text" else scale  # random pairs have a video or music
        answer |= {"asked": asked.as_json(), "whole": len(index) == len(self.music)}
        answer["terms"] = in_words(key for row in answer["tracks"] for key in row["asks"])
        answer |= words_json(chips, query.modality == "text")
        answer["offered"], answer["with_silent"] = ranking.offered(), ranking.among_all(seen)
        return answer | {"scale": scale.as_json() if scale else None}

    def payload_videos(self, query: Query, address_of: AddressOf) -> Answer:
        """The same for the videos of the library, for music. Raises VmrError without a library."""
        films = self.library()
        main = Side(query.as_json(), self._video_candidates(query))
        answer = payload("videos", lambda i: playable_video(films, i, address_of), main)
        answer["weak"] = weak_notice().in_languages()
        return answer | {"scale": films.scale.as_json() if films.scale else None}

    # ---- measurements -----------------------------------------------------------------------

    def evaluate(
        self,
        pairs: str | Path,
        split: str = "test",
        facet: str | None = None,
        ranks: str | Path | None = None,
    ) -> dict[str, Any]:
        """The figures of ``python -m vmr evaluate`` for a table of pairs, as in metrics.json.

        ranks: a CSV to write, with every pair's rank at every alpha. Raises ManifestError for the
        table, CheckpointError for a facet that there is not.
        """
        from vmr.evaluation.on_pairs import evaluate_pairs
        from vmr.training.feature_cache import EncoderReader

        reader = EncoderReader(self.video_encoder, self.music_encoder)
        name = self.checkpoint.name
        report = evaluate_pairs(
            self.model, Path(pairs), reader, name=name, split=split, facet=facet
        )
        if ranks:
            report.write_ranks(Path(ranks))
        return report.figures

    def judge(self, clips: str | Path) -> pd.DataFrame:
        """The figures of ``python -m vmr judge`` for a table of judged clips: name and the fields
        of vmr.evaluation.figure.Figure. Raises ManifestError, MediaError."""
        import pandas as pd

        from vmr.evaluation.on_clips import judge_clips, read_clips
        from vmr.training.feature_cache import FeatureCache

        cache = FeatureCache(cache_folder() / "features")
        read = read_clips(Path(clips), self.model, self.video_encoder, cache)
        folders = [catalog.folder for catalog in self.catalogs]
        return pd.DataFrame([figure.row() for figure in judge_clips(read, self.model, folders)])

    def library(self) -> VideoCollection:
        """The video library. Raises VmrError where there is none."""
        if self.films is None:
            raise VmrError("search.no_library")
        return self.films

    def _asked(self, query: Query | None, request: Request, whole: bool = False) -> Asked:
        if query is None:
            return self.ranking.asked(None, "video", request, whole)
        return self.ranking.asked(query.embedding, query.asking, request, whole)

    def _scale(self, query: Query | None) -> ScoreScale | None:
        return self.ranking.scale(query.asking if query else "video")

    def _video_candidates(self, query: Query) -> Candidates:
        if query.modality != "music":
            raise ValueError("videos are ranked for music")
        films = self.library()
        items, calibration = films.library.embeddings, films.for_music
        return candidates(query.embedding, items, calibration, self.ranking.fusion)
