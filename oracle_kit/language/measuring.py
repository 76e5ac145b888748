"""What is measured: "how many", "average budget", "total amount", "conversion", "share of NRI leads"."""

from __future__ import annotations

from oracle_kit.language.draft import Condition, Draft
from oracle_kit.language.groupings import dimension_of
from oracle_kit.language.items import Item
from oracle_kit.language.ordering import field_measure
from oracle_kit.language.titles import measure_label
from oracle_kit.model import Entry
from oracle_kit.query import Measure, conjunction
from oracle_kit.words import within


def claim_measures(draft: Draft) -> None:
    """Read aggregates, named measures and counts as measures."""
    for at, item in list(draft.unclaimed()):
        aggregate = item.first_of("aggregate")
        if item.role or aggregate is None or item.of("field", draft.home) or item.of("measure", draft.home):
            continue
        if aggregate.name in ("count", "count_distinct"):
            _count(draft, at, item, aggregate)
        else:
            _aggregate(draft, at, item)
    for _, item in list(draft.unclaimed()):
        _named(draft, item)
    for _, item in list(draft.unclaimed()):
        _flag(draft, item)


def _count(draft: Draft, at: int, item: Item, aggregate: Entry) -> None:
    """ "how many leads", "number of bookings", "how many cities"."""
    draft.claim(item, "measure")
    draft.counting = True
    place = at + 1
    while (following := draft.free(place)) is not None:
        named = following.first_of("measure", draft.home)
        if named is not None and not (following.of("value", draft.home) and not draft.is_noun(following)):
            draft.measure(Measure(name=named.name), following)
            if not draft.is_noun(following):
                draft.claim(following, "measure")
            return
        if draft.is_noun(following):
            draft.measure(Measure(fn="count"), item)
            return
        entry = dimension_of(draft, following)
        if entry is not None and draft.usable(entry.name) and not _noun_after(draft, place):
            draft.claim(following, "measure")
            draft.measure(Measure(fn="count_distinct", field=entry.name), following)
            return
        if aggregate.name == "count_distinct" or not (
            following.of("value", draft.home) or following.of("term", draft.home)
        ):
            break
        place += 1
    draft.measure(Measure(fn="count"), item)


def _noun_after(draft: Draft, at: int) -> bool:
    after = draft.item(at + 1)
    return after is not None and draft.is_noun(after)


def _aggregate(draft: Draft, at: int, item: Item) -> None:
    """ "average budget", "total pipeline value", "budget on average": the number field or measure beside."""
    after = draft.free(at + 1)
    over = at + 2 if after is not None and draft.is_noun(after) and not _numbers(draft, after) else at + 1
    for place in dict.fromkeys((over, at - 1)):
        holder = draft.free(place)
        if holder is None:
            continue
        fields = _numbers(draft, holder)
        if fields:
            name = draft.pick(fields, holder).name
            if not draft.usable(name):
                return
            fn = item.of("aggregate")[0].name
            draft.claim(item, "measure")
            draft.claim(holder, "measure")
            draft.measure(Measure.model_validate({"fn": fn, "field": name}), holder)
            return
        total = any(e.name == "sum" for e in item.of("aggregate"))
        named = holder.first_of("measure", draft.home)
        if named is not None and (total or not draft.measure_of(named.name).additive):
            draft.claim(item, "measure")
            if not draft.is_noun(holder):
                draft.claim(holder, "measure")
            draft.measure(Measure(name=named.name), holder)
            draft.counting = True
            return
    if any(e.name == "sum" for e in item.of("aggregate")) and draft.has_noun():
        draft.claim(item, "measure")
        draft.counting = True
        rows = after.first_of("measure", draft.home) if after is not None and draft.is_noun(after) else None
        if rows is not None:  # "total leads, total bookings": the rows are one of several figures
            draft.measure(Measure(name=rows.name), item)


def _numbers(draft: Draft, item: Item) -> list[Entry]:
    """The number fields that an item names."""
    return [e for e in item.of("field", draft.home) if draft.field_of(e.name).role == "number"]


def _named(draft: Draft, item: Item) -> None:
    """A measure said by name; a word that is also the noun or a value is left to those."""
    named = item.first_of("measure", draft.home)
    if item.role or named is None or draft.is_noun(item) or item.of("value", draft.home):
        return
    if item.of("field", draft.home) and _lists(draft):
        return
    draft.claim(item, "measure")
    draft.measure(Measure(name=named.name), item)
    if any(item.text.lower().endswith(f" {phrase}") for phrase in draft.trends):
        draft.shape = draft.shape or "trend"


def _lists(draft: Draft) -> bool:
    return not draft.dimensions and not draft.counting and draft.has_shape("list") is not None


def claim_number_fields(draft: Draft) -> None:
    """ "budget by city": a number field with groups and no aggregate is shown as total and average, a grade as its
    average."""
    if not draft.dimensions or draft.measures:
        return
    for _, item in list(draft.unclaimed()):
        fields = _numbers(draft, item)
        if not fields or draft.narrows(item):
            continue
        name = draft.pick(fields, item).name
        if not draft.usable(name):
            continue
        first = field_measure(draft, name)
        draft.claim(item, "measure")
        draft.measure(first, item)
        further = ""
        if first.fn == "sum":  # a total of grades says nothing
            draft.measure(Measure(fn="avg", field=name), item)
            further = "; the other column shows the average"
        label = measure_label(first, draft.words)
        draft.reservations.append(f"“{item.text}” is read as {within(label)}{further}.")


def _flag(draft: Draft, item: Item) -> None:
    """Words that ask for shares, running totals or a trend."""
    names = {e.name for e in item.of("shape")}
    if "running" in names:
        draft.running = True
        draft.claim(item, "shape")
    elif names & {"share", "split"}:
        draft.share = True
        draft.claim(item, "share")


def apply_share(draft: Draft) -> None:
    """A share of groups, or of the filtered rows in all: "what percentage of leads are NRI"."""
    if not draft.share:
        return
    item = next(i for i in draft.items if i.role == "share")
    if draft.measures and all(_is_rate(draft, measure) for measure in draft.measures):
        draft.share = False  # "win rate by city in %" is one already
        return
    numerator = _numerator(draft, draft.items.index(item))
    whole = any(e.name == "split" for e in item.of("shape"))
    if draft.dimensions and (whole or numerator is None or not _is_percentage(draft, numerator)):
        return
    if numerator is None:
        draft.claim(item, "")  # a share of nothing said: not understood
        return
    draft.share = False
    parts = _together(draft, numerator)
    draft.conditions = [c for c in draft.conditions if c not in parts]
    base = draft.measures[0] if draft.measures else Measure(fn="count")
    where = conjunction(base.where, *(part.where for part in parts))
    label = " ".join(part.label for part in parts)
    _say_whole(draft, parts, label)
    share = base.model_copy(update={"where": where, "of_all": True, "label": f"Share: {label}"})
    draft.measures = [share, *draft.measures[1:]]
    draft.counting = True
    draft.chip(f"share: {label}", item, op="measure")


def _say_whole(draft: Draft, parts: list[Condition], label: str) -> None:
    """ "% of NRI leads in Mumbai" may be either one's share of the other: what is taken is stated."""
    noun = next((at for at, item in enumerate(draft.items) if draft.is_noun(item)), None)
    if noun is None:
        return
    rest = [
        c for c in draft.conditions if c.place > max(noun, parts[-1].place) and c.place < len(draft.items)
    ]
    if parts[0].place > noun:  # "units sold in pune" is plain, "lost for price" is not
        rest = [c for c in rest if draft.items[c.place].before in draft.belonging - draft.places]
    if rest and not any(item.op("is", "with", "without") for item in draft.items[noun:]):
        whole = " ".join(c.label for c in rest)
        draft.reservations.append(f"It is the share of “{label}” in “{whole}”, not the other way round.")


def _together(draft: Draft, numerator: Condition) -> list[Condition]:
    """The filter that a share is of with those said in one breath with it: "% of leads lost due to price"; a noun
    or a place between them says what it is a share of."""
    found = sorted(draft.conditions, key=lambda condition: condition.place)
    at = next(at for at, condition in enumerate(found) if condition is numerator)
    first = last = at
    while first > 0 and _adjoin(draft, found[first - 1], found[first]):
        first -= 1
    while last + 1 < len(found) and _adjoin(draft, found[last], found[last + 1]):
        last += 1
    return found[first : last + 1]


def _adjoin(draft: Draft, one: Condition, other: Condition) -> bool:
    """Whether two filters follow each other with nothing between that parts them."""
    begins = draft.item(other.place)
    if begins is None or any(_stands_for_rows(draft, place) for place in (*one.places, *other.places)):
        return False
    before = draft.items[one.places[-1]].text.lower().split()
    return other.place == one.places[-1] + 1 and begins.before == before[-1]


def _stands_for_rows(draft: Draft, place: int) -> bool:
    item = draft.item(place)
    return item is None or draft.is_noun(item)


def _is_rate(draft: Draft, measure: Measure) -> bool:
    return measure.name is not None and draft.measure_of(measure.name).unit in ("percent", "fraction")


def _is_percentage(draft: Draft, numerator: Condition) -> bool:
    """With groups, a filter is what the share is of when it follows "are", or stands right after the word."""
    if draft.is_noun(draft.items[numerator.place]):  # "share of pipeline value by city": it is what is shared
        return False
    after = draft.item(numerator.places[-1] + 1)
    if after is not None and after.role == "share":
        return True
    item = draft.items[numerator.place - 1] if numerator.place else None
    if item is not None and draft.is_noun(item):  # "percentage of units sold", not "of units in ..."
        return draft.items[numerator.place].before not in draft.places - draft.belonging
    return item is not None and (item.role == "share" or bool(item.op("is")))


def _numerator(draft: Draft, at: int) -> Condition | None:
    """The filter after "are", the one just before the share word, else the one nearest after it."""
    just_before = [c for c in draft.conditions if c.places[-1] == at - 1]
    if just_before:
        return just_before[0]
    verbs = [
        place for place, item in enumerate(draft.items) if place > at and item.op("is", "with", "without")
    ]
    after_verb = [c for c in draft.conditions if verbs and c.place > verbs[0]]
    after_noun = [c for c in draft.conditions if c.place > at and _follows_noun(draft, c)]
    after = [c for c in draft.conditions if c.place > at]
    return next(iter(after_verb or after_noun or after or draft.conditions), None)


def _follows_noun(draft: Draft, condition: Condition) -> bool:
    """ "% of urgent tasks overdue": right behind the rows, with no word that ties it to them."""
    before, item = draft.item(condition.place - 1), draft.item(condition.place)
    if before is None or item is None or not draft.is_noun(before) or draft.is_noun(item):
        return False
    return item.before not in (draft.places | draft.belonging)
