"""Qdrant's engine inside this process, on a folder: the same answers without a server.

For one process and its own disk; a kill loses nothing that was written. A folder holds a shard for
each collection and a file that says which of them a name stands for.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vmr.engines.engine import Asking, Wanted
from vmr.engines.store import INDEXED, Formula, Nearest, Point
from vmr.errors import CatalogError
from vmr.files import replacing

NAMES = "names.json"


@dataclass(frozen=True, eq=False)
class EdgeStore:
    """See vmr.engines.store.Store."""

    folder: Path
    _open: dict[str, Any] = field(default_factory=dict)

    def current(self, name: str) -> str | None:
        """The collection that the file names."""
        found = self._names().get(name)
        return None if found is None else str(found)

    def create(self, collection: str, widths: Mapping[Asking, int]) -> None:
        """A shard with float16 vectors and an index for each column of filters."""
        edge = load_edge()
        if self._place(collection).is_dir():
            return
        vectors = {
            asking: edge.EdgeVectorParams(
                size=width,
                distance=edge.Distance.Dot,
                datatype=edge.VectorStorageDatatype.Float16,
            )
            for asking, width in widths.items()
        }
        self._place(collection).parent.mkdir(parents=True, exist_ok=True)
        shard = edge.EdgeShard.create(
            str(self._place(collection)), edge.EdgeConfig(vectors=vectors)
        )
        kinds = {
            "keyword": edge.PayloadSchemaType.Keyword,
            "float": edge.PayloadSchemaType.Float,
        }
        for column, kind in INDEXED.items():
            shard.update(edge.UpdateOperation.create_field_index(column, kinds[kind]))
        shard.flush()
        self._open[collection] = shard

    def made(self, collection: str, numbers: Sequence[int]) -> dict[int, str]:
        """What is there of these points."""
        found = self._shard(collection).retrieve(list(numbers), ["made"], False)
        return {int(p.id): str((p.payload or {}).get("made", "")) for p in found}

    def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Write points to the log that a restart reads."""
        edge = load_edge()
        rows = [
            edge.Point(p.number, {a: v.tolist() for a, v in p.vectors.items()}, dict(p.facts))
            for p in points
        ]
        self._shard(collection).update(edge.UpdateOperation.upsert_points(rows))

    def count(self, collection: str) -> int:
        """Exactly."""
        return int(self._shard(collection).count(load_edge().CountRequest(exact=True)))

    def switch(self, name: str, collection: str) -> None:
        """Replaces the file with the names in one piece."""
        self._shard(collection).flush()
        names = {**self._names(), name: collection}
        with replacing(self.folder / NAMES) as temporary:
            temporary.write_text(json.dumps(names), encoding="utf-8")

    def drop(self, collection: str) -> None:
        """Close and remove the shard."""
        self._shard(collection).close()
        del self._open[collection]
        shutil.rmtree(self._place(collection))

    def nearest(self, name: str, asked: Sequence[Nearest]) -> list[list[int]]:
        """All questions over one pass of the shard."""
        edge = load_edge()
        shard = self._shard(str(self.current(name)))
        batch = edge.QueryBatchRequest([question(one) for one in asked])
        return [[int(point.id) for point in found] for found in shard.query_batch(batch)]

    def close(self) -> None:
        """Give the folder back."""
        for shard in self._open.values():
            shard.close()
        self._open.clear()

    def _place(self, collection: str) -> Path:
        return self.folder / collection

    def _shard(self, collection: str) -> Any:
        if collection not in self._open:
            self._open[collection] = load_edge().EdgeShard.load(str(self._place(collection)))
        return self._open[collection]

    def _names(self) -> dict[str, str]:
        path = self.folder / NAMES
        try:
            names = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
            if not isinstance(names, dict):
                raise ValueError("no table of names")
        except (OSError, ValueError) as error:
            raise CatalogError("catalog.damaged_because", path=path, reason=error) from error
        return names


def load_edge() -> Any:
    """The package. Raises CatalogError where it is not installed."""
    try:
        import qdrant_edge
    except ImportError as error:
        raise CatalogError("engine.no_package", package="qdrant-edge-py") from error
    return qdrant_edge


def question(asked: Nearest) -> Any:
    """The formula over a prefetch that holds the filter."""
    edge = load_edge()
    prefetch = edge.Prefetch(
        limit=asked.prefetch,
        query=edge.Query.Nearest(asked.vector.tolist(), using=asked.asking),
        filter=None if asked.wanted is None else conditions(asked.wanted),
    )
    formula = edge.Formula(expression(asked.formula))
    return edge.QueryRequest(limit=asked.limit, query=formula, prefetches=[prefetch])


def conditions(wanted: Wanted) -> Any:
    """The filter in the engine's words."""
    edge = load_edge()

    def one_of(column: str, values: Sequence[str]) -> Any:
        return edge.FieldCondition(key=column, match=edge.MatchAny(list(values)))

    must = [one_of(column, values) for column, values in wanted.any_of.items()]
    for column, (least, most) in wanted.between.items():
        must.append(edge.FieldCondition(key=column, range=edge.RangeFloat(gte=least, lte=most)))
    for column, values in wanted.none_or.items():
        empty = edge.IsEmptyCondition(column)
        must.append(edge.Filter(should=[empty, one_of(column, values)]))
    return edge.Filter(must=must)


def expression(formula: Formula) -> Any:
    """The formula in the engine's words."""
    e = load_edge().Expression

    def terms(weights: Mapping[str, float]) -> list[Any]:
        return [e.Mult([e.Constant(w), e.Variable(n)]) for n, w in weights.items() if w]

    score = e.Sum([e.Variable("$score"), *terms(formula.added)])
    if not formula.normed:
        return score
    return e.Div(score, e.Sqrt(e.Sum([e.Constant(formula.norm), *terms(formula.normed)])), 0.0)
