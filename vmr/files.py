"""Small facts about files: names, hashes, arrays on disk, the cache folder, writing in one piece.

Arrays are safetensors files with a header of strings. What this module writes carries a checksum of
the arrays, so that a bit that fell over on a disk is noticed.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHECKSUM = "sha256"  # the name of the checksum in the header of an array file

MOST_HEADER = 100_000_000  # bytes, as in the format
DTYPES = {"F16": "<f2", "F32": "<f4", "I64": "<i8", "U8": "u1", "I16": "<i2", "I32": "<i4"}

# The one list of what counts as a video and as music by its name; what is in a file decides later.
VIDEO_ENDINGS = (
    *(".3gp", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg"),
    *(".mts", ".ogv", ".ts", ".webm", ".wmv"),
)
MUSIC_ENDINGS = (
    *(".3ga", ".aac", ".ac3", ".aif", ".aifc", ".aiff", ".amr", ".ape", ".au", ".bwf", ".caf"),
    *(".dff", ".dsf", ".dts", ".eac3", ".flac", ".m4a", ".m4b", ".mka", ".mp2", ".mp3", ".mpc"),
    *(".oga", ".ogg", ".oma", ".opus", ".qoa", ".ra", ".rf64", ".shn", ".snd", ".spx", ".tak"),
    *(".tta", ".voc", ".w64", ".wav", ".weba", ".wma", ".wv"),
)
ASIDE = (".", "$", "__MACOSX")  # beginnings of names that are passed over in a folder


def has_ending(name: str, endings: Collection[str]) -> bool:
    """Whether a file's name ends like one of ``endings``, in any capitals; not for ``.mp3``."""
    stem, dot, ending = name.rpartition(".")
    return bool(stem and dot) and f".{ending.lower()}" in endings


def files_with_ending(folder: Path, endings: Collection[str]) -> list[Path]:
    """The files under a folder, sorted, without hidden ones and what systems keep for themselves.

    A Mac's disk has ._song.mp3 beside song.mp3, its archives __MACOSX, a Windows disk $RECYCLE.BIN.
    """
    return [
        path
        for path in sorted(folder.rglob("*"))
        if has_ending(path.name, endings)
        and not any(part.startswith(ASIDE) for part in path.relative_to(folder).parts)
        and path.is_file()
    ]


def sha256_file(path: Path) -> str:
    """Hex digest of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


CACHE_HANGS_ON = ("XDG_CACHE_HOME", "HOME", "LOCALAPPDATA")


def cache_folder() -> Path:
    """Where features, fetched audio and transcoded videos are kept; may be deleted at any time.

    The environment variable VMR_CACHE moves it.
    """
    chosen = os.environ.get("VMR_CACHE")
    return Path(chosen) if chosen else _own_cache(*map(os.environ.get, CACHE_HANGS_ON))


@lru_cache(maxsize=4)  # asked for each track of an answer
def _own_cache(*environment: str | None) -> Path:
    return Path(platformdirs.user_cache_dir("vmr", appauthor=False))


def data_folder(chosen: Path | None = None) -> Path:
    """Where what people made is kept: labels, logs, projects; nothing here can be made again.

    The folder that was chosen, else that of the environment variable VMR_DATA, else the account's.
    """
    return chosen or Path(
        os.environ.get("VMR_DATA") or platformdirs.user_data_dir("vmr", appauthor=False)
    )


@contextmanager
def replacing(path: Path, keep: bool = False) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its name when the block ends without an error.

    The data are flushed to disk first, so a crash leaves the old file or the new one, never half.
    keep: a file that is there by then stays, as somebody may be reading it, and is as good.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays: some writers choose the format by it.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        if not keep or not _linked(temporary, path):
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_all(folder: Path, contents: Mapping[str, Any]) -> None:
    """Files of a folder by name: a text as it is, all else as JSON."""
    for name, content in contents.items():
        text = content if isinstance(content, str) else json.dumps(content, indent=1) + "\n"
        with replacing(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _linked(temporary: Path, path: Path) -> bool:
    """Whether a file is at ``path``, this one if none was; False where a disk has no links."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return True
    except OSError:
        return False
    return True


def write_tensors(path: Path, tensors: Mapping[str, NDArray], header: Mapping[str, str]) -> None:
    """Write numpy arrays with a header and their checksum; an old file stays until all is there."""
    import numpy as np
    from safetensors.numpy import save_file

    whole = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    with replacing(path) as temporary:
        save_file(whole, str(temporary), metadata={**header, CHECKSUM: checksum(whole)})


def read_tensors(path: Path, framework: str = "np") -> tuple[dict[str, Any], dict[str, str]]:
    """(arrays by name, header) of a safetensors file, numpy or ("pt") torch.

    FileNotFoundError where there is none, ValueError for one that is damaged.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise FileNotFoundError(path)
    try:
        with safe_open(str(path), framework=framework) as file:
            header = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, TypeError, KeyError) as error:
        raise ValueError(str(error)) from error
    if framework == "np" and header.get(CHECKSUM, "") not in ("", checksum(tensors)):
        raise ValueError("the checksum differs")
    return tensors, header


def map_tensors(path: Path) -> tuple[dict[str, NDArray], dict[str, str]]:
    """(arrays by name, header) of a safetensors file, the arrays on the disk: read-only, and read
    as they are used, so the checksum is not compared.

    FileNotFoundError where there is none, ValueError for one that is damaged.
    """
    import numpy as np

    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if size > min(MOST_HEADER, path.stat().st_size):
                raise ValueError("the header is longer than the file")
            described = json.loads(file.read(size))
        header = described.pop("__metadata__", {})
        data = np.memmap(path, dtype=np.uint8, mode="r").view(np.ndarray)[8 + size :]
        tensors = {}
        for name, one in described.items():
            begin, end = one["data_offsets"]
            if not 0 <= begin <= end <= len(data):
                raise ValueError(f"{name} lies outside of the file")
            tensors[name] = data[begin:end].view(DTYPES[one["dtype"]]).reshape(one["shape"])
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error
    return tensors, {str(name): str(text) for name, text in header.items()}


def checksum(tensors: Mapping[str, NDArray]) -> str:
    """Hex digest of contiguous arrays in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].reshape(-1).view("u1").data)
    return digest.hexdigest()


def digest_of(*values: object) -> str:
    """Twelve hex digits that stand for values of JSON, such as an encoder and its columns."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:12]


class ContentCache:
    """Findings on files, kept by the sha256 of their content: a renamed file is found again and a
    changed one is not. The folder is made with the first file and may be deleted at any time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, sha256: str) -> Path:
        """Where what belongs to this hash is kept."""
        return self._folder / sha256[:2] / f"{sha256}.safetensors"

    def read(self, sha256: str) -> tuple[dict[str, NDArray], dict[str, str]] | None:
        """(arrays, header); None where nothing is kept, or where it is damaged."""
        try:
            return read_tensors(self.place(sha256))
        except (OSError, ValueError):
            return None

    def write(self, sha256: str, tensors: Mapping[str, NDArray], header: Mapping[str, str]) -> None:
        """Keep arrays with a header under this hash, over what was there."""
        write_tensors(self.place(sha256), tensors, header)
