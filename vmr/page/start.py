"""From settings to a running page: the one place where the retriever and the page meet."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import gradio as gr
from starlette.requests import Request

from vmr.config import Settings
from vmr.errors import MediaError, Notice, VmrError
from vmr.files import cache_folder, data_folder
from vmr.media.read import DEFAULT_LIMITS
from vmr.media.sandbox import keep_spare, unconfined
from vmr.media.stopping import end_all
from vmr.page.audit import Audit
from vmr.page.event_queue import hold_memory_together
from vmr.page.fetch_sound import SoundFetcher
from vmr.page.files import MediaFiles
from vmr.page.handlers import Handlers
from vmr.page.kept_frames import KeptFrames
from vmr.page.label_desk import LabelDesk
from vmr.page.login import Logins
from vmr.page.operation.journal import Journal
from vmr.page.operation.state import Operation, let_end
from vmr.page.operation.warm_up import warm_up
from vmr.page.project_desk import ProjectDesk
from vmr.page.repeated import Repeated
from vmr.page.samples import Samples
from vmr.page.serve import launch, renew
from vmr.page.service import Service, changed
from vmr.page.settings import PageSettings
from vmr.page.take_away import TakeAway
from vmr.page.teaching import Teaching
from vmr.page.transient import TransientFolder
from vmr.page.visitors import address_asks, who_asks, who_requests
from vmr.page.watch import LOOK_S, CatalogWatch, stamps_of
from vmr.records.audit_log import AuditLog
from vmr.records.labels import LabelStore
from vmr.retriever import Retriever

SWEEP_S = 3600.0  # between two looks for videos of projects whose time is over


@dataclass(frozen=True)
class RunningPage:
    """A page that is served."""

    blocks: gr.Blocks
    folder: TransientFolder
    watch: CatalogWatch
    repeated: tuple[Repeated, ...]
    operation: Operation

    def let_end(self, seconds: float) -> int:
        """Take no new work and wait for what was taken, ``seconds`` at most; how much was left."""
        return let_end(self.blocks._queue, self.operation, seconds)

    def close(self) -> None:
        """End all work, close the server and delete what belongs to visitors."""
        self.watch.close()
        for work in self.repeated:
            work.close()
        end_all()
        self.blocks.close(verbose=False)
        self.folder.close()


def open_page(
    settings: Settings,
    page: PageSettings,
    say: Callable[[str], None],
    journal: Journal | None = None,
) -> RunningPage:
    """Load everything, serve the page and return while it runs, warm. Raises VmrError."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    hold_memory_together()
    if page.mcp and importlib.util.find_spec("mcp") is None:  # gradio would go on without it
        raise VmrError("app.mcp")
    logins = Logins.read(page.auth) if page.auth else None
    say_unconfined(say)
    folder = TransientFolder(page.keep_s)
    folder.hold_all()
    try:
        return _open(settings, page, folder, logins, say, Operation(journal))
    except BaseException:
        folder.close()
        raise


def _open(
    settings: Settings,
    page: PageSettings,
    folder: TransientFolder,
    logins: Logins | None,
    say: Callable[[str], None],
    operation: Operation,
) -> RunningPage:
    before = stamps_of(settings)
    retriever = replace(Retriever.open(settings, say), keeps_features=True)  # for projects
    rivals = tuple(retriever.rival(path, say) for path in settings.rivals)
    media = MediaFiles()
    samples = Samples(cache_folder() / "samples", media)
    data = data_folder(settings.data)
    audit = Audit(AuditLog(data) if page.audit else None, who_asks, address_asks)
    frames = KeptFrames(folder.path, media.url)
    service = Service(retriever, media.url, rivals, frames, audit, operation)
    service.log(changed("started", retriever))
    media.sent = partial(log_sent, audit, service)
    fetcher = SoundFetcher(service, page.may_fetch, page.debs)
    desk = ProjectDesk(service, data, page.keep_videos)
    teaching = Teaching(LabelDesk(service, LabelStore(data), page.may_label), settings, page.learn)
    handlers = Handlers(service, samples, TakeAway(service, folder), fetcher, desk, teaching)
    say_warm(retriever, folder, say)
    say("page")
    try:
        blocks = launch(handlers, media, page, folder, operation, logins)
    except OSError as error:
        raise VmrError("app.port", port=page.port, host=page.host) from error
    watch = CatalogWatch(service, settings, before, say, lambda: renew(blocks, handlers, page))
    fetcher.opened_again = watch.open_again
    teaching.changed = watch.changed
    watch.start()

    def remove_old() -> None:
        desk.sweep()
        if audit.log is not None and page.audit_days is not None:
            audit.log.prune(page.audit_days)

    repeated = Repeated(remove_old, SWEEP_S), Repeated(teaching.follow, LOOK_S)
    keep_spare()
    operation.become("ready")
    return RunningPage(blocks, folder, watch, repeated, operation)


def say_warm(retriever: Retriever, folder: TransientFolder, say: Callable[[str], None]) -> None:
    """Let a first video through, or tell the operator why none will go."""
    say("first video")
    try:
        warm_up(retriever, folder.work)
    except MediaError as error:  # labelling, search by words and the rest go on
        say(str(error))


def log_sent(audit: Audit, service: Service, path: Path, request: Request) -> None:
    """Log that somebody is sent a file, where that is a track's sound. Raises VmrError."""
    if audit.is_on:
        address = request.client.host if request.client else ""
        audit.heard(service.retriever, path, who_requests(request), address)


def say_unconfined(say: Callable[[str], None]) -> None:
    """Tell the operator what this system cannot keep from the process that reads uploads."""
    missing = unconfined(DEFAULT_LIMITS)
    if missing:
        say(str(Notice("media.unconfined", parts=", ".join(missing))))
