"""Recipes: how a catalog's audio is fetched when the catalog itself may only carry the tables.

A recipe.toml lists packages of a Debian archive and, per package, the files wanted, their sha256
and the excerpt to cut. One package at a time is downloaded with the system's own ``apt-get
download`` (no root, nothing is installed), unpacked as far as needed (vmr.deb), checked, cut,
encoded to Opus and deleted again.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vmr.deb import unpack
from vmr.errors import CatalogError
from vmr.files import replacing, sha256_file
from vmr.media.ffmpeg import SAFE_INPUT, ffmpeg_path
from vmr.tracks import ID

OPUS = ("-c:a", "libopus", "-b:a", "96k", "-ar", "48000", "-ac", "2")
FADE_OUT_S = 1.0  # an excerpt that stops in the middle of a bar is unpleasant to preview
CUT_LIMIT_S = 300


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


@dataclass(frozen=True)
class Step:
    """What a fetch is doing, for a progress line. Bytes are of packages, downloaded or skipped."""

    package: str
    action: str  # "download", "unpack", "cut"
    done_bytes: int
    total_bytes: int
    elapsed_s: float
    tracks_done: int
    tracks_total: int

    @property
    def left_s(self) -> float | None:
        """Seconds left at the pace so far, None before anything is done."""
        if self.done_bytes <= 0 or self.elapsed_s < 1:
            return None
        return self.elapsed_s * (self.total_bytes - self.done_bytes) / self.done_bytes


@dataclass(frozen=True)
class Report:
    """ids fetched now, ids that were there, and (id or package, reason) of what failed."""

    fetched: tuple[str, ...]
    present: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]


def read_recipe(path: Path) -> Recipe:
    """Read recipe.toml. Raises CatalogError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        packages = tuple(_package(entry) for entry in table["package"])
        recipe = Recipe(str(table["name"]), packages)
        if not ID.fullmatch(recipe.name):  # it becomes a folder of the cache
            raise ValueError(f"{recipe.name!r} is not a name")
    except FileNotFoundError as error:
        raise CatalogError(
            f"{path.parent} has no recipe.toml, so there is nothing to fetch for it."
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CatalogError(f"{path} is not a recipe that can be read: {error!r}") from error
    except ValueError as error:
        raise CatalogError(f"{path}: {error}") from error
    ids = [source.id for package in recipe.packages for source in package.sources]
    if len(set(ids)) != len(ids):
        raise CatalogError(f"{path} names a track twice.")
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


def fetch(
    recipe: Recipe,
    out: Path,
    *,
    debs: Path | None = None,
    limit: int | None = None,
    progress: Callable[[Step], None] = lambda step: None,
) -> Report:
    """Bring the recipe's excerpts into ``out`` as ``<id>.opus``; what is there already is kept.

    debs: a folder of .deb files to use instead of apt-get; limit: at most so many tracks, in the
    recipe's order. A package or file that fails is reported and the others go on. Raises
    CatalogError where nothing can be fetched at all.
    """
    if debs is None and shutil.which("apt-get") is None:
        raise CatalogError(_no_apt(recipe))
    wanted = [s.id for p in recipe.packages for s in p.sources][:limit]
    present = tuple(id for id in wanted if (out / f"{id}.opus").is_file())
    missing = set(wanted) - set(present)
    plan = [
        (package, [source for source in package.sources if source.id in missing])
        for package in recipe.packages
    ]
    plan = [(package, sources) for package, sources in plan if sources]
    total_bytes = sum(package.size_bytes for package, _ in plan)
    fetched: list[str] = []
    failed: list[tuple[str, str]] = []
    start, done_bytes = time.monotonic(), 0
    for package, sources in plan:

        def tell(
            action: str, part: int, name: str = package.name, before: int = done_bytes
        ) -> None:
            elapsed_s = time.monotonic() - start
            count = len(present) + len(fetched)
            progress(Step(name, action, before + part, total_bytes, elapsed_s, count, len(wanted)))

        try:
            for id, reason in _fetch_package(package, sources, out, debs, tell):
                if reason:
                    failed.append((id, reason))
                else:
                    fetched.append(id)
        except CatalogError as error:
            failed.append((package.name, str(error)))
        done_bytes += package.size_bytes
    return Report(tuple(fetched), present, tuple(failed))


def _no_apt(recipe: Recipe) -> str:
    return (
        f"This system has no apt-get, which fetches the music of {recipe.name!r} from Debian. Its "
        "tracks are ranked all the same, they only cannot be played. Instead, save the packages "
        "that its recipe.toml names from https://packages.debian.org/bookworm/ into a folder and "
        f"run `python -m vmr catalog fetch {recipe.name} --debs FOLDER`, or use the catalog "
        "'starter', whose music pip installs, or index music of your own with "
        "`python -m vmr index --music FOLDER --catalog DIR`."
    )


def _fetch_package(
    package: Package,
    sources: Sequence[Source],
    out: Path,
    debs: Path | None,
    tell: Callable[[str, int], None],
) -> Iterator[tuple[str, str]]:
    """(id, "") for a track that is there now, (id, reason) for one that is not."""
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
                yield source.id, f"{package.name} holds no file {source.path}"
            elif sha256_file(file) != source.sha256:
                yield (
                    source.id,
                    f"{source.path} of {package.name} is not the file that the recipe describes "
                    f"(version {package.version}); it is left out",
                )
            else:
                yield source.id, _cut_or_reason(file, out, source)


def _cut_or_reason(file: Path, out: Path, source: Source) -> str:
    try:
        cut(file, out / f"{source.id}.opus", source.start_s, source.seconds)
    except CatalogError as error:
        return str(error)
    return ""


def _check_space(package: Package, out: Path) -> None:
    # The package, and an archive of about the same size unpacked beside it.
    needed = (2.2 if package.archive else 1.3) * package.size_bytes + 100e6
    free = shutil.disk_usage(out).free
    if free < needed:
        raise CatalogError(
            f"{out} has {free / 1e9:.1f} GB free, {package.name} needs {needed / 1e9:.1f} GB while "
            "it is unpacked. Make room, or move the cache with the variable VMR_CACHE."
        )


def _given(package: Package, debs: Path) -> Path:
    found = sorted(debs.glob(f"{package.name}_*.deb"))
    if not found:
        raise CatalogError(f"{debs} holds no {package.name}_*.deb")
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
            f"apt-get could not download {package.name}: {'; '.join(complaints) or 'no reason'}. "
            "Run `sudo apt-get update` once and try again; the packages are in Debian 12 (main)."
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
            raise CatalogError(f"{target.stem} took longer than {CUT_LIMIT_S} s to cut") from error
        if done.returncode or temporary.stat().st_size < 1000:
            reason = done.stderr.strip().splitlines()[-1:] or ["no sound in the excerpt"]
            raise CatalogError(f"{target.stem} could not be encoded: {reason[0]}")
