"""The rows of leads and of their way through the stages."""

from __future__ import annotations

from typing import Any

import numpy as np

from oracle_kit.demo.counter import Ints, ragged
from oracle_kit.demo.lives import SOURCES, Lives
from oracle_kit.demo.moments import NOTHING
from oracle_kit.demo.story import FIRST_LEAD, FIRST_PERSON, FIRST_USER, LOST, STAGES, Story

TYPICAL_AREA = (560, 880, 1400, 2700)  # square feet that a buyer of each segment has in mind
BUDGET_STEP = (100_000, 500_000, 500_000, 1_000_000)  # rupees
INTENT_BY_STEP = (-8, -4, 4, 9, 14, 16)
REASONS = ("price", "location", "financing", "competitor", "timing", "unresponsive", "possession_delay")
REASON_WEIGHTS = ((5, 4, 2, 4, 9, 60, 1), (14, 9, 6, 10, 16, 40, 3), (26, 13, 12, 17, 14, 10, 8))


def lead_rows(story: Story, lives: Lives, last_contact: Ints) -> dict[str, Any]:
    """The rows of `crm_leads`; `last_contact` is each lead's latest interaction."""
    low, high = _budgets(story, lives)
    reasons = np.array((*REASONS, NOTHING), dtype=object)[_reasons(story, lives)]
    return {
        "lead_id": lives.rows + FIRST_LEAD,
        "person_id": lives.rows + FIRST_PERSON,
        "owner_id": lives.owner + FIRST_USER,
        "source": np.array(SOURCES, dtype=object)[lives.source],
        "stage": np.array(STAGES, dtype=object)[lives.stage],
        "intent_score": intent(story, lives),
        "budget_min_inr": low * 100,
        "budget_max_inr": high * 100,
        "preferred_city": story.lists.city_names()[lives.city],
        "preferred_segment": np.array(story.lists.segments, dtype=object)[lives.segment],
        "created_at": lives.created_at,
        "last_contacted_at": last_contact,
        "lost_reason": reasons,
    }


def intent(story: Story, lives: Lives) -> Ints:
    """How much each lead wants to buy, 0..100: its quality and how far it came."""
    noise = story.draws("crm_leads").bell("intent", lives.rows, 22)
    score = lives.quality * 8 // 10 + 12 + np.array(INTENT_BY_STEP)[lives.reached] + noise
    wanted: Ints = np.clip(np.where(lives.stage == LOST, score - 12, score), 0, 100)
    return wanted


def _budgets(story: Story, lives: Lives) -> tuple[Ints, Ints]:
    """Least and most that a lead would pay, in rupees: what its segment costs in its city, give or take."""
    draws = story.draws("crm_leads")
    psf = np.array([city.psf for city in story.lists.cities], dtype=np.int64)[lives.city, lives.segment]
    usual = psf * np.array(TYPICAL_AREA)[lives.segment]
    step = np.array(BUDGET_STEP)[lives.segment]
    high = np.maximum(usual * draws.between("budget", lives.rows, 75, 140) // 100 // step, 2) * step
    low = np.maximum(high * draws.between("budget.least", lives.rows, 62, 88) // 100 // step, 1) * step
    return low, high


def _reasons(story: Story, lives: Lives) -> Ints:
    """Why each lost lead was lost, by how far it came; the place after the reasons for those not lost."""
    depth = np.minimum(lives.reached, 2)
    reason = story.draws("crm_leads").pick_by("lost_reason", lives.rows, REASON_WEIGHTS, depth)
    return np.where(lives.stage == LOST, reason, len(REASONS))


def history_rows(story: Story, lives: Lives) -> dict[str, Any]:
    """The rows of `crm_stage_history`, without ids: one for each step made, and one for being lost."""
    lost = lives.stage == LOST
    lead, step = ragged(lives.reached + 1 + lost)
    leaving = step > lives.reached[lead]
    to_stage = np.where(leaving, LOST, step)
    words = np.array((*STAGES, NOTHING), dtype=object)
    at = np.where(leaving, lives.lost_at[lead], lives.moves[lead, np.minimum(step, 5)])
    return {
        "lead_id": lives.rows[lead] + FIRST_LEAD,
        "from_stage": words[np.where(step == 0, len(STAGES), step - 1)],
        "to_stage": words[to_stage],
        "changed_at": at,
        "changed_by": lives.owner[lead] + FIRST_USER,
    }
