"""The people who sell: users in teams, a manager and a team lead to each, every team in one city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from oracle_kit.demo.counter import Flags, Ints
from oracle_kit.demo.naming import full_names
from oracle_kit.demo.story import FIRST_USER, Story

ROLES = ("manager", "team_lead", "advisor")
LEADERS = 2  # before the advisors of a team
ADVISORS_EACH = 6


@dataclass(frozen=True)
class Team:
    """Users as arrays, by index (id - FIRST_USER); teams are consecutive and of equal size."""

    city: Ints
    team: Ints
    role: Ints
    active: Flags
    names: tuple[str, ...]
    size: int
    teams_of: tuple[Ints, ...]  # of each city, its teams

    def leader(self, user: Ints) -> Ints:
        """The team lead of each user's team."""
        return self.team[user] * self.size + 1

    def rows(self, story: Story) -> dict[str, Any]:
        """The rows of `crm_users`."""
        index = np.arange(len(self.city), dtype=np.int64)
        regions = [city.names for city in story.lists.cities]
        return {
            "user_id": index + FIRST_USER,
            "full_name": full_names(story, "crm_users", index, [regions[city] for city in self.city]),
            "role": np.array(ROLES, dtype=object)[self.role],
            "team": np.array(self.names, dtype=object)[self.team],
            "city": story.lists.city_names()[self.city],
            "is_active": self.active,
        }


def make_team(story: Story) -> Team:
    """Teams for so many advisors, at least one in each city; each twelfth advisor has left."""
    cities = len(story.lists.cities)
    teams = max(cities, -(-story.advisors // ADVISORS_EACH))
    each = max(3, min(ADVISORS_EACH, story.advisors // teams))
    size = LEADERS + each
    team = np.repeat(np.arange(teams, dtype=np.int64), size)
    seat = np.tile(np.arange(size, dtype=np.int64), teams)
    number = team * each + seat - LEADERS
    return Team(
        city=team % cities,
        team=team,
        role=np.minimum(seat, LEADERS),
        active=(seat < LEADERS) | (number % 12 != 7),
        names=tuple(_name(story, index) for index in range(teams)),
        size=size,
        teams_of=tuple(np.arange(city, teams, cities, dtype=np.int64) for city in range(cities)),
    )


def _name(story: Story, index: int) -> str:
    cities = story.lists.cities
    words = cities[index % len(cities)].teams
    turn, place = divmod(index // len(cities), len(words))
    return f"{words[place]} {turn + 1}" if turn else words[place]
