"""Calls, messages and meetings: from the first contact to the last, in the order in which they happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from oracle_kit.demo.counter import POSITIONS, Draws, Ints, ragged
from oracle_kit.demo.lives import RECENT_S, Lives
from oracle_kit.demo.moments import DAY, HOUR, MINUTE, NEVER, NOW, office_time
from oracle_kit.demo.story import CONTACTED, FIRST_LEAD, FIRST_USER, LOST, NEW, Story
from oracle_kit.demo.team import Team

CHANNELS = ("call", "whatsapp", "email", "meeting", "sms")
CALL, MEETING = 0, 3
CHANNEL_WEIGHTS = ((44, 27, 11, 9, 9), (30, 38, 21, 6, 5))  # residents, buyers abroad
HOW_MANY = ((1, 2), (1, 5), (3, 9), (5, 13), (8, 19), (10, 25))  # by steps made
OUTBOUND_PERMILLE = 640


@dataclass(frozen=True)
class Interactions:
    """Interactions as arrays, lead by lead and in order of time; `lead` is the position in the chunk."""

    lead: Ints
    rows: Ints
    occurred: Ints

    def last(self, leads: int) -> Ints:
        """The time of each lead's latest one, NEVER where there is none."""
        latest = np.full(leads, NEVER, dtype=np.int64)
        latest[self.lead] = self.occurred  # ordered by time, so the last one written stays
        return latest


def make_interactions(story: Story, lives: Lives) -> Interactions:
    """The first when contact was made, the last at the lead's last touch, the others between."""
    draws = story.draws("intel_interactions")
    least, most = (np.array(side)[lives.reached] for side in zip(*HOW_MANY, strict=True))
    count = np.where(lives.last_touch == NEVER, 0, draws.between("count", lives.rows, least, most))
    lead, place = ragged(count)
    rows = lives.rows[lead] * POSITIONS + place
    first, last = _first(draws, lives)[lead], lives.last_touch[lead]
    day = (first + draws.below("when", rows, np.maximum(last - first, 1))) // DAY
    at = np.clip(office_time(draws, "hour", rows, day), first, last)
    at = np.where(place == 0, first, np.where(place == count[lead] - 1, last, at))
    order = np.lexsort((at, lead))
    return Interactions(lead, rows, at[order])


def _first(draws: Draws, lives: Lives) -> Ints:
    """Shortly before the step to contacted; of leads never contacted, the first attempt to reach them."""
    contact = lives.moves[:, CONTACTED] - 2 * MINUTE - draws.below("first", lives.rows, 5 * MINUTE)
    attempt = np.minimum(lives.created_at + HOUR, lives.last_touch)
    return np.where(lives.reached == NEW, attempt, contact)


def interaction_rows(story: Story, lives: Lives, team: Team, interactions: Interactions) -> dict[str, Any]:
    """The rows of `intel_interactions`, without ids."""
    draws, rows, lead = story.draws("intel_interactions"), interactions.rows, interactions.lead
    channel = draws.pick_by("channel", rows, CHANNEL_WEIGHTS, lives.abroad[lead].astype(np.int64))
    outbound = draws.chance("direction", rows, OUTBOUND_PERMILLE) | (lives.reached[lead] == NEW)
    owner = lives.owner[lead]
    gone = ~team.active[owner] & (interactions.occurred > NOW - RECENT_S)
    return {
        "lead_id": lives.rows[lead] + FIRST_LEAD,
        "user_id": np.where(gone, team.leader(owner), owner) + FIRST_USER,
        "channel": np.array(CHANNELS, dtype=object)[channel],
        "direction": np.array(("inbound", "outbound"), dtype=object)[outbound.astype(np.int64)],
        "sentiment": _sentiment(draws, lives, interactions),
        "duration_s": _durations(draws, rows, channel),
        "occurred_at": interactions.occurred,
    }


def _sentiment(draws: Draws, lives: Lives, interactions: Interactions) -> Ints:
    """Hundredths from -100 to 100: better leads sound better, lost ones worse."""
    lead = interactions.lead
    mood = lives.quality[lead] - 36 - np.where(lives.stage[lead] == LOST, 16, 0)
    heard: Ints = np.clip(mood + draws.bell("sentiment", interactions.rows, 85), -100, 100)
    return heard


def _durations(draws: Draws, rows: Ints, channel: Ints) -> Ints:
    """Seconds of calls and meetings, NEVER for text."""
    call = 15 + draws.early("call", rows, 1700)
    meeting = 15 * MINUTE + draws.early("meeting", rows, 100 * MINUTE)
    return np.where(channel == CALL, call, np.where(channel == MEETING, meeting, NEVER))
