"""What routes are handed: the Oracle, the viewer behind the token, checked parameters, and the parts of an answer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Annotated, Any, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Header, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from oracle_kit import OpenedRequest, Oracle, Page, Unauthenticated, Viewer
from oracle_kit.codebook.template import Template

T = TypeVar("T")
bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="`oracle token` issues one")
EPOCH = datetime(1970, 1, 1)  # times of pages are naive UTC


async def the_oracle(request: Request) -> Oracle:
    """The Oracle this app serves."""
    oracle: Oracle = request.app.state.oracle
    return oracle


TheOracle = Annotated[Oracle, Depends(the_oracle)]


class KnownTokens:
    """Tokens that were checked within the last seconds: a burst of requests checks its token once."""

    SECONDS, MOST = 5.0, 10_000

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[Viewer, float]] = OrderedDict()

    async def viewer(self, oracle: Oracle, token: str) -> Viewer:
        """The viewer behind the token; Unauthenticated otherwise, Unavailable where nobody can tell."""
        known = self._known.get(token)
        if known is not None and monotonic() < known[1]:
            return known[0]
        viewer = await run_in_threadpool(oracle.authenticate, token)  # it may ask a database, or for keys
        self._known[token] = (viewer, monotonic() + self.SECONDS)
        self._known.move_to_end(token)
        if len(self._known) > self.MOST:
            self._known.popitem(last=False)
        return viewer


async def the_viewer(
    request: Request,
    oracle: TheOracle,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Viewer:
    """The viewer behind the bearer token; Unauthenticated (401) otherwise."""
    if credentials is None:
        raise Unauthenticated(
            "There is no bearer token.",
            hint="Send `Authorization: Bearer <token>`; `oracle token` issues one.",
        )
    tokens: KnownTokens = request.app.state.tokens
    return await tokens.viewer(oracle, credentials.credentials)


TheViewer = Annotated[Viewer, Depends(the_viewer)]
MADE_ID = r"^[A-Za-z0-9_.-]+$"
PageId = Annotated[str, Path(max_length=100, pattern=MADE_ID, description="`page_…`")]
RevisionId = Annotated[str, Path(max_length=100, pattern=MADE_ID, description="`rev_…`")]
BlockId = Annotated[str, Path(max_length=100, pattern=MADE_ID, description="`blk_…`")]
TemplateId = Annotated[
    str, Path(max_length=200, pattern=MADE_ID, description="`chapter.subchapter.template`")
]
AtRevision = Annotated[
    str | None, Query(max_length=100, pattern=MADE_ID, description="this revision; unset: the newest")
]
Html = Annotated[bool, Query(description="give each block's static picture too, as `html`")]
Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of what came before")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="the same key and body give the same answer, done once",
    ),
]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=300, description="the ETag that was read, or `*`")
]


class Waiting:
    """Threads for what may wait for a model, apart from those of all other requests: those never wait for it."""

    AT_ONCE = 96  # more than a provider lets wait

    def __init__(self) -> None:
        self._prompts, self._chats = CapacityLimiter(self.AT_ONCE), CapacityLimiter(self.AT_ONCE)

    async def prompt(self, work: Callable[[], T]) -> T:
        """What the work of a prompt gives."""
        return await to_thread.run_sync(work, limiter=self._prompts)

    async def chat(self, work: Callable[[], T]) -> T:
        """What the work of a chat gives."""
        return await to_thread.run_sync(work, limiter=self._chats)


def etag(head: str | None, changed: datetime) -> dict[str, str]:
    """The ETag of a page: its head, and the microsecond of its last change."""
    return {"ETag": f'"{head or ""}.{(changed - EPOCH) // timedelta(microseconds=1)}"'}


def page_etag(page: Page) -> dict[str, str]:
    """The ETag of a page as it stands."""
    return etag(page.head, page.updated_at)


class StaleVersion(HTTPException):
    """A template has moved on since it was read."""

    code = "stale_version"


def version_etag(template: Template) -> dict[str, str]:
    """The ETag of a template: its version and the start of its digest."""
    return {"ETag": f'"{template.version}.{template.digest.rpartition(":")[2][:16]}"'}


def seen_version(if_match: str | None, template: Template) -> None:
    """412 where an If-Match names another version of the template than the one that is in force."""
    now = version_etag(template)["ETag"]
    if _names(if_match) and (if_match or "").strip().removeprefix("W/") != now:
        raise StaleVersion(412, "Another version of the template is in force; read it again.")


def base_of(if_match: str | None, base: str | None) -> str | None:
    """The revision that a request names as its base, in its body or its If-Match header; None for the head."""
    return base or (_tag(if_match)[0] if _names(if_match) else None)


def since_of(if_match: str) -> datetime | None:
    """The moment of the page's last change that an If-Match names; None for `*`, 412 for what is no ETag of a page."""
    if not _names(if_match):
        return None
    digits = _tag(if_match)[1]
    if not digits.isdigit() or len(digits) > 17:
        raise HTTPException(412, "This is not the page's ETag; read the page again.")
    return EPOCH + timedelta(microseconds=int(digits))


def heads_etag(request: OpenedRequest) -> dict[str, str]:
    """The ETag of a merge request: the heads of its two pages."""
    return {"ETag": f'"{request.source_head}.{request.target_head}"'}


def heads_of(if_match: str | None) -> tuple[str, str] | None:
    """The heads that an If-Match names; None for none and `*`, 412 for what is no ETag of a merge request."""
    if not _names(if_match):
        return None
    source, target = _tag(if_match)
    if not source:
        raise HTTPException(412, "This is not the merge request's ETag; read it again.")
    return source, target


def change_of(if_match: str | None) -> int | None:
    """The number of the change that an If-Match names; None where it names none, 412 for what is no such ETag."""
    if not _names(if_match):
        return None
    number = (if_match or "").strip().removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit()) or len(number) > 15:
        raise HTTPException(412, "This is not the ETag of the routing; read it again.")
    return int(number)


def required(if_match: str | None, base: str | None = None) -> None:
    """428 where neither an If-Match nor a base revision says what was seen."""
    if not (if_match and if_match.strip()) and base is None:
        raise HTTPException(
            428, "Say which state of the page you saw: If-Match with its ETag, so that no change is lost."
        )


def _names(if_match: str | None) -> bool:
    return if_match is not None and if_match.strip() not in ("", "*")


def _tag(header: str | None) -> tuple[str, str]:
    tag = (header or "").strip().removeprefix("W/").strip('"')
    head, _, changed = tag.rpartition(".")
    return head, changed


def cut(items: Sequence[Any], limit: int, cursor: str | None) -> tuple[Sequence[Any], str | None]:
    """The items from the cursor on, at most `limit`, and the cursor of what follows; 422 for one that is none."""
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise HTTPException(422, "This cursor is not one that a list gave; begin without one.")
    start = int(cursor or 0)
    following = str(start + limit) if start + limit < len(items) else None
    return items[start : start + limit], following
