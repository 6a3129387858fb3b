"""The flags of ``python app.py``. No gradio: ``--help`` answers at once."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from vmr.config import Settings, names_engine
from vmr.page.settings import LANGUAGES, PageSettings


def parser() -> argparse.ArgumentParser:
    """All flags of the page."""
    flags = argparse.ArgumentParser(prog="app.py", description="Choose music for video, on a page.")
    add_ranking_flags(flags.add_argument_group("what is ranked"))
    add_page_flags(flags.add_argument_group("the page"))
    add_record_flags(flags.add_argument_group("what is kept"))
    add_operation_flags(flags.add_argument_group("running it for others"))
    return flags


class EngineOrVideos(argparse.Action):
    """``--index``: the address of an engine, or what ``--videos`` names."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if names_engine(values):
            namespace.index = values
        else:
            namespace.videos = Path(values)


def add_ranking_flags(flags: argparse._ArgumentGroup) -> None:
    """Catalogs, checkpoints, and which tracks may be used."""
    add_source_flags(flags)
    flags.add_argument("--device", choices=("auto", "cpu", "cuda"), default=Settings.device)
    flags.add_argument("--commercial", action="store_true", help="only what may earn money")
    flags.add_argument(
        "--music-root",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder outside the catalogs that their sound may be in; needed only where "
        "`python -m vmr index` ran on another machine; may be given again",
    )
    flags.add_argument(
        "--policy",
        type=Path,
        metavar="TOML",
        help="which tracks may be ranked, played and taken away (docs/policy.toml)",
    )


def add_source_flags(flags: argparse._ArgumentGroup) -> None:
    """Catalogs, videos, checkpoints, and who finds the candidates."""
    flags.add_argument(
        "--catalog",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder of music made by `python -m vmr index`; may be given again",
    )
    flags.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="given again, the others are compared with the first in the tab Evidence",
    )
    flags.add_argument(
        "--videos",
        type=Path,
        default=Settings.videos,
        metavar="DIR",
        help="a folder made by `python -m vmr index --videos`, for the way from music to video",
    )
    flags.add_argument(
        "--index",
        action=EngineOrVideos,
        metavar="ADDRESS",
        help="an engine that finds the candidates, such as qdrant://host:6333/tracks; the tracks "
        "are sent to it by `python -m vmr index --engine`. A folder here is the same as --videos",
    )


def add_page_flags(flags: argparse._ArgumentGroup) -> None:
    """Where the page is served, to whom, and in which language."""
    page = PageSettings()
    flags.add_argument("--host", default=page.host, help="0.0.0.0 lets other machines in")
    flags.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a further name that the server is reached by, such as a proxy's; may be given again",
    )
    flags.add_argument("--port", type=int, default=page.port)
    flags.add_argument("--lang", choices=("auto", *LANGUAGES), default=page.lang)
    flags.add_argument(
        "--auth",
        type=Path,
        metavar="FILE",
        help="ask visitors for a name and password of this file (python -m vmr password NAME)",
    )
    flags.add_argument(
        "--fetch",
        action=argparse.BooleanOptionalAction,
        help="let visitors fetch the sound that a catalog's recipe describes; without this flag "
        "only on this machine",
    )
    flags.add_argument(
        "--debs", type=Path, metavar="DIR", help="fetch it from this folder, not from Debian"
    )
    flags.add_argument(
        "--decoders",
        type=at_least_one,
        default=page.decoders,
        metavar="N",
        help="files that are decoded at once, whoever sent them; visitors take turns",
    )
    flags.add_argument("--mcp", action="store_true", help="offer the endpoints as MCP tools too")


def add_record_flags(flags: argparse._ArgumentGroup) -> None:
    """What is kept of the work that people do."""
    flags.add_argument(
        "--data",
        type=Path,
        default=Settings.data,
        metavar="DIR",
        help="where what people make is kept: labels, logs, projects (default: in the account)",
    )
    flags.add_argument(
        "--label",
        action=argparse.BooleanOptionalAction,
        help="let visitors label tracks and teach the model; without this flag only on this "
        "machine",
    )
    flags.add_argument(
        "--learn",
        action="store_true",
        help="keep corrections that are made while searching as labels; the page says so",
    )
    flags.add_argument(
        "--keep-videos",
        type=days,
        default=PageSettings.keep_videos,
        metavar="DAYS",
        help="how long a project keeps its videos after its last change, unless it says itself",
    )
    flags.add_argument(
        "--audit", action="store_true", help="log who matched, played and took away what, and when"
    )
    flags.add_argument(
        "--audit-days",
        type=days,
        metavar="N",
        help="log as --audit does, and remove what is older than N days",
    )


def add_operation_flags(flags: argparse._ArgumentGroup) -> None:
    """What whoever runs the server sees, and how it ends."""
    flags.add_argument(
        "--log", choices=("text", "json"), default="text", help="json: one line for each event"
    )
    flags.add_argument(
        "--metrics",
        action=argparse.BooleanOptionalAction,
        help="answer /metrics; without this flag only on this machine",
    )
    flags.add_argument(
        "--metrics-token",
        type=Path,
        metavar="FILE",
        help="a file with a token of 16 characters or more, without which /metrics is refused",
    )
    flags.add_argument(
        "--stop-seconds",
        type=seconds,
        default=PageSettings.stop_s,
        metavar="S",
        help="how long running answers may take after SIGTERM",
    )


def seconds(text: str) -> float:
    """A number of seconds up to an hour; ValueError for what is none."""
    found = float(text)
    if not 0 <= found <= 3600:
        raise ValueError
    return found


def at_least_one(text: str) -> int:
    """A number from 1 to 64; ValueError for what is none."""
    found = int(text)
    if not 1 <= found <= 64:
        raise ValueError
    return found


def days(text: str) -> float:
    """A number of days; ValueError for what is none."""
    found = float(text)
    if not 0 <= found < 1e5:
        raise ValueError
    return found


def page_settings(args: argparse.Namespace) -> PageSettings:
    """The page's part of the flags."""
    return PageSettings(
        host=args.host,
        port=args.port,
        lang=args.lang,
        auth=args.auth,
        keep_videos=args.keep_videos,
        mcp=args.mcp,
        decoders=args.decoders,
        metrics=args.metrics,
        metrics_token=args.metrics_token,
        stop_s=args.stop_seconds,
        audit=args.audit or args.audit_days is not None,
        audit_days=args.audit_days,
        fetch=args.fetch,
        debs=args.debs,
        label=args.label,
        learn=args.learn,
        allowed_hosts=tuple(args.allow_host),
    )
