"""For any query and any viewer: what a compiled statement may name, must hold, and never contains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy.sql.elements import BindParameter, ColumnClause

from oracle_kit.datasets.compile import compile_query, explain
from oracle_kit.datasets.statement import Statement
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.errors import Refused
from oracle_kit.model import Viewer
from oracle_kit.query import Query
from tests.datasets import lending
from tests.datasets.strategies import CATALOG, MARK, NUMBER, VIEWERS, queries

CLOCK = lending.clock()
ALLOWED = {
    "loans": {
        "loan_id",
        "member_id",
        "book_id",
        "status",
        "due_at",
        "returned_at",
        "borrowed_on",
        "fee",
        "risk",
    },
    "members": {"member_id", "name", "email", "branch_id", "joined_at", "active", "score", "seen_at"},
    "branches": {"branch_id", "city", "region", "manager_id", "opened_on"},
    "books": {"book_id", "genre", "price", "pages", "weight"},
}
FILTERED = {
    "cle": {("manager_id", 101)},
    "lea": {("region", "east")},
    "cl": {("manager_id", 101), ("region", "east")},
}
often = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def compiled(query: Query, viewer: Viewer) -> Statement | None:
    """The statement, or None when the query is refused with a reason."""
    try:
        statement = compile_query(query, CATALOG, viewer, CLOCK)
    except Refused as error:
        event(f"refused: {error.message[:30]}")
        return None
    event("compiled")
    return statement


def parts(*roots: Any) -> Iterator[Any]:
    """Every element of the statements, those inside subqueries and CTEs too."""
    seen: set[int] = set()
    todo = list(roots)
    while todo:
        element = todo.pop()
        if id(element) in seen:
            continue
        seen.add(id(element))
        yield element
        todo += children(element)


def children(element: Any) -> list[Any]:
    inner = [element.element] if isinstance(element, sa.sql.selectable.AliasedReturnsRows) else []
    return [*element.get_children(), *inner]


def selects(element: Any, outer: frozenset[Any] = frozenset()) -> Iterator[tuple[Any, list[Any]]]:
    """Every select with the aliased tables that it reads itself; those of an outer one are correlated."""
    own: list[Any] = []
    if isinstance(element, sa.Select):
        own = [table for table in tables_of(element) if table not in outer or not element._auto_correlate]
        yield element, own
    for child in children(element):
        yield from selects(child, outer | frozenset(own))


def tables_of(select: Any) -> list[Any]:
    """The aliased tables in a select's FROM, not those inside a subquery."""
    found = []
    todo = list(select.get_final_froms())
    while todo:
        source = todo.pop()
        if isinstance(source, sa.sql.selectable.Join):
            todo += [source.left, source.right]
        elif isinstance(source, sa.sql.selectable.Alias) and isinstance(source.element, sa.TableClause):
            found.append(source)
    return found


@often
@given(queries(), VIEWERS)
def test_only_projected_tables_and_columns(query: Query, viewer: Viewer) -> None:
    statement = compiled(query, viewer)
    if statement is None:
        return
    for part in parts(statement.select):
        if isinstance(part, sa.TableClause):
            assert part.name in ALLOWED
        if isinstance(part, ColumnClause) and isinstance(part.table, sa.sql.selectable.Alias):
            assert part.name in ALLOWED[part.table.element.name]
        if isinstance(part, ColumnClause) and part.table is None:
            assert part.is_literal
            assert part.name in ("1", "*")


@often
@given(queries(), VIEWERS)
def test_the_row_filter_stands_in_every_select_that_reads_a_table(query: Query, viewer: Viewer) -> None:
    statement = compiled(query, viewer)
    if statement is None or viewer.id not in FILTERED:
        return
    for select, own in selects(statement.select):
        if own:
            found = list(held(select, own))
            assert all(one in found for one in FILTERED[viewer.id]), explain(statement, "duckdb").sql


def held(select: Any, own: list[Any]) -> Iterator[tuple[str, Any]]:
    """The equalities of own columns with bound values that the select's WHERE holds on its top level."""
    for condition in _top(select.whereclause):
        left, right = getattr(condition, "left", None), getattr(condition, "right", None)
        if isinstance(left, ColumnClause) and isinstance(right, BindParameter) and left.table in own:
            yield left.name, right.value


def _top(condition: Any) -> Iterator[Any]:
    """The parts of a conjunction, and of the disjunctions of row filters in it."""
    if condition is None:
        return
    operator = getattr(condition, "operator", None)
    if isinstance(condition, sa.sql.elements.Grouping):
        yield from _top(condition.element)
    elif operator is sa.sql.operators.and_ or (operator is sa.sql.operators.or_ and _filters_only(condition)):
        for part in condition.clauses:
            yield from _top(part)
    else:
        yield condition


def _filters_only(condition: Any) -> bool:
    """Whether the disjunction is the row filters of the viewer's two roles."""
    return {getattr(getattr(part, "left", None), "name", None) for part in condition.clauses} == {
        "manager_id",
        "region",
    }


@often
@given(queries(), VIEWERS)
def test_a_masked_column_is_not_even_read(query: Query, viewer: Viewer) -> None:
    statement = compiled(query, viewer)
    if statement is None or set(viewer.roles) <= {"clerk", "auditor"}:
        return
    for part in parts(statement.select):
        read = isinstance(part, ColumnClause) and isinstance(part.table, sa.sql.selectable.Alias)
        assert not (read and part.name == "email")


@often
@given(queries(), VIEWERS, st.sampled_from(["duckdb", "postgresql"]))
def test_nothing_of_the_prompt_is_in_the_text(query: Query, viewer: Viewer, dialect: str) -> None:
    statement = compiled(query, viewer)
    if statement is None:
        return
    text = explain(statement, dialect).sql
    assert MARK not in text
    assert str(NUMBER) not in text
    assert "'" not in text.replace("'UTC'", "")  # no text literal at all


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=queries(), viewer=VIEWERS)
def test_any_query_gives_the_same_rows_on_both(
    query: Query, viewer: Viewer, duckdb_library: Warehouse, postgres_library: Warehouse
) -> None:
    statement = compiled(query, viewer)
    if statement is None:
        return
    with duckdb_library.snapshot(CLOCK) as left, postgres_library.snapshot(CLOCK) as right:
        assert left.run(statement) == right.run(statement)


def test_the_walk_sees_nested_selects() -> None:
    inner = sa.select(sa.table("loans", sa.column("fee")).alias().c.fee).subquery()
    outer = sa.select(inner.c.fee).where(inner.c.fee.in_(sa.select(inner.c.fee)))
    assert any(isinstance(part, sa.TableClause) for part in parts(outer))
