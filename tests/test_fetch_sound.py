"""Fetching missing sound for the page: what is offered, to whom, and how it ends."""

from pathlib import Path

import pytest

from tests.lacking import lacking_catalog
from vmr.config import Settings
from vmr.errors import VmrError
from vmr.media.limits import StoppedError
from vmr.media.stopping import stopping_when
from vmr.page.fetch_sound import SoundFetcher
from vmr.page.service import Service
from vmr.page.settings import PageSettings
from vmr.query import silent


@pytest.fixture
def fetcher(retriever, tmp_path, monkeypatch) -> SoundFetcher:
    monkeypatch.setenv("VMR_CACHE", str(tmp_path / "cache"))
    catalog, debs = lacking_catalog(tmp_path)
    opened = retriever.opened_again(Settings(catalogs=(catalog,), device="cpu"))
    return SoundFetcher(Service(opened, str), allowed=True, debs=debs)


def there(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache" / "g").iterdir())


def test_what_lacks_sound_is_offered_until_it_is_there(fetcher, tmp_path):
    again: list[int] = []
    fetcher.opened_again = lambda: again.append(1)
    helpings = [{"tracks": 6, "bytes": 1_800_000}]
    assert fetcher.offers() == [{"name": "g", "missing": 6, "helpings": helpings}]
    steps: list[tuple[str, float]] = []
    report = fetcher.fetch("g", 2, lambda step, share: steps.append((step, share)))
    assert report == {"fetched": 2, "failed": []}
    assert {name for name, _ in steps} == {"download", "unpack", "cut"}
    assert [share for _, share in steps] == sorted(share for _, share in steps)
    assert fetcher.offers()[0]["missing"] == 4 and again == [1]
    fetcher.fetch("g", 99, silent)
    assert fetcher.offers() == [] and len(there(tmp_path)) == 6


def test_when_nobody_waits_it_ends_and_what_was_fetched_stays(fetcher, tmp_path):
    def nobody_waits() -> bool:
        return len(list((tmp_path / "cache").rglob("*.opus"))) > 1

    with stopping_when(nobody_waits), pytest.raises(StoppedError):
        fetcher.fetch("g", 6, silent)
    assert len(there(tmp_path)) == 2 and all(name.endswith(".opus") for name in there(tmp_path))


def test_a_page_that_may_not_or_a_catalog_that_is_not_there_fetches_nothing(fetcher, tmp_path):
    for name in ("starter", "../g", ""):
        with pytest.raises(VmrError, match="does not let its page fetch"):
            fetcher.fetch(name, 6, silent)
    fetcher.allowed = False
    assert fetcher.offers() == []
    with pytest.raises(VmrError, match="does not let its page fetch"):
        fetcher.fetch("g", 6, silent)
    assert not (tmp_path / "cache" / "g").exists()


@pytest.mark.parametrize(
    ("settings", "may"),
    [
        ({}, True),
        ({"host": "0.0.0.0"}, False),
        ({"allowed_hosts": ("music.example",)}, False),
        ({"host": "0.0.0.0", "fetch": True}, True),
        ({"fetch": False}, False),
    ],
)
def test_only_on_this_machine_unless_a_flag_says_so(settings, may):
    assert PageSettings(**settings).may_fetch is may
