"""Forks, history and merge requests in a studio session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oracle_kit import Oracle
from oracle_kit.ids import new_id
from oracle_kit.model import Page, Viewer
from oracle_kit.preview.screen_page import PageScreen
from tests.preview.conftest import Desk
from tests.preview.test_session import act, head, page_of

Open = Callable[..., Desk]


@pytest.fixture
def shared(studio_oracle: Oracle) -> Page:
    """A page of the analyst that everyone reads."""
    page = page_of(studio_oracle)
    viewer = studio_oracle.viewer("analyst")
    return studio_oracle.pages.change(page.id, viewer=viewer, visibility="everyone")


def retitle(oracle: Oracle, page: Page, who: str, title: str) -> None:
    viewer = oracle.viewer(who)
    block = oracle.pages.revision(page.id, viewer=viewer).blocks[0]
    oracle.pages.edit(page.id, [{"op": "retitle", "block_id": block.id, "title": title}], viewer=viewer)


def forked(oracle: Oracle, page: Page, who: str = "author", title: str = "From the fork") -> Page:
    """A fork of the page that everyone reads, with its first block retitled."""
    viewer = oracle.viewer(who)
    fork = oracle.pages.fork(page.id, viewer=viewer)
    retitle(oracle, fork, who, title)
    return oracle.pages.change(fork.id, viewer=viewer, visibility="everyone")


def asked(oracle: Oracle, fork: Page, who: str = "author") -> str:
    return oracle.reviews.create(fork.id, viewer=oracle.viewer(who), title="Better titles").id


def screen_of(one: Desk) -> PageScreen:
    screen = one.studio._screen
    assert isinstance(screen, PageScreen)
    return screen


def test_fork_is_a_page_of_ones_own(desk: Open, studio_oracle: Oracle, shared: Page) -> None:
    one = desk("author", page=shared.id)
    one.tell(act("do", what="fork"))
    assert "This is your own copy" in one.shown
    page = screen_of(one)._page
    assert page is not None
    assert (page.owner, page.forked_from) == ("author", (shared.id, head(studio_oracle, shared).id))


def test_fork_of_an_older_revision_begins_there(desk: Open, studio_oracle: Oracle, shared: Page) -> None:
    first = head(studio_oracle, shared)
    retitle(studio_oracle, shared, "analyst", "Later")
    one = desk("author", page=shared.id)
    one.tell(act("see", revision=first.id))
    one.tell(act("do", what="fork"))
    page = screen_of(one)._page
    assert page is not None
    assert page.forked_from == (shared.id, first.id)


def test_rollback_brings_the_blocks_back(desk: Open, studio_oracle: Oracle, shared: Page) -> None:
    first = head(studio_oracle, shared)
    retitle(studio_oracle, shared, "analyst", "Later")
    one = desk(page=shared.id)
    one.tell(act("do", what="history"))
    assert "Compare with the newest" in one.shown
    one.tell(act("see", revision=first.id, how="to_newest"))
    assert "What the newest has other than revision 1" in one.shown
    one.tell(act("see", revision=first.id, how="rollback"))
    assert "nothing was lost" in one.shown
    assert "Rolled back" in one.shown
    assert head(studio_oracle, shared).blocks[0].title == first.blocks[0].title


def test_rollback_over_an_unseen_commit_is_refused(desk: Open, studio_oracle: Oracle, shared: Page) -> None:
    first = head(studio_oracle, shared)
    retitle(studio_oracle, shared, "analyst", "Seen")
    one = desk(page=shared.id)
    retitle(studio_oracle, shared, "analyst", "Unseen")
    one.tell(act("see", revision=first.id, how="rollback"))
    assert "s-failed" in one.shown
    assert head(studio_oracle, shared).blocks[0].title == "Unseen"


def test_merge_is_asked_for_reviewed_and_made(desk: Open, studio_oracle: Oracle, shared: Page) -> None:
    fork = forked(studio_oracle, shared)
    author = desk("author", page=fork.id)
    author.tell(act("do", what="requests"))
    assert "Ask for the merge" in author.shown
    author.tell(act("propose", text="Better titles", message="For Monday"))
    assert "The merge is asked for." in author.shown
    assert "From the fork" in author.shown
    assert "Approve and merge" not in author.shown
    request = studio_oracle.reviews.list(viewer=studio_oracle.viewer("analyst"), page=shared.id)[0][0]
    owner = desk(page=shared.id)
    owner.tell(act("do", what="requests"))
    assert "into this page" in owner.shown
    owner.tell(act("request", request=request.id))
    assert "For Monday" in owner.shown
    owner.tell(act("verdict", verdict="comment", text="Is that all?"))
    assert "Is that all?" in owner.shown
    owner.tell(act("verdict", verdict="approve", text=""))
    assert "It is merged." in owner.shown
    assert head(studio_oracle, shared).blocks[0].title == "From the fork"
    assert head(studio_oracle, shared).kind == "merge"


def test_conflict_is_settled_before_the_merge(desk: Open, studio_oracle: Oracle, shared: Page) -> None:
    fork = forked(studio_oracle, shared)
    retitle(studio_oracle, shared, "analyst", "From the page")
    request = asked(studio_oracle, fork)
    one = desk(page=shared.id, request=request)
    assert "1 to settle before this can be merged." in one.shown
    assert "changed on both" in one.shown
    one.tell(act("verdict", verdict="approve"))
    assert "1 conflict is not settled yet." in one.shown
    block = head(studio_oracle, shared).blocks[0].id
    one.tell(act("settle", block=block, part="title", take="theirs"))
    assert "What you settled goes with what you say or decide." in one.shown
    one.tell(act("verdict", verdict="approve"))
    assert "It is merged." in one.shown
    assert head(studio_oracle, shared).blocks[0].title == "From the fork"


def test_settled_conflict_is_taken_back_by_a_second_press(
    desk: Open, studio_oracle: Oracle, shared: Page
) -> None:
    fork = forked(studio_oracle, shared)
    retitle(studio_oracle, shared, "analyst", "From the page")
    one = desk(page=shared.id, request=asked(studio_oracle, fork))
    press = act("settle", block=head(studio_oracle, shared).blocks[0].id, part="title", take="ours")
    one.tell(press)
    assert "1 to settle" not in one.shown
    one.tell(press)
    assert "1 to settle" in one.shown


def test_page_that_moved_on_is_shown_before_it_is_decided(
    desk: Open, studio_oracle: Oracle, shared: Page
) -> None:
    fork = forked(studio_oracle, shared)
    one = desk(page=shared.id, request=asked(studio_oracle, fork))
    retitle(studio_oracle, fork, "author", "At the last moment")
    one.tell(act("verdict", verdict="approve"))
    assert "moved on since it was reviewed" in one.shown
    assert "At the last moment" in one.shown
    assert head(studio_oracle, shared).kind != "merge"


@pytest.mark.parametrize(
    ("verdict", "told", "state"),
    [
        ("reject", "is rejected", "rejected"),
        ("request_changes", "asked for changes", "changes_requested"),
        ("close", "is closed", "closed"),
    ],
)
def test_request_that_is_not_merged(
    desk: Open, studio_oracle: Oracle, shared: Page, verdict: str, told: str, state: str
) -> None:
    request = asked(studio_oracle, forked(studio_oracle, shared))
    one = desk(page=shared.id, request=request)
    one.tell(act("verdict", verdict=verdict, text="No"))
    assert told in one.shown
    assert studio_oracle.reviews.read(request, viewer=studio_oracle.viewer("analyst")).state == state


def test_first_screen_says_what_waits_for_a_merge(desk: Open, studio_oracle: Oracle, shared: Page) -> None:
    request = asked(studio_oracle, forked(studio_oracle, shared))
    assert f'href="studio?page={shared.id}&amp;request={request}"' in desk().shown
    desk(page=shared.id, request=request).tell(act("verdict", verdict="reject", text="No"))
    assert f"request={request}" not in desk().shown


def test_request_between_pages_of_others_is_not_there(desk: Open, studio_oracle: Oracle) -> None:
    page = page_of(studio_oracle)
    fork = studio_oracle.pages.fork(page.id, viewer=studio_oracle.viewer("analyst"))
    request = asked(studio_oracle, fork, "analyst")
    stranger: Viewer = studio_oracle.viewer("manager").model_copy(update={"id": new_id("user")})
    own = studio_oracle.ask("units by city", viewer=stranger)
    one = Desk(studio_oracle, "manager")
    seen: dict[str, Any] = {"page": str(own.page_id), "request": request}
    one.studio.asked = lambda name: seen.get(name, "")  # type: ignore[method-assign]  # there is no address here
    one.run(one.studio.open)
    assert "There is no" in one.shown
    assert "Better titles" not in one.shown


def test_hostile_words_in_a_request_are_text(desk: Open, studio_oracle: Oracle, shared: Page) -> None:
    fork = forked(studio_oracle, shared, title="<script>alert(1)</script>")
    viewer = studio_oracle.viewer("author")
    studio_oracle.reviews.create(fork.id, viewer=viewer, title="<img src=x>", message="<b>bold</b>")
    one = desk("author", page=fork.id)
    one.tell(act("do", what="requests"))
    request = studio_oracle.reviews.list(viewer=viewer, page=fork.id)[0][0]
    one.tell(act("request", request=request.id))
    assert "&lt;script&gt;alert(1)" in one.shown
    assert "<img src=x" not in one.shown
    assert "<b>bold" not in one.shown
