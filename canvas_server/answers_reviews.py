"""What the routes of a page's history and of merge requests answer, as schemas."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from canvas_server.answers import Shown
from oracle_kit.canvas.diff import BlockChange
from oracle_kit.canvas.merge import Decision, Resolution
from oracle_kit.canvas.merge_request import RequestState, Review, Verdict
from oracle_kit.canvas.revision_names import RevisionName
from oracle_kit.usecases.opened_requests import ListedRequest


class Changes(Shown):
    """What differs between two revisions, by block and part, as I may see both; `from` null: what `to` was made on."""

    from_: str | None = Field(alias="from")
    to: str
    items: list[BlockChange]


class RevisionNames(Shown):
    """The names of a page's revisions."""

    items: list[RevisionName]


class Named(RevisionName):
    """A name that a person gave to a revision."""


class ListedMergeRequest(ListedRequest):
    """A merge request as it was last looked at; `conflicts` counts those that nobody settled."""


class MergeRequests(Shown):
    """Some merge requests, newest first, and the cursor of what follows."""

    items: list[ListedMergeRequest]
    next: str | None


class MergeRequestShown(Shown):
    """A merge request as the two pages stand; `ours` in the decisions is the target, `theirs` the source.

    `allowed` are the verdicts that I may give; `conflicts` the decisions that need a resolution before an approval.
    """

    id: str
    source_page: str
    source_title: str
    target_page: str
    target_title: str
    author: str
    title: str
    message: str
    state: RequestState
    base: str
    source_head: str
    target_head: str
    decisions: list[Decision]
    resolutions: list[Resolution]
    conflicts: list[Decision]
    reviews: list[Review]
    allowed: list[Verdict]
    merged_revision: str | None
    created_at: datetime
    updated_at: datetime
    version: int
