"""What a track asks of whoever passes a video with it on: short keys for programs, sentences for
people.

    unknown          nobody knows what is allowed
    attribution      artist, title and licence are to be named
    share_alike      the video is to be passed on under the same licence
    gpl              the whole is to be offered under the GPL
    not_commercial   no leave to earn money
    no_derivative    no leave to lay the music under a video

A track that asks for nothing has none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vmr.catalogs.licences import UNKNOWN, Licence, licence_of
from vmr.catalogs.policy import options
from vmr.catalogs.tracks_table import Track
from vmr.errors import Notice

SENTENCES = {
    "unknown": "licence.unknown",
    "attribution": "licence.attribution",
    "share_alike": "licence.share_alike",
    "gpl": "licence.gpl",
    "not_commercial": "licence.not_commercial",
    "no_derivative": "licence.no_derivative",
}
NOT_NAMED = re.compile(
    r"\bno (?:attribution|credits?) (?:(?:is|are) )?(?:required|needed|necessary)\b"
    r"|\b(?:attribution|credit) (?:is )?not (?:required|needed|necessary)\b"
    r"|(?:帰属|クレジット|作者名)の?(?:表示|表記)?は?(?:不要|必要ありません)",
    re.IGNORECASE,
)


def asks(track: Track) -> tuple[str, ...]:
    """Those of SENTENCES that hold for a track.

    Whoever gives music away under a plain licence such as MIT may let go of being named, in the
    cell ``attribution``; in a Creative Commons or share-alike licence that would contradict it.
    """
    licence = licence_of(track.licence)
    if licence.name == UNKNOWN:
        return ("unknown",)
    free = not licence.share_alike and not licence.name.startswith("CC-")
    let_go = free and NOT_NAMED.search(track.attribution) is not None
    held = {
        "attribution": licence.attribution and not let_go,
        "gpl": licence.share_alike and _only_gpl(licence),
        "share_alike": licence.share_alike and not _only_gpl(licence),
        "not_commercial": not licence.commercial,
        "no_derivative": not licence.derivative,
    }
    return tuple(key for key in SENTENCES if held.get(key))


def _only_gpl(licence: Licence) -> bool:
    """Whether each of those that one may choose from is a GPL."""
    return all("GPL" in option.name for option in options(licence))


def sentence_of(key: str, licence: str) -> Notice:
    """One of SENTENCES in words, for a licence by its name."""
    return Notice(SENTENCES[key], licence=licence)


def in_words(keys: Iterable[str]) -> dict[str, dict[str, str]]:
    """Sentences of these keys by language, with "{licence}" where the licence's name stands."""
    used = set(keys)
    return {key: sentence_of(key, "{licence}").in_languages() for key in SENTENCES if key in used}
