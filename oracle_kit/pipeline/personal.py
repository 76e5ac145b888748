"""Personal data (email, phone) is read live and never stored: rows as they may be kept."""

from __future__ import annotations

from collections.abc import Mapping

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.scan import MASK
from oracle_kit.model import Rows
from oracle_kit.query import Query


def kept(rows: Rows, query: Query, catalog: Catalog) -> Rows:
    """The rows with every personal value left out and their scope saying so; the same rows where there is none."""
    restricted = catalog.datasets[query.dataset].restricted
    places = {at for at, column in enumerate(rows.columns) if column.name in restricted and not column.masked}
    if not places:
        return rows
    columns = tuple(
        column.model_copy(update={"masked": True, "type": "text", "unit": None}) if at in places else column
        for at, column in enumerate(rows.columns)
    )
    stripped = tuple(
        tuple(MASK if at in places else value for at, value in enumerate(row)) for row in rows.rows
    )
    names = {rows.columns[at].name for at in places}
    scopes = tuple(
        scope.model_copy(update={"masked": tuple(sorted({*scope.masked, *names}))})
        if scope.dataset == query.dataset
        else scope
        for scope in rows.scopes
    )
    return rows.model_copy(update={"columns": columns, "rows": stripped, "scopes": scopes})


def all_kept(results: Mapping[str, Rows], queries: Mapping[str, Query], catalog: Catalog) -> dict[str, Rows]:
    """The rows of each named query as they may be kept."""
    return {name: kept(rows, queries[name], catalog) for name, rows in results.items()}
