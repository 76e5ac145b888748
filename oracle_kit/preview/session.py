"""What a screen is handed: the session it stands in, without what that is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from oracle_kit.model import Viewer
from oracle_kit.oracle import Oracle
from oracle_kit.preview.messages import Choose, Message
from oracle_kit.preview.panes import Panes

T = TypeVar("T")


class Session(Protocol):
    """An open studio, as its screens use it."""

    oracle: Oracle
    prefix: str
    panes: Panes
    dark: bool
    chosen: Choose  # the model that is asked where the codebook does not answer

    @property
    def viewer(self) -> Viewer:
        """Whoever is signed in."""

    async def run(self, work: Callable[..., T], *given: Any, **more: Any) -> T:
        """What the work gives, done beside the loop."""

    def later(self, work: Callable[[], Any]) -> None:
        """Have the work done in this session's turn, from any thread."""

    def beside(self, work: Callable[[], T], then: Callable[[T], Any]) -> None:
        """Have slow work done while nobody waits; `then` gets what it gave, in this session's turn."""

    def at_close(self, work: Callable[[], None]) -> None:
        """Have the work done when the session ends."""

    def say(self, html: str) -> None:
        """Show a notice."""

    def go(self, query: str) -> None:
        """Name another place in the address line."""

    async def show(self, screen: Screen) -> None:
        """Put a screen in place of the one that is there."""

    async def guarded(self, work: Callable[[], Any]) -> None:
        """The work done, its failures shown."""


class Screen(Protocol):
    """One view of the studio."""

    view: Any

    async def open(self) -> None:
        """Fill the view."""

    async def hear(self, message: Message) -> None:
        """Answer what the browser told."""
