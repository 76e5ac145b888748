"""Site visits: those made, those that came to nothing, and those planned for the weeks ahead."""

from __future__ import annotations

from typing import Any

import numpy as np

from oracle_kit.demo.counter import Draws, Flags, Ints
from oracle_kit.demo.deals import Deals
from oracle_kit.demo.lives import Lives
from oracle_kit.demo.moments import DAY, HORIZON, HOUR, MINUTE, NEVER, NOW, TODAY, half_hour, to_weekend
from oracle_kit.demo.shelves import Shelves
from oracle_kit.demo.stock import Stock
from oracle_kit.demo.story import (
    FIRST_LEAD,
    FIRST_PROJECT,
    FIRST_USER,
    QUALIFIED,
    SITE_VISIT,
    Story,
)
from oracle_kit.demo.team import Team

STATUSES = ("scheduled", "completed", "no_show", "cancelled")
SCHEDULED, COMPLETED, NO_SHOW, CANCELLED = range(4)
RATING_WEIGHTS = ((16, 24, 32, 20, 8), (6, 12, 30, 34, 18), (2, 6, 20, 38, 34))  # by quality
FAILED_PERMILLE, AGAIN_PERMILLE = 300, 420
PLANNED_PERMILLE = (0, 60, 420, 380, 300, 0, 0)  # by stage of the lead
AHEAD_DAYS = 31  # today and the 30 after it
KINDS = 4  # of visits a lead may have, in this order: failed, made, again, planned


def visit_rows(
    story: Story, lives: Lives, team: Team, deals: Deals, stock: Stock, shelves: Shelves
) -> dict[str, Any]:
    """The rows of `intel_visits`, without ids, lead by lead."""
    draws = story.draws("intel_visits")
    there, at, status = _plans(draws, lives)
    lead, kind = np.nonzero(there)
    at, status, rows = at[lead, kind], status[lead, kind], lives.rows[lead] * KINDS + kind
    band = np.searchsorted((45, 65), lives.quality[lead], side="right").astype(np.int64)
    rating = np.where(status == COMPLETED, 1 + draws.pick_by("rating", rows, RATING_WEIGHTS, band), NEVER)
    owner = lives.owner[lead]
    unit = _units(draws, lives, deals, shelves, lead, rows, at)
    return {
        "lead_id": lives.rows[lead] + FIRST_LEAD,
        "project_id": stock.units.project[unit] + FIRST_PROJECT,
        "user_id": np.where(team.active[owner], owner, team.leader(owner)) + FIRST_USER,
        "scheduled_at": at,
        "status": np.array(STATUSES, dtype=object)[status],
        "rating": rating,
    }


def _plans(draws: Draws, lives: Lives) -> tuple[Flags, Ints, Ints]:
    """For each lead and kind of visit: whether there is one, when, and what became of it."""
    rows, visited = lives.rows, lives.reached >= SITE_VISIT
    made = lives.moves[:, SITE_VISIT]
    qualified = lives.moves[:, QUALIFIED]
    failed_by = np.where(visited, made, lives.last_touch)
    failed = _between(draws, "failed", rows, qualified, failed_by)
    again = _between(draws, "again", rows, made + DAY, lives.last_touch)
    planned = _planned(draws, rows)
    there = [
        draws.chance("failed", rows, FAILED_PERMILLE) & (lives.reached >= QUALIFIED) & (failed < failed_by),
        visited,
        draws.chance("again", rows, AGAIN_PERMILLE) & visited & (again < lives.last_touch),
        draws.chance("planned", rows, np.array(PLANNED_PERMILLE)[lives.stage]),
    ]
    failure = NO_SHOW + draws.chance("failed.cancelled", rows, 420)
    outcome = np.array((COMPLETED, NO_SHOW, CANCELLED))[draws.pick("again.status", rows, (82, 11, 7))]
    status = [failure, rows * 0 + COMPLETED, outcome, rows * 0 + SCHEDULED]
    arrived = made // (30 * MINUTE) * (30 * MINUTE)
    times = [failed, arrived, again, planned]
    return np.stack(there, axis=1), np.stack(times, axis=1), np.stack(status, axis=1)


def _between(draws: Draws, column: str, rows: Ints, first: Ints, last: Ints) -> Ints:
    """A half hour on a day between two moments, weekends preferred."""
    day = (first + draws.below(f"{column}.day", rows, np.maximum(last - first, 1))) // DAY
    day = to_weekend(draws, f"{column}.weekend", rows, day, 500)
    return np.maximum(half_hour(draws, f"{column}.hour", rows, day), (first // HOUR + 1) * HOUR)


def _planned(draws: Draws, rows: Ints) -> Ints:
    """A half hour within the days ahead, the next ones more often."""
    day = to_weekend(draws, "planned.weekend", rows, TODAY + draws.soon("planned.day", rows, AHEAD_DAYS), 450)
    day = np.minimum(day, TODAY + AHEAD_DAYS - 1)
    at = half_hour(draws, "planned.hour", rows, day)
    later_today = NOW + (1 + draws.below("planned.later", rows, 9)) * 30 * MINUTE
    return np.minimum(np.where(at <= NOW, later_today, at), HORIZON)


def _units(
    draws: Draws, lives: Lives, deals: Deals, shelves: Shelves, lead: Ints, rows: Ints, at: Ints
) -> Ints:
    """The unit that a visit is for: mostly the deal's, else another that suits the lead."""
    own = np.full(len(lives.rows), NEVER, dtype=np.int64)
    own[deals.lead[::-1]] = deals.unit[::-1]  # backwards, so that a lead's first deal stays
    other = shelves.choose(
        draws, "unit", rows, lives.city[lead], lives.segment[lead], np.minimum(at, NOW) // DAY
    )
    return np.where((own[lead] != NEVER) & draws.chance("own", rows, 850), own[lead], other)
