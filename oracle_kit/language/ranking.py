"""Ends of an order: "top 5 cities by conversion", "worst three projects", "latest leads", "which
city has the most"."""

from __future__ import annotations

from oracle_kit.language.draft import RANKS, Draft, Rank
from oracle_kit.language.groupings import dimension_of, sort_key
from oracle_kit.language.items import Item
from oracle_kit.language.titles import measure_label
from oracle_kit.query import Dimension, Measure, Order

TOP_DEFAULT = 10
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
        rank = Rank(end, item, count=_count(draft, at))
        draft.claim(item, "rank")
        if draft.rank is None:
            draft.rank = rank
        _subject(draft, at, rank)
    _leading_count(draft)
    _who(draft)
    _direction_words(draft)


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
    after = draft.item(draft.step(at, 1) + 1)
    ranked = after is not None and draft.is_noun(after)
    ranked = ranked or any(draft.is_noun(before) for before in draft.items[:at])
    return not ranked and not _asks_which(draft)


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
        measure, field = sort_key(draft, item)
        entry = dimension_of(draft, item)
        if entry is not None and field is None and measure is None:
            _ranked_group(draft, entry.name, item, rank)
            return
        if measure is not None or field is not None:
            rank.measure, rank.field = measure, field
            draft.claim(item, "sort")
            return
        if not (item.of("value", draft.home) or item.of("term", draft.home)):
            return
        place += 1


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
    """ "who has the most": the owners are what is ranked."""
    who = draft.has_shape("who")
    name = owner_name(draft)
    if who is None or draft.rank is None or name is None or draft.dimensions:
        return
    draft.claim(who, "group")
    draft.group(Dimension(field=name), who)
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


def apply_order(draft: Draft) -> None:
    """Turn the rank and the sort key into order and limit, once groups and measures are known."""
    rank, key = draft.rank, draft.sort
    if rank is None and key is None:
        return
    asked = [one for one in (rank, key) if one is not None]
    several = rank is not None and rank.end in RANKS and len(draft.dimensions) > 1
    if several:
        _take_back(draft)
        return
    if rank is not None and rank.rows and draft.dimensions:
        _rows_in_groups(draft, rank)
        return
    measure = next((one.measure for one in asked if one.measure is not None), None)
    field = next((one.field for one in asked if one.field is not None), None)
    end = (rank.end if rank else "") or (key.end if key else "")
    if draft.dimensions:
        _order_groups(draft, measure, field, end)
    elif measure is not None and not _group_by_subject(draft):
        _take_back(draft)
        return
    elif measure is not None:
        _order_groups(draft, measure, field, end)
    else:
        _order_rows(draft, field, end)
    if rank is not None and rank.end in RANKS:
        _limit(draft, rank)


def _rows_in_groups(draft: Draft, rank: Rank) -> None:
    """ "top 5 leads per city" asks for rows within groups, which no query says: it is not understood."""
    draft.claim(rank.item, "")
    draft.rank = None


def _group_by_subject(draft: Draft) -> bool:
    """ "advisors ranked by win rate": a dimension that is said and still free is what is ranked."""
    for item in draft.items:
        entry = None if item.role else dimension_of(draft, item)
        if entry is not None:
            draft.claim(item, "group")
            draft.group(Dimension(field=entry.name), item)
            return True
    return False


def _take_back(draft: Draft) -> None:
    """A measure orders groups; with none, what asked for the order is not understood."""
    for item in draft.items:
        if item.role in ("sort", "rank"):
            draft.claim(item, "")
    draft.rank = draft.sort = None


def _order_groups(draft: Draft, measure: Measure | None, field: str | None, end: str) -> None:
    if measure is not None:
        draft.measure(measure, None)
    elif field is not None and field in {d.field for d in draft.dimensions}:
        draft.order = [Order(by=draft.dimensions[0].alias, descending=end in ("descending", "latest"))]
        return
    elif field is not None and draft.field_of(field).role == "number":
        measure = field_measure(draft, field)
        draft.measure(measure, None)
    elif not draft.measures:
        draft.measure(_best_measure(draft, end), None)
    by = measure or draft.measures[0]
    better = draft.measure_of(by.name).better if by.name else None
    draft.order = [Order(by=by.alias, descending=_descends(end, better))]


def _best_measure(draft: Draft, end: str) -> Measure:
    """What best and worst go by where no measure is said: the declared one, else the default measure."""
    best = draft.words.best
    if end in ("best", "worst") and best is not None and best.by in {m.name for m in draft.words.measures}:
        return Measure(name=best.by)
    if end in ("best", "worst") and draft.rank is not None:
        label = measure_label(draft.words.default_measure, draft.words).lower()
        draft.reservations.append(f"“{draft.rank.item.text}” goes by {label}: no other measure is said.")
    return draft.words.default_measure


def field_measure(draft: Draft, field: str) -> Measure:
    """A number field as a measure of groups: an average where it is a grade, else a total."""
    words = draft.field_of(field)
    graded = words.better is not None or (words.unit or "") in ("score", "percent", "fraction", "rating")
    return Measure(fn="avg" if graded else "sum", field=field)


def _order_rows(draft: Draft, field: str | None, end: str) -> None:
    if end in ("latest", "oldest"):
        field = field or _time(draft)
        if field is not None:
            draft.order = [Order(by=field, descending=end == "latest")]
        return
    if field is not None:
        better = draft.field_of(field).better
        draft.order = [Order(by=field, descending=_descends(end, better))]
        return
    best = draft.words.best
    if best is not None and best.by in {f.name for f in draft.words.fields}:
        worst = end in ("worst", "bottom", "fewest")
        draft.order = [best.model_copy(update={"descending": best.descending != worst})]
        if end != "first":
            draft.chip(f"best by {draft.field_of(best.by).label}", None, field=best.by, op="sort")


def _time(draft: Draft) -> str | None:
    said = [e.name for i in draft.items for e in i.of("past", draft.home) if i.role in ("", "time")]
    for item in draft.items:
        if item.role == "" and item.of("past", draft.home):
            draft.claim(item, "time")
    return said[0] if said else draft.words.default_time


def _descends(end: str, better: str | None) -> bool:
    if end == "best":
        return better != "low"
    if end == "worst":
        return better == "low"
    return end not in ("bottom", "fewest", "ascending", "oldest")


def _limit(draft: Draft, rank: Rank) -> None:
    count = rank.count
    if count is None and any(i.op("first") and i is not rank.item for i in draft.items):
        return  # "highest first" orders and cuts nothing
    if count is None and rank.end in ("latest", "oldest") and not draft.dimensions:
        count = None if _plural_subject(draft) else 1
    elif count is None:
        count = TOP_DEFAULT if _plural_subject(draft) else 1
        draft.chip(f"top {count}", None, op="limit", values=(count,))
    if count is not None:
        draft.limit = count
        if rank.count is not None:
            draft.chip(f"{rank.end} {count}", rank.item, op="limit", values=(count,))


def _plural_subject(draft: Draft) -> bool:
    """Whether what is ranked was said in the plural: "top cities", "latest leads"."""
    subject = (
        [i for i in draft.items if i.role == "group"]
        if draft.dimensions
        else [i for i in draft.items if draft.is_noun(i)]
    )
    return not subject or any(i.text.lower().endswith("s") for i in subject)
