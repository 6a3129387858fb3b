"""Taking a result away: the video with its chosen music as an MP4. No gradio here."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.errors import MediaError, VmrError
from vmr.files import sha256_file
from vmr.media.limits import StoppedError
from vmr.media.mixdown import MixSettings, render
from vmr.media.playback import browser_playable
from vmr.page.edit_bundle import write_edit_bundle
from vmr.page.transient import TransientFolder
from vmr.records.audit_entry import Action, Entry

if TYPE_CHECKING:
    from vmr.catalogs.places import Place
    from vmr.page.service import Service
    from vmr.query import StageProgress

CHOICES = (
    *("music_start_s", "fit", "fade_in_s", "fade_out_s"),
    *("original", "music_volume", "original_volume"),
)


class TakeAway:
    """Renders for the page. A job is stopped by the name that the page gave it."""

    def __init__(self, service: Service, folder: TransientFolder) -> None:
        self.service = service
        self.folder = folder
        self._stops: dict[str, threading.Event] = {}

    def render(
        self, video: Path, number: int, choices: Mapping[str, Any], progress: StageProgress
    ) -> str:
        """Address of an MP4 of the video with a track of the catalogs.

        ``choices`` holds fields of MixSettings, ``film``, what the video is called, and ``job``, a
        name to stop it by; with ``form`` "timeline" it is a zip for an editing program instead.
        Raises VmrError.
        """
        if choices.get("form") == "timeline":
            return self.timeline(video, number, choices, progress)
        place = self._place(number)
        music = self._audio(place)
        settings = mix_settings(choices)
        out = self.folder.path / f"{secrets.token_hex(12)}.mp4"
        with self.stopping(str(choices.get("job") or "")) as stop:
            progress("render", 0.0)
            tags = credits_of(str(choices.get("film") or video.name), place)
            told = partial(progress, "render")
            render(video, music, out, settings, told, stop.is_set, tags=tags)
        try:
            self._log(Action.DOWNLOADED, place, video=sha256_file(video))
        except VmrError:
            out.unlink(missing_ok=True)
            raise
        return self.service.address_of(out)

    def timeline(
        self, video: Path, number: int, choices: Mapping[str, Any], progress: StageProgress
    ) -> str:
        """Address of a zip of the video's timeline with a track; ``choices`` as for ``render``."""
        place = self._place(number)
        music, settings = self._audio(place), mix_settings(choices)
        out = self.folder.path / f"{secrets.token_hex(12)}.zip"
        progress("timeline", 0.0)
        write_edit_bundle(video, place, music, settings, out, str(choices.get("film") or ""))
        try:
            self._log(Action.EXPORTED, place, video=sha256_file(video))
        except VmrError:
            out.unlink(missing_ok=True)
            raise
        return self.service.address_of(out)

    @contextmanager
    def stopping(self, job: str) -> Iterator[threading.Event]:
        """An event that is set where the job is to be stopped. VmrError where it was."""
        job = job or secrets.token_hex(8)
        try:
            yield self._stops.setdefault(job, threading.Event())
        except StoppedError as error:
            raise VmrError("page.stopped") from error
        finally:
            self._stops.pop(job, None)

    def stop(self, job: str) -> bool:
        """Ask a running render to end; False where there is none of that name."""
        stop = self._stops.get(job)
        if stop is not None:
            stop.set()
        return stop is not None

    def playable(self, video: Path, progress: StageProgress) -> str:
        """Address of a copy of the video that browsers play. Raises MediaError."""
        progress("convert", 0.0)
        copy = browser_playable(video, self.folder.path, progress=lambda f: progress("convert", f))
        return self.service.address_of(copy)

    def _place(self, number: int) -> Place:
        music = self.service.retriever.music
        return music.place(music.position(number))

    def _log(self, action: Action, place: Place, video: str = "", **detail: Any) -> None:
        track = place.track.catalog, place.track.id
        self.service.log(Entry(action, video=video, tracks=[track], detail=detail))

    def _audio(self, place: Place) -> Path:
        try:
            audio = place.audio_to_export()
        except VmrError as error:
            self._log(Action.REFUSED, place, reason=error.notice.key)
            raise
        if audio is None:
            raise MediaError("page.silent_track")
        return audio


def credits_of(video: str, place: Place) -> dict[str, str]:
    """What the MP4 says of itself: the video's name, and what must be named of the music."""
    track = place.track
    parts = (track.title, track.artist, track.licence, track.attribution, track.source)
    credit = "; ".join(part for part in parts if part)
    return {"title": Path(video).stem, "artist": track.artist, "comment": credit}


def mix_settings(choices: Mapping[str, Any]) -> MixSettings:
    """MixSettings from what a browser sent. Raises VmrError for values outside their range."""
    try:
        return MixSettings(**{name: choices[name] for name in CHOICES if name in choices})
    except (TypeError, ValueError) as error:
        raise VmrError("page.mix_settings", reason=error) from error
