"""``python -m vmr train``: train a model on pairs of video and music.

The state of an unfinished training lies beside the checkpoint and is taken up by the same command.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmr.commands.media_reader import MediaReader
from vmr.commands.progress import progress_bar, show_loss, show_name
from vmr.encoders import DEFAULT_MUSIC, DEFAULT_VIDEO
from vmr.errors import ManifestError, MediaError, VmrError
from vmr.files import VIDEO_ENDINGS, files_with_ending

if TYPE_CHECKING:
    from vmr.model.config import ModelConfig
    from vmr.training.distributed import World
    from vmr.training.pairs import Pairs, PairSet

WIDE = 256  # features wider than this are projected, to PROJECTED columns, unless told otherwise
PROJECTED = 96
DECIDED = ("video_pca", "music_pca", "posterior_share", "linear")
POSTERIORS = 0.7  # posterior_share with calibrated fusion, unless told otherwise


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the pairs come from, where the checkpoint goes, and every field of the settings."""
    from vmr.model.config import ModelConfig
    from vmr.training.config import TrainConfig

    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--pairs", type=Path, metavar="CSV", help="a table of pairs")
    source.add_argument("--videos", type=Path, metavar="DIR", help="music videos with their sound")
    parser.add_argument("--labels", type=Path, metavar="CSV", help="labels of the --videos")
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint to write")
    parser.add_argument("--facets", metavar="NAMES", help="columns to learn, such as genre,mood")
    parser.add_argument("--video-encoder", default=DEFAULT_VIDEO, metavar="ID", help="for media")
    parser.add_argument("--music-encoder", default=DEFAULT_MUSIC, metavar="ID", help="for media")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where features are kept")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=1, help="the towers are small: 1 is quick")
    parser.add_argument("--commercial", action="store_true", help="refuse non-commercial weights")
    parser.add_argument("--restart", action="store_true", help="forget an unfinished training")
    given = ("video_encoder", "music_encoder", "labels", "video_dim", "music_dim")
    _add_fields(parser.add_argument_group("training"), TrainConfig, ())
    _add_fields(parser.add_argument_group("model"), ModelConfig, given)


def run(args: argparse.Namespace) -> int:
    """0 when the checkpoint is written."""
    import torch

    from vmr.training.distributed import join_world

    torch.set_num_threads(args.threads)
    device = _device(args.device)
    world = join_world(device)
    reader = MediaReader(args)
    table = args.pairs
    if args.videos:
        table = args.out.with_suffix(".pairs.csv")
        if world.rank == 0:
            _tabulate(args, reader, table)
        world.wait()
    return _train(args, table, reader, device, world)


def _train(
    args: argparse.Namespace, table: Path, reader: MediaReader, device: str, world: World
) -> int:
    from vmr.model.checkpoint import save_model
    from vmr.training.config import TrainConfig
    from vmr.training.pairs import load_split, read_pairs
    from vmr.training.train import train

    pairs = read_pairs(table, args.facets.split(",") if args.facets else None)
    if pairs.how:
        print(pairs.how, file=sys.stderr)
    with progress_bar(len(pairs.rows)) as bar:
        sets = load_split(pairs, ("train", "val"), reader, progress=show_name(bar))
    try:
        config = _model_config(args, pairs, sets["train"], reader)
        settings = TrainConfig(**_values(args, TrainConfig))
    except ValueError as error:
        raise VmrError("train.settings", reason=error) from error
    state = args.out.with_suffix(".unfinished.safetensors")
    if args.restart and world.rank == 0:
        state.unlink(missing_ok=True)
    world.wait()
    with progress_bar(settings.steps, unit=" steps", disable=world.rank > 0) as bar:
        model = train(
            sets["train"],
            config,
            settings,
            validation=sets["val"] if len(sets["val"]) > 1 else None,
            state_path=state,
            device=device,
            world=world,
            progress=show_loss(bar),
        )
    if world.rank == 0:
        save_model(model, args.out, {"data": json.dumps(pairs.describe())})
        write_card(args.out, pairs, model.metadata["train"], config)
        state.unlink(missing_ok=True)
        print(
            f"{args.out} ({model.fingerprint}); measure it with: python -m vmr evaluate "
            f"--pairs {table} --checkpoint {args.out}"
        )
    world.wait()
    return 0


def write_card(path: Path, pairs: Pairs, train: str, config: ModelConfig) -> None:
    """The model card beside the checkpoint: what it is, what it was trained on, what it is not."""
    from vmr.files import replacing

    described = pairs.describe()
    facets = "; ".join(f"{f}: {', '.join(n)}" for f, n in config.labels.items()) or "none"
    text = f"""# {path.stem}

A two-tower model that world music for video, trained by `python -m vmr train`.

- Encoders: video `{config.video_encoder}`, music `{config.music_encoder}` (their licences apply).
- Data: `{described["table"]}` (SHA-256 {described["sha256"]}), pairs {described["pairs"]}.
- Labels: {facets}; rows with labels {described["labelled"]}.
- Training: `{train}`
- Limits: it has learnt what these pairs show and nothing else. Measure it with
  `python -m vmr evaluate` before use; a label with few rows is not reliable.
"""
    with replacing(path.with_suffix(".md")) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _model_config(
    args: argparse.Namespace, pairs: Pairs, train_set: PairSet, reader: MediaReader
) -> ModelConfig:
    from vmr.model.config import ModelConfig

    values = _values(args, ModelConfig)
    for side, clips in (("video", train_set.video), ("music", train_set.music)):
        width = clips[0].shape[1]
        values[f"{side}_dim"] = width
        values[f"{side}_encoder"] = reader.id(side)
        if values[f"{side}_pca"] is None:
            values[f"{side}_pca"] = PROJECTED if width > WIDE else 0
    if values["linear"] is None:
        values["linear"] = True
    if values["posterior_share"] is None:
        values["posterior_share"] = POSTERIORS if values["fusion"] == "calibrated" else 0.0
    return ModelConfig(labels={f: n for f, n in pairs.labels.items() if n}, **values)


def _tabulate(args: argparse.Namespace, reader: MediaReader, table: Path) -> None:
    """Extract a folder's videos, leave out those that cannot be read, and write their pairs."""
    from vmr.training.pairs_from_folder import read_labels, write_pairs

    if not args.videos.is_dir():
        raise ManifestError("train.no_folder", folder=args.videos)
    videos = files_with_ending(args.videos, VIDEO_ENDINGS)
    if not videos:
        raise ManifestError("train.no_video", folder=args.videos)
    labels = read_labels(args.labels, videos) if args.labels else {}
    usable = []
    with progress_bar(len(videos)) as bar:
        for video in videos:
            bar.set_postfix_str(video.name)
            try:
                reader.video(video)
                reader.music(video)
                usable.append(video)
            except MediaError as error:
                bar.write(f"left out: {video}: {error}", file=sys.stderr)
            bar.update()
    if len(usable) < 2:
        raise ManifestError("train.few_videos", folder=args.videos, count=len(usable))
    write_pairs(table, usable, labels, args.seed)


def _add_fields(group: Any, config: type, left_out: tuple[str, ...]) -> None:
    """A flag per field; its default is the field's own, and ``None`` where the data decide."""
    for field in fields(config):
        if field.name in left_out:
            continue
        default = None if field.name in DECIDED else field.default
        assert default is not MISSING
        flag = "--" + field.name.replace("_", "-")
        if isinstance(field.default, bool):
            group.add_argument(flag, action=argparse.BooleanOptionalAction, default=default)
        elif isinstance(default, tuple):
            group.add_argument(flag, type=_names, default=default)
        else:
            group.add_argument(flag, type=type(field.default), default=default)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def _values(args: argparse.Namespace, config: type) -> dict[str, Any]:
    names = {field.name for field in fields(config)} - {"labels", "video_dim", "music_dim"}
    return {name: getattr(args, name) for name in names}


def _device(asked: str) -> str:
    import torch

    if asked != "auto":
        return asked
    return "cuda" if torch.cuda.is_available() else "cpu"
