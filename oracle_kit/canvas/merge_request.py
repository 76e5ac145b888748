"""A merge request as a value, and who may do what to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from oracle_kit.canvas.merge import Decision, Resolution, checked, conflicts, not_settled
from oracle_kit.errors import Conflict, NotFound, NotPermitted, Refused, StaleRevision
from oracle_kit.ids import new_id
from oracle_kit.model import Page
from oracle_kit.query import Value

RequestState = Literal["open", "changes_requested", "approved", "merged", "rejected", "closed", "stale"]
Verdict = Literal["comment", "approve", "request_changes", "reject", "close", "merge"]
ENDED: tuple[RequestState, ...] = ("merged", "rejected", "closed")


class MergeRequest(Value):
    """What one page asks another to take over, with the decisions as the two pages stand.

    `ours` in the decisions is the target, `theirs` the source. `stale`: the target moved, the decisions were made
    again, and an approval given before is void.
    """

    id: str
    source_page: str
    target_page: str
    author: str
    title: str
    message: str = ""
    state: RequestState = "open"
    base: str
    source_head: str
    target_head: str
    decisions: tuple[Decision, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    merged_revision: str | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1

    @property
    def conflicts(self) -> tuple[Decision, ...]:
        """The conflicts that are not settled yet."""
        return conflicts(self.decisions, self.resolutions)


class Review(Value):
    """What somebody said or decided of a request, and of which revisions."""

    id: str
    request_id: str
    reviewer: str
    verdict: Verdict
    comment: str = ""
    resolutions: tuple[Resolution, ...] = ()
    source_head: str
    target_head: str
    at: datetime


class Reviewer(Value):
    """What counts when somebody acts on a request: who they are, and what they may do with its pages."""

    id: str
    reads_both: bool
    edits_target: bool
    has_role: bool = False  # the role `reviewer`
    only_editor: bool = False  # nobody else may edit the target


def only_editor(page: Page, person: str) -> bool:
    """Whether the person is the one who may edit the page: its owner, without editors beside them."""
    return {page.owner, *page.editors} == {person}


def require_verdict(request: MergeRequest, reviewer: Reviewer, verdict: Verdict) -> None:
    """NotPermitted, with the reason, where this person may not do this to the request.

    Whoever reads both pages may comment. Reviewers may edit the target, or have the role `reviewer`. The author may
    close the request, and approves it only where nobody else edits the target. NotFound for who may not read both.
    """
    if not reviewer.reads_both:
        raise NotFound(f"There is no merge request {request.id}.")
    if verdict == "comment" or (verdict == "close" and reviewer.id == request.author):
        return
    if verdict == "close" and not reviewer.edits_target:
        raise NotPermitted("Only its author and the target's editors may close a merge request.")
    if not (reviewer.edits_target or reviewer.has_role):
        raise NotPermitted(
            "Only who may edit the target page, or has the role reviewer, reviews a merge request.",
            hint="Ask one of the page's editors.",
        )
    if verdict == "approve" and reviewer.id == request.author and not reviewer.only_editor:
        raise NotPermitted(
            "You cannot approve your own merge request.", hint="Ask another editor of the target page."
        )


def require_resolver(request: MergeRequest, reviewer: Reviewer) -> None:
    """NotPermitted for who neither reviews the request nor made it: they settle none of its conflicts."""
    if not (reviewer.edits_target or reviewer.has_role or reviewer.id == request.author):
        raise NotPermitted("Only its author and its reviewers settle the conflicts of a merge request.")


def reviewed(
    before: MergeRequest, verdict: Verdict, resolutions: Sequence[Resolution], at: datetime
) -> MergeRequest:
    """The request after the verdict, with the new resolutions beside the old; Conflict where it cannot be approved."""
    states = {
        "approve": "approved",
        "request_changes": "changes_requested",
        "reject": "rejected",
        "close": "closed",
    }
    if verdict == "merge":
        raise Refused("`merge` is no verdict.", hint="Approve the request: it is merged then.")
    told = {
        (one.block, one.part): one for one in (*before.resolutions, *checked(before.decisions, resolutions))
    }
    if before.state == "approved" and tuple(told.values()) != before.resolutions:
        states["comment"] = "open"  # what was approved was settled otherwise
    update = {
        "state": states.get(verdict, before.state),
        "resolutions": tuple(told.values()),
        "updated_at": at,
    }
    after = before.model_copy(update=update)
    if verdict == "approve" and after.conflicts:
        raise Conflict(
            not_settled(after.conflicts),
            hint="Send a resolution (ours, theirs or keep) for each.",
            conflicts=[one.model_dump(mode="json") for one in after.conflicts],
        )
    return after


def still_fitting(kept: MergeRequest, decisions: Sequence[Decision]) -> tuple[Resolution, ...]:
    """The resolutions of conflicts that are still the same, side by side."""
    same = {(one.block, one.part) for one in decisions if one in kept.decisions}
    return tuple(one for one in kept.resolutions if (one.block, one.part) in same)


def review_of(
    request: MergeRequest,
    who: str,
    verdict: Verdict,
    comment: str,
    resolutions: Sequence[Resolution],
    at: datetime,
) -> Review:
    """The review, as it is to be kept."""
    return Review(
        id=new_id("rvw"),
        request_id=request.id,
        reviewer=who,
        verdict=verdict,
        comment=comment,
        resolutions=tuple(resolutions),
        source_head=request.source_head,
        target_head=request.target_head,
        at=at,
    )


def require_open(request: MergeRequest) -> None:
    """Conflict where the request has ended."""
    if request.state in ENDED:
        raise Conflict(f"The merge request is {request.state} already.", hint="Make a new one.")


def require_seen(request: MergeRequest, seen: tuple[str, str] | None) -> None:
    """StaleRevision where the reviewer looked at other heads of source and target."""
    if seen is not None and seen != (request.source_head, request.target_head):
        raise moved_on(request)


def moved_on(request: MergeRequest) -> StaleRevision:
    """Why a request cannot be decided as it was seen."""
    return StaleRevision(
        "A page of this merge request moved on since it was reviewed.",
        hint="Read the request again: its decisions were made anew.",
        head=request.target_head,
        conflicts=[one.model_dump(mode="json") for one in request.conflicts],
    )
