"""What a person should know of a ranking as a whole: words that move nothing, and a weak list.

The page, the command line and the hits of ``/search`` say the same sentences.
"""

from __future__ import annotations

from typing import Any

from vmr.catalogs.score_scale import FITS_FROM
from vmr.errors import Notice, VmrError
from vmr.knowledge.word_term import WordTerm

MOST_NAMED = 5
# With words alone nothing fits well where the best track has less of what they say. On the 80
# prompts of tests/data, 28 tracks with sound: below (16 prompts) none of the first five carries
# what is meant, above .43 do; on all 310 tracks no prompt is below, and .96 do.
MET_FROM = 0.3


def words_notice(words: WordTerm) -> Notice | None:
    """What is said of words that move nothing; None where all tell the ranked tracks apart."""
    missing = words.missing
    named = ", ".join(f"“{words.words[k].text}”" for k in missing[:MOST_NAMED])
    silent = [words.answers[k][1] for k in missing]
    if missing and all(silent):
        return Notice("words.only_silent", words=named, count=sum(silent))
    if missing or not words.words:
        return Notice("words.unanswered", words=named or "…")
    return Notice("words.alike") if words.empty else None


def says_nothing(words: WordTerm) -> bool:
    """Whether words alone are no order of the ranked tracks, as none of these answers to them."""
    return words.empty and bool(words.missing or not words.words)


def check_alone(words: WordTerm) -> None:
    """Raises VmrError for words without a video that say nothing of the ranked tracks."""
    notice = words_notice(words)
    if notice is not None and says_nothing(words):
        raise VmrError.of(notice)


def weak_notice(alone: bool = False) -> Notice:
    """What is said of a ranking of which no row reaches FITS_FROM; with words alone, of which no
    track reaches MET_FROM."""
    return Notice("fit.weak_words") if alone else Notice("fit.weak", bound=f"{FITS_FROM:g}")


def notes_of(words: WordTerm | None, best: float | None, met: float | None) -> list[Notice]:
    """What is to be said of a ranking; best: the highest fit, None where nobody measured it; met:
    the most that a track has of words alone, None where there is more than words."""
    notes = [] if words is None else [words_notice(words)]
    if words is not None and met is not None:
        weak = not words.heard and met < MET_FROM
    else:
        weak = best is not None and best < FITS_FROM
    notes += [weak_notice(met is not None)] if weak else []
    return [note for note in notes if note is not None]


def words_json(words: WordTerm | None, alone: bool) -> dict[str, Any]:
    """``words``, ``heard``, ``said`` and ``weak`` of a payload, see vmr.answers; alone: there is no
    video."""
    found: dict[str, Any] = {"words": [], "heard": None, "said": None}
    if words is not None:
        both = words, words.with_silent()
        notices = [words_notice(one) for one in both]
        said = {
            "level": list(words.level),
            "notes": [None if notice is None else notice.in_languages() for notice in notices],
            "refused": [alone and says_nothing(one) for one in both],
            "met_from": MET_FROM if alone and not words.heard else None,
        }
        heard = words.heard.as_json() if words.heard else None
        found = {"words": words.as_json(), "heard": heard, "said": said}
    return found | {"weak": weak_notice(alone).in_languages()}
