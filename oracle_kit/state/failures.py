"""What the state database said when it failed, as an error that says what to do; no password, no statement."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from oracle_kit.errors import StateUnavailable

_BACKUP = "Put the newest backup in its place, or move the file away to start empty."
_HINTS = (
    ("database or disk is full", "Free some space on the disk; nothing of this write was kept."),
    ("readonly database", "Give this account the right to write the file and its folder."),
    ("unable to open database file", "Make the folder, and give this account the right to write to it."),
    ("database is locked", "Another program holds the file: close it, or try again in a moment."),
    ("file is not a database", f"The file holds something else. {_BACKUP}"),
    ("malformed", f"The file is damaged. {_BACKUP}"),
    ("disk I/O error", "Check the disk and its free space; read again to see whether this write was kept."),
    ("no such table", "The file was replaced while it was open: start again."),
    ("Connection refused", "Start PostgreSQL, or check host and port in ORACLE_STATE_URL."),
    ("No such file or directory", "Start PostgreSQL, or check host and port in ORACLE_STATE_URL."),
    ("resolve", "Check the host in ORACLE_STATE_URL."),
    ("authentication", "Check user and password in ORACLE_STATE_URL."),
    ("does not exist", "Create the database or role, or check ORACLE_STATE_URL."),
    ("permission denied", "Grant the role CREATE on the schema: it keeps its own tables."),
    ("too many c", "Raise max_connections, or run fewer server processes."),
    ("read-only", "Name the primary in ORACLE_STATE_URL, not a replica."),
    ("timeout expired", "Check that the database's host can be reached."),
    ("lock timeout", "Another program holds the rows: try again in a moment."),
    ("terminat", "Try again in a moment; the connection is made anew by itself."),
    ("closed", "Try again in a moment; the connection is made anew by itself."),
)
_SECRET_QUERY = ("password", "sslpassword", "passfile", "options", "service")
# What the operator must act on, by SQLSTATE and by SQLite's names; all else is a statement's own fault.
_GONE = ("08", "53", "57", "58", "F0", "XX", "25006", "42501", "55P03")
_SICK = (
    *("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL", "SQLITE_INTERRUPT", "SQLITE_NOMEM", "SQLITE_IOERR"),
    *("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_NOTADB"),
)


def shown(url: URL) -> str:
    """The URL as people may see it: no password, wherever it stood."""
    kept = {name: value for name, value in url.query.items() if name not in _SECRET_QUERY}
    return url.set(query=kept).render_as_string(hide_password=True)


def is_unavailable(error: BaseException) -> bool:
    """Whether the failure is the database's state of health, not the statement's fault."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = sqlstate(error)
    if code:
        return code.startswith(_GONE)
    if isinstance(error.orig, sqlite3.Error):
        named = getattr(error.orig, "sqlite_errorname", "")
        return named.startswith(_SICK) or "no such table" in str(error.orig)
    return error.connection_invalidated or isinstance(error, OperationalError)


def sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's five characters for what went wrong; empty for SQLite and for a lost connection."""
    said: Any = error.orig
    return str(getattr(said, "sqlstate", None) or "")


def unavailable(error: BaseException, url: str, *, unknown: bool = False) -> StateUnavailable:
    """The failure as a condition: what the database said, where, and what to do; `unknown`: a commit unanswered."""
    if isinstance(error, PoolTimeout):
        return StateUnavailable(
            f"every connection to the state {url} is busy.", hint="Try again in a moment."
        )
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()
    first = said[0] if said else type(error).__name__
    if unknown:
        hint = "Whether the write was kept is not known: read again before you repeat it."
        return StateUnavailable(
            f"the state {url} went away during a commit: {first}", hint=hint, unknown=True
        )
    hint = next((hint for sign, hint in _HINTS if any(sign in line for line in said)), "Run `oracle doctor`.")
    return StateUnavailable(f"the state {url} cannot be used: {first}", hint=hint)
