"""Order and limit, once groups and measures are known; what cannot be ordered so is given back."""

from __future__ import annotations

from oracle_kit.language.draft import RANKS, Draft, Rank
from oracle_kit.language.groupings import dimension_of
from oracle_kit.language.titles import measure_label
from oracle_kit.query import Dimension, Measure, Order

TOP_DEFAULT = 10


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
    if measure is not None and field is not None:  # one word for both: "psf" of groups and of rows
        measure, field = (measure, None) if draft.dimensions else (None, field)
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
        draft.order = [
            Order(by=draft.dimensions[0].alias, descending=end in ("descending", "latest", "last"))
        ]
        return
    elif field is not None and draft.field_of(field).role == "number":
        priced = draft.rank is not None and draft.rank.end in ("dearest", "cheapest")
        measure = Measure(fn="avg", field=field) if priced else field_measure(draft, field)
        draft.measure(measure, None)
    elif not draft.measures:
        if end in ("best", "worst") and draft.words.best is None:
            _take_back(draft)  # nothing says what is good here
            return
        draft.measure(_best_measure(draft, end), None)
    by = measure or draft.measures[0]
    if measure is None and len(draft.measures) > 1:
        draft.reservations.append(f"The order goes by {measure_label(by, draft.words).lower()}, said first.")
    better = draft.measure_of(by.name).better if by.name else None
    draft.order = [Order(by=by.alias, descending=_descends(end, better))]


def _best_measure(draft: Draft, end: str) -> Measure:
    """What best and worst go by where no measure is said: the declared one, else the default measure."""
    best = draft.words.best_of_groups or (draft.words.best.by if draft.words.best else "")
    if end in ("best", "worst") and best in {m.name for m in draft.words.measures}:
        return Measure(name=best)
    if end in ("best", "worst") and draft.rank is not None:
        label = measure_label(draft.words.default_measure, draft.words).lower()
        draft.reservations.append(f"“{draft.rank.item.text}” goes by {label}: no other measure is said.")
    return draft.words.default_measure


def field_measure(draft: Draft, field: str) -> Measure:
    """A number field as a measure of groups: an average where it is a grade, else a total."""
    words = draft.field_of(field)
    unit = words.unit or ""
    graded = (
        words.better is not None or "/" in unit or unit in ("score", "percent", "fraction", "rating", "day")
    )
    return Measure(fn="avg" if graded else "sum", field=field)


def _order_rows(draft: Draft, field: str | None, end: str) -> None:
    if end in ("latest", "last", "oldest"):
        field = field or _time(draft)
        if field is not None:
            draft.order = [Order(by=field, descending=end != "oldest")]
        return
    if field is not None:
        better = draft.field_of(field).better
        draft.order = [Order(by=field, descending=_descends(end, better))]
        return
    best = draft.words.best
    if end == "first" or end in ("ascending", "descending"):
        if end == "first" and draft.rank is not None and draft.rank.count is not None:
            draft.reservations.append("Rows are ordered as usual: nothing says what “first” goes by.")
        return
    if best is None:
        draft.reservations.append(f"Rows are ordered as usual: nothing says what “{end}” goes by.")
    elif best.by in {f.name for f in draft.words.fields}:
        worst = end in ("worst", "bottom", "fewest")
        draft.order = [best.model_copy(update={"descending": best.descending != worst})]
        draft.chip(f"best by {draft.field_of(best.by).label}", None, field=best.by, op="sort")
    else:
        draft.group(Dimension(field=draft.words.key), None)
        _order_groups(draft, Measure(name=best.by), None, end)


def _time(draft: Draft) -> str | None:
    said = [e.name for i in draft.items for e in i.of("past", draft.home) if i.role in ("", "time")]
    for item in draft.items:
        if item.role == "" and item.of("past", draft.home):
            draft.claim(item, "time")
    narrowed = [
        draft.term_of(e.name).time
        for i in draft.items
        if i.role == "filter"
        for e in i.of("term", draft.home)
    ]
    return next((name for name in (*said, *narrowed) if name), draft.words.default_time)


def _descends(end: str, better: str | None) -> bool:
    if end == "best":
        return better != "low"
    if end == "worst":
        return better == "low"
    return end not in ("bottom", "fewest", "cheapest", "shortest", "ascending", "oldest")


def _limit(draft: Draft, rank: Rank) -> None:
    _named_groups(draft)
    count = rank.count
    if count is None and any(i.op("first") and i is not rank.item for i in draft.items):
        return  # "highest first" orders and cuts nothing
    if count is None and rank.end in ("latest", "last", "oldest") and not draft.dimensions:
        count = None if _plural_subject(draft) else 1
    elif count is None:
        count = TOP_DEFAULT if _plural_subject(draft) else 1
        draft.chip(f"top {count}", None, op="limit", values=(count,))
    if count is not None:
        draft.limit = count
        if rank.count is not None:
            draft.chip(f"{rank.end} {count}", rank.item, op="limit", values=(count,))


def _named_groups(draft: Draft) -> None:
    """What is ranked has a name: rows without one are no group among the first."""
    if len(draft.dimensions) == 1:
        draft.present(draft.dimensions[0].field)


def _plural_subject(draft: Draft) -> bool:
    """Whether what is ranked was said in the plural: "top cities", "latest leads"."""
    subject = (
        [i for i in draft.items if i.role == "group"]
        if draft.dimensions
        else [i for i in draft.items if draft.is_noun(i)]
    )
    return not subject or any(i.text.lower().endswith("s") for i in subject)
