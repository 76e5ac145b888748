"""An installed Chromium, and pages of the studio in it; every request that a page makes is recorded."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import sync_playwright

from canvas_server import create_app
from oracle_kit import Oracle, Settings, open_oracle
from oracle_kit.canvas.page_store import NewRevision
from oracle_kit.model import Block
from oracle_kit.usecases.parts import wall_clock
from oracle_kit.usecases.rights import scopes_of
from tests.server.served import MANY, Served, serving

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture(
    scope="module"
)  # its driver keeps an event loop running, which other modules' tests must not meet
def chromium() -> Iterator[Any]:
    """The browser; its tests are skipped where none is installed (ORACLE_CHROMIUM names one elsewhere)."""
    path = os.environ.get("ORACLE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("browser tests need an installed Chromium; ORACLE_CHROMIUM may name one")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def settings(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the studio that the tests share."""
    home: Path = tmp_path_factory.mktemp("browser")
    state = f"sqlite:///{home / 'state.sqlite'}"
    return Settings(warehouse_url=velocity_duckdb, home=home, state_url=state, **MANY)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def oracle(settings: Settings) -> Iterator[Oracle]:
    """The Oracle behind it."""
    opened = open_oracle(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def served(oracle: Oracle, settings: Settings) -> Iterator[Served]:
    """A server with the studio."""
    with serving(create_app(oracle, settings), oracle) as one:
        yield one


@dataclass
class Window:
    """A page of the studio in the browser, with what it asked for and what went wrong in it."""

    page: Any
    url: str
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def ask(self, prompt: str) -> None:
        """Type a prompt and wait until it is answered."""
        self.page.locator("textarea.s-prompt").fill(prompt)
        self.page.keyboard.press("Enter")
        self.page.get_by_text("from the codebook · ").or_(self.page.locator(".s-note")).first.wait_for()
        self.page.locator(".s-stages").wait_for(state="detached")

    def go(self, query: str) -> None:
        """Another place of the studio, once it stands."""
        self.page.goto(f"{self.url}/studio{query}")
        self.stands()

    def stands(self) -> None:
        """Returns once the session shows what it has, in place of what stood in the response."""
        self.page.locator(".s-top").first.wait_for()
        self.page.locator("#first-view").wait_for(state="detached")

    @property
    def foreign(self) -> list[str]:
        """The requests that left for elsewhere."""
        here = (self.url, self.url.replace("http", "ws"), "data:", f"blob:{self.url}")
        return [one for one in self.requests if not one.startswith(here)]


Opens = Callable[..., Window]


@pytest.fixture
def window(chromium: Any, served: Served) -> Iterator[Opens]:
    """Opens the studio as a viewer; nothing may have gone wrong in the page, nor left the machine, at the end."""
    opened: list[tuple[Any, Window]] = []

    def start(
        who: str = "analyst",
        query: str = "",
        *,
        theme: str = "light",
        size: Any = DESK,
        url: str = served.url,
        token: str = "",
    ) -> Window:
        context = chromium.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce")
        context.set_default_timeout(20_000)
        one = Window(context.new_page(), url)
        one.page.on("request", lambda request: one.requests.append(request.url))
        one.page.on("pageerror", lambda error: one.faults.append(str(error)))
        one.page.on("dialog", lambda dialog: one.faults.append(f"dialog: {dialog.message}"))
        one.page.on("console", lambda said: said.type == "error" and one.faults.append(said.text))
        token = token or served.oracle.issue_token(served.oracle.viewer(who))
        one.page.goto(f"{url}/studio/sign-in?next={query.replace('?', '%3F').replace('=', '%3D')}#{token}")
        one.stands()
        opened.append((context, one))
        return one

    yield start
    for context, one in opened:
        context.close()
        assert one.foreign == []
        assert one.faults == []


def page_with(oracle: Oracle, blocks: tuple[Block, ...], title: str = "Every kind") -> str:
    """The id of a page of the analyst that holds these blocks."""
    page = oracle.pages.create(title, viewer=oracle.viewer("analyst"))
    blocks = tuple(_read_by_the_analyst(oracle, block) for block in blocks)
    new = NewRevision(page_id=page.id, kind="edit", blocks=blocks, author="analyst", at=wall_clock())
    oracle._parts.pages.append(new, on_head=page.head)
    return page.id


def _read_by_the_analyst(oracle: Oracle, block: Block) -> Block:
    """The block as if its rows had been read under the analyst's rights."""
    scope = scopes_of(oracle._parts.catalog, oracle.viewer("analyst"))["crm.opportunities"]
    given = {"scopes": (scope,)}
    results = {name: rows.model_copy(update=given) for name, rows in block.results.items()}
    sources = {name: one.model_copy(update=given) for name, one in block.source.queries.items()}
    source = block.source.model_copy(update={"queries": sources})
    return block.model_copy(update={"results": results, "source": source})


@contextmanager
def serving_on(port: int, oracle: Oracle, settings: Settings) -> Iterator[None]:
    """The studio served on that port until the end."""
    config = uvicorn.Config(create_app(oracle, settings), host="127.0.0.1", port=port, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < end, "the server did not start in time"
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)
