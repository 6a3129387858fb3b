"""The sentences that the server shows on the page, read from the source, have a Japanese text.

A sentence is what an error of vmr.errors is made with, every f-string of vmr.media that ends like
a sentence (notes among them), and the notices of catalogs. Values stand in it as "{}".
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

import vmr
from vmr import errors

PACKAGE = Path(vmr.__file__).parent
TEXTS = json.loads((PACKAGE / "page/static/texts/ja.json").read_text("utf-8"))
JAPANESE = {key.removeprefix("said."): t for key, t in TEXTS.items() if key.startswith("said.")}
ERRORS = {name for name in vars(errors) if name.endswith("Error")} | {"StoppedError"}

# Modules that work for a visitor; what else can go wrong stops the program before there is a page.
MODULES = (
    *sorted(PACKAGE.glob("media/*.py")),
    *sorted(PACKAGE.glob("page/sample_films/*.py")),
    *(path for path in sorted(PACKAGE.glob("page/*.py")) if path.name != "start.py"),
    PACKAGE / "retriever.py",
    PACKAGE / "catalogs/arrays.py",
)
NEVER_SHOWN = {
    "{}",  # hands on a sentence that was made elsewhere
    "{}.",  # a slider position out of range, which only programs can send
    "There is no catalog to search. Name one with --catalog DIR, or make one with "
    "`python -m vmr index --music FOLDER --catalog DIR`.",  # said on starting
}


class Module:
    """A module's source, and the strings that its expressions can have."""

    def __init__(self, path: Path) -> None:
        self.tree = ast.parse(path.read_text("utf-8"))
        self.functions = {n.name: n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef)}

    def strings(self, node: ast.AST | None, around: ast.AST) -> list[str]:
        """All texts of an expression inside the function ``around``; "{}" is any value."""
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.JoinedStr(values=parts):
                each = [self.strings(part, around) for part in parts]
                return ["".join(texts) for texts in product(*each)]
            case ast.FormattedValue(value=value, conversion=-1):
                return self.strings(value, around)
            case ast.IfExp(body=one, orelse=other):
                return self.strings(one, around) + self.strings(other, around)
            case ast.Name(id=name):
                return self.named(name, around)
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                called = self.functions[name]
                returns = [n for n in ast.walk(called) if isinstance(n, ast.Return)]
                return [text for n in returns for text in self.strings(n.value, called)]
        return ["{}"]

    def named(self, name: str, around: ast.AST) -> list[str]:
        """What a variable of the function or of the module can hold."""
        for scope in (around, self.tree):
            values = list(assigned(name, scope))
            if values:
                found = [text for value in values for text in self.strings(value, self.tree)]
                return [text for text in found if text != "{}"] or ["{}"]
            tables = [
                loop.iter
                for loop in ast.walk(scope)
                if isinstance(loop, ast.For) and name in ast.unparse(loop.target)
            ]
            if tables:  # for magic, reason in TABLE: the sentences among its cells
                rows = assigned(ast.unparse(tables[0]), self.tree)
                cells = [cell for row in rows for cell in ast.walk(row)]
                return [t for cell in cells for t in self.strings(cell, self.tree) if " " in t]
        return ["{}"]

    def sentences(self) -> Iterator[str]:
        """What its errors are made with, and its f-strings that end like a sentence."""
        for function in [*self.functions.values(), self.tree]:
            for node in ast.walk(function):
                match node:
                    case ast.Call(func=ast.Name(id=name), args=[text, *_]) if name in ERRORS:
                        yield from self.strings(text, function)
                    case ast.JoinedStr():
                        texts = self.strings(node, function)
                        yield from (t for t in texts if t.endswith(".") and t.count(" ") > 2)


def assigned(name: str, scope: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(scope):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                yield value
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.AST() as value):
                if target == name:
                    yield value


def plain(template: str) -> str:
    return re.sub(r"\{\w+\}", "{}", template)


@cache
def said() -> frozenset[str]:
    """Every sentence that a visitor can meet."""
    found = {text for path in MODULES for text in Module(path).sentences()}
    catalog = Module(PACKAGE / "catalogs/music.py")
    notice = catalog.functions["missing_audio"].body[-1]
    assert isinstance(notice, ast.Return)
    found |= set(catalog.strings(notice.value, catalog.functions["missing_audio"]))
    return frozenset(plain(text) for text in found) - NEVER_SHOWN


WHOLE = {plain(key) for key in JAPANESE if "{sentence}" not in key}
ADVICE = {key.removeprefix("{sentence}") for key in JAPANESE if "{sentence}" in key}


def test_the_source_gives_the_sentences_that_it_is_known_to_have():
    """The reader of the source itself: constants, branches, functions, tables, notes, notices."""
    for sentence in (
        "No video arrived. Drop a video on the page and try again.",
        "{} is a link to a file that does not exist. Check the path.",
        "{} is damaged or not a video. Copy it again, or export it as mp4.",
        "{} is a 3-D model, not a video. Choose a video file such as mp4, mov, webm, mkv or avi.",
        "{} is cut off or damaged: its sound could be read up to {} s.",
        "{} of the {} tracks of {} have no sound here: they are ranked but cannot be played. "
        "To hear them, fetch it: python -m vmr catalog fetch {}",
    ):
        assert sentence in said()


def test_every_sentence_of_the_server_has_a_japanese_text():
    lacking = []
    for sentence in sorted(said()):
        parts = [sentence.removesuffix(tail) for tail in ADVICE if sentence.endswith(tail)]
        if sentence not in WHOLE and not any(part in WHOLE for part in parts):
            lacking.append(sentence)
    assert lacking == []


def test_every_japanese_text_belongs_to_a_sentence_that_can_be_said():
    whole = said() | {sentence.removesuffix(t) for sentence in said() for t in ADVICE}
    assert sorted(WHOLE - whole) == []
    assert all(any(sentence.endswith(tail) for sentence in said()) for tail in ADVICE)


def test_a_japanese_text_says_all_that_the_english_one_does():
    for english, japanese in JAPANESE.items():
        names = re.findall(r"\{(\w+)\}", english)
        assert sorted(names) == sorted(re.findall(r"\{(\w+)\}", japanese)), english
        assert len(set(names)) == len(names), english
        # what has to be typed is not translated
        for command in re.findall(r"`[^`]+`|python -m [\w ]*\w|pip install [\w-][\w -]*", english):
            assert command in japanese, english
