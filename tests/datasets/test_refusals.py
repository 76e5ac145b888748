"""Queries that make no sense are refused with the reason and the nearest right thing."""

from __future__ import annotations

from typing import Any

import pytest

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.compile import compile_query, explain
from oracle_kit.errors import QueryRefused
from oracle_kit.query import And, Dimension, Having, Measure, Not, Or, Order, Predicate, Query, Term, Where
from oracle_kit.windows import Clock
from tests.datasets.conftest import Ask
from tests.datasets.lending import VIEWERS
from tests.datasets.shapes import FEB, JAN, SHAPES, is_, listed, loans, many, members, span


def deep(levels: int) -> Where:
    where: Where = is_("fee", "gt", 1)
    for _ in range(levels):
        where = Not(part=where)
    return where


def siblings(levels: int) -> Where:
    where: Where = is_("fee", "gt", 1)
    for _ in range(levels):
        where = many("siblings", where=where)
    return where


BOUND = Having(measure="loans", op="gt", values=(1,))
REFUSED: dict[str, tuple[Query, str, str]] = {
    "no dataset": (Query(dataset="desk.loan", columns=("fee",)), "no dataset 'desk.loan'", "desk.loans"),
    "nothing asked": (Query(dataset="desk.loans"), "needs columns or measures", ""),
    "both": (listed("fee", measures=(Measure(fn="count"),)), "not both", ""),
    "unknown column": (listed("feee"), "no field 'feee'", "fee"),
    "unknown field": (loans("loans", where=is_("citty", "eq", "Pune")), "no field 'citty'", "city"),
    "unknown measure": (loans("loan_count"), "no measure 'loan_count'", "loans"),
    "unknown dimension": (loans("loans", by=("citi",)), "no field 'citi'", "city"),
    "unknown term": (loans("loans", where=Term(name="overdew")), "no term 'overdew'", "overdue"),
    "unknown relation": (members(many("loan")), "no relation 'loan'", "loans"),
    "unknown order": (
        loans("loans", by=("city",), order=(Order(by="cityy"),)),
        "cannot be sorted by 'cityy'",
        "city",
    ),
    "order by what is not shown": (
        loans("loans", by=("city",), order=(Order(by="fees"),)),
        "cannot be sorted",
        "",
    ),
    "unknown bound": (
        loans("loans", by=("city",), having=(Having(measure="fees", op="gt", values=(1,)),)),
        "no measure 'fees' among",
        "loans",
    ),
    "text for money": (
        loans("loans", where=is_("fee", "gt", "much")),
        "Fee is decimal: 'much' is no decimal",
        "",
    ),
    "text for a time": (loans("loans", where=is_("due_at", "gt", "soon")), "Due is timestamp", ""),
    "number for text": (loans("loans", where=is_("city", "eq", 3)), "City is text", ""),
    "number for truth": (loans("loans", where=is_("active", "eq", 1)), "Active is boolean", ""),
    "truth for a number": (loans("loans", where=is_("fee", "eq", True)), "Fee is decimal", ""),
    "order of truth": (loans("loans", where=is_("active", "gt", True)), "it has no order", ""),
    "nothing to compare": (loans("loans", where=is_("fee", "eq", None)), "compared with nothing", "is_null"),
    "one end": (loans("loans", where=is_("fee", "between", 1)), "between takes 2 values, not 1", ""),
    "values for null": (loans("loans", where=is_("fee", "is_null", 1)), "is_null takes 0 values", ""),
    "two values": (loans("loans", where=is_("fee", "eq", 1, 2)), "eq takes 1 values", ""),
    "infinite": (loans("loans", where=is_("fee", "lt", float("inf"))), "Fee is decimal", ""),
    "not a number": (loans("loans", where=is_("risk", "lt", float("nan"))), "Risk is float", ""),
    "beyond numbers": (loans("loans", where=is_("pages", "lt", 2**64)), "Pages is integer", ""),
    "too exact": (loans("loans", where=is_("fee", "lt", "1." + "1" * 40)), "Fee is decimal", ""),
    "null byte": (loans("loans", where=is_("city", "eq", "Pu\x00ne")), "City is text", ""),
    "half a letter": (loans("loans", where=is_("city", "eq", "\ud800")), "no text", ""),
    "last day": (loans("loans", where=is_("due_at", "le", "9999-12-31")), "has no next one", ""),
    "long list": (loans("loans", where=is_("city", "in", *map(str, range(1001)))), "1000 are the most", ""),
    "many filters": (
        loans("loans", where=And(parts=(is_("fee", "gt", 1),) * 501)),
        "at most 500 filters",
        "",
    ),
    "related too deep": (loans("loans", where=siblings(5)), "deeper than 4 levels", ""),
    "fewer than none": (members(many("loans", "ge", -1)), "not below zero", ""),
    "sum of text": (loans(Measure(fn="sum", field="city")), "City: sum takes a number", ""),
    "sum of ids": (loans(Measure(fn="avg", field="loan_id")), "is an id; it has no avg", "Count"),
    "sum of nothing": (loans(Measure(fn="sum")), "sum needs a field", ""),
    "measure of nothing": (loans(Measure()), "needs a name, or an aggregate", ""),
    "name and aggregate": (loans(Measure(name="loans", fn="sum", field="fee")), "not both", ""),
    "extreme of truth": (loans(Measure(fn="max", field="active")), "cannot order", ""),
    "fraction of what": (loans(Measure(name="loans", of_all=True)), "needs a filter", ""),
    "fraction of a time": (
        loans(Measure(name="latest_due", where=is_("fee", "gt", 1), of_all=True)),
        "no fraction of it",
        "",
    ),
    "same name twice": (
        loans("loans", Measure(name="loans", where=is_("fee", "gt", 1))),
        "would be called 'loans'",
        "",
    ),
    "grain of text": (loans("loans", by=(Dimension(field="city", grain="month"),)), "City is no time", ""),
    "band of text": (loans("loans", by=(Dimension(field="city", size=3),)), "City is no number", ""),
    "band of nothing": (loans("loans", by=(Dimension(field="fee", size=0),)), "above zero", ""),
    "band of a fraction": (loans("loans", by=(Dimension(field="pages", size=0.5),)), "is whole", ""),
    "grain and band": (loans("loans", by=(Dimension(field="due_at", grain="day", size=3),)), "not both", ""),
    "window on money": (
        loans("loans", window=span("2026-01-01", "2026-02-01", "fee")),
        "Fee is no time",
        "opened_on",
    ),
    "share of an average": (loans("mean_fee", by=("city",), share=True), "does not add up", ""),
    "running ratio": (loans("lost_rate", by=("city",), running=True), "does not add up", ""),
    "running of one": (loans("loans", running=True), "something to group by", ""),
    "others of one": (loans("loans", others=True, limit=3), "something to group by", ""),
    "others running": (loans("loans", by=("city",), others=True, running=True, limit=3), "has no others", ""),
    "share of groups": (
        Query(dataset="desk.loans", dimensions=(Dimension(field="city"),), share=True),
        "need a measure",
        "",
    ),
    "periods with others": (
        loans("loans", by=("city",), periods=(JAN, FEB), others=True, limit=2),
        "side by side",
        "",
    ),
    "periods with bounds": (
        loans("loans", by=("city",), periods=(JAN, FEB), having=(BOUND,)),
        "side by side",
        "",
    ),
    "list with bounds": (listed("fee", having=(BOUND,)), "belong to measures", ""),
    "list of periods": (listed("fee", periods=(JAN,)), "belong to measures", ""),
    "bound of one end": (
        loans("loans", by=("city",), having=(Having(measure="loans", op="between", values=(1,)),)),
        "takes 2 values",
        "",
    ),
    "bound in words": (
        loans("loans", by=("city",), having=(Having(measure="loans", op="gt", values=("many",)),)),
        "Loans is integer",
        "",
    ),
    "bound of nothing": (
        loans("loans", by=("city",), having=(Having(measure="loans", op="gt", values=(None,)),)),
        "compared with nothing",
        "",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_reason(name: str, library: Catalog, clock: Clock) -> None:
    query, message, hint = REFUSED[name]
    with pytest.raises(QueryRefused) as caught:
        compile_query(query, library, VIEWERS["analyst"], clock)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_name_that_is_near_a_masked_field_does_not_betray_it(library: Catalog, clock: Clock) -> None:
    with pytest.raises(QueryRefused) as caught:
        compile_query(loans("loans", where=is_("emial", "eq", "x")), library, VIEWERS["analyst"], clock)
    assert "email" not in caught.value.hint


def test_a_filter_that_nests_deep_is_answered_or_refused(ask: Ask) -> None:
    assert ask(loans("loans", where=deep(50))).rows == ask(loans("loans", where=is_("fee", "gt", 1))).rows
    with pytest.raises(QueryRefused, match="too deep"):
        ask(loans("loans", where=deep(400)))


def test_filters_without_parts_hold_for_all_or_none(ask: Ask) -> None:
    assert ask(loans("loans", where=And(parts=()))).rows == ((240,),)
    assert ask(loans("loans", where=Or(parts=()))).rows == ((0,),)


# explained -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["duckdb", "postgresql"])
def test_explain_shows_the_statement_and_the_values_apart(
    dialect: str, library: Catalog, clock: Clock
) -> None:
    query = loans("late", where=is_("city", "in", "Pune", "O'Hare"), window=JAN)
    found = explain(compile_query(query, library, VIEWERS["clerk"], clock), dialect)
    assert "Pune" not in found.sql
    values = [str(value) for value in found.parameters.values()]
    for value in ("Pune", "O'Hare", "101", "2026-01-01 00:00:00", "2026-04-19 09:00:00"):
        assert any(value in one for one in values), (value, values)
    for name in found.parameters:
        assert f":{name}" in found.sql


def test_only_the_joins_that_are_needed_are_read(library: Catalog, clock: Clock) -> None:
    def tables(query: Query) -> set[str]:
        sql = explain(compile_query(query, library, VIEWERS["analyst"], clock), "duckdb").sql
        return {
            name
            for name in ("loans", "members", "branches", "books")
            if f"FROM {name} " in sql or f"JOIN {name} " in sql
        }

    assert tables(loans("loans")) == {"loans"}
    assert tables(loans("loans", by=("genre",))) == {"loans", "books"}
    assert tables(loans("loans", where=is_("city", "eq", "Pune"))) == {"loans", "members", "branches"}
    assert tables(SHAPES["related"]) == {"members", "loans"}


def test_equal_queries_give_equal_digests_and_rows(ask: Ask) -> None:
    made: dict[str, Any] = SHAPES["top"].model_dump(mode="json")
    again = Query.model_validate(made)
    assert again.digest == SHAPES["top"].digest
    assert ask(again).digest == ask(SHAPES["top"]).digest


def test_a_value_of_another_kind_is_not_served_from_what_was_compiled_before(
    library: Catalog, clock: Clock
) -> None:
    """1, 1.0 and True are equal in Python; a query for one must not be answered as another."""
    fine = loans("loans", where=Predicate(field="active", op="eq", values=(True,)))
    wrong = loans("loans", where=Predicate(field="active", op="eq", values=(1,)))
    assert fine == wrong
    assert compile_query(fine, library, VIEWERS["analyst"], clock)
    with pytest.raises(QueryRefused):
        compile_query(wrong, library, VIEWERS["analyst"], clock)
