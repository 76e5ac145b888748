"""The shape of an answer: one number, groups, a trend, rows; and the words that only ask for a shape."""

from __future__ import annotations

from oracle_kit.language.draft import Condition, Draft
from oracle_kit.language.items import Item
from oracle_kit.language.titles import measure_label
from oracle_kit.query import Dimension, Measure, Order, Predicate

LIST_LIMIT = 50
LISTS = ("list", "timeline", "activity")  # shapes that show rows
_SHAPES = {
    "trend": "trend",
    "funnel": "funnel",
    "map": "map",
    "board": "board",
    "timeline": "timeline",
    "activity": "activity",
}


def claim_shape(draft: Draft) -> None:
    """Decide the shape, add the grouping or measure that it needs, and explain the words that
    asked for it."""
    for _, item in list(draft.unclaimed()):
        _shape_word(draft, item)
    if draft.shape == "trend" or (draft.running and not draft.dimensions):
        _trend(draft)
    elif draft.shape in ("funnel", "board", "map"):
        _staged(draft)
    draft.shape = draft.shape or _plain_shape(draft)
    if draft.shape not in LISTS and not draft.measures:
        _default_measure(draft)


def _shape_word(draft: Draft, item: Item) -> None:
    if item.before in draft.restricting and item.last == item.first and item.of("kind"):
        return
    for entry in item.of("shape"):
        if entry.name in _SHAPES:
            draft.shape = draft.shape or _SHAPES[entry.name]
        elif entry.name == "growth" and draft.rank is not None and draft.dimensions and not draft.periods:
            return  # "highest drop": no query orders by a change
        elif entry.name == "growth":
            draft.shape = draft.shape or ("" if draft.periods else "trend")
        elif entry.name == "amount":
            draft.amount = draft.counting = True
        elif entry.name in ("share", "split"):
            return
        draft.claim(item, "shape")
        return
    kind = item.first_of("kind")
    if kind is not None and item.before not in draft.restricting:
        draft.claim(item, "shape")
        draft.kind = draft.kind or kind.name
        if kind.name == "line_chart" and not draft.shape and not draft.dimensions:
            draft.shape = "trend"


def _trend(draft: Draft) -> None:
    if any(d.grain for d in draft.dimensions):
        return
    field = _time(draft)
    if field is None:
        draft.shape = ""
        return
    draft.dimensions.insert(0, Dimension(field=field, grain="month"))
    draft.chip("by month", None, field=field, op="group")


def _time(draft: Draft) -> str | None:
    if draft.window is not None:
        return draft.window.field
    for measure in draft.measures:
        if measure.name and draft.measure_of(measure.name).time:
            return draft.measure_of(measure.name).time
    return draft.words.default_time


def _staged(draft: Draft) -> None:
    """A funnel and a board need a closed list of stages, a map a grouping: the default dimension
    unless one is said."""
    if draft.dimensions:
        return
    closed = sorted((f for f in draft.words.fields if f.listed), key=lambda f: -len(f.values))
    listed = [f.name for f in closed]
    default = draft.words.default_dimension
    if default is not None and (draft.shape == "map" or draft.field_of(default.field).listed):
        draft.group(default, None)
    elif listed and draft.shape != "map":
        draft.group(Dimension(field=listed[0]), None)
    else:
        draft.shape = ""


def _plain_shape(draft: Draft) -> str:
    if draft.comparing or draft.periods:
        return "comparison"
    if any(d.grain for d in draft.dimensions):
        return "trend"
    if draft.dimensions:
        return "share" if draft.share else "breakdown"
    if draft.counting or draft.measures:
        return "number"
    return "list"


def _default_measure(draft: Draft) -> None:
    """The measure that the noun itself names when counted, else the dataset's default."""
    if draft.counting and not draft.amount:
        draft.measure(Measure(fn="count"), None)
        return
    usual = draft.words.default_measure
    draft.measures.append(usual)
    if (draft.dimensions or draft.periods) and not _counts(draft):
        # rows said by their noun are counted first; the other figure stands beside it
        rows = any(item.of("dataset", draft.home) for item in draft.items) and not _stands_for(draft)
        draft.measures.insert(0 if rows else 1, Measure(fn="count"))
    draft.chip(
        measure_label(draft.measures[0], draft.words), None, field=draft.measures[0].alias, op="measure"
    )


def _stands_for(draft: Draft) -> bool:
    """Whether a term that stands for the rows is said: it brings the usual measure with it."""
    return any(draft.term_of(e.name).noun for item in draft.items for e in item.of("term", draft.home))


def _counts(draft: Draft) -> bool:
    measure = draft.words.default_measure
    return measure.fn == "count" or bool(measure.name and draft.measure_of(measure.name).type == "integer")


def claim_columns(draft: Draft) -> None:
    """In a list, fields that are said are columns; nouns and ids that every row has say nothing more."""
    for at, item in list(draft.unclaimed()):
        if draft.is_noun(item) and not _term_only(draft, item):
            draft.claim(item, "noun")
        elif item.of("field", draft.home) and draft.shape in LISTS:
            _column(draft, at, item)
        elif item.elsewhere and _is_parent(draft, item) and _belongs(draft, at):
            draft.claim(item, "glue")
        elif item.op("and", "or", "is", "where", "with", "by", "per"):
            _glue(draft, at, item)
        elif (
            item.of("filler")
            or any(e.name == "list" for e in item.of("shape"))
            or any(e.name in ("which", "who", "list") for e in item.of("shape"))
        ):
            draft.claim(item, "filler")
    if draft.shape in LISTS:
        _columns(draft)


def _term_only(draft: Draft, item: Item) -> bool:
    return not item.of("dataset", draft.home)


def _column(draft: Draft, at: int, item: Item) -> None:
    before = draft.item(at - 1)
    if before is not None and not before.role and before.op("without", "not", "except", "never", "by", "per"):
        return
    if item.elsewhere and not _belongs(draft, at):
        return  # a noun of other rows is a question of its own, not a column
    entry = draft.pick(item.of("field", draft.home), item)
    draft.claim(item, "column")
    draft.usable(entry.name)  # personal data that is masked is not handed out as a column that was asked for
    if entry.name not in draft.columns:
        draft.columns.append(entry.name)


def _is_parent(draft: Draft, item: Item) -> bool:
    """Whether the item names the rows that this dataset's rows hang on: "calls of NRI leads"."""
    return any(draft.field_of(e.name).role == "id" for e in item.of("field", draft.home))


def _belongs(draft: Draft, at: int) -> bool:
    """Whether the item, with filters before it, is tied to what was said: "for high-intent NRI buyers"."""
    while at > 0 and draft.items[at].before not in draft.belonging:
        before = draft.items[at - 1]
        if before.role != "filter" and not before.op("and", "or"):
            return False
        at -= 1
    return draft.items[at].before in draft.belonging


def _glue(draft: Draft, at: int, item: Item) -> None:
    """Joining words are explained when what they join is; "by" only if something was grouped."""
    if at == 0 and item.op("where"):
        return  # "where do ... come from" asks something else
    if item.op("by", "per"):
        neighbour = draft.item(at + 1)
        joined = ("group", "sort", "filter", "compared") if item.op("by") else ("group",)
        if neighbour is None or not neighbour.role or neighbour.role in joined:
            draft.claim(item, "glue")  # "leads by brokers" come from them, "visits per booking" do not
        return
    draft.claim(item, "glue")


def _columns(draft: Draft) -> None:
    words = draft.words
    sorted_by = [order.by for order in draft.order]
    tested = [name for name in sorted_by if name in {f.name for f in words.fields}]
    chosen = [words.key, *(draft.columns or ()), *words.list_columns, *tested]
    draft.columns = list(dict.fromkeys(chosen))
    if not draft.order:
        draft.order = list(words.list_order)
    draft.order = _tied_by_key(draft.order, words.key)


def _tied_by_key(order: list[Order], key: str) -> list[Order]:
    return order if any(o.by == key for o in order) else [*order, Order(by=key)]


def _timed_groups(draft: Draft) -> None:
    """Rows to which nothing happened yet are in no month: "units sold by month" leaves the unsold out."""
    windows = (*draft.periods, *((draft.window,) if draft.window is not None else ()))
    told = {window.field for window in windows} | {draft.words.default_time}
    for dimension in draft.dimensions if draft.shape not in LISTS else ():
        if dimension.grain and dimension.field not in told:
            where = Predicate(field=dimension.field, op="not_null")
            draft.conditions.append(Condition(where, (len(draft.items),), ""))


def order_groups(draft: Draft) -> None:
    """Groups without an order: a closed list and time keep their own, the rest go by the first measure."""
    _timed_groups(draft)
    if draft.order or not draft.dimensions or draft.shape in LISTS:
        return
    first = next((d for d in draft.dimensions if d.grain), draft.dimensions[0])
    if first.grain or draft.field_of(first.field).role == "time":
        draft.order = [Order(by=first.alias)]
    elif not draft.field_of(first.field).listed and draft.measures:
        draft.order = [Order(by=draft.measures[0].alias, descending=True)]
