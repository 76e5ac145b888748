"""Grains by the workbench's time zone, week and fiscal year; what a driver gives as JSON scalars."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.compile import compile_query
from oracle_kit.datasets.readers import read_columns
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.query import Query, Scalar, Window
from oracle_kit.windows import Calendar, Clock
from tests.datasets.lending import LOANS, MEMBERS, NOW, VIEWERS, rows
from tests.datasets.shapes import is_, loans

DUE = [row["due_at"] for row in rows()[LOANS] if row["status"] != "draft"]
INDIA = timedelta(hours=5, minutes=30)


def monday(moment: datetime) -> date:
    return (moment - timedelta(days=moment.weekday())).date()


def sunday(moment: datetime) -> date:
    return (moment - timedelta(days=(moment.weekday() + 1) % 7)).date()


def fiscal_quarter(moment: datetime) -> date:
    """Quarters that begin in February, May, August and November."""
    month = ((moment.month - 2) // 3) * 3 + 2
    return date(moment.year, month, 1) if month > 0 else date(moment.year - 1, 11, 1)


CALENDARS: dict[str, tuple[Calendar, str, Any]] = {
    "week from Monday": (Calendar(), "week", monday),
    "week from Sunday": (Calendar(week_starts=6), "week", sunday),
    "day in India": (Calendar(time_zone="Asia/Kolkata"), "day", lambda moment: (moment + INDIA).date()),
    "month in India": (
        Calendar(time_zone="Asia/Kolkata"),
        "month",
        lambda moment: (moment + INDIA).date().replace(day=1),
    ),
    "calendar year": (Calendar(fiscal_year_starts=4), "year", lambda moment: date(moment.year, 1, 1)),
    "fiscal year": (
        Calendar(fiscal_year_starts=4, year="fiscal"),
        "year",
        lambda moment: date(moment.year - (moment.month < 4), 4, 1),
    ),
    "fiscal quarter": (Calendar(fiscal_year_starts=2, year="fiscal"), "quarter", fiscal_quarter),
    "fiscal quarter on the calendar's": (
        Calendar(fiscal_year_starts=4, year="fiscal"),
        "quarter",
        lambda moment: date(moment.year, (moment.month - 1) // 3 * 3 + 1, 1),
    ),
}


@pytest.mark.parametrize("name", CALENDARS)
def test_grains_follow_the_calendar(name: str, warehouse: Warehouse, library: Catalog) -> None:
    calendar, grain, start = CALENDARS[name]
    clock = Clock(now=NOW, calendar=calendar)
    with warehouse.snapshot(clock) as snapshot:
        statement = compile_query(loans("loans", by=(f"due_at:{grain}",)), library, VIEWERS["analyst"], clock)
        found = dict(snapshot.run(statement).rows)
    counted: dict[Scalar, int] = {}
    for moment in DUE:
        counted[start(moment).isoformat()] = counted.get(start(moment).isoformat(), 0) + 1
    assert found == counted


def test_a_day_is_the_one_where_people_live(warehouse: Warehouse, library: Catalog) -> None:
    clock = Clock(now=NOW, calendar=Calendar(time_zone="Asia/Kolkata"))
    day = date(2026, 2, 3)
    for where, holds in (
        (is_("due_at", "eq", "2026-02-03"), lambda one: one == day),
        (is_("due_at", "gt", "2026-02-03"), lambda one: one > day),
        (is_("due_at", "between", "2026-02-01", "2026-02-03"), lambda one: date(2026, 2, 1) <= one <= day),
    ):
        with warehouse.snapshot(clock) as snapshot:
            statement = compile_query(loans("loans", where=where), library, VIEWERS["analyst"], clock)
            found = snapshot.run(statement).rows[0][0]
        assert found == sum(holds((moment + INDIA).date()) for moment in DUE)


def test_a_window_to_now_counts_a_day_as_its_midnight(
    warehouse: Warehouse, library: Catalog, clock: Clock
) -> None:
    """Days before now, now being nine in the morning: the day of now has begun, so it counts."""
    window = Window(field="borrowed_on", form="rolling", unit="day", offset=-1, count=30)
    with warehouse.snapshot(clock) as snapshot:
        found = snapshot.run(compile_query(loans("loans", window=window), library, VIEWERS["analyst"], clock))
    days = [row["borrowed_on"] for row in rows()[LOANS] if row["status"] != "draft"]
    assert found.rows[0][0] == sum(date(2026, 3, 21) <= one <= date(2026, 4, 19) for one in days)
    assert (found.bounds[0].start, found.bounds[0].end) == (date(2026, 3, 21), date(2026, 4, 20))


READ: list[tuple[Any, Any, Scalar]] = [
    ("money", Decimal("12.5"), "12.50"),
    ("money", Decimal("0.005"), "0.005"),
    ("money", Decimal("-2.3450"), "-2.345"),
    ("money", 1e7 / 3, "3333333.33333333"),
    ("money", 7, "7.00"),
    ("money", Decimal("1E+3"), "1000.00"),
    ("money", Decimal("NaN"), None),
    ("money", float("inf"), None),
    ("decimal", Decimal("22.570000"), "22.57"),
    ("decimal", Decimal("100"), "100"),
    ("decimal", Decimal("0E-8"), "0"),
    ("decimal", Decimal("Infinity"), None),
    ("float", 0.1 + 0.2, 0.3),
    ("float", -0.0000001, -0.0000001),
    ("float", 1 / 3, 0.333333333333),
    ("float", 0.3 - 0.1 * 3, 0.0),
    ("float", float("nan"), None),
    ("float", float("-inf"), None),
    ("float", Decimal("1.5"), 1.5),
    ("integer", Decimal(12), 12),
    ("integer", None, None),
    ("date", datetime(2026, 4, 19, 5), "2026-04-19"),
    ("timestamp", datetime(2026, 4, 19, 9), "2026-04-19T09:00:00"),
    ("timestamp", datetime(2026, 4, 19, 9, 0, 0, 5), "2026-04-19T09:00:00.000005"),
    ("timestamp", datetime(2026, 4, 19, 14, 30, tzinfo=timezone(INDIA)), "2026-04-19T09:00:00"),
    ("timestamp", datetime(2026, 4, 19, 9, tzinfo=UTC), "2026-04-19T09:00:00"),
    ("timestamp", date(2026, 4, 19), "2026-04-19T00:00:00"),
    ("boolean", 1, True),
    ("text", 5, "5"),
]


@pytest.mark.parametrize(("reader", "value", "scalar"), READ)
def test_what_a_driver_gives_becomes_a_json_scalar(reader: Any, value: Any, scalar: Scalar) -> None:
    ((found,),) = read_columns([(value,)], (reader,))
    assert found == scalar
    assert type(found) is type(scalar)
    assert str(found) != "-0.0"


def test_a_column_with_a_time_zone_is_read_in_utc(
    warehouse: Warehouse, library: Catalog, clock: Clock
) -> None:
    """Both servers here have another time zone of their own than UTC."""
    query = Query(
        dataset="desk.members", columns=("seen_at",), where=is_("seen_at", "ge", "2026-03-10"), limit=60
    )
    with warehouse.snapshot(clock) as snapshot:
        found = snapshot.run(compile_query(query, library, VIEWERS["analyst"], clock)).rows
    seen = {row["member_id"]: row["seen_at"] for row in rows()[MEMBERS] if row["seen_at"] is not None}
    expected = {key: moment.astimezone(UTC).replace(tzinfo=None) for key, moment in seen.items()}
    late = {key: moment.isoformat() for key, moment in expected.items() if moment >= datetime(2026, 3, 10)}
    assert dict(found) == late  # type: ignore[arg-type]  # pairs of a key and a time
