"""How many items each job gives to a worker: priority first, equal ones share, no lane above its bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, groupby
from typing import TypeVar

T = TypeVar("T")
REMEMBERED = 1_000  # jobs


@dataclass(frozen=True)
class Waiting:
    """A job from which items may be taken, and how many of its items are under way."""

    job_id: str
    priority: int
    provider: str
    model: str
    under_way: int
    job_type: str = ""
    served: int = 0  # the turn in which it last gave an item
    empty: bool = False  # nothing of it is due

    def with_more(self, taken: int, empty: bool) -> Waiting:
        """The job after so many more of its items were taken, and perhaps the last that was due."""
        return replace(self, under_way=self.under_way + taken, empty=self.empty or empty)

    @property
    def lane(self) -> str:
        """The provider and model that its items go to, whose calls are bounded together."""
        return f"{self.provider}/{self.model}"


def in_turns(waiting: Sequence[Waiting], given: Mapping[str, Sequence[T]]) -> list[T]:
    """What the jobs give, the highest priority first; equal ones by turns: the first of each, then the second."""
    listed = [
        (-one.priority, number, item)
        for one in waiting
        for number, item in enumerate(given.get(one.job_id, ()))
    ]
    return [item for _, _, item in sorted(listed, key=lambda entry: entry[:2])]


class Rotation:
    """Remembers in which order jobs gave items to a worker."""

    def __init__(self) -> None:
        self._served: dict[str, int] = {}
        self._turns = count(1)

    def last(self, job_id: str) -> int:
        """The turn in which a job last gave; 0 where it did not yet."""
        return self._served.get(job_id, 0)

    def gave(self, job_ids: Iterable[str]) -> None:
        """These jobs gave items now."""
        if len(self._served) > REMEMBERED:
            self._served.clear()
        self._served.update(zip(job_ids, self._turns, strict=False))


def shares(
    waiting: Sequence[Waiting],
    free: int,
    limit: Callable[[str, str], int],
    resting: frozenset[str] = frozenset(),
) -> dict[str, int]:
    """How many items to take from each job; those from which nothing is taken are left out.

    Jobs come by falling priority. Of equal ones, the one with the fewest items under way gives the next; where they
    have as many, the one that has not given for the longest time, so that they share a lane of one place too.
    """
    used: Counter[str] = Counter()
    bound = {one.lane: limit(one.provider, one.model) for one in waiting}
    for one in waiting:
        used[one.lane] += one.under_way
    taken: Counter[str] = Counter()
    for _, group in groupby(waiting, key=lambda one: one.priority):
        equal = [one for one in group if one.lane not in resting and not one.empty]
        while free > 0:
            open_ones = [one for one in equal if used[one.lane] < bound[one.lane]]
            if not open_ones:
                break
            least = min(open_ones, key=lambda one: (one.under_way + taken[one.job_id], one.served))
            taken[least.job_id] += 1
            used[least.lane] += 1
            free -= 1
    return dict(taken)
