"""The two protocols of the fake model server, as its HTTP handler speaks them."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal

Part = dict[str, Any]


class Handler(BaseHTTPRequestHandler):
    """One connection; `self.server.fake` says how to answer."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True  # pieces go out as they are made
    server: Any

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""

    def do_GET(self) -> None:
        """The lists and the version."""
        fake = self.server.fake
        fake.paths.append(self.path)
        if not fake.open_list and not self._known():
            return self._json(401, {"error": {"message": "invalid key"}})
        answers = {
            "/api/version": self._version,
            "/api/tags": self._tags,
            "/api/ps": self._ps,
            "/v1/models": self._list,
        }
        if self.path not in answers or fake.always.kind == "body":
            return self._text(200 if fake.always.kind == "body" else 404, fake.always.body or "not here")
        if fake.always.kind == "hang":
            return self._wait_for_the_end()
        return self._json(200, answers[self.path]())

    def do_POST(self) -> None:
        """A chat, or the facts of a model."""
        fake = self.server.fake
        fake.paths.append(self.path)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if not self._known():
            return self._json(401, {"error": {"message": "invalid key"}})
        if self.path == "/api/show":
            return self._show(body)
        if self.path not in ("/api/chat", "/v1/chat/completions"):
            return self._text(404, "not here")
        with fake.counted():
            try:
                self._chat(body, "ollama" if self.path == "/api/chat" else "openai")
            except (BrokenPipeError, ConnectionResetError):
                fake.cancelled.set()
                self.close_connection = True

    def _chat(self, body: Part, dialect: Literal["ollama", "openai"]) -> None:
        play = self.server.fake.chosen(body)
        facts = self.server.fake.models.get(body.get("model"))
        if play.kind == "body":
            return self._text(200, play.body)
        if play.kind == "status" or (play.refuses and _asks(body, play.refuses)):
            said = play.body or json.dumps({"error": f"model does not support {play.refuses}"})
            return self._text(400 if play.status == 200 else play.status, said, play.headers)
        if facts is None:
            return self._json(404, _missing(body.get("model"), dialect))
        if play.kind == "hang":
            return self._wait_for_the_end()
        facts["loaded"] = True
        time.sleep(play.delay_s)
        parts = _Parts(dialect, play, play.model or str(body["model"]), _text(self.server.fake, play, body))
        return self._play(parts, play)

    def _play(self, parts: _Parts, play: Any) -> None:
        said = [parts.thought(play.thinking)] if play.thinking else []
        said += [parts.piece(text) for text in parts.pieces()]
        whole = b"".join([*said, *parts.last()])
        if play.kind == "drip":
            return self._drip(parts.media, whole, play.gap_s)
        half = max(1, len(said) // 2)
        ends = {"answer": len(said), "stall": 1}
        self._start(parts.media)
        for text in said[: ends.get(play.kind, half)]:
            self._chunk(text)
            time.sleep(play.gap_s)
        return getattr(self, f"_end_{play.kind}")(parts)  # type: ignore[no-any-return]  # each ends in None

    def _end_answer(self, parts: _Parts) -> None:
        for text in parts.last():
            self._chunk(text)
        self._chunk(b"")

    def _end_stall(self, parts: _Parts) -> None:
        self._wait_for_the_end()

    def _end_cut(self, parts: _Parts) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def _end_fade(self, parts: _Parts) -> None:
        self._chunk(b"")

    def _end_break(self, parts: _Parts) -> None:
        self._chunk(parts.error("the runner has died"))
        self._chunk(b"")

    def _end_flood(self, parts: _Parts) -> None:
        piece = parts.piece("x" * 50_000)
        while True:
            self._chunk(piece)

    def _drip(self, media: str, whole: bytes, gap_s: float) -> None:
        self._start(media)
        for at in range(len(whole)):
            self._chunk(whole[at : at + 1])
            time.sleep(gap_s)
        self._chunk(b"")

    def _start(self, media: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", media)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunk(self, part: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.flush()

    def _wait_for_the_end(self) -> None:
        """Hold the line until the caller goes away."""
        self.wfile.flush()
        self.connection.settimeout(60)
        if self.connection.recv(1) == b"":
            self.server.fake.cancelled.set()
        self.close_connection = True

    def _known(self) -> bool:
        key = self.server.fake.key
        return key is None or self.headers.get("Authorization") == f"Bearer {key}"

    def _json(self, status: int, body: Any) -> None:
        self._text(status, json.dumps(body), {"Content-Type": "application/json"})

    def _text(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        payload = body.encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _version(self) -> Part:
        return {"version": "0.0.0-fake"}

    def _tags(self) -> Part:
        return {"models": [_listed(name, facts) for name, facts in self.server.fake.models.items()]}

    def _ps(self) -> Part:
        models = self.server.fake.models.items()
        return {"models": [_listed(name, facts) for name, facts in models if facts["loaded"]]}

    def _list(self) -> Part:
        return {
            "object": "list",
            "data": [{"id": name, "object": "model"} for name in self.server.fake.models],
        }

    def _show(self, body: Part) -> None:
        facts = self.server.fake.models.get(body.get("model"))
        if facts is None:
            return self._json(404, _missing(body.get("model"), "ollama"))
        return self._json(200, {"details": {"family": facts["family"]}, "model_info": {}})


class _Parts:
    """An answer in one protocol's parts."""

    def __init__(self, dialect: Literal["ollama", "openai"], play: Any, model: str, text: str) -> None:
        self._openai = dialect == "openai"
        self._play, self._model, self._text = play, model, text
        self.media = "text/event-stream" if self._openai else "application/x-ndjson"

    def pieces(self) -> Iterator[str]:
        """The text cut into pieces."""
        for at in range(0, len(self._text), self._play.piece):
            yield self._text[at : at + self._play.piece]

    def piece(self, text: str) -> bytes:
        """One piece of the answer."""
        return self._part({"content": text}, None)

    def thought(self, text: str) -> bytes:
        """One piece of thinking."""
        return self._part(
            {"reasoning_content": text} if self._openai else {"content": "", "thinking": text}, None
        )

    def last(self) -> list[bytes]:
        """What ends an answer, with its counts."""
        if not self._openai:
            return [self._part({"content": ""}, self._play.finish)]
        usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
        counted = {"model": self._model, "choices": [], "usage": usage}
        return [
            self._part({}, self._play.finish),
            _event(counted),
            b"data: [DONE]\n\n",
        ]

    def error(self, said: str) -> bytes:
        """An error in mid-stream."""
        line = json.dumps({"error": {"message": said} if self._openai else said}).encode()
        return b"data: %s\n\n" % line if self._openai else line + b"\n"

    def _part(self, message: Part, finish: str | None) -> bytes:
        if self._openai:
            choice = {"index": 0, "delta": message, "finish_reason": finish}
            return _event({"object": "chat.completion.chunk", "model": self._model, "choices": [choice]})
        body: Part = {"model": self._model, "created_at": "2026-01-01T00:00:00Z", "done": finish is not None}
        body["message"] = {"role": "assistant", **message}
        if finish is not None:
            body |= {"done_reason": finish, "prompt_eval_count": 7, "eval_count": 3}
        return json.dumps(body).encode() + b"\n"


def _asks(body: Part, name: str) -> bool:
    """Whether a request has a field, or wants its answer in a form of this type."""
    return name in body or body.get("response_format", {}).get("type") == name


def _event(body: Part) -> bytes:
    return b"data: %s\n\n" % json.dumps(body).encode()


def _text(fake: Any, play: Any, body: Part) -> str:
    if play.text is not None:
        return str(play.text)
    if fake.answers is not None:
        return str(fake.answers(body))
    form = body.get("response_format", {})
    wanted = body.get("format") or form.get("json_schema", {}).get("schema") or form.get("schema")
    asks_json = wanted or form
    return json.dumps(fitting(wanted)) if asks_json else "Here is an answer."


def _missing(model: object, dialect: str) -> Part:
    said = f"model '{model}' not found"
    return {"error": said} if dialect == "ollama" else {"error": {"message": said, "code": "model_not_found"}}


def _listed(name: str, facts: Part) -> Part:
    return {"name": name, "model": name, "size": facts["size"], "details": {"family": facts["family"]}}


def fitting(schema: Any) -> Any:
    """The smallest value that fits a plain JSON schema."""
    if not isinstance(schema, dict):
        return {"ok": True}
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if schema.get("enum"):
        return schema["enum"][0]
    for name in ("anyOf", "oneOf"):
        if schema.get(name):
            return fitting(schema[name][-1])
    kind = schema.get("type", "object")
    if kind == "object":
        wanted: dict[str, Any] = schema.get("properties") or {}
        return {name: fitting(wanted[name]) for name in schema.get("required", wanted)}
    if kind == "array":
        return [fitting(schema.get("items")) for _ in range(schema.get("minItems", 0))]
    plain = {"string": "ok", "integer": 1, "number": 1.5, "boolean": True}
    return plain.get(str(kind))
