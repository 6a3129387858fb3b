"""What is said to people: errors and notices, each a key of ``sentences.toml`` with its values.

``sentences.toml`` holds every sentence in every language. A sentence says what is wrong, with which
file or value, and what to do next; ``str()`` is the English one. A caller's bug is a ValueError or
TypeError instead, so that a VmrError can always be shown and anything else is ours.
"""

from __future__ import annotations

import numbers
import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePath
from typing import Any

LANGUAGES = ("en", "ja")
SENTENCES = Path(__file__).with_name("sentences.toml")


class Place(str):
    """A path of this machine as text: whoever runs the program reads it, a visitor does not."""

    __slots__ = ()


class _Formatter(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        """``{count:track|tracks}`` is the first where the value is 1, as a number or as text."""
        one, bar, more = format_spec.partition("|")
        if bar:
            return one if str(value) in ("1", "1.0") else more
        return str(super().format_field(value, format_spec))


_FORMATTER = _Formatter()


def worded(template: str, /, **values: object) -> str:
    """A template with its values: ``"{n} {n:track|tracks}"`` -> "1 track", "28 tracks"."""
    return _FORMATTER.format(template, **values)


def plural(count: int, words: str) -> str:
    """``(1, "track")`` -> "1 track", ``(2, "query|queries")`` -> "2 queries"."""
    one, _, more = words.partition("|")
    return worded(f"{{n}} {{n:{one}|{more or one + 's'}}}", n=count)


class Notice:
    """A sentence by its key, such as ``Notice("media.empty", name="a.mp4")``.

    Values that are no text, number, notice or error are kept as their text, so that a notice can
    be sent to another process or put into a file.
    """

    def __init__(self, key: str, /, **values: object) -> None:
        self.key = key
        self.values = {name: _plain(value) for name, value in values.items()}

    def sentence(self, language: str = "en") -> str:
        """The whole text in a language of LANGUAGES. KeyError for a key or value that is missing,
        which is a bug that tests/test_errors.py finds."""
        template = sentences()[self.key][language]
        values = {
            name: value.sentence(language) if isinstance(value, Notice) else value
            for name, value in self.values.items()
        }
        return worded(template, **values)

    def in_languages(self) -> dict[str, str]:
        """{"en": ..., "ja": ...}, for a browser that chooses by itself."""
        return {language: self.sentence(language) for language in LANGUAGES}

    def as_json(self) -> dict[str, Any]:
        """{"key", "values"}, for another process or a file; ``from_json`` reads it."""
        values = {
            name: value.as_json() if isinstance(value, Notice) else value
            for name, value in self.values.items()
        }
        return {"key": self.key, "values": values}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Notice:
        """The notice of ``as_json``."""
        values = {
            name: cls.from_json(value) if isinstance(value, dict) else value
            for name, value in stored["values"].items()
        }
        return cls(stored["key"], **values)

    def __str__(self) -> str:
        return self.sentence()

    def __repr__(self) -> str:
        return f"Notice({self.key!r}, {self.values!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Notice) and self.as_json() == other.as_json()

    def __hash__(self) -> int:
        return hash(self.key)


class VmrError(Exception):
    """Base of all errors that are meant for the person using the program."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key)
        self.notice = Notice(key, **values)

    @classmethod
    def of(cls, notice: Notice) -> VmrError:
        """The error that says a notice."""
        return cls(notice.key, **notice.values)

    def sentence(self, language: str = "en") -> str:
        """The whole text in a language of LANGUAGES."""
        return self.notice.sentence(language)

    def __str__(self) -> str:
        return self.notice.sentence()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).of, (self.notice,)


class MediaError(VmrError):
    """A video or audio file cannot be used."""


class ManifestError(VmrError):
    """A table (pairs.csv, labels.csv, judged.csv) has rows that cannot be used."""


class CatalogError(VmrError):
    """A catalog is missing, damaged, or was indexed for another checkpoint."""


class CheckpointError(VmrError):
    """A checkpoint is missing, damaged, or does not go with the encoders in use."""


class EncoderError(VmrError):
    """An encoder is unknown, its weights are missing, or its licence forbids the use."""


@cache
def sentences() -> dict[str, dict[str, str]]:
    """{key: {language: template}} of ``sentences.toml``, read when first something is said."""
    tables = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
    return {
        f"{room}.{name}": texts for room, rows in tables.items() for name, texts in rows.items()
    }


def _plain(value: object) -> str | int | float | Notice:
    if isinstance(value, VmrError):
        return value.notice
    if isinstance(value, (str, int, float, Notice)):
        return value
    if isinstance(value, PurePath):
        return Place(value)
    if isinstance(value, numbers.Integral):  # numpy's
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    return str(value)
