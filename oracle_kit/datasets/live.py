"""The values that dimensions have in the database now, for those that declare `values: database`."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from time import monotonic

import sqlalchemy as sa

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.constructs import by_bytes
from oracle_kit.datasets.dataset import Dataset, Field
from oracle_kit.datasets.finding import Finding
from oracle_kit.datasets.policy import Access
from oracle_kit.datasets.readers import read_columns
from oracle_kit.datasets.scan import Scan
from oracle_kit.datasets.warehouse import Snapshot, Warehouse
from oracle_kit.errors import Unavailable
from oracle_kit.model import Scope
from oracle_kit.query import Scalar, digest
from oracle_kit.windows import Clock

MOST = 1_000  # values of a dimension that people name; a field with more is looked up instead

Key = tuple[str, str]


class LiveValues:
    """Distinct values by dataset and field of one snapshot, read again once older than `seconds`."""

    def __init__(
        self,
        catalog: Catalog,
        warehouse: Warehouse,
        clock: Clock,
        *,
        seconds: float = 300.0,
        most: int = MOST,
    ) -> None:
        self._catalog, self._warehouse, self._clock = catalog, warehouse, clock
        self._seconds, self._most = seconds, most
        self._reading = threading.Lock()
        self._found: Mapping[Key, tuple[Scalar, ...]] | None = None
        self._findings: tuple[Finding, ...] = ()
        self._read_at = 0.0

    def values(self, dataset_id: str, field: str) -> tuple[Scalar, ...]:
        """The values of a field, sorted; empty when the field does not read them from the database."""
        return self.all().get((dataset_id, field), ())

    def all(self) -> Mapping[Key, tuple[Scalar, ...]]:
        """Every value by dataset and field; raises WarehouseUnavailable when there were none read before."""
        with self._reading:
            if self._found is None:
                self.refresh()
            elif monotonic() - self._read_at > self._seconds:
                self._refresh_if_it_answers()
            return self._found or {}

    def _refresh_if_it_answers(self) -> None:
        """Reads again; while the database is away, the values read before stand for another while."""
        try:
            self.refresh()
        except Unavailable:
            self._read_at = monotonic()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The fields that have too many values to be named."""
        self.all()
        return self._findings

    @property
    def digest(self) -> str:
        """A digest that changes when a value comes or goes."""
        return digest([[*key, list(values)] for key, values in sorted(self.all().items())])

    def refresh(self) -> None:
        """Reads all values again."""
        found, findings = {}, []
        with self._warehouse.snapshot(self._clock) as snapshot:
            for dataset in self._catalog.datasets.values():
                for field in dataset.fields.values():
                    if field.file.values == "database":
                        values = distinct_values(dataset, field, snapshot, self._most + 1)
                        findings += (
                            [_too_many(dataset, field, self._most)] if len(values) > self._most else []
                        )
                        found[dataset.id, field.name] = values if len(values) <= self._most else ()
        self._found, self._findings, self._read_at = found, tuple(findings), monotonic()


def distinct_values(dataset: Dataset, field: Field, snapshot: Snapshot, most: int) -> tuple[Scalar, ...]:
    """At most so many values that the dataset's rows have in the field, sorted; nulls left out."""
    scan = Scan(dataset, _unlimited(dataset), snapshot.clock)
    item = scan.use(field.name)
    standing = scan.standing()
    inner = sa.select(item.label("item")).distinct().select_from(scan.source())
    inner = inner.where(*standing, item.is_not(None)).limit(most)
    found = inner.subquery()
    order = by_bytes(found.c.item) if field.type == "text" else found.c.item
    rows = read_columns(snapshot.execute(sa.select(found.c.item).order_by(order)), (field.type,))
    return tuple(row[0] for row in rows)


def _unlimited(dataset: Dataset) -> Access:
    """The access of the catalog itself: words, not rows; personal data stays masked."""
    scope = Scope(dataset=dataset.id, masked=tuple(sorted(dataset.restricted)))
    return Access(dataset.id, None, (), dataset.restricted, 0, 0.0, scope)


def _too_many(dataset: Dataset, field: Field, most: int) -> Finding:
    path = ("fields", field.name, "values")
    return Finding(
        level="error",
        file=dataset.document.file,
        line=dataset.document.line(path),
        field=".".join(path),
        message=f"{field.name} has more than {most} values: too many to be named",
        hint="Remove `values: database`, and write `lookup: word` or `lookup: exact` instead.",
    )
