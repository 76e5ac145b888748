"""Approvals under a viewer's rights: propose, read, decide, and finish what was decided."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from oracle_kit.approvals.approval import Approval, ApprovalStatus, Proposed, Verdict
from oracle_kit.approvals.store import ApprovalStore
from oracle_kit.approvals.templates import PUBLISH
from oracle_kit.datasets.actions import (
    Action,
    actions_of,
    checked_arguments,
    current_state,
    described,
    find_action,
)
from oracle_kit.datasets.policy import access
from oracle_kit.datasets.writeback import Stale, Writeback, WritebackUnavailable
from oracle_kit.errors import Conflict, NotFound, NotPermitted, OracleError, Unavailable
from oracle_kit.identity.roles import may, require
from oracle_kit.model import Viewer
from oracle_kit.query import Value
from oracle_kit.state.columns import utc_now
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.publishing import carried_out, proposal
from oracle_kit.usecases.repeats import Keeping, done_once


class Reviewed(Value):
    """What came of one decision of several: the approval, or why it was not carried out."""

    approval_id: str
    approval: Approval | None = None
    code: str = ""
    message: str = ""


class Approvals:
    """The proposed writes of one workbench."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, ApprovalStore(parts.state)
        self._writeback: Writeback | None = None
        self._opening = threading.Lock()

    @cached_property
    def actions(self) -> Mapping[str, Action]:
        """The actions that content declares, by id."""
        return actions_of(self._parts.catalog)

    # propose -----------------------------------------------------------------------------------

    def propose(
        self,
        action: str,
        arguments: Mapping[str, Any],
        *,
        viewer: Viewer,
        reason: str = "",
        page_id: str | None = None,
    ) -> Approval:
        """A pending approval of a declared action; nothing is written before somebody else approves.

        ActionRefused for what is not declared, or not about a row that the viewer sees and of which holds what must;
        NotPermitted by role.
        """
        proposed = self.prepared(action, arguments, viewer, reason=reason)
        return self._store.get(self._store.add(proposed.model_copy(update={"page_id": page_id})))[0]

    def propose_template(
        self,
        template_id: str,
        text: str,
        *,
        viewer: Viewer,
        reason: str = "",
        key: str | None = None,
        new: bool | None = None,
    ) -> Approval:
        """A pending approval of a template as YAML text, checked as files are; ContentError names the first fault.

        An id of one part or two is a chapter or subchapter, and its text what a `chapter.yaml` says. `new` says
        whether the id must be new (Conflict) or one that there is (NotFound); None: either.
        """
        require(viewer, "author_templates")

        def do(keeping: Keeping) -> tuple[str, Callable[[], Any]]:
            proposed = proposal(self._parts, template_id, text, viewer, reason, new)
            made = self._store.add(proposed, also=keeping(lambda approval_id: approval_id))
            return made, lambda: made

        payload = ["propose_template", template_id, text, reason]
        made = done_once(self._parts, viewer, key, payload, do, lambda stored: str(stored))
        return self._store.get(made)[0]

    def prepared_template(self, template_id: str, text: str, viewer: Viewer, *, reason: str = "") -> Proposed:
        """A proposal of a template that would be accepted now."""
        require(viewer, "author_templates")
        return proposal(self._parts, template_id, text, viewer, reason)

    def prepared(
        self, action: str, arguments: Mapping[str, Any], viewer: Viewer, *, reason: str = ""
    ) -> Proposed:
        """A proposal that would be accepted now, with what it is based on and what it comes to."""
        require(viewer, "prompt")
        found = find_action(self.actions, action)
        checked = checked_arguments(found, arguments)
        clock = self._parts.clock()
        with self._parts.warehouse.snapshot(clock) as snapshot:
            before = current_state(found, checked, self._parts.catalog, snapshot, viewer)
        return Proposed(
            action=found.id,
            title=found.file.title,
            arguments=checked,
            before=before,
            after=described(found, checked, before, viewer),
            reason=reason,
            viewer=viewer,
        )

    # read --------------------------------------------------------------------------------------

    def list(
        self,
        *,
        viewer: Viewer,
        status: ApprovalStatus | None = None,
        action: str | None = None,
        job_id: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> tuple[tuple[Approval, ...], str | None]:
        """Approvals, newest first: all for reviewers, one's own proposals for others."""
        require(viewer, "prompt")
        self._store.expire()
        own = None if may(viewer, "approve") else viewer.id
        found, following = self._store.list(
            proposed_by=own, status=status, action=action, job_id=job_id, limit=limit, cursor=cursor
        )
        return tuple(self._shown(one, viewer) for one in found), following

    def read(self, approval_id: str, *, viewer: Viewer) -> Approval:
        """One approval; NotFound where it is not there for this viewer."""
        return self._shown(self._seen(approval_id, viewer)[0], viewer)

    # decide ------------------------------------------------------------------------------------

    def review(self, approval_id: str, verdict: Verdict, *, viewer: Viewer, comment: str = "") -> Approval:
        """The approval as it stands after the decision: applied, stale or rejected.

        NotPermitted for the proposer, and by role; Conflict where it was decided before; WritebackUnavailable, with
        nothing changed, where approved actions cannot be carried out here.
        """
        self._store.expire()
        approval, proposer = self._seen(approval_id, viewer)
        require(viewer, "publish_templates" if approval.action == PUBLISH else "approve")
        if viewer.id == approval.proposed_by:
            raise NotPermitted("Nobody decides what they proposed themselves.", hint="Ask another reviewer.")
        if verdict == "reject":
            self._store.move(
                approval_id,
                "rejected",
                by=viewer.id,
                reviewed_by=viewer.id,
                reviewed_at=utc_now(),
                comment=comment,
            )
        elif approval.action == PUBLISH:
            self._publish(approval, proposer, viewer, comment)
        else:
            self._approve(approval, viewer, comment)
        return self.read(approval_id, viewer=viewer)

    def review_many(
        self, approval_ids: Sequence[str], verdict: Verdict, *, viewer: Viewer, comment: str = ""
    ) -> tuple[Reviewed, ...]:
        """What came of deciding several alike, each by itself."""
        return tuple(self._one_of_many(one, verdict, viewer, comment) for one in dict.fromkeys(approval_ids))

    def finish(self) -> int:
        """How many approvals were finished that were approved before, whatever ended the process then.

        One whose write is in the target is marked; one whose write is not there is carried out now.
        """
        waiting = self._store.approved()
        if not waiting or self._parts.writeback_url is None:
            return 0
        return sum(self._finished(one) for one in waiting)

    def close(self) -> None:
        """Let go of the writeback connection."""
        if self._writeback is not None:
            self._writeback.close()

    # -------------------------------------------------------------------------------------------

    def _one_of_many(self, approval_id: str, verdict: Verdict, viewer: Viewer, comment: str) -> Reviewed:
        try:
            approval = self.review(approval_id, verdict, viewer=viewer, comment=comment)
            return Reviewed(approval_id=approval_id, approval=approval)
        except OracleError as error:
            return Reviewed(approval_id=approval_id, code=error.code, message=str(error))

    def _approve(self, approval: Approval, viewer: Viewer, comment: str) -> None:
        find_action(self.actions, approval.action)
        self._connected()
        if approval.status != "approved":
            decided = {"reviewed_by": viewer.id, "reviewed_at": utc_now(), "comment": comment}
            self._store.move(approval.approval_id, "approved", by=viewer.id, **decided)
        self._carry_out(approval.approval_id)

    def _carry_out(self, approval_id: str) -> None:
        approval, proposer = self._store.get(approval_id)
        action, by = find_action(self.actions, approval.action), approval.reviewed_by or "oracle"
        try:
            at = self._connected().carry_out(
                approval_id, action, approval.arguments, approval.before, proposer, self._parts.clock()
            )
        except (Stale, NotPermitted) as error:
            self._store.move(approval_id, "stale", by=by, failure_reason=error.message)
        except Unavailable as error:
            self._store.note(approval_id, error.message)
            raise
        else:
            self._mark(approval_id, by=by, at=at)

    def _mark(self, approval_id: str, *, by: str, at: Any) -> None:
        try:
            self._store.move(approval_id, "applied", by=by, applied_at=at, failure_reason=None)
        except Conflict:
            if self._store.get(approval_id)[0].status != "applied":  # another process marked it first
                raise

    def _finished(self, approval_id: str) -> bool:
        try:
            self._carry_out(approval_id)
        except OracleError:
            return False  # its reason is kept; the next start, or a reviewer, tries again
        return True

    def _publish(self, approval: Approval, proposer: Viewer, viewer: Viewer, comment: str) -> None:
        status, reason = carried_out(self._parts, approval, proposer, viewer, comment)
        if status != "applied":
            decided = {"reviewed_by": viewer.id, "reviewed_at": utc_now(), "comment": comment}
            self._store.move(approval.approval_id, status, by=viewer.id, failure_reason=reason, **decided)

    def _connected(self) -> Writeback:
        url = self._parts.writeback_url
        if url is None or self._parts.warehouse.dialect != "postgresql":
            raise WritebackUnavailable(
                "Approved actions cannot be carried out here; nothing was changed.",
                hint="They need the warehouse on PostgreSQL and ORACLE_WRITEBACK_URL.",
            )
        with self._opening:
            if self._writeback is None:
                self._writeback = Writeback(url.get_secret_value(), self._parts.catalog)
        return self._writeback

    def _seen(self, approval_id: str, viewer: Viewer) -> tuple[Approval, Viewer]:
        require(viewer, "prompt")
        approval, proposer = self._store.get(approval_id)
        if viewer.id != approval.proposed_by and not may(viewer, "approve"):
            raise NotFound(
                f"There is no approval {approval_id}.", hint="`oracle approvals list` lists yours."
            )
        return approval, proposer

    def _shown(self, approval: Approval, viewer: Viewer) -> Approval:
        """The approval, without the rows that this viewer may not read."""
        action: Action | None = self.actions.get(approval.action)
        if action is None or access(action.dataset, viewer) is not None:
            return approval
        return approval.model_copy(update={"before": {}, "after": []})
