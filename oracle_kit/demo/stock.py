"""Which units are taken: each booked lead gets its own, the rest are sold directly, held, or available."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from oracle_kit.demo.counter import Bits, Ints
from oracle_kit.demo.lives import at_booking, chunks, live
from oracle_kit.demo.moments import DAY, NEVER, TODAY
from oracle_kit.demo.prices import Prices, make_prices
from oracle_kit.demo.projects import Projects
from oracle_kit.demo.story import BOOKED, FIRST_PROJECT, FIRST_UNIT, QUALIFIED, Story
from oracle_kit.demo.team import Team
from oracle_kit.demo.units import CONFIGURATIONS, FACINGS, TOWERS, Units

STATUSES = ("available", "reserved", "sold")
AVAILABLE, RESERVED, SOLD = range(3)
DIRECT_PERMILLE = 230  # of the units that no lead has, those sold without one
HELD_PERMILLE = 45


@dataclass(frozen=True)
class Claims:
    """Leads that have a unit of their own, by number of the lead: when the deal opened, when it was won."""

    lead: Ints
    city: Ints
    segment: Ints
    opened: Ints  # days
    won: Ints  # days, NEVER for units that are only held


@dataclass(frozen=True)
class Stock:
    """Units with what became of them; `claimed` gives the unit of each lead in `claimants`."""

    units: Units
    status: Ints
    sold: Ints
    prices: Prices
    claimants: Ints
    claimed: Ints

    def unit_of(self, leads: Ints) -> Ints:
        """The unit that is each lead's own, NEVER for leads without one."""
        if not len(self.claimants):
            return np.full(len(leads), NEVER, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.claimants, leads), len(self.claimants) - 1)
        return np.where(self.claimants[at] == leads, self.claimed[at], NEVER)

    def rows(self) -> dict[str, Any]:
        """The rows of `inventory_units`."""
        units = self.units
        return {
            "unit_id": np.arange(len(units.project), dtype=np.int64) + FIRST_UNIT,
            "project_id": units.project + FIRST_PROJECT,
            "tower": np.array((*TOWERS, "Villas"), dtype=object)[units.tower],
            "floor": units.floor,
            "configuration": np.array(CONFIGURATIONS, dtype=object)[units.configuration],
            "carpet_area_sqft": units.area,
            "list_price_inr": self.prices.current * 100,
            "status": np.array(STATUSES, dtype=object)[self.status],
            "facing": np.array(FACINGS, dtype=object)[units.facing],
            "listed_on": units.listed,
            "sold_on": self.sold,
        }


def make_stock(story: Story, team: Team, projects: Projects, units: Units) -> Stock:
    """Units given to the leads that booked them, then sold and held directly."""
    draws, index = story.draws("inventory_stock"), np.arange(len(units.project), dtype=np.int64)
    claims = make_claims(story, team)
    unit = _matched(claims, projects, units, draws.bits("claim", claims.lead))
    free = (projects.launched[units.project] <= TODAY) & (units.listed < TODAY - 20)
    direct = draws.chance("direct", index, DIRECT_PERMILLE) & free
    sold = np.where(
        direct, units.listed + 10 + draws.below("direct.day", index, TODAY - units.listed - 10), NEVER
    )
    held = draws.chance("held", index, HELD_PERMILLE) & ~direct
    status = np.where(direct, SOLD, np.where(held, RESERVED, AVAILABLE))
    sold[unit] = claims.won
    status[unit] = np.where(claims.won == NEVER, RESERVED, SOLD)
    order = np.argsort(claims.lead)
    return Stock(units, status, sold, make_prices(story, units, sold), claims.lead[order], unit[order])


def make_claims(story: Story, team: Team) -> Claims:
    """All leads that booked a unit or are about to, read off their lives chunk by chunk."""
    parts = []
    for rows in chunks(story):
        lives = live(story, team, rows)
        own = np.flatnonzero((lives.stage == BOOKED) | at_booking(story, lives))
        won = np.where(lives.stage[own] == BOOKED, lives.last_move[own] // DAY, NEVER)
        opened = lives.moves[own, QUALIFIED] // DAY
        parts.append(np.stack([lives.rows[own], lives.city[own], lives.segment[own], opened, won]))
    lead, city, segment, opened, won = np.concatenate(parts, axis=1)
    return Claims(lead, city, segment, opened, won)


def _matched(claims: Claims, projects: Projects, units: Units, bits: Bits) -> Ints:
    """A unit for each claim, none twice: of the wanted city and segment where one was listed by then."""
    queues = _Queues(units, projects)
    order = np.lexsort((claims.lead, claims.opened)).tolist()
    unit = np.full(len(order), NEVER, dtype=np.int64)
    wanted = [claims.city.tolist(), claims.segment.tolist(), claims.opened.tolist()]
    drawn = bits.tolist()
    for claim in order:
        city, segment, opened = (values[claim] for values in wanted)
        unit[claim] = queues.take(city, segment, opened, drawn[claim])
    return unit


class _Queues:
    """Units not given away yet, by city and segment, in the order in which they were listed."""

    def __init__(self, units: Units, projects: Projects) -> None:
        launched = np.flatnonzero(projects.launched[units.project] <= TODAY)
        order = launched[np.lexsort((launched, units.listed[launched]))]
        keyed = sorted(order.tolist(), key=lambda unit: (int(units.city[unit]), int(units.segment[unit])))
        groups = groupby(keyed, key=lambda unit: (int(units.city[unit]), int(units.segment[unit])))
        self._coming = {pair: list(reversed(list(group))) for pair, group in groups}
        self._ready: dict[tuple[int, int], list[int]] = {pair: [] for pair in self._coming}
        self._listed = units.listed.tolist()

    def take(self, city: int, segment: int, day: int, bits: int) -> int:
        """A unit listed by the day, of the nearest segment that has one left, then of another city."""
        for pair in self._nearest(city, segment):
            ready, coming = self._ready[pair], self._coming[pair]
            while coming and self._listed[coming[-1]] <= day:
                ready.append(coming.pop())
            if ready:
                place = bits % len(ready)
                ready[place], ready[-1] = ready[-1], ready[place]
                return ready.pop()
        raise AssertionError("more leads booked than there are units: the demo's shares do not fit")

    def _nearest(self, city: int, segment: int) -> Iterator[tuple[int, int]]:
        """Wanted city and segment first, then other segments of the city, then everything else."""
        if (city, segment) in self._coming:
            yield city, segment
        yield from sorted(self._coming, key=lambda pair: (pair[0] != city, abs(pair[1] - segment), pair))
