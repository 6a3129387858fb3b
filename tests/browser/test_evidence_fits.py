"""Tables and plots of the tab Evidence fit their column, and every number can be taken away."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError

from tests.browser.conftest import visiting
from tests.browser.states import open_evidence

pytestmark = pytest.mark.browser

METRICS = ("R@1", "R@5", "R@10", "MedR", "MRR", "P@1", "P@5", "P@10", "P@10 other groups")
ROW = {metric: 24.5 if metric == "MedR" else 0.35 for metric in METRICS}
SWEPT = {
    "split": "test",
    "pool": 50,
    "facet": "mood",
    "chance": ROW,
    "cca": {"video_to_music": ROW},
    "ceiling": dict.fromkeys(METRICS, 1.0),
    "sweep": [
        {"alpha": alpha / 10, "video_to_music": ROW | {"interval": {"R@10": [0.25, 1.0]}}}
        for alpha in range(11)
    ],
    "per_class": {
        "video_to_music": [
            {"class": name, "pairs": 7, "chance": 0.1, "cca": 0.2, "P@10": {"0.0": 0.3, "1.0": 0.4}}
            for name in ("calm", "nostalgic")
        ]
    },
}
# What sticks out of its section, is scrolled sideways, or is text outside of its plot.
FAULTS = """() => {
    const inside = (one, around) => one.left >= around.left - 1 && one.right <= around.right + 1;
    const within = (one, around) => inside(one, around)
        && one.top >= around.top - 1 && one.bottom <= around.bottom + 1;
    const found = [];
    for (const body of document.querySelectorAll("#view-evidence .part-body")) {
        const column = body.getBoundingClientRect();
        const name = (node) => `${body.parentElement.id}: ${node.textContent.trim().slice(0, 40)}`;
        for (const node of body.querySelectorAll("table, svg, pre, .segmented, dl, figure")) {
            const box = node.getBoundingClientRect();
            if (box.width && !inside(box, column)) found.push(`too wide, ${name(node)}`);
            if (node.scrollWidth > node.clientWidth + 1 && node.matches("table, .segmented, dl")) {
                found.push(`is scrolled, ${name(node)}`);
            }
        }
        for (const cell of body.querySelectorAll(":is(th, td):not(.stacks thead *)")) {
            if (cell.scrollWidth > cell.clientWidth + 1) found.push(`is cut, ${name(cell)}`);
        }
        for (const text of body.querySelectorAll("svg text")) {
            const plot = text.ownerSVGElement.getBoundingClientRect();
            if (!within(text.getBoundingClientRect(), plot)) {
                found.push(`outside of its plot, ${name(text)}`);
            }
        }
    }
    return found;
}"""
OPEN_ALL = """(report) => {
    vmr.late.evidence.sweep.show([report], "x.safetensors");
    for (const one of document.querySelectorAll("#view-evidence details")) one.open = true;
}"""


@pytest.fixture(scope="module", params=["en-US", "ja-JP"])
def opened(request, browser, server):
    """The tab with every part open and a sweep of many columns."""
    with visiting(browser, server, locale=request.param, accept_downloads=True) as visit:
        page = visit.open()
        open_evidence(page)
        page.wait_for_function("vmr.late.evidence.report && !vmr.late.evidence.stale")
        page.evaluate(OPEN_ALL, SWEPT)
        yield page
        assert visit.errors == []


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_nothing_is_wider_than_its_column_and_no_text_leaves_its_plot(opened, width):
    opened.set_viewport_size({"width": width, "height": 844})
    assert opened.locator("#view-evidence table").count() >= 20
    assert opened.locator("#view-evidence svg text").count() > 40
    assert opened.evaluate(FAULTS) == []


def test_the_rows_of_a_query_fit_a_phone(matched):
    matched.evaluate("vmr.store.set({ tab: 'evidence' })")
    matched.wait_for_selector("#part-query .left-second")
    matched.set_viewport_size({"width": 390, "height": 844})
    assert matched.evaluate(FAULTS) == []
    matched.set_viewport_size({"width": 1366, "height": 768})


@pytest.mark.parametrize("width", [390, 1280])
def test_the_bars_of_labels_are_equally_long(opened, width):
    opened.set_viewport_size({"width": width, "height": 844})
    lengths = opened.locator(".strength").evaluate_all("(all) => all.map((one) => one.clientWidth)")
    for table in (lengths[:20], lengths[20:]):  # of genres and of moods
        assert table and max(table) - min(table) <= 1 and min(table) > 60


def test_a_plot_names_its_axes_its_lines_and_what_chance_is(opened):
    for plot in opened.locator(".judged .plotted, .sweep .plotted, .study .plotted").all():
        assert plot.locator("figcaption").inner_text()
        assert plot.locator("svg.plot").locator("text").count() == 7  # six ticks and the x axis
        lines, chances = plot.locator(".plot-line").count(), plot.locator(".plot-chance").count()
        assert plot.locator(".key-line").count() == lines
        assert plot.locator(".key-chance").count() == chances >= 1
    legend = opened.locator(".judged .plot-legend").first.inner_text()
    assert "0.27" in legend  # chance of a mood among the bundled tracks


def test_on_a_phone_a_cell_stands_under_the_name_of_its_column(opened):
    opened.set_viewport_size({"width": 390, "height": 844})
    for row in opened.locator("#part-card .stacks tbody tr").all()[:12]:
        first, *cells = row.locator("td").all()
        heads = [cell.get_attribute("data-head") for cell in cells]
        assert all(heads), row.inner_text()
        tops = [cell.bounding_box()["y"] for cell in [first, *cells] if cell.inner_text()]
        assert tops == sorted(set(tops))  # one beneath the other


def test_what_was_not_taught_stands_in_no_column_of_the_taught(opened):
    curves = opened.evaluate("vmr.late.evidence.report.evidence.few_labels")
    parts = opened.locator("#part-learning section").all()[: len(curves)]
    for part, curve in zip(parts, curves.values(), strict=True):
        chance = next(value for name, value in curve.items() if name.startswith("chance"))["mean"]
        assert f"{chance:.3f}" not in part.locator("table").inner_text()
        assert f"{chance:.3f}" in part.locator(".without").inner_text()


def taken(page, button):
    """The download of a button; Chromium asks before the eleventh in a row, and not again."""
    try:
        with page.expect_download(timeout=5000) as download:
            button.click()
    except TimeoutError:
        with page.expect_download() as download:
            button.click()
    return download.value


def test_every_number_can_be_taken_as_csv(opened):
    """One file for each table: heads, then as many lines as there are figures."""
    report = opened.evaluate("vmr.late.evidence.report.evidence")
    counts = {}
    buttons = opened.locator("#view-evidence button.link")
    for name in buttons.filter(has_text="csv").all_inner_texts():
        button = buttons.filter(has_text=name)
        if not button.count():  # the tab was drawn anew when late texts came
            opened.evaluate(OPEN_ALL, SWEPT)
        download = taken(opened, button)
        text = Path(download.path()).read_text("utf-8-sig")
        counts[download.suggested_filename] = len(text.splitlines()) - 1
    held_out = next(one for one in report["sets"] if one["name"] == "held out")
    for part in ("figures", "beliefs", "labels"):
        assert counts[f"{part}-held-out.csv"] == len(held_out[part])
    for name, curve in report["few_labels"].items():
        assert counts[f"few-labels-{name.replace(', ', '-')}.csv"] == len(curve)
    for name, rows in report["corrections"].items():
        assert counts[f"corrections-{name.replace(' ', '-')}.csv"] == len(rows)
    study = report["study"]
    assert counts["muvisync.csv"] == len(study["table"]) + len(study["control"])
    assert counts["muvisync-differences.csv"] == len(study["tests"])
    assert counts["x.metrics.csv"] == 3 + 11 + 2 * 4
    points = opened.locator(".map-plot .dot").count()
    assert (
        counts["map-points.csv"] == points * opened.locator(".map-head .segmented button").count()
    )


def test_beliefs_say_that_their_two_numbers_saw_all_judged_clips(opened):
    clips = sum(opened.evaluate("vmr.late.evidence.report.evidence.sets.map((one) => one.clips)"))
    for part in ("judged", "beliefs"):
        said = opened.locator(f"#part-{part} .part-body p").all_inner_texts()
        assert any(str(clips) in text for text in said), part
    errors = opened.locator(".belief-facets .strip-name").all_inner_texts()
    assert len(errors) == 2 * 3 and len(set(errors)) == 3  # the honest one beside the other two
