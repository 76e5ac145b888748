"""One live connection: signed in before it is accepted, then messages both ways until one side goes."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from canvas_server.deps import MADE_ID, KnownTokens
from canvas_server.errors import answer_of, problem, problem_body
from canvas_server.limits import token_of
from canvas_server.live.client import Client
from canvas_server.live.hub import Full, LiveHub
from canvas_server.live.messages import Notice, Ping, Pong, Renew, said
from canvas_server.live.room import Room
from oracle_kit import NotFound, Oracle, OracleError, Unauthenticated
from oracle_kit.stage_log import line

logger = logging.getLogger("canvas_server")
PROTOCOL = "oracle.v1"
LONGEST_ID = 100  # characters of a page's id
LONGEST = 20_000  # characters of a client's message
BURST, A_SECOND = 30.0, 2.0  # messages that a client may send
TOO_LARGE, TOO_MANY = 1009, 4429  # close codes
MOST_SINCE = 1_000_000_000


async def serve(websocket: WebSocket, page_id: str, hub: LiveHub) -> None:
    """Sign in, greet, and go on until the client or its right to be here has gone."""
    try:
        since = _since(websocket.query_params.get("since"))
        client = await _signed_in(websocket)
        if len(page_id) > LONGEST_ID or not re.fullmatch(MADE_ID, page_id):
            raise NotFound("There is no page of this id.")
        room = await hub.enter(page_id, client, since)
    except OracleError as error:
        return await answer_of(problem_body(error, websocket.url.path))(
            websocket.scope, websocket.receive, websocket.send
        )
    except Full:
        return await _refuse(websocket, 503, "too_many_clients", "There are too many live connections.")
    except ValueError:
        detail = "`since` is the number of a revision."
        return await _refuse(websocket, 422, "invalid_request", detail)
    started = time.monotonic()
    try:
        await websocket.accept(PROTOCOL if PROTOCOL in websocket.scope["subprotocols"] else None)
        await _both_ways(websocket, client, room)
    finally:
        hub.leave(page_id, client, room)
        line(logger, "live", {"page": page_id, "seconds": round(time.monotonic() - started, 1)})


async def _refuse(websocket: WebSocket, status: int, code: str, detail: str) -> None:
    answer = problem(status, code, detail, instance=websocket.url.path)
    await answer(websocket.scope, websocket.receive, websocket.send)


def _since(text: str | None) -> int | None:
    """The number of a revision; ValueError for anything else."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= MOST_SINCE):
        raise ValueError(text)
    return int(text)


async def _signed_in(websocket: WebSocket) -> Client:
    """A client for whoever the token in the header or among the subprotocols is of; Unauthenticated."""
    token = token_of(websocket.scope)
    if token is None:
        raise Unauthenticated(
            "There is no bearer token.",
            hint="Send `Authorization: Bearer <token>`, or the subprotocols `oracle.v1, bearer.<token>`.",
        )
    oracle: Oracle = websocket.app.state.oracle
    tokens: KnownTokens = websocket.app.state.tokens
    viewer = await tokens.viewer(oracle, token)
    return Client(viewer, token, oracle.token_expiry(token))


async def _both_ways(websocket: WebSocket, client: Client, room: Room) -> None:
    """Until the client goes, or its sending has ended."""
    client.task = asyncio.current_task()
    sending = asyncio.create_task(_send(websocket, client, room))
    try:
        await _receive(websocket, client, room)
    except (WebSocketDisconnect, asyncio.CancelledError):  # gone; or it took nothing for too long
        pass
    finally:
        client.task = None
        sending.cancel()
        with suppress(asyncio.CancelledError, WebSocketDisconnect, OSError, RuntimeError):
            await sending


async def _send(websocket: WebSocket, client: Client, room: Room) -> None:
    while True:
        text = await client.next()
        if text is None and client.ended is not None:
            return await websocket.close(*client.ended)
        if text is None:
            reason, client.lost = client.lost, None
            text = room.resync(reason or "slow")
        client.sending_since = time.monotonic()
        await websocket.send_text(text)
        client.sending_since = None


async def _receive(websocket: WebSocket, client: Client, room: Room) -> None:
    """Answer what the client says; what is no message of ours gets a notice, and changes nothing."""
    left, seen = BURST, time.monotonic()
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        now = time.monotonic()
        left, seen = min(BURST, left + (now - seen) * A_SECOND) - 1.0, now
        text = message.get("text")
        if left < 0:
            client.end(
                TOO_MANY,
                "Too many messages.",
                _notice("rate_limited", "You send too much; connect again later."),
            )
        elif len(text or message.get("bytes") or "") > LONGEST:
            client.end(TOO_LARGE, "The message is too large.")
        elif client.ended is None:
            await _answer(websocket, client, room, text)


async def _answer(websocket: WebSocket, client: Client, room: Room, text: str | None) -> None:
    try:
        heard = said(text or "")
    except ValueError:
        known = 'Say {"type": "ping"} or {"type": "auth", "token": "…"}; changes go to the HTTP routes.'
        return client.put(_notice("not_understood", known))
    if isinstance(heard, Ping):
        return client.put(Pong().text)
    return await _renew(websocket, client, room, heard)


async def _renew(websocket: WebSocket, client: Client, room: Room, heard: Renew) -> None:
    """Go on with the new token, where it is good, of the same person, and may read the page."""
    oracle: Oracle = websocket.app.state.oracle
    tokens: KnownTokens = websocket.app.state.tokens
    try:
        viewer = await tokens.viewer(oracle, heard.token)
        if viewer.id != client.viewer.id:
            raise Unauthenticated("The token is of somebody else.", hint="Connect again with it.")
        room.check(viewer)
    except OracleError as error:
        return client.put(_notice(error.code, error.message))
    client.renew(viewer, heard.token, oracle.token_expiry(heard.token))
    done = Notice(code="renewed", message="The new token holds.", expires_at=client.expires_at)
    return client.put(done.text)


def _notice(code: str, message: str) -> str:
    return Notice(code=code, message=message).text
