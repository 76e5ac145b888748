"""Changes of what a block asks, made through its chips: another value, another field, or no longer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, get_args

from oracle_kit.canvas.edit_queries import (
    grouped,
    having_changed,
    is_condition,
    spanned,
    ungrouped,
    where_changed,
)
from oracle_kit.canvas.edit_values import SetChip
from oracle_kit.errors import EditRefused
from oracle_kit.model import Block, Chip, Choice
from oracle_kit.query import Dimension, Having, Operator, Order, Predicate, Query, Scalar, Where

OPERATORS = get_args(Operator)
_COUNTS = {"between": 2, "is_null": 0, "not_null": 0, "in": None, "not_in": None}
_SEVERAL = {"eq": "in", "ne": "not_in"}
_ONE = {several: one for one, several in _SEVERAL.items()}
_SIGNS = {"lt": "<", "le": "≤", "gt": ">", "ge": "≥"}


def chip_set(block: Block, edit: SetChip) -> Block:
    """The block with what the chip says changed, in its queries and on the chip."""
    chip = chip_of(block, edit.chip_id)
    choice = _choice(chip, edit)
    if chip.op in OPERATORS:
        condition = predicate(choice.field, choice.op, choice.values)
        block = _everywhere(block, chip, lambda query: _condition_set(query, chip, condition))
        choice = choice.model_copy(update={"op": condition.op, "values": condition.values})
    elif chip.op == "window":
        block = _window_moved(block, choice.field)
    elif chip.op == "group":
        block = regrouped(block, _renamed(block.queries["main"], chip.field, choice.field))
    elif chip.op == "limit":
        block = _everywhere(block, chip, lambda query: _limited(query, chip, choice.values))
    elif chip.op == "sort":
        block = _everywhere(block, chip, lambda query: _sorted_by(query, chip.field, choice.field))
    else:
        raise EditRefused(f"“{chip.label}” has no other value.", hint="Remove the chip instead.")
    return with_chip(block, chip, _said(chip, choice))


def chip_removed(block: Block, chip_id: str) -> Block:
    """The block with what the chip says no longer asked for."""
    chip = chip_of(block, chip_id)
    if chip.op in (*OPERATORS, "term"):
        block = _everywhere(block, chip, lambda query: _condition_set(query, chip, None))
    elif chip.op == "window":
        block = block.model_copy(update={"queries": spanned(block.queries, None)})
    elif chip.op == "group":
        block = regrouped(block, ungrouped(block.queries["main"], chip.field))
    elif chip.op == "limit":
        block = _everywhere(block, chip, lambda query: _limited(query, chip, ()))
    elif chip.op == "sort":
        block = _everywhere(block, chip, lambda query: _sorted_by(query, chip.field, None))
    elif chip.op == "measure":
        block = _everywhere(block, chip, lambda query: _unmeasured(query, chip))
    else:
        raise EditRefused(f"“{chip.label}” says how words were read; it is nothing to remove.")
    return with_chip(block, chip, None)


def chip_of(block: Block, chip_id: str) -> Chip:
    """The chip; EditRefused where there is none of this id, or policy set it."""
    chip = next((one for one in block.chips if one.id == chip_id), None)
    if chip is None:
        known = ", ".join(f"{one.id} ({one.label})" for one in block.chips) or "none"
        raise EditRefused(f"the block has no chip {chip_id!r}.", hint=f"Its chips: {known}.")
    if chip.origin == "policy" or chip.op == "row_filter":
        raise EditRefused(f"“{chip.label}” is set by policy.", hint="Nobody can change it on a page.")
    if "main" not in block.queries:
        raise EditRefused("the block asks nothing that could be changed.")
    return chip


def predicate(field: str, op: str, values: tuple[Scalar, ...]) -> Predicate:
    """The condition, as a list of values where there are several; EditRefused for values that do not fit."""
    op = _SEVERAL.get(op, op) if len(values) > 1 else _ONE.get(op, op) if len(values) == 1 else op
    wanted = _COUNTS.get(op, 1)
    if wanted is None and not values:
        raise EditRefused(f"the operator {op} needs values.")
    if wanted is not None and len(values) != wanted:
        raise EditRefused(
            f"the operator {op} takes {wanted or 'no'} value{'s' * (wanted != 1)}, not {len(values)}."
        )
    return Predicate.model_validate({"field": field, "op": op, "values": values})


def with_chip(block: Block, chip: Chip, changed: Chip | None) -> Block:
    """The block with the chip changed or gone, and the title following where it says the chip's value."""
    chips = tuple(changed if one.id == chip.id else one for one in block.chips)
    update: dict[str, Any] = {"chips": tuple(one for one in chips if one is not None)}
    if changed is not None:
        update["title"] = _following(block.title, value_of(chip), value_of(changed))
    return block.model_copy(update=update)


def value_of(chip: Chip) -> str:
    """What a chip's label says after the name of its field."""
    return chip.label.partition(": ")[2]


def regrouped(block: Block, dimensions: tuple[Dimension, ...]) -> Block:
    """The block grouped so, its other queries gone: they belonged to the groups before; in a kind that can show it."""
    main = grouped(block.queries["main"], dimensions)
    kind = block.kind
    if not dimensions:
        kind = "kpi_tile" if len(main.measures) == 1 else "table"
    elif kind != "table":
        drawn = "line_chart" if any(one.grain for one in dimensions) else "bar_chart"
        kind = drawn if len(dimensions) < 3 else "table"
    return block.model_copy(update={"queries": {"main": main}, "kind": kind, "props": {}})


def condition_label(field: str, condition: Predicate) -> str:
    """A condition as a chip says it."""
    said = ", ".join("yes" if v is True else "no" if v is False else str(v) for v in condition.values)
    if condition.op in ("is_null", "not_null"):
        return f"{field}: {'empty' if condition.op == 'is_null' else 'not empty'}"
    if condition.op == "between":
        return f"{field}: {condition.values[0]} to {condition.values[1]}"
    if condition.op in ("ne", "not_in"):
        return f"{field}: not {said}"
    return f"{field}: {_SIGNS[condition.op]} {said}" if condition.op in _SIGNS else f"{field}: {said}"


def _following(title: str, old: str, new: str) -> str:
    """The title with the old value, where it says it as a word, made the new one."""
    if len(old) < 3 or old.isdigit() or not new:
        return title
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, title)


def _choice(chip: Chip, edit: SetChip) -> Choice:
    """What the edit makes of the chip, as a choice."""
    if edit.alternative is not None:
        if edit.values is not None or edit.operator is not None:
            raise EditRefused("an alternative comes without values and operator.")
        if edit.alternative >= len(chip.alternatives):
            raise EditRefused(f"“{chip.label}” has {len(chip.alternatives)} alternatives; the first is 0.")
        return chip.alternatives[edit.alternative]
    if edit.values is None and edit.operator is None:
        raise EditRefused("nothing is set: send an alternative, values or an operator.")
    values = chip.values if edit.values is None else edit.values
    op = edit.operator or chip.op
    if chip.op == "limit" and edit.operator is None:
        return Choice(label=f"top {values[0] if values else ''}", field=chip.field, op="limit", values=values)
    if chip.op not in OPERATORS:
        raise EditRefused(f"“{chip.label}” takes no values.", hint="Choose one of its alternatives.")
    condition = predicate(chip.field, op, values)
    name = chip.label.partition(": ")[0]
    return Choice(
        label=value_of(Chip(id="", label=condition_label(name, condition))),
        field=chip.field, op=condition.op, values=condition.values,
    )  # fmt: skip  # one choice, three facts


def _said(chip: Chip, choice: Choice) -> Chip:
    """The chip as it reads now: said by a person, no longer by a stretch of the prompt."""
    name, colon, value = chip.label.partition(": ")
    same_field = choice.field == chip.field
    if chip.op == "limit":
        label = choice.label
    elif same_field:
        label = f"{name if colon else chip.field.replace('_', ' ')}: {choice.label}"
    else:
        label = f"{choice.label}{colon}{value}"
    before = value if same_field and colon else name
    old = Choice(label=before, field=chip.field, op=chip.op, values=chip.values)
    others = tuple(one for one in chip.alternatives if one != choice)
    update = {
        "label": label,
        "field": choice.field,
        "op": choice.op or chip.op,
        "values": choice.values,
        "origin": "word",
        "span": None,
        "alternatives": (old, *others),
    }
    return chip.model_copy(update=update)


def _everywhere(block: Block, chip: Chip, change: Callable[[Query], Query]) -> Block:
    """The block with each of its queries changed; EditRefused where none of them says what the chip does."""
    queries = {name: change(query) for name, query in block.queries.items()}
    if queries == block.queries:
        raise EditRefused(
            f"nothing in the block's queries says “{chip.label}”.", hint="Ask for it in a prompt instead."
        )
    return block.model_copy(update={"queries": queries})


def _condition_set(query: Query, chip: Chip, condition: Predicate | None) -> Query:
    def change(part: Where) -> Where | None:
        return condition if is_condition(part, chip.field, chip.op, chip.values) else part

    changed = where_changed(query, change)
    if changed is not query or chip.op == "term" or not query.having:
        return changed
    old = next((one for one in query.having if (one.measure, one.op, one.values) == _bound(chip)), None)
    if old is None:
        return query
    return having_changed(query, old, _having(condition) if condition is not None else None)


def _bound(chip: Chip) -> tuple[str, str, tuple[Scalar, ...]]:
    return chip.field, chip.op, chip.values


def _having(condition: Predicate) -> Having:
    if condition.op in ("in", "not_in", "is_null", "not_null"):
        raise EditRefused(f"a measure cannot be bound by {condition.op}.")
    return Having.model_validate({"measure": condition.field, "op": condition.op, "values": condition.values})


def _window_moved(block: Block, field: str) -> Block:
    """The same spans on another time field, in all queries."""

    def moved(query: Query) -> Query:
        window = query.window.model_copy(update={"field": field}) if query.window else None
        periods = tuple(one.model_copy(update={"field": field}) for one in query.periods)
        return query.model_copy(update={"window": window, "periods": periods})

    return block.model_copy(update={"queries": {name: moved(one) for name, one in block.queries.items()}})


def _renamed(query: Query, old: str, new: str) -> tuple[Dimension, ...]:
    return tuple(
        one.model_copy(update={"field": new}) if one.field == old else one for one in query.dimensions
    )


def _limited(query: Query, chip: Chip, values: tuple[Scalar, ...]) -> Query:
    if query.limit is None or (chip.values and query.limit != chip.values[0]):
        return query
    if not values:
        return query.model_copy(update={"limit": None, "others": False})
    count = values[0]
    if len(values) != 1 or isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise EditRefused("a limit is one whole number above 0.")
    return query.model_copy(update={"limit": count})


def _sorted_by(query: Query, old: str, new: str | None) -> Query:
    renamed = (one.model_copy(update={"by": new}) if one.by == old and new else one for one in query.order)
    return query.model_copy(update={"order": tuple(one for one in renamed if new or one.by != old)})


def _unmeasured(query: Query, chip: Chip) -> Query:
    left = tuple(one for one in query.measures if one.alias != chip.field)
    if left == query.measures:
        return query
    if not left:
        raise EditRefused(f"the block shows nothing but “{chip.label}”.", hint="Remove the block instead.")
    shown = {one.alias for one in left} | {one.alias for one in query.dimensions}
    order = tuple(one for one in query.order if one.by in shown) or (
        Order(by=left[0].alias, descending=True),
    )
    having = tuple(one for one in query.having if one.measure in shown)
    return query.model_copy(update={"measures": left, "order": order, "having": having})
