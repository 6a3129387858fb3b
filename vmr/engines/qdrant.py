"""Qdrant as a store: a server or a cluster of them, by its HTTP interface.

Collections are scanned, not walked by a graph: near alpha 0 a graph over joined vectors loses up to
18 % of the best ten. The scan reads int8 in memory and makes the scores of the best from float16.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from vmr.engines.engine import Asking, Wanted
from vmr.engines.store import INDEXED, WHOLE, Formula, Nearest, Point, Spread
from vmr.errors import CatalogError

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

TIMEOUT_S = 20
TRIES, WAIT_S = 3, 0.5  # writing is tried again, as a cluster moves its leaders
OVERSAMPLED = 2.0  # times as many are scored from float16 as are prefetched
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class QdrantStore:
    """See vmr.engines.store.Store. place: the server's address for sentences, without any key;
    spread: over a cluster; scanned: settings for a server (False: those of the client's local
    mode)."""

    client: QdrantClient
    place: str
    scanned: bool = True
    spread: Spread = WHOLE

    def current(self, name: str) -> str | None:
        """The collection behind an alias."""
        aliases = self._ask(lambda: self.client.get_aliases().aliases)
        return next((a.collection_name for a in aliases if a.alias_name == name), None)

    def create(self, collection: str, widths: Mapping[Asking, int]) -> None:
        """Float16 on disk, int8 in memory, no graph, an index for each column of filters."""
        from qdrant_client import models

        if self._ask(lambda: self.client.collection_exists(collection)):
            return
        vectors: dict[str, models.VectorParams] = {
            asking: models.VectorParams(
                size=width,
                distance=models.Distance.DOT,
                datatype=models.Datatype.FLOAT16,
                on_disk=True if self.scanned else None,
            )
            for asking, width in widths.items()
        }
        options: dict[str, Any] = {}
        if self.scanned:
            small = models.ScalarQuantizationConfig(type=models.ScalarType.INT8, always_ram=True)
            options["quantization_config"] = models.ScalarQuantization(scalar=small)
            options["hnsw_config"] = models.HnswConfigDiff(m=0)
            options["shard_number"] = self.spread.shards
            options["replication_factor"] = self.spread.copies
        self._ask(lambda: self.client.create_collection(collection, vectors, **options))
        if self.scanned:
            for column, kind in INDEXED.items():
                schema = models.PayloadSchemaType(kind)
                self._ask(partial(self.client.create_payload_index, collection, column, schema))

    def made(self, collection: str, numbers: Sequence[int]) -> dict[int, str]:
        """What is there of these points."""
        found = self._again(
            lambda: self.client.retrieve(collection, list(numbers), with_payload=["made"])
        )
        return {int(p.id): str((p.payload or {}).get("made", "")) for p in found}

    def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Write points and wait until they are kept."""
        from qdrant_client import models

        rows = [
            models.PointStruct(
                id=p.number,
                vector={asking: vector.tolist() for asking, vector in p.vectors.items()},
                payload=dict(p.facts),
            )
            for p in points
        ]
        self._again(lambda: self.client.upsert(collection, rows, wait=True))

    def count(self, collection: str) -> int:
        """Exactly."""
        return int(self._again(lambda: self.client.count(collection, exact=True).count))

    def switch(self, name: str, collection: str) -> None:
        """One operation on the server: no query falls between."""
        from qdrant_client import models

        new = models.CreateAlias(collection_name=collection, alias_name=name)
        steps: list[Any] = [models.CreateAliasOperation(create_alias=new)]
        if self.current(name) is not None:
            old = models.DeleteAlias(alias_name=name)
            steps.insert(0, models.DeleteAliasOperation(delete_alias=old))
        self._ask(lambda: self.client.update_collection_aliases(steps))

    def drop(self, collection: str) -> None:
        """Remove it with its points."""
        self._ask(lambda: self.client.delete_collection(collection))

    def nearest(self, name: str, asked: Sequence[Nearest]) -> list[list[int]]:
        """All questions in one request."""
        requests = [question(one, self.scanned) for one in asked]
        answers = self._ask(lambda: self.client.query_batch_points(name, requests))
        return [[int(point.id) for point in answer.points] for answer in answers]

    def close(self) -> None:
        """End the connections."""
        self.client.close()

    def _ask(self, call: Callable[[], Found]) -> Found:
        from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

        try:
            return call()
        except ResponseHandlingException as error:
            raise CatalogError("engine.dead", place=self.place, seconds=TIMEOUT_S) from error
        except UnexpectedResponse as error:
            if error.status_code in (401, 403):
                raise CatalogError("engine.key", place=self.place) from error
            status = error.status_code or 0
            raise CatalogError("engine.refused", place=self.place, status=status) from error

    def _again(self, call: Callable[[], Found]) -> Found:
        for attempt in range(TRIES - 1):
            try:
                return self._ask(call)
            except CatalogError:
                time.sleep(WAIT_S * 2**attempt)
        return self._ask(call)


def question(asked: Nearest, scanned: bool) -> models.QueryRequest:
    """The formula over a prefetch that holds the filter."""
    from qdrant_client import models

    params = None
    if scanned:
        exact = models.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLED)
        params = models.SearchParams(quantization=exact)
    prefetch = models.Prefetch(
        query=asked.vector.tolist(),
        using=asked.asking,
        limit=asked.prefetch,
        filter=None if asked.wanted is None else conditions(asked.wanted),
        params=params,
    )
    formula = models.FormulaQuery(formula=expression(asked.formula))
    return models.QueryRequest(prefetch=prefetch, query=formula, limit=asked.limit)


def conditions(wanted: Wanted) -> models.Filter:
    """The filter in Qdrant's words."""
    from qdrant_client import models

    def one_of(column: str, values: Sequence[str]) -> models.FieldCondition:
        return models.FieldCondition(key=column, match=models.MatchAny(any=list(values)))

    must: list[Any] = [one_of(column, values) for column, values in wanted.any_of.items()]
    for column, (least, most) in wanted.between.items():
        must.append(models.FieldCondition(key=column, range=models.Range(gte=least, lte=most)))
    for column, values in wanted.none_or.items():
        empty = models.IsEmptyCondition(is_empty=models.PayloadField(key=column))
        must.append(models.Filter(should=[empty, one_of(column, values)]))
    return models.Filter(must=must)


def expression(formula: Formula) -> Any:
    """The formula in Qdrant's words."""
    from qdrant_client import models

    def terms(weights: Mapping[str, float]) -> list[Any]:
        return [models.MultExpression(mult=[w, name]) for name, w in weights.items() if w]

    score = models.SumExpression(sum=["$score", *terms(formula.added)])
    if not formula.normed:
        return score
    norm = models.SumExpression(sum=[formula.norm, *terms(formula.normed)])
    root = models.SqrtExpression(sqrt=norm)
    return models.DivExpression(div=models.DivParams(left=score, right=root, by_zero_default=0.0))
