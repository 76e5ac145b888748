"""The whole warehouse as a stream of rows: first what is few, then lead by lead what hangs on leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Table

from oracle_kit.demo import tables
from oracle_kit.demo.counter import Ints
from oracle_kit.demo.deals import deal_rows, make_deals
from oracle_kit.demo.interactions import interaction_rows, make_interactions
from oracle_kit.demo.interests import interest_rows
from oracle_kit.demo.leads import history_rows, lead_rows
from oracle_kit.demo.lives import CHUNK, Lives, chunks, live
from oracle_kit.demo.moments import NOW
from oracle_kit.demo.people import person_rows
from oracle_kit.demo.projects import make_projects
from oracle_kit.demo.reminders import reminder_rows
from oracle_kit.demo.scores import current, score_rows, weekly_rows
from oracle_kit.demo.shelves import Shelves
from oracle_kit.demo.stock import Stock, make_stock
from oracle_kit.demo.story import (
    FIRST_HISTORY,
    FIRST_INTERACTION,
    FIRST_INTEREST,
    FIRST_OPPORTUNITY,
    FIRST_REMINDER,
    FIRST_VISIT,
    Story,
)
from oracle_kit.demo.team import Team, make_team
from oracle_kit.demo.units import make_units
from oracle_kit.demo.visits import visit_rows

Rows = dict[str, NDArray[Any]]
IDS = {
    "crm_opportunities": FIRST_OPPORTUNITY,
    "crm_stage_history": FIRST_HISTORY,
    "crm_property_interests": FIRST_INTEREST,
    "intel_interactions": FIRST_INTERACTION,
    "intel_reminders": FIRST_REMINDER,
    "intel_visits": FIRST_VISIT,
}


@dataclass(frozen=True)
class Part:
    """Some rows of one table, and how much of the whole demo stands with them (0..1).

    Times are seconds and dates days since 1970, numbers with decimals are in units of their last digit,
    texts are objects; NEVER or an empty text is null in a nullable column.
    """

    table: Table
    rows: Rows
    done: float


@dataclass
class _Numbers:
    """The next id of each table whose rows are counted as they come."""

    following: dict[str, int] = field(default_factory=lambda: dict(IDS))

    def give(self, table: Table, rows: Rows) -> Rows:
        """The rows with their ids in front."""
        if table.name not in self.following:
            return rows
        count = len(next(iter(rows.values())))
        first = self.following[table.name]
        self.following[table.name] += count
        ids: Ints = np.arange(first, first + count, dtype=np.int64)
        return {tables.key_of(table)[0]: ids, **rows}


def generate(story: Story, chunk: int = CHUNK) -> Iterator[Part]:
    """Every row of the demo; the rows do not depend on the size of the chunks."""
    team, projects = make_team(story), make_projects(story)
    stock = make_stock(story, team, projects, make_units(story, projects))
    shelves = Shelves(stock)
    yield Part(tables.oracle_demo, _mark(story), 0.0)
    yield Part(tables.users, team.rows(story), 0.0)
    yield Part(tables.projects, projects.rows(story), 0.0)
    yield Part(tables.units, stock.rows(), 0.0)
    yield Part(tables.pricing_history, stock.prices.rows(), 0.01)
    numbers = _Numbers()
    for rows in chunks(story, chunk):
        made = _hanging_on(story, team, stock, shelves, live(story, team, rows))
        for place, (table, columns) in enumerate(made, start=1):
            begun = (rows[0] + len(rows) * place / 10) / story.leads
            yield Part(table, numbers.give(table, columns), min(1.0, float(begun)))


def _hanging_on(
    story: Story, team: Team, stock: Stock, shelves: Shelves, lives: Lives
) -> Iterator[tuple[Table, Rows]]:
    """All rows of some leads and of what hangs on them, table by table."""
    deals = make_deals(story, lives, stock, shelves)
    contacts = make_interactions(story, lives)
    score = current(story, lives)
    yield tables.people, person_rows(story, lives)
    yield tables.leads, lead_rows(story, lives, contacts.last(len(lives.rows)))
    yield tables.opportunities, deal_rows(story, lives, deals, stock)
    yield tables.stage_history, history_rows(story, lives)
    yield tables.property_interests, interest_rows(story, lives, deals, shelves)
    yield tables.interactions, interaction_rows(story, lives, team, contacts)
    yield tables.reminders, reminder_rows(story, lives, team)
    yield tables.visits, visit_rows(story, lives, team, deals, stock, shelves)
    yield tables.qd_scores, score_rows(story, lives, score)
    yield tables.qd_timeseries, weekly_rows(story, lives, score)


def _mark(story: Story) -> Rows:
    """The one row that says what stands here."""
    return {
        "seed": np.array([story.seed], dtype=np.int64),
        "scale": np.array([story.scale], dtype=np.float64),
        "now": np.array([NOW], dtype=np.int64),
    }
