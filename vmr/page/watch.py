"""Catalogs that change while the page is served: noticed within seconds, and opened again.

The table of a catalog is what is written last, so its change means that all of it is there. Until
the new one is open, and where it cannot be opened, the old one answers. No gradio here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.catalogs.music import TRACKS
from vmr.catalogs.videos import VIDEOS
from vmr.config import Settings, catalog_folders
from vmr.errors import Notice, VmrError
from vmr.page.files import Stamp, stamp_of

if TYPE_CHECKING:
    from vmr.catalogs.collection import Say
    from vmr.page.service import Service

LOOK_S = 2.0  # between two looks
Stamps = dict[Path, Stamp]


def stamps_of(settings: Settings) -> Stamps:
    """Of each file whose change makes a catalog another one: its inode, size and time."""
    return {path: stamp_of(path) for path in _tables(settings)}


def _tables(settings: Settings) -> Iterator[Path]:
    for folder in catalog_folders(settings):
        yield from (folder / TRACKS, folder / "catalog.toml")
    if settings.videos is not None:
        yield from (settings.videos / VIDEOS, settings.videos / "catalog.toml")


class CatalogWatch:
    """Looks at the catalogs of a service in a thread.

    ``before``: stamps of when they were opened; ``changed`` is called after they were opened again.
    """

    def __init__(
        self,
        service: Service,
        settings: Settings,
        before: Stamps,
        say: Say,
        changed: Callable[[], None],
    ) -> None:
        self.service = service
        self.settings = settings
        self.say = say
        self.changed = changed
        self._before = before
        self._closed = threading.Event()

    def start(self) -> None:
        """Look again and again until ``close``."""
        threading.Thread(target=self._watch, daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._closed.set()

    def look(self) -> bool:
        """Open the catalogs again if they changed; whether the service has others now."""
        now = stamps_of(self.settings)
        if now == self._before:
            return False
        self._before = now
        return self.open_again()

    def open_again(self) -> bool:
        """Open the catalogs, changed or not; whether the service has others now."""
        try:
            self.service.open_again(self.settings, self.say)
        except (VmrError, OSError) as error:
            self.say(str(Notice("page.catalog_kept", reason=error)))
            return False
        self.changed()
        return True

    def _watch(self) -> None:
        while not self._closed.wait(LOOK_S):
            self.look()
