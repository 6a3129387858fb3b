"""Licences as they stand in people's tables and files, and what each allows."""

import csv
from collections import Counter
from datetime import date

import pytest

from vmr.catalogs.licences import licence_of
from vmr.catalogs.policy import Policy, allowed, read_policy
from vmr.catalogs.terms import asks, sentence_of
from vmr.catalogs.tracks_table import USES, Track, parse_track, read_tracks, write_tracks
from vmr.config import CATALOGS
from vmr.errors import CatalogError


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


# ---- a policy file --------------------------------------------------------------------------


def track(licence="CC-BY-4.0", **cells):
    return parse_track({"id": "a", "title": "A", "licence": licence, **cells})


def policy_of(folder, text):
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    return read_policy(folder / "policy.toml")


def uses_of(policy, one, on=date(2026, 6, 1)):
    return [use for use in USES if allowed(one, policy, use, on)]


def test_a_later_use_obeys_the_rules_of_the_earlier_ones(tmp_path):
    policy = policy_of(
        tmp_path,
        "[rank]\ncommercial = true\n[download]\nshare_alike = false\n"
        '[export]\nonly = ["CC-BY-*", "own contract"]\nnever = ["CC-BY-3.0"]\n',
    )
    assert uses_of(policy, track("CC BY-NC 4.0")) == []
    assert uses_of(policy, track("GPL-2+")) == ["rank", "play"]
    assert uses_of(policy, track("MIT")) == ["rank", "play", "download"]
    assert uses_of(policy, track("CC BY 3.0")) == ["rank", "play", "download"]
    assert uses_of(policy, track("CC BY 4.0")) == list(USES)
    assert uses_of(policy, track("own contract")) == list(USES)
    assert uses_of(policy, track("GPL-2 OR CC BY 4.0")) == list(USES)
    assert uses_of(policy, track("CC BY 4.0 AND MIT")) == ["rank", "play", "download"]


def test_a_star_stands_for_a_version_only(tmp_path):
    policy = policy_of(tmp_path, '[rank]\nonly = ["CC-BY-*", "GPL-*"]\n')
    names = ("CC BY 4.0", "CC BY-NC 4.0", "CC BY-SA 3.0", "GPL-2+", "LGPL-2.1+")
    assert [allowed(track(name), policy) for name in names] == [True, False, False, True, False]


def test_an_ended_licence_stops_taking_away_and_nothing_else():
    ended = track(valid_until="2026/5/31")
    assert uses_of(Policy(), ended) == ["rank", "play"]
    assert uses_of(Policy(), ended, date(2026, 5, 31)) == list(USES)
    later = track(valid_from="2026-06-02")
    assert uses_of(Policy(), later) == ["rank", "play"]
    assert uses_of(Policy(), later, date(2026, 6, 2)) == list(USES)
    assert str(Policy().refusal(ended, "export", date(2026, 6, 1))).endswith("2026-05-31")


def test_territory_and_uses_of_a_contract(tmp_path):
    here = policy_of(tmp_path, 'territory = "JP"\n')
    assert uses_of(here, track(territory="US|CA")) == []
    assert uses_of(here, track(territory="US|jp")) == list(USES)
    assert uses_of(here, track(territory="World")) == uses_of(here, track()) == list(USES)
    assert uses_of(Policy(), track(territory="US")) == list(USES)
    assert uses_of(Policy(), track(uses="rank|play")) == ["rank", "play"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[rank", "cannot|Expected|expected"),
        ("[rnak]\ncommercial = true\n", "rnak: not one of territory, rank"),
        ("[rank]\ncomercial = true\n", "may say: commercial, share_alike, only, never"),
        ('[rank]\ncommercial = "yes"\n', "commercial of .rank. is not true or false"),
        ('[rank]\nonly = "MIT"\n', "only of .rank. is not a list of names"),
        ("territory = 5\n", "territory is no text"),
        ("rank = true\n", "may say"),
    ],
)
def test_a_policy_that_is_not_understood_is_refused_whole(tmp_path, text, reason):
    with pytest.raises(CatalogError, match=reason):
        policy_of(tmp_path, text)


def test_a_policy_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CatalogError, match="There is no policy"):
        read_policy(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"uses": "rank|sell"}, "uses may be rank, play, download, export"),
        ({"valid_until": "soon"}, "valid_until must be a day"),
        ({"valid_from": "2026-02-30"}, "valid_from must be a day"),
    ],
)
def test_bad_rights_are_refused(cells, reason):
    with pytest.raises(ValueError, match=reason):
        track(**cells)


def test_rights_come_back_as_written_and_only_where_there_are_any(tmp_path):
    plain = [track(), track(id="b")]
    write_tracks(tmp_path / "t.csv", plain)
    assert "valid_until" not in (tmp_path / "t.csv").read_text(encoding="utf-8")
    limited = [
        track(uses="rank", territory="JP", valid_from="2026-01-01", valid_until="2027-01-01")
    ]
    write_tracks(tmp_path / "t.csv", limited)
    assert list(read_tracks(tmp_path / "t.csv")) == limited


@pytest.mark.parametrize(
    ("licence", "words"),
    [
        ("CC BY-SA 4.0", ["named", "same licence"]),
        ("GPL-2+", ["named", "specialist"]),
        ("CC BY-NC-ND 4.0", ["named", "earn money", "under a video"]),
        ("CC0", []),
        ("?", ["not known"]),
    ],
)
def test_what_a_licence_asks_is_said(licence, words):
    said = [str(sentence_of(key, licence)) for key in asks(track(licence))]
    assert len(said) == len(words)
    assert all(word in text for word, text in zip(words, said, strict=True))


def test_the_bundled_tracks_ask_for_what_their_sources_say():
    """28 that need no name; share alike and GPL told apart, also where one may choose."""
    starter = read_tracks(CATALOGS / "starter" / "tracks.csv")
    assert [asks(one) for one in starter] == [()] * 28
    games = read_tracks(CATALOGS / "games" / "tracks.csv")
    counts = Counter(key for one in games for key in asks(one))
    # 56 + 26 + 17 + 1 under the GPL alone; 101 + 4 + 1 + 5 + 1 share alike, 4 + 1 of them by choice
    assert counts["gpl"] == 100 and counts["share_alike"] == 112
    assert counts["attribution"] == 282 - 3  # public domain, CC0


@pytest.mark.parametrize(
    ("licence", "text", "named"),
    [
        ("MIT", "Generated; no attribution required.", False),
        ("own contract", "", False),
        ("BSD-2-Clause", "作者名の表示は不要", False),
        ("MIT", "By A, who asks for attribution", True),
        ("CC-BY-4.0", "no attribution required", True),
        ("GPL-2.0-only", "No credit needed", True),
    ],
)
def test_only_a_plain_licence_lets_go_of_being_named(licence, text, named):
    assert ("attribution" in asks(track(licence, attribution=text))) == named
