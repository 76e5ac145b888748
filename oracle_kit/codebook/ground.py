"""What templates are checked against: handed in, so that loading knows no catalog, language or kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from oracle_kit.query import Where, Window
from oracle_kit.words import DatasetWords


@dataclass(frozen=True)
class Ground:
    """The datasets that somebody may read, and the readers of what a template says in other grammars.

    `where` takes (expression, dataset id) and gives the filter, or raises ContentError with message and hint.
    `window` takes a time phrase and gives its window, the field still open; None when it is no time phrase.
    `props` are the closed presentation schemas of the block kinds, by kind.
    """

    datasets: Mapping[str, DatasetWords]
    where: Callable[[str, str], Where]
    window: Callable[[str], Window | None]
    props: Mapping[str, type[BaseModel]]
