"""The catalog that stands in a folder before it is indexed again: its rows and its arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.arrays import PEAKS as PEAK_COUNT
from vmr.catalogs.arrays import parse_ids
from vmr.catalogs.feature_file import FeatureFile
from vmr.catalogs.music import FEATURES, PEAKS, TRACKS
from vmr.catalogs.tracks_table import Track, read_tracks
from vmr.files import read_tensors

Peaks = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Earlier:
    """by_content: rows by the sha256 of their file; stored: the id under which the arrays of a
    content stand in ``features`` and in ``peaks``; features is None where there are none."""

    tracks: tuple[Track, ...] = ()
    by_content: Mapping[str, Track] = field(default_factory=dict)
    stored: Mapping[str, str] = field(default_factory=dict)
    features: FeatureFile | None = None
    peaks: Mapping[str, Peaks] = field(default_factory=dict)

    def changed(self, audio: str, contents: set[str]) -> Track | None:
        """What a person may have written of a file whose content is another now, else None.

        A row whose old content is still there, in ``contents``, has moved with it.
        """
        for sha256, track in self.by_content.items():
            if track.audio == audio and sha256 not in contents:
                return replace(
                    track, seconds=0.0, bpm=None, key="", energy=None, vocals="", sha256=""
                )
        return None


def open_earlier(folder: Path, encoder: str, stack: ExitStack) -> Earlier:
    """What can be used again; ``stack`` closes the file of features. Raises CatalogError for a
    table that is damaged: a person may have edited it, and it is not to be overwritten."""
    if not (folder / TRACKS).is_file():
        return Earlier()
    tracks = read_tracks(folder / TRACKS)
    by_id = {track.id: track for track in tracks}
    by_content = {track.sha256: track for track in tracks if track.sha256}
    try:
        features = stack.enter_context(FeatureFile(folder / FEATURES))
        arrays, header = read_tensors(folder / PEAKS)
        peaks = _peaks(parse_ids(header), arrays)
    except (OSError, ValueError, KeyError):  # older, missing or damaged: made again
        return Earlier(tracks, by_content)
    if features.encoder != encoder:
        return Earlier(tracks, by_content)
    items = [features.item(id) for id in features.ids]
    # A run that was killed between the two files leaves them with different content for an id.
    both = {i.id: peaks[i.id, i.sha256] for i in items if (i.id, i.sha256) in peaks}
    stored = {i.sha256: i.id for i in items if i.id in both and i.id in by_id}
    by_content |= {sha256: by_id[id] for sha256, id in stored.items()}
    return Earlier(tracks, by_content, stored, features, both)


def _peaks(ids: Sequence[str], arrays: Mapping[str, NDArray]) -> dict[tuple[str, str], Peaks]:
    """{(id, sha256 of the file): waveform}. KeyError or ValueError for what lacks either."""
    content = [row.tobytes().hex() for row in arrays["content"]]
    rows = arrays["peaks"].reshape(-1, PEAK_COUNT)
    return {(id, sha): row for id, sha, row in zip(ids, content, rows, strict=True)}
