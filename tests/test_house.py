"""The house rules that keep the code easy to find one's way in."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from vmr.__main__ import COMMANDS

PROJECT = Path(__file__).resolve().parent.parent
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


def test_the_page_is_imported_only_by_the_app():
    importers = {
        path.relative_to(PROJECT).as_posix()
        for path in MODULES
        if any(name.startswith("vmr.page") for name in imported_names(path))
    }
    assert {p for p in importers if not p.startswith("vmr/page/")} <= {"app.py"}


def test_nothing_below_the_retriever_imports_it():
    importers = {
        path.relative_to(PROJECT).as_posix()
        for path in MODULES
        if "vmr.retriever" in imported_names(path)
    }
    above = ("vmr/page/", "vmr/commands/", "app.py", "vmr/judge")
    assert all(path.startswith(above) for path in importers), importers


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


def test_no_tracked_file_is_large():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], capture_output=True, text=True, cwd=PROJECT, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    sizes = [(PROJECT / name).stat().st_size for name in listed.stdout.split("\0") if name]
    assert max(sizes) < 20 * 2**20
    assert sum(sizes) < 60 * 2**20
