"""What people take along: the shortlist and its exports, comparisons, the rendered video."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.browser.conftest import row, shown_titles
from vmr.media.read import probe

pytestmark = pytest.mark.browser


def saved(page, button: str) -> str:
    with page.expect_download() as download:
        page.click(button)
    return download.value.path().read_text(encoding="utf-8-sig")


def test_the_shortlist_keeps_order_and_notes_and_exports_them(matched):
    titles = shown_titles(matched)[:3]
    for i in range(3):
        matched.click(f"{row(i + 1)} .star")
    matched.click("#tab-shortlist")
    matched.fill(".note-field >> nth=2", "=1+1, for the end")
    matched.click(".move-up >> nth=2")
    expected = [titles[0], titles[2], titles[1]]
    rows = list(csv.DictReader(io.StringIO(saved(matched, "text=CSV"), newline="")))
    assert [row["title"] for row in rows] == expected
    assert rows[1]["note"] == "'=1+1, for the end"  # a spreadsheet shall not compute it
    assert all(row["licence"] and row["attribution"] for row in rows)
    kept = json.loads(saved(matched, "text=JSON"))
    assert [entry["rank"] for entry in kept] == [1, 2, 3]
    assert kept[1]["note"] == "=1+1, for the end" and kept[0]["video"] == "Earth at night.mp4"
    printed = saved(matched, "text=Page to print")
    assert printed.count("<audio") == 3 and "data:audio/ogg;base64" in printed
    assert all(entry["attribution"].split(",")[0] in printed for entry in kept)


def test_the_shortlist_survives_a_reload(browser, server, matched, shared):
    matched.click(f"{row(1)} .star")
    with shared.context.expect_page() as opened:
        matched.evaluate("open(location.origin)")
    page = opened.value
    page.wait_for_selector("#tab-shortlist .badge")
    assert page.locator("#tab-shortlist .badge").inner_text() == "1"
    page.close()


@pytest.mark.thorough
def test_three_positions_stand_side_by_side(matched):
    orders = {}
    for alpha in (0, 0.5, 1):
        matched.evaluate("(alpha) => vmr.store.set({ alpha })", alpha)
        orders[alpha] = shown_titles(matched)[:5]
    matched.click("text=Compare")
    matched.wait_for_selector(".compare-row")
    columns = matched.locator(".compare-column").all()
    for alpha, column in zip((0, 0.5, 1), columns, strict=True):
        assert column.locator(".title").all_inner_texts()[:5] == orders[alpha]
    columns[0].locator(".compare-head").click()
    assert matched.evaluate("vmr.store.get('alpha')") == 0
    assert matched.locator("#view-match .list-scroll").is_visible()


@pytest.mark.thorough
def test_two_tracks_change_places_while_the_video_runs_on(matched):
    matched.click(f"{row(1)} .play")
    matched.wait_for_function("vmr.stage.video.currentTime > 0.5")
    matched.click(f"{row(2)} .play")
    second = matched.evaluate("vmr.stage.track.id")
    matched.wait_for_timeout(400)
    before = matched.evaluate("vmr.stage.video.currentTime")
    matched.keyboard.press("x")
    assert matched.evaluate("vmr.stage.track.id") != second
    matched.keyboard.press("x")
    assert matched.evaluate("vmr.stage.track.id") == second
    matched.wait_for_timeout(300)
    assert matched.evaluate("vmr.stage.video.currentTime") > before


def test_the_musics_start_can_be_moved_on_the_waveform(matched):
    matched.click(f"{row(1)} .play")
    matched.wait_for_function("vmr.stage.player.deck.audio.currentTime > 0.3")
    wave = matched.locator("#view-match .now-wave").bounding_box()
    matched.mouse.click(wave["x"] + wave["width"] / 2, wave["y"] + 10)
    half = matched.evaluate("vmr.stage.track.seconds") / 2
    matched.wait_for_timeout(400)
    assert matched.evaluate("vmr.stage.player.deck.audio.currentTime") == pytest.approx(
        half, abs=1.5
    )
    assert "Music starts at" in matched.locator(".start-time").inner_text()


def test_the_presentation_shows_picture_slider_and_five_rows(matched):
    matched.click(".present-button")
    matched.wait_for_selector(".presenting")
    assert not matched.locator("#view-match .filters").is_visible()
    assert matched.locator("#alpha").is_visible()
    frame = matched.locator("#view-match .film-frame").bounding_box()
    assert frame["width"] > 550
    matched.keyboard.press("Escape")
    matched.wait_for_selector("#view-match .filters:visible")


def test_the_video_with_its_music_can_be_downloaded(matched, tmp_path):
    matched.click(f"{row(1)} .more")
    matched.click(".menu >> text=Download as MP4")
    with matched.expect_download(timeout=90_000) as download:
        matched.click("text=Make the MP4")
    out = tmp_path / "out.mp4"
    download.value.save_as(out)
    matched.keyboard.press("Escape")
    info = probe(out)
    if ffprobe := shutil.which("ffprobe"):
        subprocess.run([ffprobe, "-v", "error", out], check=True)
    assert info.has_video and info.has_audio
    assert info.duration_s == pytest.approx(30, abs=1.0)


def test_a_row_goes_into_the_editing_program_as_a_zip(matched, tmp_path):
    matched.click(f"{row(1)} .more")
    matched.click(".menu >> text=Download as MP4")
    with matched.expect_download(timeout=60_000) as download:
        matched.click("text=For the editing program")
    out = tmp_path / "timeline.zip"
    download.value.save_as(out)
    assert download.value.suggested_filename.endswith(".zip")
    matched.keyboard.press("Escape")
    with zipfile.ZipFile(out) as archive:
        names = archive.namelist()
        endings = {Path(name).suffix for name in names}
        assert {".otio", ".fcpxml", ".edl", ".xml", ".mlt", ".csv", ".html"} <= endings
        assert sum(name.startswith("music/") for name in names) == 1
        (edl,) = (archive.read(name).decode() for name in names if name.endswith(".edl"))
    assert " 00:00:30:0" in edl and "MUSIC: " in edl
