"""The buyers: one person to each lead, with made-up addresses that reach nobody."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from oracle_kit.demo.counter import Draws, Ints
from oracle_kit.demo.lives import Lives
from oracle_kit.demo.moments import DAY, START
from oracle_kit.demo.naming import full_names
from oracle_kit.demo.story import FIRST_PERSON, Story

AWAY_PERMILLE = 260  # residents who live outside the city where they want to buy
DOMAINS = ("example.com", "example.in", "example.org")


def person_rows(story: Story, lives: Lives) -> dict[str, Any]:
    """The rows of `crm_people`."""
    draws, rows = story.draws("crm_people"), lives.rows
    cities = [story.lists.cities[city] for city in lives.city.tolist()]
    names = full_names(story, "crm_people", rows, [city.names for city in cities])
    country, code, city = _homes(story, draws, lives)
    return {
        "person_id": rows + FIRST_PERSON,
        "full_name": names,
        "email": _emails(draws, rows, names),
        "phone": _phones(draws, rows, code),
        "residency": np.array(("resident", "nri"), dtype=object)[lives.abroad.astype(np.int64)],
        "country": country,
        "city": city,
        "created_at": np.maximum(lives.created_at - draws.early("created", rows, DAY // 24), START),
    }


def _homes(story: Story, draws: Draws, lives: Lives) -> tuple[NDArray[np.object_], ...]:
    """Country, dialling code and city where each person lives."""
    lists, rows = story.lists, lives.rows
    places = draws.pick("elsewhere", rows, [weight for _, weight in lists.elsewhere])
    elsewhere = np.array([name for name, _ in lists.elsewhere], dtype=object)[places]
    at_home = np.where(draws.chance("away", rows, AWAY_PERMILLE), elsewhere, lists.city_names()[lives.city])
    land = draws.pick("country", rows, [place.weight for place in lists.abroad])
    town = draws.bits("town", rows).tolist()
    abroad = [lists.abroad[place] for place in land.tolist()]
    chosen = [place.cities[bits % len(place.cities)] for place, bits in zip(abroad, town, strict=True)]
    towns = np.array(chosen, dtype=object)
    country = np.where(lives.abroad, np.array([place.country for place in abroad], dtype=object), "IN")
    code = np.where(lives.abroad, np.array([place.code for place in abroad], dtype=object), "+91")
    return country, code, np.where(lives.abroad, towns, at_home)


def _emails(draws: Draws, rows: Ints, names: NDArray[np.object_]) -> NDArray[np.object_]:
    """Addresses under the domains kept for examples."""
    numbers = draws.between("email", rows, 1000, 9999).tolist()
    domains = np.array(DOMAINS, dtype=object)[draws.below("domain", rows, len(DOMAINS))].tolist()
    plain = [name.lower().replace(" ", ".").replace("'", "") for name in names.tolist()]
    drawn = zip(plain, numbers, domains, strict=True)
    return np.array([f"{name}{number}@{domain}" for name, number, domain in drawn], dtype=object)


def _phones(draws: Draws, rows: Ints, codes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Numbers that nobody has: no Indian mobile number begins with 5, and 555 is for fiction elsewhere."""
    numbers = draws.below("phone", rows, 1_000_000_000).tolist()
    drawn = zip(codes.tolist(), (f"{number:09d}" for number in numbers), strict=True)
    return np.array(
        [f"+91 5{n[:4]} {n[4:]}" if code == "+91" else f"{code} 555 0{n[:2]} {n[2:6]}" for code, n in drawn],
        dtype=object,
    )
