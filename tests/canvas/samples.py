"""Blocks of every kind with rows such as a small sales desk has; what the tests and the gallery draw."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from oracle_kit.canvas.block import build_block
from oracle_kit.canvas.kinds import standard_kinds
from oracle_kit.model import Block, Bound, Chip, Choice, Column, QuerySource, Rows, Source, Step
from oracle_kit.query import Dimension, Measure, Order, Query, Scalar, Window

KINDS = standard_kinds()
NOW = datetime(2026, 4, 19, 9)
STAGES = ("qualification", "site_visit", "proposal", "negotiation", "booking", "won", "lost")
LABELS = ("Qualification", "Site visit", "Proposal", "Negotiation", "Booking", "Won", "Lost")
THIS_MONTH = Bound(
    field="created_at",
    start=datetime(2026, 4, 1),
    end=datetime(2026, 5, 1),
    text="this month",
    incomplete=True,
)
LAST_YEAR = Bound(
    field="created_at", start=datetime(2025, 5, 1), end=datetime(2026, 5, 1), text="last 12 months"
)


def dimension(name: str, label: str, **more: Any) -> Column:
    """A column of groups."""
    return Column(name=name, label=label, type=more.pop("type", "text"), role="dimension", **more)


def measure(name: str, label: str, type_: Any = "integer", unit: str | None = None, **more: Any) -> Column:
    """A column of figures."""
    return Column(name=name, label=label, type=type_, unit=unit, role="measure", **more)


def field(name: str, label: str, type_: Any = "text", unit: str | None = None, **more: Any) -> Column:
    """A column of a list."""
    return Column(name=name, label=label, type=type_, unit=unit, **more)


STAGE = dimension("stage", "Stage", values=STAGES, labels=LABELS)
CITY = dimension("city", "City")
MONTH = dimension("created_at_month", "Created", type="date", grain="month")
COUNT = measure("deal_count", "Opportunities", better="high")
VALUE = measure("deal_value", "Value", "decimal", "INR", better="high")
RATE = measure("win_rate", "Win rate", "float", "percent", additive=False, better="high")


def rows(columns: tuple[Column, ...], data: list[tuple[Scalar, ...]], **more: Any) -> Rows:
    """Rows as of the demo's now."""
    return Rows(columns=columns, rows=tuple(data), as_of=more.pop("as_of", NOW), **more)


def block(
    kind: str,
    title: str,
    results: dict[str, Rows],
    *,
    queries: dict[str, Query] | None = None,
    props: dict[str, Any] | None = None,
    chips: tuple[Chip, ...] = (),
    width: int = 12,
    suggestion: bool = False,
    id_: str = "blk_1",
) -> Block:
    """A block as stage 5 makes it."""
    step = Step(
        kind=kind,  # type: ignore[arg-type]  # the kinds of the model
        title=title,
        queries=queries or {name: Query(dataset="crm.opportunities") for name in results},
        props=props or {},
        chips=chips,
        width=width,
        suggestion=suggestion,
    )
    return build_block(step, results, KINDS, source(results), id_)


def source(results: dict[str, Rows]) -> Source:
    """The source of some rows."""
    queries = {
        name: QuerySource(
            dataset="crm.opportunities",
            dataset_version=1,
            dataset_digest="sha256:0",
            query_digest="sha256:1",
            rows_digest=found.digest,
            row_count=len(found.rows),
            truncated=found.truncated,
            as_of=found.as_of,
            bounds=found.bounds,
            policies=found.policies,
        )
        for name, found in results.items()
    }
    return Source(mode="codebook_retrieval", queries=queries)


CITY_CHIP = Chip(id="city", label="City is Kolkata", field="city", op="eq", values=("Kolkata",))
WINDOW_CHIP = Chip(id="window", label="Created this month", field="created_at", op="window", origin="default")
POLICY_CHIP = Chip(id="rows", label="your opportunities", op="row_filter", origin="policy")
TIE_CHIP = Chip(
    id="city",
    label="City is Pune",
    field="city",
    op="eq",
    values=("Pune",),
    origin="default",
    alternatives=(Choice(label="person's city", field="person_city", op="eq", values=("Pune",)),),
)


def kpi(**more: Any) -> Block:
    """One number with change and sparkline."""
    results = {
        "main": rows((VALUE,), [("12543210.50",)], bounds=(THIS_MONTH,)),
        "compare": rows(
            (VALUE,),
            [("11020000.00",)],
            bounds=(
                Bound(
                    field="created_at",
                    start=datetime(2026, 3, 1),
                    end=datetime(2026, 3, 19, 9),
                    text="the same part of the month before",
                ),
            ),
        ),
        "trend": trend_rows(),
    }
    return block("kpi_tile", "Value of new opportunities", results, chips=(WINDOW_CHIP,), width=4, **more)


def trend_rows(**more: Any) -> Rows:
    """Twelve months with one missing and the last one running."""
    months = [f"2025-{month:02}-01" for month in range(5, 13)] + [
        f"2026-{month:02}-01" for month in range(1, 5)
    ]
    sizes = [82, 95, 71, 110, 132, 0, 121, 158, 149, 171, 188, 96]
    data: list[tuple[Scalar, ...]] = [
        (month, f"{size}00000.00") for month, size in zip(months, sizes, strict=True) if size
    ]
    return rows((MONTH, VALUE), data, bounds=(LAST_YEAR,), **more)


def line(**more: Any) -> Block:
    """A trend."""
    return block("line_chart", "Value by month, last 12 months", {"main": trend_rows()}, **more)


def split_line(**more: Any) -> Block:
    """A trend in three series."""
    data: list[tuple[Scalar, ...]] = []
    for at in range(12):
        month = f"{2025 + (at + 4) // 12}-{(at + 4) % 12 + 1:02}-01"
        for place, city in enumerate(("Kolkata", "Mumbai", "Pune")):
            data.append((month, city, 20 + at * (place + 1) + (at * 7 + place * 5) % 11))
    found = rows((MONTH, CITY, COUNT), data, bounds=(LAST_YEAR,))
    return block("line_chart", "Opportunities by month and city", {"main": found}, **more)


def bars(**more: Any) -> Block:
    """A breakdown with the largest first."""
    cities = ("Mumbai", "Bengaluru", "Kolkata", "Pune", "Hyderabad", "Gurugram", "Chennai", "Ahmedabad")
    data: list[tuple[Scalar, ...]] = [(c, f"{95 - at * 9}0000000.00") for at, c in enumerate(cities)]
    query = Query(
        dataset="crm.opportunities",
        measures=(Measure(name="deal_value"),),
        dimensions=(Dimension(field="city"),),
        order=(Order(by="deal_value", descending=True),),
    )
    return block(
        "bar_chart",
        "Pipeline value by city",
        {"main": rows((CITY, VALUE), data)},
        queries={"main": query},
        **more,
    )


def stacked(**more: Any) -> Block:
    """Two dimensions."""
    data: list[tuple[Scalar, ...]] = []
    for at, city in enumerate(("Mumbai", "Bengaluru", "Kolkata", "Pune")):
        for place, stage in enumerate(STAGES[:5]):
            data.append((city, stage, 40 - at * 6 - place * 5 + (at * place) % 4))
    return block(
        "bar_chart", "Opportunities by city and stage", {"main": rows((CITY, STAGE, COUNT), data)}, **more
    )


def columns_by_month(**more: Any) -> Block:
    """Bars over time."""
    return block("bar_chart", "Value by month", {"main": trend_rows()}, **more)


LIST = (
    field("opportunity_id", "Opportunity", "integer"),
    field("person_name", "Name"),
    field("stage", "Stage", values=STAGES, labels=LABELS),
    field("amount", "Amount", "decimal", "INR"),
    field("probability", "Probability", "decimal", "percent"),
    field("project", "Project"),
    field("expected_close_on", "Expected close", "date"),
    field("opened_at", "Opened", "timestamp"),
    field("phone", "Phone", masked=True),
)
NAMES = (
    "Ananya Sen",
    "Rohan Iyer",
    "Farah Khan",
    "Vikram Rao",
    "Meera Nair",
    "Arjun Das",
    "Kabir Mehta",
    "Isha Gupta",
)


def list_rows(count: int = 12, *, without: str = "", **more: Any) -> Rows:
    """Opportunities as a list."""
    data: list[tuple[Scalar, ...]] = [
        (
            1001 + at,
            NAMES[at % 8],
            STAGES[at % 5],
            f"{98 - at * 3}45{at:02}00.00",
            f"0.{90 - at * 5 if at < 15 else 15}",
            f"Skyline {('Heights', 'Court', 'Gardens')[at % 3]}",
            f"2026-05-{at % 28 + 1:02}",
            f"2026-04-{18 - at % 17:02}T{8 + at % 10:02}:30:00",
            "98••••••10",
        )
        for at in range(count)
        if STAGES[at % 5] != without
    ]
    return rows(LIST, data, **more)


def table(**more: Any) -> Block:
    """A list cut at fifty of many."""
    query = Query(
        dataset="crm.opportunities",
        columns=tuple(c.name for c in LIST),
        order=(Order(by="amount", descending=True),),
    )
    found = list_rows(12, truncated=True, total_count=1203, policies=("your opportunities", "Phone masked"))
    return block(
        "table",
        "Open opportunities in negotiation",
        {"main": found},
        queries={"main": query},
        chips=(CITY_CHIP, POLICY_CHIP),
        **more,
    )


def totals_table(**more: Any) -> Block:
    """Groups with a line of totals."""
    data: list[tuple[Scalar, ...]] = [
        ("Mumbai", 120, "954500000.00", 0.425),
        ("Kolkata", 98, "610000000.00", 0.391),
        ("Pune", 61, "402500000.00", 0.4),
    ]
    total = rows((COUNT, VALUE, RATE), [(279, "1967000000.00", 0.408)])
    return block("table", "Cities", {"main": rows((CITY, COUNT, VALUE, RATE), data), "total": total}, **more)


def board(**more: Any) -> Block:
    """Stages with cards; nothing stands in proposal."""
    data: list[tuple[Scalar, ...]] = [
        ("qualification", 210, "1825000000.00"),
        ("site_visit", 142, "1340000000.00"),
        ("negotiation", 64, "802500000.00"),
        ("booking", 23, "268000000.00"),
    ]
    results = {"main": rows((STAGE, COUNT, VALUE), data), "cards": list_rows(30, without="proposal")}
    return block("pipeline_board", "Pipeline: high intent, NRI", results, **more)


PLACES = (
    ("South City Residency", "22.572600", "88.363900", "845000000.00"),
    ("Marine Crest", "19.076000", "72.877700", "1465000000.00"),
    ("Indiranagar Greens", "12.971600", "77.594600", "1120000000.00"),
    ("Golf Course Towers", "28.459500", "77.026600", "980000000.00"),
    ("Hitec Park", "17.385000", "78.486700", "640000000.00"),
    ("Baner Hills", "18.520400", "73.856700", "505000000.00"),
    ("OMR Lakeside", "13.082700", "80.270700", "420000000.00"),
    ("Riverfront One", "23.022500", "72.571400", "260000000.00"),
)


def geo(**more: Any) -> Block:
    """Projects on the map."""
    columns = (
        dimension("project", "Project"),
        dimension("latitude", "Latitude", type="decimal"),
        dimension("longitude", "Longitude", type="decimal"),
        measure("stock_value", "Stock value", "decimal", "INR"),
    )
    return block("geo_map", "Unsold stock on the map", {"main": rows(columns, [*PLACES])}, **more)


def timeline(**more: Any) -> Block:
    """Visits on lanes by status."""
    columns = (
        field("visit_id", "Visit", "integer"),
        field("scheduled_at", "Scheduled", "timestamp"),
        field(
            "status",
            "Status",
            values=("scheduled", "completed", "no_show"),
            labels=("Scheduled", "Completed", "No-show"),
        ),
        field("person_name", "Name"),
        field("project", "Project"),
    )
    data: list[tuple[Scalar, ...]] = [
        (
            at + 1,
            f"2026-04-{at % 29 + 1:02}T{9 + at % 8:02}:00:00",
            ("completed", "no_show", "completed")[at % 3] if at % 29 < 18 else "scheduled",
            NAMES[at % 8],
            f"Skyline {('Heights', 'Court')[at % 2]}",
        )
        for at in range(40)
    ]
    return block("timeline", "Site visits in April", {"main": rows(columns, data)}, **more)


def activity(**more: Any) -> Block:
    """Who did what."""
    columns = (
        field("interaction_id", "Interaction", "integer"),
        field("occurred_at", "When", "timestamp"),
        field("advisor_name", "Advisor"),
        field(
            "channel", "Channel", values=("call", "whatsapp", "email"), labels=("Call", "WhatsApp", "Email")
        ),
        field("person_name", "Name"),
        field("duration_s", "Duration", "integer", "second"),
    )
    data: list[tuple[Scalar, ...]] = [
        (
            at,
            f"2026-04-{19 - at // 5:02}T{17 - at % 8:02}:{at * 7 % 60:02}:00",
            NAMES[at % 3],
            ("call", "whatsapp", "email")[at % 3],
            NAMES[(at + 3) % 8],
            95 + at * 40 if at % 3 == 0 else None,
        )
        for at in range(14)
    ]
    found = rows(columns, data, truncated=True, total_count=412)
    return block("activity_stream", "Latest activity", {"main": found}, props={"who": "advisor_name"}, **more)


def comparison(**more: Any) -> Block:
    """Three projects side by side."""
    data: list[tuple[Scalar, ...]] = [
        ("South City Residency", 142, "845000000.00", 0.62),
        ("Lake Terrace", 96, "910000000.00", 0.48),
        ("Alipore Court", 71, "402500000.00", 0.62),
    ]
    columns = (dimension("project", "Project"), measure("unit_count", "Units"), VALUE, RATE)
    found = rows(columns, data, bounds=(LAST_YEAR,))
    return block("comparison", "Kolkata luxury inventory", {"main": found}, chips=(CITY_CHIP,), **more)


def periods(**more: Any) -> Block:
    """This month against the last one."""
    period = Column(
        name="period", label="Period", type="text", role="period", values=("this month", "last month")
    )
    last = Bound(field="created_at", start=datetime(2026, 3, 1), end=datetime(2026, 4, 1), text="last month")
    found = rows(
        (period, COUNT, VALUE),
        [("this month", 96, "120000000.00"), ("last month", 188, "231000000.00")],
        bounds=(THIS_MONTH, last),
    )
    return block("comparison", "This month vs last month", {"main": found}, **more)


def text(**more: Any) -> Block:
    """A summary whose numbers are the rows'."""
    words = (
        "New opportunities are worth **{deal_value}** so far, after {compare.deal_value} before.\n\n"
        "- Most of it is in Mumbai.\n- Ask “value by city” for the rest."
    )
    results = {name: kpi().results[name] for name in ("main", "compare")}
    return block("text", "In short", results, props={"text": words}, **more)


def notice(variant: str = "not_understood", **more: Any) -> Block:
    """A notice of some variant."""
    messages = {
        "refusal": "Deleting leads is not something Oracle does.",
        "denied": "Your role may not read the leads of other advisors.",
        "not_understood": "Nothing explains “balcony”.",
        "empty": "No rows match these filters.",
        "suggestion": "The nearest question that can be answered is this one.",
    }
    props = {
        "variant": variant,
        "message": messages.get(variant, ""),
        "items": ["Pipeline by city", "Units by facing"],
    }
    return block(
        "notice", {"denied": "Not permitted"}.get(variant, "Not understood"), {}, props=props, **more
    )


def empty(kind: str = "bar_chart", **more: Any) -> Block:
    """A block of any kind that its filters emptied."""
    found = rows((CITY, VALUE), [], bounds=(THIS_MONTH,), policies=("your opportunities",))
    return block(kind, "Value by city", {"main": found}, chips=(CITY_CHIP, WINDOW_CHIP), **more)


SAMPLES = {
    "kpi_tile": kpi,
    "bar_chart": bars,
    "line_chart": line,
    "table": table,
    "pipeline_board": board,
    "geo_map": geo,
    "timeline": timeline,
    "activity_stream": activity,
    "comparison": comparison,
    "text": text,
    "notice": notice,
}


def whole_page() -> tuple[Block, ...]:
    """A page with every kind, and the forms that some of them have."""
    window = Window(field="created_at", form="calendar", unit="month", text="this month")
    count = block("kpi_tile", "Open opportunities", {"main": rows((COUNT,), [(1203,)])}, width=4)
    rate_rows = {
        "main": rows((RATE,), [(0.4275,)], bounds=(LAST_YEAR,)),
        "compare": rows(
            (RATE,), [(0.451,)], bounds=(LAST_YEAR.model_copy(update={"text": "the 12 months before"}),)
        ),
    }
    query = Query(dataset="crm.opportunities", measures=(Measure(name="win_rate"),), window=window)
    rate = block("kpi_tile", "Win rate", rate_rows, queries={"main": query, "compare": query}, width=4)
    made = [
        kpi(), count, rate, line(width=8), text(width=4), bars(width=6), stacked(width=6), split_line(width=6),
        columns_by_month(width=6), board(), table(), totals_table(width=6), empty(width=6), geo(width=12),
        timeline(width=7), activity(width=5), comparison(width=7), periods(width=5),
        *(notice(variant, width=4) for variant in ("refusal", "denied", "not_understood")),
        bars(width=6, suggestion=True), bars(width=4),
    ]  # fmt: skip
    return tuple(one.model_copy(update={"id": f"blk_{at}"}) for at, one in enumerate(made))
