"""The demo's clock, and times as integers: seconds or days since 1970, NEVER where there is none.

In rows NEVER stands for null in nullable numbers and times, NOTHING in nullable texts.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from oracle_kit.demo.counter import Draws, Ints

DEMO_NOW = datetime(2026, 4, 19, 9)
NEVER = -1
NOTHING = ""
MINUTE, HOUR, DAY = 60, 3600, 86400
NOW = int(DEMO_NOW.replace(tzinfo=UTC).timestamp())
TODAY = NOW // DAY
START = int(datetime(2024, 4, 19, 9, tzinfo=UTC).timestamp())
FIRST_DAY = START // DAY
HORIZON = NOW + 30 * DAY  # reminders and visits are planned until then
OPENING = 3 * HOUR + 30 * MINUTE  # 9 in the morning in India
WORKING_S = 11 * HOUR
SATURDAY = 5


def weekday(days: Ints) -> Ints:
    """The day of the week, Monday 0."""
    return (days + 3) % 7


def monday(days: Ints) -> Ints:
    """The Monday of the week that a day is in."""
    return days - weekday(days)


def office_time(draws: Draws, column: str, rows: Ints, days: Ints) -> Ints:
    """A second within Indian working hours of each day."""
    return days * DAY + OPENING + draws.below(column, rows, WORKING_S)


def half_hour(draws: Draws, column: str, rows: Ints, days: Ints) -> Ints:
    """A full or half hour within Indian working hours of each day."""
    return days * DAY + OPENING + draws.below(column, rows, WORKING_S // (30 * MINUTE)) * 30 * MINUTE


def to_weekend(draws: Draws, column: str, rows: Ints, days: Ints, permille: int) -> Ints:
    """The days, so many of a thousand of them put off to the Saturday or Sunday that comes."""
    weekend = days + (SATURDAY - weekday(days)) % 7 + draws.below(f"{column}.sunday", rows, 2)
    return np.where(draws.chance(column, rows, permille), weekend, days)
