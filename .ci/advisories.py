"""Known vulnerabilities of the packages of this environment: ``python .ci/advisories.py``.

PyPI lists them with each version of a package. A mirror that has no page for a version is asked for
the newest one, which says something only where that is the one installed; others are named.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions
from typing import Any

from pip._internal.models.index import PyPI  # where pip itself asks

AT_ONCE = 8
NOT_SHIPPED = ("vmr", "pip", "setuptools", "wheel")  # itself, and what only installs it
# {advisory: why it does not concern this project}
ACCEPTED: dict[str, str] = {}


def page(path: str) -> dict[str, Any] | None:
    """A page of PyPI's JSON, None where there is none."""
    try:
        with urllib.request.urlopen(f"{PyPI.pypi_url}/{path}/json", timeout=20) as answer:
            return dict(json.load(answer))
    except (urllib.error.URLError, TimeoutError, ValueError):
        return None


def advisories(package: tuple[str, str]) -> list[str] | None:
    """ "ID (fixed in ...)" for each that is not accepted; None where nobody can say."""
    name, version = package
    found = page(f"{name}/{version}") or page(name)
    if found is None or found.get("info", {}).get("version") != version:
        return None
    open_ones = [one for one in found.get("vulnerabilities") or [] if not one.get("withdrawn")]
    ids = [{one["id"], *one.get("aliases", ())} for one in open_ones]
    return [
        f"{one['id']} (fixed in {', '.join(one.get('fixed_in') or ['no version'])})"
        for one, names in zip(open_ones, ids, strict=True)
        if not names & ACCEPTED.keys()
    ]


def main() -> int:
    if page("pip") is None:
        print("PyPI does not answer here: nothing was asked for")
        return 0
    installed = {(d.metadata["Name"], d.version.partition("+")[0]) for d in distributions()}
    packages = sorted(package for package in installed if package[0] not in NOT_SHIPPED)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = dict(zip(packages, pool.map(advisories, packages), strict=True))
    asked = [found for found in answers.values() if found is not None]
    for (name, version), found in answers.items():
        for advisory in found or []:
            print(f"{name} {version}: {advisory}")
    unknown = [f"{name} {version}" for (name, version), found in answers.items() if found is None]
    print(f"{len(asked)} of {len(packages)} packages were asked for")
    if unknown:
        print("nobody could say:", ", ".join(unknown))
    return int(any(asked))


if __name__ == "__main__":
    sys.exit(main())
