"""Every shape of statement there is, as named queries on the lending library."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from oracle_kit.query import (
    And,
    Dimension,
    Having,
    Measure,
    Not,
    Or,
    Order,
    Predicate,
    Query,
    Related,
    Term,
    Where,
    Window,
)


def loans(*measures: str | Measure, by: tuple[Any, ...] = (), **more: Any) -> Query:
    """An aggregate of loans; a dimension may be a field name."""
    named = tuple(Measure(name=one) if isinstance(one, str) else one for one in measures)
    return Query(dataset="desk.loans", measures=named, dimensions=tuple(map(dimension, by)), **more)


def dimension(one: str | Dimension) -> Dimension:
    """A Dimension of "field" or "field:grain"."""
    if isinstance(one, Dimension):
        return one
    field, _, grain = one.partition(":")
    return Dimension.model_validate({"field": field, "grain": grain or None})


def listed(*columns: str, **more: Any) -> Query:
    """A list of loans."""
    return Query(dataset="desk.loans", columns=columns, **more)


def is_(field: str, op: str, *values: Any) -> Predicate:
    """A predicate."""
    return Predicate.model_validate({"field": field, "op": op, "values": values})


def order(*names: str) -> tuple[Order, ...]:
    """Orders of "name" or "-name"."""
    return tuple(Order(by=name.removeprefix("-"), descending=name.startswith("-")) for name in names)


def span(start: str, end: str, field: str = "due_at", text: str = "") -> Window:
    """An absolute window."""
    return Window(
        field=field,
        form="absolute",
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
        text=text or f"{start} to {end}",
    )


def many(relation: str, op: str = "ge", count: int = 1, **more: Any) -> Related:
    """A bound on related rows."""
    return Related.model_validate({"relation": relation, "op": op, "count": count, **more})


def members(where: Where) -> Query:
    """The members for whom a filter holds."""
    return Query(dataset="desk.members", columns=("member_id", "name"), where=where)


JAN, FEB, MAR = (
    span("2026-01-01", "2026-02-01", text="January"),
    span("2026-02-01", "2026-03-01", text="February"),
    span("2026-03-01", "2026-04-01", text="March"),
)
FIGURES = [
    *("loans", "fees", "mean_fee", "stake", "lost_rate", "page_price", "members", "mean_score"),
    *("middle_pages", "late", "latest_due", "first_city", "heavy", "net"),
]
OVERDUE, DEAR = Term(name="overdue"), Term(name="dear")
ROLLING = Window(field="due_at", form="rolling", unit="day", offset=-1, count=30, text="last 30 days")

SHAPES: dict[str, Query] = {
    "list": listed("loan_id", "member", "city", "fee", limit=7),
    "list adds the key": listed("member", "fee", limit=3),
    "list of every type": listed(
        "active",
        "score",
        "price",
        "pages",
        "opened_on",
        "due_at",
        "returned_at",
        "genre",
        order=order("loan_id"),
    ),
    "list of computed fields": listed(
        "per_page", "days_late", "whole_days_late", "days_held", "fee_band", "page_band", "at_stake"
    ),
    "list with masked": listed("email", "mail_host", "member", limit=5),
    "list in business order": listed("status", "genre", order=order("-status", "genre"), limit=40),
    "list by text, bytes": listed("city", "member", order=order("city", "-member")),
    "list by nulls": listed("fee", "score", order=order("-score", "fee"), limit=60),
    "list by time field": listed("due_at", order=order("-returned_at")),
    "count": loans("loans"),
    "every declared measure": loans(
        *[
            "loans",
            "fees",
            "mean_fee",
            "stake",
            "lost_rate",
            "page_price",
            "members",
            "mean_score",
            "middle_pages",
            "late",
            "latest_due",
        ],
        *["first_city", "heavy", "net"],
    ),
    "every measure by text": loans(
        *[
            "loans",
            "fees",
            "mean_fee",
            "stake",
            "lost_rate",
            "page_price",
            "members",
            "mean_score",
            "middle_pages",
            "late",
            "latest_due",
        ],
        *["first_city", "heavy", "net"],
        by=("city",),
    ),
    "aggregates of fields": loans(
        *(
            Measure(fn=fn, field=field)  # type: ignore[arg-type]  # the names of aggregations
            for fn in ("sum", "avg", "min", "max", "median", "count", "count_distinct")
            for field in ("fee", "pages", "weight", "score", "risk", "days_late", "per_page")
        ),
        by=("genre",),
    ),
    "extremes of text and time": loans(
        *(
            Measure(fn=fn, field=field)  # type: ignore[arg-type]  # as above
            for fn in ("min", "max", "count", "count_distinct")
            for field in ("member", "due_at", "borrowed_on")
        ),
        by=("region",),
    ),
    "distinct values": Query(dataset="desk.loans", dimensions=(Dimension(field="city"),)),
    "by boolean and listed": loans("loans", by=("active", "status")),
    "by day": loans("loans", by=("due_at:day",), limit=20),
    "by week": loans("loans", "fees", by=("due_at:week",)),
    "by month": loans("loans", by=("due_at:month",)),
    "by quarter": loans("loans", by=("due_at:quarter",)),
    "by fiscal year": loans("loans", by=("due_at:year",)),
    "by grain of a date": loans("loans", by=("borrowed_on:month", "opened_on:year")),
    "by bucket of money": loans("loans", by=(Dimension(field="fee", size=50),)),
    "by bucket of whole numbers": loans("loans", by=(Dimension(field="pages", size=100),)),
    "by bucket of floats": loans("loans", by=(Dimension(field="weight", size=0.25),)),
    "by computed band": loans("loans", "fees", by=("fee_band", "page_band")),
    "top": loans("fees", by=("member",), order=order("-fees"), limit=5),
    "bottom with nulls": loans("mean_score", by=("member",), order=order("mean_score"), limit=5),
    "by business order": loans("loans", by=("status",), order=order("status")),
    "ties break by dimension": loans("loans", by=("member", "status"), order=order("-loans"), limit=30),
    "having": loans("loans", "fees", by=("member",), having=(Having(measure="loans", op="ge", values=(8,)),)),
    "having between and money": loans(
        "fees",
        "mean_fee",
        by=("city",),
        having=(
            Having(measure="fees", op="between", values=(100, "9999.50")),
            Having(measure="mean_fee", op="lt", values=(110.5,)),
        ),
    ),
    "share": loans("loans", "fees", by=("city",), share=True, order=order("-fees_share")),
    "share of a cut": loans("loans", by=("member",), share=True, order=order("-loans"), limit=3),
    "share beside bounds": loans(
        "loans", by=("member",), share=True, having=(Having(measure="loans", op="gt", values=(7,)),)
    ),
    "running": loans("loans", "fees", by=("due_at:month",), running=True),
    "running by group": loans("loans", "stake", by=("region", "due_at:month"), running=True),
    "running by listed": loans("loans", by=("status",), running=True, share=True),
    "others": loans(
        "loans",
        "fees",
        "lost_rate",
        "mean_fee",
        "members",
        "middle_pages",
        by=("city",),
        order=order("-fees"),
        limit=2,
        others=True,
    ),
    "others with null group": loans("loans", by=("genre",), order=order("-loans"), limit=4, others=True),
    "others of two": loans(
        "loans", by=("city", "status"), order=order("-loans"), limit=5, others=True, share=True
    ),
    "others without a rest": loans("loans", by=("region",), limit=10, others=True),
    "others by month": loans("loans", by=("due_at:month",), limit=2, others=True),
    "others with bounds": loans(
        "loans",
        by=("member",),
        order=order("-loans"),
        limit=3,
        others=True,
        having=(Having(measure="loans", op="gt", values=(4,)),),
    ),
    "periods": loans("loans", "fees", "lost_rate", periods=(JAN, FEB, MAR)),
    "periods, one empty": loans(
        "loans", "mean_fee", periods=(JAN, span("2030-01-01", "2030-02-01", text="later"))
    ),
    "periods by group": loans("loans", "fees", by=("city",), periods=(FEB, JAN), order=order("-fees")),
    "periods by group, cut, shares": loans(
        "loans", by=("member",), periods=(JAN, FEB), order=order("-loans"), limit=3, share=True
    ),
    "periods on different fields": loans(
        "loans", periods=(JAN, span("2026-01-01", "2026-02-01", "borrowed_on", "borrowed in January"))
    ),
    "windows": loans("loans", window=JAN),
    "window on a date": loans(
        "loans", by=("borrowed_on:month",), window=span("2026-01-01", "2026-02-15", "borrowed_on")
    ),
    "window open to one side": loans(
        "loans", window=Window(field="due_at", form="absolute", start=date(2026, 4, 1), text="from April")
    ),
    "measure where": loans(
        Measure(name="loans"), Measure(name="fees", where=is_("status", "eq", "open")), by=("region",)
    ),
    "fraction of all": loans(
        Measure(name="loans", where=OVERDUE, of_all=True),
        Measure(name="fees", where=DEAR, of_all=True),
        by=("city",),
    ),
    "measure where related": loans(Measure(name="loans", where=many("siblings", "gt", 6)), by=("region",)),
    "terms": loans("loans", by=("status",), where=And(parts=(OVERDUE, Not(part=DEAR)))),
    "term of terms": loans("loans", "late", where=Or(parts=(Term(name="bad"), is_("genre", "eq", "Zen")))),
    "not is not unknown": loans("loans", where=Not(part=is_("score", "gt", 20))),
    "in": loans("loans", by=("city",), where=is_("city", "in", "Kolkata", "_north", "nowhere")),
    "share of the only group": loans("loans", "fees", share=True),
    "in mixed numbers": loans("loans", where=is_("fee_band", "in", 918273, 99.5, 100)),
    "in nothing": loans("loans", where=is_("city", "in")),
    "not in": loans("loans", where=is_("city", "not_in", "Kolkata", "Pune")),
    "between money": loans("loans", where=is_("fee", "between", "50.00", 120)),
    "between days": loans("loans", where=is_("due_at", "between", "2026-02-01", "2026-02-03")),
    "on a day": loans("loans", where=is_("due_at", "eq", "2026-02-02")),
    "not on a day": loans("loans", where=is_("due_at", "ne", "2026-02-02")),
    "after a day": loans("loans", where=is_("due_at", "gt", "2026-02-02")),
    "until a moment": loans("loans", where=is_("due_at", "le", "2026-02-02T13:00:00")),
    "date compared": loans("loans", where=is_("borrowed_on", "lt", "2026-02-02")),
    "null tests": loans("loans", where=And(parts=(is_("fee", "is_null"), is_("risk", "not_null")))),
    "booleans": loans("loans", where=is_("active", "eq", True)),
    "text ordered": loans("loans", where=is_("city", "gt", "Pune")),
    "quotes in a value": loans("loans", where=is_("member", "eq", "Bo O'Neil 1'; DROP TABLE loans; --")),
    "whole number compared with a fraction": loans("loans", where=is_("pages", "gt", 99.5)),
    "computed compared": loans("loans", where=is_("days_late", "gt", 14)),
    "empty and, empty or": loans("loans", where=Or(parts=(And(parts=()), Or(parts=())))),
    "no rows": loans("loans", "fees", "lost_rate", "latest_due", where=is_("city", "eq", "Jaipur")),
    "no groups": loans("loans", by=("city",), where=is_("city", "eq", "Jaipur")),
    "related": members(many("loans")),
    "related, none": members(many("loans", "eq", 0)),
    "related, none lost": members(many("lost_loans", "lt", 1)),
    "related, exactly": members(many("loans", "eq", 9)),
    "related, at most": members(many("loans", "le", 8)),
    "related, not so many": members(many("loans", "ne", 9)),
    "related, more than none": members(many("lost_loans", "gt", 0)),
    "related, any number": members(many("loans", "ge", 0)),
    "related with a filter": members(many("loans", "ge", 2, where=is_("fee", "gt", 100), window=FEB)),
    "related of related": members(many("loans", where=many("siblings", "ge", 3, where=OVERDUE))),
    "related and terms": members(And(parts=(Term(name="regular"), Not(part=many("lost_loans", "ge", 3))))),
    "time with a zone": Query(
        dataset="desk.members",
        columns=("seen_at", "joined_at"),
        where=And(parts=(is_("seen_at", "gt", "2026-03-10T10:00:00"), is_("seen_at", "ne", "2026-03-14"))),
        order=order("-seen_at"),
    ),
    "time with a zone by week": Query(
        dataset="desk.members",
        measures=(
            Measure(fn="count"),
            Measure(fn="max", field="seen_at"),
            Measure(fn="min", field="seen_at"),
        ),
        dimensions=(Dimension(field="seen_at", grain="week"),),
        window=span("2026-03-02", "2026-03-30", "seen_at"),
    ),
    "capped": listed("loan_id", order=order("due_at")),
    "filter on a moment now": loans(
        "loans", "late", where=OVERDUE, by=("genre",), order=order("-late", "genre")
    ),
    "moment with a zone": loans(
        "loans", where=is_("due_at", "ge", datetime(2026, 3, 1).isoformat() + "+05:30")
    ),
}
