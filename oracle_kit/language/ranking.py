"""Ends of an order: "top 5 cities by conversion", "worst three projects", "latest leads", "which
city has the most"."""

from __future__ import annotations

from oracle_kit.language.draft import RANKS, Draft, Rank
from oracle_kit.language.groupings import dimension_of, sort_key
from oracle_kit.language.items import Item
from oracle_kit.query import Dimension, Measure

_MONEY_ENDS = ("dearest", "cheapest")
_LENGTH_ENDS = ("longest", "shortest")
_AREAS = ("sqft", "sqm")
_DURATIONS = ("second", "seconds", "s", "minute", "minutes", "min", "hour", "hours", "h", "day", "days")
COUNTED = ("most", "fewest")  # "the most leads" counts them


def claim_ranks(draft: Draft) -> None:
    """Read the first word that asks for one end of an order, its count, its subject and its key."""
    for at, item in list(draft.unclaimed()):
        end = item.op(*RANKS)
        if end is None or item.of("field", draft.home) or _is_aggregate(draft, at, item):
            continue
        if draft.rank is not None and end == "first":
            draft.claim(item, "rank")
            continue
        if end == "last" and not _counted_rows(draft, at):
            continue
        if draft.rank is not None:
            _second(draft, at, item, end)
            continue
        draft.rank = Rank(end, item, count=_count(draft, at))
        draft.claim(item, "rank")
        _subject(draft, at, draft.rank)
    _by_unit(draft)
    _leading_count(draft)
    _who(draft)
    _direction_words(draft)


def _counted_rows(draft: Draft, at: int) -> bool:
    """Whether rows follow, or so many of them: "last 5 visits", not "last monsoon"."""
    place = at + (2 if _numbers_near(draft, at) is draft.item(at + 1) else 1)
    while (item := draft.free(place)) is not None and not draft.is_noun(item):
        if not (item.of("value", draft.home) or item.of("term", draft.home)):
            return False
        place += 1
    return item is not None


def _second(draft: Draft, at: int, item: Item, end: str) -> None:
    """ "with the highest number, top 3": a further word for the same end says how many; one for another
    end is left, so that it is told."""
    rank = draft.rank
    low = ("bottom", "fewest", "worst", "oldest", "cheapest", "shortest")
    if rank is None or (rank.end in low) != (end in low):
        return
    draft.claim(item, "rank")
    rank.count = rank.count or _count(draft, at)


def _is_aggregate(draft: Draft, at: int, item: Item) -> bool:
    """ "highest budget" with neither rows nor groups to rank is one number: the maximum."""
    if (
        not any(e.name in ("max", "min") for e in item.of("aggregate"))
        and item.op("top", "bottom", "most", "fewest") is None
    ):
        return False
    following = draft.free(draft.step(at, 1))
    if _numbers_near(draft, at):
        return False
    before = draft.free(at - 1)
    if following is None and before is not None:
        return any(draft.field_of(e.name).role == "number" for e in before.of("field", draft.home))
    if following is None:
        return False
    fields = [e for e in following.of("field", draft.home) if draft.field_of(e.name).role == "number"]
    if not fields:
        return False
    place = draft.step(at, 1) + 1
    while (after := draft.item(place)) is not None and _is_filter(draft, after):
        place += 1
    ranked = after is not None and draft.is_noun(after)
    ranked = ranked or any(draft.is_noun(before) for before in draft.items[:at])
    return not ranked and not _asks_which(draft)


def _is_filter(draft: Draft, item: Item) -> bool:
    filters = item.of("value", draft.home) or item.of("term", draft.home)
    return bool(filters) and not draft.is_noun(item)


def _asks_which(draft: Draft) -> bool:
    return draft.has_shape("which", "list") is not None


def _numbers_near(draft: Draft, at: int) -> Item | None:
    for place in (at + 1, at - 1):
        item = draft.free(place)
        if item is not None and item.of("number") and not any(e.unit for e in item.of("number")):
            return item
    return None


def _count(draft: Draft, at: int) -> int | None:
    item = _numbers_near(draft, at)
    entry = item.first_of("number") if item is not None else None
    if item is None or entry is None or not float(str(entry.value)).is_integer():
        return None
    draft.claim(item, "limit")
    return max(1, int(float(str(entry.value))))


def _subject(draft: Draft, at: int, rank: Rank) -> None:
    """What stands after the rank word: a dimension to group by, a measure or field to order by, or
    the rows."""
    place = at + 1
    while (item := draft.item(place)) is not None:
        if item.role == "limit" or item.op("by", "per", "with"):
            if item.op("by", "per", "with") and not item.role:
                return
            place += 1
            continue
        if item.role:
            return
        if draft.is_noun(item) and not item.of("field", draft.home):
            rank.rows = rank.end not in COUNTED
            if rank.end in COUNTED and rank.count is None:
                rank.measure = _counted(draft, item)
            return
        if draft.narrows(item):
            rank.field = _degree(draft, item) if rank.end in COUNTED else None
            if rank.field is not None:
                rank.rows = True
                return
            place += 1
            continue
        measure, field = sort_key(draft, item)
        entry = dimension_of(draft, item)
        keyed = any(later.op("by", "sort") for later in draft.items[place + 1 :])
        if entry is not None and field is None and (measure is None or keyed):
            _ranked_group(draft, entry.name, item, rank)
            return
        if measure is not None or field is not None:
            rank.measure, rank.field = measure, field
            draft.claim(item, "sort")
            _rated_group(draft, place + 1, rank)
            return
        if not (item.of("value", draft.home) or item.of("term", draft.home)):
            return
        place += 1


def _degree(draft: Draft, item: Item) -> str | None:
    """ "most overdue": the number field that says how much of the term a row is."""
    terms = {e.name for e in item.of("term", draft.home)}
    return next((f.name for f in draft.words.fields if f.within in terms and f.role == "number"), None)


def _rated_group(draft: Draft, at: int, rank: Rank) -> None:
    """ "worst rated clerk", "top revenue stations": the dimension right after the key is what is ranked."""
    item = draft.free(at)
    entry = dimension_of(draft, item)
    if item is not None and entry is not None and not draft.is_noun(item):
        _ranked_group(draft, entry.name, item, rank)


def _counted(draft: Draft, item: Item) -> Measure:
    """What "the most ..." counts: the measure of the noun's own name, the rows, or what a term stands for."""
    named = item.first_of("measure", draft.home)
    if named is not None:
        return Measure(name=named.name)
    return Measure(fn="count") if item.of("dataset", draft.home) else draft.words.default_measure


def _ranked_group(draft: Draft, name: str, item: Item, rank: Rank) -> None:
    if name == draft.words.key:
        return
    draft.claim(item, "group")
    draft.group(Dimension(field=name), item)
    if rank.count is None and not item.text.lower().endswith("s"):
        rank.count = 1


def _by_unit(draft: Draft) -> None:
    """ "cheapest", "longest": by the field of money or of time that there is; not understood when none."""
    rank = draft.rank
    if rank is None or rank.field or rank.measure:
        return
    if rank.item.op("sized") and not draft.dimensions:
        _by_size(draft, rank)
        return
    if rank.end not in (*_MONEY_ENDS, *_LENGTH_ENDS):
        return
    units = draft.currencies if rank.end in _MONEY_ENDS else frozenset(_DURATIONS)
    fields = [f for f in draft.words.fields if f.role == "number" and f.unit in units]
    declared = [f for f in fields if f.name in {d.name for d in draft.words.defaults}]
    if not fields:
        draft.claim(rank.item, "")
        draft.rank = None
        return
    rank.field = (declared or fields)[0].name
    draft.chip(f"by {draft.field_of(rank.field).label}", rank.item, field=rank.field, op="sort")


def _by_size(draft: Draft, rank: Rank) -> None:
    """ "largest flats": by their area, where rows have one."""
    sizes = [f for f in draft.words.fields if f.role == "number" and f.own and f.unit in _AREAS]
    if sizes:
        rank.field = sizes[0].name
        draft.chip(f"by {sizes[0].label}", rank.item, field=rank.field, op="sort")


def _leading_count(draft: Draft) -> None:
    """ "5 hot leads": a number before the rows, over their adjectives, is how many to list."""
    for at, item in list(draft.unclaimed()):
        number = item.first_of("number")
        if (
            draft.rank is not None
            or number is None
            or number.unit
            or not float(str(number.value)).is_integer()
        ):
            continue
        place = at + 1
        while (after := draft.free(place)) is not None and not draft.is_noun(after):
            if not (after.of("value", draft.home) or after.of("term", draft.home)):
                break
            place += 1
        if (
            after is not None
            and draft.is_noun(after)
            and (at == 0 or draft.items[at - 1].role in ("", "filler"))
        ):
            draft.claim(item, "limit")
            draft.rank = Rank("first", item, count=max(1, int(float(str(number.value)))))


def _who(draft: Draft) -> None:
    """ "who has the most", "who has overdue ...": the owners are what is asked for."""
    who = draft.has_shape("who")
    name = owner_name(draft)
    if who is None or name is None or draft.dimensions:
        return
    after = draft.item(draft.items.index(who) + 1)
    if draft.rank is None and (after is None or not after.op("with")):
        return
    draft.claim(who, "group")
    draft.group(Dimension(field=name), who)
    if draft.rank is not None:
        draft.rank.count = draft.rank.count or 1


def owner_name(draft: Draft) -> str | None:
    """The field that names the owner: the text field that shares the owner field's stem, else the
    owner field."""
    owner = draft.words.owner
    if owner is None:
        return None
    stem = owner.rsplit("_", 1)[0]
    named = [f.name for f in draft.words.fields if f.type == "text" and f.name.startswith(stem)]
    return named[0] if named else owner


def _direction_words(draft: Draft) -> None:
    for _, item in list(draft.unclaimed()):
        if item.op("ascending", "descending"):
            draft.claim(item, "sort")
            if draft.sort is not None:
                draft.sort.end = item.op("ascending", "descending") or ""
            elif draft.rank is None:
                draft.rank = Rank(item.op("ascending", "descending") or "", item)
