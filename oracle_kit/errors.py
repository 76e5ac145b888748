"""One error tree; the branch says who must act.

OracleError
├── ContentError            the author mends a YAML file
│   └── ExpressionError     an expression in content does not parse or type
├── Refused                 the caller asks for something else
│   ├── PromptRefused       the prompt is malformed (empty, too long, binary)
│   ├── NotPermitted        the caller's role may not do this
│   ├── FieldNotAllowed     a field, measure or dataset that this viewer may not use so
│   ├── QueryRefused        a query that names what is not declared
│   ├── EditRefused         an edit that cannot be applied
│   ├── NotFound            a page, revision, block or template that is not there for the caller
│   └── Unauthenticated     no valid token
├── Unavailable             the operator brings something back
│   ├── WarehouseUnavailable
│   ├── FetchTimeout        a statement ran longer than its policy allows
│   ├── StateUnavailable
│   ├── RevisionDamaged     a stored revision is not what its hash says
│   ├── ProviderFailed      a model provider gave no usable answer; `reason` says how
│   ├── NoProvider          routing leaves no model provider that may answer
│   └── NotInstalled        an optional extra is missing
└── Conflict                the caller reads again and retries
    ├── StaleRevision       the page moved on in the same part
    └── KeyReused           an idempotency key came back with another payload
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, ClassVar


class OracleError(Exception):
    """Any failure Oracle explains itself: what happened, and what to do next (`hint`)."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details

    def __str__(self) -> str:
        ended = self.message.endswith((".", "!", "?", ":"))
        return f"{self.message}{'' if ended or not self.hint else '.'} {self.hint}".strip()


class ContentError(OracleError):
    """A content file is wrong: `file`, `line` and `field` say where, `hint` the nearest right thing."""

    code = "content_error"

    def __init__(
        self, message: str, *, file: str = "", line: int = 0, field: str = "", hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint, file=file, line=line, field=field)
        self.file, self.line, self.field = file, line, field

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line or "") if part)
        where = f"{place}: " if place else ""
        field = f"{self.field}: " if self.field else ""
        return f"{where}{field}{super().__str__()}"


class ExpressionError(ContentError):
    """An expression in content does not parse, or its types do not fit."""

    code = "expression_error"


class Refused(OracleError):
    """The request is not one that Oracle carries out for this caller."""

    code = "refused"


class PromptRefused(Refused):
    """The prompt is malformed: empty, too long, or not text."""

    code = "prompt_refused"


class NotPermitted(Refused):
    """The caller's role does not allow the action."""

    code = "not_permitted"


class FieldNotAllowed(Refused):
    """The viewer may not use a dataset or field this way."""

    code = "field_not_allowed"


class QueryRefused(Refused):
    """A query names a dataset, field, measure, term or relation that is not declared."""

    code = "query_refused"


class EditRefused(Refused):
    """An edit operation cannot be applied to the page."""

    code = "edit_refused"


class NotFound(Refused):
    """The thing does not exist for this caller."""

    code = "not_found"


class Unauthenticated(Refused):
    """There is no valid token."""

    code = "unauthenticated"


class Unavailable(OracleError):
    """A part that Oracle stands on cannot be used just now."""

    code = "unavailable"


class WarehouseUnavailable(Unavailable):
    """The warehouse is missing, locked, or does not answer."""

    code = "warehouse_unavailable"


class FetchTimeout(Unavailable):
    """A statement ran longer than its dataset's policy allows."""

    code = "fetch_timeout"


class StateUnavailable(Unavailable):
    """The state database cannot be used."""

    code = "state_unavailable"


class RevisionDamaged(Unavailable):
    """A stored revision does not match its hash, or a part of it is gone; `details` name page and revision."""

    code = "revision_damaged"


class ProviderFailed(Unavailable):
    """A model provider gave no usable answer; `reason` is one of `oracle_kit.llm.provider.FailureReason`."""

    code = "provider_failed"

    def __init__(self, message: str, *, reason: str, hint: str = "", **details: Any) -> None:
        super().__init__(message, hint=hint, reason=reason, **details)
        self.reason = reason


class NoProvider(Unavailable):
    """No model provider may answer: none configured, allowed, switched on or well; `details["tried"]` says why."""

    code = "no_provider"


class NotInstalled(Unavailable):
    """An optional extra is needed; `hint` has the command that installs it."""

    code = "not_installed"


class Conflict(OracleError):
    """Somebody else was faster; read again and retry."""

    code = "conflict"


class StaleRevision(Conflict):
    """The base revision is not the head and the same part changed; `details["conflicts"]` lists where."""

    code = "stale_revision"


class KeyReused(Conflict):
    """An idempotency key came back with another payload."""

    code = "key_reused"


def nearest(word: str, known: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """The known names most like `word`, best first, at most `limit`."""
    names = {name.lower(): name for name in known}
    return tuple(names[hit] for hit in get_close_matches(word.lower(), names, limit, 0.5))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence with the nearest right names, or the names there are, or nothing."""
    names = tuple(known)
    close = nearest(word, names)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"There are: {', '.join(sorted(names)[:12])}." if names else ""
