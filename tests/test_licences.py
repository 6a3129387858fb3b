"""Licences as they stand in people's tables and files, and what each allows."""

import csv

import pytest

from vmr.catalogs.licences import Policy, allowed, licence_of
from vmr.catalogs.tracks_table import Track
from vmr.config import CATALOGS


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("CC BY-NC 4.0", "CC-BY-NC-4.0"),
        ("cc-by-nc-sa-3.0", "CC-BY-NC-SA-3.0"),
        ("CC BY-NC-ND 2.5", "CC-BY-NC-ND-2.5"),
        ("CC_BY_SA_4.0", "CC-BY-SA-4.0"),
        ("CCBY 4.0", "CC-BY-4.0"),
        ("cc by", "CC-BY"),
        ("CC BY 4", "CC-BY-4.0"),
        ("CC-BY-SA-3.0+", "CC-BY-SA-3.0"),
        ("CC BY-SA 3.0 or later", "CC-BY-SA-3.0"),
        ("Creative Commons Attribution-NonCommercial", "CC-BY-NC"),
        ("Creative Commons Attribution Non-Commercial Share Alike 3.0 Unported", "CC-BY-NC-SA-3.0"),
        ("Creative Commons Attribution 4.0 International License", "CC-BY-4.0"),
        ("Attribution-Noncommercial-Share Alike 3.0 United States", "CC-BY-NC-SA-3.0"),
        ("Attribution-NoDerivatives 4.0", "CC-BY-ND-4.0"),
        ("Creative Commons (CC BY-NC 4.0)", "CC-BY-NC-4.0"),
        ("http://creativecommons.org/licenses/by-nc-sa/3.0/", "CC-BY-NC-SA-3.0"),
        ("https://creativecommons.org/licenses/by/4.0/deed.ja", "CC-BY-4.0"),
        ("クリエイティブ・コモンズ 表示-非営利-継承 4.0", "CC-BY-NC-SA-4.0"),
        ("ＣＣ ＢＹ ４．０", "CC-BY-4.0"),
        ("CC0", "CC0-1.0"),
        ("CC0 1.0 Universal", "CC0-1.0"),
        ("Creative Commons Zero", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "public domain"),
        ("Public Domain", "public domain"),
        ("own contract", "own contract"),
        ("© 2024 Somebody. All rights reserved.", "all rights reserved"),
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL-2", "GPL-2.0-only"),
        ("GPLv3", "GPL-3.0-only"),
        ("GPL-3.0-or-later", "GPL-3.0-or-later"),
        ("GPL-2.0-only", "GPL-2.0-only"),
        ("GNU General Public License version 2 or later", "GPL-2.0-or-later"),
        ("GNU GPL v3 or any later version", "GPL-3.0-or-later"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("GPL", "GPL-1.0-or-later"),
        ("Expat", "MIT"),
        ("MIT License", "MIT"),
        ("Apache License 2.0", "Apache-2.0"),
        ("Free Art License 1.3", "LAL-1.3"),
        ("CC-BY-SA-3.0 or GPL-2+", "CC-BY-SA-3.0 OR GPL-2.0-or-later"),
        ("CC-BY-3.0 AND (MIT OR GPL-2)", "CC-BY-3.0 AND (MIT OR GPL-2.0-only)"),
        ("", "unknown"),
        ("???", "unknown"),
        ("Creative Commons", "unknown"),
        ("CC BY 4.0, but not for shops", "unknown"),
        ("GPL-2+ for private use", "unknown"),
        ("CC BY 3.0 4.0", "unknown"),
        ("ask my cousin", "unknown"),
        ("MIT AND ask my cousin", "unknown"),
        ("MIT AND", "unknown"),
        ("(" * 50, "unknown"),
    ],
)
def test_a_licence_gets_its_name_from_the_list(text, name):
    assert licence_of(text).name == name


@pytest.mark.parametrize(
    ("text", "commercial", "derivative", "share_alike", "attribution"),
    [
        ("CC BY 4.0", True, True, False, True),
        ("CC BY-SA 4.0", True, True, True, True),
        ("CC BY-ND 4.0", True, False, False, True),
        ("CC BY-NC 4.0", False, True, False, True),
        ("CC0", True, True, False, False),
        ("public domain", True, True, False, False),
        ("GPL-2+", True, True, True, True),
        ("MIT", True, True, False, True),
        ("LAL-1.2", True, True, True, True),
        ("CC BY-NC 4.0 OR GPL-3", True, True, True, True),
        ("CC BY-SA 3.0 OR CC BY 3.0", True, True, False, True),
        ("CC BY-NC 4.0 AND GPL-3", False, True, True, True),
        ("all rights reserved", False, False, False, True),
        ("", False, False, False, True),
    ],
)
def test_what_a_licence_allows_and_asks(text, commercial, derivative, share_alike, attribution):
    found = licence_of(text)
    assert (found.commercial, found.derivative) == (commercial, derivative)
    assert (found.share_alike, found.attribution) == (share_alike, attribution)


def test_a_commercial_policy_lets_pass_only_what_is_known_to_allow_it():
    def passes(licence, policy):
        return allowed(Track(id="a", title="A", licence=licence), policy)

    texts = ("CC BY 4.0", "CC BY-NC 4.0", "CC BY-ND 4.0", "", "own contract", "GPL-2+", "what?")
    commercial = [passes(text, Policy(commercial=True)) for text in texts]
    assert commercial == [True, False, False, False, True, True, False]
    assert all(passes(text, Policy()) for text in texts)


@pytest.mark.parametrize("name", ["starter", "games"])
def test_every_licence_of_the_bundled_catalogs_is_understood(name):
    with (CATALOGS / name / "tracks.csv").open(encoding="utf-8", newline="") as file:
        licences = {row["licence"] for row in csv.DictReader(file)}
    assert licences and "unknown" not in {licence_of(text).name for text in licences}
