"""Who is on which page: here, and in the other server processes on the same state.

Each process tells who came to it and who left; one that was away, or is new, asks the others to say it all again. Who
has not been heard of for `SILENT_S` is gone, with all who were there.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

BEAT_S, SILENT_S = 10.0, 35.0
LONGEST = 200  # characters of an id that are told
TOGETHER_BYTES = 4_000  # of ids in one message of the feed
Message = dict[str, Any]


@dataclass
class Elsewhere:
    """What another process told last."""

    heard_at: float = 0.0
    pages: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


class Presence:
    """The people on pages, by page; `changed` collects the pages where that is other than before."""

    def __init__(self) -> None:
        self.process = secrets.token_hex(8)
        self.changed: set[str] = set()
        self._here: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._told: defaultdict[str, set[str]] = defaultdict(set)  # what the others know of this process
        self._others: dict[str, Elsewhere] = {}

    def join(self, page: str, who: str) -> None:
        """One more connection of somebody."""
        self._here[page][who[:LONGEST]] += 1
        self.changed.add(page)

    def leave(self, page: str, who: str) -> None:
        """One connection less."""
        self._here[page][who[:LONGEST]] -= 1
        self._here[page] += Counter()  # drops those with none left
        if not self._here[page]:
            del self._here[page]
        self.changed.add(page)

    def on(self, page: str) -> set[str]:
        """Who is on the page, in any process."""
        found = set(self._here.get(page, ()))
        return found.union(*(other.pages.get(page, ()) for other in self._others.values()))

    def news(self) -> list[Message]:
        """What changed here since it was told last, as messages to the other processes."""
        told: list[Message] = []
        for page in {*self._here, *self._told} & self.changed:
            here, known = set(self._here.get(page, ())), self._told[page]
            told += self._messages(page, "joined", here - known)
            told += self._messages(page, "left", known - here)
            self._told[page] = here
            if not here:
                del self._told[page]
        return told

    def all(self) -> list[Message]:
        """Everybody who is here, for a process that asked."""
        told = [self.say("here")]
        for page, known in self._told.items():
            told += self._messages(page, "joined", known)
        return told

    def say(self, word: str) -> Message:
        """A message that this process is `alive`, has `ended`, `asks` for all, or tells all who are `here`."""
        return {"process": self.process, "say": word}

    def hear(self, message: Message) -> str | None:
        """Take in a message; gives `here` where all is to be told now, `asks` where all is to be asked for."""
        sender, word = message["process"], message["say"]
        if sender == self.process:
            return None
        if word == "ended":
            self._drop([sender])
            return None
        known = sender in self._others
        if word == "here":
            self._drop([sender])
        other = self._others.setdefault(sender, Elsewhere())
        other.heard_at = time.monotonic()
        if word in ("joined", "left"):
            self._take(other, message)
        if word == "asks":
            return "here"
        return None if known or word == "here" else "asks"

    def expire(self) -> None:
        """Drop the processes that were not heard of for too long."""
        end = time.monotonic() - SILENT_S
        self._drop([name for name, other in self._others.items() if other.heard_at < end])

    def forget(self) -> None:
        """Messages were lost: what the others said is to be asked for again."""
        self._drop(list(self._others))

    def _take(self, other: Elsewhere, message: Message) -> None:
        page = message["page"]
        if message["say"] == "joined":
            other.pages[page].update(message["who"])
        else:
            other.pages[page].difference_update(message["who"])
        if not other.pages[page]:
            del other.pages[page]
        self.changed.add(page)

    def _drop(self, names: Sequence[str]) -> None:
        for name in names:
            gone = self._others.pop(name, None)
            self.changed.update(gone.pages if gone is not None else ())

    def _messages(self, page: str, say: str, who: set[str]) -> Iterator[Message]:
        some: list[str] = []
        for one in sorted(who):
            if some and sum(len(name.encode()) + 8 for name in (*some, one)) > TOGETHER_BYTES:
                yield {"process": self.process, "say": say, "page": page, "who": some}
                some = []
            some.append(one)
        if some:
            yield {"process": self.process, "say": say, "page": page, "who": some}
