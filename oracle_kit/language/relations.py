"""Related rows: "without a visit", "with at least 3 calls this month", "never visited"."""

from __future__ import annotations

from dataclasses import dataclass, field

from oracle_kit.language.draft import Draft
from oracle_kit.language.items import Item
from oracle_kit.language.morphology import is_past
from oracle_kit.language.quantities import fits, scaled
from oracle_kit.model import Entry
from oracle_kit.query import And, CountOperator, Predicate, Related, Term, Where, Window, conjunction
from oracle_kit.words import RelationWords

_POLARITY = {"with": True, "where": True, "without": False, "not": False, "except": False, "never": False}
_COUNTS: dict[str, CountOperator] = {"eq": "eq", "ne": "ne", "lt": "lt", "le": "le", "gt": "gt", "ge": "ge"}


@dataclass
class _Phrase:
    """The words around one relation: its adjectives, its count, its window, and whether it must be there."""

    relation: RelationWords
    item: Item
    positive: bool = True
    inner: list[Where] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    count: Item | None = None
    window: Window | None = None


def claim_relations(draft: Draft) -> None:
    """Turn each relation that the prompt bounds into a condition."""
    previous: tuple[int, bool] | None = None
    for at, item in enumerate(draft.items):
        entry = item.first_of("relation", draft.home)
        if entry is None or item.role:
            continue
        claimed = _claim(draft, at, entry, previous)
        if claimed is not None:
            previous = (at, claimed)


def _claim(draft: Draft, at: int, entry: Entry, previous: tuple[int, bool] | None) -> bool | None:
    phrase = _Phrase(draft.relation_of(entry.name), draft.items[at])
    left, claimed = _leftward(draft, at, phrase)
    if phrase.relation.takes and not _values_behind(draft, at, phrase.relation):
        return None
    polarity = _polarity(draft, left, at, phrase, previous)
    if polarity is None:
        return None
    phrase.positive = polarity
    for item in claimed:
        draft.claim(item, "relation")
    draft.claim(phrase.item, "relation")
    _rightward(draft, at, phrase)
    _add(draft, at, phrase)
    return polarity


def _leftward(draft: Draft, at: int, phrase: _Phrase) -> tuple[int, list[Item]]:
    """Walk left over adjectives of the related rows and a count; gives where it stopped and what it took."""
    taken: list[Item] = []
    at -= 1
    while (item := draft.free(at)) is not None:
        where = _inner(draft, phrase.relation, item)
        if where is not None:
            phrase.inner.append(where)
            phrase.labels.append(item.text)
        elif (item.of("comparison") or item.of("number")) and phrase.count is None and not _has_unit(item):
            phrase.count = item
        else:
            break
        taken.append(item)
        at -= 1
    return at, taken


def _has_unit(item: Item) -> bool:
    return any(e.unit for e in item.entries if e.kind in ("comparison", "number"))


def _polarity(
    draft: Draft, left: int, at: int, phrase: _Phrase, previous: tuple[int, bool] | None
) -> bool | None:
    """Whether the relation must be there; None when nothing says that it is meant as a condition."""
    before = draft.item(left)
    name = before.op(*_POLARITY) if before is not None and before.role in ("", "polarity") else None
    if before is not None and name is not None:
        draft.claim(before, "polarity")
        return _POLARITY[name] != _negated_before(draft, left)
    if before is not None and before.op("and", "or") and previous is not None and left == previous[0] + 1:
        return previous[1]
    behind = draft.free(at + 1)
    if behind is not None and behind.op("lacking"):
        draft.claim(behind, "polarity")
        return False
    if before is not None and before.op("most", "fewest", "best", "worst"):
        return None  # "most visited" ranks by how many there are
    verb = any(is_past(word) for word in phrase.item.text.lower().split())  # "favourited a unit"
    verb = verb or bool(phrase.relation.takes)
    if verb and draft.has_noun():
        return True
    bounded = phrase.count is not None and phrase.count.of("comparison")
    if bounded and (_noun_before(draft, left + 1) or _noun_behind(draft, at + 1)):
        return True
    return None


def _negated_before(draft: Draft, at: int) -> bool:
    """A second negation before the first takes it back: "not without a visit"."""
    item = draft.free(at - 1)
    if item is None or item.op("not") is None:
        return False
    draft.claim(item, "polarity")
    return True


def _noun_before(draft: Draft, at: int) -> bool:
    return any(draft.is_noun(item) for item in draft.items[:at])


def _noun_behind(draft: Draft, at: int) -> bool:
    """Whether the rows are said behind the bound, with nothing that groups them between: "3+ visit leads"."""
    for item in draft.items[at:]:
        if draft.is_noun(item):
            return True
        if item.op("by", "per", "wise", "and"):
            return False
    return False


def _inner(draft: Draft, relation: RelationWords, item: Item) -> Where | None:
    """What an adjective of the related rows filters there."""
    target = draft.others.get(relation.dataset)
    if target is None or item.of("dataset", draft.home):
        return None
    value = item.first_of("value", relation.dataset)
    if value is not None:
        return Predicate(field=value.name, op="eq", values=(value.value,))
    term = item.first_of("term", relation.dataset)
    return Term(name=term.name) if term is not None else None


def _rightward(draft: Draft, at: int, phrase: _Phrase) -> None:
    """Take what follows: adjectives that only the related rows know, their time verb, and a window."""
    at += 1
    for entry in _values_behind(draft, at - 1, phrase.relation):
        phrase.inner.append(Predicate(field=entry.name, op="eq", values=(entry.value,)))
        phrase.labels.append(entry.label)
        draft.claim(draft.items[at], "relation")
        at += 1
    time = phrase.relation.time
    while (item := draft.free(at)) is not None:
        past = item.first_of("past", phrase.relation.dataset)
        here = any(e.dataset == draft.home for e in item.entries)
        where = None if here else _inner(draft, phrase.relation, item)
        if where is not None:
            phrase.inner.append(where)
            phrase.labels.append(item.text)
        elif item.of("comparison") and phrase.count is None and not _has_unit(item):
            phrase.count = item
        elif (sized := _sized(draft, phrase.relation, item)) is not None:
            phrase.inner.append(sized)
            phrase.labels.append(item.text)
        elif past is not None and not here:
            time = past.name
        elif (window := item.first_of("window")) is not None and window.window is not None:
            time = time or draft.others[phrase.relation.dataset].default_time
            if time is None:
                return
            phrase.window = window.window.model_copy(update={"field": time})
            phrase.labels.append(item.text)
            draft.claim(item, "relation")
            return
        else:
            return
        draft.claim(item, "relation")
        at += 1


def _sized(draft: Draft, relation: RelationWords, item: Item) -> Where | None:
    """ "deals above 3 crore": the related rows' own field of that unit, the one that content names first."""
    entry, target = item.first_of("comparison"), draft.others.get(relation.dataset)
    if entry is None or not entry.unit or target is None:
        return None
    own = [f for f in target.fields if f.role == "number" and f.own and f.unit and not f.masked]
    fitting = [f for f in own if fits(entry, f.unit)]
    names = [default.name for default in target.defaults]
    if not fitting:
        return None
    field = next((f for f in fitting if f.name in names), fitting[0])
    values = scaled(entry, field.unit)
    return Predicate.model_validate({"field": field.name, "op": entry.op or "eq", "values": values})


def _values_behind(draft: Draft, at: int, relation: RelationWords) -> list[Entry]:
    """ "moved from negotiation to lost": the values right behind, one for each field that the relation takes."""
    found: list[Entry] = []
    for name in relation.takes:
        item = draft.free(at + len(found) + 1)
        values = item.of("value", relation.dataset) if item is not None else ()
        entry = next((e for e in values if e.name == name), None)
        if entry is None:
            break
        found.append(entry)
    return found


def _add(draft: Draft, at: int, phrase: _Phrase) -> None:
    count = f"{phrase.count.text} " if phrase.count is not None else ""
    label = " ".join(("with" if phrase.positive else "without", f"{count}{phrase.item.text}", *phrase.labels))
    draft.add(_bounded(phrase), (at,), label)
    draft.chip(label, phrase.item, field=phrase.relation.name, op="term")


def _bounded(phrase: _Phrase) -> Where:
    inner = conjunction(*phrase.inner)
    bounds: list[tuple[CountOperator, int]] = [("ge", 1)] if phrase.positive else [("eq", 0)]
    entry = phrase.count and (phrase.count.first_of("comparison") or phrase.count.first_of("number"))
    if entry and phrase.positive:
        numbers = [int(float(str(value))) for value in entry.values]
        if entry.op == "between":
            bounds = [("ge", numbers[0]), ("le", numbers[1])]
        else:
            bounds = [(_COUNTS.get(entry.op or "eq", "eq"), numbers[0])]
    parts = tuple(
        Related(relation=phrase.relation.name, where=inner, window=phrase.window, op=op, count=count)
        for op, count in bounds
    )
    return parts[0] if len(parts) == 1 else And(parts=parts)
