"""``python -m vmr evaluate``: measure a checkpoint over the whole slider, in both directions."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

from vmr.commands.media_reader import MediaReader
from vmr.commands.progress import progress_bar, show_name
from vmr.errors import plural
from vmr.files import replacing

COLUMNS = ("R@1", "R@10", "MedR", "MRR", "P@1", "P@10")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The table, the checkpoint, what to measure, and where the figures go."""
    parser.add_argument("--pairs", type=Path, required=True, metavar="CSV")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--split", default="test", choices=("train", "val", "test"))
    parser.add_argument("--facet", help="the facet at alpha 1; the checkpoint's first by default")
    parser.add_argument("--fusion", choices=("calibrated", "mix"), help="not the checkpoint's own")
    parser.add_argument("--out", type=Path, metavar="JSON", help="write metrics.json")
    parser.add_argument("--ranks", type=Path, metavar="CSV", help="write every pair's ranks")
    parser.add_argument("--plot", type=Path, metavar="PNG", help="draw the sweep")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where features are kept")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--commercial", action="store_true", help="refuse non-commercial weights")


def run(args: argparse.Namespace) -> int:
    """0 when the figures are printed (and written)."""
    from vmr.evaluation.on_pairs import evaluate_pairs
    from vmr.model.checkpoint import load_model

    model = load_model(args.checkpoint)
    args.video_encoder = model.config.video_encoder
    args.music_encoder = model.config.music_encoder
    with progress_bar(0) as bar:
        report = evaluate_pairs(
            model,
            args.pairs,
            MediaReader(args),
            name=args.checkpoint.name,
            split=args.split,
            facet=args.facet,
            fusion=args.fusion,
            progress=show_name(bar),
        )
    result = report.figures
    if args.ranks:
        report.write_ranks(args.ranks)
    if args.out:
        with replacing(args.out) as temporary:
            temporary.write_text(json.dumps(_without_nan(result), indent=1) + "\n")
    if args.plot:
        from vmr.evaluation.plots import plot_sweep

        plot_sweep(result, args.plot)
    print(table(result))
    if report.unknown:
        unknown = ", ".join(report.unknown)
        print(f"labels that the checkpoint does not know, not counted: {unknown}")
    return 0


def table(result: dict[str, Any]) -> str:
    """The sweep for the console, in both directions, with the per-class table."""
    lines = [
        f"{plural(result['pool'], 'pair')} ({result['split']}), "
        f"facet {result['facet'] or 'none'}, {result['fusion']} fusion"
    ]
    for name, title in (("video_to_music", "video to music"), ("music_to_video", "music to video")):
        lines += ["", f"{title:>14} " + " ".join(f"{c:>7}" for c in COLUMNS)]
        lines.append(_line("chance", result["chance"]))
        if result["cca"]:
            lines.append(_line("CCA", result["cca"][name]))
        else:
            lines.append(f"{'CCA':>14} none: this checkpoint was made without linear maps")
        lines += [_line(f"alpha {row['alpha']:.1f}", row[name]) for row in result["sweep"]]
        lines.append(_line("ceiling", result["ceiling"]))
        taus = result["smoothness"][name]
        if taus:
            lines.append(
                f"{'smoothness':>14} Kendall tau of neighbouring alphas: at least {min(taus):.3f}"
            )
    if result["facet"]:
        lines += ["", "P@10 by class, video to music (alpha 0, 0.5, 1)"]
    for entry in result["per_class"]["video_to_music"]:
        found = " ".join(f"{value:7.3f}" for value in entry["P@10"].values())
        cca = "none" if entry["cca"] is None else f"{entry['cca']:.3f}"
        lines.append(
            f"{entry['class']:>14} {found}   chance {entry['chance']:.3f}, CCA {cca}, "
            f"{plural(entry['pairs'], 'pair')}"
        )
    return "\n".join(lines)


def _line(name: str, values: dict[str, float]) -> str:
    return f"{name:>14} " + " ".join(
        f"{values[c]:7.1f}" if c == "MedR" else f"{values[c]:7.3f}" for c in COLUMNS
    )


def _without_nan(value: Any) -> Any:
    """NaN is no JSON: a figure that is not defined becomes null."""
    if isinstance(value, dict):
        return {k: _without_nan(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_nan(v) for v in value]
    return None if isinstance(value, float) and math.isnan(value) else value
