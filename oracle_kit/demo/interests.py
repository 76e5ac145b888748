"""Which units leads looked at, shortlisted or liked best."""

from __future__ import annotations

from typing import Any

import numpy as np

from oracle_kit.demo.counter import POSITIONS, Ints, ragged
from oracle_kit.demo.deals import Deals
from oracle_kit.demo.lives import Lives
from oracle_kit.demo.moments import DAY, NEVER
from oracle_kit.demo.shelves import Shelves
from oracle_kit.demo.story import FIRST_LEAD, FIRST_UNIT, QUALIFIED, Story

LEVELS = ("viewed", "shortlisted", "favourite")
LEVEL_WEIGHTS = ((66, 26, 8), (0, 55, 45))  # of any unit, of the one that the deal is about
HOW_MANY = ((0, 1), (0, 2), (1, 3), (1, 4), (2, 5), (2, 5))  # by steps made


def interest_rows(story: Story, lives: Lives, deals: Deals, shelves: Shelves) -> dict[str, Any]:
    """The rows of `crm_property_interests`, without ids; the first of a qualified lead is its deal's unit."""
    draws = story.draws("crm_property_interests")
    least, most = (np.array(side)[lives.reached] for side in zip(*HOW_MANY, strict=True))
    lead, place = ragged(draws.between("count", lives.rows, least, most))
    rows = lives.rows[lead] * POSITIONS + place
    of_deal = (place == 0) & (lives.reached[lead] >= QUALIFIED)
    came, end = lives.created_at[lead], np.maximum(lives.last_touch, lives.created_at)[lead]
    noted = came + draws.below("noted", rows, end - came + 1)
    noted = np.where(of_deal, lives.moves[lead, QUALIFIED], noted)
    found = shelves.choose(draws, "unit", rows, lives.city[lead], lives.segment[lead], noted // DAY)
    level = draws.pick_by("level", rows, LEVEL_WEIGHTS, of_deal.astype(np.int64))
    return {
        "lead_id": lives.rows[lead] + FIRST_LEAD,
        "unit_id": np.where(of_deal, _first_units(lives, deals)[lead], found) + FIRST_UNIT,
        "level": np.array(LEVELS, dtype=object)[level],
        "noted_at": noted,
    }


def _first_units(lives: Lives, deals: Deals) -> Ints:
    """The unit of each lead's first deal, NEVER without one."""
    unit = np.full(len(lives.rows), NEVER, dtype=np.int64)
    unit[deals.lead[::-1]] = deals.unit[::-1]  # backwards, so that the first one stays
    return unit
