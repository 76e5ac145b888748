"""When leads come in: growth, seasons, weekdays and hours of the day, as tables of integers."""

from __future__ import annotations

import numpy as np

from oracle_kit.demo.counter import Draws, Ints
from oracle_kit.demo.moments import DAY, FIRST_DAY, HOUR, NOW, START, TODAY, weekday

SEASON = (92, 93, 108, 100, 95, 88, 84, 92, 106, 132, 122, 100)  # from January; festivals are high
WEEKDAYS = (100, 97, 95, 97, 103, 122, 112)
HOURS = (3, 5, 8, 12, 18, 24, 26, 25, 22, 20, 18, 17, 18, 20, 24, 26, 22, 14, 6, 3, 1, 1, 1, 2)  # UTC
GROWTH_PERCENT = 60  # over the two years


def day_weights() -> Ints:
    """How many leads come on each day of the history, relative to each other."""
    days = np.arange(FIRST_DAY, TODAY + 1, dtype=np.int64)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    grown = 100 + GROWTH_PERCENT * (days - FIRST_DAY) // (TODAY - FIRST_DAY)
    weights: Ints = grown * np.array(SEASON)[months] * np.array(WEEKDAYS)[weekday(days)]
    weights[[0, -1]] = weights[[0, -1]] * 4 // 10  # the first and the last day are not whole
    return weights


def created(draws: Draws, rows: Ints, total: int) -> Ints:
    """When each lead came in; later leads have higher numbers, whatever the total."""
    edges = np.cumsum(day_weights())
    days = np.searchsorted(edges, (2 * rows + 1) * edges[-1] // (2 * total), side="right") + FIRST_DAY
    hour = draws.pick("created.hour", rows, HOURS)
    morning = draws.pick("created.morning", rows, HOURS[: NOW % DAY // HOUR])
    hour = np.where(days == TODAY, morning, hour)
    at = days * DAY + hour * HOUR + draws.below("created.second", rows, HOUR)
    arrived: Ints = np.maximum(at, START)
    return arrived
