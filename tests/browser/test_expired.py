"""An upload that the server has deleted meanwhile is sent again by itself, where it is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack.server import serving
from tests.browser.conftest import row, visiting


@pytest.mark.thorough
def test_a_download_after_the_upload_expired_sends_it_again(
    browser, tmp_path: Path, short_video: Path
) -> None:
    with serving(tmp_path / "tmp") as server, visiting(browser, server.address) as visit:
        page = visit.open()
        visit.match(short_video)
        uploads = [path for path in server.left_over() if path.name == short_video.name]
        assert len(uploads) == 1
        uploads[0].unlink()  # as the clock does within the hour
        visit.requests.clear()
        page.click(f"{row(1)} .more")
        page.click(".menu button:has-text('Download')")
        with page.expect_download(timeout=50_000) as download:
            page.click("dialog .download-go button")
        assert download.value.path().stat().st_size > 10_000
        assert sum("/upload" in url for url in visit.requests) == 1
        assert visit.errors == []
