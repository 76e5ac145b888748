"""What a batch may consist of: a type of job is an object in this registry."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Protocol

from oracle_kit.errors import NotFound, did_you_mean
from oracle_kit.jobs.job import ItemAsked, JobAsked, Outcome, Work


class JobType(Protocol):
    """A type of job; any number of threads run its items."""

    @property
    def name(self) -> str:
        """The `job_type` that asks for it."""
        ...

    @property
    def asks_models(self) -> bool:
        """Whether an item goes to a model provider, and so counts against its bound."""
        ...

    def check_job(self, asked: JobAsked) -> None:
        """Returns where a batch may be asked so; Refused with the reason where it may not."""
        ...

    def check_item(self, asked: JobAsked, item: ItemAsked) -> None:
        """Returns where the type takes the item; Refused with the reason where it does not."""
        ...

    def run(self, work: Work, cancel: threading.Event) -> Outcome:
        """What came of an item; any OracleError says why nothing did, and decides whether it is tried again.

        An item may run more than once, after a crash or a failure; what it writes it keys by job and item.
        """
        ...


class JobTypes:
    """The types of jobs that this workbench takes."""

    def __init__(self, types: Iterable[JobType]) -> None:
        self._types = {one.name: one for one in types}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all types."""
        return tuple(self._types)

    def of(self, name: str) -> JobType:
        """The type of that name; NotFound names those there are."""
        if name not in self._types:
            raise NotFound(f"There is no job type {name!r}.", hint=did_you_mean(name, self._types))
        return self._types[name]
