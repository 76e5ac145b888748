"""One open studio: a signed-in viewer, a screen, and the line to the browser."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import panel as pn

from oracle_kit.errors import OracleError, Unauthenticated
from oracle_kit.model import Viewer
from oracle_kit.oracle import Oracle
from oracle_kit.preview.first_view import in_first_view
from oracle_kit.preview.guard import SignedIn, signed_in
from oracle_kit.preview.messages import Choose, Do, Message, Scheme, read_message
from oracle_kit.preview.pages_html import LIVE_PAGE
from oracle_kit.preview.panes import Panes
from oracle_kit.preview.screen_author import AuthorScreen
from oracle_kit.preview.screen_home import HomeScreen
from oracle_kit.preview.screen_operator import OperatorScreen
from oracle_kit.preview.screen_page import PageScreen
from oracle_kit.preview.session import Screen
from oracle_kit.preview.shell import failure_html, problem_html, top_html

logger = logging.getLogger("oracle_kit.preview")
T = TypeVar("T")
WATCH_S = 60.0  # how often an open page asks whether its sign-in still holds


def studio_page(oracle: Callable[[], Oracle], prefix: str) -> pn.viewable.Viewable:
    """The studio for whoever this request was let in as; where it cannot be opened, a sentence with a request id."""
    try:
        return _opened(oracle(), prefix)
    except Exception:  # noqa: BLE001  # Panel would show the traceback to the browser
        return Panes().html(failure_html(_logged()))


def _opened(oracle: Oracle, prefix: str) -> pn.viewable.Viewable:
    who = signed_in.get()
    if who is None:
        raise Unauthenticated("You are not signed in.")
    doc = _document()
    doc.template = LIVE_PAGE
    name = prefix.rpartition("/")[2]
    doc.template_variables.update(
        studio=name, app_favicon="data:,", apple_icon="data:,", first_view=in_first_view.get()
    )
    studio = Studio(oracle, prefix, who)
    pn.state.onload(studio.open)
    return studio.view


def _document() -> Any:
    """The document of the session that is being opened."""
    return pn.state.curdoc


def _logged() -> str:
    """The id under which the failure at hand is in the log."""
    request_id = f"req_{secrets.token_hex(8)}"
    logger.exception("a studio screen failed: %s", request_id)
    return request_id


class Studio:
    """The session: hears what the browser tells, lets the screen answer, and ends when the sign-in does."""

    def __init__(self, oracle: Oracle, prefix: str, who: SignedIn) -> None:
        self.oracle, self.prefix, self._who = oracle, prefix, who
        self.panes = Panes(who.theme, f"{prefix.rpartition('/')[2]}/assets")
        self.dark = who.theme == "dark"
        self.chosen = Choose()
        self._doc = _document()
        self._closing: list[Callable[[], None]] = []
        self._wire = pn.widgets.TextInput(visible=False, tags=["oracle-wire"], max_length=400_000)
        self._wire.param.watch(self._hear, "value")
        self._notices = self.panes.html()
        self._body = self.panes.column()
        self._top = self.panes.html()
        self.view = self.panes.column(self._wire, self._top, self._notices, self._body)
        self._screen: Screen | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._watch: asyncio.Task[None] | None = None
        pn.state.on_session_destroyed(lambda _: self.close())

    @property
    def viewer(self) -> Viewer:
        """Whoever is signed in, looked at anew each time; Unauthenticated once the token has run out."""
        return self.oracle.authenticate(self._who.token)

    def asked(self, name: str) -> str:
        """A parameter of the address; empty where it is not there."""
        values = pn.state.session_args.get(name) or [b""]
        return bytes(values[0]).decode("utf-8", "replace")

    async def run(self, work: Callable[..., T], *given: Any, **more: Any) -> T:
        """What the work gives, done beside the loop that serves everyone."""
        return await asyncio.to_thread(partial(work, *given, **more))

    def later(self, work: Callable[[], Any]) -> None:
        """Have the work done in this session's turn; safe from any thread, and nothing once the session is closed."""
        if self._doc.session_context is not None and not self._doc.session_context.destroyed:
            self._doc.add_next_tick_callback(work)

    def beside(self, work: Callable[[], T], then: Callable[[T], Any]) -> None:
        """Have slow work done while nobody waits; `then` gets what it gave, in this session's turn."""
        task = asyncio.create_task(self._beside(work, then))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _beside(self, work: Callable[[], T], then: Callable[[T], Any]) -> None:
        try:
            found = await asyncio.to_thread(work)
        except OracleError:
            logger.info("what was looked up beside the screen was refused", exc_info=True)
        except Exception:  # noqa: BLE001  # nobody waits for it: the log has it
            _logged()
        else:
            self.later(partial(then, found))

    def at_close(self, work: Callable[[], None]) -> None:
        """Have the work done when the session ends."""
        self._closing.append(work)

    def say(self, html: str) -> None:
        """Show a notice over the screen, in place of the last one."""
        self._notices.object = self.panes.themed(html)

    def go(self, query: str) -> None:
        """Name another place in the address line without loading it anew."""
        if pn.state.location is not None:
            pn.state.location.search = query

    def close(self) -> None:
        """Let go of all that the session holds."""
        closing, self._closing = self._closing, []
        for work in closing:
            work()
        for task in (*self._tasks, *filter(None, (self._watch,))):
            task.cancel()
        self._screen = None

    async def guarded(self, work: Callable[[], Any]) -> None:
        """The work done; a failure is shown as one sentence and what to do next, never as a traceback."""
        try:
            await work()
        except Unauthenticated as error:
            self._end(error)
        except OracleError as error:
            self.say(problem_html(error))
        except Exception:  # noqa: BLE001  # whatever it was: the reader gets a request id, the log the rest
            self.say(failure_html(_logged()))

    async def open(self) -> None:
        """Show the screen that the address names."""
        await self.guarded(self._opened)

    async def _opened(self) -> None:
        viewer = await self.run(lambda: self.viewer)
        view, page = self.asked("view") or "pages", self.asked("page")
        self._top.object = self.panes.themed(top_html(self.prefix, view, viewer))
        self._watch = asyncio.create_task(self._watching())
        await self.show(self._screen_of(view, page))

    def _screen_of(self, view: str, page: str) -> Screen:
        if view == "templates":
            return AuthorScreen(self)
        if view == "operations":
            return OperatorScreen(self)
        return PageScreen(self, page, request=self.asked("request")) if page else HomeScreen(self)

    async def show(self, screen: Screen) -> None:
        """Put a screen in place of the one that is there."""
        self._screen = screen
        self._body.objects = [screen.view]
        await screen.open()

    async def _hear(self, event: Any) -> None:
        await self.guarded(partial(self._told, event.new))

    async def _told(self, line: str) -> None:
        message = read_message(line)
        if isinstance(message, Scheme):
            self.dark = message.dark
        elif isinstance(message, Do) and message.what == "dismiss":
            self.say("")
        elif self._screen is not None:
            await self._screen.hear(message)

    async def _watching(self) -> None:
        """Asks now and then whether the sign-in still holds; ends with the session."""
        while True:
            await asyncio.sleep(WATCH_S)
            self.later(self._still_there)

    async def _still_there(self) -> None:
        await self.guarded(self._checked)

    async def _checked(self) -> None:
        await self.run(lambda: self.viewer)

    def _end(self, error: Unauthenticated) -> None:
        """The sign-in is over: nothing of the page stays on the screen."""
        self.close()
        self._body.objects = []
        self.say(problem_html(Unauthenticated(error.message, hint="Sign in again: reload this page.")))


__all__ = ["Message", "Studio", "studio_page"]
