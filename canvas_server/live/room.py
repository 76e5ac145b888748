"""The readers of one page in this process: each commit is read once, and shown to each as they may see it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any, TypeVar

from canvas_server.live.client import Client
from canvas_server.live.messages import MOST_SHOWN, Hello, Notice, Present, Reason, Resync, committed
from oracle_kit import NotFound, Oracle, OracleError, Page, Viewer

T = TypeVar("T")
logger = logging.getLogger("canvas_server")
LOOK_S = 2.0  # between looks where nothing was told: another process may have written to the same SQLite file
MOST_BYTES = 1_000_000  # of one message; what is larger is read as a page
GONE = 4404  # the close code for a page that is not there (any more) for this reader
SHOWN = ("title", "owner", "viewers", "editors", "visibility", "archived")


class Room:
    """Follows a page and queues what is new for its clients."""

    def __init__(
        self,
        oracle: Oracle,
        followed: Any,
        told: asyncio.Event,
        threads: Executor,
        on: Callable[[], set[str]],
    ) -> None:
        self.clients: set[Client] = set()
        self._entering = 0
        self._oracle, self._followed, self._told = oracle, followed, told
        self._threads, self._on = threads, on
        self._here: set[str] = set()  # as the clients were told
        self._order = asyncio.Lock()  # what is told keeps the order of the commits
        self._task = asyncio.create_task(self._serve())

    async def enter(self, client: Client, since: int | None) -> None:
        """Greet a client, tell what they missed, and from then on what is new; NotFound where they may not read."""
        self._entering += 1
        try:
            async with self._order:
                await self._greet(client, since)
        finally:
            self._entering -= 1

    @property
    def is_empty(self) -> bool:
        """Whether nobody is here or coming."""
        return not self.clients and not self._entering

    async def _greet(self, client: Client, since: int | None) -> None:
        await self._look()
        self._followed.check(client.viewer)
        missed = await self._away(self._followed.since, since) if since is not None else ()
        client.greet(self._hello(client, len(missed or ())).text)
        for commit in missed or ():
            await self._tell(commit, [client])
        if missed is None:
            client.put(self.resync("behind"))
        self.clients.add(client)

    def check(self, viewer: Viewer) -> None:
        """Returns where the viewer may read the page, else NotFound."""
        self._followed.check(viewer)

    def presence(self) -> None:
        """Tell who came and went since it was told last."""
        here = self._on()
        joined, left = here - self._here, self._here - here
        self._here = here
        if joined or left:
            shown = [sorted(some)[:MOST_SHOWN] for some in (joined, left)]
            self._put(self.clients, Present(joined=shown[0], left=shown[1], count=len(here)).text)

    def resync(self, reason: Reason) -> str:
        """The message that tells a client to read the page again."""
        here, page = self._on(), self._followed.page
        return Resync(
            reason=reason,
            head=page.head,
            number=page.head_number,
            here=sorted(here)[:MOST_SHOWN],
            count=len(here),
        ).text

    async def close(self) -> None:
        """Follow the page no more."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self._away(self._followed.close)

    async def _serve(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), LOOK_S)
            try:
                async with self._order:
                    await self._look()
            except OracleError:  # the state is away just now: looked at again
                continue
            except Exception:  # the room goes on, whatever one look came to
                logger.exception("unexpected", extra={"facts": {"page": self._followed.page.id}})

    async def _look(self) -> None:
        """Tell what was committed, and how the page itself changed."""
        self._told.clear()
        before: Page = self._followed.page
        try:
            commits = await self._away(self._followed.look)
        except OracleError:
            if self._followed.number > before.head_number:  # a revision that cannot be read is passed by
                self._lose(self.clients, "unreadable")
            raise
        if self._followed.page != before:
            self._page_changed(before, self._followed.page)
        if commits is None:
            self._lose(self.clients, "behind")
        for commit in commits or ():
            await self._tell(commit, list(self.clients))

    def _page_changed(self, before: Page, page: Page) -> None:
        """End those who may no longer read it, and tell the others what changed."""
        for client in list(self.clients):
            try:
                self._followed.check(client.viewer)
            except OracleError as error:
                notice = Notice(code=error.code, message=error.message).text
                client.end(GONE, "The page is not there for you any more.", notice)
        changed = [name for name in SHOWN if getattr(before, name) != getattr(page, name)]
        if changed:
            said = f"The page's {', '.join(changed)} changed."
            self._put(
                self.clients,
                Notice(code="page_changed", message=said, changed=changed, title=page.title).text,
            )

    async def _tell(self, commit: Any, clients: list[Client]) -> None:
        """Queue a commit for the clients; those with equal rights get the same text."""
        sharing: dict[object, list[Client]] = {}
        for client in clients:
            if client.ended is None:
                sharing.setdefault(client.rights, []).append(client)
        viewers = [(some[0].viewer, some) for some in sharing.values()]
        texts = await self._away(self._texts, commit, [viewer for viewer, _ in viewers])
        for (_, some), text in zip(viewers, texts, strict=True):
            if text is None:
                self._lose(some, "unreadable")
            elif len(text) > MOST_BYTES:
                self._lose(some, "large")
            else:
                self._put(some, text)

    def _texts(self, commit: Any, viewers: list[Viewer]) -> list[str | None]:
        """The commit as each viewer may see it; None where that cannot be read just now."""
        return [self._text(commit, viewer) for viewer in viewers]

    def _text(self, commit: Any, viewer: Viewer) -> str | None:
        try:
            change = self._followed.seen(commit, viewer)
        except NotFound:
            return None  # they are ended already, or by the next look
        except OracleError:
            return None
        revision = change.revision
        told = {
            name: getattr(revision, name) for name in ("number", "kind", "author", "message", "mode", "at")
        }
        blocks = [self._oracle.block_json(block) for block in change.blocks]
        ids = {name: list(getattr(change, name)) for name in ("added", "removed", "order")}
        return committed({"revision": revision.id, **told, "blocks": blocks, **ids})

    def _hello(self, client: Client, replayed: int) -> Hello:
        here, page = self._on() | {client.viewer.id}, self._followed.page
        return Hello(
            page_id=page.id,
            title=page.title,
            head=page.head,
            number=page.head_number,
            you=client.viewer.id,
            here=sorted(here)[:MOST_SHOWN],
            count=len(here),
            replayed=replayed,
            expires_at=client.expires_at,
        )

    def _put(self, clients: Iterable[Client], text: str) -> None:
        for client in clients:
            client.put(text)

    def _lose(self, clients: Iterable[Client], reason: Reason) -> None:
        for client in clients:
            client.lose(reason)

    async def _away(self, work: Callable[..., T], *given: Any) -> T:
        """Work that waits for a database, on a thread of the live channel's own."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)
