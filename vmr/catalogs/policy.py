"""What a house allows to be done with music: one file decides, one function asks it.

A policy is a TOML file. Each table names a use, which also obeys the tables of the uses before it
in USES: what may not be ranked may not be exported either.

    territory = "JP"              # tracks whose rights end elsewhere are refused; optional

    [rank]                        # what may be ranked at all
    commercial = true             # must be allowed to earn money, and to be laid under a video
    [download]
    share_alike = false           # nothing that asks for the video to be passed on as freely
    never = ["GPL-*"]             # names of licences that are refused
    [export]
    only = ["own contract", "CC0-1.0", "CC-BY-*"]     # all others are refused

In names ``*`` stands for any version, so that ``CC-BY-*`` is not ``CC-BY-NC-4.0``. Of licences
joined by OR one must do, of those joined by AND all. ``--commercial`` is the policy
``Policy(commercial=True)``. Rights that have ended, or have not begun, stop taking a track away
(download, export) and nothing else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmr.catalogs.grouped import kinds
from vmr.catalogs.licences import Licence, licence_of
from vmr.catalogs.tracks_table import RIGHTS, USES, Track
from vmr.config import Settings
from vmr.errors import CatalogError, Notice

TAKEN_AWAY = ("download", "export")


@dataclass(frozen=True)
class Rule:
    """What one use demands. commercial: leave to earn money with it under a video; share_alike
    False: nothing that asks for the same licence; only, never: names with ``*``."""

    commercial: bool = False
    share_alike: bool = True
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def refusal(self, licence: Licence) -> Notice | None:
        """Why this licence does not do, None where it does."""
        if self.commercial and not licence.commercial:
            return Notice("policy.not_commercial", licence=licence.name)
        if self.commercial and not licence.derivative:
            return Notice("policy.no_derivative", licence=licence.name)
        if not self.share_alike and licence.share_alike:
            return Notice("policy.share_alike", licence=licence.name)
        parts = licence.name.split(" AND ")
        refused = any(_named(part, self.never) for part in parts)
        if refused or (self.only and not all(_named(part, self.only) for part in parts)):
            return Notice("policy.licence", licence=licence.name)
        return None


def _named(name: str, patterns: Sequence[str]) -> bool:
    """``CC-BY-4.0`` is named by ``CC-BY-*``, ``GPL-2.0-or-later`` by ``GPL-*``."""
    version = r"\d+(\.\d+)*(-only|-or-later)?"
    return any(
        re.fullmatch(version.join(map(re.escape, pattern.split("*"))), name) for pattern in patterns
    )


@dataclass(frozen=True)
class Policy:
    """commercial: demanded of every use; rules by use; territory: a code of a country, or ""."""

    commercial: bool = False
    rules: Mapping[str, Rule] = field(default_factory=dict)
    territory: str = ""

    def refusal(self, track: Track, use: str = "rank", on: date | None = None) -> Notice | None:
        """Why the track may not be used so on a day (today), None where it may."""
        rules = [Rule(commercial=self.commercial)]
        rules += [self.rules[u] for u in USES[: USES.index(use) + 1] if u in self.rules]
        reasons = [
            next((reason for rule in rules if (reason := rule.refusal(option))), None)
            for option in options(licence_of(track.licence))
        ]
        if None not in reasons:
            return reasons[0]
        return self._contract(track, use, on or datetime.now(UTC).date())

    def _contract(self, track: Track, use: str, on: date) -> Notice | None:
        """What the track's own row says: uses, territory, first and last day."""
        if track.uses and use not in track.uses:
            return Notice("policy.use", uses=", ".join(track.uses))
        elsewhere = track.territory and "world" not in track.territory
        if self.territory and elsewhere and self.territory.lower() not in track.territory:
            return Notice("policy.territory", territory=", ".join(track.territory).upper())
        if use in TAKEN_AWAY and track.valid_until and on.isoformat() > track.valid_until:
            return Notice("policy.ended", day=track.valid_until)
        if use in TAKEN_AWAY and track.valid_from and on.isoformat() < track.valid_from:
            return Notice("policy.not_begun", day=track.valid_from)
        return None


def options(licence: Licence) -> list[Licence]:
    """Those that one may choose from: of ``A OR B`` each, otherwise the licence alone."""
    names = licence.name.split(" OR ")
    return [licence] if len(names) == 1 else [licence_of(name.strip("()")) for name in names]


EVERYTHING = Policy()


def allowed(track: Track, policy: Policy, use: str = "rank", on: date | None = None) -> bool:
    """Whether the policy lets this track be used so on a day (today): one of USES."""
    return policy.refusal(track, use, on) is None


CONTRACT = ("licence", *RIGHTS)  # the columns that decide


def allowed_mask(
    tracks: Sequence[Track], policy: Policy, use: str = "rank", on: date | None = None
) -> NDArray[np.bool_]:
    """``allowed`` for each track: (N,)."""
    found = kinds(tracks, CONTRACT, lambda track: allowed(track, policy, use, on))
    return found.array(np.bool_)


def read_policy(path: Path, commercial: bool = False) -> Policy:
    """Read a policy file; ``commercial`` is demanded besides. Raises CatalogError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        unknown = set(table) - {"territory", *USES}
        if unknown:
            raise ValueError(f"{min(unknown)}: not one of territory, {', '.join(USES)}")
        territory = table.get("territory", "")
        if not isinstance(territory, str):
            raise ValueError("territory is no text")
        rules = {name: _rule(name, table[name]) for name in USES if name in table}
    except OSError as error:
        raise CatalogError("policy.none", path=path) from error
    except (UnicodeDecodeError, ValueError) as error:
        raise CatalogError("policy.bad", path=path, reason=error) from error
    return Policy(commercial, rules, territory)


def policy_of(settings: Settings) -> Policy:
    """What the settings demand, from the file that they name. Raises CatalogError."""
    if settings.policy is None:
        return Policy(settings.commercial)
    return read_policy(settings.policy, settings.commercial)


def _rule(name: str, table: Any) -> Rule:
    kinds = {field.name: type(field.default) for field in fields(Rule)}
    if not isinstance(table, dict) or set(table) - set(kinds):
        raise ValueError(f"[{name}] may say: {', '.join(kinds)}")
    values: dict[str, Any] = {}
    for key, value in table.items():
        listed = isinstance(value, list) and all(isinstance(text, str) for text in value)
        if not (listed if kinds[key] is tuple else isinstance(value, bool)):
            wants = "a list of names" if kinds[key] is tuple else "true or false"
            raise ValueError(f"{key} of [{name}] is not {wants}")
        values[key] = tuple(value) if listed else value
    return Rule(**values)
