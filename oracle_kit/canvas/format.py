"""Values as people read them: Indian grouping, lakh and crore, percents, areas, durations, dates.

Rows keep exact values (decimals as text); only what is shown is rounded, and the exact value stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from oracle_kit.canvas.format_time import exact_time, format_time
from oracle_kit.model import Column
from oracle_kit.query import Scalar

MINUS = "\N{MINUS SIGN}"
NOTHING = "–"
CRORE, LAKH = Decimal(10_000_000), Decimal(100_000)
BLANK = "(blank)"
_INDIAN = (  # a scale, its word, and half of the last digit that the next smaller one shows
    (CRORE * LAKH, " lakh Cr", CRORE / 2),
    (CRORE, " Cr", Decimal(500)),
    (LAKH, " L", Decimal("0.5")),
)
_SYMBOLS = {"INR": "₹", "EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CNY": "¥", "KRW": "₩", "ILS": "₪"}
_CURRENCY = re.compile(r"[A-Z]{3}")
_NUMBERS = ("integer", "decimal", "float")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def format_value(value: Scalar, column: Column) -> str:
    """The value for reading: short money (₹1.25 Cr), percents of fractions, dates; a dash for nothing."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if column.type in ("date", "timestamp"):
        return format_time(str(value), column)
    number = exact_number(value) if column.type in _NUMBERS else None
    return label_of(value, column) if number is None else _formatted(number, column)


def exact_value(value: Scalar, column: Column) -> str:
    """The whole value with its unit, for a tooltip: every digit that the data has."""
    if value is None:
        return "no value"
    if column.type in ("date", "timestamp"):
        return exact_time(str(value), column)
    number = exact_number(value) if column.type in _NUMBERS and not isinstance(value, bool) else None
    if number is None:
        return format_value(value, column)
    return _signed(number, lambda size: _exact(size, column.unit))


def exact_number(value: object) -> Decimal | None:
    """The number that a scalar holds, exact; None where it is no finite number."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def label_of(value: Scalar, column: Column) -> str:
    """How a value of a dimension reads: its declared label, or a listed name in plain words."""
    if value is None:
        return NOTHING
    text = plain_text(str(value))
    if not text.strip():
        return BLANK
    if value in column.values and column.role != "period":
        place = column.values.index(value)
        return column.labels[place] if place < len(column.labels) else readable(text)
    return text


def readable(name: str) -> str:
    """A name in plain words: `site_visit` is "Site visit"; one that has capitals of its own stays."""
    words = name.replace("_", " ").strip()
    return words if words != words.lower() else words[:1].upper() + words[1:]


def plain_text(text: str) -> str:
    """The text without control characters, which neither XML nor a terminal may get."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def grouped(number: Decimal | int, *, indian: bool = True) -> str:
    """A number without sign in groups: 12,34,567.5, or 1,234,567.5 where not Indian."""
    whole, point, rest = format(Decimal(number), "f").partition(".")
    if not indian:
        return f"{int(whole):,}{point}{rest}"
    head, tail = whole[:-3], whole[-3:]
    parts = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    return ",".join([*parts, tail]) + point + rest


def is_indian(unit: str | None) -> bool:
    """Whether a unit's numbers are grouped by lakh and crore: all but other currencies'."""
    currency = (unit or "").partition("/")[0]
    return currency == "INR" or not _CURRENCY.fullmatch(currency)


def short_number(number: Decimal, unit: str | None) -> str:
    """The shortest good reading, for an axis: 1.2 L, ₹3 Cr, 45%."""
    if unit == "percent":
        return _signed(number, _percent)
    symbol = _symbol(unit)
    suffix = "" if symbol or unit in (None, "score") else _SUFFIXES.get(unit, "")
    short = _short_indian if is_indian(unit) else _short_western
    return _signed(number, lambda size: symbol + short(size) + suffix)


def rounded(number: Decimal, digits: int) -> Decimal:
    """The number with at most so many digits after the point, half up, no trailing zeros."""
    made = number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) if _fits(number) else number
    return Decimal(0) if made == 0 else _trimmed(made)


def _fits(number: Decimal) -> bool:
    return number.adjusted() < 20 and number != number.to_integral_value()


def _trimmed(number: Decimal) -> Decimal:
    whole = number.to_integral_value()
    return whole if number == whole else number.normalize()


def _signed(number: Decimal, form: Callable[[Decimal], str]) -> str:
    text = form(abs(number))
    return f"{MINUS}{text}" if number < 0 else text


_SUFFIXES = {"sqft": " sq ft", "day": " d", "second": " s"}


def _formatted(number: Decimal, column: Column) -> str:
    unit = column.unit
    if column.name == "id" or column.name.endswith("_id"):
        return _trimmed(number).to_eng_string() if number.adjusted() > 20 else format(_trimmed(number), "f")
    if unit in _FORMS:
        return _signed(number, _FORMS[unit])
    if _symbol(unit):
        return _signed(number, lambda size: _money(size, unit or ""))
    return _signed(number, lambda size: _plain(size, column))


def _plain(size: Decimal, column: Column) -> str:
    digits = 6 if column.role == "field" else 2
    text = grouped(_visible(size, digits), indian=is_indian(column.unit))
    return f"{text} {_unit_words(column.unit)}".rstrip()


def _visible(size: Decimal, digits: int) -> Decimal:
    """Rounded, but never to zero while it is not zero: three digits that count are kept then."""
    short = rounded(size, digits)
    if short == 0 and size != 0:
        return round(size, -size.adjusted() + 2).normalize() if size.adjusted() > -12 else size
    return short


def _unit_words(unit: str | None) -> str:
    return (unit or "").replace("sqft", "sq ft").replace("_", " ")


def _symbol(unit: str | None) -> str:
    currency, per, _ = (unit or "").partition("/")
    if per or not _CURRENCY.fullmatch(currency):
        return _SYMBOLS.get(currency, "") if per and currency in _SYMBOLS else ""
    return _SYMBOLS.get(currency, f"{currency} ")


def _money(size: Decimal, unit: str) -> str:
    currency, _, per = unit.partition("/")
    if per:
        digits = 0 if size >= 100 else 2
        amount = grouped(_visible(size, digits), indian=is_indian(unit))
        return f"{_symbol(unit)}{amount}/{_unit_words(per)}"
    short = _short_indian(size, 2) if currency == "INR" else _short_western(size, 2)
    return _symbol(unit) + short


def _short_indian(size: Decimal, digits: int = 2) -> str:
    for scale, word, half in _INDIAN:
        if size + half >= scale:
            part = rounded(size / scale, digits)
            return grouped(rounded(part, 0) if part >= 1000 else part) + word
    return grouped(_visible(size, 0 if size >= 1000 else 2))


def _short_western(size: Decimal, digits: int = 2) -> str:
    for scale, word in ((9, " bn"), (6, " M")):
        part = rounded(size.scaleb(-scale), digits)
        if part >= 1:
            return grouped(part, indian=False) + word
    return grouped(_visible(size, 0 if size >= 1000 else 2), indian=False)


def _percent(size: Decimal) -> str:
    percent = size * 100
    short = rounded(percent, 1)
    if (short == 0 and percent != 0) or (short == 100 and percent != 100):
        short = rounded(percent, 3)
        if short in (0, 100):
            return "under 0.001%" if short == 0 else "about 100%"
    return f"{grouped(short)}%"


def _area(size: Decimal) -> str:
    return f"{grouped(rounded(size, 0 if size >= 10 else 2))} sq ft"


def _days(size: Decimal) -> str:
    days = rounded(size, 1 if size < 100 else 0)
    return f"{grouped(days)} {'day' if days == 1 else 'days'}"


def _seconds(size: Decimal) -> str:
    if size < 60:
        return f"{grouped(_visible(size, 0 if size >= 10 else 1))} s"
    whole = int(size.to_integral_value(ROUND_HALF_UP))
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{grouped(hours)} h {minutes} min" if hours < 100 else f"{grouped(hours)} h"
    return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"


def _score(size: Decimal) -> str:
    return grouped(rounded(size, 1))


_FORMS: dict[str | None, Callable[[Decimal], str]] = {
    "percent": _percent,
    "sqft": _area,
    "day": _days,
    "second": _seconds,
    "score": _score,
}


def _exact(size: Decimal, unit: str | None) -> str:
    if unit == "percent":
        return f"{grouped(_trimmed(size * 100))}%"
    symbol = _symbol(unit)
    number = grouped(size if symbol else _trimmed(size), indian=is_indian(unit))
    words = _unit_words((unit or "").partition("/")[2] if symbol else unit)
    if symbol:
        return f"{symbol}{number}{'/' + words if words else ''}"
    words = {"day": "days", "second": "seconds", "score": ""}.get(unit or "", words)
    return f"{number} {words}".rstrip()
