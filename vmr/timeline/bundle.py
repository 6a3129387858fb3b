"""Everything for an editing program in one zip: the timeline in each format, the cue sheet, and the
music files beside them. The film itself stays where it is and is named.
"""

from __future__ import annotations

import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from vmr.catalogs.policy import Policy
from vmr.errors import LANGUAGES, VmrError
from vmr.files import MUSIC_ENDINGS, has_ending, replacing
from vmr.timeline.cue_sheet import cue_sheet_csv, cue_sheet_html
from vmr.timeline.edl import edl_text
from vmr.timeline.fcpxml import fcpxml_text
from vmr.timeline.mlt import mlt_text
from vmr.timeline.otio import fcp7_text, otio_text
from vmr.timeline.project import Music, Timeline

WRITERS: Mapping[str, Callable[[Timeline], str]] = {
    ".otio": otio_text,
    ".fcpxml": fcpxml_text,
    ".edl": edl_text,
    ".xml": fcp7_text,
    ".mlt": mlt_text,
}
ZIP = ".zip"
OLDEST = (1980, 1, 1, 0, 0, 0)  # the same timeline is the same zip


def text_of(timeline: Timeline, ending: str, language: str = "en") -> str:
    """The timeline as a text file with that ending. KeyError for one that there is not."""
    if ending == ".csv":
        return cue_sheet_csv(timeline, language)
    if ending == ".html":
        return cue_sheet_html(timeline, language)
    return WRITERS[ending](timeline)


def check_export(timeline: Timeline, policy: Policy) -> None:
    """VmrError that names the first track which the policy does not let be taken away."""
    for cue in timeline.cues:
        check_music(cue.music, policy)


def check_music(music: Music, policy: Policy) -> None:
    """VmrError where the policy does not let this track be taken away."""
    refusal = policy.refusal(music.as_track(), "export")
    if refusal is not None:
        raise VmrError("policy.refused", title=music.title, reason=refusal)


def write_bundle(timeline: Timeline, folder: Path, out: Path, policy: Policy) -> None:
    """Write the zip. folder: where relative paths of the music start. Raises VmrError where the
    policy refuses a track, or its file is not there."""
    check_export(timeline, policy)
    names = _names(timeline)
    for path in names:
        if not (folder / path).is_file() or not has_ending(path, MUSIC_ENDINGS):
            raise VmrError("timeline.no_file", name=Path(path).name)
    stem = safe_name(timeline.name)
    moved = replace(
        timeline,
        film=replace(timeline.film, path=timeline.film.path.replace("\\", "/").rpartition("/")[2]),
        cues=tuple(
            replace(cue, music=replace(cue.music, path=names[cue.music.path]))
            for cue in timeline.cues
        ),
    )
    with replacing(out) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for ending in WRITERS:
            _add(archive, f"{stem}{ending}", text_of(moved, ending))
        for language in LANGUAGES:
            for ending in (".csv", ".html"):
                text = text_of(moved, ending, language)
                _add(archive, f"{stem} cue sheet.{language}{ending}", text)
        for path, name in names.items():
            archive.write(folder / path, name)  # as it is: sound does not become smaller


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name, OLDEST)
    archive.writestr(entry, text.encode("utf-8", "replace"), zipfile.ZIP_DEFLATED)


def _names(timeline: Timeline) -> dict[str, str]:
    """Where each music file lies in the zip, by its path."""
    tracks: dict[str, Music] = {cue.music.path: cue.music for cue in timeline.cues}
    return {
        path: f"music/{i:02} {safe_name(music.title)}{Path(path).suffix.lower()}"
        for i, (path, music) in enumerate(tracks.items(), start=1)
    }


def safe_name(text: str) -> str:
    """A title as the name of a file on every system: no folder, no sign that any of them refuses.

    ``"A/B: <C>"`` -> ``"A B C"``.
    """
    plain = unicodedata.normalize("NFC", text)
    plain = "".join(c if c.isprintable() and c not in '\\/:*?"<>|' else " " for c in plain)
    short = " ".join(plain.split()).strip(". ")[:80].strip(". ")
    return short or "timeline"
