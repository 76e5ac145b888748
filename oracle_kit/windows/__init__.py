"""Time windows bound to a clock: what "last month" comes to at one reading."""

from oracle_kit.windows.bounds import DayBounds, WindowBounds, bind, bind_days, ends_now
from oracle_kit.windows.clock import Calendar, Clock
from oracle_kit.windows.compared import elapsed, previous, running, same_last_year
from oracle_kit.windows.described import describe

__all__ = [
    "Calendar",
    "Clock",
    "DayBounds",
    "WindowBounds",
    "bind",
    "bind_days",
    "describe",
    "elapsed",
    "ends_now",
    "previous",
    "running",
    "same_last_year",
]
