"""What each unit was priced at over time: the listing, then a revision every few months until it was sold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from oracle_kit.demo.counter import Flags, Ints
from oracle_kit.demo.moments import NEVER, TODAY
from oracle_kit.demo.story import FIRST_UNIT, Story
from oracle_kit.demo.units import STEP, Units

REVISIONS = 6
GAP_DAYS = (100, 190)
CHANGE_PERMILLE = (-12, 34)


@dataclass(frozen=True)
class Prices:
    """Prices of units, (units, 1 + REVISIONS): the day each took effect, rupees, whether it came to pass."""

    day: Ints
    rupees: Ints
    real: Flags

    @property
    def current(self) -> Ints:
        """The price that stands now, or at which the unit was sold."""
        standing: Ints = self.rupees[np.arange(len(self.rupees)), self.real.sum(axis=1) - 1]
        return standing

    def rows(self) -> dict[str, Any]:
        """The rows of `inventory_pricing_history`."""
        unit, _ = np.nonzero(self.real)
        return {
            "unit_id": unit + FIRST_UNIT,
            "effective_on": self.day[self.real],
            "price_inr": self.rupees[self.real] * 100,
        }


def make_prices(story: Story, units: Units, sold: Ints) -> Prices:
    """Prices from the listing to the sale, or to today where there is none."""
    draws = story.draws("inventory_pricing_history")
    index = np.arange(len(units.project), dtype=np.int64)
    days, rupees = [units.listed], [units.first_price]
    for turn in range(REVISIONS):
        days.append(days[-1] + draws.between(f"gap.{turn}", index, *GAP_DAYS))
        change = 1000 + draws.between(f"change.{turn}", index, *CHANGE_PERMILLE)
        rupees.append(np.maximum(rupees[-1] * change // 1000 // STEP, 1) * STEP)
    day = np.stack(days, axis=1)
    end = np.where(sold == NEVER, TODAY, sold)
    return Prices(day, np.stack(rupees, axis=1), day <= end[:, None])
