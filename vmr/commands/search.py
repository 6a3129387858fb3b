"""``python -m vmr search``: rank a catalog's music for one video."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from vmr.config import Settings
from vmr.errors import VmrError
from vmr.knowledge.request import Request


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``search``."""
    query = parser.add_mutually_exclusive_group()
    query.add_argument("--video", type=Path, metavar="FILE", help="find music for this video")
    query.add_argument("--music", type=Path, metavar="FILE", help="find music like this track")
    parser.add_argument("--alpha", type=float, default=0.5, help="0 as it feels, 1 by label")
    parser.add_argument("--facet", default="mood", help="label branch, such as mood or genre")
    parser.add_argument(
        "--labels",
        default="",
        metavar="LIST",
        help="labels of the facet in place of what is believed, such as calm,-sad,tender:0.5",
    )
    parser.add_argument(
        "--energy", metavar="1..5", help="1 asleep to 5 driving, in place of what is felt"
    )
    parser.add_argument(
        "--words", default="", metavar="TEXT", help="such as 'warm piano, no drums' or 静かなピアノ"
    )
    parser.add_argument(
        "--words-weight",
        type=float,
        default=Request.words_weight,
        metavar="0..2",
        help="what the words count beside the rest",
    )
    parser.add_argument(
        "--with-silent", action="store_true", help="rank tracks too whose sound is not here"
    )
    parser.add_argument("-k", type=int, default=10, help="how many tracks")
    parser.add_argument("--json", action="store_true", help="print a JSON list, best first")
    parser.add_argument("--catalog", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--checkpoint", type=Path, default=Settings.checkpoint, metavar="FILE")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default=Settings.device)
    parser.add_argument("--commercial", action="store_true", help="only what may earn money")
    parser.add_argument("--policy", type=Path, metavar="TOML", help="which tracks may be ranked")


def run(args: argparse.Namespace) -> int:
    """Print the tracks that fit a video, a piece of music or what was asked, best first."""
    from vmr.retriever import Retriever

    path: Path | None = args.video or args.music
    if path is not None and not path.is_file():
        raise VmrError("search.no_file", path=path)
    request = Request.parse(
        args.alpha,
        args.facet,
        args.k,
        args.labels,
        args.energy,
        args.words,
        args.words_weight,
        args.with_silent,
    )
    settings = Settings(
        args.checkpoint,
        tuple(args.catalog),
        device=args.device,
        commercial=args.commercial,
        policy=args.policy,
    )
    retriever = Retriever.open(settings, lambda text: print(text, file=sys.stderr))
    retriever.ranking.check(request, has_query=path is not None)
    query = None
    if path is not None:
        query = retriever.embed_video(path) if args.video else retriever.embed_music(path)
        for note in query.notes:
            print(note, file=sys.stderr)
    hits = retriever.answer(query, request)
    if args.json:
        print(json.dumps(hits, indent=1, ensure_ascii=False))
        return 0
    for row in hits:
        labels = ", ".join(row["mood"] + row["genre"])
        fit = f"{row['fit']:5.1f}" if "fit" in row else f"{row['score']:6.3f}"
        print(f"{row['rank']:3d}  {fit}  {row['title']}  ({labels})  {row['licence']}")
    return 0
