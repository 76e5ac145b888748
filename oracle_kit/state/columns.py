"""Column types that read the same from SQLite and PostgreSQL, and the clock that stamps rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

Counter = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite counts up only what it calls INTEGER


class Moment(TypeDecorator[datetime]):
    """A naive UTC time to the microsecond; a time with a zone is turned into UTC on the way in."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """The value as it is stored."""
        return value.astimezone(UTC).replace(tzinfo=None) if value and value.tzinfo else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """The value as it is read."""
        moment: datetime | None = value
        return moment


def utc_now() -> datetime:
    """The real time, as naive UTC; state is stamped with it, whatever clock the warehouse is read by."""
    return datetime.now(UTC).replace(tzinfo=None)
