"""The projects: where, by whom, for whom, launched and handed over when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from oracle_kit.demo.counter import Draws, Ints
from oracle_kit.demo.moments import FIRST_DAY, TODAY
from oracle_kit.demo.story import FIRST_PROJECT, Story

STATUSES = ("pre_launch", "booking_open", "under_construction", "possession", "completed")
# After one project of each segment in each city: which more the demo wants, so that comparisons have sides.
WANTED = ("Kolkata luxury", "Kolkata luxury", "Mumbai mid", "Bengaluru premium", "Kolkata mid",
          "Gurugram luxury", "Hyderabad mid", "Pune mid", "Kolkata luxury", "Mumbai luxury", "Bengaluru luxury",
          "Kolkata premium", "Mumbai affordable", "Bengaluru mid", "Hyderabad luxury", "Kolkata affordable",
          "Mumbai premium", "Pune luxury", "Bengaluru affordable", "Gurugram mid", "Chennai luxury",
          "Gurugram premium", "Pune premium", "Hyderabad premium", "Gurugram affordable", "Pune affordable",
          "Hyderabad affordable", "Chennai mid")  # fmt: skip
SEGMENT_SHARES = (22, 34, 26, 18)
BEFORE, WITHIN, OPENING, PLANNED = range(4)  # launched before the history, in it, lately, not yet
WANTED_AGES = (OPENING, WITHIN, PLANNED, WITHIN, OPENING, WITHIN, WITHIN, PLANNED)
LATER_AGES = (BEFORE, WITHIN, BEFORE, OPENING, BEFORE, WITHIN, BEFORE, PLANNED, BEFORE, WITHIN)
LAUNCHED = {  # days from the first (before 0 when negative) or from today
    BEFORE: (FIRST_DAY - 1500, FIRST_DAY - 30),
    WITHIN: (FIRST_DAY + 20, TODAY - 280),
    OPENING: (TODAY - 260, TODAY - 15),
    PLANNED: (TODAY + 30, TODAY + 180),
}
BUILDING_DAYS = (1000, 1900)
JITTER = 12_000  # millionths of a degree, about a kilometre


@dataclass(frozen=True)
class Projects:
    """Projects as arrays, by index (id - FIRST_PROJECT); dates in days."""

    city: Ints
    segment: Ints
    market: Ints
    launched: Ints
    possession: Ints

    @property
    def status(self) -> Ints:
        """Where each stands today, by its dates."""
        handing_over = self.possession <= TODAY + 30
        status = np.where(handing_over, np.where(self.possession < TODAY - 180, 4, 3), 2)
        status = np.where(~handing_over & (self.launched > TODAY - 270), 1, status)
        return np.where(self.launched > TODAY, 0, status)

    def rows(self, story: Story) -> dict[str, Any]:
        """The rows of `inventory_projects`."""
        draws, index = story.draws("inventory_projects"), np.arange(len(self.city), dtype=np.int64)
        latitude, longitude = _places(story, self)
        return {
            "project_id": index + FIRST_PROJECT,
            "name": np.array(_names(story, self), dtype=object),
            "developer": np.array(_developers(story, self), dtype=object),
            "city": story.lists.city_names()[self.city],
            "micro_market": np.array(_markets(story, self), dtype=object),
            "segment": np.array(story.lists.segments, dtype=object)[self.segment],
            "status": np.array(STATUSES, dtype=object)[self.status],
            "rera_id": np.array(_rera(story, self), dtype=object),
            "launched_on": self.launched,
            "possession_on": self.possession,
            "latitude": latitude + draws.bell("latitude", index, JITTER),
            "longitude": longitude + draws.bell("longitude", index, JITTER),
        }


def make_projects(story: Story) -> Projects:
    """One project of each segment in each city, launched before the history begins, and more besides."""
    draws = story.draws("inventory_projects")
    index = np.arange(story.projects, dtype=np.int64)
    city, segment, age = _kinds(story, draws, index)
    low = np.array([LAUNCHED[kind][0] for kind in range(4)])[age]
    high = np.array([LAUNCHED[kind][1] for kind in range(4)])[age]
    launched = draws.between("launched", index, low, high)
    possession = launched + draws.between("building", index, *BUILDING_DAYS)
    counts = np.array([len(place.markets) for place in story.lists.cities], dtype=np.int64)[city]
    half = (counts + 1) // 2  # dear segments in the dear half, cheap ones in the cheap half
    pair = city * len(story.lists.segments) + segment
    market = (
        np.where(segment >= 2, 0, counts - half) + (draws.below("market", pair, half) + _turn(pair)) % half
    )
    return Projects(city, segment, market, launched, possession)


def _kinds(story: Story, draws: Draws, index: Ints) -> tuple[Ints, Ints, Ints]:
    """City, segment and age of each: one of every pair, then the wanted ones, then drawn ones."""
    segments, count = story.lists.segments, len(index)
    names = [city.name for city in story.lists.cities]
    pairs = [(city, segment) for city in range(len(names)) for segment in range(len(segments))]
    wanted = [(names.index(city), segments.index(segment)) for city, segment in map(str.split, WANTED)]
    given = np.array([*pairs, *wanted], dtype=np.int64)[:count]
    city = draws.pick("city", index, story.lists.city_weights)
    segment = draws.pick("segment", index, SEGMENT_SHARES)
    city[: len(given)], segment[: len(given)] = given[:, 0], given[:, 1]
    age = np.array(LATER_AGES)[index % len(LATER_AGES)]
    ages = [BEFORE] * len(pairs) + [WANTED_AGES[turn % len(WANTED_AGES)] for turn in range(len(wanted))]
    age[: len(given)] = ages[:count]
    return city, segment, age


def _turn(pairs: Ints) -> Ints:
    """How many of its city and segment come before each project; they differ in place and developer by it."""
    order = np.argsort(pairs, kind="stable")
    starts = np.searchsorted(pairs[order], pairs[order])
    turn = np.empty(len(pairs), dtype=np.int64)
    turn[order] = np.arange(len(pairs), dtype=np.int64) - starts
    return turn


def _names(story: Story, projects: Projects) -> list[str]:
    """Names of two parts; one that is taken gets the next phase."""
    draws, lists = story.draws("inventory_projects"), story.lists
    index = np.arange(len(projects.city), dtype=np.int64)
    first, last = draws.bits("first", index).tolist(), draws.bits("last", index).tolist()
    taken: dict[str, int] = {}
    names = []
    for one, two, segment in zip(first, last, projects.segment.tolist(), strict=True):
        words = lists.last[lists.segments[segment]]
        name = f"{lists.first[one % len(lists.first)]} {words[two % len(words)]}"
        taken[name] = taken.get(name, 0) + 1
        names.append(name if taken[name] == 1 else f"{name} Phase {taken[name]}")
    return names


def _developers(story: Story, projects: Projects) -> list[str]:
    """A developer that builds in the project's city, another one for each project of the same kind."""
    pair = projects.city * len(story.lists.segments) + projects.segment
    first = story.draws("inventory_projects").below("developer", pair, 1 << 20)
    cities = story.lists.cities
    building = [[name for name, places in story.lists.developers if city.name in places] for city in cities]
    drawn = zip(projects.city.tolist(), (first + _turn(pair)).tolist(), strict=True)
    return [building[city][number % len(building[city])] for city, number in drawn]


def _markets(story: Story, projects: Projects) -> list[str]:
    places = zip(projects.city.tolist(), projects.market.tolist(), strict=True)
    return [story.lists.cities[city].markets[market].name for city, market in places]


def _rera(story: Story, projects: Projects) -> list[str]:
    """Registration numbers in the pattern of the city's state, none twice."""
    launched = projects.launched.astype("datetime64[D]").astype("datetime64[Y]")
    years = (launched.astype(np.int64) + 1970).tolist()
    numbers = enumerate(zip(projects.city.tolist(), years, strict=True), start=1)
    return [
        story.lists.cities[c].rera.format(year=year, number=137 * number) for number, (c, year) in numbers
    ]


def _places(story: Story, projects: Projects) -> tuple[Ints, Ints]:
    """The centres of the micro-markets, in millionths of a degree."""
    places = list(zip(projects.city.tolist(), projects.market.tolist(), strict=True))
    centres = [story.lists.cities[city].markets[market].at for city, market in places]
    degrees = np.array([[round(part * 1_000_000) for part in centre] for centre in centres], dtype=np.int64)
    return degrees[:, 0], degrees[:, 1]
