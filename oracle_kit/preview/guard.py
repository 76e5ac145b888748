"""Who comes in: every studio request and socket needs a sign-in, and gets headers that let in nothing foreign."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

from oracle_kit.errors import OracleError
from oracle_kit.model import Viewer

COOKIE, THEME = "oracle_studio", "oracle_theme"
Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Authenticate = Callable[[str], Viewer]
Prepare = Callable[["SignedIn", str], Awaitable[None]]


@dataclass(frozen=True)
class SignedIn:
    """What a request was let in with: the token, and the colours that its reader chose (empty: the system's)."""

    token: str
    theme: str = ""


signed_in: ContextVar[SignedIn | None] = ContextVar("signed_in", default=None)


class Guard:
    """Stands before the studio's paths; the rest of the application goes by."""

    def __init__(
        self,
        app: App,
        *,
        authenticate: Authenticate,
        prepare: Prepare,
        prefix: str,
        origins: Sequence[str] = (),
    ) -> None:
        self._app, self._authenticate, self._prefix = app, authenticate, prefix
        self._prepare = prepare
        self._origins = tuple(urlsplit(origin).netloc.lower() or origin.lower() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, to the sign-in, or not at all."""
        path = self._path(scope)
        if scope["type"] not in ("http", "websocket") or not self._is_mine(path):
            return await self._app(scope, receive, send)
        secured = self._secured(send) if scope["type"] == "http" else send
        if path.startswith((f"{self._prefix}/sign-in", f"{self._prefix}/assets/")):
            return await self._app(scope, receive, secured)
        who = await self._who(scope)
        if scope["type"] == "websocket":
            return await self._socket(scope, receive, send, who)
        if who is None:
            return await _redirect(
                send, f"{scope.get('root_path', '')}{self._prefix}/sign-in?next={_next(scope)}"
            )
        token = signed_in.set(who)
        try:
            if path == self._prefix:
                await self._prepare(who, scope.get("query_string", b"").decode("latin-1"))
            await self._app(scope, receive, secured)
        finally:
            signed_in.reset(token)

    async def _socket(self, scope: Scope, receive: Receive, send: Send, who: SignedIn | None) -> None:
        if who is None or not self._is_from_here(scope):
            await receive()
            await send({"type": "websocket.close", "code": 4401 if who is None else 4403})
            return
        token = signed_in.set(who)
        try:
            await self._app(scope, receive, send)
        finally:
            signed_in.reset(token)

    async def _who(self, scope: Scope) -> SignedIn | None:
        cookies = _cookies(scope)
        token = cookies.get(COOKIE, "")
        if not token:
            return None
        try:
            await asyncio.to_thread(self._authenticate, token)
        except OracleError:
            return None
        theme = cookies.get(THEME, "")
        return SignedIn(token, theme if theme in ("light", "dark") else "")

    def _path(self, scope: Scope) -> str:
        path = str(scope.get("path", ""))
        return path.removeprefix(scope.get("root_path", "") or "") or path

    def _is_mine(self, path: str) -> bool:
        return path == self._prefix or path.startswith(f"{self._prefix}/")

    def _is_from_here(self, scope: Scope) -> bool:
        """Whether a socket was opened by one of this server's own pages."""
        headers = dict(scope["headers"])
        origin = urlsplit(headers.get(b"origin", b"").decode("latin-1")).netloc.lower()
        return bool(origin) and origin in (
            headers.get(b"host", b"").decode("latin-1").lower(),
            *self._origins,
        )

    def _secured(self, send: Send) -> Send:
        """`send` with the policy: no foreign origin, no script but ours, each inline one by a number used once."""
        nonce = secrets.token_urlsafe(16)
        held: list[MutableMapping[str, Any]] = [{}]

        async def secured(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                held[0] = {**message, "headers": _with_policy(message["headers"], nonce)}
                if not _is_page(message["headers"]):
                    await send(held[0])
                return
            if _is_page(held[0]["headers"]):
                message = {**message, "body": _with_nonce(message.get("body", b""), nonce)}
                await send(_sized(held[0], message["body"]))
            await send(message)

        return secured


def _is_page(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    return any(
        name == b"content-type" and value.startswith(b"text/html") for name, value in headers
    ) and not any(name == b"content-disposition" for name, _ in headers)


def _with_nonce(body: bytes, nonce: str) -> bytes:
    """The page with the number on each of its scripts; what comes from data is no element by then."""
    return re.sub(rb"<script\b", b'<script nonce="' + nonce.encode() + b'"', body)


def _with_policy(headers: Sequence[tuple[bytes, bytes]], nonce: str) -> list[tuple[bytes, bytes]]:
    policy = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    )
    ours = {
        b"content-security-policy": policy.encode(),
        b"x-content-type-options": b"nosniff",
        b"referrer-policy": b"same-origin",
        b"cache-control": b"no-store",
    }
    kept = [(name, value) for name, value in headers if name not in ours or name == b"cache-control"]
    has_cache = any(name == b"cache-control" for name, _ in kept)
    return kept + [
        (name, value) for name, value in ours.items() if not (has_cache and name == b"cache-control")
    ]


def _sized(start: MutableMapping[str, Any], body: bytes) -> MutableMapping[str, Any]:
    headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    return {**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]}


def _cookies(scope: Scope) -> dict[str, str]:
    line = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(line).items()}
    except CookieError:
        return {}


def _next(scope: Scope) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return quote(f"?{query}" if query else "", safe="")


async def _redirect(send: Send, where: str) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": 303,
            "headers": [(b"location", where.encode()), (b"content-length", b"0")],
        }
    )
    await send({"type": "http.response.body", "body": b""})
