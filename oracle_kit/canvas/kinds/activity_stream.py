"""`activity_stream`: who did what when, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from pydantic import Field

from oracle_kit.canvas.format_time import day_text
from oracle_kit.canvas.html import Html, element, joined, said, shown
from oracle_kit.canvas.kinds.columns import checked, main_rows, pick, times
from oracle_kit.canvas.kinds.empty import empty
from oracle_kit.canvas.kinds.events import Event, detail_columns, events_of, naming
from oracle_kit.canvas.kinds.rows_table import count_text, html_table
from oracle_kit.model import Block, Rows, Step
from oracle_kit.query import Value

MOST = 50


class ActivityProps(Value):
    """Which columns say when, who and what; `most`: how many are drawn."""

    time: str | None = None
    who: str | None = None
    what: tuple[str, ...] = ()
    most: int = Field(default=MOST, ge=1, le=200)


class ActivityStream:
    """Who did what when."""

    name = "activity_stream"
    title = "Activity"
    Props = ActivityProps

    def build(self, step: Step, results: Mapping[str, Rows]) -> ActivityProps:
        """The first time, the first name, and three columns that say something, unless the step says otherwise."""
        props = checked(self.name, ActivityProps, step.props)
        main = results.get("main")
        if main is None:
            return props
        time = pick(main, props.time, times(main))
        who = pick(main, props.who, naming(main, (time,)))
        what = tuple(name for name in props.what if any(c.name == name for c in main.columns))
        return props.model_copy(
            update={"time": time, "who": who, "what": what or detail_columns(main, (time, who), 3)}
        )

    def html(self, block: Block) -> Html:
        """A list by day, newest first."""
        rows = main_rows(block)
        if rows is None:
            return empty(block)
        props = ActivityProps.model_validate(block.props)
        events, undated = activity_in(block)
        if not events:
            return html_table(rows, rows.columns, caption=block.title)
        days = [
            element("li", element("h3", day_text(day)), element("ol", *map(_line, group)))
            for day, group in groupby(events[: props.most], key=lambda event: event.moment.date())
        ]
        note = count_text(rows, min(props.most, len(events)))
        undated_note = f"{undated} without a date are left out." if undated else ""
        return joined(
            (
                element("ol", *days, class_="o-stream"),
                element("p", f"Newest first. {note}. {undated_note}".strip(), class_="o-note"),
            )
        )


def activity_in(block: Block) -> tuple[tuple[Event, ...], int]:
    """The block's events newest first, and how many rows have no date."""
    rows = main_rows(block)
    props = ActivityProps.model_validate(block.props)
    return events_of(rows, time=props.time, name=props.who, details=props.what) if rows else ((), 0)


def _line(event: Event) -> Html:
    clock = f"{event.moment:%H:%M}" if event.moment.time().isoformat() != "00:00:00" else ""
    details = [
        element("span", shown(value, column), title=column.label)
        for column, value in event.details
        if value is not None
    ]
    return element(
        "li",
        element("time", clock, datetime=event.moment.isoformat(), title=event.exact),
        element("strong", said(event.name)),
        element("span", *details, class_="o-details-line"),
    )
