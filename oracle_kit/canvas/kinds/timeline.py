"""`timeline`: dated events on lanes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from oracle_kit.canvas.format import grouped
from oracle_kit.canvas.format_time import day_text
from oracle_kit.canvas.html import Html, element, joined, said, shown
from oracle_kit.canvas.kinds.columns import checked, main_rows, pick, times
from oracle_kit.canvas.kinds.empty import empty
from oracle_kit.canvas.kinds.events import Event, detail_columns, events_of, listed_columns, naming
from oracle_kit.canvas.kinds.rows_table import count_text, html_table
from oracle_kit.model import Block, Rows, Step
from oracle_kit.query import Value

MOST_LANES, MOST_LISTED, MOST_DRAWN = 8, 20, 1_000


class TimelineProps(Value):
    """Which columns are the time, the lane, the name and what is said besides."""

    time: str | None = None
    lane: str | None = None
    name: str | None = None
    details: tuple[str, ...] = ()


class Timeline:
    """Events on lanes."""

    name = "timeline"
    title = "Timeline"
    Props = TimelineProps

    def build(self, step: Step, results: Mapping[str, Rows]) -> TimelineProps:
        """The first time, the first listed column as lane, the first name, unless the step says otherwise."""
        props = checked(self.name, TimelineProps, step.props)
        main = results.get("main")
        if main is None:
            return props
        time = pick(main, props.time, times(main))
        lane = pick(main, props.lane, listed_columns(main, (time,)))
        name = pick(main, props.name, naming(main, (time, lane)))
        known = tuple(one for one in props.details if any(c.name == one for c in main.columns))
        return props.model_copy(
            update={
                "time": time,
                "lane": lane,
                "name": name,
                "details": known or detail_columns(main, (time, lane, name), 2),
            }
        )

    def html(self, block: Block) -> Html:
        """Lanes with a dot per event, then the newest events as a list."""
        rows = main_rows(block)
        if rows is None:
            return empty(block)
        events, undated = timeline_in(block)
        if not events:
            return html_table(rows, rows.columns, caption=block.title)
        items = [_line(event) for event in events[:MOST_LISTED]]
        undated_note = f" {grouped(undated)} without a date are left out." if undated else ""
        note = f"Newest first: {count_text(rows, min(MOST_LISTED, len(events)))}.{undated_note}"
        return joined(
            (
                _lanes(events[:MOST_DRAWN], rows.as_of, block.title),
                element("ol", *items, class_="o-events"),
                element("p", note, class_="o-note"),
            )
        )


def timeline_in(block: Block) -> tuple[tuple[Event, ...], int]:
    """The block's events newest first, and how many rows have no date."""
    rows = main_rows(block)
    props = TimelineProps.model_validate(block.props)
    if rows is None:
        return (), 0
    return events_of(rows, time=props.time, name=props.name, details=props.details, lane=props.lane)


def _lanes(events: Sequence[Event], as_of: datetime, title: str) -> Html:
    """A line per lane with its events between the first and the last day; a mark for now where it lies between."""
    names = list(dict.fromkeys(event.lane for event in events))
    kept = names if len(names) <= MOST_LANES else names[: MOST_LANES - 1]
    first, last = min(e.moment for e in events), max(e.moment for e in events)
    span = max(last - first, timedelta(days=1))
    now = (as_of.replace(tzinfo=None) - first) / span * 100
    lanes = []
    for name in [*kept, *([None] if len(kept) < len(names) else [])]:
        own = [e for e in events if (e.lane == name if name is not None else e.lane not in kept)]
        label = name if name is not None else f"{len(names) - len(kept)} others"
        dots = [_dot(event, (event.moment - first) / span * 100) for event in own]
        lanes.append(_lane(label or title, dots, now if 0 <= now <= 100 else None))
    ends = element(
        "p", element("span", day_text(first.date())), element("span", day_text(last.date())), class_="o-ends"
    )
    return element("div", element("ul", *lanes), ends, class_="o-lanes")


def _lane(label: str, dots: Sequence[Html], now: float | None) -> Html:
    rule = element("line", x1="0%", x2="100%", y1=14, y2=14, class_="o-rule")
    mark = (
        element("line", x1=f"{now:.2f}%", x2=f"{now:.2f}%", y1=0, y2=28, class_="o-now")
        if now is not None
        else None
    )
    picture = element(
        "svg",
        rule,
        mark,
        *dots,
        width="100%",
        height=28,
        role="img",
        aria_label=f"{label}: {len(dots)} events",
    )
    count = element("span", f" {len(dots)}", class_="o-quiet")
    return element("li", element("span", said(label), count, class_="o-bar-name"), picture)


def _dot(event: Event, part: float) -> Html:
    tip = f"{event.name}, {event.exact}" if event.name else event.exact
    return element("circle", element("title", tip), cx=f"{part:.2f}%", cy=14, r=5, class_="o-point")


def _line(event: Event) -> Html:
    details = [
        element("span", shown(value, column), title=column.label)
        for column, value in event.details
        if value is not None
    ]
    return element(
        "li",
        element("time", event.when, datetime=event.moment.isoformat(), title=event.exact),
        element("strong", said(event.name)),
        element("span", event.lane, class_="o-tag") if event.lane else None,
        element("span", *details, class_="o-details-line"),
    )
