"""Values, terms and yes/no fields become filters: "NRI in Kolkata and Mumbai", "not luxury",
"except brokers"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oracle_kit.language.alternatives import adjoins, any_of_listed
from oracle_kit.language.draft import Draft
from oracle_kit.language.items import Item
from oracle_kit.language.morphology import is_running
from oracle_kit.language.ranking import owner_name
from oracle_kit.model import Choice, Entry
from oracle_kit.query import Not, Predicate, Term, Where


@dataclass
class _Filter:
    """One filter word: its place, what it tests, whether it is negated."""

    place: int
    item: Item
    entry: Entry
    negated: bool
    excepted: bool = False  # negated by a word such as "except", which reaches over a whole list


def claim_filters(draft: Draft) -> None:
    """Read the remaining values, terms and boolean fields as conditions: same field means any of,
    else all."""
    _claim_mine(draft)
    found = list(_found(draft))
    for same in _by_field(found):
        where, label = _condition(draft, same)
        draft.add(where, tuple(one.place for one in same), label)
    any_of_listed(draft)


def _found(draft: Draft) -> Iterator[_Filter]:
    last: _Filter | None = None
    for place, item in enumerate(draft.items):
        if item.role not in ("", "time"):
            continue
        entry = None if item.role else _meaning(draft, place, item)
        if entry is None:
            continue
        negated = _negated(draft, place, entry, last)
        if entry.kind == "past" and not negated and entry.name in _certain(draft):
            draft.claim(item, "time")  # "came from": it happened to every row
            continue
        draft.claim(item, "filter")
        _claim_field_beside(draft, place, entry)
        last = _Filter(place, item, entry, negated, negated and _excepted(draft, place, last))
        yield last


def _certain(draft: Draft) -> tuple[str | None, ...]:
    """The time fields that every row has, or is asked to have anyway."""
    return draft.words.default_time, draft.window.field if draft.window is not None else None


def _meaning(draft: Draft, place: int, item: Item) -> Entry | None:
    """What a word filters by; a value over a term that says the same, a value of the field said
    beside it first."""
    values = item.of("value", draft.home)
    past = item.first_of("past", draft.home)
    before = draft.free(place - 1)
    if past is not None and before is not None and before.op("never"):
        return past
    if values and _only_noun(draft, item, values):
        return None
    if values:
        beside = {
            e.name
            for at in (place - 1, place + 1)
            if (i := draft.item(at))
            for e in i.of("field", draft.home)
        }
        named = [e for e in values if e.name in beside] or _of_owner(draft, place, item, values)
        term = None if named else _term_apart(draft, item, values)
        if term is not None:
            return term
        chosen = named[0] if named else _owner_first(draft, item, values) or draft.pick(values, item)
        return _usable(draft, _every_case(item, chosen, values))
    terms = item.of("term", draft.home)
    if terms:
        return draft.pick(terms, item)
    flags = [e for e in item.of("field", draft.home) if draft.field_of(e.name).type == "boolean"]
    if flags:
        return _usable(draft, flags[0])
    past = (
        None if is_running(item.text.lower()) else item.first_of("past", draft.home)
    )  # "need fixing" is no "fixed"
    return past or _empty_field(draft, place, item)


def _of_owner(draft: Draft, place: int, item: Item, values: tuple[Entry, ...]) -> list[Entry]:
    """ "assigned to ...", "...'s leads": the name is the owner's."""
    before, after = draft.item(place - 1), draft.item(place + 1)
    owned = before is not None and before.op("owned") is not None
    possessive = item.text.lower().endswith(("'s", "’s")) and after is not None
    owner = owner_name(draft)
    found = [e for e in values if e.name == owner] if owned or possessive else []
    if found and owned and before is not None and not before.role:
        draft.claim(before, "glue")
    return found


def _only_noun(draft: Draft, item: Item, values: tuple[Entry, ...]) -> bool:
    """Whether a word names the rows before it names a value of what they hang on: "site visit" of a stage."""
    named = any(e.kind == "dataset" and e.dataset == draft.home for e in item.entries)
    return named and not any(draft.field_of(e.name).own for e in values)


def _owner_first(draft: Draft, item: Item, values: tuple[Entry, ...]) -> Entry | None:
    """A name that the owner and others may have is taken for the owner's, and that is told."""
    options = list({e.name: e for e in values}.values())
    owner = next((e for e in options if e.name == owner_name(draft)), None)
    if owner is None or len(options) < 2 or not all(draft.field_of(e.name).lookup for e in options):
        return None
    draft.open_between([owner, *(e for e in options if e is not owner)], item)
    return owner


def _every_case(item: Item, chosen: Entry, values: tuple[Entry, ...]) -> Entry:
    """The value as it was typed where several differ in case only; else all of them that the words name."""
    same = [e for e in values if e.name == chosen.name]
    typed = [e for e in same if str(e.value) == item.text != item.text.lower()]
    if typed or len(same) == 1:
        return (typed or same)[0]
    return chosen.model_copy(update={"values": tuple(v for e in same for v in (e.values or (e.value,)))})


def _term_apart(draft: Draft, item: Item, values: tuple[Entry, ...]) -> Entry | None:
    """A glossary term of the same word that filters otherwise than the value: content's own word wins."""
    same = [Predicate(field=e.name, op="eq", values=(e.value,)) for e in values]
    for entry in item.of("term", draft.home):
        where = draft.term_of(entry.name).where
        if where is not None and where not in same:
            return entry
    return None


def _empty_field(draft: Draft, place: int, item: Item) -> Entry | None:
    """ "without an owner": a field that may be empty, where its absence is asked for."""
    before = draft.free(place - 1)
    field = item.first_of("field", draft.home)
    absent = before is not None and before.op("without") is not None
    return _usable(draft, field) if field is not None and absent else None


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
    behind = draft.free(place + 1)
    if behind is not None and draft.is_noun(behind):  # "broker wale leads chhodkar"
        over = draft.free(place + 2)
        behind = over if over is not None and over.op("excluded") else behind
    if behind is not None and behind.op("excluded", "lacking"):
        draft.claim(behind, "polarity")
        return True
    before = draft.free(at)
    if before is not None and before.op("not", "except", "without", "never"):
        draft.claim(before, "polarity")
        twice = draft.free(at - 1)
        if twice is not None and twice.op("not", "without"):
            draft.claim(twice, "polarity")
            return False
        return True
    if last is None or not last.negated or not adjoins(draft, last.place, place):
        return False
    listed = place - last.place > 1 and draft.items[place].before not in draft.places
    return _kindred(draft, last.entry, entry) or (last.excepted and listed)


def _excepted(draft: Draft, place: int, last: _Filter | None) -> bool:
    """Whether "except" stands before the word, or before the list that it goes on from."""
    at = place - 1
    while (item := draft.item(at)) is not None and item.role in ("polarity", "field of value"):
        if item.op("except"):
            return True
        at -= 1
    return last is not None and last.excepted and place - last.place > 1 and adjoins(draft, last.place, place)


def _is_field(draft: Draft, item: Item, entry: Entry) -> bool:
    return any(e.name == entry.name for e in item.of("field", draft.home)) and not item.of(
        "value", draft.home
    )


def _kindred(draft: Draft, first: Entry, second: Entry) -> bool:
    return first.kind == second.kind == "value" and first.name == second.name


def _claim_field_beside(draft: Draft, place: int, entry: Entry) -> None:
    """ "stage negotiation", "Pune city": the field's own name beside its value says nothing more."""
    for at in (draft.step(place, -1), draft.step(place, 1)):
        item = draft.free(at)
        if item is None or entry.kind != "value":
            continue
        before = draft.item(at - 1)
        grouped = before is not None and before.op("by", "per")
        if _is_field(draft, item, entry) and not grouped:
            draft.claim(item, "field of value")


def _by_field(group: list[_Filter]) -> list[list[_Filter]]:
    """Values of one field and sign together: any of them."""
    fields: dict[tuple[str, str, bool], list[_Filter]] = {}
    for one in group:
        key = (one.entry.kind, one.entry.name, one.negated)
        fields.setdefault(key, []).append(one)
    return list(fields.values())


def _condition(draft: Draft, same: list[_Filter]) -> tuple[Where, str]:
    entry, negated, item = same[0].entry, same[0].negated, same[0].item
    if entry.kind == "term":
        where: Where = Term(name=entry.name)
        label = f"not {entry.label}" if negated else entry.label
        draft.chip(label, item, field=entry.name, op="term")
        return (Not(part=where) if negated else where), label
    if entry.kind == "past" or (entry.kind == "field" and draft.field_of(entry.name).type != "boolean"):
        label = f"{'no' if negated else 'with'} {entry.label}"
        draft.chip(label, item, field=entry.name, op="is_null" if negated else "not_null")
        return Predicate(field=entry.name, op="is_null" if negated else "not_null"), label
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
            _claim_whose(draft, place, item)
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
        draft.add(Predicate(field=name, op="eq", values=(value,)), (place,), "your own")
        draft.chip("your own", item, field=name, op="eq", values=(value,))


def _claim_whose(draft: Draft, place: int, item: Item) -> None:
    """ "team pipeline" said by a manager: what the rows are held to anyway is the viewer's own."""
    attribute = _attribute(draft, item)
    held = dict(draft.words.scope)
    for entry in item.of("field", draft.home) if attribute is not None and not item.role else ():
        if entry.name in held and item.before not in draft.belonging:
            where = Predicate(field=entry.name, op="eq", values=(held[entry.name],))
            draft.claim(item, "filter")
            draft.add(where, (place,), "your own")
            draft.chip("your own", item, field=entry.name, op="eq", values=(held[entry.name],))
            return


def _attribute(draft: Draft, item: Item | None) -> str | None:
    """The viewer's attribute that a word names, where the dataset has a field of that word."""
    if item is None or not item.of("field", draft.home):
        return None
    text = item.text.lower().removesuffix("'s").removesuffix("s")
    return next((name for name in draft.viewer.attributes if name == text), None)
