"""A report as it is printed."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from oracle_kit.evaluate.judge import OUTCOMES, RIGHT, Outcome
from oracle_kit.evaluate.report import Report

HEADS: dict[Outcome, str] = {
    "right": "right",
    "right_reserved": "with reservation",
    "refused_rightly": "refused rightly",
    "refused_wrongly": "refused wrongly",
    "wrong_warned": "wrong, warned",
    "wrong_unwarned": "wrong, no warning",
}
MOST_CONFUSIONS = 15


def report_text(report: Report, *, failures: bool = True) -> RenderableType:
    """The totals by category, the cases that are not right, the templates that compete, and one closing line."""
    parts: list[RenderableType] = [_scores(report)]
    if failures and report.right < 1:
        parts.append(_failures(report))
    if report.confusions:
        parts.append(_confusions(report))
    return Group(*parts, *_closing(report))


def _scores(report: Report) -> Table:
    table = Table(title="By category")
    table.add_column("category")
    for head in ("prompts", *HEADS.values(), "right in all"):
        table.add_column(head, justify="right")
    for one in report.categories:
        table.add_row(escape(one.category), str(one.cases), *_counts(one.outcomes), f"{one.right:.1%}")
    table.add_section()
    table.add_row("all", str(report.cases), *_counts(report.outcomes), f"{report.right:.1%}")
    return table


def _counts(outcomes: dict[Outcome, int]) -> Iterator[str]:
    return (str(outcomes[outcome]) for outcome in OUTCOMES)


def _failures(report: Report) -> Table:
    table = Table(title="Not right")
    for head in ("id", "prompt", "outcome", "why", "template"):
        table.add_column(head, overflow="fold")
    for result in sorted(report.results, key=lambda one: -OUTCOMES.index(one.outcome)):
        if result.outcome not in RIGHT:
            cells = (result.id, result.prompt, HEADS[result.outcome], result.reason, result.template or "")
            table.add_row(*(escape(cell) for cell in cells))
    return table


def _confusions(report: Report) -> Table:
    table = Table(title="Templates that compete")
    for head in ("hit", "second best", "prompts", "not right", "least margin", "such as"):
        table.add_column(head, overflow="fold")
    for one in report.confusions[:MOST_CONFUSIONS]:
        cells = (
            one.hit,
            one.second,
            str(one.cases),
            str(one.wrong),
            f"{one.least_margin:.3f}",
            one.prompts[0],
        )
        table.add_row(*(escape(cell) for cell in cells))
    return table


def _closing(report: Report) -> Iterator[str]:
    empty = [result.id for result in report.results if result.empty_gold]
    if empty:
        yield f"Golds with nothing in them, which prove little: {', '.join(empty)}"
    right = sum(report.outcomes[outcome] for outcome in RIGHT)
    yield (
        f"{right} of {report.cases} right ({report.right:.1%}), {report.wrong_unwarned} wrong without a warning, "
        f"in {report.seconds:.1f} s."
    )
