"""Where each ask would lead if it did not stand in the codebook, and which asks say the same as another's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from oracle_kit.codebook.lists import Ints
from oracle_kit.codebook.nearest import asked, nearest
from oracle_kit.codebook.rank import Ranker
from oracle_kit.model import Match

FIRST = 12  # matches that are looked at
TWIN = 0.95  # a cosine from which two asks say the same


@dataclass(frozen=True)
class Reached:
    """An ask (`at` is its place among its template's), the matches it has when held out, and its twins.

    `twins` are asks of other templates that say the same, each with the template's id.
    """

    template_id: str
    at: int
    ask: str
    matches: tuple[Match, ...]
    twins: tuple[tuple[str, str], ...]

    @property
    def score(self) -> float:
        """The score of its own template; 0 where that is not among the matches."""
        return next((one.score for one in self.matches if one.template_id == self.template_id), 0.0)


def reach(ranker: Ranker) -> Iterator[Reached]:
    """Every ask of the templates that are there, held out in turn."""
    homes = ranker.index.homes
    starts = np.searchsorted(homes, np.arange(len(ranker.templates)))
    for place, template in enumerate(ranker.templates):
        if not ranker.alive[homes == place].any():
            continue
        for at, ask in enumerate(template.asks):
            line = int(starts[place]) + at
            matches = ranker.rank(ask, FIRST, hidden=line)
            yield Reached(template.id, at, ask, matches, tuple(_twins(ask, place, ranker, homes)))


def _twins(ask: str, place: int, ranker: Ranker, homes: Ints) -> Iterator[tuple[str, str]]:
    lines, cosines = nearest(asked(ask, ranker.index), ranker.index, ranker.alive, FIRST)
    for line in lines[cosines >= TWIN].tolist():
        if homes[line] != place:
            yield ranker.templates[int(homes[line])].id, ranker.text(line)
