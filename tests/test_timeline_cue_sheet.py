"""The cue sheet holds what a society asks for, in both languages, and no formula and no markup."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from tests.timeline_files import DAWN, NTSC, timeline
from vmr.errors import LANGUAGES
from vmr.text.cells import as_cell
from vmr.timeline.cue_sheet import TEXTS, clock, cue_sheet_csv, cue_sheet_html
from vmr.timeline.project import Cue


def rows(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_each_cue_is_a_row_with_its_times_and_its_rights():
    names, *cues = rows(cue_sheet_csv(timeline()))
    assert names[:5] == ["No.", "Title", "Composer or artist", "Publisher", "Licence"]
    assert len(cues) == 3
    first = dict(zip(names, cues[0], strict=True))
    assert first["Title"] == "Dawn" and first["Publisher"] == "Small House"
    assert (first["In"], first["Out"]) == ("00:00:01:00", "00:00:06:00")
    assert (first["Length"], first["Use"]) == ("0:00:05", "background")
    assert cues[1][names.index("Use")] == "feature"


def test_times_of_a_film_with_dropped_frames_are_as_its_timecode():
    film = replace(timeline(NTSC, 200.0), cues=(Cue(60.1, 120.2, DAWN),))
    assert rows(cue_sheet_csv(film))[1][5:7] == ["00:01:00;03", "00:02:00;06"]


def test_both_languages_have_every_word():
    assert set(TEXTS["en"]) == set(TEXTS["ja"]) and set(TEXTS) == set(LANGUAGES)
    names, first, *_ = rows(cue_sheet_csv(timeline(), "ja"))
    assert names[1] == "曲名" and first[8] == "背景音楽"
    page = cue_sheet_html(timeline(), "ja", date(2026, 3, 1))
    assert 'lang="ja"' in page and "キューシート" in page and "2026-03-01" in page
    assert "毎秒 25 フレーム" in page and "Composer" not in page


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " ="])
def test_a_cell_is_no_formula(start):
    music = replace(DAWN, title=f"{start}cmd|' /c calc'!A1")
    cell = rows(cue_sheet_csv(replace(timeline(), cues=(Cue(1, 5, music),))))[1][1]
    assert cell.startswith("'")
    assert as_cell("Dawn - Dusk") == "Dawn - Dusk" and as_cell("") == ""


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)


def test_names_are_text_on_the_page():
    hostile = "<img src=x onerror=alert(1)>\"'</td><script>"
    music = replace(DAWN, title=hostile, composer=hostile, publisher=hostile, attribution=hostile)
    film = replace(timeline(), name=hostile, cues=(Cue(1, 5, music, use=hostile),))
    for language in LANGUAGES:
        page = cue_sheet_html(film, language)
        elements = Elements()
        elements.feed(page)
        assert not {"img", "script"} & elements.names
        assert page.count("&lt;img") >= 6


def test_what_is_not_known_is_said_and_not_left_out():
    page = cue_sheet_html(timeline())
    assert page.count(TEXTS["en"]["unknown"]) == 2  # the publisher and the licence of Dusk


def test_lengths_are_read_as_on_a_clock():
    assert [clock(s) for s in (0, 75.4, 3600)] == ["0:00:00", "0:01:15", "1:00:00"]
