"""Merge requests from the kit: who asks, who reviews, what each sees, and what a merge leaves."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from oracle_kit import Conflict, NotFound, NotPermitted, Oracle, Page, Refused, StaleRevision, Viewer
from oracle_kit.errors import EditRefused
from oracle_kit.ids import new_id
from oracle_kit.state.audit import audit_trail
from oracle_kit.usecases.opened_requests import OpenedRequest


def somebody(oracle: Oracle, role: str = "analyst") -> Viewer:
    """A person of this test's own."""
    return oracle.viewer(role).model_copy(update={"id": new_id("user")})


class Desk:
    """Asha's page of two answers, which everyone reads, and Ravi's fork of it."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle, self.pages, self.reviews = oracle, oracle.pages, oracle.reviews
        self.asha, self.ravi = somebody(oracle), somebody(oracle, "author")
        one = oracle.ask("units by city", viewer=self.asha)
        page = str(one.page_id)
        other = oracle.ask("leads by city", viewer=self.asha, page=page)
        self.first, self.second = one.blocks[0].id, other.blocks[0].id
        self.page = self.pages.change(page, viewer=self.asha, visibility="everyone")
        fork = self.pages.fork(page, viewer=self.ravi)
        self.fork = self.pages.change(fork.id, viewer=self.ravi, visibility="everyone")

    def edit(self, page: Page, viewer: Viewer, **edit: Any) -> None:
        """One edit of a page."""
        self.pages.edit(page.id, [edit], viewer=viewer)

    def retitle(self, page: Page, viewer: Viewer, title: str, block: str | None = None) -> None:
        """A block, the first unless named, retitled."""
        self.edit(page, viewer, op="retitle", block_id=block or self.first, title=title)

    def ask(self, **told: Any) -> OpenedRequest:
        """Ravi asks for a merge."""
        return self.reviews.create(self.fork.id, viewer=self.ravi, title="Better titles", **told)

    def titles(self) -> dict[str, str]:
        """The titles of the two blocks."""
        blocks = self.pages.revision(self.page.id, viewer=self.asha).blocks
        return {one.id: one.title for one in blocks if one.id in (self.first, self.second)}


@pytest.fixture
def desk(oracle: Oracle) -> Desk:
    """A desk of this test's own."""
    return Desk(oracle)


def test_a_request_is_made_read_reviewed_and_merged(desk: Desk) -> None:
    desk.retitle(desk.fork, desk.ravi, "Theirs")
    desk.retitle(desk.page, desk.asha, "Ours", desk.second)
    made = desk.ask(message="For Monday")
    assert (made.target_page, made.author) == (desk.page.id, desk.ravi.id)
    assert (made.source_title, made.target_title) == (desk.fork.title, desk.page.title)
    assert made.allowed == ("comment", "close")
    opened = desk.reviews.read(made.id, viewer=desk.asha)
    assert opened.allowed == ("comment", "approve", "request_changes", "reject", "close")
    assert [(one.part, one.action) for one in opened.decisions] == [
        ("title", "theirs"),
        ("title", "ours"),
    ]
    assert desk.reviews.comment(made.id, "Why?", viewer=desk.asha).state == "open"
    asked = desk.reviews.review(made.id, "request_changes", viewer=desk.asha, comment="Shorter")
    assert asked.state == "changes_requested"
    desk.retitle(desk.fork, desk.ravi, "Short")
    merged = desk.reviews.review(made.id, "approve", viewer=desk.asha)
    head = desk.pages.revision(desk.page.id, viewer=desk.asha)
    assert (merged.state, merged.merged_revision) == ("merged", head.id)
    assert (head.kind, head.author, len(head.parents)) == ("merge", desk.asha.id, 2)
    assert desk.titles() == {desk.first: "Short", desk.second: "Ours"}
    assert [one.verdict for one in merged.reviews] == ["comment", "request_changes", "approve", "merge"]
    assert merged.allowed == ()
    trail = audit_trail(desk.oracle._parts.state, subject=made.id)
    assert [(one.who, one.action) for one in reversed(trail)] == [
        (desk.ravi.id, "create_merge_request"),
        (desk.asha.id, "comment_merge_request"),
        (desk.asha.id, "request_changes_merge_request"),
        (desk.asha.id, "approve_merge_request"),
    ]
    assert trail[0].detail["merged_revision"] == head.id


def test_who_asks_shows_their_fork_to_those_who_edit_the_target(desk: Desk) -> None:
    desk.pages.change(desk.fork.id, viewer=desk.ravi, visibility="private")
    lena, dev = somebody(desk.oracle), somebody(desk.oracle)
    desk.pages.change(desk.page.id, viewer=desk.asha, editors=(lena.id,), viewers=(dev.id,))
    with pytest.raises(NotFound):
        desk.pages.read(desk.fork.id, viewer=desk.asha)
    request = desk.ask()
    assert desk.pages.read(desk.fork.id, viewer=desk.asha).viewers == (desk.asha.id, lena.id)
    assert desk.reviews.read(request.id, viewer=lena).allowed[1] == "approve"
    with pytest.raises(NotFound):
        desk.reviews.read(request.id, viewer=dev)
    (entry,) = audit_trail(desk.oracle._parts.state, subject=desk.fork.id, who=desk.ravi.id, limit=1)
    assert (entry.action, entry.detail["viewers"]) == ("share_page", [desk.asha.id, lena.id])


def test_conflicts_are_settled_by_the_author_or_a_reviewer(desk: Desk) -> None:
    desk.retitle(desk.fork, desk.ravi, "Theirs")
    desk.retitle(desk.page, desk.asha, "Ours")
    request = desk.ask()
    (conflict,) = request.conflicts
    assert (conflict.block, conflict.part, conflict.ours, conflict.theirs) == (
        desk.first,
        "title",
        "Ours",
        "Theirs",
    )
    with pytest.raises(Conflict) as refused:
        desk.reviews.review(request.id, "approve", viewer=desk.asha)
    assert [one["part"] for one in refused.value.details["conflicts"]] == ["title"]
    assert desk.reviews.read(request.id, viewer=desk.asha).state == "open"
    settled = [{"block": desk.first, "part": "title", "take": "theirs"}]
    lena = somebody(desk.oracle)
    with pytest.raises(NotPermitted):
        desk.reviews.comment(request.id, "So?", viewer=lena, resolutions=settled)
    for wrong in ([{"block": desk.first, "part": "title"}], [{"block": desk.second, **settled[0]}, 7]):
        with pytest.raises(EditRefused):
            desk.reviews.comment(request.id, "So?", viewer=desk.ravi, resolutions=wrong)  # type: ignore[arg-type]  # no resolutions
    kept = desk.reviews.comment(request.id, "", viewer=desk.ravi, resolutions=settled)
    assert kept.conflicts == ()
    assert desk.reviews.review(request.id, "approve", viewer=desk.asha).state == "merged"
    assert desk.titles()[desk.first] == "Theirs"


def test_a_merged_block_shows_numbers_of_what_it_asks(desk: Desk) -> None:
    """One side filters, the other groups otherwise: the merged query was run by nobody, so it is run at the merge."""
    block = desk.first
    desk.edit(
        desk.fork, desk.ravi, op="set_filter", block_id=block, field="city", operator="eq", values=["Pune"]
    )
    desk.edit(desk.page, desk.asha, op="set_kind", block_id=block, kind="table")
    request = desk.ask()
    desk.reviews.review(request.id, "approve", viewer=desk.asha)
    merged = desk.pages.revision(desk.page.id, viewer=desk.asha).blocks[0]
    assert merged.kind == "table"
    assert [row[0] for row in merged.rows] == ["Pune"]
    assert merged.source.queries["main"].query_digest == merged.queries["main"].digest
    assert merged.source.queries["main"].rows_digest == merged.results["main"].digest


def test_a_stale_edit_that_meets_another_part_shows_numbers_of_what_it_asks(desk: Desk) -> None:
    base = desk.pages.read(desk.page.id, viewer=desk.asha).head
    told = {"op": "set_filter", "block_id": desk.first, "field": "city", "operator": "eq", "values": ["Pune"]}
    desk.edit(desk.page, desk.asha, op="set_kind", block_id=desk.first, kind="table")
    merged = desk.pages.edit(desk.page.id, [told], viewer=desk.asha, base_revision=base).blocks[0]
    assert merged.kind == "table"
    assert [row[0] for row in merged.rows] == ["Pune"]


def test_nobody_approves_their_own_unless_nobody_else_edits(desk: Desk) -> None:
    desk.retitle(desk.fork, desk.ravi, "Theirs")
    request = desk.ask()
    desk.pages.change(desk.page.id, viewer=desk.asha, editors=(desk.ravi.id,))
    with pytest.raises(NotPermitted, match="your own"):
        desk.reviews.review(request.id, "approve", viewer=desk.ravi)
    own = desk.pages.fork(desk.page.id, viewer=desk.asha)
    desk.retitle(own, desk.asha, "Mine")
    alone = desk.reviews.create(own.id, viewer=desk.asha, title="Mine")
    with pytest.raises(NotPermitted, match="your own"):
        desk.reviews.review(alone.id, "approve", viewer=desk.asha)
    desk.pages.change(desk.page.id, viewer=desk.asha, editors=())
    assert desk.reviews.review(alone.id, "approve", viewer=desk.asha).state == "merged"


def test_a_reviewer_by_role_reviews_what_they_may_read(desk: Desk) -> None:
    desk.retitle(desk.fork, desk.ravi, "Theirs")
    request = desk.ask()
    reviewer = somebody(desk.oracle, "reviewer")
    desk.pages.change(desk.fork.id, viewer=desk.ravi, visibility="private", viewers=(desk.asha.id,))
    for act in (
        lambda: desk.reviews.read(request.id, viewer=reviewer),
        lambda: desk.reviews.review(request.id, "approve", viewer=reviewer),
        lambda: desk.reviews.close(request.id, viewer=reviewer),
    ):
        with pytest.raises(NotFound):
            act()
    desk.pages.change(desk.fork.id, viewer=desk.ravi, viewers=(desk.asha.id, reviewer.id))
    assert desk.reviews.review(request.id, "approve", viewer=reviewer).state == "merged"


@pytest.mark.parametrize(
    ("role", "reads", "edits"),
    list(itertools.product(("viewer", "analyst", "reviewer", "admin"), (True, False), (True, False))),
)
def test_who_may_do_what(desk: Desk, role: str, reads: bool, edits: bool) -> None:
    """Roles by memberships by verdicts: what is allowed is what `allowed` says, and nothing else."""
    desk.retitle(desk.fork, desk.ravi, "Theirs")
    request = desk.ask()
    person = somebody(desk.oracle, role)
    changes: dict[str, Any] = {"visibility": "everyone" if reads else "private"}
    desk.pages.change(desk.fork.id, viewer=desk.ravi, **changes)
    desk.pages.change(desk.page.id, viewer=desk.asha, editors=(person.id,) if edits else (), **changes)
    sees = reads or role == "admin"
    writes = role != "viewer"
    reviews = (edits and writes) or role in ("reviewer", "admin")
    wanted = {
        "comment": writes,
        "request_changes": reviews,
        "approve": reviews,
        "reject": reviews,
        "close": edits and writes,
    }
    if not sees:
        for act in ("read", *wanted):
            with pytest.raises(NotFound):
                acted(desk, act, request.id, person)
        return
    opened = desk.reviews.read(request.id, viewer=person)
    assert set(opened.allowed) == {verdict for verdict, allowed in wanted.items() if allowed}
    for verdict, allowed in wanted.items():
        if not allowed:
            with pytest.raises(NotPermitted):
                acted(desk, verdict, request.id, person)
    assert desk.reviews.read(request.id, viewer=person).state == "open"
    if reviews:
        assert acted(desk, "request_changes", request.id, person).state == "changes_requested"


def acted(desk: Desk, act: str, request: str, viewer: Viewer) -> OpenedRequest:
    """One act of a person on a request."""
    if act == "read":
        return desk.reviews.read(request, viewer=viewer)
    if act == "comment":
        return desk.reviews.comment(request, "Hm", viewer=viewer)
    if act == "close":
        return desk.reviews.close(request, viewer=viewer)
    return desk.reviews.review(request, act, viewer=viewer)  # type: ignore[arg-type]  # one of the verdicts


def test_what_cannot_be_asked_for(desk: Desk) -> None:
    lena = somebody(desk.oracle)
    elsewhere = str(desk.oracle.ask("units by city", viewer=desk.ravi).page_id)
    with pytest.raises(Refused, match="itself"):
        desk.reviews.create(desk.page.id, desk.page.id, viewer=desk.asha, title="x")
    with pytest.raises(Refused, match="no fork"):
        desk.reviews.create(desk.page.id, viewer=desk.asha, title="x")
    with pytest.raises(Refused, match="in common"):
        desk.reviews.create(elsewhere, desk.page.id, viewer=desk.ravi, title="x")
    with pytest.raises(NotFound):
        desk.reviews.create(elsewhere, desk.page.id, viewer=desk.asha, title="x")
    with pytest.raises(NotPermitted, match="edits one of the two"):
        desk.reviews.create(desk.fork.id, viewer=lena, title="x")
    with pytest.raises(Refused, match="needs a title"):
        desk.reviews.create(desk.fork.id, viewer=desk.ravi, title=" ")
    with pytest.raises(NotPermitted):
        desk.reviews.create(desk.fork.id, viewer=somebody(desk.oracle, "viewer"), title="x")
    with pytest.raises(Refused, match="changes_requested"):
        desk.reviews.list(viewer=desk.asha, state="change_requested")  # type: ignore[arg-type]  # a slip
    assert desk.reviews.list(viewer=desk.asha, page=desk.page.id)[0] == ()
    request = desk.ask()
    with pytest.raises(Refused, match=request.id):
        desk.ask()
    with pytest.raises(Refused, match="no verdict"):
        desk.reviews.review(request.id, "aprove", viewer=desk.asha)  # type: ignore[arg-type]  # a slip
    with pytest.raises(Refused, match="nothing to say"):
        desk.reviews.comment(request.id, " ", viewer=desk.asha)
    for unknown in ("mr_0", "mr_\x00"):
        with pytest.raises(NotFound):
            desk.reviews.read(unknown, viewer=desk.asha)


def test_requests_of_people_and_pages_that_are_gone(desk: Desk) -> None:
    """A member taken off, a page put away: their forks stay, and nothing of theirs is merged unseen."""
    desk.retitle(desk.fork, desk.ravi, "Theirs")
    desk.pages.change(desk.page.id, viewer=desk.asha, visibility="private")
    with pytest.raises(NotFound):
        desk.ask()  # the page that the fork came from is not there for ravi any more
    desk.pages.change(desk.page.id, viewer=desk.asha, visibility="everyone", archived=True)
    with pytest.raises(Refused, match="archived"):
        desk.ask()
    desk.pages.change(desk.page.id, viewer=desk.asha, archived=False)
    request = desk.ask()
    desk.pages.change(desk.page.id, viewer=desk.asha, archived=True)
    with pytest.raises(Refused, match="archived"):
        desk.reviews.review(request.id, "approve", viewer=somebody(desk.oracle, "reviewer"))
    desk.pages.change(desk.page.id, viewer=desk.asha, archived=False)
    desk.oracle._parts.pages.change(desk.fork.id, owner="somebody-who-left")
    back = desk.reviews.create(desk.page.id, desk.fork.id, viewer=desk.asha, title="Into a fork of nobody's")
    assert back.allowed == ("comment", "close")
    with pytest.raises(NotPermitted):
        desk.reviews.review(back.id, "approve", viewer=desk.asha)
    merged = desk.reviews.review(back.id, "approve", viewer=somebody(desk.oracle, "reviewer"))
    assert merged.state == "merged"


def test_a_target_that_moves_makes_the_request_stale_and_says_so(desk: Desk) -> None:
    desk.retitle(desk.fork, desk.ravi, "Theirs")
    request = desk.ask()
    seen = (request.source_head, request.target_head)
    desk.retitle(desk.page, desk.asha, "Moved", desk.second)
    assert desk.reviews.read(request.id, viewer=desk.ravi).state == "stale"
    with pytest.raises(StaleRevision):
        desk.reviews.review(request.id, "approve", viewer=desk.asha, seen=seen)
    with pytest.raises(StaleRevision):
        desk.reviews.merge(request.id, viewer=desk.asha)
    assert desk.reviews.review(request.id, "approve", viewer=desk.asha).state == "merged"
    assert desk.titles() == {desk.first: "Theirs", desk.second: "Moved"}


def test_conflicts_tell_nothing_that_is_withheld(oracle: Oracle) -> None:
    """Full names were looked up under the asker's rights; decisions and refusals keep them from narrower readers."""
    asha, advisor = somebody(oracle), oracle.viewer("advisor")
    page = str(oracle.ask("calls with Sunil", viewer=asha).page_id)
    block = oracle.pages.revision(page, viewer=asha).blocks[0]
    names = block.title.rpartition(": ")[2].rpartition(", ")[2].removesuffix(" or others").split(" or ")
    assert all(" " in name for name in names)
    oracle.pages.change(page, viewer=asha, editors=(advisor.id,))
    fork = oracle.pages.fork(page, viewer=asha)
    oracle.pages.change(fork.id, viewer=asha, editors=(advisor.id,))
    for number, one in enumerate((page, fork.id)):
        edit = {"op": "retitle", "block_id": block.id, "title": f"{number}: {block.title}"}
        oracle.pages.edit(one, [edit], viewer=asha)
    request = oracle.reviews.create(fork.id, viewer=asha, title="x")
    assert all(name in str(request.conflicts) for name in names)
    said = [str(oracle.reviews.read(request.id, viewer=advisor))]
    with pytest.raises(Conflict) as refused:
        oracle.reviews.review(request.id, "approve", viewer=advisor)
    said += [str(refused.value), str(refused.value.details)]
    base = oracle.pages.revisions(page, viewer=advisor)[0][1].id
    edit = {"op": "retitle", "block_id": block.id, "title": "Another"}
    with pytest.raises(StaleRevision) as stale:
        oracle.pages.edit(page, [edit], viewer=advisor, base_revision=base)
    said += [str(stale.value), str(stale.value.details)]
    assert not [name for name in names for text in said if name in text]


def test_two_approvals_at_once_merge_once(desk: Desk) -> None:
    desk.retitle(desk.fork, desk.ravi, "Theirs")
    request = desk.ask()
    reviewers = [somebody(desk.oracle, "reviewer") for _ in range(3)]
    ready = threading.Barrier(3)

    def approve(viewer: Viewer) -> str:
        ready.wait()
        try:
            return desk.reviews.review(request.id, "approve", viewer=viewer).state
        except Conflict:
            return "late"

    with ThreadPoolExecutor(3) as pool:
        ends = list(pool.map(approve, reviewers))
    assert "merged" in ends
    history = desk.pages.revisions(desk.page.id, viewer=desk.asha)[0]
    assert [one.kind for one in history].count("merge") == 1


def test_approvals_racing_with_edits_lose_neither(desk: Desk) -> None:
    desk.retitle(desk.fork, desk.ravi, "Theirs")
    request = desk.ask()
    with ThreadPoolExecutor(1) as pool:
        edits = pool.submit(
            lambda: [desk.retitle(desk.page, desk.asha, f"b{at}", desk.second) for at in range(15)]
        )
        for _ in range(200):
            try:
                desk.reviews.review(request.id, "approve", viewer=desk.asha)
                break
            except Conflict:
                continue
        edits.result()
    assert desk.titles() == {desk.first: "Theirs", desk.second: "b14"}
    history = desk.pages.revisions(desk.page.id, viewer=desk.asha)[0]
    assert [one.number for one in history] == list(range(len(history), 0, -1))
    assert [one.kind for one in history].count("edit") == 15


def test_the_same_key_asks_and_approves_once(desk: Desk) -> None:
    desk.retitle(desk.fork, desk.ravi, "Theirs")
    assert len({desk.ask(key="mr-1").id for _ in range(2)}) == 1
    (listed,), _ = desk.reviews.list(viewer=desk.asha, page=desk.page.id)
    assert (listed.state, listed.conflicts, listed.title) == ("open", 0, "Better titles")
    done = [desk.reviews.review(listed.id, "approve", viewer=desk.asha, key="ok-1") for _ in range(2)]
    assert done[0] == done[1]
    assert desk.pages.read(desk.page.id, viewer=desk.asha).head_number == 3


@pytest.mark.parametrize("end", ["reject", "close"])
def test_an_ended_request_takes_nothing_more(desk: Desk, end: str) -> None:
    request = desk.ask()
    who = desk.asha if end == "reject" else desk.ravi
    assert acted(desk, end, request.id, who).state == {"reject": "rejected", "close": "closed"}[end]
    with pytest.raises(Conflict):
        desk.reviews.comment(request.id, "Too late", viewer=desk.asha)
    assert desk.ask().state == "open"
