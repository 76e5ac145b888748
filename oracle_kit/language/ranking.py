"""Ends of an order: "top 5 cities by conversion", "worst three projects", "latest leads", "which
city has the most"."""

from __future__ import annotations

from oracle_kit.language.draft import RANKS, Draft, Rank
from oracle_kit.language.groupings import dimension_of, sort_key
from oracle_kit.language.items import Item
from oracle_kit.query import Dimension, Measure, Order

TOP_DEFAULT = 10


def claim_ranks(draft: Draft) -> None:
    """Read the first word that asks for one end of an order, its count, its subject and its key."""
    for at, item in list(draft.unclaimed()):
        end = item.op(*RANKS)
        if end is None or item.of("field", draft.home) or _is_aggregate(draft, at, item):
            continue
        rank = Rank(end, item, count=_count(draft, at))
        draft.claim(item, "rank")
        if draft.rank is None:
            draft.rank = rank
        _subject(draft, at, rank)
    _direction_words(draft)


def _is_aggregate(draft: Draft, at: int, item: Item) -> bool:
    """ "highest budget" with neither rows nor groups to rank is one number: the maximum."""
    if not any(e.name in ("max", "min") for e in item.of("aggregate")) and item.op("top", "bottom") is None:
        return False
    following = draft.free(draft.step(at, 1))
    if following is None or _numbers_near(draft, at):
        return False
    fields = [e for e in following.of("field", draft.home) if draft.field_of(e.name).role == "number"]
    if not fields:
        return False
    after = draft.item(draft.step(at, 1) + 1)
    ranked = after is not None and draft.is_noun(after)
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
        if item.role == "limit" or item.op("by", "with"):
            if item.op("by", "with") and not item.role:
                return
            place += 1
            continue
        if item.role:
            return
        if draft.is_noun(item) and not item.of("field", draft.home):
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


def _ranked_group(draft: Draft, name: str, item: Item, rank: Rank) -> None:
    if name == draft.words.key:
        return
    draft.claim(item, "group")
    draft.group(Dimension(field=name), item)
    if rank.count is None and not item.text.lower().endswith("s"):
        rank.count = 1


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
    measure = (rank and rank.measure) or (key and key.measure)
    field = (rank and rank.field) or (key and key.field)
    end = (rank.end if rank else "") or (key.end if key else "")
    if draft.dimensions:
        _order_groups(draft, measure, field, end)
    elif measure is not None:
        _take_back(draft)
        return
    else:
        _order_rows(draft, field, end)
    if rank is not None and rank.end in RANKS:
        _limit(draft, rank)


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
        measure = _field_measure(draft, field)
        draft.measure(measure, None)
    elif not draft.measures:
        draft.measure(draft.words.default_measure, None)
    by = measure or draft.measures[0]
    better = draft.measure_of(by.name).better if by.name else None
    draft.order = [Order(by=by.alias, descending=_descends(end, better))]


def _field_measure(draft: Draft, field: str) -> Measure:
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
    if best is not None:
        worst = end in ("worst", "bottom")
        draft.order = [best.model_copy(update={"descending": best.descending != worst})]
        if end != "first" and best.by in {f.name for f in draft.words.fields}:
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
    return end not in ("bottom", "ascending", "oldest")


def _limit(draft: Draft, rank: Rank) -> None:
    count = rank.count
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
