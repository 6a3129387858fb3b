"""The plan as a page to print and as Markdown, in each language: words and numbers, no arithmetic.

What people put in (prices, names, sources) is text that may hold anything: the page's template
escapes all of it, and Markdown gets it without the characters that mean something there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vmr.errors import worded
from vmr.planning.arithmetic import PEAK_FLOPS, Curve, Inputs, Line, Stage
from vmr.planning.machine import Machine
from vmr.planning.prices import Price

HERE = Path(__file__).parent
FIGURES = (("index", 1), ("labelling", 0), ("storage", 2), ("answer", 2))  # line, its stage
KINDS = ("md", "html")


@dataclass(frozen=True)
class Plan:
    """All that a document is written from."""

    inputs: Inputs
    machine: Machine
    stages: tuple[Stage, Stage, Stage]
    prices: Mapping[str, Price]
    prices_name: str
    curve: Curve
    made: date


def document(plan: Plan, language: str, kind: str) -> str:
    """The text of a Markdown ("md") or of a page ("html") in a language of vmr.errors.LANGUAGES."""
    words = in_language(texts(), language)
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=kind == "html",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = plain
    return environment.get_template(f"plan.{kind}").render(
        t=words,
        language=language,
        plan=plan,
        busy=plan.machine.load > plan.machine.cores,
        title=worded(
            words["subtitle"],
            tracks=number(plan.inputs.tracks),
            hours=number(plan.inputs.hours_of_video),
            labels=number(plan.inputs.labels),
        ),
        made=worded(
            words["made"],
            date=plan.made.isoformat(),
            cores=plan.machine.cores,
            load=f"{plan.machine.load:.1f}",
        ),
        figures=[_figure(plan, words, *figure) for figure in FIGURES],
        stages=[_stage(stage, plan, words) for stage in plan.stages],
        measured=_measured(plan.machine, words),
        inputs=_inputs(plan.inputs, words),
        rules=_rules(plan, words),
        prices=[_price_row(price, words) for price in plan.prices.values()],
        prices_note=worded(words["prices_note"], name=plan.prices_name),
    )


@cache
def texts() -> dict[str, Any]:
    """texts.toml: leaves are {"en", "ja"}."""
    return tomllib.loads((HERE / "texts.toml").read_text(encoding="utf-8"))


def in_language(table: Any, language: str) -> Any:
    """The table with one language instead of each leaf."""
    if isinstance(table, list):
        return [in_language(one, language) for one in table]
    if "en" in table:
        return table[language]
    return {key: in_language(value, language) for key, value in table.items()}


def number(value: float) -> str:
    """``1234567.0`` -> "1,234,567", ``0.04561`` -> "0.046": whole, or two digits that count."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2g}"


def plain(text: str) -> str:
    """A text for a cell of Markdown: nothing in it is markup, and it stays on its line."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>~&])", r"\\\1", " ".join(str(text).split()))


def _amount(line: Line, words: Mapping[str, Any]) -> str:
    if line.amount is None:
        return str(words["amount_missing"])
    amount = number(line.amount)
    return f"{amount} {worded(words['unit'].get(line.unit, ''), amount=amount)}".strip()


def _figure(plan: Plan, words: Mapping[str, Any], key: str, stage: int) -> dict[str, str]:
    line = next(line for line in plan.stages[stage].lines if line.key == key)
    amount = number(line.amount or 0.0)
    unit = worded(words["unit"][line.unit], amount=amount)
    return {"amount": amount, "unit": unit, "text": words["figure"][key], "basis": line.basis}


def _stage(stage: Stage, plan: Plan, words: Mapping[str, Any]) -> dict[str, Any]:
    total = "; ".join(f"{number(value)} {currency}" for currency, value in stage.sums.items())
    lines = [_line(line, plan, words) for line in stage.lines]
    return {
        **words[f"stage_{stage.key}"],
        "lines": lines,
        "total": words["no_sum"] if stage.missing else total,
        "missing": stage.missing,
    }


def _line(line: Line, plan: Plan, words: Mapping[str, Any]) -> dict[str, str]:
    what = worded(words["line"][line.key], classes=plan.machine.classes)
    if line.key == "expected" and line.amount is not None:
        bundled = plan.curve.of_catalog
        text = words["line"]["expected_bundled" if bundled else "expected_measure"]
        what = worded(text, measure=bundled or plan.curve.measure)
    price = cost = ""
    if line.price is not None:
        known = line.price.amount is not None
        price = f"{line.price.amount:,g} {line.price.currency}" if known else words["price_missing"]
        cost = "" if line.cost is None else f"{number(line.cost)} {line.price.currency}"
    return {
        "what": what,
        "amount": _amount(line, words),
        "basis": line.basis,
        "price": price,
        "cost": cost or ("" if line.price is None else "–"),
        "missing": "yes" if line.price is not None and line.price.amount is None else "",
    }


def _measured(machine: Machine, words: Mapping[str, Any]) -> list[tuple[str, str]]:
    measure, seconds = words["measure"], words["measure"]["seconds_of"]
    music = worded(
        seconds, read=number(machine.music_read_s), encode=number(machine.music_encode_s)
    )
    video = worded(
        seconds, read=number(machine.video_read_s), encode=number(machine.video_encode_s)
    )
    kilobytes = number(sum(machine.track_bytes.values()) / 1000)
    return [
        (measure["music"], music),
        (measure["video"], video),
        (
            worded(measure["search"], count=number(machine.searched)),
            f"{number(machine.search_s)} {words['unit']['seconds']}",
        ),
        (measure["track"], worded(measure["kilobytes"], value=kilobytes)),
    ]


def _inputs(inputs: Inputs, words: Mapping[str, Any]) -> list[tuple[str, str]]:
    names = words["input"]
    card = names["none"] if inputs.gpu == "cpu" else inputs.gpu.upper()
    rows = [
        (names[name], number(getattr(inputs, name)))
        for name in ("minutes_per_track", "minutes_per_label", "videos_per_hour")
    ]
    rows.append((names["gpu"], card))
    if inputs.gpu != "cpu":
        rows.append((names["gpu_share"], number(inputs.gpu_share)))
    return rows


def _rules(plan: Plan, words: Mapping[str, Any]) -> list[str]:
    rule, gpu = words["rule"], plan.inputs.gpu
    card = (
        rule["no_gpu"] if gpu == "cpu" else worded(rule["gpu"], peak=number(PEAK_FLOPS[gpu] / 1e12))
    )
    search = worded(rule["search"], count=number(plan.machine.searched))
    rules = [rule["labelling"], card, search, rule["machines"]]
    if plan.curve.of_catalog:
        return [*rules, worded(rule["bundled"], measure=plan.curve.of_catalog)]
    return rules if plan.curve.points else [*rules, rule["curve"]]


def _price_row(price: Price, words: Mapping[str, Any]) -> dict[str, str]:
    known = price.amount is not None
    return {
        "item": words["price"][price.item],
        "unit": price.unit,
        "price": f"{price.amount:,g} {price.currency}" if known else words["price_missing"],
        "source": " · ".join(text for text in (price.date, price.source) if text),
        "missing": "" if known else "yes",
    }
