"""Fetch the audio that a recipe describes, one Debian package at a time.

A package is downloaded with the system's own ``apt-get download`` (no root, nothing is installed),
unpacked as far as needed (vmr.catalogs.deb), checked, cut, encoded to Opus and deleted again.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from vmr.catalogs.deb import unpack
from vmr.catalogs.recipe import Package, Recipe, Source
from vmr.errors import CatalogError, Notice
from vmr.files import replacing, sha256_file
from vmr.media.ffmpeg import SAFE_INPUT, ffmpeg_path

OPUS = ("-c:a", "libopus", "-b:a", "96k", "-ar", "48000", "-ac", "2")
FADE_OUT_S = 1.0  # an excerpt that stops in the middle of a bar is unpleasant to preview
CUT_LIMIT_S = 300


@dataclass(frozen=True)
class Step:
    """What a fetch is doing, for a progress line. Bytes are of packages; tracks that were there
    before it began count as done."""

    package: str
    action: str  # "download", "unpack", "cut"
    done_bytes: int
    total_bytes: int
    tracks_done: int
    tracks_total: int


@dataclass(frozen=True)
class Report:
    """ids fetched now, ids that were there, and (id or package, reason) of what failed."""

    fetched: tuple[str, ...]
    present: tuple[str, ...]
    failed: tuple[tuple[str, Notice], ...]


def fetch(
    recipe: Recipe,
    out: Path,
    *,
    debs: Path | None = None,
    order: Sequence[str] | None = None,
    limit: int | None = None,
    progress: Callable[[Step], None] = lambda step: None,
) -> Report:
    """Bring the recipe's excerpts into ``out`` as ``<id>.opus``; what is there already is kept.

    debs: a folder of .deb files to use instead of apt-get; order: ids of the recipe's sources, its
    own order without one (vmr.catalogs.fetch_order has a better one); limit: at most so many
    tracks, along that order. A package or file that fails is reported and the others go on; what
    ``progress`` raises ends the fetch. Raises CatalogError where nothing can be fetched at all.
    """
    if debs is None and shutil.which("apt-get") is None:
        raise CatalogError("fetch.no_apt", name=recipe.name)
    ids = list(order or [s.id for p in recipe.packages for s in p.sources])[:limit]
    present = tuple(id for id in ids if (out / f"{id}.opus").is_file())
    plan = planned(recipe, [id for id in ids if id not in set(present)])
    total_bytes = sum(package.size_bytes for package, _ in plan)
    fetched: list[str] = []
    failed: list[tuple[str, Notice]] = []
    done_bytes = 0

    def tell(name: str, action: str, part: int) -> None:
        done = len(present) + len(fetched)
        progress(Step(name, action, done_bytes + part, total_bytes, done, len(ids)))

    for package, sources in plan:
        try:
            for id, reason in _fetch_package(
                package, sources, out, debs, partial(tell, package.name)
            ):
                if reason:
                    failed.append((id, reason))
                else:
                    fetched.append(id)
        except CatalogError as error:
            failed.append((package.name, error.notice))
        done_bytes += package.size_bytes
    return Report(tuple(fetched), present, tuple(failed))


def planned(recipe: Recipe, missing: Sequence[str]) -> list[tuple[Package, list[Source]]]:
    """The packages that hold what is missing, with those of their sources, in the order given."""
    sources = {s.id: (package, s) for package in recipe.packages for s in package.sources}
    plan: dict[str, tuple[Package, list[Source]]] = {}
    for package, source in (sources[id] for id in missing):
        plan.setdefault(package.name + (package.archive or ""), (package, []))[1].append(source)
    return list(plan.values())


def _fetch_package(
    package: Package,
    sources: Sequence[Source],
    out: Path,
    debs: Path | None,
    tell: Callable[[str, int], None],
) -> Iterator[tuple[str, Notice | None]]:
    """(id, None) for a track that is there now, (id, reason) for one that is not."""
    out.mkdir(parents=True, exist_ok=True)
    _check_space(package, out)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=out) as name:
        work = Path(name)
        tell("download", 0)
        deb = _given(package, debs) if debs else _download(package, work, tell)
        tell("unpack", package.size_bytes)
        files = unpack(deb, package.archive, {source.path for source in sources}, work)
        if not debs:
            deb.unlink()
        for source in sources:
            tell("cut", package.size_bytes)
            file = files.get(source.path)
            if file is None:
                yield (
                    source.id,
                    Notice("fetch.no_file", package=package.name, path=source.path),
                )
            elif sha256_file(file) != source.sha256:
                yield source.id, _other_file(package, source)
            else:
                yield source.id, _cut_or_reason(file, out, source)


def _other_file(package: Package, source: Source) -> Notice:
    return Notice(
        "fetch.other_file", package=package.name, path=source.path, version=package.version
    )


def _cut_or_reason(file: Path, out: Path, source: Source) -> Notice | None:
    try:
        cut(file, out / f"{source.id}.opus", source.start_s, source.seconds)
    except CatalogError as error:
        return error.notice
    return None


def _check_space(package: Package, out: Path) -> None:
    # The package, and an archive of about the same size unpacked beside it.
    needed = (2.2 if package.archive else 1.3) * package.size_bytes + 100e6
    free = shutil.disk_usage(out).free
    if free < needed:
        raise CatalogError(
            "fetch.no_space",
            folder=out,
            free_gb=free / 1000000000.0,
            package=package.name,
            needed_gb=needed / 1000000000.0,
        )


def _given(package: Package, debs: Path) -> Path:
    found = sorted(debs.glob(f"{package.name}_*.deb"))
    if not found:
        raise CatalogError("fetch.no_deb", folder=debs, package=package.name)
    return found[-1]


def _download(package: Package, work: Path, tell: Callable[[str, int], None]) -> Path:
    """The package's .deb in ``work``, by apt-get download."""
    with (work / "apt.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            ["apt-get", "download", "-q", package.name],
            cwd=work,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            while process.poll() is None:
                time.sleep(0.25)
                so_far = sum(file.stat().st_size for file in work.glob("*.deb"))
                tell("download", min(so_far, package.size_bytes))
        finally:
            process.kill()
            process.wait()
        log.seek(0)
        complaints = [line[2:].strip() for line in log if line.startswith("E:")]
    found = sorted(work.glob(f"{package.name}_*.deb"))
    if process.returncode or not found:
        raise CatalogError(
            "fetch.apt_failed", package=package.name, reason="; ".join(complaints) or "no reason"
        )
    return found[0]


def cut(source: Path, target: Path, start_s: float, seconds: float) -> None:
    """Write the excerpt as Opus under ``target``. Raises CatalogError."""
    fade = f"afade=t=out:st={max(0.0, seconds - FADE_OUT_S):.3f}:d={FADE_OUT_S}"
    with replacing(target) as temporary:
        command = [
            *(ffmpeg_path(), *SAFE_INPUT, "-v", "error", "-y"),
            *("-ss", f"{start_s:.3f}", "-i", str(source), "-t", f"{seconds:.3f}"),
            *("-map", "0:a:0", "-map_metadata", "-1", "-fflags", "+bitexact", "-af", fade),
            *OPUS,
            str(temporary),
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=CUT_LIMIT_S)
        except subprocess.TimeoutExpired as error:
            raise CatalogError("fetch.slow_cut", name=target.stem, seconds=CUT_LIMIT_S) from error
        if done.returncode or temporary.stat().st_size < 1000:
            reason = done.stderr.strip().splitlines()[-1:] or ["no sound in the excerpt"]
            raise CatalogError("fetch.encode", name=target.stem, reason=reason[0])
