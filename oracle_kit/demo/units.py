"""The units of the projects: what they are, when they came on the market, what they were priced at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oracle_kit.demo.counter import Draws, Ints, ragged
from oracle_kit.demo.moments import FIRST_DAY, TODAY
from oracle_kit.demo.projects import Projects
from oracle_kit.demo.story import Story

CONFIGURATIONS = ("1BHK", "2BHK", "3BHK", "4BHK", "Penthouse", "Villa")
MIX = (
    (35, 54, 11, 0, 0, 0),
    (12, 50, 36, 2, 0, 0),
    (0, 18, 57, 22, 3, 0),
    (0, 0, 27, 43, 16, 14),
)  # by segment
AREAS = ((340, 460, 760, 1150, 1900, 1800), (400, 600, 890, 1300, 2100, 2000),
         (450, 720, 1150, 1750, 2600, 2500), (500, 850, 1550, 2350, 3900, 4200))  # fmt: skip
AREA_SPREAD = 24  # percent above the least area
UNIT_SHARES = (120, 105, 80, 52)  # how many units a project has, by segment, relative to each other
FACINGS = ("north", "east", "north_east", "south", "west", "south_east", "north_west", "south_west")
FACING_WEIGHTS = (20, 24, 14, 10, 10, 10, 8, 4)
FACING_PERMILLE = (1000, 1020, 1015, 985, 985, 1000, 1000, 975)
TOWERS = tuple(f"Tower {letter}" for letter in "ABCDEF")
VILLAS = len(TOWERS)  # the place after the towers
VILLA = CONFIGURATIONS.index("Villa")
STOREYS = (14, 24, 32, 38)  # by segment
STEP = 10_000  # prices are full ten thousands of rupees


@dataclass(frozen=True)
class Units:
    """Units as arrays, by index (id - FIRST_UNIT), project by project; dates in days, prices in rupees."""

    project: Ints
    city: Ints
    segment: Ints
    tower: Ints
    floor: Ints
    configuration: Ints
    area: Ints
    facing: Ints
    listed: Ints
    first_price: Ints


def make_units(story: Story, projects: Projects) -> Units:
    """About as many units as the story wants, shared out by segment and by how large the city is."""
    draws = story.draws("inventory_units")
    project, place = ragged(_counts(story, draws, projects))
    index = np.arange(len(project), dtype=np.int64)
    segment, city = projects.segment[project], projects.city[project]
    towers = 1 + draws.below("towers", project, len(TOWERS))
    configuration = draws.pick_by("configuration", index, MIX, segment)
    villa = configuration == VILLA
    storeys = np.array(STOREYS)[segment]
    floor = np.where(villa, 0, 1 + draws.below("floor", index, storeys))
    floor = np.where(configuration == VILLA - 1, storeys + 1, floor)  # penthouses on top
    least = np.array(AREAS)[segment, configuration]
    area = least * (100 + draws.below("area", index, AREA_SPREAD)) // 500 * 5
    tower = place % towers
    units = Units(
        project=project,
        city=city,
        segment=segment,
        tower=np.where(villa, VILLAS, tower),
        floor=floor,
        configuration=configuration,
        area=area,
        facing=draws.pick("facing", index, FACING_WEIGHTS),
        listed=_listed(draws, index, projects.launched[project], tower),
        first_price=np.zeros(0, dtype=np.int64),
    )
    return _priced(story, draws, index, projects, units)


def _counts(story: Story, draws: Draws, projects: Projects) -> Ints:
    """How many units each project has, at least two."""
    index = np.arange(len(projects.city), dtype=np.int64)
    demand = np.array(story.lists.city_weights, dtype=np.int64)[projects.city] + 12
    share = np.array(UNIT_SHARES)[projects.segment] * demand * draws.between("size", index, 80, 120)
    share = np.where(projects.launched > TODAY, share // 3, share)  # little of a planned project is open yet
    counts: Ints = np.maximum(share * story.units // share.sum(), 2)
    return counts


def _listed(draws: Draws, index: Ints, launched: Ints, tower: Ints) -> Ints:
    """The first tower at launch (or when the history begins), the next ones a season later each."""
    day = (
        np.maximum(launched, FIRST_DAY)
        + tower * 75
        + np.where(tower > 0, draws.below("listed", index, 45), 0)
    )
    return np.minimum(day, TODAY - 2 - draws.below("listed.late", index, 40))


def _priced(story: Story, draws: Draws, index: Ints, projects: Projects, units: Units) -> Units:
    """The price at listing: city and segment, then micro-market, project, floor, facing, and when it was."""
    cities = story.lists.cities
    psf = np.array([city.psf for city in cities], dtype=np.int64)[units.city, units.segment]
    percent = np.zeros((len(cities), max(len(city.markets) for city in cities)), dtype=np.int64)
    for place, city in enumerate(cities):
        percent[place, : len(city.markets)] = [market.percent for market in city.markets]
    local = percent[units.city, projects.market[units.project]]
    own = draws.between("project.price", units.project, 94, 106)
    permille = (
        np.array(FACING_PERMILLE)[units.facing] + 3 * units.floor + draws.between("price", index, -15, 15)
    )
    rise = 900 + 100 * (units.listed - FIRST_DAY) // (TODAY - FIRST_DAY)
    rupees = psf * units.area * local // 100 * own // 100 * permille // 1000 * rise // 1000
    return Units(**{**vars(units), "first_price": np.maximum(rupees // STEP, 1) * STEP})
