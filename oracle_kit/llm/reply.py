"""A model's text as it comes: bounded, thinking kept apart, JSON read strictly."""

from __future__ import annotations

import json
import re
from typing import Any

from oracle_kit.llm.failures import TooLong
from oracle_kit.llm.provider import ChatRequest, Message, OnText

MOST_LETTERS = 400_000  # of one answer's text
_OPEN, _CLOSE = "<think>", "</think>"
_FENCE = re.compile(r"\A```(?:json)?\s*\n(.*)\n```\Z", re.DOTALL)


class Reply:
    """Collects the pieces of one answer; thinking that stands at its start never reaches `on_text`."""

    def __init__(self, on_text: OnText | None = None) -> None:
        self._on_text = on_text
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._held = ""  # the start, until it is known whether it is thinking
        self._state = "start"
        self._size = 0

    @property
    def text(self) -> str:
        """The answer so far, without thinking."""
        return "".join(self._text) + (self._held if self._state == "start" else "")

    @property
    def thinking(self) -> str:
        """What the model thought aloud."""
        return "".join(self._thinking) + (self._held if self._state == "thinking" else "")

    def think(self, piece: str) -> None:
        """A piece that the server itself marks as thinking."""
        self._count(piece)
        self._thinking.append(piece)

    def add(self, piece: str) -> None:
        """A piece of the answer."""
        self._count(piece)
        if self._state == "text":
            self._tell(piece)
            return
        self._held += piece
        if self._state == "start":
            self._begin()
        if self._state == "thinking" and _CLOSE in self._held:
            thought, _, rest = self._held.partition(_CLOSE)
            self._thinking.append(thought.removeprefix(_OPEN))
            self._state, self._held = "text", ""
            self._tell(rest.lstrip())

    def end(self) -> None:
        """Tell what was held back, once all pieces are there."""
        if self._state == "start" and self._held:
            self._state, held, self._held = "text", self._held, ""
            self._tell(held)

    def _begin(self) -> None:
        """Leave the start once the held text cannot be the opening of a thought, or is one."""
        start = self._held.lstrip()
        if start.startswith(_OPEN):
            self._state, self._held = "thinking", start
        elif not _OPEN.startswith(start):
            self._state, held, self._held = "text", self._held, ""
            self._tell(held)

    def _tell(self, piece: str) -> None:
        if not piece:
            return
        self._text.append(piece)
        if self._on_text is not None:
            self._on_text(piece)

    def _count(self, piece: str) -> None:
        self._size += len(piece)
        if self._size > MOST_LETTERS:
            raise TooLong


def parsed_json(text: str) -> Any:
    """The JSON of an answer, a code fence around it taken off; ValueError when it is not JSON."""
    fenced = _FENCE.match(text.strip())
    try:
        return json.loads(fenced[1] if fenced else text, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def with_format_told(request: ChatRequest) -> tuple[Message, ...]:
    """The messages, with the form of the answer said in words too: a server may not enforce it."""
    if request.response_format is None:
        return request.messages
    told = "Answer with one JSON object and nothing else."
    if request.response_format != "json":
        told = f"Answer with JSON and nothing else. It must fit this JSON schema: {json.dumps(request.response_format)}"
    first = request.messages[0]
    if first.role == "system":
        return (Message(role="system", content=f"{first.content}\n\n{told}"), *request.messages[1:])
    return (Message(role="system", content=told), *request.messages)
