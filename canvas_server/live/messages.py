"""What is said on a live page, as schemas; each message is one JSON object with its `type`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic_core import to_json

from canvas_server.answers import ShownBlock
from oracle_kit.model import Mode, RevisionKind

Reason = Literal["slow", "behind", "large", "unreadable"]
MOST_SHOWN = 200  # ids of people in one message


class Told(BaseModel):
    """A message of the server."""

    model_config = ConfigDict(extra="forbid")

    @property
    def text(self) -> str:
        """The message as it is sent."""
        return self.model_dump_json()


class Hello(Told):
    """The first message: the page as it stands, and who is here. `replayed` commits after `since` follow at once."""

    type: Literal["hello"] = "hello"
    page_id: str
    title: str
    head: str | None
    number: int
    you: str
    here: list[str]
    count: int = Field(description="how many people are here, also where `here` is cut")
    replayed: int
    expires_at: datetime = Field(description="when your token ends, and this connection with it")


class Committed(Told):
    """One commit. `blocks` are those that are new or other than before, as you may see them."""

    type: Literal["revision"] = "revision"
    revision: str
    number: int
    kind: RevisionKind
    author: str
    message: str
    mode: Mode | None
    at: datetime
    blocks: list[ShownBlock]
    added: list[str]
    removed: list[str]
    order: list[str] = Field(description="the id of every block of the page")


class Present(Told):
    """Who came and who went; `count` people are here now."""

    type: Literal["presence"] = "presence"
    joined: list[str]
    left: list[str]
    count: int


class Notice(Told):
    """Something to know: a stable `code`, a sentence, and `changed` where the page itself is other than before."""

    type: Literal["notice"] = "notice"
    code: str
    message: str
    title: str | None = None
    changed: list[str] = []
    expires_at: datetime | None = None


class Resync(Told):
    """Messages were left out: read the page again; what is committed after `number` is told as before."""

    type: Literal["resync"] = "resync"
    reason: Reason
    head: str | None
    number: int
    here: list[str]
    count: int


class Pong(Told):
    """The answer to a ping."""

    type: Literal["pong"] = "pong"


class Said(BaseModel):
    """A message of the client."""

    model_config = ConfigDict(extra="forbid")


class Ping(Said):
    """Is anybody there?"""

    type: Literal["ping"]


class Renew(Said):
    """Go on with a new token of the same person."""

    type: Literal["auth"]
    token: str = Field(min_length=1, max_length=16_384)


FROM_SERVER = (Hello, Committed, Present, Notice, Resync, Pong)
FROM_CLIENT = (Ping, Renew)
_said: TypeAdapter[Ping | Renew] = TypeAdapter(Ping | Renew)


def said(text: str) -> Ping | Renew:
    """A client's message; ValueError for anything else."""
    return _said.validate_json(text)


def committed(told: dict[str, Any]) -> str:
    """The text of a commit, whose parts come ready from the kit."""
    return to_json({"type": "revision", **told}, inf_nan_mode="null").decode()
