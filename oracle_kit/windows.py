"""Time windows bound to a clock: what "last month" comes to at one reading."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from oracle_kit.query import Value


class Calendar(Value):
    """How this company counts time; content (`datasets/workbench.yaml`) declares it."""

    time_zone: str = "UTC"
    fiscal_year_starts: int = 1  # month
    year: Literal["calendar", "fiscal"] = "calendar"  # what a bare "year" or "quarter" means
    week_starts: int = 0  # Monday


class Clock(Value):
    """One reading of the warehouse clock (naive UTC) and the calendar it is read by."""

    now: datetime
    calendar: Calendar = Calendar()
