"""The opportunities: one for each lead that was qualified, sometimes a second, with a unit and an amount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from oracle_kit.demo.counter import Flags, Ints
from oracle_kit.demo.lives import Lives, at_booking
from oracle_kit.demo.moments import DAY, NEVER, NOW, office_time
from oracle_kit.demo.shelves import Shelves
from oracle_kit.demo.stock import Stock
from oracle_kit.demo.story import (
    BOOKED,
    FIRST_LEAD,
    FIRST_UNIT,
    LOST,
    NEGOTIATION,
    QUALIFIED,
    SITE_VISIT,
    Story,
)
from oracle_kit.demo.units import STEP

STAGES = ("qualification", "site_visit", "proposal", "negotiation", "booking", "won", "lost")
QUALIFICATION, VISIT, PROPOSAL, NEGOTIATING, BOOKING, WON, DEAL_LOST = range(7)
CHANCES = ((8, 18), (20, 32), (35, 48), (52, 70), (80, 92), (100, 100), (0, 0))  # percent, by stage
AHEAD = (110, 90, 65, 45, 20)  # days until the expected close, up to, by open stage
SECOND_PERMILLE = 150


@dataclass(frozen=True)
class Deals:
    """Opportunities as arrays; `lead` is the position in the chunk, the first deals in the leads' order."""

    lead: Ints
    rows: Ints  # numbers for draws: twice the lead's, plus one for a second deal
    unit: Ints
    stage: Ints
    opened: Ints
    closed: Ints  # NEVER while open


def make_deals(story: Story, lives: Lives, stock: Stock, shelves: Shelves) -> Deals:
    """First deals of all qualified leads, then second ones, put in the order of their leads."""
    first, second = _first(story, lives), _second(story, lives)
    both = {name: np.concatenate([first[name], second[name]]) for name in first}
    order = np.argsort(both["rows"], kind="stable")
    lead, rows, stage, opened, closed = (
        both[name][order] for name in ("lead", "rows", "stage", "opened", "closed")
    )
    own = np.where(rows % 2 == 0, stock.unit_of(lives.rows[lead]), NEVER)
    draws = story.draws("crm_opportunities")
    found = shelves.choose(draws, "unit", rows, lives.city[lead], lives.segment[lead], opened // DAY)
    return Deals(lead, rows, np.where(own == NEVER, found, own), stage, opened, closed)


def _first(story: Story, lives: Lives) -> dict[str, Ints]:
    """The deal that follows its lead: won when booked, lost when lost, else at the lead's stage."""
    draws = story.draws("crm_opportunities")
    lead = np.flatnonzero(lives.reached >= QUALIFIED).astype(np.int64)
    rows = lives.rows[lead] * 2
    visited = np.where(draws.chance("proposal", rows, 450), PROPOSAL, VISIT)
    in_talks = np.where(at_booking(story, lives)[lead], BOOKING, NEGOTIATING)
    at = lives.stage[lead]
    stage = np.full(len(lead), QUALIFICATION, dtype=np.int64)
    for of_lead, of_deal in (
        (SITE_VISIT, visited),
        (NEGOTIATION, in_talks),
        (BOOKED, WON),
        (LOST, DEAL_LOST),
    ):
        stage = np.where(at == of_lead, of_deal, stage)
    closed = np.where(lives.open[lead], NEVER, lives.last_touch[lead])
    opened = lives.moves[lead, QUALIFIED]
    return {"lead": lead, "rows": rows, "stage": stage, "opened": opened, "closed": closed}


def _second(story: Story, lives: Lives) -> dict[str, Ints]:
    """A deal on another unit that some leads have; it never wins."""
    draws = story.draws("crm_opportunities")
    qualified = lives.moves[:, QUALIFIED]
    end = np.where(lives.open, NOW, lives.last_touch)
    day = (qualified + DAY + draws.early("second.wait", lives.rows * 2 + 1, 25 * DAY)) // DAY
    opened = office_time(draws, "second.hour", lives.rows * 2 + 1, day)
    there = (lives.reached >= QUALIFIED) & (opened < end - 2 * DAY)
    chosen = there & draws.chance("second", lives.rows * 2 + 1, SECOND_PERMILLE)
    lead = np.flatnonzero(chosen).astype(np.int64)
    rows, opened, end = lives.rows[lead] * 2 + 1, opened[lead], end[lead]
    given_up = ~lives.open[lead] | draws.chance("second.lost", rows, 450)
    closed_at = opened + DAY + draws.below("second.closed", rows, end - opened - DAY)
    stage = np.minimum(draws.below("second.stage", rows, 3), lives.stage[lead] - QUALIFIED)
    return {
        "lead": lead,
        "rows": rows,
        "stage": np.where(given_up, DEAL_LOST, stage),
        "opened": opened,
        "closed": np.where(given_up, closed_at, NEVER),
    }


def deal_rows(story: Story, lives: Lives, deals: Deals, stock: Stock) -> dict[str, Any]:
    """The rows of `crm_opportunities`, without ids."""
    draws = story.draws("crm_opportunities")
    low, high = (np.array(side)[deals.stage] for side in zip(*CHANCES, strict=True))
    price = stock.prices.current[deals.unit]
    amount = price * draws.between("discount", deals.rows, 955, 1000) // 1000 // STEP * STEP
    return {
        "lead_id": lives.rows[deals.lead] + FIRST_LEAD,
        "unit_id": deals.unit + FIRST_UNIT,
        "stage": np.array(STAGES, dtype=object)[deals.stage],
        "amount_inr": np.maximum(amount, STEP) * 100,
        "probability": draws.between("probability", deals.rows, low, high),
        "opened_at": deals.opened,
        "expected_close_on": _expected(story, deals),
        "closed_at": deals.closed,
    }


def _expected(story: Story, deals: Deals) -> Ints:
    """Open deals: in the weeks to come, some of them overdue. Closed ones: around the day they closed."""
    draws = story.draws("crm_opportunities")
    is_open: Flags = deals.closed == NEVER
    ahead = np.array((*AHEAD, 1, 1))[deals.stage]
    coming = NOW // DAY + 2 + draws.below("expected", deals.rows, ahead)
    late = NOW // DAY - 1 - draws.early("expected.late", deals.rows, 30)
    expected = np.where(draws.chance("expected.past", deals.rows, 140), late, coming)
    expected = np.where(is_open, expected, deals.closed // DAY + draws.bell("expected.near", deals.rows, 25))
    return np.maximum(expected, deals.opened // DAY)
