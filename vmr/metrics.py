"""Ranking metrics: pure functions of scores and relevance. numpy and scipy.

scores (Q, N): row q ranks the N items for query q, higher is better; item q is query q's own pair
(Q = N) unless ``true`` says otherwise. Ties share the middle rank, so a constant score is at chance
and not at the top. Precision is macro: the mean over classes of the mean over the queries that
carry the class, so that a large class does not drown a small one. Perfect scores give 1 (or rank
1); an empty input gives NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


def ranks(scores: Scores, true: NDArray[np.int64] | None = None) -> Values:
    """Rank of each query's own item, 1 is best: (Q, N) -> (Q,); [[.9, .9, .1]] gives 1.5."""
    index = np.arange(len(scores)) if true is None else true
    own = scores[np.arange(len(scores)), index][:, None]
    better = (scores > own).sum(axis=1)
    equal = (scores == own).sum(axis=1) - 1
    return 1.0 + better + equal / 2.0


def recall_at(rank: Values, k: int) -> float:
    """Share of queries whose own item is among the first k, of its ranks (Q,)."""
    return _mean(rank <= k)


def median_rank(rank: Values) -> float:
    """Median of the ranks (Q,), counted from 1; nan without queries."""
    return float(np.median(rank)) if len(rank) else float("nan")


def mean_reciprocal_rank(rank: Values) -> float:
    """Mean of 1 / rank over the ranks (Q,), counted from 1."""
    return _mean(1.0 / rank)


def retrieval(rank: Values) -> dict[str, float]:
    """R@1, R@5, R@10, MedR and MRR of ranks (Q,)."""
    table = {f"R@{k}": recall_at(rank, k) for k in (1, 5, 10)}
    return {**table, "MedR": median_rank(rank), "MRR": mean_reciprocal_rank(rank)}


def precision_at(
    scores: Scores,
    query_labels: Mask,
    item_labels: Mask,
    k: int,
    exclude: Mask | None = None,
) -> Values:
    """Share of relevant items among the first k, per query and class.

    scores (Q, N), labels (Q, L) and (N, L), exclude (Q, N) -> (Q, L), NaN where the query does not
    carry the class. Excluded items (a query's own pair) are skipped, not counted as misses; fewer
    than k items left means the share among those.
    """
    top = _top(scores, k, exclude)
    result = np.full(query_labels.shape, np.nan)
    for q, chosen in enumerate(top):
        if len(chosen):
            classes = np.flatnonzero(query_labels[q])
            result[q, classes] = item_labels[chosen][:, classes].mean(axis=0)
    return result


def macro(per_class: Values) -> float:
    """Mean over the classes that have queries: (Q, L) with NaN -> float."""
    return _nanmean(class_means(per_class))


def class_means(per_class: Values) -> Values:
    """Mean over each class's queries: (Q, L) with NaN -> (L,), NaN for a class without queries."""
    return np.asarray([_nanmean(column) for column in per_class.T])


def chance_retrieval(items: int) -> dict[str, float]:
    """What random order gives with one target among N items: k/N, (N + 1)/2, H_N/N."""
    table = {f"R@{k}": min(k / items, 1.0) for k in (1, 5, 10)}
    harmonic = float(np.sum(1.0 / np.arange(1, items + 1)))
    return {**table, "MedR": (items + 1) / 2, "MRR": harmonic / items}


def chance_precision(query_labels: Mask, item_labels: Mask, exclude: Mask | None = None) -> float:
    """Macro share of relevant items among all that may be returned; the same for every k."""
    return macro(_relevant_share(query_labels, item_labels, exclude, None))


def ceiling_precision(
    query_labels: Mask, item_labels: Mask, k: int, exclude: Mask | None = None
) -> float:
    """Macro P@k of a perfect ranking: below 1 where a class has fewer than k items."""
    return macro(_relevant_share(query_labels, item_labels, exclude, k))


def bootstrap_interval(
    values: Values,
    statistic: Callable[[Values], float],
    *,
    samples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    groups: Sequence[str] | None = None,
) -> tuple[float, float]:
    """Percentile interval of a statistic of per-query values: (Q, ...) -> (low, high).

    With ``groups`` (one name per query, such as the artist) whole groups are drawn, because queries
    of one group are not independent.
    """
    if np.isnan(values).all():  # none, or none with a label
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    names = np.arange(len(values)) if groups is None else np.unique(groups, return_inverse=True)[1]
    members = [np.flatnonzero(names == g) for g in np.unique(names)]
    drawn = []
    for _ in range(samples):
        chosen = rng.integers(len(members), size=len(members))
        drawn.append(statistic(values[np.concatenate([members[c] for c in chosen])]))
    low, high = np.nanpercentile(drawn, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)


def kendall_tau(a: Values, b: Values) -> float:
    """Kendall's tau-b of two score vectors (N,): 1 same order, -1 reversed, NaN if one is
    constant."""
    from scipy import stats  # imported where it is needed: it takes half a second

    return float(stats.kendalltau(a, b).statistic)


def corrected_t(differences: Values, test_share: float, level: float = 0.95) -> Mapping[str, float]:
    """Nadeau-Bengio corrected resampled t-test of per-run differences (R,).

    The runs of repeated cross-validation share training data, so the variance is multiplied by
    1/R + n_test/n_train (Nadeau and Bengio 2003). -> mean, low, high (interval), p (two-sided).
    """
    from scipy import stats

    runs = len(differences)
    mean = float(np.mean(differences))
    variance = float(np.var(differences, ddof=1)) if runs > 1 else float("nan")
    error = float(np.sqrt(variance * (1 / runs + test_share / (1 - test_share))))
    if not error > 0:
        return {"mean": mean, "low": mean, "high": mean, "p": 1.0 if mean == 0 else 0.0}
    width = float(stats.t.ppf(0.5 + level / 2, runs - 1)) * error
    p = 2 * float(stats.t.sf(abs(mean) / error, runs - 1))
    return {"mean": mean, "low": mean - width, "high": mean + width, "p": p}


def _top(scores: Scores, k: int, exclude: Mask | None) -> list[NDArray[np.int64]]:
    masked = scores.astype(np.float64) if exclude is None else np.where(exclude, -np.inf, scores)
    order = np.argsort(-masked, axis=1, kind="stable")[:, :k]
    return [row[np.isfinite(masked[q, row])] for q, row in enumerate(order)]


def _relevant_share(
    query_labels: Mask, item_labels: Mask, exclude: Mask | None, k: int | None
) -> Values:
    result = np.full(query_labels.shape, np.nan)
    for q, classes in enumerate(query_labels):
        allowed = item_labels if exclude is None else item_labels[~exclude[q]]
        if not len(allowed):
            continue
        relevant = allowed[:, classes].sum(axis=0)
        depth = len(allowed) if k is None else min(k, len(allowed))
        result[q, classes] = np.minimum(relevant, depth) / depth
    return result


def _mean(values: Values | Mask) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _nanmean(values: Values) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")
