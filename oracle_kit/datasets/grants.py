"""The GRANTs of a PostgreSQL role that can read what the datasets project, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.dataset import Dataset
from oracle_kit.datasets.scan import projected_columns


def grants(catalog: Catalog, role: str, *, personal: bool = True) -> tuple[str, ...]:
    """One GRANT for each table, column by column, for an administrator to run; the role must be there.

    Without `personal` the columns of personal data are left out: enough for whoever sees them masked, since a
    masked column is not read.
    """
    made: sa.Dialect = sa.make_url("postgresql://").get_dialect()()
    quote = made.identifier_preparer.quote_identifier
    columns: dict[str, dict[str, None]] = {}
    for dataset in catalog.datasets.values():
        for alias, table in _tables(dataset):
            kept = projected_columns(dataset, alias)
            left_out = {name for name in kept if not personal and _personal(dataset, alias, name)}
            columns.setdefault(table, {}).update(dict.fromkeys(name for name in kept if name not in left_out))
    return tuple(
        f"GRANT SELECT ({', '.join(map(quote, names))}) ON {_table(table, quote)} TO {quote(role)};"
        for table, names in sorted(columns.items())
        if names
    )


def _table(name: str, quote: Callable[[str], str]) -> str:
    return ".".join(map(quote, name.split(".")))


def _tables(dataset: Dataset) -> list[tuple[str, str]]:
    return [("", dataset.file.table), *((alias, join.table) for alias, join in dataset.file.joins.items())]


def _personal(dataset: Dataset, alias: str, column: str) -> bool:
    """Whether the column is read for nothing but personal data."""
    readers = [
        field
        for field in dataset.fields.values()
        if field.column is not None and (field.column.alias, field.column.column) == (alias, column)
    ]
    return bool(readers) and all(field.file.pii for field in readers)
