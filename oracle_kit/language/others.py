"""Rows of somebody else: asked for by name or by value, they are denied and not shown as less."""

from __future__ import annotations

from collections.abc import Iterator

from oracle_kit.language.draft import Draft
from oracle_kit.model import Refusal
from oracle_kit.query import Or, Predicate, Scalar, Where


def others_rows(named: str, rows: str) -> str:
    """The sentence that denies rows of somebody named, to a viewer who gets `rows`."""
    return f"You see {rows} only: “{named}” is not among them, and others' rows are not shown to you."


def refuse_others(draft: Draft) -> None:
    """Refuse conditions that ask for rows outside those that this viewer may see."""
    if not draft.words.rows:
        return
    for condition in draft.conditions:
        for field, values in _asked(condition.where):
            own = _own_value(draft, field)
            other = next((value for value in values if own is not None and value != own), None)
            if other is not None:
                message = others_rows(str(other), draft.words.rows)
                draft.refusals.append(Refusal(code="not_permitted", message=message))
                return


def _asked(where: Where) -> Iterator[tuple[str, tuple[Scalar, ...]]]:
    """The fields and values that rows are asked to have."""
    if isinstance(where, Or):
        for part in where.parts:
            yield from _asked(part)
    elif isinstance(where, Predicate) and where.op in ("eq", "in"):
        yield where.field, where.values


def _own_value(draft: Draft, field: str) -> Scalar:
    """The one value that the field has in this viewer's rows: held by the row filter, or the viewer's own
    where the field is called like their attribute."""
    held = dict(draft.words.scope)
    if field in held:
        return held[field]
    words = draft.field_of(field)
    called = {field, words.label.lower(), *words.words}
    return next((value for name, value in draft.viewer.attributes.items() if name in called), None)
