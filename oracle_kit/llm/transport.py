"""An httpx transport whose waits end at a deadline or a cancel, whatever the server does.

httpx's timeouts hold for one read at a time, so a server that drips a byte a second is never late; and a name that
does not resolve has no timeout at all. Here each read is cut into slices, the shared deadline is looked at between
them, names are resolved aside, and an answer has a largest size.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, cast
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from oracle_kit.llm.deadline import SLICE_S, Call, OverDeadline, current_call
from oracle_kit.llm.failures import TooLong

DRAIN_S = 0.2  # how long the end of an answer may take
MOST_BYTES = 4_000_000  # of one answer
CONNECTIONS = 128


class Encoded(Exception):
    """The answer is compressed although it was asked for plain, so its size cannot be bounded."""


def drain(rest: Iterable[Any], call: Call) -> None:
    """Read what follows the end of an answer, so that its connection is kept; a server that dawdles loses it."""
    call.deadline = replace(call.deadline, at=min(call.deadline.at, monotonic() + DRAIN_S))
    with suppress(httpx.HTTPError, OverDeadline, TooLong, ValueError):
        for _ in rest:
            pass


class BoundedTransport(httpx.BaseTransport):
    """Sends over a pool of kept connections; raises httpx's own errors, TooLong, OverDeadline or Cancelled."""

    def __init__(self, address: str, most_bytes: int = MOST_BYTES) -> None:
        self._pool = _pool(httpx.URL(address))
        self._most_bytes = most_bytes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The response to one request, its body still to be read."""
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=cast(httpx.SyncByteStream, request.stream),
            extensions=request.extensions,
        )
        with _as_httpx():
            response = self._pool.handle_request(asked)
        _note(response.status, response.headers)
        body = _Body(cast("Iterable[bytes]", response.stream), self._most_bytes)
        if any(
            name.lower() == b"content-encoding" and value != b"identity" for name, value in response.headers
        ):
            body.close()
            raise Encoded
        return httpx.Response(
            response.status, headers=response.headers, stream=body, extensions=response.extensions
        )

    def close(self) -> None:
        """Close all kept connections."""
        self._pool.close()


def _note(status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Keep the status and Retry-After with the call: Ollama's client drops an error's headers, and all of some."""
    call = current_call()
    if call is None:
        return
    call.status = status
    said = next((value for name, value in headers if name.lower() == b"retry-after"), None)
    call.retry_after = _seconds(said.decode("latin-1")) if said is not None else None


def _seconds(said: str) -> float | None:
    """Retry-After as seconds: a number, or a date."""
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes], most_bytes: int) -> None:
        self._stream, self._most_bytes = stream, most_bytes

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        with _as_httpx():
            for part in self._stream:
                size += len(part)
                if size > self._most_bytes:
                    raise TooLong
                yield part

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    """httpcore's errors as httpx's of the same name."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
    ) as error:
        named: type[httpx.HTTPError] = getattr(httpx, type(error).__name__)
        raise named(str(error)) from error


def _pool(address: httpx.URL) -> httpcore.ConnectionPool:
    settings: dict[str, Any] = {
        "max_connections": CONNECTIONS,
        "max_keepalive_connections": CONNECTIONS,
        "keepalive_expiry": 30.0,
        "network_backend": _Backend(),
        "ssl_context": httpx.create_ssl_context(),
    }
    proxy = _proxy(address)
    return httpcore.HTTPProxy(proxy, **settings) if proxy else httpcore.ConnectionPool(**settings)


def _proxy(address: httpx.URL) -> str | None:
    """The proxy that the environment names for the address; none for this machine's own."""
    if address.host == "localhost" or _is_loopback(address.host) or proxy_bypass(address.host):
        return None
    return getproxies().get(address.scheme)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Backend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        call = current_call()
        limit = call.wait(call.deadline.connect_s) if call else timeout or 1.0
        until = monotonic() + limit
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        options = [*(socket_options or ()), (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
        for ip in _resolve(host, port, limit):
            left = until - monotonic()
            if left <= 0:
                raise httpcore.ConnectTimeout(f"{host} did not take the connection within {limit:.1f} s")
            try:
                return _Stream(self._plain.connect_tcp(ip, port, left, local_address, options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        until = monotonic() + timeout if timeout is not None else None
        while True:
            call = current_call()
            limit = max(0.001, until - monotonic()) if until is not None else None
            wait = call.wait(limit) if call else limit
            if call is not None and call.cancel is not None:
                wait = min(SLICE_S, wait or SLICE_S)  # only one that can be cancelled needs to look up
            try:
                return self._stream.read(max_bytes, wait)
            except httpcore.ReadTimeout:
                if until is not None and monotonic() >= until:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        call = current_call()
        self._stream.write(buffer, call.wait(timeout) if call else timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        call = current_call()
        limit = call.wait(call.deadline.connect_s) if call else timeout
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, limit))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _resolve(host: str, port: int, limit: float) -> list[str]:
    """The addresses of a name, found within the limit; a resolver that hangs is left behind."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    found: list[str] = []
    failed: list[OSError] = []

    def look() -> None:
        try:
            found.extend(str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(limit)
    if failed:
        raise httpcore.ConnectError(f"the name {host} is not known: {failed[0]}")
    if thread.is_alive():
        raise httpcore.ConnectTimeout(f"the name {host} was not resolved within {limit:.1f} s")
    return list(dict.fromkeys(found))
