"""Sentences as a visitor may read them: with names of files, without the places of the server.

The operator reads the same sentences on the console, with the whole paths.
"""

from __future__ import annotations

import re

from vmr.errors import Notice, Place

# In what a library says: a path in quotes, and one without spaces, each up to its last part.
_PATHS = (
    re.compile(r"""(?<=['"])(?:[A-Za-z]:)?[/\\](?:[^/\\'"\n]+[/\\])+"""),
    re.compile(r"""(?<![\w/:.])(?:[A-Za-z]:)?[/\\](?:[^/\\\s:'"]+[/\\])+"""),
)


def for_visitors(notice: Notice) -> Notice:
    """The same notice with the name of each file in place of its path."""
    return Notice(notice.key, **{name: _shown(value) for name, value in notice.values.items()})


def in_languages(notice: Notice) -> dict[str, str]:
    """{"en": ..., "ja": ...}, for a browser that chooses by itself."""
    return for_visitors(notice).in_languages()


def _shown(value: object) -> object:
    if isinstance(value, Notice):
        return for_visitors(value)
    if isinstance(value, Place):
        return re.split(r"[/\\]", value.rstrip("/\\"))[-1]
    if isinstance(value, str):
        for path in _PATHS:
            value = path.sub("", value)
    return value
