"""Reminders: those done in the past, and those open: overdue, due today, or due in the weeks ahead."""

from __future__ import annotations

from typing import Any

import numpy as np

from oracle_kit.demo.counter import POSITIONS, Draws, Flags, Ints, Texts, ragged
from oracle_kit.demo.lives import Lives
from oracle_kit.demo.moments import DAY, HORIZON, HOUR, MINUTE, NEVER, NOTHING, NOW, TODAY, half_hour
from oracle_kit.demo.story import BOOKED, FIRST_LEAD, FIRST_USER, Story
from oracle_kit.demo.team import Team

KINDS = ("follow_up", "visit", "document", "payment")
KIND_WEIGHTS = (
    (95, 5, 0, 0),
    (88, 12, 0, 0),
    (66, 24, 10, 0),
    (62, 20, 18, 0),
    (50, 8, 24, 18),
    (20, 0, 40, 40),
)
PRIORITIES = ("low", "normal", "high")
PRIORITY_WEIGHTS = ((34, 52, 14), (22, 52, 26), (10, 46, 44))  # by quality
OUTCOMES = (
    ("connected", "no_answer", "rescheduled", "not_interested"),
    ("visit_confirmed", "visit_declined", "rescheduled", "no_answer"),
    ("received", "incomplete", "rescheduled", "no_answer"),
    ("paid", "part_paid", "payment_delayed", "no_answer"),
)
OUTCOME_WEIGHTS = (52, 24, 15, 9)
DONE = ((0, 0), (0, 1), (0, 2), (1, 3), (1, 4), (2, 5))  # how many were done, by steps made
OPEN_WEIGHTS = (28, 48, 24)  # no, one or two open reminders of an open lead
OVERDUE_PERMILLE = 430
AHEAD_DAYS = 31  # today and the 30 after it


def reminder_rows(story: Story, lives: Lives, team: Team) -> dict[str, Any]:
    """The rows of `intel_reminders`, without ids, lead by lead, those done before those open."""
    draws = story.draws("intel_reminders")
    done, waiting = _counts(draws, lives)
    lead, place = ragged(done + waiting)
    rows = lives.rows[lead] * POSITIONS + place
    is_open = place >= done[lead]
    due = np.where(is_open, _due(draws, lives, lead, rows), _past(draws, lives, lead, rows))
    completed = np.where(is_open, NEVER, _completed(draws, lives, lead, rows, due))
    kind = draws.pick_by("kind", rows, KIND_WEIGHTS, lives.reached[lead])
    owner = lives.owner[lead]
    left = is_open & ~team.active[owner]
    return {
        "lead_id": lives.rows[lead] + FIRST_LEAD,
        "owner_id": np.where(left, team.leader(owner), owner) + FIRST_USER,
        "kind": np.array(KINDS, dtype=object)[kind],
        "priority": _priorities(draws, lives, lead, rows),
        "due_at": due,
        "completed_at": completed,
        "outcome": _outcomes(draws, rows, kind, is_open),
    }


def _counts(draws: Draws, lives: Lives) -> tuple[Ints, Ints]:
    """How many reminders of each lead are done, and how many open: lost leads have none open."""
    least, most = (np.array(side)[lives.reached] for side in zip(*DONE, strict=True))
    done = draws.between("done", lives.rows, least, most)
    waiting = draws.pick("open", lives.rows, OPEN_WEIGHTS)
    booked_lately = (lives.stage == BOOKED) & (lives.last_move > NOW - 60 * DAY)
    return done, np.where(lives.open | booked_lately, waiting, 0)


def _past(draws: Draws, lives: Lives, lead: Ints, rows: Ints) -> Ints:
    """Due at some half hour of the lead's life, after it came in."""
    came, end = lives.created_at[lead], np.maximum(lives.last_touch, lives.created_at)[lead]
    day = (came + draws.below("past", rows, end - came + DAY)) // DAY
    return np.maximum(half_hour(draws, "past.hour", rows, np.minimum(day, TODAY)), _next_hour(came))


def _due(draws: Draws, lives: Lives, lead: Ints, rows: Ints) -> Ints:
    """Some overdue by days or weeks, the others today or in the days ahead."""
    late = half_hour(draws, "late.hour", rows, TODAY - draws.soon("late", rows, 40))
    ahead = half_hour(draws, "ahead.hour", rows, TODAY + draws.soon("ahead", rows, AHEAD_DAYS))
    later_today = NOW + (1 + draws.below("later", rows, 9)) * 30 * MINUTE
    ahead = np.minimum(np.where(ahead <= NOW, later_today, ahead), HORIZON)
    overdue = draws.chance("overdue", rows, OVERDUE_PERMILLE) & (late < NOW) & (late > lives.created_at[lead])
    return np.where(overdue, late, ahead)


def _completed(draws: Draws, lives: Lives, lead: Ints, rows: Ints, due: Ints) -> Ints:
    """Mostly within hours of the due time, some days late; never before the lead came in nor after now."""
    early = draws.early("done.early", rows, 6 * HOUR)
    late = draws.early("done.late", rows, 5 * DAY)
    at = np.where(draws.chance("done.in_time", rows, 640), due - early, due + late)
    return np.clip(at, lives.created_at[lead] + MINUTE, NOW)


def _next_hour(at: Ints) -> Ints:
    return (at // HOUR + 1) * HOUR


def _priorities(draws: Draws, lives: Lives, lead: Ints, rows: Ints) -> Texts:
    band = np.searchsorted((45, 65), lives.quality[lead], side="right").astype(np.int64)
    priority = draws.pick_by("priority", rows, PRIORITY_WEIGHTS, band)
    named: Texts = np.array(PRIORITIES, dtype=object)[priority]
    return named


def _outcomes(draws: Draws, rows: Ints, kind: Ints, is_open: Flags) -> Texts:
    """What came of a reminder that was done; none for an open one."""
    words: Texts = np.array(OUTCOMES, dtype=object)[kind, draws.pick("outcome", rows, OUTCOME_WEIGHTS)]
    words[is_open] = NOTHING
    return words
