"""What ``python -m vmr search`` prints for people: what was understood, then the rows with why.

    nightride.mp4, 24.0 s
    mood    energetic 48 %, dark 31 %
    energy  4.1 of 5
    words   warm -> mood: tender; zork -> not understood, in no title, artist or tag
      1   97.1  Neon, electronic 2  (energetic, electronic)  MIT
                Night city and fast cuts met energetic, high energy.

Lines have at most WIDTH characters where words can be broken.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vmr.errors import plural
from vmr.knowledge.degrees import LESS, MORE, NOT, SLIGHTLY

if TYPE_CHECKING:
    from vmr.answers import Answer
    from vmr.knowledge.request import Request
    from vmr.query import Query
    from vmr.retriever import Retriever

WIDTH, UNDER = 80, 13  # columns; where what stands under a row begins
STRENGTHS = {NOT: "not ", LESS: "less ", SLIGHTLY: "slightly ", MORE: "more "}


def answer_lines(
    retriever: Retriever, query: Query | None, request: Request, hits: Sequence[Answer]
) -> Iterator[str]:
    """What was asked and believed, then the hits, best first."""
    if query is not None:
        yield f"{query.name}, {query.duration_s:.1f} s"
    if query is not None and query.modality == "video":
        yield from _fields(_believed(retriever.ranking.believed(query.embedding), request, hits))
    yield from _fields(_asked(request))
    for hit in hits[:1]:
        yield from _fields({"words": "; ".join(map(word_text, hit["words"]))})
    for hit in hits:
        yield from _row(hit)


def word_text(chip: Mapping[str, Any]) -> str:
    """What a word was taken for: ``not drums -> instrument: drums``."""
    said = STRENGTHS.get(chip["strength"], "") + chip["text"]
    names: dict[str, list[str]] = {}
    for kind, name in chip["means"]:
        names.setdefault(kind, []).append(name)
    means = ", ".join(f"{kind}: {' or '.join(of)}" for kind, of in names.items())
    if chip["found"] is None:
        return f"{said} -> {means}"
    count, silent = chip["found"], chip["silent"]
    texts = plural(count, "title, artist or tag|titles, artists or tags")
    where = texts if count else "no title, artist or tag"
    more = f" but in {plural(silent, 'track')} without sound" if silent else ""
    return f"{said} -> {'' if count else 'not understood, '}in {where}{more}"


def _believed(
    believed: Mapping[str, Any], request: Request, hits: Sequence[Answer]
) -> dict[str, str]:
    """By facet the likeliest labels, and the energy that was felt."""
    found = {
        facet: ", ".join(f"perhaps {name}" if p is None else f"{name} {p:.0%}" for name, p in rows)
        for facet, rows in believed["beliefs"].items()
        if rows
    }
    if any(hit["drawn"] for hit in hits):
        found[request.facet] += " (nearly as likely: the first rows are drawn from both)"
    felt = believed["felt"]
    return found if felt is None else found | {"energy": f"{felt:.1f} of 5"}


def _asked(request: Request) -> dict[str, str]:
    """What was chosen in place of that."""
    chosen = [
        f"{'not ' if w < 0 else ''}{name}{'' if abs(w) == 1 else f' x {abs(w):g}'}"
        for name, w in request.labels.items()
    ]
    found = [f"{request.facet}: {', '.join(chosen)}"] if chosen else []
    found += [f"energy {request.energy:g}"] if request.energy is not None else []
    return {"chosen": "; ".join(found)}


def _fields(fields: Mapping[str, str]) -> Iterator[str]:
    for name, text in fields.items():
        if text:
            yield from textwrap.wrap(
                f"{name:10s}  {text}", WIDTH, subsequent_indent=" " * 12, break_on_hyphens=False
            )


def _row(row: Answer) -> Iterator[str]:
    """A hit, and under it why it stands there."""
    labels = ", ".join([*row["mood"], *row["genre"]])
    fit = f"{row['fit']:5.1f}" if "fit" in row else " " * 5
    text = f"{row['title']}  ({labels})  {row['licence']}"
    indent = " " * UNDER
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=f"{row['rank']:3d}  {fit}   ", subsequent_indent=indent
    )
    drawn = f"[{row['drawn']}] " if row.get("drawn") else ""
    if drawn or row["reason"]:
        yield from textwrap.wrap(
            drawn + row["reason"], WIDTH, initial_indent=indent, subsequent_indent=indent
        )
