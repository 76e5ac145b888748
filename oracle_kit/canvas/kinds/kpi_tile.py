"""`kpi_tile`: one number, its unit and window, its change, and a sparkline."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from oracle_kit.canvas.format import format_value
from oracle_kit.canvas.format_time import bounds_text
from oracle_kit.canvas.html import Html, element, said, shown
from oracle_kit.canvas.kinds.change import Change, change_html
from oracle_kit.canvas.kinds.columns import (
    cell,
    checked,
    figures,
    groups,
    is_complete,
    main_rows,
    named,
    numbers,
    pick,
)
from oracle_kit.canvas.kinds.empty import empty, filters_of
from oracle_kit.canvas.kinds.periods import filled
from oracle_kit.canvas.kinds.sparkline import sparkline
from oracle_kit.model import Block, Column, Rows, Step
from oracle_kit.query import Value


class KpiProps(Value):
    """`measure`: the column shown; `caption`: a few words under it."""

    measure: str | None = None
    caption: str = ""


class KpiTile:
    """One number."""

    name = "kpi_tile"
    title = "Number"
    Props = KpiProps

    def build(self, step: Step, results: Mapping[str, Rows]) -> KpiProps:
        """The first measure, unless the step names one."""
        props = checked(self.name, KpiProps, step.props)
        main = results.get("main")
        measure = pick(main, props.measure, figures(main) if main else ())
        return props.model_copy(update={"measure": measure})

    def html(self, block: Block) -> Html:
        """The number in large type, then change, sparkline and window."""
        rows = main_rows(block)
        column = measure_of(block)
        if rows is None or column is None:
            return empty(block)
        value = cell(rows, rows.rows[0], column.name)
        if value is None:
            return _nothing(block, column)
        props = KpiProps.model_validate(block.props)
        return element(
            "div",
            element("p", shown(value, column), class_="o-figure"),
            _further(rows, column),
            _change(block, column),
            _trend(block, column),
            element("p", said(props.caption), class_="o-note") if props.caption else None,
            element("p", said(bounds_text(rows.bounds)), class_="o-window"),
            class_="o-kpi",
        )


def measure_of(block: Block) -> Column | None:
    """The column whose number the tile shows."""
    rows = main_rows(block)
    wanted = KpiProps.model_validate(block.props).measure
    return named(rows, pick(rows, wanted, figures(rows))) if rows else None


def change_of(block: Block, column: Column, name: str = "compare") -> Change | None:
    """The change against a named query; None where either side has no number."""
    main, other = block.results.get("main"), block.results.get(name)
    if main is None or other is None or not other.rows or not main.rows or not named(other, column.name):
        return None
    now, before = numbers(main, column.name)[0], numbers(other, column.name)[0]
    return Change(column, now, before) if now is not None and before is not None else None


def compare_sentence(block: Block, column: Column, name: str = "compare") -> str:
    """What it is compared with: "₹1.1 Cr in March 2026"."""
    other = block.results[name]
    return f"{format_value(other.rows[0][other.index(column.name)], column)} in {bounds_text(other.bounds)}"


def trend_of(block: Block, column: Column) -> tuple[Decimal | None, ...]:
    """The numbers of the query `trend` over time; empty where there is none."""
    trend = block.results.get("trend")
    if trend is None or not trend.rows or not named(trend, column.name):
        return ()
    times = [one for one in groups(trend) if one.grain]
    return (
        tuple(point.value for point in filled(trend, times[0], column, complete=is_complete(block, "trend")))
        if times
        else ()
    )


def _change(block: Block, column: Column) -> Html:
    lines = []
    for name in ("compare", "elapsed"):
        change = change_of(block, column, name)
        if change is not None:
            against = said(f"from {compare_sentence(block, column, name)}")
            lines.append(element("p", change_html(change, change.text), " ", against, class_="o-against"))
    return element("div", *lines) if lines else Html()


def _trend(block: Block, column: Column) -> Html:
    points = trend_of(block, column)
    return sparkline(points, f"{column.label} over time: {len(points)} points") if len(points) > 1 else Html()


def _further(rows: Rows, column: Column) -> Html:
    """The other measures of the row, smaller."""
    row = rows.rows[0]
    rest = [one for one in rows.columns if one.name != column.name and one.role in ("measure", "share")]
    pairs = [
        element("div", element("dt", said(one.label)), element("dd", shown(cell(rows, row, one.name), one)))
        for one in rest[:4]
    ]
    return element("dl", *pairs, class_="o-further") if pairs else Html()


def _nothing(block: Block, column: Column) -> Html:
    """No number: nothing to average or add up; the filters say why."""
    sentence = f"{column.label} has no value: no row to work it out from."
    labels = [said(label) for label in filters_of(block)]
    return element(
        "div",
        element("p", "–", class_="o-figure o-nothing"),
        element("p", sentence, class_="o-lead"),
        element("ul", *(element("li", label) for label in labels), class_="o-filters") if labels else None,
        class_="o-kpi",
    )
