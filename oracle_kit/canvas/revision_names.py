"""Names for revisions, such as "March review", and finding the revision that a person means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from oracle_kit.errors import NotFound, Refused, did_you_mean
from oracle_kit.query import Value
from oracle_kit.state.page_tables import revision_names, revisions

LONGEST = 100


class RevisionName(Value):
    """A name that a person gave to a revision."""

    name: str
    revision_id: str
    author: str
    at: datetime


def give_name(connection: sa.Connection, page_id: str, named: RevisionName) -> RevisionName:
    """The name, kept; the one there is where the revision has it already. Refused where another one has it."""
    if not named.name or len(named.name) > LONGEST:
        raise Refused(f"A revision's name has 1 to {LONGEST} characters.")
    if named.name.lstrip("#").isdigit() or named.name.startswith("rev_"):
        raise Refused(f"{named.name!r} reads as a revision's number or id.", hint="Choose words.")
    there = next((one for one in names_of(connection, page_id) if one.name == named.name), None)
    if there is None:
        connection.execute(sa.insert(revision_names).values(page_id=page_id, **named.model_dump()))
        return named
    if there.revision_id != named.revision_id:
        raise Refused(
            f"{named.name!r} names another revision of this page.", hint="Take the name from it first."
        )
    return there


def take_name(connection: sa.Connection, page_id: str, name: str) -> RevisionName:
    """The name, free again; NotFound where the page has none such."""
    there = {one.name: one for one in names_of(connection, page_id)}
    if name not in there:
        raise NotFound(f"No revision is named {name!r}.", hint=did_you_mean(name, there))
    mine = (revision_names.c.page_id == page_id) & (revision_names.c.name == name)
    connection.execute(sa.delete(revision_names).where(mine))
    return there[name]


def names_of(connection: sa.Connection, page_id: str) -> tuple[RevisionName, ...]:
    """The names of a page's revisions, in their order."""
    mine = sa.select(revision_names).where(revision_names.c.page_id == page_id)
    rows = connection.execute(mine.order_by(revision_names.c.name)).mappings()
    return tuple(
        RevisionName(**{name: value for name, value in row.items() if name != "page_id"}) for row in rows
    )


def find_revision(connection: sa.Connection, pages: Sequence[tuple[str, int]], word: str) -> str:
    """The id of a revision of these pages (the page, then those it was forked from, each up to a number).

    `word` is an id, a number (also `#12`) or a name; NotFound, with the nearest name.
    """
    word = word.strip()
    number = word.removeprefix("#")
    for page_id, newest in pages:
        if number.isascii() and number.isdigit() and len(number) < 10:
            told = revisions.c.number == int(number)
        else:
            named = sa.select(revision_names.c.revision_id).where(
                revision_names.c.page_id == page_id, revision_names.c.name == word
            )
            told = (revisions.c.revision_id == word) | revisions.c.revision_id.in_(named)
        here = sa.select(revisions.c.revision_id).where(
            revisions.c.page_id == page_id, revisions.c.number <= newest
        )
        found: str | None = connection.execute(here.where(told)).scalar()
        if found is not None:
            return found
    known = [one.name for page_id, _ in pages for one in names_of(connection, page_id)]
    raise NotFound(f"The page's history has no revision {word!r}.", hint=did_you_mean(word, known))
