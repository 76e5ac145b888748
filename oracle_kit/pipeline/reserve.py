"""What an answer is stated under: cuts, unfinished periods and defaults, told beside the numbers."""

from __future__ import annotations

from collections.abc import Iterable

from oracle_kit.model import Rows, Step
from oracle_kit.pipeline.fetch import Fetched


def reservations(steps: Iterable[Fetched]) -> tuple[str, ...]:
    """One sentence for each reservation of the steps that answer, each once."""
    found: list[str] = []
    for fetched in steps:
        rows = fetched.results.get("main")
        if rows is not None and not fetched.step.suggestion:
            found += [*_cut(rows, fetched.step), *_unfinished(rows), *_defaults(fetched.step)]
    return tuple(dict.fromkeys(found))


def _cut(rows: Rows, step: Step) -> list[str]:
    """A cut that nobody asked for; "top 5" is no cut."""
    asked = any(chip.op == "limit" for chip in step.chips)
    if asked or not rows.truncated or rows.others_count or rows.total_count is None:
        return []
    return [f"The first {len(rows.rows)} of {rows.total_count:,} are shown."]


def _unfinished(rows: Rows) -> list[str]:
    return [f"“{bound.text or bound.field}” is not over yet." for bound in rows.bounds if bound.incomplete]


def _defaults(step: Step) -> list[str]:
    taken = [chip.label for chip in step.chips if chip.origin == "default" and chip.alternatives]
    return [f"Taken by default: {label}." for label in taken]
