"""A page's history from the kit: forks, rollbacks, differences and names, each under one viewer's rights."""

from __future__ import annotations

from typing import Any

import pytest

from oracle_kit import NotFound, NotPermitted, Oracle, Refused, Revision, StaleRevision, Viewer
from oracle_kit.errors import KeyReused
from oracle_kit.ids import new_id
from oracle_kit.state.audit import audit_trail


@pytest.fixture
def author(oracle: Oracle) -> Viewer:
    """Somebody else of this test's own."""
    return oracle.viewer("author").model_copy(update={"id": new_id("user")})


def asked(oracle: Oracle, viewer: Viewer, prompt: str = "units by city") -> tuple[str, Revision]:
    """A new page with one prompt on it."""
    answer = oracle.ask(prompt, viewer=viewer)
    assert answer.page_id is not None
    assert answer.revision is not None
    return answer.page_id, answer.revision


def retitled(oracle: Oracle, page: str, viewer: Viewer, title: str, **told: Any) -> Revision:
    """The first block retitled."""
    block = oracle.pages.revision(page, viewer=viewer).blocks[0]
    edit = {"op": "retitle", "block_id": block.id, "title": title}
    return oracle.pages.edit(page, [edit], viewer=viewer, **told)


def audited(oracle: Oracle, subject: str) -> list[tuple[str, str]]:
    """Who did what to it, newest first."""
    return [(one.who, one.action) for one in audit_trail(oracle._parts.state, subject=subject)]


def test_a_fork_is_ones_own_page_with_the_history_up_to_there(
    oracle: Oracle, analyst: Viewer, author: Viewer
) -> None:
    page, first = asked(oracle, analyst)
    later = retitled(oracle, page, analyst, "Later")
    oracle.pages.change(page, viewer=analyst, viewers=(author.id,))
    fork = oracle.pages.fork(page, viewer=author, revision_id=first.id, title="Mine")
    assert (fork.owner, fork.title, fork.visibility) == (author.id, "Mine", "private")
    assert fork.forked_from == (page, first.id)
    history = oracle.pages.revisions(fork.id, viewer=author)[0]
    assert [(one.kind, one.page_id) for one in history] == [("fork", fork.id), ("prompt", page)]
    assert history[0].parents == (first.id,)
    assert oracle.pages.revision(fork.id, viewer=author).blocks == first.blocks
    with pytest.raises(NotFound):
        oracle.pages.revision(fork.id, later.id, viewer=author)
    retitled(oracle, fork.id, author, "In the fork")
    assert oracle.pages.revision(page, viewer=analyst).id == later.id
    assert oracle.pages.fork(page, viewer=author).title == "Fork of units by city"
    assert audited(oracle, fork.id) == [(author.id, "fork")]
    with pytest.raises(NotFound):
        oracle.pages.read(fork.id, viewer=analyst)


def test_who_may_not_fork(oracle: Oracle, analyst: Viewer, author: Viewer) -> None:
    page, _ = asked(oracle, analyst)
    with pytest.raises(NotFound):
        oracle.pages.fork(page, viewer=author)
    with pytest.raises(NotFound):
        oracle.pages.fork(page, viewer=analyst, revision_id="rev_0")
    elsewhere, other = asked(oracle, author)
    with pytest.raises(NotFound, match="history has no revision"):
        oracle.pages.fork(page, viewer=analyst, revision_id=other.id)
    empty = oracle.pages.create("Empty", viewer=analyst)
    with pytest.raises(NotFound, match="no revision yet"):
        oracle.pages.fork(empty.id, viewer=analyst)
    reader = oracle.viewer("viewer").model_copy(update={"id": new_id("user")})
    oracle.pages.change(page, viewer=analyst, visibility="everyone")
    with pytest.raises(NotPermitted, match="may not fork pages"):
        oracle.pages.fork(page, viewer=reader)
    own = [one.id for one in oracle.pages.list(viewer=author)[0] if one.owner == author.id]
    assert own == [elsewhere]


def test_a_fork_shows_each_reader_their_own_view(oracle: Oracle, analyst: Viewer) -> None:
    page, _ = asked(oracle, analyst, "list leads in Mumbai")
    advisor = oracle.viewer("advisor")
    oracle.pages.change(page, viewer=analyst, viewers=(advisor.id,))
    fork = oracle.pages.fork(page, viewer=advisor)
    block = oracle.pages.revision(fork.id, viewer=advisor).blocks[0]
    assert block.withheld
    assert not block.rows
    own = oracle.pages.refresh(fork.id, viewer=advisor)
    assert own.changed == {block.id: "permission"}
    seen = oracle.pages.revision(fork.id, viewer=advisor).blocks[0]
    assert not seen.withheld
    assert seen.source.queries["main"].policies


def test_a_rollback_is_a_new_revision_with_the_old_blocks(oracle: Oracle, analyst: Viewer) -> None:
    page, first = asked(oracle, analyst)
    second = retitled(oracle, page, analyst, "Second")
    back = oracle.pages.rollback(page, first.id, viewer=analyst)
    assert (back.kind, back.number, back.parents) == ("rollback", 3, (second.id,))
    assert back.blocks == first.blocks
    assert back.blocks_digest == first.blocks_digest
    assert back.message == "Back to revision 1"
    assert oracle.pages.revision(page, second.id, viewer=analyst).blocks[0].title == "Second"
    assert audited(oracle, page) == [(analyst.id, "rollback")]
    forth = oracle.pages.rollback(page, second.id, viewer=analyst, base_revision=back.id, message="No")
    assert (forth.blocks[0].title, forth.message) == ("Second", "No")


def test_rollbacks_that_are_refused(oracle: Oracle, analyst: Viewer, author: Viewer) -> None:
    page, first = asked(oracle, analyst)
    with pytest.raises(Refused, match="newest already"):
        oracle.pages.rollback(page, first.id, viewer=analyst)
    second = retitled(oracle, page, analyst, "Second")
    with pytest.raises(StaleRevision) as stale:
        oracle.pages.rollback(page, first.id, viewer=analyst, base_revision=first.id)
    assert stale.value.details["head"] == second.id
    with pytest.raises(NotFound):
        oracle.pages.rollback(page, asked(oracle, author)[1].id, viewer=analyst)
    oracle.pages.change(page, viewer=analyst, viewers=(author.id,))
    with pytest.raises(NotPermitted):
        oracle.pages.rollback(page, first.id, viewer=author)
    assert oracle.pages.read(page, viewer=analyst).head == second.id


def test_a_fork_goes_back_to_what_it_shares(oracle: Oracle, analyst: Viewer) -> None:
    page, first = asked(oracle, analyst)
    retitled(oracle, page, analyst, "Second")
    fork = oracle.pages.fork(page, viewer=analyst)
    back = oracle.pages.rollback(fork.id, first.id, viewer=analyst)
    assert (back.page_id, back.blocks) == (fork.id, first.blocks)


def test_the_same_key_forks_and_rolls_back_once(oracle: Oracle, analyst: Viewer) -> None:
    page, first = asked(oracle, analyst)
    retitled(oracle, page, analyst, "Second")
    forks = {oracle.pages.fork(page, viewer=analyst, key="fork-1").id for _ in range(2)}
    assert len(forks) == 1
    backs = {oracle.pages.rollback(page, first.id, viewer=analyst, key="back-1").id for _ in range(2)}
    assert len(backs) == 1
    assert oracle.pages.read(page, viewer=analyst).head_number == 3
    with pytest.raises(KeyReused):
        oracle.pages.fork(page, viewer=analyst, key="fork-1", title="Another")


def test_a_diff_names_what_changed_by_block_and_part(oracle: Oracle, analyst: Viewer) -> None:
    page, first = asked(oracle, analyst)
    block = first.blocks[0]
    edits = [
        {"op": "retitle", "block_id": block.id, "title": "Stock"},
        {"op": "set_filter", "block_id": block.id, "field": "city", "operator": "eq", "values": ["Pune"]},
        {"op": "add_note", "text": "Call first."},
    ]
    second = oracle.pages.edit(page, edits, viewer=analyst)
    told = oracle.pages.diff(page, viewer=analyst)
    assert (told.before, told.after) == (first.id, second.id)
    (changed, added) = told.changes
    assert (changed.block, changed.change) == (block.id, "changed")
    parts = {one.part: (one.before, one.after) for one in changed.parts}
    assert parts["title"] == (block.title, "Stock")
    assert {"query", "rows"} <= parts.keys()
    assert (added.kind, added.change) == ("text", "added")
    back = oracle.pages.diff(page, second.id, first.id, viewer=analyst).changes
    assert [one.change for one in back] == ["changed", "removed"]
    assert oracle.pages.diff(page, second.id, second.id, viewer=analyst).changes == ()
    assert [one.change for one in oracle.pages.diff(page, None, first.id, viewer=analyst).changes] == [
        "added" for _ in first.blocks
    ]


def test_a_diff_tells_nothing_that_is_withheld(oracle: Oracle, analyst: Viewer) -> None:
    page, first = asked(oracle, analyst, "calls with Sunil")
    names = (
        first.blocks[0].title.rpartition(": ")[2].rpartition(", ")[2].removesuffix(" or others").split(" or ")
    )
    assert all(" " in name for name in names)
    retitled(oracle, page, analyst, f"Again, {first.blocks[0].title}")
    oracle.pages.change(page, viewer=analyst, visibility="everyone")
    own = str(oracle.pages.diff(page, viewer=analyst))
    assert all(name in own for name in names)
    told = str(oracle.pages.diff(page, viewer=oracle.viewer("advisor")))
    assert not [name for name in names if name in told]


def test_revisions_have_names(oracle: Oracle, analyst: Viewer, author: Viewer) -> None:
    page, first = asked(oracle, analyst)
    second = retitled(oracle, page, analyst, "Second")
    named = oracle.pages.name_revision(page, first.id, "March review", viewer=analyst)
    assert (named.name, named.revision_id, named.author) == ("March review", first.id, analyst.id)
    oracle.pages.change(page, viewer=analyst, viewers=(author.id,))
    assert oracle.pages.revision_names(page, viewer=author) == (named,)
    for word in ("March review", "1", "#1", first.id):
        assert oracle.pages.find_revision(page, word, viewer=author) == first.id
    with pytest.raises(Refused, match="names another"):
        oracle.pages.name_revision(page, second.id, "March review", viewer=analyst)
    with pytest.raises(NotPermitted):
        oracle.pages.name_revision(page, second.id, "Mine", viewer=author)
    with pytest.raises(NotPermitted):
        oracle.pages.unname_revision(page, "March review", viewer=author)
    with pytest.raises(NotFound, match="March review"):
        oracle.pages.find_revision(page, "march revue", viewer=author)
    oracle.pages.unname_revision(page, "March review", viewer=analyst)
    assert oracle.pages.revision_names(page, viewer=analyst) == ()
    acts = ["unname_revision", "change_page", "name_revision"]
    assert audited(oracle, page) == [(analyst.id, act) for act in acts]


def test_a_purged_page_is_read_again_by_who_brings_it_back(oracle: Oracle, analyst: Viewer) -> None:
    page, first = asked(oracle, analyst, "visits with Sunil")
    last = retitled(oracle, page, analyst, f"Once more: {first.blocks[0].title}")
    admin = oracle.viewer("admin")
    with pytest.raises(NotPermitted):
        oracle.pages.purge(page, viewer=analyst)
    with pytest.raises(Refused, match="in use"):
        oracle.pages.purge(page, viewer=admin)
    oracle.pages.change(page, viewer=analyst, archived=True)
    purged = oracle.pages.purge(page, viewer=admin)
    assert purged.emptied > 0
    seen = oracle.pages.revision(page, viewer=analyst)
    assert (seen.hash, seen.blocks[0].title) == (last.hash, last.blocks[0].title)
    assert not any(block.rows for block in seen.blocks)
    oracle.pages.change(page, viewer=analyst, archived=False)
    with pytest.raises(Refused, match="were purged"):
        oracle.pages.rollback(page, first.id, viewer=analyst)
    again = oracle.pages.refresh(page, viewer=analyst)
    assert again.changed[first.blocks[0].id] == "rows"
    assert oracle.pages.revision(page, viewer=analyst).blocks[0].rows == first.blocks[0].rows
    actions = [action for _, action in audited(oracle, page)]
    assert actions == ["change_page", "purge_page", "change_page"]


def test_archived_pages_are_listed_apart(oracle: Oracle, analyst: Viewer) -> None:
    page, _ = asked(oracle, analyst)
    oracle.pages.change(page, viewer=analyst, archived=True)
    assert page not in [one.id for one in oracle.pages.list(viewer=analyst)[0]]
    assert [one.id for one in oracle.pages.list(viewer=analyst, archived=True)[0]] == [page]


def test_what_a_terminal_would_obey_is_not_kept(oracle: Oracle, analyst: Viewer) -> None:
    """A message is shown in the terminals of others."""
    page, first = asked(oracle, analyst)
    fork = oracle.pages.fork(page, viewer=analyst).id
    for act in (
        lambda: retitled(oracle, page, analyst, "x", message="\x1b[2J"),
        lambda: oracle.pages.fork(page, viewer=analyst, message="\x1b]0;x\x07"),
        lambda: oracle.pages.fork(page, viewer=analyst, title="\x1b[2J"),
        lambda: oracle.pages.name_revision(page, first.id, "\x1b[2J", viewer=analyst),
        lambda: oracle.reviews.create(fork, viewer=analyst, title="x", message="\x1b[2J"),
    ):
        with pytest.raises(Refused, match="cannot be kept"):
            act()
    assert oracle.pages.read(page, viewer=analyst).head == first.id
