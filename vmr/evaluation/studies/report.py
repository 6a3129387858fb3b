"""The study's figures as one table in Markdown and one JSON object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vmr.errors import plural
from vmr.evaluation.studies.muvisync import FLIPPED, FRACTIONS, HELP
from vmr.evaluation.studies.protocol import Figures, compare, mean_figures

COLUMNS = ("R@10", "MedR", "MRR", "P@1", "P@10", "P@10 other groups")
TITLES = ("R@10", "MedR", "MRR", "P@1", "P@10", "P@10, other artists")
# system, than, measure: the questions that the table is read for
QUESTIONS = (
    ("joint alpha, mix, alpha 0.5", "semi-supervised, mix, alpha 0.5", "R@10"),
    ("joint alpha, mix, alpha 0.5", "semi-supervised, mix, alpha 0.5", "P@10"),
    ("semi-supervised, calibrated, alpha 0.5", "semi-supervised, mix, alpha 0.5", "R@10"),
    ("semi-supervised, calibrated, alpha 0.5", "semi-supervised, mix, alpha 0.5", "P@10"),
    ("joint alpha, calibrated, alpha 0.5", "joint alpha, mix, alpha 0.5", "R@10"),
    ("joint alpha, calibrated, alpha 0.5", "joint alpha, mix, alpha 0.5", "P@10"),
    ("joint alpha, calibrated, alpha 0.5", "SSL only, alpha 0", "P@10"),
    ("joint alpha, calibrated, alpha 0", "CCA", "R@10"),
    ("joint alpha, calibrated, alpha 1", "POST", "P@10"),
    ("joint alpha, calibrated, alpha 1", "POST", "P@1"),
    ("joint alpha, calibrated, alpha 0.5", "two models fused, alpha 0.5", "R@10"),
    ("rich music, alpha 0", "joint alpha, calibrated, alpha 0", "R@10"),
    ("rich music, alpha 0", "CCA, cross-validated", "R@10"),
    ("linear maps, alpha 0", "CCA, cross-validated", "R@10"),
    ("linear maps, alpha 0", "CCA, cross-validated", "MRR"),
    ("linear maps, alpha 0", "rich music, alpha 0", "R@10"),
    ("rich music, alpha 1", "joint alpha, calibrated, alpha 1", "P@10"),
    ("linear maps, posteriors, alpha 1", "rich music, alpha 1", "P@10"),
    ("linear maps, posteriors, alpha 1", "rich music, alpha 1", "P@10 other groups"),
    ("linear maps, posteriors, alpha 1", "posteriors alone, alpha 1", "P@10"),
    ("linear maps, posteriors, alpha 0.5", "linear maps, alpha 0.5", "R@10"),
    ("network, time course, alpha 0", "rich music, alpha 0", "R@10"),
    ("all, calibrated, alpha 0", "network, time course, alpha 0", "R@10"),
    ("all, calibrated, alpha 0", "linear maps, alpha 0", "R@10"),
    ("all, calibrated, alpha 0", "CCA", "R@10"),
    ("all, calibrated, alpha 0", "CCA, cross-validated", "R@10"),
    ("all, calibrated, alpha 1", "POST", "P@10"),
    ("all, calibrated, alpha 1", "POST", "P@10 other groups"),
    ("all, calibrated, alpha 1", "POST", "P@1"),
    ("all, calibrated, alpha 1", "POST, whole clips", "P@10"),
    ("POST, whole clips", "POST", "P@10"),
    ("all, calibrated, alpha 0.5", "all but posteriors, mix, alpha 0.5", "R@10"),
    ("all, calibrated, alpha 0.5", "all but posteriors, mix, alpha 0.5", "P@10"),
)


def summarise(
    systems: Sequence[Figures], curves: Sequence[Figures], control: Sequence[Figures]
) -> dict[str, Any]:
    """Means over runs, tests of the questions, and the curves; made of what was run."""
    result: dict[str, Any] = {"runs": len(systems), "runs_of_curves": len(curves)}
    result["table"] = mean_figures(systems) if systems else {}
    result["control"] = mean_figures(control) if control else {}
    result["tests"] = [
        {"system": a, "than": b, "measure": m, **compare(systems, a, b, m)}
        for a, b, m in QUESTIONS
        if len(systems) > 1 and a in systems[0] and b in systems[0]
    ]
    result["curves"] = mean_figures(curves) if curves else {}
    return result


def markdown(result: Mapping[str, Any]) -> str:
    """The table for people, with what is significant and what is not."""
    parts = [_table(result)]
    if result["tests"]:
        parts.append(_tests(result["tests"]))
    if result["curves"]:
        parts.append(_curves(result))
    return "\n\n".join(parts) + "\n"


def _table(result: Mapping[str, Any]) -> str:
    rows = {**result["table"], **result["control"]}
    head = (
        f"| video to music, mean of {plural(result['runs'], 'run')} | "
        + " | ".join(TITLES)
        + " | least tau |"
    )
    lines = [head, "|---" * (len(TITLES) + 2) + "|"]
    for name, row in rows.items():
        cells = [_cell(column, row) for column in COLUMNS]
        tau = f"{row['least tau']:.3f}" if "least tau" in row else ""
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {tau} |")
    return "\n".join(lines)


def _cell(column: str, row: Mapping[str, float]) -> str:
    if column not in row:
        return ""
    return f"{row[column]:.1f}" if column == "MedR" else f"{row[column]:.3f}"


def _tests(tests: Sequence[Mapping[str, Any]]) -> str:
    lines = ["| difference | measure | mean | 95 % interval | p | |", "|---|---|---|---|---|---|"]
    for test in tests:
        verdict = "not significant"
        if test["p"] < 0.05:
            verdict = "better" if test["mean"] > 0 else "worse"
        lines.append(
            f"| {test['system']} − {test['than']} | {test['measure']} | {test['mean']:+.3f} | "
            f"{test['low']:+.3f} to {test['high']:+.3f} | {test['p']:.3f} | {verdict} |"
        )
    return "\n".join(lines)


def _curves(result: Mapping[str, Any]) -> str:
    rows = result["curves"]
    cases = [f"labels {f:.0%}" for f in FRACTIONS] + [f"flipped {s:.0%}" for s in FLIPPED[1:]]
    head = f"P@10 at alpha 1 (R@10 at alpha 0.5), mean of {plural(result['runs_of_curves'], 'run')}"
    lines = [f"| {head} | " + " | ".join(HELP) + " | alpha 0 |", "|---" * (len(HELP) + 2) + "|"]
    for case in cases:
        cells = [
            f"{rows[f'{case}, {name}, alpha 1']['P@10']:.3f} "
            f"({rows[f'{case}, {name}, alpha 0.5']['R@10']:.3f})"
            for name in HELP
        ]
        first = next(iter(HELP))
        cells.append(f"{rows[f'{case}, {first}, alpha 0']['P@10']:.3f}")
        lines.append(f"| {case} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
