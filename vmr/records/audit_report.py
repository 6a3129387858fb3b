"""What an audit log comes to: how much was done on each day, by whom, and with which track."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vmr.errors import worded
from vmr.records.audit_entry import Action

OF_TRACKS = (Action.SHOWN, Action.PLAYED, Action.DOWNLOADED, Action.EXPORTED)
Counts = dict[str, Counter[str]]  # {day, person or track: {action: how often}}
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Audit log, {first} to {last}",
        "rows": "{rows} {rows:row|rows}, {people} {people:person|people}, "
        "{videos} {videos:video|videos}.",
        "day": "Day (UTC)",
        "person": "Person",
        "track": "Track",
        "more": "{count} further {count:track is|tracks are} left out (`--most`).",
        "empty": "Nothing was logged in this time.",
        **{str(action): str(action) for action in Action},
    },
    "ja": {
        "title": "監査ログ {first} 〜 {last}",
        "rows": "{rows} 行、{people} 人、動画 {videos} 本。",
        "day": "日付（UTC）",
        "person": "利用者",
        "track": "曲",
        "more": "ほか {count} 曲は省略（`--most`）。",
        "empty": "この期間の記録はありません。",
        "matched": "検索",
        "shown": "表示",
        "played": "再生",
        "downloaded": "ダウンロード",
        "exported": "書き出し",
        "labelled": "ラベル付け",
        "adapted": "適応",
        "changed": "変更",
        "refused": "拒否",
        "pruned": "期限切れ削除",
    },
}


@dataclass
class Summary:
    """Counts of a part of the log; ``add`` takes its rows one by one."""

    rows: int = 0
    first: str = ""
    last: str = ""
    days: Counts = field(default_factory=lambda: defaultdict(Counter))
    people: Counts = field(default_factory=lambda: defaultdict(Counter))
    tracks: Counts = field(default_factory=lambda: defaultdict(Counter))
    videos: set[str] = field(default_factory=set)

    def add(self, row: Mapping[str, Any]) -> None:
        """Count a row of the log."""
        self.rows += 1
        self.first, self.last = self.first or row["at"][:10], row["at"][:10]
        self.days[row["at"][:10]][row["action"]] += 1
        self.people[row["who"] or "-"][row["action"]] += 1
        if row["video"]:
            self.videos.add(row["video"])
        if row["action"] in OF_TRACKS:
            for catalog, track in json.loads(row["tracks"]):
                self.tracks[f"{catalog}/{track}"][row["action"]] += 1

    def as_json(self) -> dict[str, Any]:
        """The counts as plain JSON."""
        parts = {"days": self.days, "people": self.people, "tracks": self.tracks}
        counts = {name: {key: dict(c) for key, c in part.items()} for name, part in parts.items()}
        return {"rows": self.rows, "videos": len(self.videos), **counts}


def summary_of(rows: Iterable[Mapping[str, Any]]) -> Summary:
    """The counts of these rows."""
    found = Summary()
    for row in rows:
        found.add(row)
    return found


def markdown(found: Summary, language: str = "en", most: int = 50) -> str:
    """The counts as Markdown tables; of the tracks those ``most`` that were shown or used most."""
    words = WORDS[language]
    if not found.rows:
        return f"{words['empty']}\n"
    people = len(found.people.keys() - {"-"})
    numbers = {"rows": found.rows, "people": people, "videos": len(found.videos)}
    title = words["title"].format(first=found.first, last=found.last)
    lines = [f"# {title}", "", worded(words["rows"], **numbers), ""]
    seen = [a for a in Action if any(a in counts for counts in found.days.values())]
    lines += _table(words, "day", sorted(found.days.items()), seen)
    lines += _table(words, "person", _most_first(found.people), seen)
    tracks = _most_first(found.tracks)
    lines += _table(words, "track", tracks[:most], OF_TRACKS)
    if len(tracks) > most:
        lines += [worded(words["more"], count=len(tracks) - most), ""]
    return "\n".join(lines)


def _most_first(counts: Counts) -> list[tuple[str, Counter[str]]]:
    return sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))


def _table(
    words: Mapping[str, str],
    name: str,
    rows: Sequence[tuple[str, Counter[str]]],
    actions: Sequence[Action],
) -> list[str]:
    head = [words[name], *(words[action] for action in actions)]
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * len(actions)}"]
    for key, counts in rows:
        cells = [escaped(key), *(str(counts[action] or "") for action in actions)]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def escaped(name: str) -> str:
    """A name as a cell of a Markdown table: no mark-up of its own."""
    plain = re.sub(r"\s+", " ", name)
    return re.sub(r"[\\`*_\[\]<>|#~!&]", lambda found: f"&#{ord(found[0])};", plain)
