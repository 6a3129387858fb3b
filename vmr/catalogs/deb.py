"""Take single files out of a Debian package without installing it, also where there is no dpkg.

A .deb is an ``ar`` archive of three members: the format's version, the control data, and a tar of
the files (man 5 deb). Paths inside are only compared with the ones wanted and never used as names
here, so no package can write anywhere else.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import unix_ar

from vmr.errors import CatalogError

AR_HEADER_BYTES = 60  # man 5 ar


def unpack(deb: Path, archive: str | None, paths: Collection[str], work: Path) -> dict[str, Path]:
    """The files wanted as {path: file in ``work``}; what the package lacks is left out.

    ``paths`` are in the package, or, where ``archive`` is named, in that zip inside it. Reading
    stops when all are found. Raises CatalogError for a damaged package.
    """
    if archive is None:
        return _unpack_tar(deb, set(paths), work)
    found = _unpack_tar(deb, {archive}, work)
    if not found:
        return {}
    try:
        return _unpack_zip(found[archive], paths, work)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise CatalogError("deb.archive_damaged", archive=archive, name=deb.name) from error
    finally:
        found[archive].unlink()


def _unpack_zip(file: Path, paths: Collection[str], work: Path) -> dict[str, Path]:
    files: dict[str, Path] = {}
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        for path in sorted(names.intersection(paths)):
            with archive.open(path) as inside:
                files[path] = _copy(inside, work / f"zip-{len(files)}")
    return files


def _unpack_tar(deb: Path, paths: set[str], work: Path) -> dict[str, Path]:
    files: dict[str, Path] = {}
    try:
        with _data(deb) as stream, tarfile.open(fileobj=stream, mode="r|*") as tar:
            for member in tar:
                path = member.name.removeprefix("./")
                inside = tar.extractfile(member) if path in paths and member.isfile() else None
                if inside is not None:
                    files[path] = _copy(inside, work / f"tar-{len(files)}")
                    if len(files) == len(paths):
                        break
    except (tarfile.TarError, EOFError, OSError) as error:
        raise CatalogError("deb.unpack", name=deb.name, reason=error) from error
    return files


def _copy(inside: IO[bytes], target: Path) -> Path:
    with target.open("wb") as outside:
        shutil.copyfileobj(inside, outside, 1 << 20)
    return target


@contextmanager
def _data(deb: Path) -> Iterator[IO[bytes]]:
    """The package's tar of files as a stream, by dpkg-deb where there is one."""
    if not shutil.which("dpkg-deb"):
        with deb.open("rb") as file:
            seek_data(file, deb.name)
            yield file
        return
    process = subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(deb)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.stdout.close()
        process.kill()  # it may still be unpacking what nobody wants
        process.wait()


def seek_data(file: IO[bytes], name: str) -> None:
    """Move to the first byte of the member data.tar.*; CatalogError for what is no package."""
    try:
        members = unix_ar.ArFile(file).infolist()
    except ValueError as error:
        raise CatalogError("deb.other", name=name) from error
    data = next((member for member in members if member.name.startswith(b"data.tar")), None)
    if data is None:
        raise CatalogError("deb.damaged", name=name)
    if data.name.rstrip(b"/").endswith(b".zst"):
        raise CatalogError("deb.zstd", name=name)
    file.seek(data.offset + AR_HEADER_BYTES)
