"""`comparison`: two to six subjects side by side; each measure, its difference and percent, over the same window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from oracle_kit.canvas.format import exact_number, label_of
from oracle_kit.canvas.format_time import bounds_text, days_text
from oracle_kit.canvas.html import Html, element, joined, said, shown
from oracle_kit.canvas.kinds.change import Change, change_html
from oracle_kit.canvas.kinds.columns import cell, checked, figures, groups, main_rows, named, pick
from oracle_kit.canvas.kinds.empty import empty
from oracle_kit.canvas.kinds.rows_table import count_text, html_table
from oracle_kit.model import Block, Column, Rows, Step
from oracle_kit.query import Scalar, Value

MOST_SUBJECTS = 6


class ComparisonProps(Value):
    """`subject`: the column whose values stand side by side; `measures`: which ones (default: all)."""

    subject: str | None = None
    measures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """One column of the comparison: its name, its row, its window where windows are what is compared."""

    label: str
    row: tuple[Scalar, ...]
    window: str = ""
    incomplete: bool = False


@dataclass(frozen=True)
class Subjects:
    """Subjects side by side; differences are against the one at `reference`."""

    column: Column
    measures: tuple[Column, ...]
    subjects: tuple[Subject, ...]
    reference: int
    total: int

    def change(self, rows: Rows, measure: Column, at: int) -> Change | None:
        """How a subject's measure differs from the reference's; None for the reference itself and without numbers."""
        if at == self.reference:
            return None
        now = exact_number(cell(rows, self.subjects[at].row, measure.name))
        before = exact_number(cell(rows, self.subjects[self.reference].row, measure.name))
        return None if now is None or before is None else Change(measure, now, before)


class Comparison:
    """Subjects side by side."""

    name = "comparison"
    title = "Comparison"
    Props = ComparisonProps

    def build(self, step: Step, results: Mapping[str, Rows]) -> ComparisonProps:
        """The first dimension or the periods as subjects, unless the step says otherwise."""
        props = checked(self.name, ComparisonProps, step.props)
        main = results.get("main")
        subject = pick(main, props.subject, groups(main) if main else ())
        return props.model_copy(update={"subject": subject})

    def html(self, block: Block) -> Html:
        """A table with a column per subject and, under each number, how it differs."""
        rows = main_rows(block)
        if rows is None:
            return empty(block)
        made = subjects_in(block)
        if made is None:
            note = element("p", count_text(rows, 200), class_="o-note")
            return joined((html_table(rows, rows.columns, caption=block.title), note))
        table = element("table", _head(made), element("tbody", *_lines(made, rows)), class_="o-compare")
        return joined(
            (
                element("div", table, class_="o-scroll", tabindex="0", role="region", aria_label=block.title),
                *(element("p", said(note), class_="o-note") for note in notes(block, made, rows)),
            )
        )


def subjects_in(block: Block) -> Subjects | None:
    """The rows as subjects; None where there is nothing to stand side by side or it has two dimensions."""
    rows = main_rows(block)
    props = ComparisonProps.model_validate(block.props)
    column = named(rows, props.subject)
    if rows is None or column is None or len(groups(rows)) != 1:
        return None
    wanted = tuple(one for name in props.measures if (one := named(rows, name)))
    subjects = tuple(_subject(row, column, rows) for row in rows.rows[:MOST_SUBJECTS])
    return Subjects(column, wanted or _measures(rows), subjects, _reference(column, rows), len(rows.rows))


def _measures(rows: Rows) -> tuple[Column, ...]:
    return tuple(column for column in rows.columns if column.role in ("measure", "share", "running"))


def _subject(row: tuple[Scalar, ...], column: Column, rows: Rows) -> Subject:
    value = cell(rows, row, column.name)
    if column.role != "period":
        return Subject("Not set" if value is None else label_of(value, column), row)
    bound = next((one for one in rows.bounds if one.text == value), None)
    days = days_text(bound) if bound else ""
    unfinished = bool(bound and bound.incomplete)
    window = "" if days == value else f"{days}, so far" if unfinished and days else days
    return Subject(str(value), row, window, unfinished)


def _reference(column: Column, rows: Rows) -> int:
    """What others are measured against: the first subject; of periods the earliest."""
    if column.role != "period":
        return 0
    starts = {bound.text: bound.start for bound in rows.bounds}
    found = [starts.get(str(cell(rows, row, column.name))) for row in rows.rows[:MOST_SUBJECTS]]
    if any(start is None for start in found):
        return len(found) - 1
    return min(range(len(found)), key=lambda at: datetime.fromisoformat(str(found[at])))


def _head(made: Subjects) -> Html:
    cells = [element("th", said(made.column.label), scope="col")]
    for at, subject in enumerate(made.subjects):
        mark = element("span", "reference", class_="o-mark") if at == made.reference else None
        window = element("small", said(subject.window)) if subject.window else None
        cells.append(element("th", said(subject.label), mark, window, scope="col", class_="o-n"))
    return element("thead", element("tr", *cells))


def _lines(made: Subjects, rows: Rows) -> list[Html]:
    return [
        element(
            "tr",
            element("th", said(measure.label), scope="row"),
            *(_cell(made, rows, measure, at) for at in range(len(made.subjects))),
        )
        for measure in made.measures
    ]


def _cell(made: Subjects, rows: Rows, measure: Column, at: int) -> Html:
    value = element("strong", shown(cell(rows, made.subjects[at].row, measure.name), measure))
    change = made.change(rows, measure, at)
    if change is None:
        return element("td", value, class_="o-n")
    text = change.difference_text
    if change.percent is not None and change.difference:
        text = f"{text} ({change.percent_text})"
    return element("td", value, change_html(change, text), class_="o-n")


def notes(block: Block, made: Subjects, rows: Rows) -> list[str]:
    """The window that holds for all, the unfinished one and its elapsed part, and the subjects left out."""
    said_of = [] if made.column.role == "period" else [f"Same window for all: {bounds_text(rows.bounds)}."]
    said_of += [
        f"{_sentence(one.label)} is not over; its figures run up to now."
        for one in made.subjects
        if one.incomplete
    ]
    said_of += _elapsed(block, made)
    if made.total > MOST_SUBJECTS:
        said_of.append(f"The first {MOST_SUBJECTS} of {made.total} are shown.")
    if len(made.subjects) == 1:
        said_of.append(f"Only {made.subjects[0].label} has rows, so there is nothing to compare it with.")
    return said_of


def _sentence(label: str) -> str:
    return label[:1].upper() + label[1:]


def _elapsed(block: Block, made: Subjects) -> list[str]:
    """The figure of the same elapsed part, where a named query has it."""
    from oracle_kit.canvas.kinds.kpi_tile import compare_sentence

    other = next((name for name in ("elapsed", "compare") if name in block.results), None)
    known = figures(block.results[other]) if other and block.results[other].rows else ()
    return [
        f"{measure.label} of the same part: {compare_sentence(block, measure, other)}."
        for measure in made.measures
        if other and any(column.name == measure.name for column in known)
    ]
