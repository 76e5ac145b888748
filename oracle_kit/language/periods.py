"""Windows find their time field: "created last month", "due this week", "won this quarter", else
the default."""

from __future__ import annotations

from oracle_kit.errors import QueryRefused
from oracle_kit.language.draft import Draft
from oracle_kit.language.items import Item
from oracle_kit.language.time_fields import claim_verbs, time_field, verb_near
from oracle_kit.model import Choice
from oracle_kit.query import And, Not, Operator, Or, Predicate, Where, Window
from oracle_kit.windows import bind, bind_days, ends_now, previous, running


def claim_windows(draft: Draft) -> None:
    """Bind every window to a time field: the query's window, periods to compare, or conditions."""
    found = [(at, item) for at, item in draft.unclaimed() if item.of("window")]
    bound = [(at, item, _bound(draft, at, item)) for at, item in found]
    placed = [(at, item, window) for at, item, window in bound if window is not None]
    claim_verbs(draft, placed)
    if len(placed) > 1 and _same(placed):
        return  # one time beside itself compares nothing: it is left, and told
    placed = _since_as_against(placed)
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
    mark, now = held_against(draft, at), running(window, draft.clock)
    if mark is None or now is None:
        return False
    draft.claim(mark, "compare")
    draft.periods = [now, window]
    draft.chip(f"{draft.field_of(now.field).label}: {now.text}", mark, field=now.field, op="window")
    draft.reservations.append(f"“{now.text}” is not over yet.")
    _take(draft, item, window)
    return True


def held_against(draft: Draft, at: int) -> Item | None:
    """The word right before a time that holds something against it: "vs", or the "with" of "compare with"."""
    before = draft.item(at - 1)
    if before is None or before.role not in ("", "compare"):
        return None
    if before.op("versus"):
        return before
    return before if before.op("with", "to") and any(item.op("compare") for item in draft.items) else None


def growth_periods(draft: Draft) -> None:
    """ "growth this month": the window beside the one before it."""
    if draft.has_shape("growth") and draft.window is not None and not draft.periods and not draft.dimensions:
        draft.periods = [previous(draft.window, draft.clock), draft.window]
        draft.window = None


def _since_as_against(placed: list[tuple[int, Item, Window]]) -> list[tuple[int, Item, Window]]:
    """ "is quarter ki bookings pichle quarter se kaisi": the running unit against the one before, not since it."""
    if len(placed) != 2:
        return placed
    (_, _, now), (at, item, before) = placed
    under_way = now.form == "calendar" and now.offset == 0 and now.count == 1
    if not (under_way and before.form == "since" and before.start is None and before.offset < 0):
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
    holder = verb_near(draft, at)
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
