"""The tab Evidence in a real browser, and the endpoints that it shows."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import PROJECT, shown_titles, visiting
from tests.browser.test_reach import axe_problems

pytestmark = pytest.mark.browser

REPORT = {
    "split": "test",
    "pool": 50,
    "facet": "mood",
    "chance": {"R@10": 0.2, "P@10": 0.1, "MedR": 25.5},
    "sweep": [
        {
            "alpha": alpha,
            "video_to_music": {
                **{"R@10": 0.5 - alpha / 5, "P@10": 0.3 + alpha / 4, "MedR": 9.0},
                "interval": {"R@10": [0.25, 0.6]},
            },
        }
        for alpha in (0.0, 0.5, 1.0)
    ],
}


@pytest.fixture
def evidence(matched):
    matched.click("#tab-evidence")
    matched.wait_for_selector(".map-plot .dot")
    matched.wait_for_function("vmr.late.evidence.report && !vmr.late.evidence.stale")
    return matched


@pytest.mark.thorough
def test_card_licences_and_fingerprint_are_shown(evidence, server):
    text = evidence.locator("#view-evidence").inner_text()
    assert re.search(r"starter\.safetensors · [0-9a-f]{12}", text)
    assert "Apache-2.0" in text and "MIT: 28" in text
    card = evidence.locator("#part-card").inner_text()
    assert len(card) > 100


def test_the_judged_figures_stand_there_and_can_be_taken_as_csv(evidence):
    found = json.loads((PROJECT / "checkpoints" / "starter.evidence.json").read_text("utf-8"))
    shown = evidence.evaluate("vmr.late.evidence.judged.sets[vmr.late.evidence.judged.chosen].name")
    one = next(one for one in found["sets"] if one["name"] == shown)
    fits = next(row for row in one["figures"] if row["name"] == "starter, alpha 1, mood: fits")
    strips = evidence.locator(".judged-catalogs section >> nth=0").locator(".strip")
    texts = [text for text in strips.all_inner_texts() if text.startswith("alpha 1, mood: fits")]
    assert len(texts) == 1 and f"{fits['value']:.2f}" in texts[0]
    assert f"chance {fits['chance']:.2f}" in texts[0]
    calm = next(row for row in one["labels"] if row["label"] == "calm")
    strengths = evidence.locator(".strengths tr").all_inner_texts()
    assert [cells.split() for cells in strengths if cells.startswith("calm")] == [
        ["calm", str(calm["right"]), "of", str(calm["chosen"]), str(calm["fitting"])]
    ]
    assert evidence.locator("#part-beliefs .plot-dot").count() == len(one["beliefs"])
    assert "no story" in evidence.inner_text("#part-limits")
    with evidence.expect_download() as download:
        evidence.click("#part-judged .link >> text=figures")
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == len(one["figures"]) + 1 and lines[0].startswith("name,measure,value")


@pytest.mark.thorough
def test_a_card_cannot_bring_html_or_scripts(evidence):
    evidence.evaluate("""() => {
        const { evidence } = vmr.late;
        const card = ["# <b>x</b>", "<img src=x onerror=hacked=1>",
            "[a](javascript:hacked=1) [b](https://example.org)", "| <i>c</i> |\\n|---|\\n| d |"];
        evidence.report = { ...evidence.report, card: card.join("\\n\\n") };
        vmr.store.set({ lang: "" });
        vmr.speak("en");
    }""")
    card = evidence.locator("#part-card .part-body")
    assert "<img src=x onerror=hacked=1>" in card.inner_text()
    assert card.locator("img, b, i").count() == 0
    links = card.locator("a").evaluate_all("(all) => all.map((a) => [a.href, a.rel])")
    assert links == [["https://example.org/", "noopener noreferrer"]]
    assert evidence.evaluate("window.hacked") is None
    evidence.evaluate("vmr.late.evidence.report = null")


@pytest.mark.thorough
def test_the_sweep_has_rows_for_chance_and_lines_with_intervals(evidence):
    evidence.evaluate(
        "(reports) => vmr.late.evidence.sweep.show(reports, 'x.safetensors')", [REPORT]
    )
    rows = evidence.locator(".sweep tr").all_inner_texts()
    assert rows[0].split() == ["alpha", "R@10", "P@10", "MedR"]
    assert rows[1].split("\t") == ["chance", "20.0 %", "10.0 %", "25.5"]
    assert rows[2].split("\t") == ["0.00", "50.0 %", "30.0 %", "9.0"]
    assert evidence.locator(".sweep .plot-line").count() == 2
    assert evidence.locator(".sweep .plot-chance").count() == 2
    assert evidence.locator(".sweep .plot-band").count() == 1
    evidence.click(".sweep-drawn button >> text=P@10")
    assert evidence.locator(".sweep .plot-line").count() == 1
    evidence.evaluate("vmr.late.evidence.report = null")


def test_the_map_shows_tracks_films_and_the_query_and_turns_with_the_branch(evidence):
    assert evidence.locator(".map-plot circle.dot").count() >= 28
    assert evidence.locator(".map-plot rect.dot").count() == 4
    assert evidence.locator(".query-ring").is_visible()
    place = ".map-plot circle.dot >> nth=0"
    before = evidence.locator(place).evaluate("(dot) => dot.style.transform")
    evidence.click(".map .segmented >> text=mood")
    assert evidence.locator(place).evaluate("(dot) => dot.style.transform") != before
    assert evidence.locator(".map-plot .dot").evaluate_all("""(dots) => dots.every((dot) => {
        const [x, y] = dot.style.transform.match(/-?[\\d.]+/g).map(Number);
        return x >= 0 && x <= 900 && y >= 0 && y <= 480; })""")


@pytest.mark.thorough
def test_a_point_plays_and_names_its_nearest_tracks(evidence):
    evidence.click(".map .segmented >> text=feel")
    evidence.locator(".map-plot circle.dot >> nth=4").dispatch_event("click")
    evidence.wait_for_selector(".near li")
    evidence.wait_for_function("vmr.late.evidence.map.audio.currentTime > 0.2")
    cosines = [float(text) for text in evidence.locator(".near b").all_inner_texts()]
    assert len(cosines) == 8 and cosines == sorted(cosines, reverse=True)
    assert evidence.locator(".near-lines path").count() == 8
    evidence.click(".near-name >> nth=0")
    evidence.wait_for_function("document.querySelectorAll('.near li').length === 8")
    evidence.click("#tab-match")
    assert evidence.evaluate("vmr.late.evidence.map.audio.paused")


def test_a_point_can_be_found_by_name_without_a_mouse(evidence):
    evidence.fill(".map-head input", "deep zoom")
    evidence.keyboard.press("Enter")
    evidence.wait_for_selector(".map-film")
    assert evidence.locator(".map-chosen .title").inner_text() == "deep zoom"
    evidence.wait_for_selector(".near li")
    evidence.locator(".map-plot rect.dot.chosen").dispatch_event("click")
    evidence.wait_for_function("document.querySelector('.map-film').currentTime > 0.3")


def test_the_numbers_are_those_of_the_rows(evidence):
    rows = evidence.locator(".left-second tbody tr")
    titles = rows.locator("th").all_inner_texts()
    scores = evidence.evaluate(
        "vmr.store.get('order').slice(0, 10).map((i) => vmr.ranking.scores[i].toFixed(3))"
    )
    assert rows.locator("td:last-child").all_inner_texts() == scores
    with evidence.expect_download() as download:
        evidence.click("#part-query .link >> text=last-query.csv")
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 1 + evidence.evaluate("vmr.store.get('order').length")
    kept = [f"{float(line.split(',')[-1]):.3f}" for line in lines[1:11]]
    assert kept == scores and lines[0].startswith("rank,title,weight ssl,part ssl")
    rows.locator("button").first.click()
    matrices = evidence.locator(".dialog .matrix")
    assert matrices.count() == 1  # only a mix needs more
    corner = matrices.locator("tbody td").first.inner_text()
    assert float(corner) == pytest.approx(1, abs=1e-3)  # a unit vector with itself
    cells = evidence.locator(".dialog table.numbers").last.locator("tbody td").all_inner_texts()
    assert len(cells) == 2 * evidence.evaluate("vmr.ranking.ranker.branches.length")
    evidence.keyboard.press("Escape")
    evidence.click("#tab-match")
    evidence.wait_for_function(f"document.querySelectorAll('.rows > *').length >= {len(titles)}")
    assert shown_titles(evidence)[: len(titles)] == titles


def test_the_stages_of_the_query_are_timed(browser, server, tmp_path, short_video):
    """Of a film that nobody has asked the server for: one that it knows takes no time."""
    film = tmp_path / "timed.mp4"
    film.write_bytes(short_video.read_bytes() + b"\0\0\0\x08free")
    with visiting(browser, server) as visit:
        visit.open()
        visit.match(film)
        visit.page.click("#tab-evidence")
        visit.page.wait_for_selector(".timing")
        lines = visit.page.locator(".timing").all_inner_texts()
    assert len(lines) == 4 and all("ms" in line for line in lines)
    assert "slider" in lines[-1] and float(lines[-1].split("\n")[-1].split()[0]) < 16


def best_title(page) -> str:
    """The track that the list has first: the best whose sound is on this machine."""
    return page.evaluate("vmr.store.get('payload').tracks[vmr.store.get('order')[0]].title")


@pytest.mark.thorough
def test_the_python_shown_runs_as_it_stands(evidence, world_video):
    code = evidence.locator(".code pre").nth(0).inner_text()
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=world_video.parent,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if re.match(r"\d+ ", line)]
    assert len(lines) == 10 and best_title(evidence) in lines[0]


@pytest.mark.thorough
def test_the_shell_lines_shown_run_as_they_stand(evidence, world_video):
    if not (shutil.which("curl") and shutil.which("bash")):
        pytest.skip("curl or bash is not installed")
    code = evidence.locator(".code pre").nth(1).inner_text()
    done = subprocess.run(
        ["bash", "-c", code], cwd=world_video.parent, capture_output=True, text=True, timeout=90
    )
    assert "event: complete" in done.stdout, done.stdout + done.stderr
    data = next(line for line in done.stdout.splitlines() if line.startswith("data: [["))
    assert json.loads(data[len("data: ") :])[0][0]["title"] == best_title(evidence)


def test_search_music_and_index_status_answer_a_client(server, calm_track):
    from gradio_client import Client, handle_file

    client = Client(server, verbose=False)
    hits = client.predict(handle_file(calm_track), 0.4, "mood", 3, api_name="/search_music")
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    fields = {"id", "title", "library", "video", "seconds", "sha256", "score", "parts"}
    assert all(set(hit) >= fields for hit in hits)
    assert not any(Path(hit["video"]).is_absolute() for hit in hits)
    status = client.predict(api_name="/index_status")
    assert status["library"] == {"name": "films", "videos": 4}
    assert len(status["checkpoint"]["fingerprint"]) == 32
    assert status["catalogs"][0]["tracks"] == 28
    slow = client.predict(handle_file(calm_track), 0.4, "tempo", 3, api_name="/search_music")
    assert len(slow) == 3 and "tempo" in slow[0]["parts"]
    with pytest.raises(Exception, match="no facet 'weather'"):
        client.predict(handle_file(calm_track), 0.4, "weather", 3, api_name="/search_music")


@pytest.mark.thorough
def test_a_phone_needs_no_sideways_scrolling(browser, server):
    size = {"width": 390, "height": 844}
    with visiting(browser, server, viewport=size, has_touch=True, is_mobile=True) as visit:
        page = visit.open()
        page.tap("#tab-evidence")
        page.wait_for_selector(".map-plot .dot")
        assert page.evaluate("document.querySelector('#view-evidence').scrollWidth") <= 390
        assert "Nothing was searched yet" in page.locator("#part-query").inner_text()
        assert visit.errors == []


@pytest.mark.thorough
def test_japanese_names_everything(browser, server):
    with visiting(browser, server, locale="ja-JP") as visit:
        page = visit.open()
        page.click("#tab-evidence")
        page.wait_for_selector(".map-plot .dot")
        texts = page.locator("#view-evidence").inner_text()
        assert not re.findall(r"\b(?:evidence|map|sweep)\.[a-z]+", texts)
        for english in ("Embedding map", "Measurements", "Click a point", "last query"):
            assert english not in texts


@pytest.mark.thorough
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(evidence, theme):
    evidence.evaluate("(theme) => vmr.store.set({ theme })", theme)
    evidence.evaluate(
        "(reports) => vmr.late.evidence.sweep.show(reports, 'x.safetensors')", [REPORT]
    )
    evidence.locator(".map-plot circle.dot >> nth=2").dispatch_event("click")
    evidence.wait_for_selector(".near li")
    problems = axe_problems(evidence)
    evidence.locator(".left-second button").first.click()
    problems += axe_problems(evidence)
    evidence.keyboard.press("Escape")
    evidence.evaluate("vmr.store.set({ theme: 'light' }); vmr.late.evidence.report = null")
    assert problems == []


def test_music_can_play_elsewhere_after_the_map_was_drawn_anew(evidence):
    evidence.locator(".map-plot circle.dot >> nth=4").dispatch_event("click")
    evidence.wait_for_selector(".near li")
    evidence.evaluate("vmr.late.evidence.map.show(vmr.late.evidence.map.data)")
    evidence.click("#tab-match")
    evidence.click(".row .play >> nth=0")
    evidence.wait_for_function("vmr.store.get('playing')")
    assert evidence.evaluate("vmr.late.evidence.map.audio.paused")
