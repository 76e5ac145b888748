"""Values that data may hold and that must come out as text; figures that no chart likes."""

from __future__ import annotations

from datetime import datetime

from oracle_kit.model import Block, Bound, Rows
from oracle_kit.words import FieldType
from tests.canvas import samples
from tests.canvas.samples import CITY, COUNT, MONTH, RATE, VALUE, block, dimension, field, measure, rows

TEXTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><svg onload=alert(1)>",
    "&lt;b&gt; & 'quoted' \"double\"",
    "שלום \u202eevil\u202c مرحبا",
    "👩🏽‍💻 नमस्ते 🏠",
    "x" * 300,
    "tab\there\x00\x1b[31m\x08null",
    "=1+1",
    "'; DROP TABLE leads; --",
    "{deal_value} ${x} {{y}} datum.value",
    "",
)


def texts(kind: str) -> Block:
    """A block of the kind with hostile names everywhere that data may stand."""
    places = [*samples.PLACES]
    if kind == "geo_map":
        columns = samples.geo().columns
        data = [
            (text, places[at % 8][1], places[at % 8][2], f"{at + 1}00000.00") for at, text in enumerate(TEXTS)
        ]
        return block(kind, TEXTS[0], {"main": rows(columns, data)})
    if kind in ("timeline", "activity_stream", "table"):
        columns = (
            field("lead_id", "Lead", "integer"),
            field("due_at", "Due", "timestamp"),
            field("person_name", TEXTS[1]),
            field("kind", "Kind", values=TEXTS[:3], labels=TEXTS[:3]),
        )
        data = [(at, f"2026-04-{at + 1:02}T08:00:00", text, TEXTS[at % 3]) for at, text in enumerate(TEXTS)]
        return block(kind, TEXTS[0], {"main": rows(columns, data)})
    if kind == "line_chart":
        data = [
            (f"2026-0{month}-01", text, at + month) for at, text in enumerate(TEXTS) for month in (1, 2, 3)
        ]
        return block(kind, TEXTS[0], {"main": rows((MONTH, dimension("who", TEXTS[1]), COUNT), data)})
    if kind in ("text", "notice"):
        props = {"text": "\n\n".join(TEXTS)} if kind == "text" else {"message": TEXTS[0], "items": TEXTS}
        return block(kind, TEXTS[0], {}, props=props)
    count = 6 if kind == "comparison" else len(TEXTS)
    data = [(text, at + 1) for at, text in enumerate(TEXTS[:count])]
    hostile = dimension("city", TEXTS[1], values=TEXTS if kind == "pipeline_board" else (), labels=TEXTS)
    return block(kind, TEXTS[0], {"main": rows((hostile, COUNT), data)})


def _cities(values: list[object], column: object = COUNT) -> Rows:
    return rows((CITY, column), [(f"City {at}", value) for at, value in enumerate(values)])  # type: ignore[arg-type, misc, list-item]


def _months(values: list[object], column: object = COUNT, *, first_year: int = 2025, step: int = 1) -> Rows:
    data = [
        (f"{first_year + at * step // 12}-{at * step % 12 + 1:02}-01", value)
        for at, value in enumerate(values)
    ]
    return rows((MONTH, column), data)  # type: ignore[arg-type]


def _case(kind: str, title: str, found: Rows, compare: Rows | None = None) -> Block:
    results = {"main": found} if compare is None else {"main": found, "compare": compare}
    return block(kind, title, results, width=6)


def _many_series() -> Rows:
    data = [(f"2025-{at:02}-01", f"City {city}", city * 3 + at) for at in range(1, 13) for city in range(12)]
    return rows((MONTH, CITY, COUNT), data)


def _places() -> Rows:
    london, nowhere = ("London", "51.5", "-0.12", "5.00"), ("Nowhere", None, None, "5.00")
    return rows(samples.geo().columns, [london, nowhere, ("Pune", "18.52", "73.85", None)])


def _events(kind: FieldType, moments: list[str | None]) -> Rows:
    columns = (field("event_id", "Event", "integer"), field("at", "At", kind), field("who", "Who"))
    return rows(columns, [(at, moment, f"Person {at}") for at, moment in enumerate(moments)])


_LONG = "A very long name of a development in the far north-east of a city " * 2
_HUGE = ["98765432109876543210.12", "1.00", "0.01", "45000000000000.00"]
_SMALL_RATE = measure("rate", "Rate", "float", additive=False)
_BARS, _LINE = "bar_chart", "line_chart"
CASES: dict[str, Block] = {
    "bars, null everywhere": _case(_BARS, "Null everywhere", _cities([None] * 4)),
    "bars, one": _case(_BARS, "One bar", _cities([7])),
    "bars, all equal": _case(_BARS, "All equal", _cities([5, 5, 5, 5])),
    "bars, all zero": _case(_BARS, "All zero", _cities([0, 0, 0])),
    "bars, negative": _case(_BARS, "Negative", _cities(["-12500000.00", "8000000.00", "-300.50"], VALUE)),
    "bars, huge and tiny": _case(_BARS, "Huge and tiny", _cities([*_HUGE], VALUE)),
    "bars, 200 categories": _case(_BARS, "200 categories", _cities([*range(200, 0, -1)])),
    "bars, 200 rates": _case(_BARS, "200 rates", _cities([at / 200 for at in range(200)], RATE)),
    "bars, long names": _case(_BARS, "Long names", rows((CITY, COUNT), [(_LONG, 4), ("B", 2)])),
    "line, one point": _case(_LINE, "One point", _months([7])),
    "line, all equal": _case(_LINE, "All equal over time", _months([5] * 12)),
    "line, negative": _case(_LINE, "Below zero", _months([f"{v}.00" for v in (-5, 3, -9, 12, -1)], VALUE)),
    "line, gaps": _case(_LINE, "Gaps", _months([0.4, None, None, 0.5, 0.45, None, 0.6], RATE)),
    "line, null everywhere": _case(_LINE, "No value at all", _months([None] * 5, RATE)),
    "line, a century": _case(
        _LINE, "A century", _months([at * 3 % 50 for at in range(400)], first_year=1925, step=3)
    ),
    "line, huge": _case(_LINE, "Huge", _months([f"{10 ** (at * 3)}.00" for at in range(6)], VALUE)),
    "line, tiny": _case(_LINE, "Tiny", _months([1e-7 * at for at in range(6)], _SMALL_RATE)),
    "line, twelve series": _case(_LINE, "Twelve series", _many_series()),
    "kpi, null": _case("kpi_tile", "No value", rows((RATE,), [(None,)])),
    "kpi, huge": _case("kpi_tile", "Huge", rows((VALUE,), [("123456789012345678.99",)])),
    "kpi, from zero": _case("kpi_tile", "From zero", rows((COUNT,), [(5,)]), rows((COUNT,), [(0,)])),
    "table, null everywhere": _case("table", "Nulls", rows((CITY, VALUE, RATE), [(None, None, None)] * 3)),
    "table, never read": block("table", "Never read", {}, width=6),
    "board, all empty": _case(
        "pipeline_board", "Empty stages", rows((samples.STAGE, COUNT), [("booking", 0)])
    ),
    "comparison, one": _case("comparison", "One subject", rows((CITY, COUNT), [("Pune", 3)])),
    "comparison, nulls": _case(
        "comparison", "Nulls", rows((CITY, COUNT, RATE), [("Pune", None, None), ("Kolkata", 3, 0.0)])
    ),
    "map, outside": _case("geo_map", "Outside and nowhere", _places()),
    "timeline, a century": _case(
        "timeline", "Events", _events("date", [f"{1926 + at * 7}-03-05" for at in range(15)])
    ),
    "activity, undated": _case(
        "activity_stream", "Undated", _events("timestamp", [None, "2026-04-01T10:00:00"])
    ),
}


def million() -> Block:
    """A table of a million rows; drawn, not validated again."""
    data = tuple((at, f"Name {at}", f"{at}.00") for at in range(1_000_000))
    columns = (
        field("lead_id", "Lead", "integer"),
        field("name", "Name"),
        field("amount", "Amount", "decimal", "INR"),
    )
    found = Rows.model_construct(
        columns=columns,
        rows=data,
        as_of=datetime(2026, 4, 19, 9),
        truncated=False,
        total_count=None,
        others_count=None,
        bounds=(Bound(field="x", start=None, end=None),),
        policies=(),
        scopes=(),
    )
    return samples.table().model_copy(update={"results": {"main": found}})
