"""What labelled photographs say of the tables' names: photos.csv, and the heads fitted on them.

``photos.csv`` says which concept of scenes.csv the photographs of a label show (dataset, label,
concept, or of photo_meanings.csv, whose rows have no eyes of their own); with it every
photograph has the moods, genres and energy of that concept. One ridge
regression from the pooled features to these, the photo heads, sees what ImageNet's classes have no
name for: a smile, a fog, a fight, a neutral face. numpy only.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmr.errors import ManifestError
from vmr.knowledge.heads import Heads
from vmr.knowledge.scenes import COLUMNS as OF_SCENES
from vmr.knowledge.scenes import Concept, read_scenes, weights
from vmr.knowledge.tables import read_cells
from vmr.knowledge.vocabulary import GENRES, MOODS

PHOTOS = Path(__file__).with_name("photos.csv")
MEANINGS = Path(__file__).with_name("photo_meanings.csv")
COLUMNS = ("dataset", "label", "concept")
NAMES = (*MOODS, *GENRES, "energy")
PENALTY = 10000.0

Array = NDArray[np.float64]


def photographed() -> tuple[Concept, ...]:
    """Everything that a photograph may show: scenes.csv and photo_meanings.csv."""
    of_moods = [column for column in OF_SCENES if column != "instruments"]
    return (*read_scenes(), *read_scenes(MEANINGS, of_moods))


def read_photos(path: Path = PHOTOS) -> dict[tuple[str, str], str]:
    """(dataset, label) -> concept. Raises ManifestError for a concept that no table has."""
    names = {concept.name for concept in photographed()}
    found: dict[tuple[str, str], str] = {}
    for row in read_cells(path, COLUMNS):
        if row["concept"].text not in names:
            raise row["concept"].wrong("cell.concept", name=row["concept"].text)
        key = (row["dataset"].text, row["label"].text)
        if key in found:
            raise row["label"].wrong("cell.label_twice")
        found[key] = row["concept"].text
    return found


def fit_photo_heads(
    features: Array, datasets: NDArray[np.str_], labels: NDArray[np.str_]
) -> tuple[Heads, float]:
    """Heads (NAMES) from pooled features (N, 1280), and how well they do on labels left out.

    The quality is the mean correlation over NAMES between what the heads say of photographs whose
    label was left out (five bundles of labels) and what the table says of these.
    """
    shows = read_photos()
    concepts = photographed()
    index = {concept.name: i for i, concept in enumerate(concepts)}
    shown = np.array(
        [index.get(shows.get(key, ""), -1) for key in zip(datasets, labels, strict=True)]
    )
    labelled = shown >= 0
    if not labelled.any():
        raise ManifestError("heads.no_photos")
    scale = features.std(axis=0) + 0.05
    x = features[labelled] / scale
    moods, genres, energy = weights([concept.meaning for concept in concepts])
    table = np.concatenate([moods, genres, energy[:, None]], axis=1).astype(np.float64)
    y = table[shown[labelled]]
    # A concept with a thousand photographs must not drown one with twenty.
    balance = 1 / np.sqrt(np.bincount(shown[labelled])[shown[labelled]])
    bundle = np.unique(labels[labelled], return_inverse=True)[1]
    bundle = np.random.default_rng(0).permutation(bundle.max() + 1)[bundle] % 5
    guess = np.empty_like(y)
    for fold in range(5):
        out = bundle == fold
        weight, bias = _ridge(x[~out], y[~out], balance[~out])
        guess[out] = x[out] @ weight + bias
    quality = np.mean(
        [np.corrcoef(guess[:, i], y[:, i])[0, 1] for i in range(y.shape[1]) if y[:, i].std() > 0]
    )
    weight, bias = _ridge(x, y, balance)
    heads = Heads(NAMES, (weight / scale[:, None]).T.astype(np.float32), bias.astype(np.float32))
    return heads, float(quality)


def _ridge(x: Array, y: Array, balance: Array) -> tuple[Array, Array]:
    """Weighted ridge regression: x (N, D), y (N, L), balance (N,) -> weight (D, L), bias (L,)."""
    w = (balance / balance.mean())[:, None]
    x_mean, y_mean = (w * x).mean(axis=0), (w * y).mean(axis=0)
    centred = x - x_mean
    gram = centred.T @ (w * centred) + PENALTY * np.eye(x.shape[1])
    weight = np.linalg.solve(gram, centred.T @ (w * (y - y_mean)))
    return weight, y_mean - x_mean @ weight
