"""What ``python -m vmr catalog check`` looks at: is a catalog whole, and may its music be used?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vmr.catalogs.arrays import read_arrays, read_features, read_peaks
from vmr.catalogs.audio_address import audio_folder, check_audio, locate_audio
from vmr.catalogs.licences import UNKNOWN, licence_of
from vmr.catalogs.music import EMBEDDINGS, FEATURES, PEAKS, TRACKS, open_catalog
from vmr.catalogs.policy import Policy, allowed
from vmr.catalogs.recipe import read_recipe
from vmr.catalogs.tracks_table import Track, read_tracks
from vmr.errors import CatalogError, Notice, VmrError, plural, worded
from vmr.files import sha256_file


@dataclass
class Findings:
    """facts: sentences that say what is there; faults: what to put right."""

    facts: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def check_catalog(folder: Path, checkpoint: Path | None = None) -> Findings:
    """Look at every file of a catalog; with a checkpoint, open it for that model too."""
    found = Findings()
    try:
        tracks = read_tracks(folder / TRACKS)
    except CatalogError as error:
        found.faults.append(str(error))
        return found
    found.facts.append(
        f"{plural(len(tracks), 'track')}, {sum(t.seconds for t in tracks) / 60:.0f} min"
    )
    check_labels(tracks, found)
    check_rights(tracks, found)
    check_sound(folder, tracks, found)
    check_arrays(folder, tracks, found)
    if (folder / "recipe.toml").is_file():
        check_recipe(folder, tracks, found)
    if checkpoint is not None:
        check_model(folder, checkpoint, found)
    return found


def check_labels(tracks: tuple[Track, ...], found: Findings) -> None:
    """How many tracks have labels of each facet, tempo, key, energy and voice."""
    for facet in dict.fromkeys(name for track in tracks for name in track.labels):
        counts = Counter(label for track in tracks for label in track.labels.get(facet, ()))
        named = sum(1 for track in tracks if track.labels.get(facet))
        most = ", ".join(f"{label} {n}" for label, n in counts.most_common())
        found.facts.append(f"{facet}: {named} of {len(tracks)} labelled ({most or 'no label'})")
    for name in ("bpm", "key", "energy", "vocals"):
        known = sum(1 for track in tracks if getattr(track, name) not in ("", None))
        found.facts.append(f"{name}: known of {known} of {len(tracks)}")


def check_rights(tracks: tuple[Track, ...], found: Findings) -> None:
    """Each track needs a licence and whom to name; without them nobody may use it."""
    counts = Counter(track.licence or "none" for track in tracks)
    found.facts.append("licences: " + ", ".join(f"{name} {n}" for name, n in counts.most_common()))
    earning = sum(allowed(track, Policy(commercial=True)) for track in tracks)
    found.facts.append(f"with --commercial: {earning} of {plural(len(tracks), 'track')}")
    unclear = Counter(t.licence for t in tracks if licence_of(t.licence).name == UNKNOWN)
    unclear.pop("", None)  # counted below
    for text, n in unclear.most_common(5):
        found.faults.append(
            f"{plural(n, 'track has|tracks have')} the licence {text!r}, which says nothing that "
            "is understood; write an SPDX name such as CC-BY-4.0, or: own contract"
        )
    for name in ("licence", "attribution", "source"):
        without = [track.id for track in tracks if not getattr(track, name)]
        if without:
            first = ", ".join(without[:3]) + (", ..." if len(without) > 3 else "")
            lacking = "{n} of {all} {all:track|tracks} {n:has|have} no "
            whose = worded(lacking, n=len(without), all=len(tracks))
            found.faults.append(f"{whose}{name}: {first}")


def check_sound(folder: Path, tracks: tuple[Track, ...], found: Findings) -> None:
    """How many tracks have their sound here, and whether it is the file that was indexed."""
    root = audio_folder(folder)
    if root is None:
        found.faults.append(str(Notice("catalog.foreign_root", path=folder / "catalog.toml")))
    here = 0
    for track in tracks:
        path = locate_audio(track.audio, root)
        if path is None:
            continue
        here += 1
        is_cut = check_audio(track.audio)[0] == "cache"  # sha256 is of what it was cut from
        if track.sha256 and not is_cut and sha256_file(path) != track.sha256:
            found.faults.append(f"{track.id}: {path} is not the file that was indexed")
    found.facts.append(f"sound of {here} of {plural(len(tracks), 'track')} is here")


def check_arrays(folder: Path, tracks: tuple[Track, ...], found: Findings) -> None:
    """Whether features, waveforms and embeddings are there for every track."""
    ids = [track.id for track in tracks]
    try:
        features = read_features(folder / FEATURES).of(ids)
        rows = np.diff(features.offsets)
        found.facts.append(
            f"features: {features.encoder}, {features.values.shape[1]} columns, "
            f"{rows.min()} to {plural(rows.max(), 'row')} a track"
        )
    except CatalogError as error:
        found.faults.append(str(error))
    except KeyError as error:
        found.faults.append(f"{error.args[0]!r} has no features: index the catalog again")
    try:
        read_peaks(folder / PEAKS, ids)
    except CatalogError as error:
        found.faults.append(str(error))
    if (folder / EMBEDDINGS).is_file():
        try:
            header = read_arrays(folder / EMBEDDINGS)[1]
            found.facts.append(f"embeddings of the model {header.get('fingerprint', '?')[:12]}")
        except CatalogError as error:
            found.faults.append(str(error))


def check_recipe(folder: Path, tracks: tuple[Track, ...], found: Findings) -> None:
    """The recipe must make exactly the files that the table plays."""
    try:
        recipe = read_recipe(folder / "recipe.toml")
    except CatalogError as error:
        found.faults.append(str(error))
        return
    sources = {source.id: source for package in recipe.packages for source in package.sources}
    for track in tracks:
        source = sources.pop(track.id, None)
        if source is None:
            found.faults.append(f"{track.id} is not in the recipe")
        elif track.audio != f"cache:{recipe.name}/{track.id}.opus":
            found.faults.append(f"{track.id}: the recipe makes another file than {track.audio}")
        elif track.sha256 != source.sha256:
            found.faults.append(f"{track.id}: sha256 differs between the table and the recipe")
    found.faults.extend(f"{id} is in the recipe and not in the table" for id in sources)
    size = sum(package.size_bytes for package in recipe.packages)
    found.facts.append(
        f"recipe: {plural(len(recipe.packages), 'package')}, {size / 1e9:.1f} GB to download"
    )


def check_model(folder: Path, checkpoint: Path, found: Findings) -> None:
    """Whether the catalog opens with a checkpoint."""
    from vmr.model.checkpoint import load_model

    try:
        model = load_model(checkpoint)
        catalog = open_catalog(folder, model)
        path = folder / EMBEDDINGS
        fresh = path.is_file() and read_arrays(path)[1].get("fingerprint") == catalog.fingerprint
        found.facts.append(
            f"opens with {checkpoint.name}; its embeddings "
            + ("are stored" if fresh else "are made on opening: python -m vmr index --catalog DIR")
        )
    except VmrError as error:
        found.faults.append(str(error))
