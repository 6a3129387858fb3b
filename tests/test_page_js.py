"""The browser's modules under node's own test runner; .ci/run lints and types them."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clash_cases import FILE as CLASHES
from tests.clash_cases import clash_cases
from tests.js_scores import FILE, REASONS, cases, reason_cases

PROJECT = Path(__file__).resolve().parent.parent
TESTS = PROJECT / "tests" / "js"
NEEDS_DOM = 'from "happy-dom"'


def assert_alike(stored: object, fresh: object, where: str) -> None:
    """The same JSON, but for the last digits of numbers."""
    if isinstance(fresh, dict):
        assert isinstance(stored, dict) and stored.keys() == fresh.keys(), where
        for key, value in fresh.items():
            assert_alike(stored[key], value, f"{where}.{key}")
    elif isinstance(fresh, list):
        assert isinstance(stored, list) and len(stored) == len(fresh), where
        for i, value in enumerate(fresh):
            assert_alike(stored[i], value, f"{where}[{i}]")
    elif isinstance(fresh, float):
        assert stored == pytest.approx(fresh, rel=1e-4, abs=1e-5), where
    else:
        assert stored == fresh, where


@pytest.mark.parametrize(
    ("file", "make"),
    [(FILE, cases), (REASONS, reason_cases), (CLASHES, clash_cases)],
    ids=["scores", "reasons", "clashes"],
)
def test_what_node_is_tested_with_is_what_python_says_today(file, make):
    """python -m tests.js_scores and tests.clash_cases write them again."""
    fresh = json.loads(json.dumps(make()))
    assert_alike(json.loads(file.read_text(encoding="utf-8")), fresh, file.name)


def node() -> str:
    """Node of at least version 20.10, or a skip that says what is missing."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed, so the page's modules are tested in the browser only")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    major, minor = version.stdout.lstrip("v").split(".")[:2]
    if (int(major), int(minor)) < (20, 10):
        pytest.skip(f"node {version.stdout.strip()} is older than 20.10")
    return found


def run(files: list[Path]) -> None:
    names = [str(path) for path in sorted(files)]
    command = [node(), "--test", "--test-concurrency=4", *names]  # they wait more than they compute
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def by_dom() -> dict[bool, list[Path]]:
    """The test files, apart by whether they need a document."""
    page = TESTS / "page.mjs"
    assert NEEDS_DOM in page.read_text("utf-8")
    found: dict[bool, list[Path]] = {True: [], False: []}
    for path in TESTS.glob("*.test.mjs"):
        found['"./page.mjs"' in path.read_text("utf-8")].append(path)
    return found


def test_the_modules_that_only_compute_pass_in_node():
    run(by_dom()[False])


def test_the_modules_that_draw_pass_in_node():
    if not (PROJECT / "node_modules" / "happy-dom").is_dir():
        pytest.skip("the document for node is not installed: npm ci")
    run(by_dom()[True])
