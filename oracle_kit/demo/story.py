"""What all tables share: the seed, how many there are of each thing, where their ids begin."""

from __future__ import annotations

from dataclasses import dataclass

from oracle_kit.demo.counter import Draws
from oracle_kit.demo.lists import Lists

STAGES = ("new", "contacted", "qualified", "site_visit", "negotiation", "booked", "lost")
NEW, CONTACTED, QUALIFIED, SITE_VISIT, NEGOTIATION, BOOKED, LOST = range(7)

FIRST_USER = 101  # ids of different tables begin apart, so that a wrong join finds nothing
FIRST_PROJECT = 1001
FIRST_UNIT = 20_001
FIRST_LEAD = 100_001
FIRST_OPPORTUNITY = 300_001
FIRST_PERSON = 700_001
FIRST_INTERACTION = 1_000_001
FIRST_REMINDER = 4_000_001
FIRST_VISIT = 5_000_001
FIRST_HISTORY = 6_000_001
FIRST_INTEREST = 8_000_001


@dataclass(frozen=True)
class Story:
    """One demo: everything follows from the seed and the scale."""

    seed: int
    scale: float
    lists: Lists

    @property
    def leads(self) -> int:
        """How many leads, and people."""
        return round(20_000 * self.scale)

    @property
    def units(self) -> int:
        """About how many units."""
        return round(5_000 * self.scale)

    @property
    def projects(self) -> int:
        """How many projects; never so few that a city lacks a segment."""
        return max(40, round(60 * self.scale))

    @property
    def advisors(self) -> int:
        """About how many advisors; never so few that a city lacks a team."""
        return max(24, round(72 * self.scale))

    def draws(self, table: str) -> Draws:
        """The draws of one table."""
        return Draws(self.seed, table)
