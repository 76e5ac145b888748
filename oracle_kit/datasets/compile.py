"""A Query becomes a Statement: the only place where statements over the warehouse's tables are built."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

import sqlalchemy as sa

from oracle_kit.datasets.aggregate import compile_groups
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.listing import compile_list
from oracle_kit.datasets.predicates import Rights
from oracle_kit.datasets.statement import Selectable, Statement
from oracle_kit.errors import QueryRefused
from oracle_kit.model import Viewer
from oracle_kit.query import Query, Value
from oracle_kit.windows import Clock


def compile_query(query: Query, catalog: Catalog, viewer: Viewer, clock: Clock) -> Statement:
    """The statement that answers the query as this viewer may see it, every value a bound parameter.

    Raises FieldNotAllowed (not for this viewer) and QueryRefused (not declared, or makes no sense).
    """
    try:
        text = query.model_dump_json()
    except ValueError:  # pydantic's own, of values that are no text and of trees that are too deep
        raise QueryRefused("The query holds something that is no text, or nests too deep.") from None
    key = (text, viewer.roles, repr(sorted(viewer.attributes.items())), clock.calendar)
    known = catalog.statements.get(key)
    if known is not None:
        return known.at(clock)
    statement = _compiled(query, Rights(catalog, viewer, clock))
    catalog.statements.put(key, statement)
    return statement


def _compiled(query: Query, rights: Rights) -> Statement:
    if query.columns and (query.measures or query.dimensions):
        raise QueryRefused("A query lists columns, or aggregates measures, not both.")
    if not query.columns and not query.measures and not query.dimensions:
        raise QueryRefused("A query needs columns or measures.")
    try:
        return compile_list(query, rights) if query.columns else compile_groups(query, rights)
    except RecursionError:
        raise QueryRefused("The filter nests too deep.") from None


class Explained(Value):
    """A statement as text with its parameters, for people to read."""

    sql: str
    parameters: dict[str, object]


def explain(statement: Statement, dialect: str) -> Explained:
    """The SQL of a statement in a dialect ("duckdb", "postgresql") and the values bound to its parameters."""
    sql, bound = _text(statement.select, dialect)
    used = {name: value for name, value in statement.parameters.items() if name in bound}
    return Explained(sql=sql, parameters={**bound, **used})


@lru_cache(maxsize=512)
def _text(select: Selectable, dialect: str) -> tuple[str, Mapping[str, object]]:
    """A statement's SQL and what is bound in it but by the clock; the same statement is told again and again."""
    compiled = select.compile(dialect=_dialect(dialect), compile_kwargs={"render_postcompile": True})
    return str(compiled), dict(compiled.params)


@cache
def _dialect(name: str) -> sa.Dialect:
    made: sa.Dialect = sa.make_url(f"{name}://").get_dialect()(paramstyle="named")  # type: ignore[call-arg]  # as all dialects take
    return made
