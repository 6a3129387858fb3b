"""The plan: sums by hand, a prices file that means harm, both languages whole, the command."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.test_house import GRAPH
from vmr.__main__ import main
from vmr.errors import LANGUAGES, VmrError
from vmr.planning.arithmetic import Curve, Inputs, Point, footage_hours, index_hours, rates, stages
from vmr.planning.described import Measure, machine_described, machine_sentence, measures_table
from vmr.planning.document import Plan, document, in_language, number, texts
from vmr.planning.first_page import LINKED, NEEDED
from vmr.planning.labelling import curve_of, read_curve
from vmr.planning.machine import Machine
from vmr.planning.prices import ITEMS, Price, read_prices
from vmr.planning.search_speed import search_measures

PRICES = Path(__file__).parent.parent / "docs" / "prices.csv"
NO_CURVE = Curve()
MACHINE = Machine(
    cores=4,
    load=0.5,
    music_read_s=2.0,
    music_encode_s=4.0,
    music_flop=3.12e12,
    video_read_s=6.0,
    video_encode_s=1.0,
    video_flop=6.24e11,
    answer_s=3.0,
    search_s=0.1,
    searched=20_000,
    track_bytes={"features": 20_000.0, "embeddings": 1_500.0, "peaks": 200.0, "table": 300.0},
    embedding_bytes=1_500.0,
    classes=20,
)
INPUTS = Inputs(tracks=100_000, hours_of_video=50, labels=2000, minutes_per_track=3.0)
PRICED = {
    item: Price(item, "", amount, currency)
    for item, amount, currency in zip(
        ITEMS, (30.0, 800.0, 0.5, 2.0, 9.0, 0.02), ("EUR",) * 5 + ("USD",), strict=True
    )
}


def amounts(inputs: Inputs, curve: Curve = NO_CURVE) -> dict[str, float | None]:
    found = stages(inputs, MACHINE, PRICED, curve)
    return {line.key: line.amount for stage in found for line in stage.lines}


# ---- arithmetic, worked out by hand ---------------------------------------------------------


def test_hours_bytes_and_machines_are_those_worked_out_by_hand():
    found = amounts(INPUTS)
    assert found["labelling"] == pytest.approx(2000 * 0.5 / 60 * 1.1)  # 18 h 20 min
    assert found["per_class"] == 100
    assert found["index"] == pytest.approx(125)  # 300,000 min x 6 s / 4 cores = 450,000 s
    assert found["footage"] == pytest.approx(5.8333, abs=1e-3)  # 3000 min x 7 s = 21,000 s
    assert found["search"] == pytest.approx(0.5)  # five times the 20,000 tracks
    assert found["answer"] == pytest.approx(3.5)
    assert found["storage"] == pytest.approx(2.2)  # 22 kB x 100,000
    assert found["memory"] == pytest.approx(0.15)
    assert found["machines"] == 2  # 60 x 3.5 s an hour is 12 % of one, and one in reserve
    assert amounts(replace(INPUTS, videos_per_hour=600))["machines"] == 3  # 117 % at half load
    assert found["running"] == 2 * 730
    assert found["training"] is None and found["specialist"] is None and found["expected"] is None


def test_a_card_takes_the_network_and_leaves_the_decoding():
    card = replace(INPUTS, gpu="a10g", gpu_share=0.1)
    # 3.12e12 operations at a tenth of 31.2e12 a second take 1 s; decoding on 4 cores .5 s
    assert index_hours(card, MACHINE) == pytest.approx(300_000 * 1.0 / 3600)
    pace = {line.key: line.amount for line in rates(card, MACHINE)}
    assert pace["rate_gpu"] == pytest.approx(card.tracks / 300_000)
    assert pace["rate_cpu"] == pytest.approx(card.tracks / 450_000)
    assert [line.key for line in rates(replace(card, gpu="cpu"), MACHINE)] == ["rate_cpu"]
    faster = replace(card, gpu_share=0.5)  # .2 s, so that decoding decides
    assert index_hours(faster, MACHINE) == pytest.approx(300_000 * 0.5 / 3600)
    assert footage_hours(card, MACHINE) == pytest.approx(3000 * (6.0 + 0.2) / 3600)
    assert {line.basis for line in stages(card, MACHINE, PRICED, Curve())[1].lines[:2]} == {
        "estimated"
    }


def test_sums_stand_by_currency_and_only_where_nothing_is_missing():
    data, build, operate = stages(INPUTS, MACHINE, PRICED, Curve())
    assert data.sums == {"EUR": pytest.approx(550.0)}
    assert operate.sums == {"USD": pytest.approx(2.2 * 0.02), "EUR": pytest.approx(730.0)}
    assert build.missing and build.sums == {}  # nobody said how many days of a specialist
    _, build, _ = stages(replace(INPUTS, specialist_days=2), MACHINE, PRICED, Curve())
    assert build.sums == {"EUR": pytest.approx(125 * 0.5 + 5.8333 * 0.5 + 1600, abs=0.01)}
    unpriced = PRICED | {"labelling": Price("labelling")}
    assert stages(INPUTS, MACHINE, unpriced, Curve())[0].missing


def test_the_curve_is_read_between_its_points_and_says_nothing_before_them():
    curve = Curve("P@10", (Point(5, 0.2), Point(20, 0.5), Point(100, 0.6)))
    assert curve.at(4) is None and Curve().at(50) is None
    assert curve.at(5) == 0.2
    assert curve.at(12.5) == pytest.approx(0.35)
    assert curve.at(60) == pytest.approx(0.55)
    assert curve.at(500) == 0.6
    assert amounts(INPUTS, curve)["expected"] == pytest.approx(0.6)


def test_a_curve_file_is_read_and_a_wrong_one_refused(tmp_path):
    path = tmp_path / "curve.json"
    path.write_text(json.dumps({"measure": "P@10", "points": [[20, 0.5], [5, 0.2]]}))
    assert read_curve(path) == Curve("P@10", (Point(5, 0.2), Point(20, 0.5)))
    assert read_curve(None) == Curve()
    for wrong in ("{", "[]", '{"measure": "x", "points": [[5, 1], [5, 2]]}', '{"points": [[1]]}'):
        path.write_text(wrong)
        with pytest.raises(VmrError):
            read_curve(path)


def test_the_curve_beside_the_checkpoint_is_that_of_the_facet_at_random():
    rows = {"random 20": {"mean": 0.5}, "random 5": {"mean": 0.3}, "active 5": {"mean": 0.9}}
    rows |= {"random all": {"mean": 0.7}, "chance": {"mean": 0.1}}
    evidence = {"few_labels": {"games, genre": rows, "games, mood": {}}}
    curve = curve_of(evidence, "genre")
    assert curve.points == (Point(5, 0.3), Point(20, 0.5)) and curve.of_catalog == "games, genre"
    assert curve_of(evidence, "mood") == curve_of({}, "genre") == Curve()
    for language, words in zip(LANGUAGES, ("labels chosen at random", "無作為"), strict=True):
        page = document(plan(PRICED, curve=curve), language, "html")
        assert words in page and "games, genre" in page and "0.5" in page


# ---- prices ---------------------------------------------------------------------------------


def test_the_table_that_comes_with_the_project_names_every_price_and_invents_none():
    prices = read_prices(PRICES)
    assert set(prices) == set(ITEMS)
    assert all(price.amount is None and price.unit for price in prices.values())


def table(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "prices.csv"
    text = "\n".join(["item,unit,price,currency,date,source", *rows])
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "row",
    [
        "labelling,hour,nan,EUR,,",
        "labelling,hour,inf,EUR,,",
        "labelling,hour,-1,EUR,,",
        "labelling,hour,1e300,EUR,,",
        "labelling,hour,12,,,",
        "labelling,hour,12,EUR,yesterday,",
        "labelling,hour,=1+1,EUR,,",
        "lunch,day,12,EUR,,",
        f"labelling,hour,12,EUR,,{'x' * 5000}",
        "labelling,hour,12,EUR,,a\x07b",
        "labelling,hour,12,EUR,,\nlabelling,hour,13,EUR,,",
    ],
)
def test_a_row_that_is_no_price_is_refused_with_its_line(tmp_path, row):
    with pytest.raises(VmrError, match=r"line [23]"):
        read_prices(table(tmp_path, row))


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)


def plan(
    prices, inputs: Inputs = INPUTS, curve: Curve = NO_CURVE, name: str = "prices.csv"
) -> Plan:
    found = stages(inputs, MACHINE, prices, curve)
    return Plan(inputs, MACHINE, found, prices, name, curve, date(2026, 3, 1))


HOSTILE = '<img src=x onerror=alert(1)>"|[a](javascript:b)`'


def test_what_a_prices_file_says_is_text_and_never_markup(tmp_path):
    cell = HOSTILE.replace('"', '""')
    path = table(tmp_path, f'labelling,hour,12.5,"{cell[:300]}",2026-01-31,"{cell}"')
    prices = read_prices(path)
    curve = Curve(HOSTILE, (Point(1, 0.5),))
    hostile = plan(prices, curve=curve, name="<script>.csv")
    for language in LANGUAGES:
        page = document(hostile, language, "html")
        elements = Elements()
        elements.feed(page)
        assert not {"img", "script", "iframe", "link"} & set(elements.names)
        assert "&lt;img" in page and "&lt;script&gt;" in page
        text = document(hostile, language, "md")
        assert "<img" not in text.replace("\\<img", "") and "[a](" not in text
        rows = [line for line in text.splitlines() if "javascript" in line and line[0] == "|"]
        assert rows and all(len(re.findall(r"(?<!\\)\|", row)) in (4, 6) for row in rows)


# ---- documents ------------------------------------------------------------------------------


def leaves(table) -> list[dict]:
    if isinstance(table, list):
        return [leaf for one in table for leaf in leaves(one)]
    if "en" in table:
        return [table]
    return [leaf for value in table.values() for leaf in leaves(value)]


def test_every_text_is_there_in_both_languages_with_the_same_values():
    for leaf in leaves(texts()):
        assert set(leaf) == set(LANGUAGES) and all(leaf.values()), leaf
        values = [sorted(re.findall(r"{(\w+)}", leaf[language])) for language in LANGUAGES]
        assert values[0] == values[1], leaf
        assert re.search(r"[぀-ヿ一-鿿]", leaf["ja"]) or leaf["ja"].startswith(("{", "GB", "GPU"))


@pytest.mark.parametrize("kind", ["md", "html"])
@pytest.mark.parametrize("gpu", ["cpu", "a10g", "h100"])
def test_a_document_is_whole_in_each_language(kind, gpu):
    for prices in (PRICED, read_prices(PRICES)):
        made = plan(prices, replace(INPUTS, gpu=gpu))
        english, japanese = (document(made, language, kind) for language in LANGUAGES)
        assert "{" not in re.sub(r"<style>.*</style>", "", english, flags=re.S)
        assert "100,000" in english and "100,000" in japanese
        assert ("price missing" in english) == (prices is not PRICED)
        assert ("単価が未記入" in japanese) == (prices is not PRICED)
        words = in_language(texts(), "en")
        for phrase in words["phrase"]["list"]:
            assert phrase.replace("'", "&#39;" if kind == "html" else "'") in english
        shared = set(re.findall(r"[A-Za-z]{4,}", japanese)) & {
            "Measure",
            "labels",
            "Stage",
            "hours",
        }
        assert not shared


def test_one_is_told_as_one():
    one = plan(PRICED, replace(INPUTS, tracks=1, hours_of_video=1.0, labels=1))
    assert "1 track, 1 hour of video and 1 label" in document(one, "en", "md")
    assert "音楽 1 曲、映像 1 時間" in document(one, "ja", "md")


def test_a_busy_machine_is_named_as_such():
    quiet = plan(PRICED)
    busy = replace(quiet, machine=replace(MACHINE, load=9.0))
    assert "was busy" in document(busy, "en", "html")
    assert "was busy" not in document(quiet, "en", "html")


def test_numbers_have_the_digits_that_count():
    shown = [number(n) for n in (0, 3, 0.0456, 1.234, 12.34, 123.4, 1234567)]
    assert shown == ["0", "3", "0.046", "1.2", "12.3", "123", "1,234,567"]


# ---- the command ----------------------------------------------------------------------------


def test_the_page_knows_nothing_of_plans():
    assert not [
        f"{importer} imports {name}"
        for importer, imported in GRAPH.items()
        for name in imported
        if importer.startswith("vmr.page") and name.startswith("vmr.planning")
    ]


@pytest.mark.parametrize("flags", [["--tracks", "0"], ["--labels", "-3"], ["--gpu-share", "nan"]])
def test_numbers_that_no_plan_can_be_made_of_are_refused(flags, capsys):
    call = ["plan", "--tracks", "10", "--hours-of-video", "1", "--labels", "5", *flags]
    assert main(call) == 1
    assert flags[0] in capsys.readouterr().err


@pytest.mark.thorough
def test_the_command_measures_this_machine_and_writes_both_languages(tmp_path, capsys):
    call = ["plan", "--tracks", "1000", "--hours-of-video", "2", "--labels", "200"]
    assert main([*call, "--gpu", "h100", "--out", str(tmp_path)]) == 0
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {
        f"plan.{language}.{kind}" for language in LANGUAGES for kind in ("md", "html")
    }
    assert "price missing" in (tmp_path / "plan.en.md").read_text(encoding="utf-8")


def test_a_measure_says_how_many_times_as_much_the_naive_way_takes():
    found = {"tracks": 1000, "first_ms": 4.0, "naive_ms": 80.0, "later_ms": 2.0, "all_101_ms": 10.1}
    first, later, whole = search_measures(found)
    assert (first.times, later.times, whole.naive) == (20, 40, 8080)
    assert whole.times == pytest.approx(800)
    assert first.as_json() == {
        "what": "first answer, 1,000 tracks",
        "here": 4.0,
        "naive": 80.0,
        "times": 20.0,
        "unit": "ms",
        "naive_way": "all tracks mixed and multiplied",
    }
    heading, line = measures_table([Measure("encode", 0.5, 0.25, "s", "frame by frame")]).split(
        "\n"
    )
    assert heading.split() == ["here", "naive", "times", "the", "naive", "way"]
    assert line == "encode  0.5 s  0.25 s    0.5  frame by frame"


def test_the_machine_is_described_with_what_figures_hang_on():
    machine = machine_described()
    assert machine["cores"] >= 1 and machine["python"].startswith("3.") and machine["torch"]
    assert set(machine) >= {"memory_gb", "processor", "system", "numpy", "cuda", "load"}
    assert f"{machine['cores']} cores" in machine_sentence(machine)


def test_files_that_a_page_needs_at_once_are_told_from_those_of_later():
    script = """import { a } from "./a.js";
import {
  b,
} from "../b.js";
export { c } from "./c.js";
import "./d.js";
/** @import { T } from "./types.js" */
 * @param {import("./types.js").T} one
const late = () => import("./late.js");
"""
    assert NEEDED.findall(script) == ["./a.js", "../b.js", "./c.js", "./d.js"]
    assert NEEDED.findall('@import "base.css";\n@import url("x.css");') == ["base.css", "x.css"]
    head = '<link href=\\"vmr/style.css\\"><script src="vmr/app.js"></script><a href="vmr/x.html">'
    assert LINKED.findall(head) == ["vmr/style.css", "vmr/app.js"]
