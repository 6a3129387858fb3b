"""Every error and notice of the source has its sentence in every language, with all its values."""

import ast
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import numpy as np
import pytest

from vmr import errors
from vmr.errors import CatalogError, MediaError, Notice, VmrError, plural, sentences, worded
from vmr.knowledge.instruments import TEMPI, bundled_instruments, offered
from vmr.knowledge.vocabulary import LABELS
from vmr.media.limits import StoppedError

PROJECT = Path(__file__).resolve().parent.parent
TEXTS = PROJECT / "vmr" / "page" / "static" / "texts"
SOURCES = [*sorted(PROJECT.glob("vmr/**/*.py")), PROJECT / "app.py"]
SAYING = {name for name in vars(errors) if name.endswith("Error")} | {"Notice", "StoppedError"}
HEARD = [instrument.name for instrument in offered(bundled_instruments())]
HOSTILE = [
    "a.b*c+(d)[e]^$|.mp4",
    "{name} {0} {advice.__class__}.mp4",
    "<img src=x>.mp4",
    "夏 の 海.mp4",
]


class Site(NamedTuple):
    """A place that says something: keys it may have, the names of its values."""

    where: str
    keys: tuple[str, ...]
    values: frozenset[str]


def name_of(function: ast.expr) -> str:
    """``MediaError`` of ``MediaError(...)``, ``wrong`` of ``cell.wrong(...)``."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def literals(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from literals(one)
            yield from literals(other)


def saying_calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text("utf-8"))
    own = {n.name for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and is_error(n)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call) and name_of(node.func) in SAYING | own | {"wrong"}
        ) or is_class_given(node):
            yield node


def is_class_given(call: ast.Call) -> bool:
    """``error("table.none", ...)`` with the class of the error in a variable."""
    match call:
        case ast.Call(func=ast.Name(id="error"), args=[ast.Constant() | ast.IfExp()]):
            return True
    return False


def is_error(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id in SAYING for base in node.bases)


def sites() -> list[Site]:
    """Where the key is no literal, it is one of the module's other strings that are keys."""
    found = []
    for path in SOURCES:
        if path.name == "errors.py" and path.parent.name == "vmr":
            continue
        calls = list(saying_calls(path))
        texts = {
            node.value
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        stated = {text for call in calls for text in literals(call.args[0])}
        others = tuple(sorted((texts & set(sentences())) - stated))
        for call in calls:
            keys = tuple(literals(call.args[0])) or others
            if path.name == "vocabulary.py":  # the names of labels, made of facet and label
                labels = {**LABELS, "tempo": TEMPI, "instrument": HEARD}
                keys = tuple(f"{facet}.{name}" for facet in labels for name in labels[facet])
            values = frozenset(keyword.arg or "**" for keyword in call.keywords)
            where = f"{path.relative_to(PROJECT)}:{call.lineno}"
            if "**" in values:  # hands on what its caller named, and the caller is a site too
                continue
            found.append(Site(where, keys, values))
    return found


def values_of(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def test_one_is_told_as_one():
    one, two = (Notice("cues.start_cuts", hits=1, cuts=cuts) for cuts in (1, 3))
    assert str(one) == "1 of 1 cut meets a beat"
    assert str(two) == "1 of 3 cuts meets a beat"
    assert "lasts 1 min, and at most 1 minute is read" in str(
        Notice("media.too_long", name="a.mp4", minutes=1.2, most=1.0)
    )


def test_a_number_has_its_word_in_the_singular_where_it_is_one():
    assert [plural(n, "track") for n in (0, 1, 2)] == ["0 tracks", "1 track", "2 tracks"]
    assert plural(1, "query|queries") == "1 query" and plural(2, "query|queries") == "2 queries"
    text = "{n:,} {n:track|tracks}"
    assert worded(text, n=1) == "1 track" and worded(text, n=1000) == "1,000 tracks"
    assert worded("{n} {n:hour|hours}", n="1") == "1 hour"  # a number that is a text already


def templates(path: Path) -> Iterator[str]:
    """The f-strings of a module that say something, {n} for a value that is not known beforehand:
    neither a constant nor rounded. What is raised by itself is for programmers."""
    tree = ast.parse(path.read_text("utf-8"))
    raised = {id(one) for n in ast.walk(tree) if isinstance(n, ast.Raise) for one in ast.walk(n)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and id(node) not in raised:
            yield "".join(map(part_of, node.values))


def part_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.FormattedValue)
    known = node.format_spec is not None or ast.unparse(node.value).isupper()
    return "{}" if known else "{n}"


def test_no_command_or_plan_prints_a_number_before_a_word_that_one_would_not_take():
    code = {path: path.read_text("utf-8") for path in SOURCES}
    words = re.compile(r"""\bplural\(.*?, ["'](?:labelled |real )?(\w+)(?:\|(\w+))?""")
    found = [match.groups() for text in code.values() for match in words.finditer(text)]
    nouns = {more or f"{one}s" for one, more in found} - {"were"}
    assert {"tracks", "files", "queries", "pairs", "clips"} <= nouns
    bare = re.compile(rf"\{{n\}} (?:\w+ )?(?:{'|'.join(sorted(nouns))})\b")
    key = PROJECT / "vmr" / "training" / "train.py"  # of a state, read by nobody
    said = {path: [*templates(path)] for path in code if path != key}
    assert {path: s for path, texts in said.items() for s in texts if bare.search(s)} == {}
    plan = (PROJECT / "vmr" / "planning" / "texts.toml").read_text("utf-8")
    nouns |= {"hours", "days", "cores", "machines", "labels"}
    bare = re.compile(rf"\{{(?!classes)\w+\}} (?:\w+ )?(?:{'|'.join(sorted(nouns))})\b")
    assert bare.findall(plan) == []


def test_every_site_names_a_sentence_and_gives_its_values():
    found = sites()
    assert len(found) > 150
    for site in found:
        assert site.keys, f"{site.where}: a key that no sentence has"
        for key in site.keys:
            assert key in sentences(), f"{site.where}: there is no sentence {key!r}"
            used = values_of(sentences()[key]["en"])
            # one of several keys may leave a value out
            given = site.values if len(site.keys) == 1 else site.values & used
            assert used == given, f"{site.where}: {key}"
        anywhere = frozenset().union(*(values_of(sentences()[key]["en"]) for key in site.keys))
        assert site.values == anywhere, f"{site.where}: a value that no sentence shows"


def test_labels_are_called_as_on_the_page():
    for language in errors.LANGUAGES:
        page = json.loads((TEXTS / f"{language}.json").read_text("utf-8"))
        for facet, names in LABELS.items():
            for name in names:
                shown = page.get(f"{facet}.{name}", name)
                assert sentences()[f"{facet}.{name}"][language] == shown


def test_no_sentence_is_without_a_site():
    assert set(sentences()) == {key for site in sites() for key in site.keys}


@pytest.mark.parametrize("key", sentences())
def test_every_language_says_the_same_with_the_same_values(key):
    texts = sentences()[key]
    assert tuple(texts) == errors.LANGUAGES
    assert values_of(texts["en"]) == values_of(texts["ja"])
    assert texts["en"].isascii() and not texts["ja"].isascii()
    # what has to be typed is not translated
    for command in re.findall(r"`[^`]+`|python -m [\w ]*\w|pip install [\w-][\w -]*", texts["en"]):
        assert command in texts["ja"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_value_comes_through_unchanged(name):
    error = MediaError("media.folder", name=name)
    assert str(error) == f"{name} is a folder. Choose a file in it."
    assert error.sentence("ja") == f"「{name}」はフォルダーです。中のファイルを選んでください。"


def test_a_sentence_within_a_sentence_is_in_the_same_language():
    advice, wanted = Notice("media.choose_sound"), Notice("media.a_music")
    error = MediaError("media.is_text", name="a.txt", advice=advice, wanted=wanted)
    assert str(error).endswith("Choose a sound file such as mp3, wav, flac, ogg, opus or m4a.")
    assert error.sentence("ja").endswith("などの音声ファイルを選んでください。")
    outer = VmrError("catalog.damaged_because", path="a", reason=error)
    assert "テキストファイル" in outer.sentence("ja") and "text file" in str(outer)


def test_an_error_survives_another_process_and_a_file():
    inner = Notice("media.choose_video")
    error = StoppedError("media.is_text", name="a.txt", advice=inner, wanted=inner)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is StoppedError and str(copy) == str(error)
    assert Notice.from_json(error.notice.as_json()) == error.notice


def test_values_become_text_and_numbers():
    notice = Notice("x.y", path=Path("a/b"), count=np.int64(3), share=np.float32(0.5))
    assert notice.values == {"path": str(Path("a/b")), "count": 3, "share": 0.5}
    assert type(notice.values["count"]) is int


def test_what_is_missing_is_a_bug_and_no_sentence():
    with pytest.raises(KeyError):
        str(CatalogError("no.such"))
    with pytest.raises(KeyError):
        str(CatalogError("catalog.damaged"))
