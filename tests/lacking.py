"""A catalog that lacks the sound of some tracks, and the packages that it can be fetched from."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from tests.test_recipe import write_deb
from vmr.catalogs.audio_address import locate_audio
from vmr.catalogs.tracks_table import read_tracks, write_tracks
from vmr.config import CATALOGS
from vmr.files import sha256_file

PACKAGES = {"g-one": (0, 1, 2), "g-two": (3, 4, 5)}


def lacking_catalog(base: Path) -> tuple[Path, Path]:
    """The bundled catalog as ``g``, six of its tracks without sound, and a folder of packages."""
    catalog, debs = base / "g", base / "debs"
    shutil.copytree(CATALOGS / "starter", catalog)
    debs.mkdir()
    tracks = list(read_tracks(catalog / "tracks.csv"))
    text = ['name = "g"']
    for name, members in PACKAGES.items():
        files = {}
        text += ["[[package]]", f'name = "{name}"', 'version = "1"', "bytes = 900000", "files = ["]
        for i in members:
            sound = locate_audio(tracks[i].audio, catalog)
            assert sound is not None
            files[f"usr/{i}.opus"] = sound.read_bytes()
            text.append(
                f'{{id = "{tracks[i].id}", path = "usr/{i}.opus", sha256 = "{sha256_file(sound)}", '
                "start_s = 0.0, seconds = 5.0},"
            )
            tracks[i] = replace(tracks[i], audio=f"cache:g/{tracks[i].id}.opus")
        text.append("]")
        write_deb(debs / f"{name}_1_all.deb", files)
    (catalog / "recipe.toml").write_text("\n".join(text), encoding="utf-8")
    write_tracks(catalog / "tracks.csv", tracks)
    return catalog, debs
