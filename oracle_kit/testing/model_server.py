"""A model server that does as it is told: real HTTP on the loopback, Ollama's protocol and OpenAI's at once."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any, Literal

from pydantic import Field

from oracle_kit.query import Value
from oracle_kit.testing.model_handler import Handler


class Play(Value):
    """How one chat request is answered.

    answer      `text` in pieces of `piece` letters, `gap_s` apart, the first after `delay_s`
    status      an HTTP `status` with `body` and `headers`
    hang        nothing, until the caller goes away
    stall       the first piece, then nothing
    cut         half the pieces, then the connection is broken
    fade        half the pieces, then a clean end without the last part
    break       half the pieces, then an error as a part of the stream
    drip        the bytes of the answer one at a time, `gap_s` apart
    flood       letters without end
    body        `body` with status 200, whatever the protocol says
    """

    kind: Literal["answer", "status", "hang", "stall", "cut", "fade", "break", "drip", "flood", "body"] = (
        "answer"
    )
    text: str | None = None  # None: what fits the format that was asked for
    thinking: str = ""  # sent as the protocol's own thinking
    piece: int = 4
    delay_s: float = 0.0
    gap_s: float = 0.0
    status: int = 200
    body: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    finish: str = "stop"
    model: str | None = None  # a router's: the model that really answers
    refuses: str = ""  # a request with this field, or this type of response_format, is a 400 that names it


class FakeModelServer:
    """Serves until it is closed; `play` says how the next chats are answered, `asked` what was asked."""

    def __init__(
        self, *, models: tuple[str, ...] = ("small",), key: str | None = None, port: int = 0
    ) -> None:
        self.models: dict[str, dict[str, Any]] = {
            name: {"size": 1_000_000, "family": "llama", "loaded": True} for name in models
        }
        self.key = key
        self.open_list = False  # the list of models is there for any key
        self.always = Play()
        self.answers: Callable[[dict[str, Any]], str] | None = None
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.cancelled = threading.Event()  # a caller went away in mid-answer
        self.in_flight = 0
        self.most_in_flight = 0
        self._next: deque[Play] = deque()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), Handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Its base address, without a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def afresh(self) -> None:
        """Forget what was asked and what was to be played; its models are in memory again."""
        with self._lock:
            self.always, self.answers = Play(), None
            self._next.clear()
            self.asked, self.paths = [], []
            self.cancelled.clear()
            for facts in self.models.values():
                facts["loaded"] = True

    def play(self, *plays: Play) -> None:
        """Answer the next chats so, one each; after them, as `always` says."""
        with self._lock:
            self._next.extend(plays)

    def chosen(self, body: dict[str, Any]) -> Play:
        """Note a chat request and take its play."""
        with self._lock:
            self.asked.append(body)
            return self._next.popleft() if self._next else self.always

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count one chat as in flight."""
        with self._lock:
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            yield
        finally:
            with self._lock:
                self.in_flight -= 1

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> FakeModelServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    fake: FakeModelServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that go away are part of the play."""


@contextmanager
def unanswering_address() -> Iterator[str]:
    """An address on this machine that takes no connection and refuses none: its queue is full."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = [_started(listening.getsockname()) for _ in range(4)]
        time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            for one in waiting:
                one.close()


def _started(address: tuple[str, int]) -> socket.socket:
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex(address)
    return one
