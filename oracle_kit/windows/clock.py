"""The clock that windows are read by, and the company's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from oracle_kit.query import Value


class Calendar(Value):
    """How this company counts time; content (`datasets/workbench.yaml`) declares it."""

    time_zone: str = "UTC"
    fiscal_year_starts: int = 1  # month
    year: Literal["calendar", "fiscal"] = "calendar"  # what a bare "year" or "quarter" means
    week_starts: int = 0  # Monday

    @property
    def first_month(self) -> int:
        """The month (1 to 12) in which a bare "year" begins."""
        return self.fiscal_year_starts if self.year == "fiscal" else 1

    def to_local(self, moment: datetime) -> datetime:
        """A naive UTC moment as the wall clocks of the time zone show it, naive."""
        if self.time_zone == "UTC":
            return moment
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None)

    def to_utc(self, local: datetime) -> datetime:
        """The naive UTC moment of a local one: the first of two when clocks go back, the moment of
        the change when they skip it."""
        if self.time_zone == "UTC":
            return local
        return local.replace(tzinfo=ZoneInfo(self.time_zone)).astimezone(UTC).replace(tzinfo=None)


class Clock(Value):
    """One reading of the warehouse clock (naive UTC) and the calendar it is read by."""

    now: datetime
    calendar: Calendar = Calendar()

    @property
    def local(self) -> datetime:
        """The moment on the wall clocks of the calendar's time zone, naive."""
        return self.calendar.to_local(self.now)

    @property
    def today(self) -> date:
        """The day it is in the calendar's time zone."""
        return self.local.date()
