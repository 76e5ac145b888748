"""Merge requests as a reader gets them, and what they may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError, computed_field

from oracle_kit.canvas.diff_text import request_text
from oracle_kit.canvas.merge import Decision, Resolution, conflicts
from oracle_kit.canvas.merge_request import (
    ENDED,
    MergeRequest,
    RequestState,
    Review,
    Reviewer,
    Verdict,
    require_verdict,
)
from oracle_kit.errors import EditRefused, NotPermitted
from oracle_kit.identity.roles import may
from oracle_kit.model import Viewer
from oracle_kit.query import Value

VERDICTS: tuple[Verdict, ...] = ("comment", "approve", "request_changes", "reject", "close", "merge")


class ListedRequest(Value):
    """A merge request in a list, as it was last looked at; `conflicts` counts those that nobody settled."""

    id: str
    source_page: str
    target_page: str
    author: str
    title: str
    state: RequestState
    conflicts: int
    merged_revision: str | None
    created_at: datetime
    updated_at: datetime


class OpenedRequest(MergeRequest):
    """A merge request as the pages stand, its decisions as the viewer may see them.

    `allowed` are the verdicts that the viewer may give now.
    """

    source_title: str
    target_title: str
    reviews: tuple[Review, ...]
    allowed: tuple[Verdict, ...]

    @computed_field  # type: ignore[prop-decorator]  # pydantic's way to show a property
    @property
    def conflicts(self) -> tuple[Decision, ...]:
        """The conflicts that are not settled yet."""
        return conflicts(self.decisions, self.resolutions)

    def __str__(self) -> str:
        """What it is, what was said of it, and a line per decision, for a person."""
        return request_text(self, self.source_title, self.target_title, self.reviews).plain


def detail_of(request: MergeRequest) -> dict[str, Any]:
    """What the audit keeps of an act on a request."""
    heads = {"source": request.source_head, "target": request.target_head}
    return {"state": request.state, "heads": heads, "merged_revision": request.merged_revision}


def listed(request: MergeRequest) -> ListedRequest:
    """The request as a list shows it."""
    same = {name: getattr(request, name) for name in ListedRequest.model_fields if name != "conflicts"}
    return ListedRequest(conflicts=len(request.conflicts), **same)


def allowed(request: MergeRequest, reviewer: Reviewer, viewer: Viewer) -> Iterator[Verdict]:
    """The verdicts that the viewer may give on the request as it stands."""
    if request.state in ENDED or not may(viewer, "edit_pages"):
        return
    for verdict in VERDICTS:
        try:
            require_verdict(request, reviewer, verdict)
        except NotPermitted:
            continue
        if verdict != "merge" or request.state == "approved":
            yield verdict


def resolutions_of(told: Sequence[Resolution | Mapping[str, Any]]) -> tuple[Resolution, ...]:
    """The resolutions, those of plain JSON checked; EditRefused says which is none."""
    return tuple(_resolution(one, place) for place, one in enumerate(told, 1))


def _resolution(one: Resolution | Mapping[str, Any], place: int) -> Resolution:
    if isinstance(one, Resolution):
        return one
    try:
        return Resolution.model_validate(dict(one))
    except (ValidationError, TypeError, ValueError):
        raise EditRefused(
            f"Resolution {place} is none.",
            hint="It names block, part, and what to take: ours (the target), theirs (the source) or keep (the base).",
        ) from None
