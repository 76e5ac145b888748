"""The studio served over the demo warehouse, and sessions of it without a browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("panel")

import panel as pn
from bokeh.document import Document
from panel.io.state import set_curdoc

from canvas_server import create_app
from oracle_kit import Oracle, Settings, open_oracle
from oracle_kit.preview.guard import SignedIn
from oracle_kit.preview.studio import Studio
from tests.server.served import MANY, Served, serving


@pytest.fixture(scope="session")
def studio_settings(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the studio that the tests share."""
    home: Path = tmp_path_factory.mktemp("studio")
    state = f"sqlite:///{home / 'state.sqlite'}"
    return Settings(warehouse_url=velocity_duckdb, home=home, state_url=state, **MANY)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def studio_oracle(studio_settings: Settings) -> Iterator[Oracle]:
    """The Oracle behind it."""
    oracle = open_oracle(studio_settings)
    yield oracle
    oracle.close()


@pytest.fixture(scope="session")
def studio_served(studio_oracle: Oracle, studio_settings: Settings) -> Iterator[Served]:
    """A server with the studio."""
    with serving(create_app(studio_oracle, studio_settings), studio_oracle) as one:
        yield one


def _now(task: Callable[[], Any]) -> None:
    """Does a task at once; what would wait for its turn is left."""
    waiting = task()
    if asyncio.iscoroutine(waiting):
        waiting.close()


class Desk:
    """A studio session in this process: it is told what a browser would tell, and read as what it would show."""

    def __init__(self, oracle: Oracle, who: str, hours: float = 1.0) -> None:
        self.oracle = oracle
        self.document = Document()
        token = oracle.issue_token(oracle.viewer(who), hours=hours)
        with set_curdoc(self.document):
            self.studio = Studio(oracle, "/studio", SignedIn(token))

    def run(self, work: Callable[[], Any]) -> Any:
        """What the work of the session gives."""

        async def turn() -> Any:
            self.studio.later = _now  # type: ignore[method-assign]  # no loop of a server runs here
            came = await work()
            for task in tuple(self.studio._tasks):
                await task
            if self.studio._watch is not None:
                self.studio._watch.cancel()
                with suppress(asyncio.CancelledError):
                    await self.studio._watch
                self.studio._watch = None
            return came

        with set_curdoc(self.document):
            return asyncio.run(turn())

    def tell(self, line: str) -> None:
        """Tell the session a line, as the browser does."""
        self.run(lambda: self.studio.guarded(lambda: self.studio._told(line)))

    @property
    def shown(self) -> str:
        """All HTML that the session shows."""
        return "\n".join(str(pane.object) for pane in self.studio.view.select(pn.pane.HTML))

    @property
    def text(self) -> str:
        """What is shown, without tags."""
        return re.sub(r"<[^>]*>", "", self.shown)


@pytest.fixture
def desk(studio_oracle: Oracle) -> Callable[..., Desk]:
    """Opens a session as a viewer, on a page or view."""

    def opened(who: str = "analyst", **asked: str) -> Desk:
        one = Desk(studio_oracle, who)
        one.studio.asked = lambda name: asked.get(name, "")  # type: ignore[method-assign]  # there is no address here
        one.run(one.studio.open)
        return one

    return opened
