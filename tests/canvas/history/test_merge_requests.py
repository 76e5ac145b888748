"""Merge requests: decided, reviewed and merged, whatever the two pages do meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from oracle_kit.canvas.merge import Resolution
from oracle_kit.canvas.merge_request import MergeRequest, Reviewer, only_editor, require_verdict
from oracle_kit.canvas.merge_requests import MergeRequests
from oracle_kit.canvas.page_store import SqlPageStore
from oracle_kit.errors import (
    Conflict,
    EditRefused,
    NotFound,
    NotPermitted,
    Refused,
    StaleRevision,
    WarehouseUnavailable,
)
from oracle_kit.model import Block, Page
from oracle_kit.state import State
from tests.canvas.history.made import added, forked, new_page
from tests.properties.pages import NOON, asking, counting

ASHA = Reviewer(id="asha", reads_both=True, edits_target=True)


@dataclass
class Desk:
    """A page, a fork of it, and the requests between them."""

    store: SqlPageStore
    requests: MergeRequests
    page: Page = field(init=False)
    fork: Page = field(init=False)

    def __post_init__(self) -> None:
        self.page = new_page(self.store)
        self.fork = forked(self.store, added(self.store, self.page, [counting("a"), counting("b")]))

    def retitle(self, page: Page, title: str, block: str = "a") -> None:
        """One block retitled on a page."""
        self.change(page, block, title=title)

    def change(self, page: Page, block: str, **fields: Any) -> None:
        """One block changed on a page."""
        blocks = self.store.revision(page.id).blocks
        added(self.store, page, [one.model_copy(update=fields) if one.id == block else one for one in blocks])

    def ask(self) -> MergeRequest:
        """A request of ravi's from the fork into the page."""
        return self.requests.create(
            source=self.fork.id, target=self.page.id, author="ravi", title="Better titles", at=NOON
        )

    def review(self, request: MergeRequest, verdict: Any, **told: Any) -> MergeRequest:
        """A verdict of asha's."""
        return self.requests.review(request.id, **{"reviewer": ASHA, "verdict": verdict, "at": NOON, **told})

    def listed(self, **told: Any) -> tuple[tuple[MergeRequest, ...], str | None]:
        """The requests of all pages."""
        return self.requests.requests(**{"reader": "asha", "everything": True, **told})

    def titles(self) -> dict[str, str]:
        """The titles on the page, by block."""
        return {block.id: block.title for block in self.store.revision(self.page.id).blocks}


@pytest.fixture
def desk(state: State, store: SqlPageStore) -> Desk:
    """A fresh desk on each database in turn."""
    return Desk(store, MergeRequests(state, store))


def test_an_approved_request_is_merged_in_one_revision_with_two_parents(desk: Desk) -> None:
    desk.retitle(desk.fork, "Theirs")
    desk.retitle(desk.page, "Ours", "b")
    before = desk.store.revision(desk.page.id)
    request = desk.ask()
    assert [(one.block, one.part, one.action) for one in request.decisions] == [
        ("a", "title", "theirs"),
        ("b", "title", "ours"),
    ]
    merged = desk.review(request, "approve", comment="good")
    head = desk.store.revision(desk.page.id)
    assert (merged.state, merged.merged_revision) == ("merged", head.id)
    assert (head.kind, head.parents, head.author) == ("merge", (before.id, request.source_head), "asha")
    assert desk.titles() == {"a": "Theirs", "b": "Ours"}
    verdicts = [(one.verdict, one.reviewer, one.comment) for one in desk.requests.reviews(request.id)]
    assert verdicts == [("approve", "asha", "good"), ("merge", "asha", "")]
    assert desk.requests.request(request.id) == merged


def test_a_fork_that_nobody_edited_merges_to_the_same_page(desk: Desk) -> None:
    before = desk.store.revision(desk.page.id).blocks
    assert desk.review(desk.ask(), "approve").state == "merged"
    assert desk.store.revision(desk.page.id).blocks == before


def test_a_second_merge_starts_from_the_first(desk: Desk) -> None:
    desk.retitle(desk.fork, "One")
    first = desk.review(desk.ask(), "approve")
    desk.retitle(desk.fork, "Two")
    again = desk.ask()
    assert again.base == first.source_head
    assert desk.review(again, "approve").state == "merged"
    assert desk.titles()["a"] == "Two"
    back = desk.requests.create(
        source=desk.page.id, target=desk.fork.id, author="asha", title="Back", at=NOON
    )
    assert back.base == again.source_head
    assert back.decisions == ()


def test_conflicts_are_settled_one_by_one_before_an_approval(desk: Desk) -> None:
    desk.change(desk.fork, "a", title="Theirs", width=3)
    desk.change(desk.page, "a", title="Ours", width=6)
    request = desk.ask()
    assert [(one.part, one.base, one.ours, one.theirs) for one in request.conflicts] == [
        ("title", "Leads in Kolkata", "Ours", "Theirs"),
        ("width", 12, 6, 3),
    ]
    with pytest.raises(Conflict, match="2 conflicts") as refused:
        desk.review(request, "approve")
    assert len(refused.value.details["conflicts"]) == 2
    title = Resolution(block="a", part="title", take="theirs")
    kept = desk.review(request, "comment", resolutions=[title])
    assert (kept.state, [one.part for one in kept.conflicts]) == ("open", ["width"])
    for wrong in (
        [Resolution(block="b", part="title", take="ours")],
        [Resolution(block="a", part="width", take="ours"), Resolution(block="a", part="width", take="keep")],
    ):
        with pytest.raises(EditRefused):
            desk.review(request, "approve", resolutions=wrong)
    width = Resolution(block="a", part="width", take="keep")
    assert desk.review(request, "approve", resolutions=[width]).state == "merged"
    block = desk.store.revision(desk.page.id).blocks[0]
    assert (block.title, block.width) == ("Theirs", 12)


def test_a_target_that_moves_makes_the_request_stale_and_voids_the_approval(desk: Desk) -> None:
    desk.change(desk.fork, "a", **_asked("Pune"))
    request = desk.ask()
    desk.change(desk.page, "a", **_asked("Mumbai", unread=True))
    settled = [Resolution(block="a", part="query", take="ours")]
    with pytest.raises(WarehouseUnavailable):  # approved, but what must be read cannot be read just now
        desk.review(request, "approve", resolutions=settled, complete=_away)
    approved = desk.requests.request(request.id)
    assert approved.state == "approved"
    desk.retitle(desk.page, "Moved on", "b")
    stale = desk.requests.request(request.id)
    assert (stale.state, stale.target_head) == ("stale", desk.store.page(desk.page.id).head)
    assert stale.conflicts == ()  # the conflict is the same, and so is its resolution
    with pytest.raises(StaleRevision):
        desk.requests.merge(request.id, reviewer=ASHA, at=NOON)
    with pytest.raises(StaleRevision):
        desk.review(request, "approve", seen=(approved.source_head, approved.target_head))
    assert desk.review(request, "approve", complete=_completed).state == "merged"
    assert desk.titles()["b"] == "Moved on"


def test_what_no_side_ran_is_read_before_the_commit(desk: Desk) -> None:
    desk.change(desk.fork, "a", **_asked("Pune", unread=True))
    request = desk.ask()
    with pytest.raises(Refused, match="read again"):
        desk.review(request, "approve")
    with pytest.raises(Refused, match="read again"):
        desk.requests.merge(request.id, reviewer=ASHA, at=NOON, complete=lambda blocks, ids: blocks)
    assert desk.requests.merge(request.id, reviewer=ASHA, at=NOON, complete=_completed).state == "merged"
    assert desk.store.revision(desk.page.id).blocks[0].rows == ((5,),)


def test_a_source_that_moves_after_the_approval_is_not_merged_unseen(desk: Desk) -> None:
    desk.change(desk.fork, "a", **_asked("Pune", unread=True))
    request = desk.ask()
    with pytest.raises(Refused):
        desk.review(request, "approve")
    desk.retitle(desk.fork, "Sneaked in")
    assert desk.requests.request(request.id).state == "open"
    with pytest.raises(Conflict, match="is open"):
        desk.requests.merge(request.id, reviewer=ASHA, at=NOON, complete=_completed)


def test_an_edit_between_approval_and_commit_is_not_lost(desk: Desk) -> None:
    desk.change(desk.fork, "a", **_asked("Pune", unread=True))
    request = desk.ask()

    def slowly(blocks: tuple[Block, ...], ids: Sequence[str]) -> tuple[Block, ...]:
        desk.retitle(desk.page, "Meanwhile", "b")
        return _completed(blocks, ids)

    with pytest.raises(StaleRevision):
        desk.review(request, "approve", complete=slowly)
    assert desk.titles()["b"] == "Meanwhile"
    assert desk.requests.request(request.id).state == "stale"


def test_two_approvals_at_once_merge_once(desk: Desk) -> None:
    desk.retitle(desk.fork, "Theirs")
    request = desk.ask()
    ready = threading.Barrier(4)

    def approve(name: str) -> str:
        ready.wait()
        try:
            return desk.review(request, "approve", reviewer=ASHA.model_copy(update={"id": name})).state
        except Conflict:
            return "late"

    with ThreadPoolExecutor(4) as pool:
        ends = sorted(pool.map(approve, ["asha", "meera", "dev", "lena"]))
    assert "merged" in ends
    assert len([one for one in desk.store.revisions(desk.page.id)[0] if one.kind == "merge"]) == 1
    assert desk.requests.request(request.id).state == "merged"


def test_approvals_racing_with_edits_lose_no_edit(desk: Desk) -> None:
    desk.retitle(desk.fork, "Theirs")
    request = desk.ask()
    done = threading.Event()

    def edit() -> int:
        made = 0
        while not done.is_set() and made < 30:
            try:
                desk.change(desk.page, "b", title=f"b{made}")
                made += 1
            except StaleRevision:
                continue
        return made

    with ThreadPoolExecutor(1) as pool:
        edits = pool.submit(edit)
        for _ in range(200):
            try:
                desk.review(request, "approve")
                break
            except StaleRevision:
                continue
            except Conflict:
                assert desk.requests.request(request.id).state not in ("merged", "closed", "rejected")
        done.set()
        made = edits.result()
    history = desk.store.revisions(desk.page.id, limit=300)[0]
    assert sum(one.kind == "edit" for one in history) == made + 1
    assert desk.titles() == {"a": "Theirs", "b": f"b{made - 1}" if made else "Leads in Kolkata"}
    assert [one.number for one in history] == list(range(len(history), 0, -1))


@pytest.mark.parametrize(("verdict", "ended"), [("reject", "rejected"), ("close", "closed")])
def test_an_ended_request_takes_nothing_more(desk: Desk, verdict: str, ended: str) -> None:
    request = desk.ask()
    with pytest.raises(Refused, match="is open"):
        desk.ask()
    assert desk.review(request, "request_changes").state == "changes_requested"
    assert desk.review(request, verdict).state == ended
    for again in ("comment", "approve", "close"):
        with pytest.raises(Conflict, match=ended):
            desk.review(request, again)
    desk.retitle(desk.page, "Later")
    assert desk.requests.request(request.id).state == ended
    assert desk.ask().state == "open"


def test_what_cannot_be_merged_is_refused(desk: Desk, store: SqlPageStore) -> None:
    stranger, empty = new_page(store), new_page(store)
    added(store, stranger, [counting("a")])
    gone = forked(store, store.revision(desk.page.id))
    store.change(gone.id, archived=True)
    told = {"author": "ravi", "title": "x", "at": NOON}
    for source, target, reason in (
        (desk.page.id, desk.page.id, "itself"),
        (stranger.id, desk.page.id, "in common"),
        (empty.id, desk.page.id, "no revision"),
        (desk.page.id, empty.id, "no revision"),
        (desk.fork.id, gone.id, "archived"),
        ("page_0", desk.page.id, "no page"),
    ):
        with pytest.raises(Refused, match=reason):
            desk.requests.create(source=source, target=target, **told)
    with pytest.raises(Refused, match="title"):
        desk.requests.create(source=desk.fork.id, target=desk.page.id, **{**told, "title": " "})
    with pytest.raises(NotFound):
        desk.requests.request("mr_0")
    assert desk.listed()[0] == ()


def test_requests_are_listed_by_page_author_and_state(desk: Desk, store: SqlPageStore) -> None:
    first = desk.ask()
    other = forked(store, store.revision(desk.page.id), owner="dev")
    second = desk.requests.create(source=other.id, target=desk.page.id, author="dev", title="x", at=NOON)
    desk.review(second, "reject")
    assert [one.id for one in desk.listed(page=desk.page.id)[0]] == [second.id, first.id]
    assert [one.id for one in desk.listed(page=desk.fork.id)[0]] == [first.id]
    assert [one.id for one in desk.listed(author="dev")[0]] == [second.id]
    assert [one.id for one in desk.listed(state="open")[0]] == [first.id]
    some, cursor = desk.listed(limit=1)
    assert [one.id for one in (*some, *desk.listed(limit=1, cursor=cursor)[0])] == [
        second.id,
        first.id,
    ]


@pytest.mark.parametrize("reads", [False, True])
@pytest.mark.parametrize("edits", [False, True])
@pytest.mark.parametrize("role", [False, True])
@pytest.mark.parametrize("author", [False, True])
@pytest.mark.parametrize("only", [False, True])
@pytest.mark.parametrize("verdict", ["comment", "approve", "request_changes", "reject", "close", "merge"])
def test_who_may_do_what(  # the whole table, no cell left out
    reads: bool, edits: bool, role: bool, author: bool, only: bool, verdict: Any
) -> None:
    request = MergeRequest(
        id="mr_1", source_page="p", target_page="q", author="ravi" if author else "dev", title="x",
        base="r", source_head="s", target_head="t", created_at=NOON, updated_at=NOON,
    )  # fmt: skip  # one value
    who = Reviewer(id="ravi", reads_both=reads, edits_target=edits, has_role=role, only_editor=only)
    reviews = edits or role
    allowed = (
        reads
        and {
            "comment": True,
            "close": author or edits,
            "approve": reviews and (not author or only),
            "merge": reviews,
            "request_changes": reviews,
            "reject": reviews,
        }[verdict]
    )
    if allowed:
        require_verdict(request, who, verdict)
    else:
        with pytest.raises(NotPermitted if reads else NotFound):
            require_verdict(request, who, verdict)


def test_requests_are_listed_for_who_may_read_both_pages(desk: Desk, store: SqlPageStore) -> None:
    request = desk.ask()  # from ravi's fork into asha's page
    for reader in ("asha", "ravi", "lena"):
        assert desk.listed(reader=reader, everything=False)[0] == ()
    store.change(desk.page.id, viewers=("ravi",))
    assert [one.id for one in desk.listed(reader="ravi", everything=False)[0]] == [request.id]
    store.change(desk.page.id, visibility="team", team="kolkata-1")
    store.change(desk.fork.id, visibility="everyone")
    assert desk.listed(reader="lena", everything=False)[0] == ()
    assert [one.id for one in desk.listed(reader="lena", team="kolkata-1", everything=False)[0]] == [
        request.id
    ]


def test_who_only_reads_settles_nothing(desk: Desk) -> None:
    desk.retitle(desk.fork, "Theirs")
    desk.retitle(desk.page, "Ours")
    request = desk.ask()
    reader = Reviewer(id="lena", reads_both=True, edits_target=False)
    settled = [Resolution(block="a", part="title", take="ours")]
    assert desk.review(request, "comment", reviewer=reader, comment="hm").conflicts
    with pytest.raises(NotPermitted):
        desk.review(request, "comment", reviewer=reader, resolutions=settled)
    author = reader.model_copy(update={"id": "ravi"})
    assert desk.review(request, "comment", reviewer=author, resolutions=settled).conflicts == ()


def test_the_only_editor_is_the_owner_without_editors(desk: Desk) -> None:
    assert only_editor(desk.page, "asha")
    assert not only_editor(desk.page, "ravi")
    assert not only_editor(desk.page.model_copy(update={"editors": ("dev",)}), "asha")


def _asked(city: str, *, unread: bool = False) -> dict[str, Any]:
    return asking(city, 5, 1) | ({"results": {}} if unread else {})


def _completed(blocks: tuple[Block, ...], ids: Sequence[str]) -> tuple[Block, ...]:
    """The rows of the blocks that want reading, as a caller would fetch them."""
    fresh = {"results": asking("Pune", 5, 1)["results"]}
    return tuple(one.model_copy(update=fresh) if one.id in ids else one for one in blocks)


def _away(blocks: tuple[Block, ...], ids: Sequence[str]) -> tuple[Block, ...]:
    raise WarehouseUnavailable("The warehouse is away.")
