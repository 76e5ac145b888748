"""Conditions that are alternatives: "calls and meetings", "NRI or high intent"."""

from __future__ import annotations

from oracle_kit.language.draft import Condition, Draft
from oracle_kit.query import Or, Predicate, Related, Term


def any_of_listed(draft: Draft) -> None:
    """ "calls and meetings": listed terms that are values of one field cannot all hold, so any of them does."""
    draft.conditions.sort(key=lambda condition: condition.place)
    at = 0
    while at + 1 < len(draft.conditions):
        left, right = draft.conditions[at], draft.conditions[at + 1]
        apart = _tested(draft, left) and _tested(draft, left) == _tested(draft, right)
        ends = left.places[-1], right.places[0]
        beside = _beside(draft, left, right) if apart and _against(draft, *ends) else None
        if beside is not None:
            draft.conditions[at : at + 2] = [beside]
            continue
        if apart and ends[1] - ends[0] > 1 and adjoins(draft, *ends) and left.where != right.where:
            parts = (*(left.where.parts if isinstance(left.where, Or) else (left.where,)), right.where)
            places = (*left.places, *right.places)
            joined = Condition(Or(parts=parts), places, f"{left.label} or {right.label}")
            draft.conditions[at : at + 2] = [joined]
        else:
            at += 1


def _against(draft: Draft, first: int, second: int) -> bool:
    """Whether "versus" stands between two places, and nothing but it."""
    between = draft.items[first + 1 : second]
    return any(item.op("versus") for item in between) and all(item.op("versus", "and") for item in between)


def _beside(draft: Draft, left: Condition, right: Condition) -> Condition | None:
    """ "sold versus unsold": all values that either asks for, so that they can stand side by side."""
    tested = [_predicate(draft, condition) for condition in (left, right)]
    if tested[0] is None or tested[1] is None:
        return None
    values = tuple(dict.fromkeys((*tested[0].values, *tested[1].values)))
    both = Predicate(field=tested[0].field, op="in", values=values)
    return Condition(both, (*left.places, *right.places), f"{left.label} or {right.label}")


def _predicate(draft: Draft, condition: Condition) -> Predicate | None:
    """The one field and its values that a condition asks for."""
    where = condition.where
    where = draft.term_of(where.name).where or where if isinstance(where, Term) else where
    return where if isinstance(where, Predicate) and where.op in ("eq", "in") else None


def _tested(draft: Draft, condition: Condition) -> str:
    """The field of which a condition asks for certain values; empty for any other condition."""
    where = condition.where
    if isinstance(where, Or):
        fields = {_tested(draft, Condition(part, condition.places, "")) for part in where.parts}
        return next(iter(fields)) if len(fields) == 1 else ""
    if isinstance(where, Term):
        meaning = draft.term_of(where.name).where
        where = meaning if meaning is not None else where
    return where.field if isinstance(where, Predicate) and where.op in ("eq", "in") else ""


def join_alternatives(draft: Draft) -> None:
    """Conditions on both sides of an "or" become one: either will do."""
    draft.conditions.sort(key=lambda condition: condition.place)
    for at, item in enumerate(draft.items):
        if item.op("or") is None:
            continue
        before = [c for c in draft.conditions if any(p < at for p in c.places)]
        after = [c for c in draft.conditions if any(p > at for p in c.places)]
        if not before or not after:
            continue
        left = max(before, key=lambda c: max(p for p in c.places if p < at))
        right = min(after, key=lambda c: min(p for p in c.places if p > at))
        if left is right or not _reaches(draft, left, at, right):
            continue
        where = Or(parts=(left.where, right.where))
        joined = Condition(
            where, tuple(sorted((*left.places, *right.places))), f"{left.label} or {right.label}"
        )
        draft.conditions = [joined if c is left else c for c in draft.conditions if c is not right]


def _reaches(draft: Draft, left: Condition, at: int, right: Condition) -> bool:
    """Both conditions stand beside the "or", but for the words of their own phrases; negated lists
    keep "and"."""
    ends = max(p for p in left.places if p < at), min(p for p in right.places if p > at)
    between = [*draft.items[ends[0] + 1 : at], *draft.items[at + 1 : ends[1]]]
    apart = {"noun", "group", "measure", "window", "sort", "rank"}
    negated = isinstance(left.where, Related) and left.where.op == "eq" and left.where.count == 0
    return not negated and all(item.role not in apart for item in between)


def adjoins(draft: Draft, first: int, second: int) -> bool:
    """Whether only joining words stand between two places."""
    return all(item.op("and", "or", "not") for item in draft.items[first + 1 : second])
