"""Values, terms and yes/no fields become filters: "NRI in Kolkata and Mumbai", "not luxury",
"except brokers"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oracle_kit.language.draft import Draft
from oracle_kit.language.items import Item
from oracle_kit.model import Choice, Entry
from oracle_kit.query import Not, Or, Predicate, Term, Where


@dataclass
class _Filter:
    """One filter word: its place, what it tests, whether it is negated, and whether "or" stands before it."""

    place: int
    item: Item
    entry: Entry
    negated: bool
    either: bool


def claim_filters(draft: Draft) -> None:
    """Read the remaining values, terms and boolean fields as conditions: same field means any of,
    else all."""
    _claim_mine(draft)
    found = list(_found(draft))
    for group in _alternatives(draft, found):
        conditions = [_condition(draft, same) for same in _by_field(group)]
        where = conditions[0][0] if len(conditions) == 1 else Or(parts=tuple(c[0] for c in conditions))
        draft.add(where, group[0].place, " or ".join(c[1] for c in conditions))


def _found(draft: Draft) -> Iterator[_Filter]:
    last: _Filter | None = None
    for place, item in enumerate(draft.items):
        if item.role not in ("", "time"):
            continue
        entry = None if item.role else _meaning(draft, place, item)
        if entry is None:
            continue
        negated = _negated(draft, place, entry, last)
        either = _joined(draft, place, "or")
        draft.claim(item, "filter")
        _claim_field_beside(draft, place, entry)
        last = _Filter(place, item, entry, negated, either)
        yield last


def _meaning(draft: Draft, place: int, item: Item) -> Entry | None:
    """What a word filters by; a value over a term that says the same, a value of the field said
    beside it first."""
    values = item.of("value", draft.home)
    if values:
        beside = {
            e.name
            for at in (place - 1, place + 1)
            if (i := draft.item(at))
            for e in i.of("field", draft.home)
        }
        named = [e for e in values if e.name in beside]
        return _usable(draft, named[0] if named else draft.pick(values, item))
    term = item.first_of("term", draft.home)
    if term is not None:
        return term
    flags = [e for e in item.of("field", draft.home) if draft.field_of(e.name).type == "boolean"]
    return _usable(draft, flags[0]) if flags else None


def _usable(draft: Draft, entry: Entry) -> Entry | None:
    return entry if draft.usable(entry.name) else None


def _negated(draft: Draft, place: int, entry: Entry, last: _Filter | None) -> bool:
    """A negation just before, or one that reaches over "and"/"or" from a filter of the same field."""
    at = place - 1
    while (item := draft.item(at)) is not None and (
        item.op("is", "where", "with") or _is_field(draft, item, entry)
    ):
        if item.op("with") and not item.op("not"):
            draft.claim(item, "glue") if not item.role else None
        at -= 1
    before = draft.free(at)
    if before is not None and before.op("not", "without", "never"):
        draft.claim(before, "polarity")
        twice = draft.free(at - 1)
        if twice is not None and twice.op("not", "without"):
            draft.claim(twice, "polarity")
            return False
        return True
    reaches = (
        last is not None
        and last.negated
        and _kindred(draft, last.entry, entry)
        and _adjoins(draft, last.place, place)
    )
    return bool(reaches)


def _is_field(draft: Draft, item: Item, entry: Entry) -> bool:
    return any(e.name == entry.name for e in item.of("field", draft.home)) and not item.of(
        "value", draft.home
    )


def _kindred(draft: Draft, first: Entry, second: Entry) -> bool:
    return first.kind == second.kind == "value" and first.name == second.name


def _adjoins(draft: Draft, first: int, second: int) -> bool:
    return all(item.op("and", "or", "not") for item in draft.items[first + 1 : second])


def _joined(draft: Draft, place: int, *names: str) -> bool:
    before = draft.item(place - 1)
    return before is not None and before.op(*names) is not None


def _claim_field_beside(draft: Draft, place: int, entry: Entry) -> None:
    """ "stage negotiation", "Pune city": the field's own name beside its value says nothing more."""
    for at in (draft.step(place, -1), draft.step(place, 1)):
        item = draft.free(at)
        if item is None or entry.kind != "value":
            continue
        before = draft.item(at - 1)
        grouped = before is not None and before.op("by")
        if _is_field(draft, item, entry) and not grouped:
            draft.claim(item, "field of value")


def _alternatives(draft: Draft, found: list[_Filter]) -> Iterator[list[_Filter]]:
    """Filters that hold together as one condition: same field and sign, or joined by "or"."""
    groups: list[list[_Filter]] = []
    for one in found:
        home = next((g for g in groups if _goes_with(draft, g, one)), None)
        if home is None:
            groups.append([one])
        else:
            home.append(one)
    yield from groups


def _goes_with(draft: Draft, group: list[_Filter], one: _Filter) -> bool:
    if one.either and group[-1].place == one.place - 2 and not one.negated and not group[-1].negated:
        return True
    return any(_kindred(draft, other.entry, one.entry) and other.negated == one.negated for other in group)


def _by_field(group: list[_Filter]) -> list[list[_Filter]]:
    fields: dict[tuple[str, str], list[_Filter]] = {}
    for one in group:
        key = (one.entry.kind, one.entry.name)
        fields.setdefault(key, []).append(one)
    return list(fields.values())


def _condition(draft: Draft, same: list[_Filter]) -> tuple[Where, str]:
    entry, negated, item = same[0].entry, same[0].negated, same[0].item
    if entry.kind == "term":
        where: Where = Term(name=entry.name)
        label = f"not {entry.label}" if negated else entry.label
        draft.chip(label, item, field=entry.name, op="term")
        return (Not(part=where) if negated else where), label
    if entry.kind == "field":
        label = f"not {entry.label}" if negated else entry.label
        draft.chip(label, item, field=entry.name, op="eq", values=(not negated,))
        return Predicate(field=entry.name, op="eq", values=(not negated,)), label
    return _values(draft, same)


def _values(draft: Draft, same: list[_Filter]) -> tuple[Where, str]:
    entry, negated, item = same[0].entry, same[0].negated, same[0].item
    unique = {str(one.entry.values or one.entry.value): one.entry for one in same}
    values = tuple(value for e in unique.values() for value in (e.values or (e.value,)))
    if len(values) > len(unique):
        draft.reservations.append(f"“{item.text}” fits {len(values)} names; all of them are taken.")
    op = ("ne" if negated else "eq") if len(values) == 1 else ("not_in" if negated else "in")
    where = Predicate.model_validate({"field": entry.name, "op": op, "values": values})
    joined = " or ".join(e.label or str(e.value) for e in unique.values())
    label = f"not {joined}" if negated else joined
    field = draft.field_of(entry.name)
    others = tuple(
        Choice(label=v.label or str(v.value), field=entry.name, op="eq", values=(v.value,))
        for v in field.values[:12]
        if v.value not in values
    )
    others += draft.alternatives_of(entry, item, op, values)
    draft.chip(f"{field.label}: {label}", item, field=entry.name, op=op, values=values, alternatives=others)
    return where, label


def _claim_mine(draft: Draft) -> None:
    """ "my" tests the owner field, or the viewer's attribute that the next word names ("my team")."""
    for place, item in list(draft.unclaimed()):
        if not item.op("my"):
            continue
        following = draft.free(place + 1)
        attribute = _attribute(draft, following)
        if attribute is not None and following is not None:
            name = next(e.name for e in following.of("field", draft.home))
            value = draft.viewer.attributes[attribute]
            draft.claim(following, "filter")
        elif draft.words.owner and draft.words.owner_attribute in draft.viewer.attributes:
            name, value = draft.words.owner, draft.viewer.attributes[draft.words.owner_attribute]
        else:
            continue
        draft.claim(item, "filter")
        draft.add(Predicate(field=name, op="eq", values=(value,)), place, "your own")
        draft.chip("your own", item, field=name, op="eq", values=(value,))


def _attribute(draft: Draft, item: Item | None) -> str | None:
    """The viewer's attribute that a word names, where the dataset has a field of that word."""
    if item is None or not item.of("field", draft.home):
        return None
    text = item.text.lower().removesuffix("'s").removesuffix("s")
    return next((name for name in draft.viewer.attributes if name == text), None)
