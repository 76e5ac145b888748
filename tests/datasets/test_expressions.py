"""The closed grammar: what it reads, how it types, and what it says when it cannot."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle_kit.datasets.expression import KnownField, Names, Place, parse_measure, parse_row, parse_truth
from oracle_kit.datasets.substitute import spelled
from oracle_kit.datasets.tree import Aggregate, Arithmetic, Comparison
from oracle_kit.errors import ExpressionError

NAMES = Names(
    {
        "stage": KnownField("text", None, ("new", "booked", "lost")),
        "price": KnownField("decimal", "INR"),
        "area": KnownField("integer", "sqft"),
        "chance": KnownField("float"),
        "inner_days": KnownField("integer", "day"),
        "due_at": KnownField("timestamp"),
        "sold_on": KnownField("date"),
        "active": KnownField("boolean"),
        "owner_id": KnownField("integer"),
    },
    frozenset({"open", "notable"}),
)
VIEWER = Names(NAMES.fields, NAMES.terms, viewer=True)
HERE = Place("sales/deals.yaml", 12, "measures.rate")

TYPED = [
    ("price / area", "float", "INR/sqft"),
    ("price * 2", "decimal", "INR"),
    ("price * chance", "float", "INR"),
    ("price + 1", "decimal", "INR"),
    ("area - 1", "integer", "sqft"),
    ("-price", "decimal", "INR"),
    ("price / price", "float", None),
    ("price / area * area", "float", "INR"),
    ("price * area", "decimal", "INR*sqft"),
    ("days_between(due_at, now)", "float", "day"),
    ("days_between(sold_on, '2026-04-19')", "integer", "day"),
    ("bucket(price, 1_000_000)", "decimal", "INR"),
    ("bucket(area, 0, 500, 1000)", "integer", "sqft"),
    ("due_at < now and sold_on < now", "boolean", None),
    ("stage in ('new', \"lost\") or not active", "boolean", None),
    ("stage not in ('new') and notable", "boolean", None),
    ("area between 500 and 2 * 400", "boolean", None),
    ("due_at is not null or due_at >= '2026-04-01'", "boolean", None),
    ("inner_days > 3 AND (open OR active)", "boolean", None),
    ("price / area > 5000.50", "boolean", None),
]


@pytest.mark.parametrize(("text", "type_", "unit"), TYPED)
def test_types_and_units(text: str, type_: str, unit: str | None) -> None:
    node = parse_row(text, NAMES, HERE)
    assert (node.type, node.unit) == (type_, unit)


MEASURES = [
    ("count()", "integer", None),
    ("count() where stage = 'booked' / count()", "float", None),
    ("sum(price)", "decimal", "INR"),
    ("sum(price * chance) where open", "float", "INR"),
    ("avg(price)", "float", "INR"),
    ("sum(price) / sum(area)", "float", "INR/sqft"),
    ("median(area) where (price / area) > 10", "float", "sqft"),
    ("count_distinct(owner_id) - 1", "integer", None),
    ("max(due_at)", "timestamp", None),
    ("-sum(price) * 2", "decimal", "INR"),
    ("1 - count() where stage = 'lost' or not active / count()", "float", None),
]


@pytest.mark.parametrize(("text", "type_", "unit"), MEASURES)
def test_measures(text: str, type_: str, unit: str | None) -> None:
    node = parse_measure(text, NAMES, HERE)
    assert (node.type, node.unit) == (type_, unit)


def test_where_binds_tighter_than_arithmetic_between_aggregates() -> None:
    node = parse_measure("count() where stage = 'booked' and area > 3 / count()", NAMES, HERE)
    assert isinstance(node, Arithmetic)
    assert node.operator == "/"
    assert isinstance(node.left, Aggregate)
    assert node.right == Aggregate("count", None, None, "integer")
    assert node.left.where is not None
    assert spelled(node.left.where) == "(stage = 'booked' and area > 3)"


def test_and_binds_tighter_than_or_and_not_tightest() -> None:
    assert (
        spelled(parse_truth("active or open and not notable", NAMES, HERE))
        == "(active or (open and not (notable)))"
    )


def test_arithmetic_has_its_usual_order_and_minus_is_left_associative() -> None:
    assert spelled(parse_row("area - 1 - 2 * 3", NAMES, HERE)) == "((area - 1) - (2 * 3))"


def test_quotes_are_doubled_inside_text() -> None:
    names = Names({"name": KnownField("text")})
    node = parse_truth("name = 'Bo O''Neil'", names, HERE)
    assert isinstance(node, Comparison)
    assert spelled(node) == "name = 'Bo O''Neil'"


def test_names_that_begin_with_a_keyword_are_names() -> None:
    assert parse_truth("inner_days > 1 and notable", NAMES, HERE).type == "boolean"


def test_a_viewer_attribute_takes_the_type_it_is_compared_with() -> None:
    node = parse_truth("owner_id = viewer.user_id", VIEWER, HERE)
    assert isinstance(node, Comparison)
    assert (node.right.type, node.left.type) == ("integer", "integer")


WRONG = [
    ("stage = 'boked'", "stage is never 'boked'", "booked"),
    ("sold_onn < now", "there is no field or term 'sold_onn'", "sold_on"),
    ("day_between(due_at, now) > 3", "there is no function 'day_between'", "days_between"),
    ("price + area > 1", "INR and sqft cannot be added", ""),
    ("price > area", "INR cannot be compared with sqft", ""),
    ("price = 'much'", "cannot be compared", ""),
    ("active > true", "cannot order", ""),
    ("price", "is a decimal, not a condition", ""),
    ("not price", "stands where a condition is expected", ""),
    ("price and active", "stands where a condition is expected", ""),
    ("now - due_at > 3", "- takes numbers", "days_between"),
    ("due_at < '19 April'", "is not a", "2026-04-19"),
    ("stage + 1 > 2", "+ takes a number", ""),
    ("count() > 1", "count() counts over many rows", ""),
    ("viewer.user_id = owner_id", "only in the row filters", ""),
    ("stage = 'new", "cannot read", ""),
    ("stage ==", "cannot read", ""),
    ("(active", "to its end", ""),
    ("", "to its end", ""),
    ("active; drop table deals", "cannot read", ""),
    ("stage = 'new' -- and so on", "cannot read", ""),
    ("days_between(due_at) > 1", "takes a start and an end", ""),
    ("days_between(area, now) > 1", "a date or a timestamp is needed", ""),
    ("bucket(area, 0) > 1", "rising numbers", ""),
    ("bucket(area, 5, 3) > 1", "rising numbers", ""),
    ("bucket(stage, 5) > 1", "bucket takes a number", ""),
]


@pytest.mark.parametrize(("text", "message", "hint"), WRONG)
def test_what_is_wrong_and_where(text: str, message: str, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_truth(text, NAMES, HERE)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert (caught.value.file, caught.value.line, caught.value.field) == (
        "sales/deals.yaml",
        12,
        "measures.rate",
    )
    assert str(caught.value).startswith("sales/deals.yaml:12: measures.rate: ")


WRONG_MEASURES = [
    ("price", "cannot read"),
    ("7", "has no aggregate"),
    ("sum()", "sum needs something"),
    ("sums(price)", "there is no aggregate 'sums'"),
    ("sum(stage)", "sum takes a number"),
    ("max(active)", "cannot order"),
    ("count() where stage", "stands where a condition"),
    ("count() and count()", "cannot read"),
    ("sum(count())", "counts over many rows"),
    ("sum(price) + sum(area)", "cannot be added"),
    ("max(due_at) + 1", "takes numbers"),
]


@pytest.mark.parametrize(("text", "message"), WRONG_MEASURES)
def test_wrong_measures(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=r".") as caught:
        parse_measure(text, NAMES, HERE)
    assert message in caught.value.message


@given(st.text(alphabet="abdegikmnoprstuw_ ()'\"=<>!+-*/.,;%0123456789", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_row, parse_measure):
        with suppress(ExpressionError):
            assert parse(text, NAMES, HERE).type


EXPRESSIONS = st.recursive(
    st.sampled_from(
        ["active", "open", "price > 1", "stage in ('new', 'lost')", "sold_on is null", "area between 1 and 2"]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda part: f"not ({part})"),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_what_is_spelled_reads_back_as_the_same_tree(text: str) -> None:
    node = parse_truth(text, NAMES, HERE)
    assert parse_truth(spelled(node), NAMES, HERE) == node
