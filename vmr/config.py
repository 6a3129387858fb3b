"""Settings that flags and files derive from: a default is written once, here.

No torch, no gradio: `python app.py --help` must answer at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PROJECT = Path(__file__).resolve().parent.parent
CATALOGS = PROJECT / "catalog"
CHECKPOINTS = PROJECT / "checkpoints"

Device = Literal["auto", "cpu", "cuda"]


ENGINES = ("qdrant://", "qdrants://", "edge:")  # beginnings of addresses, see vmr.engines.address


def names_engine(text: str) -> bool:
    """Whether this is the address of a search engine and no folder."""
    return text.startswith(ENGINES)


@dataclass(frozen=True)
class Settings:
    """What one running program serves.

    catalogs: folders of music; empty means every catalog of the project that is there.
    videos: a folder made by ``index --videos``, for the direction from music to video.
    rivals: further checkpoints of the same encoders, shown side by side with the first.
    commercial: refuse encoders, checkpoints and tracks whose licence forbids commercial use.
    music_roots: folders outside the catalogs that their sound and videos may be in; those that were
    indexed here need not be named.
    policy: a file that says which tracks may be ranked, played and taken away (catalogs.policy).
    data: the folder for what people make (files.data_folder); None: the one of this account.
    index: the address of an engine that finds the candidates (vmr.engines.address); None: here.
    """

    checkpoint: Path = CHECKPOINTS / "starter.safetensors"
    catalogs: tuple[Path, ...] = ()
    videos: Path | None = None
    rivals: tuple[Path, ...] = ()
    device: Device = "auto"
    commercial: bool = False
    policy: Path | None = None
    music_roots: tuple[Path, ...] = ()
    data: Path | None = None
    index: str | None = None


def catalog_folders(settings: Settings) -> tuple[Path, ...]:
    """The folders named, or all bundled ones (``starter`` first, then by name)."""
    if settings.catalogs:
        return settings.catalogs
    found = [table.parent for table in CATALOGS.glob("*/tracks.csv")]
    return tuple(sorted(found, key=lambda folder: (folder.name != "starter", folder.name)))
