"""What the check of all pages finds."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from oracle_kit.canvas.integrity import check_pages
from oracle_kit.canvas.page_store import NewRevision, SqlPageStore
from oracle_kit.doctor import examine_pages
from oracle_kit.settings import Settings
from oracle_kit.state import State
from oracle_kit.state.page_tables import blocks, pages, revisions
from tests.canvas.history.made import added, forked, new_page
from tests.properties.pages import NOON, counting

SECOND = revisions.c.number == 2


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (None, None),
        (sa.delete(revisions).where(SECOND), "between 1 and 3"),
        (sa.update(revisions).where(SECOND).values(parent="rev_0"), "parent is rev_0"),
        (sa.update(revisions).where(SECOND).values(author="x"), "record was changed"),
        (
            sa.update(revisions).where(revisions.c.kind == "merge").values(other_parent="rev_0"),
            "rev_0 is missing",
        ),
        (sa.update(pages).where(pages.c.owner == "asha").values(head="rev_0"), "head is rev_0"),
        (sa.delete(blocks).where(blocks.c.text.contains("4711")), "missing"),
    ],
)
def test_what_is_wrong_is_found_and_the_page_named(
    store: SqlPageStore, state: State, break_it: Any, message: str | None
) -> None:
    page = new_page(store)
    added(store, page, [counting("a", value=1)])
    added(store, page, [counting("a", value=4711)])
    third = added(store, page, [counting("a", value=3)])
    fork = forked(store, third)
    edited = added(store, fork.id, [counting("b")])
    merge = NewRevision(
        page_id=page.id, kind="merge", blocks=(), author="asha", at=NOON, more_parents=(edited.id,)
    )
    store.append(merge, on_head=third.id)
    if break_it is None:
        assert list(check_pages(state)) == []
        return
    state.write(lambda connection: connection.execute(break_it))
    (report,) = check_pages(state)
    assert report.page_id == page.id
    assert any(message in one.message for one in report.damages if message)
    assert report.newest_sound is not None
    assert report.newest_sound[0] >= 3


def test_the_doctor_reports_damaged_pages_and_what_can_be_had_of_them(
    store: SqlPageStore, state: State, database_url: str
) -> None:
    settings = Settings(state_url=database_url)
    page, other = new_page(store), new_page(store)
    for number in range(1, 4):
        last = added(store, page, [counting("a", value=number)])
        added(store, other, [counting("a", value=number)])
    (sound,) = examine_pages(settings)
    assert (sound.part, sound.level) == ("pages", "ok")
    newest = sa.and_(revisions.c.page_id == page.id, revisions.c.number == 3)
    state.write(lambda connection: connection.execute(sa.update(revisions).where(newest).values(author="x")))
    (damaged,) = examine_pages(settings)
    assert (damaged.part, damaged.level) == (page.id, "broken")
    assert last.id in damaged.message
    assert "newest revision that can be read is 2" in damaged.hint
    assert f"`oracle rollback {page.id} 2`" in damaged.hint
    state.write(lambda connection: connection.execute(sa.delete(blocks)))
    assert {one.part for one in examine_pages(settings)} == {page.id, other.id}
    assert all("None of its revisions" in one.hint for one in examine_pages(settings))
