"""What a database said when it failed, as an error that says what to do; no password, no statement."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from oracle_kit.errors import OracleError, WarehouseUnavailable

_STOPPED = ("InterruptException", "QueryCanceled")
_HINTS = (
    (
        "database does not exist",
        "Check the path in ORACLE_WAREHOUSE_URL; `oracle demo build` makes the demo's.",
    ),
    ("Could not set lock", "Another program has the file open for writing: close it, or copy the file."),
    ("different configuration", "Close the other connection to the file in this process."),
    ("not a valid DuckDB", "The file is no DuckDB database, or was made by a newer version."),
    ("newer version", "Install the DuckDB version that wrote the file."),
    ("Permission denied", "Give this account the right to read it."),
    ("permission denied", "Grant the role SELECT on the tables and columns that the datasets project."),
    ("Connection refused", "Start the database, or check host and port in ORACLE_WAREHOUSE_URL."),
    ("password authentication", "Check user and password in ORACLE_WAREHOUSE_URL."),
    ("does not exist", "Run `oracle check`: the datasets and the database's schema do not agree."),
    ("Catalog Error", "Run `oracle check`: the datasets and the database's schema do not agree."),
    ("Binder Error", "Run `oracle check`: the datasets and the database's schema do not agree."),
    ("timeout expired", "Check that the database's host can be reached."),
)


def stopped(error: BaseException) -> bool:
    """Whether the database says that the statement was stopped for its time."""
    original = getattr(error, "orig", None)
    return type(original).__name__ in _STOPPED


def unavailable(error: BaseException, url: str) -> WarehouseUnavailable:
    """The failure as a condition: what the database said, where, and a hint what to do."""
    if isinstance(error, OracleError):
        return WarehouseUnavailable(error.message, hint=error.hint)
    if isinstance(error, PoolTimeout):
        return WarehouseUnavailable(f"every connection to {url} is busy.", hint="Try again in a moment.")
    original = error.orig if isinstance(error, DBAPIError) else error
    said = str(original).strip().splitlines()
    first = said[0] if said else type(original).__name__
    hint = next((hint for sign, hint in _HINTS if any(sign in line for line in said)), "Run `oracle doctor`.")
    return WarehouseUnavailable(f"the warehouse {url} cannot be read: {first}", hint=hint)
