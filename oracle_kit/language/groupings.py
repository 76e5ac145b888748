"""Groupings: "by city and source", "month by month", "city-wise", "which cities", "source mix"."""

from __future__ import annotations

from oracle_kit.language.draft import Draft, Rank
from oracle_kit.language.items import Item
from oracle_kit.language.time_fields import time_field
from oracle_kit.model import Entry
from oracle_kit.query import Dimension, Measure, Unit

_GROUPABLE = ("dimension", "id", "time")


def claim_groupings(draft: Draft) -> None:
    """Read every phrase that asks for groups or for a sort key."""
    for at, item in list(draft.unclaimed()):
        if item.role:
            continue
        if item.op("sort"):
            _sort(draft, at, item)
        elif item.op("by", "per"):
            _by(draft, at, item)
        elif item.op("wise"):
            _beside(draft, item, (at - 1,))
        elif item.op("breakdown"):
            _beside(draft, item, (at - 1, at + 1))
        elif any(e.name in ("funnel", "board", "map") for e in item.of("shape")):
            _shaped(draft, at)
        elif any(e.name in ("which", "list") for e in item.of("shape")):
            _which(draft, at, item)
    _subject(draft)
    for at, item in list(draft.unclaimed()):
        if item.of("grain") and not _is_value(draft, item):
            _grain(draft, at, item)


def _is_value(draft: Draft, item: Item) -> bool:
    """ "annual" where that is a value of the dataset: the value is meant, and the other reading is stated."""
    after = draft.item(draft.items.index(item) + 1)
    measured = after is not None and after.of("measure", draft.home) and not draft.is_noun(after)
    if not item.of("value", draft.home) or measured:
        return False
    draft.reservations.append(
        f"“{item.text}” is read as a value; “by {item.of('grain')[0].name}” groups by time."
    )
    return True


def dimension_of(draft: Draft, item: Item | None) -> Entry | None:
    """The field that an item names and that groups can be made of."""
    if item is None:
        return None
    options = [
        e
        for e in item.of("field", draft.home)
        if draft.field_of(e.name).role in _GROUPABLE or draft.field_of(e.name).type == "boolean"
    ]
    return draft.pick(options, item) if options else None


def sort_key(draft: Draft, item: Item | None) -> tuple[Measure | None, str | None]:
    """The measure or field that an item names as a sort key; both where groups would go by one and rows by
    the other."""
    if item is None:
        return None, None
    measure = item.first_of("measure", draft.home)
    fields = [e for e in item.of("field", draft.home) if draft.field_of(e.name).role in ("number", "time")]
    if measure is not None and not (fields and _listing(draft)):
        return Measure(name=measure.name), None
    if fields:
        return Measure(name=measure.name) if measure is not None else None, draft.pick(fields, item).name
    past = item.first_of("past", draft.home)
    return None, past.name if past else None


def _listing(draft: Draft) -> bool:
    return not draft.dimensions


def _by(draft: Draft, at: int, item: Item) -> None:
    """What follows "by": groups joined by "and", a grain, or a measure to sort by."""
    place = at + 1
    taken = False
    while (following := draft.free(place)) is not None:
        if following.of("grain"):
            _grain(draft, place, following)
        elif (entry := dimension_of(draft, following)) is not None and draft.field_of(
            entry.name
        ).role != "time":
            _group(draft, entry, following)
        else:
            break
        taken = True
        place = _joined(draft, place)
    if taken:
        draft.claim(item, "group")
        return
    if item.op("by"):  # "visits per booking" orders nothing
        _sort(draft, at, item)


def _joined(draft: Draft, place: int) -> int:
    """The place after "and", "by", a comma, when another group follows it."""
    after = draft.item(place + 1)
    while after is not None and after.op("and", "by", "per", "wise"):
        place += 1
        if after.op("by", "per", "wise") and not after.role:
            draft.claim(after, "group")
        after = draft.item(place + 1)
    return place + 1


def _group(draft: Draft, entry: Entry, item: Item) -> None:
    grain = "month" if draft.field_of(entry.name).role == "time" else None
    draft.claim(item, "group")
    draft.group(Dimension(field=entry.name, grain=grain), item)


def _sort(draft: Draft, at: int, item: Item) -> None:
    """ "by conversion", "sorted by budget": a sort key; what it names is explained with it."""
    following = draft.free(at + 1)
    if following is not None and following.op("by", "per"):
        draft.claim(following, "sort")
        following = draft.free(at + 2)
    directed = draft.item(at + 1)
    if directed is not None and directed.role in ("sort", "rank") and draft.rank is not None:
        draft.claim(item, "sort")  # "sort by lowest first": by what is shown
        return
    aggregate = following.first_of("aggregate") if following is not None else None
    if aggregate is not None and following is not None and aggregate.name == "count":
        after = draft.free(draft.items.index(following) + 1)
        if after is None or not draft.is_noun(after):
            draft.claim(following, "sort")
            draft.claim(item, "sort")
            draft.sort = Rank("", item, measure=Measure(fn="count"))
            return
    if aggregate is not None and following is not None:
        after = draft.free(draft.items.index(following) + 1)
        measure = _aggregated(draft, aggregate, after)
        if measure is not None and after is not None:
            draft.claim(following, "sort")
            draft.claim(after, "sort")
            draft.claim(item, "sort")
            draft.sort = Rank("", item, measure=measure)
        return
    measure, field = sort_key(draft, following)
    if following is None or (measure is None and field is None):
        return
    if field is not None and not draft.usable(field):
        return
    draft.claim(item, "sort")
    draft.claim(following, "sort")
    draft.sort = Rank("", following, measure=measure, field=field)


def _aggregated(draft: Draft, aggregate: Entry, after: Item | None) -> Measure | None:
    if after is None:
        return None
    if aggregate.name == "count" and draft.is_noun(after):
        return Measure(fn="count")
    fields = [e for e in after.of("field", draft.home) if draft.field_of(e.name).role == "number"]
    named = after.first_of("measure", draft.home)
    if fields:
        return Measure.model_validate({"fn": aggregate.name, "field": draft.pick(fields, after).name})
    return Measure(name=named.name) if named else None


def _beside(draft: Draft, item: Item, places: tuple[int, ...]) -> None:
    """ "city wise", "source mix": the field beside the word."""
    for place in places:
        holder = draft.free(place)
        entry = dimension_of(draft, holder)
        if entry is not None and holder is not None:
            draft.claim(item, "group")
            _group(draft, entry, holder)
            return
        if holder is not None and holder.of("grain"):
            draft.claim(item, "group")
            _grain(draft, place, holder)
            return
    if draft.dimensions or any(i.op("by", "per") for i in draft.items):
        draft.claim(item, "group")


def _shaped(draft: Draft, at: int) -> None:
    """ "stage funnel": the field before the word is what it goes through."""
    holder = draft.free(at - 1)
    entry = dimension_of(draft, holder)
    if entry is not None and holder is not None and not draft.is_noun(holder):
        _group(draft, entry, holder)


def _which(draft: Draft, at: int, item: Item) -> None:
    """ "which cities ...", "list all sources": a dimension asked for itself is a grouping."""
    following = draft.free(at + 1)
    if following is None or draft.is_noun(following):
        return
    entry = dimension_of(draft, following)
    if entry is not None and entry.name != draft.words.key:
        draft.claim(item, "shape")
        _group(draft, entry, following)


def _subject(draft: Draft) -> None:
    """ "cities with hot leads": a dimension that opens the prompt and has something is what is asked for."""
    for item in draft.items:
        entry = None if item.role or draft.is_noun(item) else dimension_of(draft, item)
        if entry is not None and _asks_values(draft, item, entry):
            _group(draft, entry, item)
            draft.present(entry.name)
            return
    first = next((at for at, item in enumerate(draft.items) if not item.of("filler")), 0)
    opening, after = draft.free(first), draft.item(first + 1)
    entry = dimension_of(draft, opening) if opening is not None and not draft.is_noun(opening) else None
    if (
        opening is not None
        and entry is not None
        and after is not None
        and (after.role == "group" or after.of("grain"))
    ):
        if _is_plural(opening):  # "loss reasons by city"
            _group(draft, entry, opening)
            draft.dimensions.insert(0, draft.dimensions.pop())
            draft.present(entry.name)
        return
    if opening is None or entry is None or after is None or not after.op("with", "where", "without"):
        return
    if any(draft.is_noun(later) for later in draft.items[first + 1 :]) and entry.name != draft.words.key:
        _group(draft, entry, opening)


def _is_plural(item: Item) -> bool:
    said = item.text.lower()
    return said.endswith("s") and not said.endswith("ss") and item.how != "exact"


def _asks_values(draft: Draft, item: Item, entry: Entry) -> bool:
    """ "cities", "the stages of leads": a plural dimension before the rows, or with nothing but
    a time and filters behind it, asks which there are."""
    field = draft.field_of(entry.name)
    if field.role == "time" or draft.dimensions or not _is_plural(item):
        return False
    at = draft.items.index(item)
    others = [i for i in draft.items if i is not item and not i.of("filler")]
    opens = all(i.start > item.start for i in others)
    rest = [i for i in others if i.role not in ("window", "time")]
    narrowed = opens and all(i.of("value", draft.home) or i.of("term", draft.home) for i in rest)
    noun_after = (
        bool(field.values) and at + 1 < len(draft.items) and draft.is_noun(draft.items[at + 1]) and at == 0
    )
    noun_before = bool(field.values) and at > 0 and draft.is_noun(draft.items[at - 1])
    return noun_after or noun_before or (narrowed and not any(map(draft.is_noun, rest)))


def _grain(draft: Draft, at: int, item: Item) -> None:
    entry = item.first_of("grain")
    field = time_field(draft, at)
    if entry is None or field is None or any(d.grain not in (None, entry.name) for d in draft.dimensions):
        return  # two grains ("day of week") say something else
    before = draft.free(at - 1)
    if before is not None and (before.op("by", "per") or any(e.name == "which" for e in before.of("shape"))):
        draft.claim(before, "group")
    elif draft.periods and draft.has_shape("growth"):
        draft.claim(item, "compare")  # "year on year growth" of two years: the periods are that already
        return
    draft.claim(item, "group")
    unit: Unit = entry.name  # type: ignore[assignment]  # the grains' names are the units
    draft.group(Dimension(field=field, grain=unit), item, f"by {entry.name}")
