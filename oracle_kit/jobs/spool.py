"""A batch on its way in: spooled to a file while it arrives, its items read back one by one, never all at once."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Any, Literal, Self

from oracle_kit.errors import Refused

Form = Literal["json", "ndjson"]
CHUNK = 1 << 16  # characters read at a time
LONGEST_ITEM = 4_000_000  # characters of one item, or of what stands beside the items


class BatchRefused(Refused):
    """A batch that cannot be taken; `details["errors"]` names items by path, with a code and a message."""

    code = "batch_refused"


class Spool:
    """A batch as it was sent, in a temporary file that goes when the spool is closed."""

    def __init__(self, form: Form, most_bytes: int) -> None:
        self.form, self._most, self.size = form, most_bytes, 0
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="oracle-batch-")  # noqa: SIM115  # closed by `close`

    def add(self, chunk: bytes) -> None:
        """Keep what came next; BatchRefused above the limit of bytes."""
        self.size += len(chunk)
        if self.size > self._most:
            raise BatchRefused(
                f"A batch holds at most {self._most:,} bytes.", hint="Submit it in parts.", too_large=True
            )
        self._file.write(chunk)

    def parts(self) -> Iterator[tuple[Literal["job", "item"], Any]]:
        """What was sent: "item" with each item, "job" with what stands beside the items, in the order of the file.

        BatchRefused where it is not JSON, or not of this form.
        """
        self._file.seek(0)
        reader = _Reader(self._file)
        yield from (_object_parts(reader) if self.form == "json" else _lines(reader))

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Reader:
    """A window over the file's text; values are taken from its start."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._ended = file, False
        self._text, self._at = "", 0
        self._kept = b""  # the beginning of a character that the next chunk completes
        self._decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n\ufeff":
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, character: str) -> None:
        """Go past the character; BatchRefused where another stands."""
        found = self.peek()
        if found != character:
            shown = repr(found) if found else "the end"
            raise BatchRefused(f"The body is not JSON: {character!r} is expected where {shown} stands.")
        self._at += 1

    def value(self) -> Any:
        """The next JSON value; BatchRefused where there is none."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._ended:
                    raise BatchRefused(f"The body is not JSON: {error.msg}.") from None
            except RecursionError:
                raise BatchRefused("An item is nested too deeply.") from None
            else:
                if end < len(self._text) or self._ended:
                    self._at = end
                    return value
            self._more()  # it may go on: a number, or what broke off at the window's end

    def line(self) -> str:
        """The next line that is not blank; empty at the end."""
        if not self.peek():
            return ""
        while (end := self._text.find("\n", self._at)) < 0 and self._more():
            pass
        end = len(self._text) if end < 0 else end
        line, self._at = self._text[self._at : end], end
        return line

    def _more(self) -> bool:
        """Whether the window could be moved on; its part that was read is dropped."""
        if self._ended:
            return False
        if len(self._text) - self._at > LONGEST_ITEM:
            raise BatchRefused(f"One item is longer than {LONGEST_ITEM:,} characters.")
        chunk = self._file.read(CHUNK)
        self._ended = not chunk
        raw = self._kept + chunk
        try:
            text, self._kept = _decoded(raw, last=self._ended)
        except UnicodeDecodeError:
            raise BatchRefused("The body is not UTF-8 text.") from None
        self._text, self._at = self._text[self._at :] + text, 0
        return not self._ended


def _decoded(raw: bytes, *, last: bool) -> tuple[str, bytes]:
    """The text of the bytes, and up to three that begin a character which is not whole yet."""
    for cut in range(0, 1 if last else min(4, len(raw) + 1)):
        try:
            return raw[: len(raw) - cut].decode("utf-8"), raw[len(raw) - cut :]
        except UnicodeDecodeError:
            continue
    raise UnicodeDecodeError("utf-8", raw, 0, 1, "not UTF-8")


def _object_parts(reader: _Reader) -> Iterator[tuple[Literal["job", "item"], Any]]:
    reader.take("{")
    beside: dict[str, Any] = {}
    first, items = True, False
    while reader.peek() != "}":
        if not first:
            reader.take(",")
        first = False
        name = reader.value()
        if not isinstance(name, str):
            raise BatchRefused("The body is not JSON: a key is a string.")
        reader.take(":")
        if name in beside or (name == "items" and items):
            raise BatchRefused(f"The key {name!r} stands twice; send it once.")
        if name == "items":
            items = True
            yield from _array(reader)
        else:
            beside[name] = reader.value()
    reader.take("}")
    if reader.peek():
        raise BatchRefused("The body goes on after its JSON object ended.")
    yield "job", beside


def _array(reader: _Reader) -> Iterator[tuple[Literal["job", "item"], Any]]:
    reader.take("[")
    first = True
    while reader.peek() != "]":
        if not first:
            reader.take(",")
        first = False
        yield "item", reader.value()
    reader.take("]")


def _lines(reader: _Reader) -> Iterator[tuple[Literal["job", "item"], Any]]:
    number = 0
    while line := reader.line():
        number += 1
        try:
            yield "item", json.loads(line, object_pairs_hook=_unique, parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            raise BatchRefused(f"Line {number} is not JSON: {error.msg}.") from None
        except RecursionError:
            raise BatchRefused(f"Line {number} is nested too deeply.") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BatchRefused(f"The key {twice!r} stands twice; send it once.")
    return found


def _no_constant(name: str) -> Any:
    raise BatchRefused(f"{name} is not JSON; send a number or null.")
