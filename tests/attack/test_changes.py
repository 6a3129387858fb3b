"""The real server while its catalog changes: the page and its answers follow by themselves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.attack.server import serving
from tests.attack.test_leftovers import until
from tests.attack.visitor import Visitor
from vmr.catalogs.tracks_table import read_tracks, write_tracks
from vmr.config import CATALOGS


def tracks_at_start(visitor: Visitor) -> int:
    """How many tracks the page says when it is loaded now."""
    return sum(catalog["tracks"] for catalog in visitor.boot()["catalogs"])


@pytest.mark.thorough
def test_a_changed_catalog_is_ranked_and_shown_within_seconds(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(CATALOGS / "starter", mine)
    with serving(tmp_path / "tmp", "--catalog", str(mine)) as server:
        visitor = Visitor(server.address)
        before = visitor.call("words", ["", "calm piano"])["tracks"]
        assert tracks_at_start(visitor) == 28
        write_tracks(mine / "tracks.csv", read_tracks(mine / "tracks.csv")[3:])
        assert until(lambda: tracks_at_start(visitor) == 25, 30), server.said()
        after = visitor.call("words", ["", "calm piano"])["tracks"]
        numbers = {row["position"]: row["id"] for row in before}
        assert len(after) == 25
        assert all(numbers[row["position"]] == row["id"] for row in after)
        (mine / "tracks.csv").write_text("id,title\n,\n")
        assert until(lambda: "goes on with what it had" in server.said(), 30)
        assert len(visitor.call("words", ["", "calm piano"])["tracks"]) == 25
        assert "Traceback" not in server.said()
