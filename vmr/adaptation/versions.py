"""The versions of a checkpoint that a house has made: kept for good, one of them in use.

They lie in ``checkpoints`` of the data folder, NAME-0001.safetensors with its card, and
NAME.in-use.json says which of them were put in use, the last one now: a step back is one command.
A version answers only to the checkpoint that it was made from, by its fingerprint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.adaptation.adapt import Adapted
from vmr.adaptation.figures import Compared
from vmr.config import Settings
from vmr.errors import VmrError, plural
from vmr.files import data_folder, replacing

if TYPE_CHECKING:
    from vmr.model.two_tower import Model

FOLDER = "checkpoints"
STEPS_MOST = 1000


@dataclass(frozen=True)
class Version:
    """number 0 is the checkpoint itself; made: UTC, ISO 8601; what: facet, sides and figures."""

    number: int
    path: Path
    made: str
    what: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """For a browser: no path of this machine."""
        return {"number": self.number, "name": self.path.name, "made": self.made, **self.what}


class Versions:
    """Those of one checkpoint, in a data folder; ``pointer`` says which is in use."""

    def __init__(self, data: Path, base: Path) -> None:
        self.base, self.folder = base, data / FOLDER
        self.pointer = self.folder / f"{base.stem}.in-use.json"

    def kept(self) -> list[Version]:
        """All that are kept for this checkpoint, the oldest first, without itself."""
        fingerprint = header(self.base).get("fingerprint", "")
        found = []
        for path in sorted(self.folder.glob(f"{self.base.stem}-*.safetensors")):
            number = re.fullmatch(rf"{re.escape(self.base.stem)}-(\d{{4,}})", path.stem)
            head = header(path) if number else {}
            if number and head.get("adapted_from") == fingerprint:
                what = json.loads(head.get("adapted", "{}"))
                found.append(Version(int(number[1]), path, head.get("adapted_at", ""), what))
        return found

    @property
    def used(self) -> Path:
        """The file to open: the version in use, or the checkpoint itself."""
        number = (self._steps() or [0])[-1]
        if not number:
            return self.base
        return next((v.path for v in self.kept() if v.number == number), self.base)

    def keep(self, adapted: Adapted, new: Model, previous: Path) -> Version:
        """Write a new version of a model, with its card; it is not in use yet."""
        from vmr.model.checkpoint import save_model

        numbers = [int(p.stem.rpartition("-")[2]) for p in self._files()]
        number = max(numbers, default=0) + 1
        path = self.folder / f"{self.base.stem}-{number:04d}.safetensors"
        made, what = datetime.now(UTC).isoformat(timespec="seconds"), adapted.as_json()
        metadata = {
            "adapted": json.dumps(what),
            "adapted_at": made,
            "adapted_from": header(self.base).get("fingerprint", ""),
            "adapted_after": previous.name,
        }
        with replacing(path.with_suffix(".md")) as temporary:
            temporary.write_text(card(adapted, made, self.base), encoding="utf-8")
        measured = self.base.with_suffix(".evidence.json")  # of the checkpoint before, by its name
        if measured.is_file():
            with replacing(path.with_suffix(".evidence.json")) as temporary:
                temporary.write_bytes(measured.read_bytes())
        save_model(new, path, metadata)
        return Version(number, path, made, what)

    def use(self, number: int) -> Path:
        """Put a version in use, 0 for the checkpoint itself. Raises VmrError for no version."""
        if number and number not in {version.number for version in self.kept()}:
            raise VmrError("adapt.no_version", number=number)
        self._write([*self._steps(), number][-STEPS_MOST:])
        return self.used

    def back(self) -> Path:
        """What was in use before. Raises VmrError at the beginning."""
        steps = self._steps()
        if not steps:
            raise VmrError("adapt.no_step_back")
        self._write(steps[:-1])
        return self.used

    def _files(self) -> list[Path]:
        name = re.compile(rf"{re.escape(self.base.stem)}-\d{{4,}}")
        return [p for p in self.folder.glob("*.safetensors") if name.fullmatch(p.stem)]

    def _steps(self) -> list[int]:
        try:
            steps = json.loads(self.pointer.read_text(encoding="utf-8"))["steps"]
            return [int(step) for step in steps]
        except (OSError, ValueError, TypeError, KeyError):
            return []

    def _write(self, steps: list[int]) -> None:
        with replacing(self.pointer) as temporary:
            temporary.write_text(json.dumps({"steps": steps}), encoding="utf-8")


def checkpoint_in_use(settings: Settings) -> Path:
    """The checkpoint that the settings name, or the version of it that is in use."""
    return Versions(data_folder(settings.data), settings.checkpoint).used


def header(path: Path) -> dict[str, str]:
    """The header of a checkpoint, without its tensors; {} where there is none."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="np") as file:
            return dict(file.metadata() or {})
    except (OSError, SafetensorError):
        return {}


def card(adapted: Adapted, made: str, base: Path) -> str:
    """The card of a version: what was learnt and measured, then the checkpoint's own card."""
    lines = [
        f"# {base.stem}, adapted {made}",
        "",
        f"Facet `{adapted.facet}` ({', '.join(adapted.names)}), "
        f"{plural(adapted.labels, 'labelled track')}, "
        f"learnt: {' and '.join(adapted.used) or 'nothing'}.",
        "",
    ]
    for side, found in (("tracks", adapted.tracks), ("pictures", adapted.pictures)):
        lines.append(f"- {side}: {found}")
    for facet, figures in adapted.others.items():
        lines.append(f"- {facet}, which was not adapted: {figures}")
    if isinstance(adapted.tracks, Compared):
        how = (
            "on the fifth of the sounds that nothing was learnt from"
            if adapted.honest
            else "by guesses that had not seen the track; the model before may have known some"
        )
        lines.append(f"- tracks were measured {how}")
    own = base.with_suffix(".md")
    text = own.read_text(encoding="utf-8") if own.is_file() else ""
    return "\n".join(lines) + "\n\n" + text
