"""What a screen is handed: the session it stands in, without what that is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from oracle_kit.errors import Unavailable
from oracle_kit.model import Viewer
from oracle_kit.oracle import Oracle
from oracle_kit.preview.messages import Message
from oracle_kit.preview.panes import Panes

T = TypeVar("T")


class Session(Protocol):
    """An open studio, as its screens use it."""

    oracle: Oracle
    prefix: str
    panes: Panes
    dark: bool

    @property
    def viewer(self) -> Viewer:
        """Whoever is signed in."""

    async def run(self, work: Callable[..., T], *given: Any, **more: Any) -> T:
        """What the work gives, done beside the loop."""

    def later(self, work: Callable[[], Any]) -> None:
        """Have the work done in this session's turn, from any thread."""

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


def offered(facet: object, name: str, what: str) -> Callable[..., Any]:
    """A method of a facet; Unavailable says plainly where this Oracle has not got it."""
    method = getattr(facet, name, None)
    if method is None:
        raise Unavailable(f"{what} is not part of this Oracle yet.", hint="Nothing was changed.")
    return method  # type: ignore[no-any-return]  # whatever the facet has under that name
