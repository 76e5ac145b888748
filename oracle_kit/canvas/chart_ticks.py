"""Round numbers and plain dates to mark an axis with."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from oracle_kit.canvas.format import short_number
from oracle_kit.canvas.format_time import MONTHS, day_text

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def number_ticks(
    low: float, high: float, unit: str | None, *, whole: bool = False, count: int = 4
) -> tuple[tuple[float, str], ...]:
    """About `count` round numbers from below `low` to above `high`, each with its short reading."""
    low, high = min(low, 0.0), max(high, 0.0)
    span = high - low
    if span == 0 or not math.isfinite(span):
        return ((0.0, short_number(Decimal(0), unit)),)
    step = _step(span / count, whole)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [Decimal(repr(step)) * at for at in range(first, last + 1)]
    return tuple((float(tick), short_number(tick, unit)) for tick in ticks)


def _step(rough: float, whole: bool) -> float:
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(one for one in _STEPS if one * scale >= rough * 0.999) * scale
    return max(step, 1.0) if whole else step


def day_ticks(days: Sequence[date], grain: str | None, count: int) -> tuple[tuple[float, str], ...]:
    """At most `count` of the days, evenly spread, as epoch milliseconds with a short reading."""
    every = max(1, math.ceil(len(days) / count))
    marked = list(days)[::-1][::every][::-1]
    form = _DAY_FORMS.get(grain, day_text)
    if grain == "month" and every % 12 == 0:
        form = _month_year
    return tuple((milliseconds(day), form(day)) for day in marked)


def milliseconds(day: date) -> int:
    """The day's beginning, in milliseconds since 1970 (UTC)."""
    return (
        int(
            (
                datetime(day.year, day.month, day.day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
            ).total_seconds()
        )
        * 1000
    )


def _month_year(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"


def _short_month(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year % 100:02}" if day.year >= 1950 else _month_year(day)


def _short_day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year % 100:02}" if day.year >= 1950 else day_text(day)


def _fiscal_or_plain(day: date) -> str:
    return str(day.year) if day.month == 1 else f"FY {day.year}-{(day.year + 1) % 100:02}"


_DAY_FORMS: dict[str | None, Callable[[date], str]] = {
    "day": _short_day,
    "week": _short_day,
    "month": _short_month,
    "quarter": _short_month,
    "year": _fiscal_or_plain,
}
