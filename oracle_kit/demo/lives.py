"""The life of each lead: what it wants, who works it, when it moved, where it stands now.

Everything that hangs on a lead follows from this. A lead draws how far it would get and how long each step
takes; steps that lie after now have not happened, so young leads are early in the funnel and most old ones
closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from oracle_kit.demo.arrivals import created
from oracle_kit.demo.counter import Draws, Flags, Ints
from oracle_kit.demo.moments import DAY, MINUTE, NEVER, NOW, office_time, to_weekend
from oracle_kit.demo.story import BOOKED, LOST, NEGOTIATION, NEW, QUALIFIED, SITE_VISIT, Story
from oracle_kit.demo.team import LEADERS, Team

SOURCES = ("website", "portal", "referral", "broker", "walk_in", "event", "social")
SOURCE_WEIGHTS = (24, 27, 11, 13, 9, 5, 11)
SOURCE_QUALITY = (0, -5, 12, 2, 9, -1, -9)
SEGMENT_WEIGHTS = ((25, 38, 25, 12), (6, 24, 38, 32))  # of residents, of buyers abroad
ABROAD_PERMILLE = 140
# Of a thousand leads of each band of quality, how many get to contacted, qualified, site visit and so on.
BANDS = (30, 45, 60, 75)
REACHES = (
    (800, 280, 100, 30, 6),
    (870, 430, 190, 75, 20),
    (910, 560, 300, 140, 50),
    (945, 680, 430, 240, 110),
    (975, 800, 580, 380, 210),
)
# Days before each step from qualified on: least, and at most so many more.
WAITS = ((1, 13), (2, 22), (3, 27), (5, 40))
LOSS_PERMILLE = 670
LOSS_WAIT = (7, 100)
RECENT_S = 90 * DAY  # leads of these days never go to somebody who has left
CHUNK = 20_000


@dataclass(frozen=True)
class Lives:
    """Leads as arrays by position in the chunk; times in seconds, NEVER where it did not happen."""

    rows: Ints  # numbers of the leads in the whole demo
    city: Ints
    segment: Ints
    abroad: Flags
    source: Ints
    owner: Ints
    quality: Ints  # 0..99, what all scores follow
    reached: Ints  # how many steps of the funnel were made: 0 new .. 5 booked
    moves: Ints  # (leads, 6): when each step was made, the first when it was created
    lost_at: Ints
    last_touch: Ints  # when somebody last worked the lead; of closed leads, when it closed

    @property
    def created_at(self) -> Ints:
        """When each lead came in."""
        return self.moves[:, 0]

    @cached_property
    def stage(self) -> Ints:
        """Where each lead stands now."""
        return np.where(self.lost_at != NEVER, LOST, self.reached)

    @cached_property
    def open(self) -> Flags:
        """Neither booked nor lost."""
        return self.stage < BOOKED

    @cached_property
    def last_move(self) -> Ints:
        """When each lead made its latest step, being lost aside."""
        return self.moves[np.arange(len(self.rows)), self.reached]


def chunks(story: Story, size: int = CHUNK) -> Iterator[Ints]:
    """The numbers of all leads, in stretches that fit into memory."""
    for first in range(0, story.leads, size):
        yield np.arange(first, min(first + size, story.leads), dtype=np.int64)


def live(story: Story, team: Team, rows: Ints) -> Lives:
    """The lives of some leads; each lead's is the same whatever others are made with it."""
    draws = story.draws("crm_leads")
    came = created(draws, rows, story.leads)
    abroad = draws.chance("abroad", rows, ABROAD_PERMILLE)
    city = draws.pick("city", rows, story.lists.city_weights)
    source = draws.pick("source", rows, SOURCE_WEIGHTS)
    quality = _quality(draws, rows, source, abroad)
    moves, reached = _moves(draws, rows, came, quality)
    lost_at = _losses(draws, rows, moves, reached)
    last = _last_touch(draws, rows, moves, reached, lost_at, quality)
    return Lives(
        rows=rows,
        city=city,
        segment=draws.pick_by("segment", rows, SEGMENT_WEIGHTS, abroad.astype(np.int64)),
        abroad=abroad,
        source=source,
        owner=_owners(draws, rows, team, city, came),
        quality=quality,
        reached=reached,
        moves=moves,
        lost_at=lost_at,
        last_touch=last,
    )


def _quality(draws: Draws, rows: Ints, source: Ints, abroad: Flags) -> Ints:
    plain = (draws.below("quality", rows, 100) + draws.below("luck", rows, 100)) // 2
    quality: Ints = np.clip(plain + np.array(SOURCE_QUALITY)[source] + np.where(abroad, 5, 0), 0, 99)
    return quality


def _owners(draws: Draws, rows: Ints, team: Team, city: Ints, came: Ints) -> Ints:
    """An advisor of a team in the lead's city."""
    counts = np.array([len(teams) for teams in team.teams_of], dtype=np.int64)
    table = np.zeros((len(counts), counts.max()), dtype=np.int64)
    for place, teams in enumerate(team.teams_of):
        table[place, : len(teams)] = teams
    chosen: Ints = table[city, draws.below("team", rows, counts[city])]
    seat = draws.below("owner", rows, team.size - LEADERS)
    owner = chosen * team.size + LEADERS + seat
    next_one = chosen * team.size + LEADERS + (seat + 1) % (team.size - LEADERS)
    return np.where(~team.active[owner] & (came > NOW - RECENT_S), next_one, owner)


def _moves(draws: Draws, rows: Ints, came: Ints, quality: Ints) -> tuple[Ints, Ints]:
    """When each step was made (NEVER for those not made by now), and how many were."""
    bounds = np.array(REACHES, dtype=np.int64)[np.searchsorted(BANDS, quality, side="right")]
    furthest = (draws.below("reach", rows, 1000)[:, None] < bounds).sum(axis=1)
    times = [came, _first_contact(draws, rows, came)]
    for step, (least, more) in enumerate(WAITS, start=QUALIFIED):
        waited = least * DAY + draws.early(f"wait.{step}", rows, more * DAY)
        days = (times[-1] + waited) // DAY
        if step == SITE_VISIT:
            days = to_weekend(draws, "visit", rows, days, 550)
        times.append(office_time(draws, f"hour.{step}", rows, days))
    moves = np.stack(times, axis=1)
    made = (np.arange(6) <= furthest[:, None]) & (moves <= NOW)
    return np.where(made, moves, NEVER), made.sum(axis=1) - 1


def _first_contact(draws: Draws, rows: Ints, came: Ints) -> Ints:
    """Within minutes or days of coming in, in working hours."""
    quick = came + 10 * MINUTE + draws.early("contact", rows, 4 * DAY)
    at = office_time(draws, "contact.hour", rows, quick // DAY)
    return np.where(at > came + 10 * MINUTE, at, at + DAY)


def _losses(draws: Draws, rows: Ints, moves: Ints, reached: Ints) -> Ints:
    """When the lead was lost: some time after its last step, most of those that went no further."""
    least, more = LOSS_WAIT
    last = moves[np.arange(len(rows)), reached]
    days = (last + least * DAY + draws.early("loss.wait", rows, more * DAY)) // DAY
    at = office_time(draws, "loss.hour", rows, days)
    lost = draws.chance("loss", rows, LOSS_PERMILLE) & (reached < BOOKED) & (at <= NOW)
    return np.where(lost, at, NEVER)


def _last_touch(draws: Draws, rows: Ints, moves: Ints, reached: Ints, lost_at: Ints, quality: Ints) -> Ints:
    """Closed leads: when they closed. Open ones: lately, or at some time since their last step."""
    last = moves[np.arange(len(rows)), reached]
    lately = NOW - draws.soon("touch.gap", rows, 22 * DAY)
    gone_quiet = last + draws.early("touch.quiet", rows, np.maximum(NOW - last, 1))
    fresh = draws.chance("touch.fresh", rows, 420 + 4 * quality)
    at = office_time(draws, "touch.hour", rows, np.where(fresh, lately, gone_quiet) // DAY)
    earlier_today = NOW - draws.below("touch.today", rows, 5 * 60 * MINUTE)
    at = np.where(at > NOW, earlier_today, at)
    touched = np.clip(at, last, NOW)
    closed = np.where(lost_at != NEVER, lost_at, np.where(reached == BOOKED, last, touched))
    return np.where((reached == NEW) & (lost_at == NEVER), _attempt(draws, rows, last), closed)


def _attempt(draws: Draws, rows: Ints, came: Ints) -> Ints:
    """Of leads still new: an attempt that reached nobody, for a quarter of them."""
    at = np.minimum(came + 20 * MINUTE + draws.early("attempt", rows, 6 * DAY), NOW)
    tried = draws.chance("attempted", rows, 250) & (at > came)
    return np.where(tried, at, NEVER)


def at_booking(story: Story, lives: Lives) -> Flags:
    """Leads in negotiation whose deal has come to the booking form: their unit is held for them."""
    drawn = story.draws("crm_opportunities").chance("booking", lives.rows, 320)
    held: Flags = (lives.stage == NEGOTIATION) & drawn
    return held
