"""The house rules that keep the code easy to find one's way in."""

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from vmr.__main__ import COMMANDS

PROJECT = Path(__file__).resolve().parent.parent
# What the code must reach at least.
DOCUMENTED, WITH_SHAPES = 0.97, 0.95  # shares of the public functions
LONGEST, P90, LARGE_MODULES = 45, 22, 2  # lines of a function, modules over 250 lines
TEST_SHARE_PYTHON, TEST_SHARE_SCRIPT = 0.6, 0.3  # lines of tests per line of code

MODULES = sorted([*PROJECT.glob("vmr/**/*.py"), PROJECT / "app.py"])


def imported_names(path: Path) -> set[str]:
    """Every module named in an import statement of the file, at any depth of the code."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def imported_modules(path: Path) -> set[str]:
    """Every module of the project that the file imports, at any depth, for types or to run."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names} & NAMED.keys()
            names |= inside or {node.module}
    return names & NAMED.keys()


def dotted(path: Path) -> str:
    """``vmr/media/read.py`` -> ``vmr.media.read``."""
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


NAMED = {dotted(path): path for path in MODULES if path.name != "app.py"}


def importers_of(package: str) -> set[str]:
    return {
        path.relative_to(PROJECT).as_posix()
        for path in MODULES
        if any(name.split(".")[0] == package for name in imported_names(path))
    }


def test_gradio_is_imported_only_by_the_page():
    outside = {p for p in importers_of("gradio") if not p.startswith("vmr/page/")} - {"app.py"}
    assert not outside


def test_transformers_is_imported_only_by_encoders():
    assert all(path.startswith("vmr/encoders/") for path in importers_of("transformers"))


# A folder imports only from folders of an earlier floor; ground and algebra may be imported by all.
FLOORS = (
    *("records", "media", "encoders", "model", "catalogs", "engines", "timeline", "training"),
    *("knowledge", "labelling", "adaptation", "evaluation"),
    *("answers", "query", "retriever", "cues", "planning", "page"),
)
GROUND = {"vmr", "config", "embedding", "errors", "files", "metrics", "search", "tables", "text"}


def room(module: str) -> str:
    """The part of the house a module stands in: its folder, or itself where it stands alone."""
    return "vmr" if module == "vmr" else module.split(".")[1]


def floor(module: str) -> int:
    """Ground -1, then the place in FLOORS; commands stand as high as the page."""
    name = room(module)
    return -1 if name in GROUND else FLOORS.index("page" if name == "commands" else name)


GRAPH = {name: imported_modules(path) - {name} for name, path in NAMED.items()}


def test_a_folder_imports_only_from_folders_below_it():
    upward = [
        f"{importer} imports {imported}"
        for importer in GRAPH.keys() - {"vmr", "vmr.__main__"}  # these import when asked
        for imported in GRAPH[importer]
        if room(importer) != room(imported)
        and floor(imported) >= floor(importer)
        and not (floor(importer) == floor(imported) == -1)
    ]
    assert upward == []


def test_no_modules_import_each_other_in_a_circle():
    assert len(list(TopologicalSorter(GRAPH).static_order())) == len(GRAPH)  # or CycleError


def test_only_the_ground_and_the_hall_stand_outside_the_folders():
    flat = [path.name for path in PROJECT.glob("vmr/*.py")]
    assert len(flat) <= 12, flat


def folders_of(path: Path) -> set[str]:
    """Folders under vmr/ that hold files of the project, as the README writes them."""
    inside = {
        file.parent for file in path.rglob("*") if file.suffix in (".py", ".js", ".json", ".css")
    }
    return {f"{folder.relative_to(PROJECT).as_posix()}/" for folder in inside}


def test_the_readmes_tree_is_the_real_one():
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    tree = text.split("### Layout")[1].split("```")[1]
    named = {line.split()[0] for line in tree.splitlines() if line and not line.startswith(" ")}
    assert {name for name in named if name.startswith("vmr/")} == folders_of(PROJECT / "vmr")
    assert all((PROJECT / name).is_dir() for name in named)


def test_nothing_unpickles():
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert "pickle" not in imported_names(path), path
        for call in re.findall(r"torch\.load\([^)]*\)", text):
            assert "weights_only=True" in call, f"{path}: {call}"
        for call in re.findall(r"np\.load\([^)]*\)", text):
            assert "allow_pickle=True" not in call, f"{path}: {call}"


def test_importing_the_package_and_its_light_modules_loads_neither_torch_nor_gradio():
    code = (
        "import sys, vmr, vmr.errors, vmr.files, vmr.config, vmr.embedding, vmr.search, "
        "vmr.metrics, vmr.tables, vmr.media.clip, vmr.__main__\n"
        "heavy = {'torch', 'gradio', 'transformers', 'pandas', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)


Function = ast.FunctionDef | ast.AsyncFunctionDef
ARRAYS = {"Array", "NDArray", "Tensor", "Values"}
# (N, B, D), (T,), (1, B), (..., D): what a docstring says of an array
SHAPE = re.compile(r"\((\.\.\.|[A-Z0-9][A-Za-z0-9_*+ ]*)(, ?[A-Za-z0-9_*+ ./]+)*,?\)")


def public_functions(body: list[ast.stmt]) -> Iterator[Function]:
    """Functions and methods whose names, and whose classes' names, have no leading underscore."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body)
        elif isinstance(node, Function) and not node.name.startswith("_"):
            yield node


def touches_arrays(function: Function) -> bool:
    """Whether an argument or the answer is an array."""
    arguments = [*function.args.args, *function.args.kwonlyargs]
    annotations = [a.annotation for a in arguments if a.annotation]
    annotations += [function.returns] if function.returns else []
    return any(holds_array(annotation) for annotation in annotations)


def holds_array(annotation: ast.AST) -> bool:
    """Whether a type is or holds an array; mappings of all sorts of arrays have no one shape."""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) in (
        "Mapping",
        "dict",
    ):
        return False
    if isinstance(annotation, ast.Name) and annotation.id in ARRAYS:
        return True
    return any(holds_array(inner) for inner in ast.iter_child_nodes(annotation))


PUBLIC = [
    (f"{name}.{function.name}", function)
    for name, path in NAMED.items()
    for function in public_functions(ast.parse(path.read_text(encoding="utf-8")).body)
]


def test_public_functions_are_documented():
    without = [name for name, function in PUBLIC if not ast.get_docstring(function)]
    assert len(without) <= (1 - DOCUMENTED) * len(PUBLIC), without


def test_functions_on_arrays_name_their_shapes():
    on_arrays = [(name, function) for name, function in PUBLIC if touches_arrays(function)]
    without = [
        name for name, function in on_arrays if not SHAPE.search(ast.get_docstring(function) or "")
    ]
    assert len(without) <= (1 - WITH_SHAPES) * len(on_arrays), without


def test_functions_are_short():
    lengths = {
        f"{dotted(path)}.{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, Function)
    }
    longest = sorted(lengths, key=lengths.__getitem__)[-8:]
    assert max(lengths.values()) <= LONGEST, {name: lengths[name] for name in longest}
    assert sorted(lengths.values())[int(0.9 * len(lengths))] <= P90


def lines_of(*paths: Path) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)


def test_modules_are_short():
    large = {path.name: lines_of(path) for path in MODULES if lines_of(path) > 250}
    assert len(large) <= LARGE_MODULES, large


def test_there_is_enough_of_tests():
    python = lines_of(*PROJECT.glob("tests/**/*.py")) / lines_of(*MODULES)
    script = lines_of(*PROJECT.glob("tests/**/*.mjs"))
    script /= lines_of(*PROJECT.glob("vmr/page/static/**/*.js"))
    assert python >= TEST_SHARE_PYTHON, f"{python:.2f}"
    assert script >= TEST_SHARE_SCRIPT, f"{script:.2f}"


def test_every_data_file_of_the_package_is_installed():
    """pyproject names them by their endings; whatever else lies in vmr/ would be left out."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    data = settings["tool"]["setuptools"]["package-data"]
    static = PROJECT / "vmr" / "page" / "static"
    left_out = [
        path.relative_to(PROJECT).as_posix()
        for path in PROJECT.glob("vmr/**/*")
        if path.is_file()
        and path.suffix not in (".py", ".pyc")
        and not path.is_relative_to(static)
        and not any(fnmatch(path.name, pattern) for pattern in data["*"])
    ]
    assert not left_out
    assert data["vmr.page"] == ["static/**/*"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_answers_help(command):
    done = subprocess.run(
        [sys.executable, "-m", "vmr", command, "--help"],
        capture_output=True,
        text=True,
        cwd=PROJECT,
    )
    assert done.returncode == 0, done.stderr
    assert "usage: vmr" in done.stdout


def commands_in(text: str) -> list[list[str]]:
    """The ``python -m vmr`` lines of the code blocks of a Markdown text."""
    blocks = re.findall(r"^```bash\n(.*?)^```", text, flags=re.S | re.M)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    words = [shlex.split(line, comments=True) for line in lines]
    return [line[3:] for line in words if line[:3] == ["python", "-m", "vmr"]]


def test_the_readmes_commands_parse():
    import argparse
    import importlib

    found = commands_in((PROJECT / "README.md").read_text(encoding="utf-8"))
    assert found, "the README names no command"
    for line in found:
        parser = argparse.ArgumentParser(exit_on_error=False)
        importlib.import_module(f"vmr.commands.{line[0].replace('-', '_')}").add_arguments(parser)
        parser.parse_args(line[1:])  # SystemExit or ArgumentError fails the test


def test_the_files_that_a_contributor_is_sent_to_exist():
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = {name for name in re.findall(r"`([^` ]+)`", text) if "/" in name or "." in name}
    paths = {name for name in named if re.fullmatch(r"[\w./-]+(/|\.\w+)", name)} - {"pairs.csv"}
    paths = {name for name in paths if not name.startswith("vmr.")}
    assert len(paths) > 15
    assert not {name for name in paths if not (PROJECT / name).exists()}


def test_no_tracked_file_is_large():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], capture_output=True, text=True, cwd=PROJECT, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    sizes = [(PROJECT / name).stat().st_size for name in listed.stdout.split("\0") if name]
    assert max(sizes) < 20 * 2**20
    assert sum(sizes) < 60 * 2**20
