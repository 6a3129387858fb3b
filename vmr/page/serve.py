"""Launching the page: static files, allowed audio, the boot data that the browser starts from.

Gradio's own ``launch`` is used and never ``mount_gradio_app``, which in this version lets a client
read any file of the host.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.route_utils import FnIndexInferError
from gradio.routes import ORJSONResponse
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from vmr.files import MUSIC_ENDINGS, VIDEO_ENDINGS
from vmr.page.blocks import build_blocks, event_ids
from vmr.page.connections import close_idle
from vmr.page.event_queue import LIGHT_AT_ONCE, SAY_EVERY_S, Bounds
from vmr.page.files import MediaFiles
from vmr.page.guard import GuardedApp
from vmr.page.handlers import Handlers
from vmr.page.hosts import own_hosts
from vmr.page.login import Logins
from vmr.page.operation.health import health_route, metrics_route, read_token
from vmr.page.operation.metrics import Levels, queue_levels, worker_bytes
from vmr.page.operation.state import Operation
from vmr.page.rates import Rates
from vmr.page.reverse import library_json
from vmr.page.service import Service
from vmr.page.settings import PageSettings
from vmr.page.shown import in_languages
from vmr.page.transient import TransientFolder

SESSIONS = 8  # whose last answers Gradio keeps; every call of the page is one, and reads none back
STATIC = Path(str(resources.files("vmr.page"))) / "static"


class FreshFiles(StaticFiles):
    """Our modules are checked for changes on every load, so an upgrade needs no forced reload."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def routes(
    media: MediaFiles,
    status: Callable[[], dict[str, Any]],
    operation: Operation,
    settings: PageSettings,
) -> list[BaseRoute]:
    """``/vmr/...`` for our files, media by token, and for whoever watches the server ``/healthz``
    and ``/metrics``."""
    token = read_token(settings.metrics_token) if settings.metrics_token else ""
    watched = [health_route(operation, status)]
    watched.append(metrics_route(operation, settings.may_measure, token))
    return [*watched, media.route(), Mount("/vmr", FreshFiles(directory=STATIC))]


def boot_data(handlers: Handlers, blocks: gr.Blocks, settings: PageSettings) -> dict[str, Any]:
    """What the browser needs before its first call."""
    retriever = handlers.service.retriever
    return {
        "events": event_ids(blocks),
        "lang": settings.lang,
        "limits": {
            "bytes": settings.max_upload_bytes,
            "seconds": retriever.limits.max_duration_s,
            # a video is music too: its sound is meant
            "endings": {"video": VIDEO_ENDINGS, "audio": (*MUSIC_ENDINGS, *VIDEO_ENDINGS)},
        },
        "facets": list(retriever.facets),
        "catalogs": [
            {
                "name": c.name,
                "tracks": len(c.tracks),
                "notice": in_languages(c.notice) if c.notice else None,
            }
            for c in retriever.catalogs
        ],
        "fetch": handlers.fetcher.offers(),
        "samples": handlers.samples.boot_data(),
        "library": library_json(retriever),
        "rivals": [rival.checkpoint.stem for rival in handlers.service.rivals],
        "starters": starters(handlers.service),
        "audit": handlers.service.audit.is_on,
        "label": settings.may_label,
        "learn": settings.learn,
    }


STARTERS_AMONG = 2000  # tracks with sound that are looked at for them


def starters(service: Service, count: int = 8) -> list[dict[str, Any]]:
    """Tracks to try the way from music to video with: one per mood, as far as they go."""
    chosen: dict[str, dict[str, Any]] = {}
    music = service.retriever.music
    for position in np.flatnonzero(music.audible())[:STARTERS_AMONG]:
        place = music.places[int(position)]
        track, audio = place.track, place.audio()
        mood = track.mood[0] if track.mood else ""
        if audio and mood not in chosen and len(chosen) < count:
            words = {"title": track.title, "artist": track.artist, "mood": mood}
            chosen[mood] = words | {"position": place.number, "audio": service.address_of(audio)}
    return list(chosen.values())


def head(boot: dict[str, Any]) -> str:
    """Style sheet, boot data and start module for the document's head."""
    data = json.dumps(boot, ensure_ascii=True).replace("<", "\\u003c")
    return (
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="vmr/style.css">'
        f'<script type="application/json" id="vmr-boot">{data}</script>'
        '<script type="module" src="vmr/first.js"></script>'
        '<script type="module" src="vmr/app.js"></script>'
    )


def renew(blocks: gr.Blocks, handlers: Handlers, settings: PageSettings) -> None:
    """Whoever loads the page from now on starts from the catalogs as they are now."""
    blocks.head = head(boot_data(handlers, blocks, settings))
    blocks.config = {**blocks.config, "head": blocks.head}


def status(handlers: Handlers) -> dict[str, Any]:
    """The answer of ``/healthz``: 200 as long as the server can answer at all."""
    retriever = handlers.service.retriever
    tracks = {catalog.name: len(catalog.tracks) for catalog in retriever.catalogs}
    return {"status": "ok", "checkpoint": retriever.model.fingerprint, "tracks": tracks}


def guarded_app(
    own: list[BaseRoute], settings: PageSettings, rates: Rates, operation: Operation
) -> GuardedApp:
    """Gradio's app with our routes, behind the guard; visits have names where there is a log, and
    where many may come by one address."""
    app = GuardedApp(routes=own, default_response_class=ORJSONResponse)
    app.add_exception_handler(FnIndexInferError, _no_event)
    app.guard = {
        "hosts": own_hosts(settings.host, settings.allowed_hosts),
        "upload_bytes": settings.max_upload_bytes,
        "tools": settings.mcp,
        "rates": rates,
        "visits": settings.audit or not settings.is_alone,
        "operation": operation,
    }
    return app


def levels(service: Service, folder: TransientFolder, queue: Any) -> Levels:
    """What ``/metrics`` says of this moment."""
    retriever = service.retriever
    yield "vmr_catalog_tracks", "catalog", {c.name: len(c.tracks) for c in retriever.catalogs}
    library = retriever.videos
    yield "vmr_library_videos", "library", {library.name: len(library.videos)} if library else {}
    held = {"workers": worker_bytes(), "uploads": folder.size_bytes()}
    yield "vmr_held_bytes", "by", held
    yield from queue_levels(queue)


async def _no_event(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": "There is no such endpoint."}, 404)


def launch(
    handlers: Handlers,
    media: MediaFiles,
    settings: PageSettings,
    folder: TransientFolder,
    operation: Operation,
    logins: Logins | None = None,
) -> gr.Blocks:
    """Serve the page and return at once. Raises VmrError for a token that cannot be read."""
    blocks = build_blocks(handlers, settings.decoders)
    blocks.queue(
        default_concurrency_limit=LIGHT_AT_ONCE, max_size=None, status_update_rate=SAY_EVERY_S
    )
    Bounds(blocks._queue, operation)
    operation.metrics.add_levels(partial(levels, handlers.service, folder, blocks._queue))
    own = routes(media, lambda: status(handlers), operation, settings)
    blocks.launch(
        server_name=settings.host,
        server_port=settings.port,
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        ssr_mode=False,
        show_error=False,
        auth=logins.check if logins else None,
        max_file_size=settings.max_upload_bytes,
        favicon_path=str(STATIC / "icon.svg"),
        head=head(boot_data(handlers, blocks, settings)),
        theme=gr.themes.Base(primary_hue="teal", neutral_hue="stone", font=["system-ui"]),
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        mcp_server=settings.mcp,
        pwa=True,
        state_session_capacity=SESSIONS,
        _app=guarded_app(own, settings, Rates(folder), operation),
    )
    close_idle(blocks.server.config)
    return blocks
