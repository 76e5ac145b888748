"""Windows find their time field: "created last month", "due this week", "won this quarter", else
the default."""

from __future__ import annotations

from oracle_kit.errors import QueryRefused
from oracle_kit.language.draft import Draft
from oracle_kit.language.items import Item
from oracle_kit.model import Choice
from oracle_kit.query import And, Not, Operator, Or, Predicate, Scalar, Where, Window
from oracle_kit.windows import bind, bind_days, ends_now, previous, running
from oracle_kit.words import DatasetWords, FieldWords

_PAST_ONLY = ("older", "until")  # what is older than 90 days is not "new" by its time


def claim_windows(draft: Draft) -> None:
    """Bind every window to a time field: the query's window, periods to compare, or conditions."""
    found = [(at, item) for at, item in draft.unclaimed() if item.of("window")]
    bound = [(at, item, _bound(draft, at, item)) for at, item in found]
    placed = [(at, item, window) for at, item, window in bound if window is not None]
    _claim_verbs(draft, placed)
    if len(placed) > 1 and _same(placed):
        return  # one time beside itself compares nothing: it is left, and told
    placed = _against(placed)
    if len(placed) > 1 and _compared(draft, placed):
        field = placed[0][2].field
        draft.periods = [window.model_copy(update={"field": field}) for _, _, window in placed]
        for _, item, window in placed:
            _take(draft, item, window)
        return
    if len(placed) == 1 and _beside_the_running(draft, *placed[0]):
        return
    for at, item, window in placed:
        _place(draft, at, item, window)


def _beside_the_running(draft: Draft, at: int, item: Item, window: Window) -> bool:
    """Whether it is "bookings vs last month": the period under way beside one that is over."""
    mark, now = against(draft, at), running(window, draft.clock)
    if mark is None or now is None:
        return False
    draft.claim(mark, "compare")
    draft.periods = [now, window]
    draft.chip(f"{draft.field_of(now.field).label}: {now.text}", mark, field=now.field, op="window")
    draft.reservations.append(f"“{now.text}” is not over yet.")
    _take(draft, item, window)
    return True


def against(draft: Draft, at: int) -> Item | None:
    """The word right before a time that holds something against it: "vs", or the "with" of "compare with"."""
    before = draft.item(at - 1)
    if before is None or before.role not in ("", "compare"):
        return None
    if before.op("versus"):
        return before
    return before if before.op("with", "to") and any(item.op("compare") for item in draft.items) else None


def _claim_verbs(draft: Draft, placed: list[tuple[int, Item, Window]]) -> None:
    """ "new leads created this month": a further word for the same time field says nothing more.

    It does where it stands elsewhere: "leads created last month still new".
    """
    times = {window.field for _, _, window in placed if window.form not in _PAST_ONLY}
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


def growth_periods(draft: Draft) -> None:
    """ "growth this month": the window beside the one before it."""
    if draft.has_shape("growth") and draft.window is not None and not draft.periods and not draft.dimensions:
        draft.periods = [previous(draft.window, draft.clock), draft.window]
        draft.window = None


def _against(placed: list[tuple[int, Item, Window]]) -> list[tuple[int, Item, Window]]:
    """ "is quarter ki bookings pichle quarter se kaisi": the running unit against the one before, not since it."""
    if len(placed) != 2:
        return placed
    (_, _, now), (at, item, before) = placed
    running = now.form == "calendar" and now.offset == 0 and now.count == 1
    if not (running and before.form == "since" and before.start is None and before.offset < 0):
        return placed
    if now.unit != before.unit:
        return placed
    return [placed[0], (at, item, before.model_copy(update={"form": "calendar"}))]


def _same(placed: list[tuple[int, Item, Window]]) -> bool:
    """Whether all windows are the same span of the same field."""
    return len({window.model_copy(update={"text": ""}) for _, _, window in placed}) == 1


def _compared(draft: Draft, placed: list[tuple[int, Item, Window]]) -> bool:
    turned = any(_turned(item, window) for _, item, window in placed)
    between = draft.items[placed[0][0] : placed[-1][0]]
    marks = [item for item in between if item.op("versus", "over")]
    asked = [item for item in draft.items if item.op("compare")]
    growth = [item for item in draft.items if any(e.name == "growth" for e in item.of("shape"))]
    for item in (*marks, *asked):
        draft.claim(item, "compare")
    return bool(marks or asked or growth or turned)


def _turned(item: Item, window: Window) -> bool:
    """Whether the window is read otherwise than its words alone say: against, not since."""
    entry = item.first_of("window")
    return entry is not None and entry.window is not None and entry.window.form != window.form


def _place(draft: Draft, at: int, item: Item, window: Window) -> None:
    before = draft.free(at - 1)
    holder = _verb_near(draft, at)
    negated = before is not None and before.op("not", "except", "never") is not None
    if not negated and holder is not None and holder.role == "not":
        negated = True
    if negated or draft.window is not None:
        if negated and before is not None and not before.role:
            draft.claim(before, "polarity")
        where = as_condition(window, draft)
        label = f"not {item.text}" if negated else item.text
        _add_condition(draft, at, Not(part=where) if negated else where, window, label)
    else:
        draft.window = window
    _take(draft, item, window)


def _add_condition(draft: Draft, at: int, where: Where, window: Window, label: str) -> None:
    """A second window: beside "and"/"or" on the same field either will do, on another field both
    must hold."""
    joined = draft.item(at - 1)
    if (
        joined is not None
        and joined.op("and", "or")
        and draft.window is not None
        and draft.window.field == window.field
    ):
        first = as_condition(draft.window, draft)
        label = f"{draft.window.text} or {label}"
        draft.window = None
        where = Or(parts=(first, where))
    draft.add(where, (at,), label)


def as_condition(window: Window, draft: Draft) -> Where:
    """A window as comparisons with its bounds at this clock reading."""
    days = draft.field_of(window.field).type == "date"
    bounds = bind_days(window, draft.clock) if days else bind(window, draft.clock)
    parts: list[Where] = []
    if bounds.start is not None:
        parts.append(Predicate(field=window.field, op="ge", values=(bounds.start.isoformat(),)))
    if bounds.end is not None:
        op: Operator = "le" if ends_now(window) and not days else "lt"
        parts.append(Predicate(field=window.field, op=op, values=(bounds.end.isoformat(),)))
    return parts[0] if len(parts) == 1 else And(parts=tuple(parts))


def _take(draft: Draft, item: Item, window: Window) -> None:
    draft.claim(item, "window")
    label = f"{draft.field_of(window.field).label}: {item.text}"
    others = tuple(
        Choice(label=f.label, field=f.name, op="window", values=(item.text,))
        for f in draft.words.fields
        if f.role == "time" and f.name != window.field
    )
    draft.chip(label, item, field=window.field, op="window", values=(item.text,), alternatives=others)
    note = next((e.label for e in item.of("window") if e.label), "")
    if note:
        draft.reservations.append(note)
    if (event := _event_said(draft, window)) is not None:
        began = draft.field_of(window.field).label.lower()
        draft.reservations.append(f"“{item.text}” is when they were {began}, not when “{event}” came true.")
    if bind(window, draft.clock).incomplete:
        draft.reservations.append(f"“{item.text}” is not over yet.")


def _event_said(draft: Draft, window: Window) -> str | None:
    """A word that tells what became of the rows ("booked", "lost") where the window goes by when they began,
    because nothing tells when that came true."""
    if window.field != draft.words.default_time or any(item.role == "time" for item in draft.items):
        return None
    became = {word.lower() for other in draft.others.values() for f in other.fields for word in f.past}
    for item in draft.items:
        own = [e for e in item.of("value", draft.home) if draft.field_of(e.name).listed]
        if item.role == "" and own and item.text.lower() in became:
            return item.text
    return None


def _bound(draft: Draft, at: int, item: Item) -> Window | None:
    entry = item.first_of("window")
    if entry is None or entry.window is None:
        return None
    field = time_field(draft, at)
    if field is None:
        return None
    window = entry.window.model_copy(update={"field": field})
    try:
        bind(window, draft.clock)
    except QueryRefused:  # beyond the calendar: the phrase is left as not understood
        return None
    return window


def time_field(draft: Draft, at: int) -> str | None:
    """The time field for a window or a grain at a place: the verb beside it, a term's, the
    measure's, the default."""
    holder = _verb_near(draft, at)
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


def _verb_near(draft: Draft, at: int) -> Item | None:
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
        and entry.window.form in _PAST_ONLY
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
