"""Where the pictures for edited footage come from: packages of free software, or a folder."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vmr.errors import MediaError
from vmr.files import cache_folder

Picture = NDArray[np.uint8]

# Debian packages with free photographs and paintings; licences: checkpoints/starter.md.
PACKAGES = (
    "lomiri-wallpapers-16.04",
    "lomiri-wallpapers-20.04",
    "mate-backgrounds",
    "plasma-workspace-wallpapers",
    "ukui-wallpapers",
)
KINDS = {".jpg", ".jpeg", ".png", ".webp"}
LEAST_SIDE = 400


def pictures(folder: Path) -> list[Path]:
    """Picture files under a folder in a fixed order; of a theme's many sizes only the largest."""
    best: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in KINDS or "screenshot" in path.name:
            continue
        # KDE keeps a theme as NAME/contents/images/5120x2880.png and the like.
        inside = path.relative_to(folder).parts
        theme = inside[: inside.index("contents")] if "contents" in inside else inside
        key = "/".join(theme)
        if key not in best or path.stat().st_size > best[key].stat().st_size:
            best[key] = path
    return [best[key] for key in sorted(best)]


def has_apt() -> bool:
    """Whether packages of Debian can be fetched and unpacked here."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb"))


def fetch_packages(
    say: Callable[[str], None],
    packages: Sequence[str] = PACKAGES,
    name: str = "footage",
) -> Path:
    """Download and unpack packages into a folder ``name`` of the cache; nothing is installed.

    Raises MediaError where there is no apt, or a package cannot be had.
    """
    if not has_apt():
        raise MediaError("footage.no_apt")
    folder = cache_folder() / name
    folder.mkdir(parents=True, exist_ok=True)
    for package in packages:
        if not (folder / package).is_dir():
            say(f"fetching {package}")
            _run(["apt-get", "download", "-q", package], folder)
            (deb,) = folder.glob(f"{package}_*.deb")
            _run(["dpkg-deb", "-x", deb.name, package], folder)
            deb.unlink()
    return folder


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MediaError("footage.failed", command=" ".join(command), reason=done.stderr.strip())


def open_picture(path: Path) -> Picture:
    """(H, W, 3) uint8 RGB with a shorter side of LEAST_SIDE. MediaError if it is no picture."""
    try:
        with Image.open(path) as image:
            image.draft("RGB", (1600, 1600))
            picture = image.convert("RGB")
    except OSError as error:
        raise MediaError("footage.picture", name=path.name) from error
    scale = LEAST_SIDE / min(picture.size)
    return np.asarray(picture.resize([max(LEAST_SIDE, round(s * scale)) for s in picture.size]))
