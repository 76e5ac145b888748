"""Merge requests under a viewer's rights: create, list, read, comment, review, close, merge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, get_args

from oracle_kit.canvas.merge import Resolution
from oracle_kit.canvas.merge_request import MergeRequest, RequestState, Reviewer, Verdict, only_editor
from oracle_kit.canvas.merge_requests import AlsoRequest, MergeRequests
from oracle_kit.canvas.page_writes import add_viewers
from oracle_kit.errors import Conflict, NotFound, NotPermitted, Refused, did_you_mean
from oracle_kit.identity.roles import may, require
from oracle_kit.model import Page, Viewer, json_ready
from oracle_kit.usecases.audited import audited
from oracle_kit.usecases.changes import completing
from oracle_kit.usecases.conflicts import request_seen
from oracle_kit.usecases.opened_requests import (
    ListedRequest,
    OpenedRequest,
    allowed,
    detail_of,
    listed,
    resolutions_of,
)
from oracle_kit.usecases.page_access import may_edit, may_read, readable
from oracle_kit.usecases.parts import Parts, wall_clock
from oracle_kit.usecases.repeats import Keeping, done_once

ReviewVerdict = Literal["approve", "request_changes", "reject"]


class Reviews:
    """The merge requests of one workbench.

    Where a method takes an idempotency `key`, the same key from the same viewer does the thing once.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts, self._requests = parts, MergeRequests(parts.state, parts.pages)

    def create(
        self,
        source: str,
        target: str | None = None,
        *,
        viewer: Viewer,
        title: str,
        message: str = "",
        key: str | None = None,
    ) -> OpenedRequest:
        """A request that the page `target` (None: the one that `source` was forked from) takes over what `source` did.

        Who edits the target may read the source from then on, where that is the viewer's own. NotPermitted where the
        viewer may edit neither; Refused for a page into itself, pages without a common history, archived ones, and
        where a request between the two is open already.
        """
        require(viewer, "edit_pages")

        def do(keeping: Keeping) -> tuple[OpenedRequest, Callable[[], Any]]:
            from_page, into = self._pages(source, target, viewer)
            also = self._shown_to_reviewers(from_page, into, viewer, keeping(lambda one: one.id))
            write = self._audited(viewer, "create_merge_request", also)
            made = self._requests.create(
                source=from_page.id,
                target=into.id,
                author=viewer.id,
                title=title,
                message=message,
                at=wall_clock(),
                also=write,
            )
            return self.read(made.id, viewer=viewer), lambda: made.id

        payload = ["create_merge_request", source, target, title, message]
        return done_once(self._parts, viewer, key, payload, do, self._again(viewer))

    def list(
        self,
        *,
        viewer: Viewer,
        page: str | None = None,
        author: str | None = None,
        state: RequestState | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> tuple[tuple[ListedRequest, ...], str | None]:
        """The requests between pages that the viewer may read, newest first, and the cursor of what follows."""
        require(viewer, "read_pages")
        if state is not None and state not in get_args(RequestState):
            hint = did_you_mean(state, get_args(RequestState))
            raise Refused(f"There is no state {state!r} of merge requests.", hint=hint)
        team = viewer.attributes.get("team")
        found, following = self._requests.requests(
            page=page,
            author=author,
            state=state,
            reader=viewer.id,
            team=str(team) if team is not None else None,
            everything=may(viewer, "administer"),
            limit=limit,
            cursor=cursor,
        )
        return tuple(listed(one) for one in found), following

    def read(self, request_id: str, *, viewer: Viewer) -> OpenedRequest:
        """The request with its live decisions and its reviews; NotFound where the viewer may not read both pages."""
        require(viewer, "read_pages")
        self._reviewer(self._requests.kept(request_id), viewer)
        request = self._requests.request(request_id)
        source, target = (self._parts.pages.page(one) for one in (request.source_page, request.target_page))
        seen = request_seen(request, self._parts, viewer)
        return OpenedRequest(
            **{name: getattr(seen, name) for name in MergeRequest.model_fields},
            source_title=source.title,
            target_title=target.title,
            reviews=self._requests.reviews(request_id),
            allowed=tuple(allowed(request, self._reviewer(request, viewer), viewer)),
        )

    def comment(
        self,
        request_id: str,
        text: str,
        *,
        viewer: Viewer,
        resolutions: Sequence[Resolution | Mapping[str, Any]] = (),
        key: str | None = None,
    ) -> OpenedRequest:
        """The request with a comment and, from its author and reviewers, conflicts settled."""
        if not text.strip() and not resolutions:
            raise Refused("There is nothing to say.", hint="Write a comment, or settle a conflict.")
        return self._review(request_id, "comment", viewer, text, resolutions, None, key)

    def review(
        self,
        request_id: str,
        verdict: ReviewVerdict,
        *,
        viewer: Viewer,
        comment: str = "",
        resolutions: Sequence[Resolution | Mapping[str, Any]] = (),
        seen: tuple[str, str] | None = None,
        key: str | None = None,
    ) -> OpenedRequest:
        """The request after a verdict; an approved one is merged at once, under the viewer's rights.

        `resolutions` settle conflicts; `seen` names the heads of source and target that the viewer looked at:
        StaleRevision where they are others now. Conflict, with the conflicts, where some are not settled.
        """
        if verdict not in get_args(ReviewVerdict):
            hint = did_you_mean(verdict, get_args(ReviewVerdict))
            raise Refused(f"There is no verdict {verdict!r}.", hint=hint)
        return self._review(request_id, verdict, viewer, comment, resolutions, seen, key)

    def close(
        self, request_id: str, *, viewer: Viewer, comment: str = "", key: str | None = None
    ) -> OpenedRequest:
        """The request, withdrawn by its author or an editor of its target; nothing of it is merged."""
        return self._review(request_id, "close", viewer, comment, (), None, key)

    def merge(self, request_id: str, *, viewer: Viewer, key: str | None = None) -> OpenedRequest:
        """A request that was approved and could not be merged then, merged now."""

        def act(request: MergeRequest, also: AlsoRequest) -> MergeRequest:
            return self._requests.merge(
                request.id,
                reviewer=self._reviewer(request, viewer),
                at=wall_clock(),
                also=also,
                **self._how(viewer),
            )

        return self._acted(request_id, "merge", viewer, ["merge", request_id], act, key)

    def _review(
        self,
        request_id: str,
        verdict: Verdict,
        viewer: Viewer,
        comment: str,
        resolutions: Sequence[Resolution | Mapping[str, Any]],
        seen: tuple[str, str] | None,
        key: str | None,
    ) -> OpenedRequest:
        chosen = resolutions_of(resolutions)

        def act(request: MergeRequest, also: AlsoRequest) -> MergeRequest:
            return self._requests.review(
                request.id,
                reviewer=self._reviewer(request, viewer),
                verdict=verdict,
                comment=comment,
                resolutions=chosen,
                seen=seen,
                at=wall_clock(),
                also=also,
                **self._how(viewer),
            )

        payload = [verdict, request_id, comment, json_ready(chosen), list(seen) if seen else None]
        return self._acted(request_id, verdict, viewer, payload, act, key)

    def _acted(
        self,
        request_id: str,
        verdict: Verdict,
        viewer: Viewer,
        payload: Sequence[Any],
        act: Callable[[MergeRequest, AlsoRequest], MergeRequest],
        key: str | None,
    ) -> OpenedRequest:
        """The request after an act of the viewer, audited in its write."""
        require(viewer, "read_pages")
        request = self._requests.kept(request_id)
        self._reviewer(request, viewer)
        require(viewer, "edit_pages")

        def do(keeping: Keeping) -> tuple[OpenedRequest, Callable[[], Any]]:
            write = self._audited(viewer, f"{verdict}_merge_request", keeping(lambda one: one.id))
            with self._told(request_id, viewer):
                act(request, write)
            return self.read(request_id, viewer=viewer), lambda: request_id

        return done_once(self._parts, viewer, key, payload, do, self._again(viewer))

    @contextmanager
    def _told(self, request_id: str, viewer: Viewer) -> Iterator[None]:
        """Conflict raised within comes out with the conflicts as the viewer may see them."""
        try:
            yield
        except Conflict as error:
            if not error.details.get("conflicts"):
                raise
            seen = request_seen(self._requests.request(request_id), self._parts, viewer)
            told = [one.model_dump(mode="json") for one in seen.conflicts]
            details = {**error.details, "conflicts": told}
            raise type(error)(error.message, hint=error.hint, **details) from None

    def _pages(self, source: str, target: str | None, viewer: Viewer) -> tuple[Page, Page]:
        """Source and target, which the viewer reads both and edits one of; neither is archived."""
        store = self._parts.pages
        from_page = readable(store, source, viewer)
        if target is None:
            if from_page.forked_from is None:
                raise Refused(
                    f"“{from_page.title}” is no fork.", hint="Name the page that it is to be merged into."
                )
            target = from_page.forked_from[0]
        into = readable(store, target, viewer)
        if from_page.archived:
            raise Refused(f"The page “{from_page.title}” is archived.", hint="Its owner can bring it back.")
        if not (may_edit(from_page, viewer) or may_edit(into, viewer)):
            raise NotPermitted(
                "Only who edits one of the two pages asks for a merge.", hint="Fork the page, and edit that."
            )
        return from_page, into

    def _reviewer(self, request: MergeRequest, viewer: Viewer) -> Reviewer:
        """What the viewer may do with the pages of a request; NotFound where they may not read both."""
        source, target = (self._parts.pages.page(one) for one in (request.source_page, request.target_page))
        if not (may_read(source, viewer) and may_read(target, viewer)):
            raise NotFound(f"There is no merge request {request.id}.")
        return Reviewer(
            id=viewer.id,
            reads_both=True,
            edits_target=may_edit(target, viewer),
            has_role=may(viewer, "review"),
            only_editor=only_editor(target, viewer.id),
        )

    def _shown_to_reviewers(self, source: Page, target: Page, viewer: Viewer, also: Any) -> Any:
        """What lets those who edit the target read the source, where the viewer may share it, beside `also`."""
        members = {source.owner, *source.viewers, *source.editors}
        people = [one for one in dict.fromkeys((target.owner, *target.editors)) if one not in members]
        if viewer.id != source.owner or source.visibility == "everyone" or not people:
            return also

        def write(connection: Any, request: MergeRequest) -> None:
            add_viewers(connection, source.id, people)
            told = {"page": source.id, "changed": ["viewers"]}
            self._parts.state.feed.publish(connection, source.id, told)
            detail = {"viewers": people, "merge_request": request.id}
            audited(viewer, "share_page", source.id, lambda _: detail, also)(connection, request)

        return write

    def _audited(self, viewer: Viewer, action: str, also: Any) -> AlsoRequest:
        def write(connection: Any, request: MergeRequest) -> None:
            audited(viewer, action, request.id, detail_of, also)(connection, request)

        return write

    def _how(self, viewer: Viewer) -> dict[str, Any]:
        return {"complete": completing(self._parts, viewer, self._parts.clock())}

    def _again(self, viewer: Viewer) -> Callable[[Any], OpenedRequest]:
        return lambda receipt: self.read(receipt, viewer=viewer)
