"""Numbers, comparisons, windows and grains as spans, and which units fit which fields."""

from __future__ import annotations

from collections.abc import Iterable

from oracle_kit.language.dates import TimePhrase, find_grains, find_windows
from oracle_kit.language.numbers import find_comparisons, find_numbers
from oracle_kit.language.phrases import marks_of
from oracle_kit.language.tongue import Tongue
from oracle_kit.model import Entry, Span
from oracle_kit.query import Scalar
from oracle_kit.windows import Clock

_FRACTION = ("percent", "fraction", "%")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_SYMBOLS = {"s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day"}


def find_quantities(prompt: str, tongue: Tongue, clock: Clock) -> tuple[Span, ...]:
    """The spans of time phrases, and of comparisons and numbers outside them."""
    windows = [
        _span(
            prompt,
            _core(prompt, w),
            w.end,
            Entry(kind="window", name=w.window.text, label=w.note, window=w.window),
            "date",
        )
        for w in find_windows(prompt, tongue, clock)
    ]
    grains = [
        _span(prompt, g.start, g.end, Entry(kind="grain", name=g.unit), "date")
        for g in find_grains(prompt, tongue)
    ]
    grains = [span for span in grains if not _overlaps(span, windows)]
    comparisons = [
        _span(
            prompt, c.start, c.end, Entry(kind="comparison", name=c.op, op=c.op, values=c.values, unit=c.unit)
        )
        for c in find_comparisons(prompt, tongue)
    ]
    comparisons = [
        span for span in comparisons if not _overlaps(span, windows) or _ages(span, windows, tongue)
    ]
    numbers = [
        _span(
            prompt,
            n.start,
            n.end,
            Entry(
                kind="ordinal" if n.ordinal else "number",
                name="number",
                value=n.value,
                values=(n.value,),
                unit=n.unit,
            ),
        )
        for n in find_numbers(prompt, tongue)
    ]
    numbers = [span for span in numbers if not _overlaps(span, (*windows, *comparisons))]
    return (*windows, *grains, *comparisons, *numbers)


def _ages(span: Span, windows: Iterable[Span], tongue: Tongue) -> bool:
    """Whether "older than 65 years" may also be somebody's age: the field that it is tested on decides."""
    marks = marks_of(span.text)
    same = any((span.start, span.end) == (window.start, window.end) for window in windows)
    return same and tongue.numbers.aged.at(marks, 0) is not None


def _core(prompt: str, phrase: TimePhrase) -> int:
    """Where the phrase begins without "in the", which may belong to the word before ("came in")."""
    start = phrase.end - len(phrase.window.text)
    return start if prompt[start : phrase.end] == phrase.window.text else phrase.start


def fits(entry: Entry, unit: str | None) -> bool:
    """Whether a comparison's unit suits a field of this unit; a comparison without one suits any."""
    if entry.unit is None:
        return True
    if entry.unit == "%":
        return unit in (*_FRACTION, "score")
    if _duration(entry.unit) and _duration(unit):
        return True
    return unit is not None and unit.lower() == entry.unit.lower()


def _duration(unit: str | None) -> str | None:
    """The unit of time that a unit is, in one spelling; None for any other."""
    name = (unit or "").lower()
    name = _SYMBOLS.get(name, name.removesuffix("s"))
    return name if name in _SECONDS else None


def scaled(entry: Entry, unit: str | None) -> tuple[Scalar, ...]:
    """The comparison's values as the field keeps them: percents of a fraction are divided by a hundred."""
    said, kept = _duration(entry.unit), _duration(unit)
    if said and kept and said != kept:
        factor = _SECONDS[said] / _SECONDS[kept]
        return tuple(round(float(str(value)) * factor, 6) for value in entry.values)
    if unit not in _FRACTION:
        return entry.values
    numbers = [float(str(value)) for value in entry.values]
    if entry.unit == "%" or any(number > 1 for number in numbers):
        return tuple(round(number / 100, 6) for number in numbers)
    return entry.values


def _span(prompt: str, start: int, end: int, entry: Entry, how: str = "number") -> Span:
    return Span.model_validate(
        {"start": start, "end": end, "text": prompt[start:end], "entries": (entry,), "how": how}
    )


def _overlaps(span: Span, others: Iterable[Span]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in others)
