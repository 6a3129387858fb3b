"""The sweep as a picture for people who do not read tables. matplotlib, without a display."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vmr.errors import plural
from vmr.files import replacing

COLOURS = {"video_to_music": "#3b6fb6", "music_to_video": "#d1802f"}
NAMES = {"video_to_music": "video → music", "music_to_video": "music → video"}


def plot_sweep(result: dict[str, Any], path: Path) -> None:
    """Draw both measures over alpha with their 95 % intervals, chance, CCA and ceiling: a PNG or
    SVG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = [("R@10", "The clip's own music is among the first 10")]
    if result["facet"]:
        panels.append(("P@10", f"Of the first 10, this many share the {result['facet']}"))
    figure = Figure(figsize=(5 * len(panels), 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (measure, title) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True
    ):
        _panel(axes, result, measure, title)
    figure.suptitle(
        f"{plural(result['pool'], 'pair')} of a clip and a track that the model never saw "
        f"({result['split']} split)"
    )
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=150)


def _panel(axes: Any, result: dict[str, Any], measure: str, title: str) -> None:
    alphas = [row["alpha"] for row in result["sweep"]]
    top = 0.0
    for name, colour in COLOURS.items():
        rows = [row[name] for row in result["sweep"]]
        values = [100 * row[measure] for row in rows]
        low = [100 * row["interval"][measure][0] for row in rows]
        high = [100 * row["interval"][measure][1] for row in rows]
        axes.plot(alphas, values, color=colour, marker="o", label=NAMES[name])
        axes.fill_between(alphas, low, high, color=colour, alpha=0.15, linewidth=0)
        top = max(top, *high)
        cca = result.get("cca", {}).get(name)
        if cca:
            level = 100 * cca[measure]
            axes.axhline(level, color=colour, linestyle="-.", lw=1, label=f"CCA, {NAMES[name]}")
            top = max(top, level)
    chance = 100 * result["chance"][measure]
    axes.axhline(chance, color="grey", linestyle=":", label=f"random order: {chance:.0f} %")
    ceiling = 100 * result["ceiling"][measure]
    if ceiling < 100:
        axes.axhline(ceiling, color="grey", linestyle="--", label=f"best possible: {ceiling:.0f} %")
        top = max(top, ceiling)
    axes.set_title(title, fontsize=11)
    axes.set_ylim(0, min(1.15 * max(top, chance), 105))
    axes.set_xlim(-0.02, 1.02)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f} %")
    end = f" … 1 = {result['facet']}" if result["facet"] else ""
    axes.set_xlabel(f"slider: 0 = how it looks and sounds{end}")
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize=9)
