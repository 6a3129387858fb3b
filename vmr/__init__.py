"""vmr: music for video, ranked by a mix of audiovisual fit and fit by label.

    from vmr import Retriever

    retriever = Retriever.open()
    query = retriever.embed_video("clip.mp4")
    retriever.search(query, alpha=0.3, facet="mood", k=5)

Nothing is loaded before a name is used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vmr.config import Settings
    from vmr.errors import VmrError
    from vmr.query import Query
    from vmr.retriever import Retriever

__version__ = "0.1.0"
__all__ = ["Query", "Retriever", "Settings", "VmrError"]

HOMES = {
    "Query": "vmr.query",
    "Retriever": "vmr.retriever",
    "Settings": "vmr.config",
    "VmrError": "vmr.errors",
}


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used."""
    if name not in HOMES:
        raise AttributeError(f"module 'vmr' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
