"""The report on exposure as Markdown, and as a picture. matplotlib, without a display."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vmr.errors import plural
from vmr.files import replacing
from vmr.records.audit_report import escaped

Row = Mapping[str, Any]
MOST_GROUPS = 12  # listed of one dimension: those that differ, then the largest
MOST_NAME = 40  # characters in the picture
COLOURS = ("#3b6fb6", "#7a7a7a", "#d1802f")
DRAWN = ("genre", "mood", "catalog")


def exposure_markdown(report: Row, asked_of: str) -> str:
    """Tables by dimension and alpha, hubs, beliefs, and what was not measured."""
    lines = [
        f"# Exposure of {plural(report['tracks'], 'track')}",
        "",
        f"First {plural(report['k'], 'track')} for "
        f"{plural(report['queries'], 'query|queries')}: {asked_of}. Share: of the "
        "catalog. Shown: of all that was shown, with a 95 % interval over queries. `*`: shown "
        "otherwise than the share says, for all groups of a table together at 95 %. That is no "
        "fault by itself: at alpha above 0 queries ask for some labels more than for others.",
        "",
    ]
    for what, count in report.get("left_out", {}).items():
        name, _, rest = what.partition(" ")  # of "rows with filters"
        gone = plural(count, name.removesuffix("s"))
        lines += [f"Left out: {gone} {rest}.", ""] if count else []
    for name in report["parts"][0]["exposure"]:
        lines += _dimension(name, report["parts"])
    lines += _hubs(report["hubs"])
    if report.get("beliefs"):
        lines += _beliefs(report["beliefs"])
    return "\n".join([*lines, report["not_measured"], ""])


def _dimension(name: str, parts: Sequence[Row]) -> list[str]:
    by_group = [{row["group"]: row for row in part["exposure"].get(name, ())} for part in parts]
    groups = sorted(
        by_group[0],
        key=lambda g: (-any(part[g]["differs"] for part in by_group), -by_group[0][g]["share"], g),
    )
    heads = "".join(f" {part['name']} |" for part in parts)
    lines = [f"## By {name}", "", f"| {name} | tracks | share |{heads}"]
    lines.append(f"|---|---:|---:|{'---:|' * len(parts)}")
    for group in groups[:MOST_GROUPS]:
        first = by_group[0][group]
        cells = "".join(f" {_shown(part[group])} |" for part in by_group)
        lines.append(
            f"| {escaped(group)} | {first['tracks']} | {100 * first['share']:.1f} % |{cells}"
        )
    left = len(groups) - MOST_GROUPS
    more = [f"{plural(left, 'further group')}: `--json`.", ""] if left > 0 else []
    return [*lines, "", *more]


def _shown(row: Row) -> str:
    mark = "*" if row["differs"] else ""
    low, high = 100 * row["low"], 100 * row["high"]
    return f"{100 * row['exposure']:.1f} % ({low:.1f} to {high:.1f}){mark}"


def _hubs(rows: Sequence[Row]) -> list[str]:
    lines = [
        "## Hubs",
        "",
        "Skewness of how often a track is shown; the part of the queries that one track leads; the "
        "part of the tracks that is never shown. Hub share: of each track's level, the part that "
        "is its mean over the tenth of the typical queries nearest to it.",
        "",
        "| correction | alpha | skewness | most frequent first track | never shown |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        alpha = "" if row["alpha"] is None else f"{row['alpha']:g}"
        numbers = f"{row['skewness']:.2f} | {100 * row['top']:.1f} % | {100 * row['never']:.1f} %"
        lines.append(f"| {row['correction']} | {alpha} | {numbers} |")
    return [*lines, ""]


def _beliefs(rows: Sequence[Row]) -> list[str]:
    facets = [name for name in rows[0] if name not in ("kind", "pictures", "energy")]
    heads = "".join(f" likeliest {facet} |" for facet in facets)
    lines = ["## Beliefs by kind of picture", "", f"| pictures | n |{heads} energy felt |"]
    lines.append(f"|---|---:|{'---|' * len(facets)}---:|")
    for row in rows:
        cells = [", ".join(f"{escaped(name)} {n}" for name, n in row[facet]) for facet in facets]
        energy = "" if row["energy"] is None else f"{row['energy']:.1f}"
        lines.append(f"| {row['kind']} | {row['pictures']} | {' | '.join(cells)} | {energy} |")
    return [*lines, ""]


def plot_exposure(report: Row, path: Path) -> None:
    """Shown against share for genre, mood and catalog, with intervals: a PNG or SVG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    parts = report["parts"]
    names = [name for name in DRAWN if name in parts[0]["exposure"]]
    names = names or list(parts[0]["exposure"])[:1]
    heights = [len(parts[0]["exposure"][name]) + 1 for name in names]
    size = (7.5, 1.2 + 0.28 * sum(heights))
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    rows = figure.subplots(len(names), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, name in zip(rows, names, strict=True):
        _panel(axes, [(part["name"], part["exposure"][name]) for part in parts], name)
    rows[0].legend(frameon=False, fontsize=8, ncols=len(parts), loc="lower right")
    rows[-1].set_xlabel("shown for each part of the catalog (1 = as its share)")
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=130)


def _panel(axes: Any, parts: Sequence[tuple[str, Sequence[Row]]], name: str) -> None:
    groups = [row["group"] for row in sorted(parts[0][1], key=lambda row: row["share"])]
    for n, (label, rows) in enumerate(parts):
        by_group = {row["group"]: row for row in rows}
        chosen = [by_group[group] for group in groups]
        y = [i + 0.22 * (1 - n) for i in range(len(groups))]
        x = [row["ratio"] for row in chosen]
        low = [row["ratio"] - row["low"] / row["share"] for row in chosen]
        high = [row["high"] / row["share"] - row["ratio"] for row in chosen]
        spread = [[max(v, 0) for v in low], [max(v, 0) for v in high]]
        axes.errorbar(x, y, xerr=spread, fmt="o", ms=3.5, lw=1.2, color=COLOURS[n % 3], label=label)
    axes.axvline(1, color="black", lw=0.8)
    names = [group[:MOST_NAME].replace("$", r"\$") for group in groups]  # no formula
    axes.set_yticks(range(len(groups)), names, fontsize=8)
    axes.set_title(name, fontsize=10, loc="left")
    axes.set_xlim(left=0)
    axes.grid(alpha=0.25, axis="x")
