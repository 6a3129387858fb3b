"""Recipes: where a catalog's audio comes from, when the catalog itself may only carry the tables.

A recipe.toml lists packages of a Debian archive and, per package, the files wanted, their sha256
and the excerpt to cut. vmr.catalogs.fetching does what it says.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vmr.catalogs.tracks_table import ID
from vmr.errors import CatalogError


@dataclass(frozen=True)
class Source:
    """One file of a package and what becomes of it: ``<id>.opus``, ``seconds`` from ``start_s``."""

    id: str
    path: str
    sha256: str
    start_s: float
    seconds: float


@dataclass(frozen=True)
class Package:
    """A package; ``archive`` is the zip inside it that holds the sources, or None."""

    name: str
    version: str
    size_bytes: int
    archive: str | None
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Recipe:
    name: str
    packages: tuple[Package, ...]


def read_recipe(path: Path) -> Recipe:
    """Read recipe.toml. Raises CatalogError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        packages = tuple(_package(entry) for entry in table["package"])
        recipe = Recipe(str(table["name"]), packages)
        if not ID.fullmatch(recipe.name):  # it becomes a folder of the cache
            raise ValueError(f"{recipe.name!r} is not a name")
    except FileNotFoundError as error:
        raise CatalogError("recipe.none", folder=path.parent) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CatalogError("recipe.unreadable", path=path, reason=error) from error
    except ValueError as error:
        raise CatalogError("recipe.wrong", path=path, reason=error) from error
    ids = [source.id for package in recipe.packages for source in package.sources]
    if len(set(ids)) != len(ids):
        raise CatalogError("recipe.twice", path=path)
    return recipe


def _package(entry: Mapping[str, Any]) -> Package:
    sources = tuple(
        Source(
            str(row["id"]),
            str(row["path"]),
            str(row["sha256"]),
            float(row["start_s"]),
            float(row["seconds"]),
        )
        for row in entry["files"]
    )
    for source in sources:
        if not ID.fullmatch(source.id):
            raise ValueError(f"{source.id!r} is not an id")
        if source.start_s < 0 or not 0 < source.seconds <= 600:
            raise ValueError(f"the excerpt of {source.id} is not within 0 to 600 s")
    name = str(entry["name"])
    if not name or name[0] == "-" or not ID.fullmatch(name):
        raise ValueError(f"{name!r} is not a package name")
    archive = entry.get("archive")
    version, size = str(entry["version"]), int(entry["bytes"])
    return Package(name, version, size, str(archive) if archive else None, sources)
