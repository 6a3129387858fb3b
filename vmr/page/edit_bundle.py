"""One video with one track for an editing program: what the page's choices mean on a timeline.

The video stays with whoever sent it: the timeline names it and has its rate, size and length.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.media.bed import MixSettings
from vmr.media.read import read_audio
from vmr.media.sandbox import shown_name
from vmr.timeline.bundle import write_bundle
from vmr.timeline.ducking import RATE_HZ, ducking_points
from vmr.timeline.placing import SILENT_DB
from vmr.timeline.project import Cue, Film, Music, Timeline
from vmr.timeline.render import look_at_film

if TYPE_CHECKING:
    from vmr.catalogs.places import Place


def write_edit_bundle(
    video: Path, place: Place, audio: Path, settings: MixSettings, out: Path, name: str = ""
) -> None:
    """Write the zip of vmr.timeline.bundle for a video, which is called ``name``, and the sound of
    a track. Raises VmrError where the video cannot be read, or the policy does not let the track
    be taken away."""
    film = look_at_film(video, name or shown_name(video))
    ducking: tuple[tuple[float, float], ...] = ()
    if settings.original == "duck" and film.sound:
        ducking = ducking_points(read_audio(video, RATE_HZ).samples)
    timeline = Timeline(
        name=Path(film.path).stem,
        film=film,
        cues=(cue_of(Music.of(place.track, audio), film, settings),),
        original=settings.original,
        original_gain_db=decibels(settings.original_volume),
        ducking=ducking,
    )
    write_bundle(timeline, audio.parent, out, place.policy)


def cue_of(music: Music, film: Film, settings: MixSettings) -> Cue:
    """The track under the whole film, or to its own end where it shall not begin again."""
    start = settings.music_start_s
    left = music.seconds - start
    ends = settings.fit == "cut" and 0.04 < left < film.seconds
    length = left if ends else film.seconds
    return Cue(
        start_s=0.0,
        end_s=length,
        music=music,
        in_s=start,
        gain_db=decibels(settings.music_volume),
        fade_in_s=min(settings.fade_in_s, length),
        fade_out_s=min(settings.fade_out_s, length),
        duck=settings.original == "duck",
    )


def decibels(volume: float) -> float:
    """``1`` -> 0, ``0`` -> SILENT_DB."""
    return round(max(20 * math.log10(max(volume, 1e-6)), SILENT_DB), 2)
