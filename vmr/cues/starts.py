"""Where in a track to begin for a cue, and how it ends there.

Every quarter of a second of the track is tried: how the picture's energy over the cue goes along
with the track's from there, and how many cuts meet an onset. A start is then moved by half a beat
at most, so that more cuts meet onsets, or onto an onset where the cue has no cuts. A track that is
shorter than the cue begins again, as it will be played.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vmr.cues.borders import Span, clock
from vmr.cues.course import Course
from vmr.cues.track_sound import GRID_S, TrackSound, smooth, standard
from vmr.embedding import Array
from vmr.encoders.tempo import FRAME_HZ
from vmr.errors import Notice

PROPOSALS = 3
APART_S = 3.0  # between proposals
MEETS_S = 0.08  # a cut and an onset this near are seen as one: two frames
CUTS_COUNT = 0.5  # cuts on onsets one deviation above the mean, beside a correlation of 1
FLAT = 0.25  # energy levels: a picture that changes less has no shape to follow
LOOPS = 0.2  # what beginning the track again costs
OPENING = 0.1  # what the beginning of the track counts more: it was made to begin
SHAPED = 0.5  # from here on a picture has a shape that is spoken of
RISE = 1.0  # deviations within two seconds that are said
STEP = round(1.0 / GRID_S)
ENTERS_S, ENTERING = 2.5, 4  # onsets after, in these seconds, and a quarter of it before at most
NEAR_END_S = 0.6  # the track's own end this near to the cue's
BEAT_FADE_S, FADE_S = 0.08, 2.0


@dataclass(frozen=True)
class Start:
    """in_s of the track; score: correlation and cuts; hits of ``cuts`` meet an onset."""

    in_s: float
    score: float
    hits: int
    cuts: int
    why: Notice


@dataclass(frozen=True)
class Ending:
    """How the music ends with the cue, at its exact length; loops: whether the track begins anew
    before."""

    kind: str  # "own", "beat" or "fade"
    fade_out_s: float
    loops: bool


def best_starts(
    course: Course, span: Span, sound: TrackSound, count: int = PROPOSALS
) -> list[Start]:
    """The best starts of a track for a cue, apart from one another; fewer in a very short one."""
    picture, shape = picture_curve(course, span)
    cuts = np.asarray(course.cuts(span.start_s, span.end_s) - span.start_s, np.float32)
    scores = shape * along(picture, sound.energy) + CUTS_COUNT * cut_strength(cuts, sound)
    scores[0] += OPENING
    room = sound.seconds - span.length_s
    loops = np.arange(len(scores)) * GRID_S > max(room, 0)
    scores -= LOOPS * loops
    # What need not loop does not, where that leaves a choice.
    free = ~loops if room >= PROPOSALS * APART_S else np.ones(len(scores), dtype=bool)
    apart = min(APART_S, sound.seconds / (PROPOSALS + 1))
    found: list[Start] = []
    while len(found) < count and free.any():
        best = int(np.where(free, scores, -np.inf).argmax())
        in_s, hits = snapped(best * GRID_S, cuts, sound)
        why = _why(picture, in_s, span, sound, hits, cuts, shape)
        found.append(Start(round(in_s, 3), round(float(scores[best]), 4), hits, len(cuts), why))
        free &= np.abs(np.arange(len(scores)) - best) * GRID_S >= apart
    return found


def picture_curve(course: Course, span: Span) -> tuple[Array, float]:
    """The picture's energy over a cue on the grid (G,), mean 0 and deviation 1; and how much of a
    shape it has, 0 to 1."""
    grid = span.start_s + (np.arange(max(1, int(span.length_s / GRID_S))) + 0.5) * GRID_S
    energy = np.interp(grid, course.times_s, course.energy)
    motion = np.interp(grid, course.times_s, standard(np.sqrt(course.motion)))
    shape = min(1.0, (float(energy.std()) + 0.5 * float(motion.std())) / (2 * FLAT))
    return standard(smooth(standard(energy) + standard(motion))), shape


def along(picture: Array, energy: Array) -> Array:
    """(G,) of the cue, (H,) of the track -> (H,): correlation from every start, round the end."""
    count, whole = len(picture), len(energy)
    turns = -(-(count + whole) // whole)
    windows = np.lib.stride_tricks.sliding_window_view(np.tile(energy, turns), count)[:whole]
    centred = windows - windows.mean(axis=1, keepdims=True)
    spread = np.maximum(windows.std(axis=1), 0.25)  # what hardly changes follows nothing
    return np.asarray(centred @ picture / count / spread, np.float32)


def cut_strength(cuts: Array, sound: TrackSound) -> Array:
    """(C,) seconds of the cue -> (H,): mean strength of the onsets at the cuts from every start, a
    quarter of a second to be moved by."""
    starts = np.arange(len(sound.energy)) * GRID_S
    if len(cuts) == 0:
        return np.zeros(len(starts), np.float32)
    moves = np.arange(-0.125, 0.126, MEETS_S / 2)
    strengths = [_strengths(starts + move, cuts, sound).mean(axis=1) for move in moves]
    return np.asarray(np.max(strengths, axis=0), np.float32)


def _strengths(starts: Array, cuts: Array, sound: TrackSound) -> Array:
    """(N,), (C,) -> (N, C) strength of the onset at each cut."""
    frames = ((starts[:, None] + cuts) % sound.seconds * FRAME_HZ).round().astype(int)
    return np.asarray(sound.strength[np.minimum(frames, len(sound.strength) - 1)])


def _meets(starts: Array, cuts: Array, sound: TrackSound) -> Array:
    """(N,), (C,) -> (N, C) whether an onset is at each cut."""
    at = (starts[:, None] + cuts) % sound.seconds
    right = np.clip(np.searchsorted(sound.onsets_s, at), 1, max(len(sound.onsets_s) - 1, 1))
    last = len(sound.onsets_s) - 1
    near = [np.abs(sound.onsets_s[np.minimum(i, last)] - at) for i in (right - 1, right)]
    return np.asarray(np.minimum(*near) <= MEETS_S)


def snapped(in_s: float, cuts: Array, sound: TrackSound) -> tuple[float, int]:
    """A start moved by half a beat at most, and how many cuts meet an onset from there. The
    track's beginning stays where nothing is won."""
    reach = sound.beat_s / 2 if sound.beat_s else GRID_S
    if len(sound.onsets_s) == 0:
        return in_s, 0
    near = sound.onsets_s[np.abs(sound.onsets_s - in_s) <= reach]
    tries = np.concatenate([[in_s], near, np.arange(in_s - reach, in_s + reach, MEETS_S / 2)])
    tries = tries[(tries >= 0) & (tries < sound.seconds)]
    met = _meets(tries, cuts, sound).sum(axis=1) if len(cuts) else np.zeros(len(tries), int)
    on_onset = np.isin(tries, near)
    strong = _strengths(tries, cuts, sound).sum(axis=1).round(2) if len(cuts) else met
    order = np.lexsort((np.abs(tries - in_s), ~on_onset & (in_s > 0), -strong))
    return float(tries[order[0]]), int(met[order[0]])


def ending(in_s: float, length_s: float, sound: TrackSound) -> Ending:
    """How a cue of this length lands: with the track's own end, cut before a beat, or faded."""
    loops = in_s + length_s > sound.seconds + NEAR_END_S
    last = (in_s + length_s) % sound.seconds if loops else in_s + length_s
    if abs(last - sound.seconds) <= NEAR_END_S:
        return Ending("own", min(NEAR_END_S, length_s / 4), loops)
    if sound.beat_s and len(sound.onsets_s) and np.abs(sound.onsets_s - last).min() <= MEETS_S:
        return Ending("beat", BEAT_FADE_S, loops)
    return Ending("fade", min(FADE_S, length_s / 4), loops)


def _why(
    picture: Array, in_s: float, span: Span, sound: TrackSound, hits: int, cuts: Array, shape: float
) -> Notice:
    """The clearest of what meets: the beat's entry at one of the cuts (C,), a rise of both, cuts on
    onsets, or the track's beginning."""
    for cut in cuts:
        if _enters((in_s + float(cut)) % sound.seconds, sound):
            return Notice("cues.start_enters", film=clock(span.start_s + float(cut)))
    rise = _rise(picture, in_s, sound) if shape >= SHAPED else None
    if rise is not None:
        film_s, in_track = span.start_s + rise, (in_s + rise) % sound.seconds
        return Notice("cues.start_rise", music=clock(in_track), film=clock(film_s))
    if hits >= 2 and hits * 2 >= len(cuts):
        return Notice("cues.start_cuts", hits=hits, cuts=len(cuts))
    if in_s < GRID_S:
        return Notice("cues.start_begin")
    key = "cues.start_course" if shape >= SHAPED else "cues.start_onset"
    return Notice(key, music=clock(in_s))


def _enters(at_s: float, sound: TrackSound) -> bool:
    """Whether the track has onsets from here on and hardly any before."""
    on = sound.onsets_s
    after = int(((on >= at_s - MEETS_S) & (on < at_s - MEETS_S + ENTERS_S)).sum())
    before = int(((on < at_s - MEETS_S) & (on >= at_s - MEETS_S - ENTERS_S)).sum())
    at_once = bool((np.abs(on - at_s) <= MEETS_S).any())
    return at_once and at_s > ENTERS_S and after >= ENTERING and before * ENTERING <= after


def _rise(picture: Array, in_s: float, sound: TrackSound) -> float | None:
    """Seconds of the cue at which the picture (G,) rises most, if the track rises there too."""
    if len(picture) <= 2 * STEP:
        return None
    rise = picture[2 * STEP :] - picture[: -2 * STEP]
    at = int(rise.argmax()) + STEP
    place = int((in_s + at * GRID_S) % sound.seconds / GRID_S)
    around = sound.energy[max(place - 2 * STEP, 0) : place + 2 * STEP + 1]
    both = rise.max() >= RISE and around[-1] - around[0] >= RISE
    return at * GRID_S if both else None
