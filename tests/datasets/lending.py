"""A small lending library on both databases: nulls, ties, odd letters, empty groups, money and floats."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.model import Viewer
from oracle_kit.windows import Clock

CONTENT = Path(__file__).parent / "library"
KOLKATA = timezone(timedelta(hours=5, minutes=30))
NOW = datetime(2026, 4, 19, 9)
META = sa.MetaData()

BRANCHES = sa.Table(
    "branches",
    META,
    sa.Column("branch_id", sa.BigInteger),
    sa.Column("city", sa.String),
    sa.Column("region", sa.String),
    sa.Column("manager_id", sa.BigInteger),
    sa.Column("opened_on", sa.Date),
)
MEMBERS = sa.Table(
    "members",
    META,
    sa.Column("member_id", sa.BigInteger),
    sa.Column("name", sa.String),
    sa.Column("email", sa.String),
    sa.Column("branch_id", sa.BigInteger),
    sa.Column("joined_at", sa.DateTime),
    sa.Column("active", sa.Boolean),
    sa.Column("score", sa.Double),
    sa.Column("seen_at", sa.DateTime(timezone=True)),
)
BOOKS = sa.Table(
    "books",
    META,
    sa.Column("book_id", sa.BigInteger),
    sa.Column("genre", sa.String),
    sa.Column("price", sa.Numeric(16, 2)),
    sa.Column("pages", sa.BigInteger),
    sa.Column("weight", sa.Double),
)
LOANS = sa.Table(
    "loans",
    META,
    sa.Column("loan_id", sa.BigInteger),
    sa.Column("member_id", sa.BigInteger),
    sa.Column("book_id", sa.BigInteger),
    sa.Column("status", sa.String),
    sa.Column("due_at", sa.DateTime),
    sa.Column("returned_at", sa.DateTime),
    sa.Column("borrowed_on", sa.Date),
    sa.Column("fee", sa.Numeric(16, 2)),
    sa.Column("risk", sa.Double),
)

_CITIES = ["Kolkata", "Mumbai", "éluru", "_north", "kolkata", "Pune"]
_NAMES = ["Asha Rao", "Bo O'Neil", "100% Sure", "under_score", "Ravi asha", "Zoë Über", "back\\slash"]
_ODD = {57: None, 114: None, 71: float("nan"), 72: float("inf"), 73: float("-inf")}  # what floats can hold
_GENRES = ["fiction", "science", "history", "Zen", "éclair"]


def rows() -> dict[sa.Table, list[dict[str, Any]]]:
    """The rows of every table, the same on every call."""
    branches = [
        {
            "branch_id": i,
            "city": city,
            "region": "east" if i % 2 else "west",
            "manager_id": 100 + i % 3,
            "opened_on": date(2020, 1, 31) + timedelta(days=97 * i),
        }
        for i, city in enumerate(_CITIES, 1)
    ]
    members = [
        {
            "member_id": i,
            "name": f"{_NAMES[i % 7]} {min(i, 53) if i % 7 == 4 else i}",  # 53 and 60 share a name
            "email": f"m{i}@example.org",
            "branch_id": None if i % 11 == 0 else 1 + i % 6,
            "joined_at": datetime(2024, 1, 29, 23, 59, 59) + timedelta(days=13 * i, seconds=i),
            "active": None if i % 13 == 0 else i % 3 != 0,
            "score": None if i % 7 == 0 else (i * 37 % 101) / 3,
            "seen_at": None if i % 5 == 0 else datetime(2026, 3, 1 + i % 28, i % 24, tzinfo=KOLKATA),
        }
        for i in range(1, 61)
    ]
    books = [
        {
            "book_id": i,
            "genre": None if i == 9 else _GENRES[i % 5],
            "price": Decimal(i * 7919 % 100_000) / 100,
            "pages": 0 if i == 5 else i * 37 % 500,
            "weight": i * 0.1,
        }
        for i in range(1, 21)
    ]
    return {BRANCHES: branches, MEMBERS: members, BOOKS: books, LOANS: [_loan(i) for i in range(1, 301)]}


def _loan(i: int) -> dict[str, Any]:
    due = datetime(2026, 1, 1) + timedelta(hours=i * 13)
    status = ["open", "returned", "returned", "lost", "draft"][i * 7 % 5]
    return {
        "loan_id": i,
        "member_id": 1 + i * i % 53,
        "book_id": 1 + i % 19,
        "status": status,
        "due_at": due,
        "returned_at": due - timedelta(days=i % 5) if status == "returned" else None,
        "borrowed_on": due.date() - timedelta(days=14),
        "fee": None if i % 17 == 0 else Decimal(i * 31 % 400) / 2,
        "risk": _ODD.get(i, (i % 10) / 10),
    }


def build(url: str) -> None:
    """The library's tables in an empty database."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        META.create_all(connection)
        for table, content in rows().items():
            connection.execute(table.insert(), content)
    engine.dispose()


def catalog() -> Catalog:
    """The library's datasets."""
    return Catalog.load(CONTENT)


def clock() -> Clock:
    """The reading that the tests use, by the library's calendar."""
    return Clock(now=NOW, calendar=catalog().calendar)


VIEWERS = {
    "analyst": Viewer(id="ana", roles=("analyst",)),
    "auditor": Viewer(id="aud", roles=("auditor",)),
    "clerk": Viewer(id="cle", roles=("clerk",), attributes={"user_id": 101}),
    "lead": Viewer(id="lea", roles=("lead",), attributes={"region": "east"}),
    "clerk and lead": Viewer(
        id="cl", roles=("clerk", "lead"), attributes={"user_id": "101", "region": "east"}
    ),
    "clerk and analyst": Viewer(id="ca", roles=("clerk", "analyst"), attributes={"user_id": 101}),
}
