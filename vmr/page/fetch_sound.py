"""The sound of catalogs that bring only a recipe, fetched from the page. No gradio here.

Only where whoever runs the server allows it: a fetch writes gigabytes and asks Debian's servers.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.catalogs.fetch_order import in_fetching_order
from vmr.catalogs.fetching import Step, fetch, planned
from vmr.catalogs.recipe import Recipe, read_recipe
from vmr.errors import VmrError
from vmr.files import cache_folder
from vmr.media.limits import StoppedError
from vmr.media.stopping import is_over
from vmr.page.shown import in_languages

if TYPE_CHECKING:
    from vmr.catalogs.music import Catalog
    from vmr.page.service import Service
    from vmr.query import StageProgress

FIRST = 40  # tracks of the first helping: most genres and moods


@dataclass(frozen=True)
class Missing:
    """What has no sound of a catalog: ids in the order in which they are worth fetching."""

    recipe: Recipe
    ids: tuple[str, ...]

    def size_bytes(self, count: int) -> int:
        """Bytes of the packages that hold the first of them."""
        return sum(package.size_bytes for package, _ in planned(self.recipe, self.ids[:count]))

    @property
    def out(self) -> Path:
        """The folder that their sound belongs into."""
        return cache_folder() / self.recipe.name


class SoundFetcher:
    """Offers what can be fetched, and fetches it.

    debs: a folder of packages to take instead of asking Debian; ``opened_again`` is called after
    each fetch, for what the server says of its catalogs.
    """

    def __init__(self, service: Service, allowed: bool = False, debs: Path | None = None) -> None:
        self.service = service
        self.allowed = allowed
        self.debs = debs
        self.opened_again: Callable[[], object] = lambda: None

    def offers(self) -> list[dict[str, Any]]:
        """For each catalog with a recipe and tracks without sound: name, missing, and helpings
        with their number of tracks and bytes of packages; [] where nothing may be fetched."""
        if not self.allowed or not (self.debs or shutil.which("apt-get")):
            return []
        found = ((c.name, _missing(c)) for c in self.service.retriever.catalogs)
        return [
            {
                "name": name,
                "missing": len(missing.ids),
                "helpings": [
                    {"tracks": count, "bytes": missing.size_bytes(count)}
                    for count in sorted({min(FIRST, len(missing.ids)), len(missing.ids)})
                ],
            }
            for name, missing in found
            if missing and missing.ids
        ]

    def fetch(self, name: str, count: int, progress: StageProgress) -> dict[str, Any]:
        """Fetch the first ``count`` of what a catalog has no sound of: how many were fetched, and
        of each failure name and reason. What was fetched stays, also when nobody waits any more.
        Raises VmrError where nothing may be fetched, or nothing could be."""
        catalogs = {catalog.name: catalog for catalog in self.service.retriever.catalogs}
        missing = _missing(catalogs[name]) if self.allowed and name in catalogs else None
        if missing is None:
            raise VmrError("fetch.not_offered")
        over = is_over()

        def tell(step: Step) -> None:
            if over():
                raise StoppedError("page.stopped")
            progress(step.action, step.done_bytes / max(1, step.total_bytes))

        try:
            order = missing.ids[: max(1, count)]
            report = fetch(missing.recipe, missing.out, debs=self.debs, order=order, progress=tell)
        finally:
            self.opened_again()
        failed = [{"name": what, "reason": in_languages(why)} for what, why in report.failed]
        return {"fetched": len(report.fetched), "failed": failed}


def _missing(catalog: Catalog) -> Missing | None:
    """None for a catalog without a recipe. Raises CatalogError for a bad one."""
    path = catalog.folder / "recipe.toml"
    if not path.is_file():
        return None
    recipe = read_recipe(path)
    silent = {t.id for i, t in enumerate(catalog.tracks) if catalog.audio_path(i) is None}
    return Missing(
        recipe, tuple(id for id in in_fetching_order(recipe, catalog.tracks) if id in silent)
    )
