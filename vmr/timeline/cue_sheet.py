"""The cue sheet that a collecting society asks for: as CSV, and as a page to print."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vmr.errors import worded
from vmr.text.cells import as_cell
from vmr.timeline.edl import timecode
from vmr.timeline.placing import frames
from vmr.timeline.project import Cue, Timeline

COLUMNS = ("number", "title", "composer", "publisher", "licence", "in", "out", "length", "use")
TEXTS = {
    "en": {
        "sheet": "Cue sheet",
        "number": "No.",
        "title": "Title",
        "composer": "Composer or artist",
        "publisher": "Publisher",
        "licence": "Licence",
        "in": "In",
        "out": "Out",
        "length": "Length",
        "use": "Use",
        "film": "Video file",
        "duration": "Running time",
        "music": "Music in all",
        "made": "Made on",
        "rate": "{rate} {rate:frame|frames} a second",
        "attributions": "To be named",
        "unknown": "not known: fill in before it is sent",
    },
    "ja": {
        "sheet": "キューシート（使用楽曲報告）",
        "number": "番号",
        "title": "曲名",
        "composer": "作曲者・アーティスト",
        "publisher": "音楽出版社",
        "licence": "ライセンス",
        "in": "開始",
        "out": "終了",
        "length": "長さ",
        "use": "用途",
        "film": "動画ファイル",
        "duration": "本編の長さ",
        "music": "音楽の合計",
        "made": "作成日",
        "rate": "毎秒 {rate} フレーム",
        "attributions": "クレジット表示",
        "unknown": "不明（提出前に記入してください）",
    },
}
USES = {
    "ja": {
        "background": "背景音楽",
        "feature": "主要使用",
        "theme": "テーマ曲",
        "logo": "ロゴ",
    }
}


def cue_sheet_csv(timeline: Timeline, language: str = "en") -> str:
    """One row for each cue, named as a person reads them; the byte order mark is for Excel."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([TEXTS[language][name] for name in (*COLUMNS, "attributions")])
    for row, cue in zip(_rows(timeline, language), timeline.cues, strict=True):
        cells = [row[name] for name in COLUMNS]
        writer.writerow([as_cell(cell) for cell in [*cells, cue.music.attribution]])
    return "\ufeff" + out.getvalue()


def cue_sheet_html(timeline: Timeline, language: str = "en", made: date | None = None) -> str:
    """A page to print."""
    texts = TEXTS[language]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rate = f"{float(timeline.film.fps):.3f}".rstrip("0").rstrip(".")
    credits = dict.fromkeys(cue.music.attribution for cue in timeline.cues)
    return environment.get_template("cue_sheet.html").render(
        t=texts,
        language=language,
        columns=COLUMNS,
        rows=_rows(timeline, language),
        film=timeline.name,
        file=timeline.film.path.rpartition("/")[2],
        duration=clock(timeline.film.seconds),
        music=clock(sum(cue.length_s for cue in timeline.cues)),
        rate=worded(texts["rate"], rate=rate),
        credits=[credit for credit in credits if credit],
        made="" if made is None else made.isoformat(),
    )


def _rows(timeline: Timeline, language: str) -> list[dict[str, str]]:
    return [_row(timeline, i, cue, language) for i, cue in enumerate(timeline.cues, start=1)]


def _row(timeline: Timeline, number: int, cue: Cue, language: str) -> dict[str, str]:
    fps, music = timeline.film.fps, cue.music
    return {
        "number": str(number),
        "title": music.title,
        "composer": music.composer,
        "publisher": music.publisher,
        "licence": music.licence,
        "in": timecode(frames(cue.start_s, fps), fps),
        "out": timecode(frames(cue.end_s, fps), fps),
        "length": clock(cue.length_s),
        "use": USES.get(language, {}).get(cue.use, cue.use),
    }


def clock(seconds: float) -> str:
    """``75.4`` -> "0:01:15"."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
