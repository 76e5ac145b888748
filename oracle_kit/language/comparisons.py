"""Numbers find their field: "budget above 2 crore", "QD over 80", "cities with more than 50 leads"."""

from __future__ import annotations

from oracle_kit.language.draft import RANKS, Draft
from oracle_kit.language.items import Item
from oracle_kit.language.quantities import fits, scaled
from oracle_kit.model import Choice, Entry
from oracle_kit.query import Dimension, Having, Measure, Not, Operator, Predicate, Term, Where

_INVERSE: dict[str, Operator] = {"gt": "le", "ge": "lt", "lt": "ge", "le": "gt", "eq": "ne", "ne": "eq"}


def claim_comparisons(draft: Draft) -> None:
    """Give every comparison a field or a measure to test, and every number beside an id or a
    number field too."""
    last: str | None = None
    for at, item in enumerate(draft.items):
        if item.role:
            continue
        entry = item.first_of("comparison")
        if entry is not None:
            last = _compare(draft, at, item, entry, last)
        elif (number := item.first_of("number") or item.first_of("ordinal")) is not None:
            _equal(draft, at, item, number)


def _compare(draft: Draft, at: int, item: Item, entry: Entry, last: str | None) -> str | None:
    if _bound_on_group(draft, at, item, entry):
        return None
    name, holder = _field_beside(draft, at, entry)
    if name is None and last is not None and _continues(draft, at) and fits(entry, draft.field_of(last).unit):
        name = last
    if name is None:
        name = _field_by_unit(draft, entry, item)
    if name is None or not draft.usable(name):
        return last
    if holder is not None:
        draft.claim(holder, "compared")
    _filter(draft, at, item, entry, name)
    return name


def _filter(draft: Draft, at: int, item: Item, entry: Entry, name: str) -> None:
    field = draft.field_of(name)
    values = scaled(entry, field.unit)
    op: Operator = entry.op or "eq"
    where: Where = Predicate(field=name, op=op, values=values)
    before = draft.free(at - 1)
    if before is not None and before.op("not"):
        draft.claim(before, "polarity")
        op = _INVERSE.get(op, op)
        inner = Predicate(field=name, op=op, values=values)
        where = Not(part=where) if entry.op == "between" else inner
    draft.claim(item, "filter")
    label = f"{field.label} {item.text}"
    draft.add(where, (at,), label)
    others = _alternatives(draft, name, field.unit, op, values)
    draft.chip(label, item, field=name, op=op, values=values, alternatives=others)


def _alternatives(
    draft: Draft, name: str, unit: str | None, op: str, values: tuple[object, ...]
) -> tuple[Choice, ...]:
    return tuple(
        Choice.model_validate({"label": f.label, "field": f.name, "op": op, "values": values})
        for f in draft.words.fields
        if unit and f.unit == unit and f.name != name and f.role == "number"
    )


def _continues(draft: Draft, at: int) -> bool:
    """Whether the comparison goes on from one just before: "above 1 crore and below 3 crore"."""
    before = draft.item(at - 1)
    if before is not None and before.op("and", "or"):
        before = draft.item(at - 2)
    return before is not None and bool(before.of("comparison"))


def _field_beside(draft: Draft, at: int, entry: Entry) -> tuple[str | None, Item | None]:
    """The number field said just before or just after, if its unit fits."""
    for place in (draft.step(at, -1), draft.step(at, 1)):
        item = draft.item(place)
        if item is None or item.role not in ("", "compared"):
            continue
        options = [
            e
            for e in item.of("field", draft.home)
            if draft.field_of(e.name).role in ("number", "dimension", "id")
            and draft.field_of(e.name).type in ("integer", "decimal", "float")
            and fits(entry, draft.field_of(e.name).unit)
        ]
        if options:
            return draft.pick(options, item).name, item
    return None, None


def _field_by_unit(draft: Draft, entry: Entry, item: Item) -> str | None:
    """The field that a unit alone points at; without a unit, the one number field that is said and
    still free."""
    if entry.unit:
        options = [f for f in draft.words.fields if f.role == "number" and f.unit and fits(entry, f.unit)]
        if not options:
            return None
        said = [
            f
            for f in options
            if any(e.name == f.name for i in draft.items for e in i.of("field", draft.home))
        ]
        names = {d.name for d in draft.words.defaults}
        declared = [f for f in options if f.name in names]
        best = (said or declared or options)[0]
        if not said:
            draft.chip(f"{best.label} taken", None, field=best.name, op="", values=())
            if len(options) > 1 and not (declared and entry.unit in draft.currencies):
                others = ", ".join(f.label for f in options if f.name != best.name)
                draft.reservations.append(
                    f"“{item.text}” is tested on {best.label}; it could also mean {others}."
                )
        for holder in draft.items:
            if not holder.role and any(e.name == best.name for e in holder.of("field", draft.home)):
                draft.claim(holder, "compared")
        return best.name
    free = [
        (i, e)
        for _, i in draft.unclaimed()
        for e in i.of("field", draft.home)
        if draft.field_of(e.name).role == "number"
    ]
    names = {e.name for _, e in free}
    if len(names) != 1:
        return None
    draft.claim(free[0][0], "compared")
    return free[0][1].name


def _equal(draft: Draft, at: int, item: Item, entry: Entry) -> None:
    """A plain number beside a field, or after the noun, is that field's or the row's id."""
    if any((i := draft.item(near)) is not None and i.op(*RANKS) for near in (at - 1, at + 1)):
        return
    for place in (draft.step(at, -1), draft.step(at, 1)):
        holder = draft.item(place)
        if holder is None or holder.role:
            continue
        options = [
            e
            for e in holder.of("field", draft.home)
            if draft.field_of(e.name).type in ("integer", "decimal", "float")
            and fits(entry, draft.field_of(e.name).unit)
        ]
        if options and (place < at or draft.field_of(options[0].name).role != "id"):
            name = draft.pick(options, holder).name
            if draft.usable(name):
                draft.claim(holder, "compared")
                _filter(draft, at, item, entry, name)
            return
    if entry.kind == "ordinal":
        return  # "the 20th lead" is not lead 20
    before = draft.item(at - 1)
    identity = _id_of(draft, before) if before is not None and not before.role else None
    if before is not None and identity is not None:
        draft.claim(before, "compared")
        _filter(draft, at, item, entry, identity)
        return
    if before is not None and before.of("dataset", draft.home) and not before.text.lower().endswith("s"):
        draft.claim(before, "noun")
        _filter(draft, at, item, entry, draft.words.key)


def _id_of(draft: Draft, item: Item) -> str | None:
    """The id field beside a name field: "advisor 12" tests owner_id where "advisor" is owner_name."""
    for entry in item.of("field", draft.home):
        stem = entry.name.rsplit("_", 1)[0]
        for field in draft.words.fields:
            if field.role == "id" and field.name.rsplit("_", 1)[0] == stem and field.type == "integer":
                return field.name
    return None


def _bound_on_group(draft: Draft, at: int, item: Item, entry: Entry) -> bool:
    """ "cities with more than 50 leads", "advisors with conversion above 20%": a bound on a
    measure of the group."""
    grouping = _group_before(draft, at)
    if grouping is None and not any(later.op("by", "per", "wise") for later in draft.items[at:]):
        return False
    measure, holder = _measure_beside(draft, at, entry)
    if measure is None or holder is None:
        return False
    if grouping is not None:
        place, dimension = grouping
        draft.claim(draft.items[place], "group")
        draft.group(Dimension(field=dimension), draft.items[place])
    draft.measure(measure, holder)
    unit = draft.measure_of(measure.name).unit if measure.name else None
    values = scaled(entry, unit)
    op = entry.op or "eq"
    draft.having.append(Having.model_validate({"measure": measure.alias, "op": op, "values": values}))
    draft.claim(item, "having")
    term = None if holder.of("measure", draft.home) else holder.first_of("term", draft.home)
    if term is not None:
        draft.add(Term(name=term.name), (at,), term.label)
    draft.claim(holder, "measure")
    draft.chip(f"{holder.text} {item.text}", item, field=measure.alias, op=op, values=values)
    return True


def _group_before(draft: Draft, at: int) -> tuple[int, str] | None:
    """The dimension said before a "with ..." bound; not when the dataset's own noun comes between."""
    for place in range(at - 1, -1, -1):
        item = draft.items[place]
        if item.role not in ("", "group"):
            continue
        if draft.is_noun(item) and not item.of("field", draft.home):
            return None
        options = [
            e for e in item.of("field", draft.home) if draft.field_of(e.name).role in ("dimension", "id")
        ]
        if options:
            return place, draft.pick(options, item).name
    return None


def _measure_beside(draft: Draft, at: int, entry: Entry) -> tuple[Measure | None, Item | None]:
    """The measure just before a bound, or the counted noun that follows it, over adjectives."""
    before = draft.free(draft.step(at, -1))
    if before is not None and (named := before.first_of("measure", draft.home)) is not None:
        return Measure(name=named.name), before
    if before is not None and (graded := _grade(draft, before, entry)) is not None:
        return graded, before
    place = at + 1
    while (item := draft.free(place)) is not None:
        named = item.first_of("measure", draft.home)
        if named is not None and fits(entry, draft.measure_of(named.name).unit):
            return Measure(name=named.name), item
        if item.of("dataset", draft.home) and not entry.unit:
            return Measure(fn="count"), item
        if not (item.of("value", draft.home) or item.of("term", draft.home)):
            return None, None
        if any(draft.term_of(e.name).noun for e in item.of("term", draft.home)) and not _noun_follows(
            draft, place
        ):
            return Measure(fn="count"), item
        place += 1
    return None, None


def _grade(draft: Draft, item: Item, entry: Entry) -> Measure | None:
    """ "projects with rating below 3": a grade of a group's rows is their average, and that is stated."""
    fields = [draft.field_of(e.name) for e in item.of("field", draft.home)]
    graded = next((f for f in fields if f.role == "number" and f.better and fits(entry, f.unit)), None)
    if graded is None or not draft.usable(graded.name):
        return None
    draft.reservations.append(f"“{item.text}” of a group is read as its average.")
    return Measure(fn="avg", field=graded.name)


def _noun_follows(draft: Draft, at: int) -> bool:
    item = draft.free(at + 1)
    return item is not None and draft.is_noun(item)
