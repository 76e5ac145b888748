"""The lists that the demo draws from, read from the YAML files beside this module."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray


@dataclass(frozen=True)
class Market:
    """A micro-market: its price in percent of the city's, and its centre in degrees."""

    name: str
    percent: int
    at: tuple[float, float]


@dataclass(frozen=True)
class City:
    """A city: its share of leads, prices per square foot by segment, teams and micro-markets."""

    name: str
    weight: int
    names: str
    psf: tuple[int, ...]
    rera: str
    teams: tuple[str, ...]
    markets: tuple[Market, ...]


@dataclass(frozen=True)
class Abroad:
    """A country where buyers live: ISO code, dialling code, share, cities."""

    country: str
    code: str
    weight: int
    cities: tuple[str, ...]


@dataclass(frozen=True)
class Lists:
    """Everything that is drawn from; `given` and `family` are names by region, with those of everywhere."""

    segments: tuple[str, ...]
    cities: tuple[City, ...]
    elsewhere: tuple[tuple[str, int], ...]
    abroad: tuple[Abroad, ...]
    given: dict[str, tuple[str, ...]]
    family: dict[str, tuple[str, ...]]
    developers: tuple[tuple[str, tuple[str, ...]], ...]
    first: tuple[str, ...]
    last: dict[str, tuple[str, ...]]

    @property
    def city_weights(self) -> list[int]:
        """Shares of leads by city."""
        return [city.weight for city in self.cities]

    def city_names(self) -> NDArray[np.object_]:
        """The cities' names, to be indexed by city."""
        return np.array([city.name for city in self.cities], dtype=object)


def read_lists() -> Lists:
    """The lists as values."""
    places, people, projects = (_read(name) for name in ("places", "people", "projects"))
    regions = [region for region in people if region != "everywhere"]
    shared = people["everywhere"]
    return Lists(
        segments=tuple(places["segments"]),
        cities=tuple(_city(entry) for entry in places["cities"]),
        elsewhere=tuple((entry["city"], entry["weight"]) for entry in places["elsewhere"]),
        abroad=tuple(Abroad(**{**entry, "cities": tuple(entry["cities"])}) for entry in places["abroad"]),
        given={region: (*people[region]["given"], *shared["given"]) for region in regions},
        family={region: (*people[region]["family"], *shared["family"]) for region in regions},
        developers=tuple((entry["name"], tuple(entry["cities"])) for entry in projects["developers"]),
        first=tuple(projects["first"]),
        last={segment: tuple(words) for segment, words in projects["last"].items()},
    )


def _read(name: str) -> Any:
    source = files("oracle_kit.demo") / "lists" / f"{name}.yaml"
    return yaml.safe_load(source.read_text(encoding="utf-8"))


def _city(entry: dict[str, Any]) -> City:
    markets = tuple(
        Market(one["name"], one["percent"], (one["at"][0], one["at"][1])) for one in entry["micro_markets"]
    )
    return City(
        name=entry["name"],
        weight=entry["weight"],
        names=entry["names"],
        psf=tuple(entry["psf"]),
        rera=entry["rera"],
        teams=tuple(entry["teams"]),
        markets=markets,
    )
