"""Laws that hold whatever the data: totals, shares, folds, periods, and rights as filters."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from oracle_kit.datasets.compile import compile_query
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.errors import Refused
from oracle_kit.model import Rows, Viewer
from oracle_kit.query import Measure, Order, Query, Related, Where, conjunction
from tests.datasets import lending
from tests.datasets.shapes import FEB, JAN, is_, loans
from tests.datasets.strategies import CATALOG, queries, wheres

CLOCK = lending.clock()
ANALYST, CLERK = lending.VIEWERS["analyst"], lending.VIEWERS["clerk"]
some = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
BY = st.sampled_from(
    [("city",), ("member",), ("genre", "status"), ("due_at:month",), ("active",), ("fee_band",)]
)


def run(warehouse: Warehouse, query: Query, viewer: Viewer = ANALYST) -> Rows:
    with warehouse.snapshot(CLOCK) as snapshot:
        return snapshot.run(compile_query(query, CATALOG, viewer, CLOCK))


def numbers(values: tuple[Any, ...]) -> list[Decimal]:
    return [Decimal(str(value)) for value in values if value is not None]


@some
@given(where=wheres("desk.loans"), by=BY, limit=st.sampled_from([1, 3, 50]))
def test_top_and_others_add_up_to_the_total(
    where: Where, by: tuple[str, ...], limit: int, duckdb_library: Warehouse
) -> None:
    query = loans("loans", "fees", by=by, where=where, limit=limit, others=True, order=(Order(by="fees"),))
    total = run(duckdb_library, loans("loans", "fees", where=where))
    found = run(duckdb_library, query)
    assert sum(found.column("loans")) == total.rows[0][0]  # type: ignore[arg-type]  # counts
    assert sum(numbers(found.column("fees"))) == sum(numbers(total.column("fees")))
    if found.others_count:
        assert len(found.rows) == limit + 1
        assert found.total_count == limit + found.others_count


@some
@given(where=wheres("desk.loans"), by=BY)
def test_groups_add_up_shares_to_one_and_running_ends_at_the_total(
    where: Where, by: tuple[str, ...], duckdb_library: Warehouse
) -> None:
    total = run(duckdb_library, loans("loans", where=where)).rows[0][0]
    found = run(duckdb_library, loans("loans", by=by, where=where, share=True, running=len(by) == 1))
    assume(found.rows)
    assert sum(found.column("loans")) == total  # type: ignore[arg-type]  # counts
    assert abs(sum(found.column("loans_share")) - 1) < 1e-4  # type: ignore[arg-type]  # fractions
    if len(by) == 1:
        assert found.column("loans_running")[-1] == total


@some
@given(where=wheres("desk.loans"))
def test_periods_are_the_windows_one_by_one(where: Where, duckdb_library: Warehouse) -> None:
    asked = ("loans", "fees", "mean_fee", "lost_rate", "members", "latest_due")
    together = run(duckdb_library, loans(*asked, where=where, periods=(JAN, FEB)))
    alone = [run(duckdb_library, loans(*asked, where=where, window=one)).rows[0] for one in (JAN, FEB)]
    assert [row[1:] for row in together.rows] == alone
    assert together.column("period") == ("January", "February")


@some
@given(where=wheres("desk.loans", 1))
def test_a_fraction_of_all_is_the_filtered_measure_over_the_measure(
    where: Where, duckdb_library: Warehouse
) -> None:
    parts = loans(Measure(name="loans"), Measure(fn="count", where=where), Measure(name="fees"))
    count, filtered, _ = run(duckdb_library, parts).rows[0]
    fraction = run(duckdb_library, loans(Measure(name="loans", where=where, of_all=True)))
    assert fraction.rows[0][0] == pytest.approx(filtered / count, rel=1e-9)  # type: ignore[operator]  # counts
    assert fraction.columns[0].unit == "percent"


@some
@given(query=queries("desk.loans"))
def test_a_clerk_gets_what_an_analyst_gets_by_asking_for_the_clerks_rows(
    query: Query, duckdb_library: Warehouse
) -> None:
    assume(not has_related(query) and "email" not in query.model_dump_json())
    narrowed = query.model_copy(update={"where": conjunction(is_("manager_id", "eq", 101), query.where)})
    try:
        clerk, analyst = (run(duckdb_library, *one) for one in ((query, CLERK), (narrowed, ANALYST)))
    except Refused:
        return
    assume("mail_host" not in query.columns)
    assert clerk.rows == analyst.rows
    assert (clerk.truncated, clerk.total_count) == (analyst.truncated, analyst.total_count)


def has_related(query: Query) -> bool:
    return f'"{Related.model_fields["kind"].default}"' in query.model_dump_json()


@some
@given(where=wheres("desk.loans"))
def test_a_filter_and_its_opposite_part_the_rows(where: Where, duckdb_library: Warehouse) -> None:
    from oracle_kit.query import Not

    whole, part, rest = (
        run(duckdb_library, loans("loans", where=one)).rows[0][0] for one in (None, where, Not(part=where))
    )
    assert part + rest == whole  # type: ignore[operator]  # counts


@some
@given(where=wheres("desk.loans"))
def test_a_list_and_its_count_agree(where: Where, duckdb_library: Warehouse) -> None:
    found = run(duckdb_library, Query(dataset="desk.loans", columns=("fee",), where=where, limit=4))
    count = run(duckdb_library, loans("loans", where=where)).rows[0][0]
    assert (found.total_count if found.truncated else len(found.rows)) == count
