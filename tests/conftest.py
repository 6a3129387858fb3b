"""Real parts, made once per run: the bundled model with its catalogs, and one real video."""

from __future__ import annotations

from pathlib import Path

import pytest


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
def world_query(retriever, world_video):
    return retriever.embed_video(world_video)
