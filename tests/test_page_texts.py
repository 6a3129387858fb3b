"""The page's texts: both languages have every text that the modules use."""

import json
import re
from pathlib import Path

import pytest

from vmr.errors import sentences
from vmr.model.measured_scores import FAST_BPM, SLOW_BPM

STATIC = Path(__file__).resolve().parent.parent / "vmr" / "page" / "static"
LANGUAGES = ("en", "ja")


def texts_of(name: str) -> dict[str, str]:
    return json.loads((STATIC / "texts" / f"{name}.json").read_text("utf-8"))


OPENED_BY = {  # the tabs whose texts come with them
    **{"evidence": "evidence.js", "label": "label.js"},
    **{"project": "project_tab.js", "reverse": "reverse.js"},
}
LATE_TABS = tuple(OPENED_BY)
LATE = {
    lang: {key: text for tab in LATE_TABS for key, text in texts_of(f"{tab}.{lang}").items()}
    for lang in LANGUAGES
}
TEXTS = {lang: texts_of(lang) | LATE[lang] for lang in LANGUAGES}
COMMENTS = re.compile(r"^\s*(//|/?\*).*$", re.M)
MODULES = {p.name: COMMENTS.sub("", p.read_text("utf-8")) for p in STATIC.rglob("*.js")}
IMPORTED = re.compile(r"""(?:from|import\(?)\s*"[./\w]*?/(\w+\.js)\"""")
# Labels of data: shown as they are where a language has none.
DATA = (
    *("mood.", "genre.", "concept.", "tag.", "instrument.", "tempo.", "voice.", "era."),
    *("system.", "column."),
)


def is_text(key: str) -> bool:
    return not key.startswith(DATA)


def test_both_languages_have_the_same_texts():
    english, japanese = ({key for key in texts if is_text(key)} for texts in TEXTS.values())
    assert english == japanese


def test_both_languages_fill_in_the_same_values():
    for key, text in TEXTS["en"].items():
        if is_text(key):
            names = [sorted(set(re.findall(r"\{(\w+)[:}]", t))) for t in (text, TEXTS["ja"][key])]
            assert names[0] == names[1], key


def test_no_number_stands_before_a_word_that_one_would_not_take():
    english = [*TEXTS["en"].values(), *(languages["en"] for languages in sentences().values())]
    plurals = [more for text in english for more in re.findall(r"\{\w+:[^|}]+\|([^}]+)\}", text)]
    nouns = {more.split()[0].strip(",") for more in plurals} - {"is", "are", "have", "they"}
    assert {"tracks", "clips", "titles", "minutes"} <= nouns
    # a word or a table is no number; a bound is set here, and above 1
    bare = re.compile(
        rf"\{{(?!word|table|most)\w+(?::[^|}}]*)?\}} (?:\w+ )?(?:{'|'.join(sorted(nouns))})\b"
    )
    assert [text for text in english if bare.search(text)] == []


def test_brackets_and_colons_between_japanese_words_are_wide():
    narrow = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff] ?\(|\)[\u3040-\u30ff\u4e00-\u9fff]")
    marks = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff）」](?:\?|:(?: |$))")
    for texts in (TEXTS["ja"], LATE["ja"]):
        assert {key: text for key, text in texts.items() if narrow.search(text)} == {}
        found = {key for key, text in texts.items() if marks.search(text)}
        assert found - {"why.kept"} == set()  # its sentence is the command line's too


def test_every_text_that_a_module_names_exists():
    named = re.compile(r"""\b(?:t|says|named)\(\s*"([^"]+)\"""")
    for name, code in MODULES.items():
        for key in named.findall(code):
            assert key in TEXTS["en"], f"{name}: {key}"


def test_every_text_is_used():
    code = "\n".join(MODULES.values())
    # keys that are put together, such as t(`step.${step}`)
    stems = re.findall(r"`([a-z]+(?:\.[a-z]+)*\.)\$\{", code)
    stems += [f"{kind}." for kind in re.findall(r'label\("(\w+)"', code)]
    for key in filter(is_text, TEXTS["en"]):
        composed = any(key.startswith(stem) for stem in stems)
        assert composed or f'"{key}"' in code, key


@pytest.mark.parametrize("tab", LATE_TABS)
def test_what_comes_with_a_tab_is_named_by_its_modules_alone(tab):
    early, todo = set(), ["app.js", "first.js"]
    while todo:
        name = todo.pop()
        if name not in early and name != OPENED_BY[tab]:
            early.add(name)
            todo += IMPORTED.findall(MODULES[name])
    assert {"late_tabs.js", "details.js"} | {*OPENED_BY.values()} - {OPENED_BY[tab]} <= early
    below = {"evidence": "sweep.js", "label": "teach.js", "reverse": "screening.js"}
    assert below.get(tab) not in early
    keys = texts_of(f"{tab}.en")
    assert {(name, key) for name in early for key in keys if f'"{key}"' in MODULES[name]} == set()
    assert all(not LATE[lang].keys() & texts_of(lang).keys() for lang in LANGUAGES)


def test_every_measure_of_a_report_has_a_name():
    from vmr.evaluation.figure import MEASURES

    for texts in LATE.values():
        assert [name for name in MEASURES if f"measure.{name}" not in texts] == []


def test_the_labels_of_the_bundled_checkpoint_have_japanese_names():
    from vmr.knowledge.instruments import INSTRUMENTS, TEMPI
    from vmr.knowledge.vocabulary import LABELS

    for facet, names in {**LABELS, "tempo": TEMPI, "instrument": INSTRUMENTS}.items():
        assert [n for n in names if f"{facet}.{n}" not in TEXTS["ja"]] == []


def test_what_is_seen_in_a_video_has_japanese_names():
    from vmr.knowledge.scenes import read_scenes

    named = {key.removeprefix("concept.") for key in TEXTS["ja"] if key.startswith("concept.")}
    assert named == {concept.name for concept in read_scenes()}


def test_data_is_never_written_as_html():
    for name, code in MODULES.items():
        for way in ("innerHTML", "outerHTML =", "insertAdjacentHTML", "document.write", "eval("):
            assert way not in code, f"{name} uses {way}"


def test_no_module_or_style_sheet_names_another_host():
    known = ("http://www.w3.org/2000/svg",)  # a name space, never fetched
    for path in [*STATIC.rglob("*.js"), *STATIC.rglob("*.css")]:
        text = path.read_text("utf-8")
        for name in known:
            text = text.replace(name, "")
        assert not re.search(r"""["'(]https?://""", text), path.name


def test_all_that_a_browser_can_fetch_weighs_less_than_800_kb():
    """What it fetches at the start is measured in tests/browser/test_start.py."""
    files = [path for path in STATIC.rglob("*") if path.is_file() and path.name != "types.js"]
    assert sum(path.stat().st_size for path in files) < 800_000  # both languages, uncompressed


def test_the_filter_by_tempo_has_the_borders_of_the_facet():
    slow, fast = f"{SLOW_BPM:g}", f"{FAST_BPM:g}"
    borders = f'["slow", 0, {slow}], ["middle", {slow}, {fast}], ["fast", {fast}, Infinity]'
    assert borders in MODULES["filters.js"]
    for texts in TEXTS.values():
        said = [texts[f"filter.bpm.{step}"] for step in ("slow", "middle", "fast")]
        numbers = [re.findall(r"\d+", text) for text in said]
        assert numbers == [[slow], [slow, fast], [fast]]
