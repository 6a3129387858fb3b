"""``python -m vmr search``: rank a catalog's music for one video."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from vmr.config import Settings
from vmr.errors import Notice, VmrError, plural
from vmr.files import VIDEO_ENDINGS, files_with_ending, replacing
from vmr.knowledge.request import Request
from vmr.text.cells import write_rows

if TYPE_CHECKING:
    from vmr.answers import Answer
    from vmr.query import Query
    from vmr.retriever import Retriever


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``search``."""
    query = parser.add_mutually_exclusive_group()
    query.add_argument(
        "--video", type=Path, metavar="PATH", help="find music for this video, or each of a folder"
    )
    query.add_argument("--music", type=Path, metavar="FILE", help="find music like this track")
    parser.add_argument("--alpha", type=float, default=0.5, help="0 as it feels, 1 by label")
    parser.add_argument("--facet", default="mood", help="label branch, such as mood or tempo")
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
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a table, for a folder too")
    parser.add_argument("--catalog", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument(
        "--index", metavar="ADDRESS", help="an engine, such as qdrant://host:6333/tracks"
    )
    parser.add_argument("--checkpoint", type=Path, default=Settings.checkpoint, metavar="FILE")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default=Settings.device)
    parser.add_argument("--commercial", action="store_true", help="only what may earn money")
    parser.add_argument("--policy", type=Path, metavar="TOML", help="which tracks may be ranked")


COLUMNS = (
    *(
        "video",
        "seconds_of_video",
        "believed",
        "rank",
        "fit",
        "id",
        "title",
        "artist",
        "catalog",
        "mood",
    ),
    *("genre", "bpm", "key", "licence", "attribution", "reason", "notes", "problem"),
)


def rank_folder(retriever: Retriever, folder: Path, request: Request, out: Path) -> int:
    """Write the first tracks for each video under a folder; how many could not be read is said,
    and why stands in the table. 1 where none could be read. Raises VmrError for an empty folder."""
    paths = files_with_ending(folder, VIDEO_ENDINGS)
    if not paths:
        raise VmrError("search.no_videos", path=folder)
    rows: list[dict[str, Any]] = []
    failed = 0
    for path in tqdm(paths, unit="video", file=sys.stderr):
        name = path.relative_to(folder).as_posix()
        try:
            query = retriever.embed_video(path)
        except VmrError as error:
            failed += 1
            rows.append({"video": name, "problem": str(error)})
            continue
        rows += rows_of(name, retriever, query, retriever.answer(query, request))
    write_table(out, rows)
    print(
        f"{len(paths) - failed} of {plural(len(paths), 'video')} ranked: {out}",
        file=sys.stderr,
    )
    return int(failed == len(paths))


def say_lacking(retriever: Retriever, request: Request) -> None:
    """Say which labels are asked for that no ranked track carries."""
    for label in retriever.ranking.lacking(request):
        print(Notice("search.label_none", label=label), file=sys.stderr)


def rows_of(
    name: str, retriever: Retriever, query: Query | None, hits: Sequence[Answer]
) -> Iterator[dict[str, Any]]:
    """A row for each hit, with what was believed of the video."""
    facts: dict[str, Any] = {"video": name}
    if query is not None and query.modality == "video":
        beliefs = retriever.ranking.believed(query.embedding)["beliefs"]
        facts["believed"] = [rows[0][0] for rows in beliefs.values() if rows]
    if query is not None:
        facts["seconds_of_video"] = round(query.duration_s, 1)
    for hit in hits:
        yield {**hit, **facts}


def write_table(out: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a CSV file that Excel opens as what it is."""
    with replacing(out) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        write_rows(file, COLUMNS, rows)


def file_of(args: argparse.Namespace) -> Path | None:
    """The file or folder that is asked with. Raises VmrError for one that there is not, and for a
    folder where no table is to be written."""
    path: Path | None = args.video or args.music
    if path is not None and not path.exists():
        raise VmrError("search.no_file", path=path)
    if path is not None and path.is_dir() and (args.music or not args.csv):
        raise VmrError("search.folder_csv", path=path)
    return path


def run(args: argparse.Namespace) -> int:
    """Print the tracks that fit a video, a piece of music or what was asked, best first."""
    from vmr.commands.search_text import answer_lines
    from vmr.retriever import Retriever

    path = file_of(args)
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
        index=args.index,
    )
    retriever = Retriever.open(settings, lambda text: print(text, file=sys.stderr))
    retriever.ranking.check(request, has_query=path is not None)
    say_lacking(retriever, request)
    if path is not None and path.is_dir():
        return rank_folder(retriever, path, request, args.csv)
    query = None
    if path is not None:
        query = retriever.embed_video(path) if args.video else retriever.embed_music(path)
    hits = retriever.answer(query, request)
    for note in (*(query.notes if query else ()), *(hits[0]["notes"] if hits else ())):
        print(note, file=sys.stderr)
    if args.csv:
        write_table(args.csv, list(rows_of(path.name if path else "", retriever, query, hits)))
    elif args.json:
        print(json.dumps(hits, indent=1, ensure_ascii=False))
    else:
        print(*answer_lines(retriever, query, request, hits), sep="\n")
    return 0
