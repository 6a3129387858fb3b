"""Opening what a Retriever searches: catalogs and a video library, for one model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from vmr.answers import places_of
from vmr.catalogs.music import Catalog, open_catalog
from vmr.catalogs.videos import VIDEOS, VideoLibrary, open_videos
from vmr.embedding import concatenate
from vmr.errors import CatalogError
from vmr.model.two_tower import Model


def open_catalogs(
    folders: Iterable[Path], model: Model, say: Callable[[str], None] = lambda text: None
) -> tuple[Catalog, ...]:
    """The catalogs in these folders for a model. Raises CatalogError."""
    catalogs = []
    for folder in folders:
        catalog = open_catalog(folder, model)
        say(f"catalog {catalog.name}, {len(catalog)} tracks")
        if catalog.notice:
            say(str(catalog.notice))
        catalogs.append(catalog)
    return tuple(catalogs)


def searchable(model: Model, catalogs: tuple[Catalog, ...]) -> dict[str, Any]:
    """The fields of a Retriever that follow from a model and the catalogs opened for it."""
    embeddings = concatenate([catalog.embeddings for catalog in catalogs])
    return {
        "model": model,
        "catalogs": catalogs,
        "tracks": tuple(track for catalog in catalogs for track in catalog.tracks),
        "embeddings": embeddings,
        "calibration": model.calibration_of_music(embeddings),
        "music_calibration": model.calibration_music_music(embeddings),
        "places": places_of(catalogs),
    }


def open_library(
    folder: Path | None, model: Model, say: Callable[[str], None]
) -> VideoLibrary | None:
    """The library in this folder, None where none is named. Raises CatalogError."""
    if folder is None:
        return None
    if not (folder / VIDEOS).is_file():
        raise CatalogError("library.none", folder=folder, table=VIDEOS)
    videos = open_videos(folder, model)
    say(f"library {videos.name}, {len(videos)} videos")
    return videos
