"""``python -m vmr reproduce instruments --fetch``: how often an instrument that is said does sound.

Renders free General MIDI files with fluidsynth (a few minutes), hears them with the tagger (a
quarter of an hour; both are kept in the cache), chooses thresholds on one half and counts on the
other. ``--quick`` takes a few pieces, to see that everything runs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vmr.commands.progress import progress_bar
from vmr.config import CATALOGS
from vmr.errors import MediaError, VmrError, plural
from vmr.files import cache_folder, write_all

if TYPE_CHECKING:
    from vmr.embedding import Array
    from vmr.encoders.base import MusicEncoder
    from vmr.evaluation.studies.instrument_pieces import Rendering
    from vmr.evaluation.studies.instruments import Count, Heard, Measured
    from vmr.training.feature_cache import FeatureCache

QUICK_PIECES = 6


def run_instruments(args: argparse.Namespace) -> int:
    """0 when the table is printed and written as instruments.md and instruments.json."""
    if args.data is None and not args.fetch:
        raise VmrError("instruments.data")
    import torch

    from vmr.encoders import load_music_encoder
    from vmr.evaluation.studies.instrument_pieces import fetch, plan
    from vmr.evaluation.studies.instruments import measure, recordings
    from vmr.knowledge.instruments import bundled_instruments
    from vmr.knowledge.starter.ingredients import read_ingredients

    torch.set_num_threads(1)
    folder = args.data or fetch(lambda text: print(text, file=sys.stderr))
    encoder = load_music_encoder("musicnn")
    rendered = hear(plan(folder, QUICK_PIECES if args.quick else None), encoder, args.jobs)
    bundled = read_ingredients([CATALOGS / "starter", CATALOGS / "games"], encoder)
    means = np.stack([rows.mean(axis=0, dtype=np.float32) for rows in bundled.features])
    recorded, table = recordings(bundled.tracks, means), bundled_instruments()
    found = measure(table, rendered, recorded, encoder.columns)
    text = markdown(found)
    figures = [asdict(row) for row in found]
    write_all(args.out, {"instruments.json": figures, "instruments.md": text})
    print(text)
    return 0


def hear(plan: Sequence[Rendering], encoder: MusicEncoder, jobs: int) -> Heard:
    """Render and hear all; what could not be rendered or read is left out and counted."""
    from vmr.evaluation.studies.instrument_pieces import render_all
    from vmr.evaluation.studies.instruments import Heard
    from vmr.training.feature_cache import FeatureCache

    with progress_bar(len(plan), unit=" renderings") as bar:
        sounds = render_all(plan, jobs, bar.update)
    cache, means, kept = FeatureCache(cache_folder() / "features"), [], []
    with progress_bar(len(plan), unit=" heard") as bar:
        for rendering, sound in zip(plan, sounds, strict=True):
            bar.update()
            features = None if sound is None else _features(sound, cache, encoder)
            if features is not None:
                means.append(features.mean(axis=0))
                kept.append(rendering)
    if len(kept) < len(plan):
        print(f"{len(plan) - len(kept)} of {len(plan)} could not be heard", file=sys.stderr)
    if not kept:
        raise VmrError("instruments.unheard")
    return Heard(
        np.stack(means),
        np.array([one.piece for one in kept]),
        np.array([one.half for one in kept]),
        np.array([one.written for one in kept]),
        [one.audible for one in kept],
    )


def _features(sound: Path, cache: FeatureCache, encoder: MusicEncoder) -> Array | None:
    """(T, D) of a rendering, None where it cannot be read."""
    try:
        return cache.music(sound, encoder)
    except MediaError:
        return None


def markdown(found: Sequence[Measured]) -> str:
    """The table for people: right of said, with the share, its interval, chance and recall."""
    heads = (
        *("instrument", "tags", "start, full", "for the table", "half chosen on", "other half"),
        *("of that as written", "by genre, half chosen on", "by genre, other half"),
    )
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for one in found:
        counts = (one.stands, one.chosen, one.kept, one.written, *(one.recorded or ()))
        cells = [one.row.name, ", ".join(one.row.tags), f"{one.row.start:g}, {one.row.full:g}"]
        cells += [cell(found) for found in counts]
        lines.append("| " + " | ".join([*cells, *[""] * (len(heads) - len(cells))]) + " |")
    return "\n".join(lines) + "\n"


def cell(found: Count) -> str:
    """As text: ``8 of 10 of 7 pieces = .80 (.36 to .96), chance .12, recall .40``."""
    text = f"{found.right} of {found.said}"
    if found.pieces != found.said:
        text += f" of {plural(found.pieces, 'piece')}"
    if found.said:
        low, high = found.interval
        text += f" = {_share(found.precision)} ({_share(low)} to {_share(high)})"
        if found.chance < 1 and found.careful != found.precision:
            text += f", {_share(found.careful)} were half of all to have it"
    recall = f", recall {_share(found.recall)}" if found.true else ""
    return f"{text}, chance {_share(found.chance)}{recall}"


def _share(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")
