"""Merge requests and their reviews as rows of the state, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from oracle_kit.canvas.merge_request import ENDED, MergeRequest, Review
from oracle_kit.canvas.page_listing import checked_limit
from oracle_kit.canvas.page_rows import is_text
from oracle_kit.errors import Conflict, NotFound, Refused
from oracle_kit.state.page_tables import merge_requests as requests
from oracle_kit.state.page_tables import reviews

_JSON = ("decisions", "resolutions")


def insert_request(connection: sa.Connection, request: MergeRequest) -> None:
    """Keep a new request; Refused where one between the two pages is open already."""
    between = (requests.c.source_page == request.source_page) & (
        requests.c.target_page == request.target_page
    )
    there = sa.select(requests.c.request_id).where(between, requests.c.state.not_in(ENDED))
    found = connection.execute(there).scalar()
    if found is not None:
        raise Refused(
            f"The merge request {found} between these pages is open.", hint="Review or close that one."
        )
    connection.execute(sa.insert(requests).values(**_row(request)))


def update_request(connection: sa.Connection, before: MergeRequest, after: MergeRequest) -> MergeRequest:
    """Keep the request as it is after; Conflict where somebody else changed it since it was read."""
    new = after.model_copy(update={"version": before.version + 1})
    mine = (requests.c.request_id == before.id) & (requests.c.version == before.version)
    if not connection.execute(sa.update(requests).where(mine).values(**_row(new))).rowcount:
        now = read_request(connection, before.id)
        raise Conflict(
            f"The merge request was just changed by somebody else: it is {now.state}.", hint="Read it again."
        )
    return new


def read_request(connection: sa.Connection, request_id: str) -> MergeRequest:
    """The request as it was kept; NotFound."""
    this = sa.select(requests).where(requests.c.request_id == request_id)
    row = connection.execute(this).mappings().one_or_none() if is_text(request_id) else None
    if row is None:
        raise NotFound(f"There is no merge request {request_id}.")
    return _request(row)


def list_requests(
    connection: sa.Connection,
    *,
    read: sa.Select[Any] | None,
    page: str | None,
    wanted: Mapping[str, str | None],
    limit: int,
    cursor: str | None,
) -> tuple[tuple[MergeRequest, ...], str | None]:
    """Requests between pages that are `read` (None: any), from or into a page; newest first, and the cursor.

    `wanted` are columns and the value that they must have, None for any.
    """
    count = checked_limit(limit)
    found = sa.select(requests)
    if read is not None:
        found = found.where(requests.c.source_page.in_(read), requests.c.target_page.in_(read))
    if page is not None:
        found = found.where((requests.c.source_page == page) | (requests.c.target_page == page))
    for name, value in wanted.items():
        if value is not None:
            found = found.where(requests.c[name] == value)
    if cursor is not None:
        found = found.where(requests.c.request_id < cursor)  # made ids sort by time
    rows = connection.execute(found.order_by(requests.c.request_id.desc()).limit(count + 1)).mappings().all()
    listed = tuple(_request(row) for row in rows[:count])
    return listed, listed[-1].id if len(rows) > count else None


def insert_review(connection: sa.Connection, review: Review) -> None:
    """Keep a review."""
    told = review.model_dump(exclude={"id", "resolutions"})
    settled = [one.model_dump(mode="json") for one in review.resolutions]
    connection.execute(sa.insert(reviews).values(review_id=review.id, resolutions=settled, **told))


def list_reviews(connection: sa.Connection, request_id: str) -> tuple[Review, ...]:
    """The reviews of a request, oldest first."""
    mine = sa.select(reviews).where(reviews.c.request_id == request_id).order_by(reviews.c.review_id)
    return tuple(_review(row) for row in connection.execute(mine).mappings())


def _row(request: MergeRequest) -> dict[str, Any]:
    told = request.model_dump(exclude={"id", *_JSON})
    listed = {name: [one.model_dump(mode="json") for one in getattr(request, name)] for name in _JSON}
    return {"request_id": request.id, **told, **listed}


def _request(row: sa.RowMapping) -> MergeRequest:
    told = {name: value for name, value in row.items() if name != "request_id"}
    return MergeRequest(id=row["request_id"], **told)


def _review(row: sa.RowMapping) -> Review:
    told = {name: value for name, value in row.items() if name != "review_id"}
    return Review(id=row["review_id"], **told)
