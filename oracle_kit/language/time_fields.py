"""Which time field a time is of: the verb beside it, a term's, the measure's, else the default."""

from __future__ import annotations

from oracle_kit.language.draft import Draft
from oracle_kit.language.items import Item
from oracle_kit.query import Scalar, Window
from oracle_kit.windows import bind
from oracle_kit.words import DatasetWords, FieldWords

PAST_ONLY = ("older", "until")  # what is older than 90 days is not "new" by its time


def claim_verbs(draft: Draft, placed: list[tuple[int, Item, Window]]) -> None:
    """ "new leads created this month": a further word for the same time field says nothing more.

    It does where it stands elsewhere: "leads created last month still new".
    """
    times = {window.field for _, _, window in placed if window.form not in PAST_ONLY}
    for at, item in draft.unclaimed():
        verb = item.first_of("past", draft.home)
        if verb is None or verb.name not in times or item.of("term", draft.home):
            continue
        after = draft.item(at + 1)
        if (
            item.of("value", draft.home)
            and after is not None
            and draft.is_noun(after)
            and _implied(draft, item)
        ):
            draft.claim(item, "time")


def time_field(draft: Draft, at: int) -> str | None:
    """The time field for a window or a grain at a place: the verb beside it, a term's, the
    measure's, the default."""
    holder = verb_near(draft, at)
    if holder is not None:
        return _time_of(draft, holder)
    timed = [
        draft.term_of(e.name).time
        for item in draft.items
        for e in item.of("term", draft.home)
        if draft.term_of(e.name).time and item.role in ("", "term", "measure", "noun")
    ]
    if timed:
        return timed[0]
    if (verb := _verb_inside(draft)) is not None:
        return verb
    for item in draft.items:
        for entry in item.of("measure", draft.home):
            if draft.measure_of(entry.name).time:
                return draft.measure_of(entry.name).time
    return draft.words.default_time


def _verb_inside(draft: Draft) -> str | None:
    """ "jeete" (won), "lost to a competitor", "paid by card": a value that is what a time field's verb says, or a
    phrase that holds the verb, tells when that was."""
    meant = [
        time_of_value(e.name, e.value, draft.words)
        for item in draft.items
        if item.role == ""
        for e in item.of("value", draft.home)
    ]
    if any(meant):
        return next(filter(None, meant))
    said = {
        word
        for item in draft.items
        if item.role == "" and _tells_apart(draft, item) and not item.of("past", draft.home)
        for word in item.text.lower().split()
    }
    times = [f.name for f in draft.words.fields if f.role == "time" and said & {*map(str.lower, f.past)}]
    return times[0] if len(times) == 1 else None


def _tells_apart(draft: Draft, item: Item) -> bool:
    """Whether an item names a value, or a field that rows are told apart by."""
    fields = [draft.field_of(e.name) for e in item.of("field", draft.home)]
    return bool(item.of("value", draft.home)) or any(f.role == "dimension" for f in fields)


def _time_of(draft: Draft, item: Item) -> str | None:
    verb = item.first_of("past", draft.home)
    if verb is not None:
        return verb.name
    field = next(
        (e.name for e in item.of("field", draft.home) if draft.field_of(e.name).role == "time"), None
    )
    if field is not None:
        return field
    return next((draft.term_of(e.name).time for e in item.of("term", draft.home)), None)


def verb_near(draft: Draft, at: int) -> Item | None:
    """The time verb or time field that goes with the window: adjacent first, else the nearest one
    not used."""
    candidates = [
        (abs(place - at) - (0.5 if place < at else 0), place, item)
        for place, item in enumerate(draft.items)
        if item.role in ("", "time", "not") and _names_time(draft, item)
    ]
    if not candidates:
        return None
    _, place, holder = min(candidates, key=lambda candidate: candidate[:2])
    if holder.role == "":
        _use(draft, place, holder, draft.items[at])
    return holder


def _names_time(draft: Draft, item: Item) -> bool:
    if item.of("past", draft.home):
        return True
    return any(draft.field_of(e.name).role == "time" for e in item.of("field", draft.home))


def _use(draft: Draft, place: int, holder: Item, time: Item) -> None:
    """Claim the verb; one that also is a value or term which the time of its field does not say
    filters as well: "new leads older than 90 days"."""
    before = draft.free(place - 1)
    if before is not None and before.op("not", "except", "never"):
        draft.claim(before, "polarity")
        draft.claim(holder, "not")
        return
    behind = draft.free(place + 1)
    if behind is not None and behind.op("lacking"):  # "contact nahi hue"
        draft.claim(behind, "polarity")
        draft.claim(holder, "not")
        return
    past = any(
        entry.window is not None
        and entry.window.form in PAST_ONLY
        and not bind(entry.window, draft.clock).incomplete  # "possession by December" is still to come
        for entry in time.of("window")
    )
    told = _implied(draft, holder) and not past
    if holder.of("term", draft.home) or (holder.of("value", draft.home) and not told):
        return  # the filter pass reads it; it still names the time field
    draft.claim(holder, "time")


def _implied(draft: Draft, item: Item) -> bool:
    """Whether being inside the time field's window already says the value: its verbs name only
    that one value."""
    verb = item.first_of("past", draft.home)
    if verb is None:
        return False
    time = draft.field_of(verb.name)
    values = item.of("value", draft.home)
    return all(len(_values_of_verb(time, draft.field_of(entry.name))) == 1 for entry in values)


def _values_of_verb(time: FieldWords, field: FieldWords) -> list[Scalar]:
    """The values of a field that a time field's verbs name: "won" of "won, closed"."""
    verbs = {word.lower() for word in time.past}
    return [
        v.value
        for v in field.values
        if verbs & {str(v.value).lower(), v.label.lower(), *map(str.lower, v.words)}
    ]


def time_of_value(name: str, value: Scalar, words: DatasetWords) -> str | None:
    """The time field whose verb a value of the field `name` is: rows that are "won" go by when they were closed."""
    field = next((f for f in words.fields if f.name == name), None)
    times = (f for f in words.fields if f.role == "time" and field is not None)
    return next((time.name for time in times if field and value in _values_of_verb(time, field)), None)
