"""``python -m vmr audit``: check, export, sum up and prune the log that app.py --audit keeps, and
measure which tracks are shown (vmr.commands.audit_bias)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any

from vmr.commands.audit_bias import add_bias_arguments, measure_bias
from vmr.config import Settings
from vmr.errors import LANGUAGES, VmrError, plural
from vmr.files import replacing
from vmr.records.audit_log import AuditLog, End
from vmr.text.cells import write_rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Actions ``verify``, ``export``, ``report``, ``prune`` and ``bias``, each with its flags."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="whether the log is whole; exit code 1 if not")
    verify.add_argument(
        "--head", type=end_from, metavar="N:HASH", help="a head that was noted before is in it too"
    )
    verify.add_argument("--lang", choices=LANGUAGES, default="en")
    export = actions.add_parser("export", help="the rows as CSV or JSON lines")
    export.add_argument("--format", choices=("csv", "jsonl"), default="csv")
    report = actions.add_parser("report", help="counts by day, person and track, as Markdown")
    report.add_argument("--lang", choices=LANGUAGES, default="en")
    report.add_argument("--most", type=int, default=50, metavar="N", help="tracks that are listed")
    report.add_argument("--json", action="store_true", help="the counts as JSON")
    prune = actions.add_parser("prune", help="remove what is old; the rest stays verifiable")
    prune.add_argument("--days", type=days, required=True, metavar="N", help="older than this")
    bias = actions.add_parser("bias", help="which tracks are shown, against the catalog's shares")
    add_bias_arguments(bias)
    for action in (export, report):
        action.add_argument("--since", type=day, metavar="DATE", help="2026-01-31")
        action.add_argument("--until", type=day, metavar="DATE", help="not included")
        action.add_argument("--out", type=Path, metavar="FILE", help="instead of printing it")
    for action in (verify, export, report, prune, bias):
        action.add_argument("--data", type=Path, default=Settings.data, metavar="DIR")


def run(args: argparse.Namespace) -> int:
    """Do what the action names; 1 where the log is not whole."""
    log = AuditLog(args.data)
    if args.action == "bias":
        return measure_bias(log, args)
    if args.action == "verify":
        return verify(log, args.head, args.lang)
    if not log.path.exists():
        raise VmrError("audit.none", folder=log.folder)
    if args.action == "prune":
        print(f"{plural(log.prune(args.days), 'row')} removed; note the head now: {log.end()}")
        return 0
    with output(args.out) as file:
        if args.action == "export":
            write = write_csv if args.format == "csv" else write_lines
            write(file, rows_of(log, args))
        else:
            file.write(summed_up(log, args))
    return 0


def verify(log: AuditLog, noted: End | None, language: str) -> int:
    """Say whether the log is whole, and its head for keeping elsewhere."""
    from vmr.records.audit_check import verify as check

    verdict = check(log, noted)
    for fault in verdict.faults:
        print(f"fault: {fault.sentence(language)}", file=sys.stderr)
    if not verdict.is_whole:
        return 1
    print(f"whole: {plural(verdict.rows, 'row')}")
    print(f"head: {verdict.end}")
    return 0


def summed_up(log: AuditLog, args: argparse.Namespace) -> str:
    """The counts as Markdown or JSON."""
    from vmr.records.audit_report import markdown, summary_of

    found = summary_of(rows_of(log, args))
    if args.json:
        return json.dumps(found.as_json(), ensure_ascii=False) + "\n"
    return markdown(found, args.lang, args.most)


def rows_of(log: AuditLog, args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The rows of the time that was asked for."""
    return log.rows(args.since or "", args.until or "~")


def write_csv(file: IO[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows with a head; no cell is a formula to a spreadsheet."""
    from vmr.records.audit_entry import COLUMNS

    write_rows(file, (*COLUMNS, "hash"), rows)


def write_lines(file: IO[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """A JSON object a line; lists and mappings as such."""
    from vmr.records.audit_entry import JSON_COLUMNS

    for row in rows:
        read = {name: json.loads(row[name]) for name in JSON_COLUMNS}
        file.write(json.dumps({**row, **read}, ensure_ascii=False) + "\n")


@contextmanager
def output(path: Path | None) -> Iterator[IO[str]]:
    """The file that was named, written in one piece, or what is printed to."""
    if path is None:
        yield sys.stdout
        return
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        yield file


def day(text: str) -> str:
    """A date; ValueError for what is none."""
    return date.fromisoformat(text).isoformat()


def days(text: str) -> float:
    """A number of days; ValueError for what is none or negative."""
    found = float(text)
    if not 0 <= found < 1e5:
        raise ValueError
    return found


def end_from(text: str) -> End:
    """NUMBER:HASH as ``verify`` prints it; ValueError for what is none."""
    number, _, digits = text.partition(":")
    if len(digits) != 64:
        raise ValueError
    return End(int(number), digits.lower())
