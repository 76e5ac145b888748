"""What a block kind is: closed props, a pure build, and its one picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from oracle_kit.canvas.html import Html
from oracle_kit.model import Block, Rows, Step
from oracle_kit.query import Value


class Kind(Protocol):
    """One way to show rows. Props are presentation only: names of columns and choices, never values of rows."""

    @property
    def name(self) -> str:
        """The word that blocks carry."""
        ...

    @property
    def title(self) -> str:
        """What a person calls it."""
        ...

    @property
    def Props(self) -> type[Value]:
        """The closed schema of its props."""
        ...

    def build(self, step: Step, results: Mapping[str, Rows]) -> Value:
        """The props for a step and its rows, what the step says first; ContentError for props that do not fit."""
        ...

    def html(self, block: Block) -> Html:
        """The picture of a block, without its title, chips and source."""
        ...
