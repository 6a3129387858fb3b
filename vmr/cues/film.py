"""A film with music: cues, their tracks, where each begins and ends, as a project to be edited."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.cues.borders import MOST_CUES, Span, borders, reason
from vmr.cues.choices import Choice, ranked, together
from vmr.cues.course import Course
from vmr.cues.starts import Ending, Start, best_starts, ending
from vmr.cues.track_sound import LONGEST_S, TrackSound, listen
from vmr.embedding import SSL
from vmr.errors import Notice
from vmr.knowledge.request import Request
from vmr.timeline.project import Cue, Film, Music, Original, Timeline
from vmr.timeline.project_file import as_json

if TYPE_CHECKING:
    from vmr.retriever import Retriever

FADE_IN_S = 0.05  # a start lies on an onset
SAME_S = 0.01
Listened = Callable[[int, int], None]  # (cues done, cues)


@dataclass(frozen=True)
class Settings:
    """What a person may ask for. neighbours: whether they shall not clash; share: whether two
    neighbours may have the same track; most: cues."""

    request: Request
    neighbours: bool = True
    share: bool = False
    most: int = MOST_CUES


@dataclass(frozen=True)
class MusicCue:
    """A span with its ranked tracks, the number of the chosen one, its starts and its ending."""

    span: Span
    choices: tuple[Choice, ...]
    chosen: int
    starts: tuple[Start, ...]
    ending: Ending
    seconds: float  # of the track as it was heard

    @property
    def choice(self) -> Choice:
        """The track that was chosen."""
        return self.choices[self.chosen]


def spans(course: Course, retriever: Retriever, facet: str, most: int = MOST_CUES) -> list[Span]:
    """The film cut into cues, without gaps, each with what is felt and believed there and why it
    begins."""
    learnt = (SSL, *retriever.model.config.trained_labels)  # what is added says what ssl says
    edges = borders(course, retriever.model.video_bank, most, learnt)
    found: list[Span] = []
    for start, end in pairwise(edges):
        embedding = course.query(start, end, retriever).embedding
        beliefs = retriever.ranking.believed(embedding)["beliefs"].get(facet, [])
        span = Span(
            start_s=start,
            end_s=end,
            energy=float(course.energy[course.frames(start, end)].mean()),
            belief=beliefs[0][0] if beliefs else "",
            cuts_per_minute=course.cuts_per_minute(start, end),
            why=Notice("cues.begins"),
        )
        is_cut = len(course.cuts(start - SAME_S, start + SAME_S)) > 0
        found.append(replace(span, why=reason(found[-1] if found else None, span, is_cut, facet)))
    return found


def cue_film(
    course: Course,
    retriever: Retriever,
    settings: Settings,
    progress: Listened = lambda done, whole: None,
) -> list[MusicCue]:
    """Cues with music for a film that was read. Raises VmrError where no track may be used."""
    found = spans(course, retriever, settings.request.facet, settings.most)
    rows = [ranked(course, span, retriever, settings.request) for span in found]
    chosen = together(rows, settings.neighbours, settings.share)
    heard: dict[Path, TrackSound] = {}
    cues: list[MusicCue] = []
    for span, row, i in zip(found, rows, chosen, strict=True):
        progress(len(cues), len(found))
        path = row[i].place.audio()
        assert path is not None  # vmr.cues.choices leaves out what cannot be heard
        sound = heard[path] = heard.get(path) or listen(path)
        starts = best_starts(course, span, sound)
        if cues and cues[-1].choice.place.audio() == path:
            starts.insert(0, running_on(cues[-1]))
        lands = ending(starts[0].in_s, span.length_s, sound)
        cues.append(MusicCue(span, tuple(row), i, tuple(starts), lands, sound.seconds))
    progress(len(found), len(found))
    return cues


def running_on(before: MusicCue) -> Start:
    """The start with which the track of the cue before goes on without a gap."""
    in_s = (before.starts[0].in_s + before.span.length_s) % before.seconds
    return Start(round(in_s, 3), 0.0, 0, 0, Notice("cues.start_on"))


def timeline(name: str, film: Film, cues: Sequence[MusicCue], original: Original) -> Timeline:
    """The film with its cues for vmr.timeline."""
    return Timeline(name, film, tuple(_cue(cue, film) for cue in cues), original)


def project_json(made: Timeline, cues: Sequence[MusicCue]) -> dict[str, Any]:
    """A project file, with what a person may choose instead beside each cue: ``why`` it is there,
    ``starts``, ``ending`` and ``tracks``; programs that read projects pass over them."""
    stored = as_json(made)
    stored["cues"] = [row | _beside(cue) for row, cue in zip(stored["cues"], cues, strict=True)]
    return stored


def relative(path: Path, folder: Path) -> str:
    """A path as a project in ``folder`` names it: relative where it lies inside."""
    whole, base = path.resolve(), folder.resolve()
    inside = whole.is_relative_to(base)
    return Path(os.path.relpath(whole, base)).as_posix() if inside else str(whole)


def _cue(cue: MusicCue, film: Film) -> Cue:
    place = cue.choice.place
    path = place.audio_to_export()
    assert path is not None  # it was heard
    music = Music.of(place.track, path.resolve())
    if cue.seconds < LONGEST_S:
        music = replace(music, seconds=cue.seconds)
    span = cue.span
    return Cue(
        start_s=span.start_s,
        end_s=min(span.end_s, film.seconds),
        music=music,
        in_s=cue.starts[0].in_s,
        fade_in_s=min(FADE_IN_S, span.length_s / 4),
        fade_out_s=cue.ending.fade_out_s,
        name=f"{span.belief} {span.energy:.1f}".strip(),
    )


def _beside(cue: MusicCue) -> dict[str, Any]:
    starts = [
        {"in": start.in_s, "score": start.score, "hits": start.hits, "cuts": start.cuts}
        | {"why": start.why.in_languages()}
        for start in cue.starts
    ]
    names = ("catalog", "id", "title", "artist", "bpm", "key", "score", "fit", "reason")
    return {
        "why": cue.span.why.in_languages(),
        "energy": round(cue.span.energy, 2),
        "belief": cue.span.belief,
        "cuts_per_minute": round(cue.span.cuts_per_minute, 1),
        "starts": starts,
        "ending": {"kind": cue.ending.kind, "loops": cue.ending.loops},
        "tracks": [{name: c.hit.get(name) for name in names} for c in cue.choices],
    }
