"""The live pages of one server process: its rooms, who is present, and whose token still holds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from canvas_server.live.client import Client, now_utc
from canvas_server.live.messages import Notice
from canvas_server.live.presence import BEAT_S, Message, Presence
from canvas_server.live.room import Room
from canvas_server.observe import Metrics
from oracle_kit import Oracle, OracleError, Unauthenticated

GATHER_S = 0.2  # comings and goings are told together
SWEEP_S = 1.0
CHECK_S = 20.0  # between looks whether somebody may still sign in
EXPIRED = 4401  # the close code for a token that ended, or whose holder left
THREADS = 4


class Full(Exception):
    """This process has as many live connections as it may."""


class LiveHub:
    """Opens a room for the first reader of a page and closes it after the last one."""

    def __init__(self, oracle: Callable[[], Oracle], metrics: Metrics, most: int) -> None:
        self.clients: set[Client] = set()
        self._oracle, self._metrics, self._most = oracle, metrics, most
        self._rooms: dict[str, asyncio.Task[Room]] = {}
        self._presence = Presence()
        self._threads = ThreadPoolExecutor(THREADS, "oracle-live")
        self._tasks: list[asyncio.Task[None]] = []
        self._closing: set[asyncio.Task[None]] = set()
        self._heard: Any = None
        self._beaten, self._untold = 0.0, False

    async def enter(self, page_id: str, client: Client, since: int | None) -> Room:
        """The room of the page, with the client greeted; NotFound, Full, or Unavailable."""
        if len(self.clients) >= self._most:
            raise Full
        self._start()
        self.clients.add(client)
        try:
            room = await self._open(page_id, client)
            await room.enter(client, since)
        except BaseException:
            self.clients.discard(client)
            self._close_empty(page_id)
            raise
        self._presence.join(page_id, client.viewer.id)
        self._metrics.live.set(len(self.clients))
        return room

    def leave(self, page_id: str, client: Client, room: Room) -> None:
        """The client has gone."""
        self.clients.discard(client)
        room.clients.discard(client)
        self._presence.leave(page_id, client.viewer.id)
        self._metrics.live.set(len(self.clients))
        self._close_empty(page_id)

    async def close(self) -> None:
        """End all rooms, and tell the other processes that nobody is here any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for page_id in list(self._rooms):
            await self._shut(page_id)
        if self._heard is not None:
            with suppress(OracleError):
                await self._away(self._oracle().live.tell, [self._presence.say("ended")])
            await self._away(self._heard.close)
        self._threads.shutdown(wait=True)

    async def _open(self, page_id: str, client: Client) -> Room:
        """The page's room, opened by whoever comes first; NotFound where this client may not read it."""
        while (opening := self._rooms.get(page_id)) is not None:
            try:
                return await asyncio.shield(opening)
            except OracleError:  # whoever opened it may not read the page; this client perhaps may
                self._forget(page_id, opening)
        opening = self._rooms[page_id] = asyncio.create_task(self._opened(page_id, client))
        try:
            return await asyncio.shield(opening)
        except OracleError:
            self._forget(page_id, opening)
            raise

    def _forget(self, page_id: str, opening: asyncio.Task[Room]) -> None:
        if self._rooms.get(page_id) is opening:
            del self._rooms[page_id]

    async def _opened(self, page_id: str, client: Client) -> Room:
        oracle, told = self._oracle(), asyncio.Event()
        wake = _setter(told)
        followed = await self._away(lambda: oracle.live.follow(page_id, viewer=client.viewer, wake=wake))
        return Room(oracle, followed, told, self._threads, lambda: self._presence.on(page_id))

    def _close_empty(self, page_id: str) -> None:
        room = self._room(page_id)
        if room is not None and room.is_empty:
            task = asyncio.create_task(self._shut(page_id))
            self._closing.add(task)  # asyncio itself keeps no hold of it
            task.add_done_callback(self._closing.discard)

    def _room(self, page_id: str) -> Room | None:
        """The room, where it is open."""
        opening = self._rooms.get(page_id)
        failed = opening is None or not opening.done() or opening.cancelled() or opening.exception()
        return None if failed or opening is None else opening.result()

    async def _shut(self, page_id: str) -> None:
        opening = self._rooms.pop(page_id, None)
        if opening is not None:
            with suppress(OracleError):
                await (await opening).close()

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = [asyncio.create_task(work()) for work in (self._gather, self._sweep)]

    async def _gather(self) -> None:
        """Tell comings and goings: to the rooms of this process, and to the other processes."""
        is_shared = self._oracle().live.is_shared
        while True:
            await asyncio.sleep(GATHER_S)
            if is_shared:
                try:
                    await self._exchange()
                except OracleError:  # the state is away just now: all is told when it is back
                    self._untold = True
            self._show()

    async def _exchange(self) -> None:
        """Take in what the other processes told, and tell them what is new here."""
        messages = await self._heard_and_asked()
        if self._untold:
            messages += self._presence.all()
        if self.clients and time.monotonic() - self._beaten > BEAT_S:
            self._beaten = time.monotonic()
            messages.append(self._presence.say("alive"))
        self._presence.expire()
        messages += self._presence.news()
        if messages:
            await self._away(self._oracle().live.tell, messages)
        self._untold = False

    async def _heard_and_asked(self) -> list[Message]:
        """What the others told is taken in; gives what they are to be told at once."""
        if self._heard is None:
            self._heard = await self._away(self._oracle().live.hear, _nothing)
            return [self._presence.say("asks")]
        due: list[Message] = []
        if self._heard.overflowed:
            self._heard.resume()
            self._presence.forget()
            due.append(self._presence.say("asks"))
        wanted = set()
        while (message := self._heard.get(timeout=0)) is not None:
            wanted.add(self._presence.hear(message))
        due += self._presence.all() if "here" in wanted else []
        return [*due, self._presence.say("asks")] if "asks" in wanted else due

    def _show(self) -> None:
        for page_id in self._presence.changed:
            room = self._room(page_id)
            if room is not None:
                room.presence()
        self._presence.changed.clear()

    async def _sweep(self) -> None:
        """End those who are stuck, or whose token ended; look again whether the others may still sign in."""
        while True:
            await asyncio.sleep(SWEEP_S)
            now = time.monotonic()
            for client in list(self.clients):
                _swept(client, now)
            due = [client for client in self.clients if now - client.checked_at > CHECK_S]
            for client, reason in await self._away(self._refused, due) if due else ():
                _expire(client, reason)

    def _refused(self, clients: list[Client]) -> list[tuple[Client, str]]:
        """Those who may no longer sign in, with the reason."""
        found = []
        for client in clients:
            client.checked_at = time.monotonic()
            try:
                self._oracle().authenticate(client.token)
            except Unauthenticated as error:
                found.append((client, error.message))
            except OracleError:  # nobody can tell just now: what was known stands
                continue
        return found

    async def _away(self, work: Callable[..., Any], *given: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)


def _swept(client: Client, now: float) -> None:
    """End, or warn, one client where it is time to."""
    moment = now_utc()
    if client.is_stuck(now) and client.task is not None:
        client.task.cancel()
    elif client.is_over(moment):
        _expire(client, "The token has expired.")
    elif client.is_to_be_warned(moment):
        client.warned = True
        said = "Your token ends soon: send a new one, or sign in again."
        client.put(Notice(code="expires_soon", message=said, expires_at=client.expires_at).text)


def _expire(client: Client, reason: str) -> None:
    client.end(EXPIRED, reason, Notice(code="unauthenticated", message=reason).text)


def _setter(told: asyncio.Event) -> Callable[[], None]:
    """What sets the event from another thread."""
    loop = asyncio.get_running_loop()
    return lambda: loop.call_soon_threadsafe(told.set)  # type: ignore[return-value]  # its handle is not needed


def _nothing() -> None:
    """Presence is looked at every so often."""
