"""QD scores: each lead's current one, and the weekly points that led to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from oracle_kit.demo.counter import POSITIONS, Ints, ragged
from oracle_kit.demo.lives import Lives
from oracle_kit.demo.moments import DAY, HOUR, NEVER, NOW, monday
from oracle_kit.demo.story import FIRST_LEAD, LOST, Story

BY_STEP = (-8, -2, 5, 11, 16, 20)
WEEKS = 26  # of points that are kept of an open lead
CLOSED_WEEKS = 3  # that a closed lead is still scored


def current(story: Story, lives: Lives) -> Ints:
    """The score now, 0..100: quality and progress, less where a lead fell silent or was lost."""
    noise = story.draws("intel_qd_scores").bell("score", lives.rows, 20)
    score = lives.quality * 7 // 10 + 20 + np.array(BY_STEP)[lives.reached] + noise
    silent = (NOW - np.maximum(lives.last_touch, lives.created_at)) // DAY
    score = score - np.where(lives.open, np.minimum(silent // 4, 16), 0)
    scored: Ints = np.clip(np.where(lives.stage == LOST, score - 20, score), 0, 100)
    return scored


def score_rows(story: Story, lives: Lives, score: Ints) -> dict[str, Any]:
    """The rows of `intel_qd_scores`; open leads were scored last night, or when they came in since."""
    night = NOW - 7 * HOUR + story.draws("intel_qd_scores").below("scored", lives.rows, HOUR)
    scored = np.where(lives.open, night, np.minimum(_end(lives), night))
    at = np.minimum(np.maximum(scored, lives.created_at + 60), NOW)
    return {"lead_id": lives.rows + FIRST_LEAD, "qd_score": score, "scored_at": at}


def weekly_rows(story: Story, lives: Lives, score: Ints) -> dict[str, Any]:
    """The rows of `intel_qd_timeseries`: from a first impression to the current score, the last point."""
    draws = story.draws("intel_qd_timeseries")
    last = monday(np.minimum(_end(lives), NOW) // DAY)
    first = np.maximum(monday(lives.created_at // DAY), last - 7 * (WEEKS - 1))
    lead, week = ragged((last - first) // 7 + 1)
    weeks = ((last - first) // 7)[lead]
    rows = lives.rows[lead] * POSITIONS + last[lead] // 7 - weeks + week
    began = np.clip(lives.quality // 2 + 22 + draws.bell("first", lives.rows, 14), 0, 100)[lead]
    way = began + (score[lead] - began) * week // np.maximum(weeks, 1) + draws.bell("week", rows, 7)
    return {
        "lead_id": lives.rows[lead] + FIRST_LEAD,
        "week_start": first[lead] + 7 * week,
        "qd_score": np.where(week == weeks, score[lead], np.clip(way, 0, 100)),
    }


def _end(lives: Lives) -> Ints:
    """Until when a lead is scored: now while open, some weeks after it closed."""
    return np.where(lives.open | (lives.last_touch == NEVER), NOW, lives.last_touch + CLOSED_WEEKS * 7 * DAY)
