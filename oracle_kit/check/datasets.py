"""The dataset part of `oracle check`: files against themselves and the live schema, each expression run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oracle_kit.datasets.catalog import Catalog, read_catalog
from oracle_kit.datasets.collisions import collisions, unread, unused
from oracle_kit.datasets.compile import compile_query
from oracle_kit.datasets.dataset import Dataset
from oracle_kit.datasets.finding import Finding, finding_of
from oracle_kit.datasets.live import distinct_values
from oracle_kit.datasets.tree import Attribute, Node, walk
from oracle_kit.datasets.warehouse import Snapshot, Warehouse
from oracle_kit.errors import FetchTimeout, OracleError
from oracle_kit.model import Viewer
from oracle_kit.query import Dimension, Measure, Query, Related, Scalar, Term
from oracle_kit.windows import Clock

MOST_VALUES = 200  # of a dimension with declared values; more than that is no list


def content_faults(folder: Path) -> tuple[Finding, ...]:
    """Every fault of the dataset files, at most one per file; nothing where all load."""
    return tuple(finding_of(fault) for fault in read_catalog(folder)[1])


def check_datasets(catalog: Catalog, warehouse: Warehouse, clock: Clock) -> Iterator[Finding]:
    """What is wrong or odd in the datasets, with a fact for each expression: its type and unit.

    Raises WarehouseUnavailable when there is no warehouse to check against.
    """
    for dataset in catalog.datasets.values():
        yield from _static(dataset)
    broken = catalog.verify(warehouse)
    yield from broken
    files = {one.file for one in broken if one.level == "error"}
    whole = [one for one in catalog.datasets.values() if one.document.file not in files]
    if len(whole) == len(catalog.datasets):
        yield from warehouse.live_values(catalog, clock).findings
    for dataset in whole:
        yield from _run_dataset(dataset, catalog, warehouse, clock)


def _static(dataset: Dataset) -> Iterator[Finding]:
    yield from unread(dataset)
    yield from collisions(dataset)
    yield from unused(dataset)
    yield from expressions(dataset)


def expressions(dataset: Dataset) -> Iterator[Finding]:
    """A fact for each expression: its type and its unit."""
    trees: list[tuple[tuple[str, ...], Node, str | None]] = []
    for name, field in dataset.fields.items():
        if field.node is not None:
            trees.append((("fields", name), field.node, field.unit))
    trees += [(("measures", name), one.node, one.unit) for name, one in dataset.measures.items()]
    trees += [(("glossary", name), one.node, None) for name, one in dataset.terms.items()]
    for path, node, unit in trees:
        yield Finding(
            level="fact",
            file=dataset.document.file,
            line=dataset.document.line(path),
            field=".".join(path),
            message=f"{node.type}{f' in {unit}' if unit else ''}",
        )


def probe(dataset: Dataset, role: str) -> Viewer:
    """A viewer with the role, and a value for each attribute that its row filter needs."""
    node = dataset.row_filters[role]
    parts = walk(node) if node is not None else ()
    values = {part.name: _SAMPLES[part.type] for part in parts if isinstance(part, Attribute)}
    return Viewer(id="check", roles=(role,), attributes=values)


_SAMPLES: dict[str, Scalar] = {
    "integer": 0,
    "decimal": 0,
    "float": 0,
    "text": "-",
    "boolean": True,
    "date": "2000-01-01",
    "timestamp": "2000-01-01T00:00:00",
}


def widest(dataset: Dataset) -> Viewer | None:
    """A viewer with the role that reads most; None when nobody may read."""
    roles = sorted(dataset.row_filters, key=lambda role: dataset.row_filters[role] is not None)
    return probe(dataset, roles[0]) if roles else None


def _run_dataset(dataset: Dataset, catalog: Catalog, warehouse: Warehouse, clock: Clock) -> Iterator[Finding]:
    """Compiles and runs everything that the dataset declares, and a list for every role."""
    viewer = widest(dataset)
    if viewer is None:
        return
    for path, query in _trials(dataset):
        yield from _run(dataset, path, query, viewer, catalog, warehouse, clock)
    listing = Query(dataset=dataset.id, columns=dataset.file.list_columns, limit=1)
    for role in dataset.row_filters:
        where = ("policy", "roles", role)
        yield from _run(dataset, where, listing, probe(dataset, role), catalog, warehouse, clock)
    with warehouse.snapshot(clock) as snapshot:
        yield from _undeclared(dataset, snapshot)


def _trials(dataset: Dataset) -> Iterator[tuple[tuple[str, ...], Query]]:
    """A query for each measure, field, term and relation, with the place that declares it."""
    count = (Measure(fn="count"),)
    for name in dataset.measures:
        yield ("measures", name), Query(dataset=dataset.id, measures=(Measure(name=name),))
    for name in dataset.fields:
        if name in dataset.restricted:
            yield ("fields", name), Query(dataset=dataset.id, columns=(name,), limit=1)
        else:
            by = (Dimension(field=name),)
            yield ("fields", name), Query(dataset=dataset.id, measures=count, dimensions=by, limit=1)
    for name in dataset.terms:
        yield ("glossary", name), Query(dataset=dataset.id, measures=count, where=Term(name=name))
    for name in dataset.relations:
        related = Related(relation=name, op="ge", count=2)
        yield ("relations", name), Query(dataset=dataset.id, measures=count, where=related)


def _run(
    dataset: Dataset,
    path: tuple[str, ...],
    query: Query,
    viewer: Viewer,
    catalog: Catalog,
    warehouse: Warehouse,
    clock: Clock,
) -> Iterator[Finding]:
    try:
        with warehouse.snapshot(clock) as snapshot:
            snapshot.run(compile_query(query, catalog, viewer, clock))
    except OracleError as error:
        level = "warning" if isinstance(error, FetchTimeout) else "error"
        yield Finding(
            level=level,
            file=dataset.document.file,
            line=dataset.document.line(path),
            field=".".join(path),
            message=error.message.rstrip("."),
            hint=error.hint,
        )


def _undeclared(dataset: Dataset, snapshot: Snapshot) -> Iterator[Finding]:
    """A warning for each value that the database has and the file does not declare."""
    for name, field in dataset.fields.items():
        if not field.values or name in dataset.restricted:
            continue
        found = distinct_values(dataset, field, snapshot, MOST_VALUES)
        more = [str(value) for value in found if value not in field.values]
        if more:
            path = ("fields", name, "values")
            yield Finding(
                level="warning",
                file=dataset.document.file,
                line=dataset.document.line(path),
                field=".".join(path),
                message=f"the database also has {', '.join(more[:5])}",
                hint="Declare them, or keep their rows out with `where`.",
            )
