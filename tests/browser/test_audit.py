"""A house that keeps an audit log: the page says so, and what people do in it is in the log."""

from __future__ import annotations

import json
import time

import pytest
from argon2 import PasswordHasher

from tests.browser.conftest import row, running_app, visiting
from vmr.records.audit_check import verify
from vmr.records.audit_log import AuditLog

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    with running_app("--data", str(data), "--audit-days", "30") as (address, _):
        yield address, AuditLog(data)


def logged(log, action: str, count: int) -> list[dict]:
    """The rows of an action, once there are so many."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = [row for row in log.rows() if row["action"] == action]
        if len(found) >= count:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{action}: {len(found)}")


@pytest.mark.thorough
def test_a_visit_is_logged_as_it_happened(browser, house, short_video):
    address, log = house
    with visiting(browser, address, accept_downloads=True) as visit:
        page = visit.open()
        assert "is logged" in page.locator(".status").inner_text()
        visit.match(short_video)
        (first,) = logged(log, "shown", 1)
        assert (first["alpha"], first["facet"]) == (0.5, "mood")
        page.evaluate("vmr.store.set({ alpha: 1, filters: { licence: ['commercial'] } })")
        second = logged(log, "shown", 2)[1]
        assert second["alpha"] == 1
        assert json.loads(second["filters"]) == {"licence": ["commercial"]}
        page.locator(f"{row(1)} .play").click()
        page.wait_for_function("vmr.stage.player.playing")
        (played,) = logged(log, "played", 1)
        assert json.loads(played["tracks"]) == json.loads(second["tracks"])[:1]
        assert (played["alpha"], played["video"]) == (1, second["video"])
        page.evaluate("vmr.keep(vmr.store.get('order')[0])")
        page.evaluate("vmr.store.set({ tab: 'shortlist' })")
        with page.expect_download():
            page.get_by_role("button", name="CSV").click()
        (exported,) = logged(log, "exported", 1)
        assert exported["tracks"] == played["tracks"]
        found = list(log.rows())
        whole = json.dumps(found)
        assert {one["who"] for one in found[1:]} == {played["who"]} and "visitor-" in whole
        assert short_video.name not in whole and "127.0.0.1" not in whole
        assert verify(log).is_whole
        assert visit.errors == []


@pytest.mark.thorough
def test_where_the_log_cannot_be_written_the_page_says_so_and_nothing_sounds(
    browser, house, short_video
):
    address, log = house
    with visiting(browser, address) as visit:
        page = visit.open()
        visit.match(short_video)
        logged(log, "shown", 1)
        head = log.head_path.read_bytes()
        log.head_path.write_bytes(b"[]")
        try:
            page.locator(f"{row(2)} .play").click()
            page.wait_for_selector(".stage .notice:not([hidden])")
            assert "audit verify" in page.locator(".stage .notice").inner_text()
            assert not page.evaluate("vmr.stage.player.playing")
            url = page.evaluate("vmr.ranking.tracks[vmr.store.get('order')[2]].audio")
            assert page.request.get(f"{address}{url}").status == 503
        finally:
            log.head_path.write_bytes(head)
        page.locator(f"{row(2)} .play").click()
        page.wait_for_function("vmr.stage.player.playing")


@pytest.mark.thorough
def test_who_has_a_login_is_logged_by_it(browser, tmp_path, short_video):
    logins, log = tmp_path / "logins", AuditLog(tmp_path)
    logins.write_text(f"ann:{PasswordHasher().hash('secret')}\n", encoding="utf-8")
    flags = ("--data", str(tmp_path), "--audit", "--auth", str(logins))
    with running_app(*flags) as (address, _), visiting(browser, address) as visit:
        page = visit.page
        page.goto(address)
        page.get_by_label("username").fill("ann")
        page.get_by_label("password").fill("secret")
        page.get_by_role("button", name="Login").click()
        page.wait_for_selector("#vmr .top", timeout=30_000)
        visit.match(short_video)
        url = page.evaluate("vmr.ranking.tracks[0].audio")
        assert page.request.get(f"{address}{url}").status == 200
        logged(log, "played", 1)
        logged(log, "shown", 1)
        assert {row["who"] for row in log.rows() if row["action"] != "changed"} == {"ann"}
