"""In which order a recipe's tracks are fetched: variety first, for the fewest bytes.

A package is downloaded whole, whatever is taken of it. So packages are chosen one after the other
by what they add to a wish list for their size: PER_GENRE tracks of every genre and PER_MOOD of
every mood (the greedy cover of the weighted set cover problem, at most ln(n) + 1 times the fewest
bytes). The tracks that meet a wish come first, package by package, then all others in the same
order of packages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from vmr.catalogs.recipe import Package, Recipe
from vmr.catalogs.tracks_table import Track

PER_GENRE, PER_MOOD = 2, 3

Label = tuple[str, str]  # (facet, name)


def in_fetching_order(recipe: Recipe, tracks: Iterable[Track]) -> list[str]:
    """Ids of all sources of the recipe, in the order in which they are worth fetching.

    Sources without a row in the table are like tracks without labels: they come last.
    """
    labels = {track.id: _labels(track) for track in tracks}
    wishes = Counter({label: _wished(label) for of in labels.values() for label in of})
    left = list(recipe.packages)
    first: list[str] = []
    packages: list[Package] = []
    while left:
        covers = [_cover(package, labels, wishes) for package in left]
        worth = [met / p.size_bytes for p, (_, met) in zip(left, covers, strict=True)]
        k = max(range(len(left)), key=worth.__getitem__)
        for id in covers[k][0]:
            wishes.subtract(labels[id])
        first += covers[k][0]
        packages.append(left.pop(k))
    taken = set(first)
    return first + [s.id for package in packages for s in package.sources if s.id not in taken]


def _labels(track: Track) -> list[Label]:
    return [*(("genre", name) for name in track.genre), *(("mood", name) for name in track.mood)]


def _wished(label: Label) -> int:
    return PER_GENRE if label[0] == "genre" else PER_MOOD


def _cover(
    package: Package, labels: Mapping[str, Sequence[Label]], wishes: Mapping[Label, int]
) -> tuple[list[str], int]:
    """Of the package's tracks those that meet wishes, at each step the one that meets most; and how
    many wishes that are."""
    still, chosen, all_met = Counter(wishes), [], 0
    ids = [source.id for source in package.sources if source.id in labels]

    def met(id: str) -> int:
        return sum(still[label] > 0 for label in labels[id])

    while ids and met(best := max(ids, key=met)):
        all_met += met(best)
        still.subtract(labels[best])
        chosen.append(best)
        ids.remove(best)
    return chosen, all_met
