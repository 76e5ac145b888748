"""Rows emptied for good: the history and its hashes stay, other pages keep what they hold too."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from oracle_kit.canvas.integrity import check_pages
from oracle_kit.canvas.page_store import SqlPageStore
from oracle_kit.canvas.purge import Purged
from oracle_kit.errors import Refused
from oracle_kit.state import State
from oracle_kit.state.page_tables import blocks
from tests.canvas.history.made import added, forked, new_page
from tests.properties.pages import counting


def texts(state: State) -> list[str]:
    """All that is kept of blocks and rows."""
    with state.read() as connection:
        return [one for one in connection.execute(sa.select(blocks.c.text)).scalars() if one is not None]


def test_rows_are_emptied_and_the_history_stays(store: SqlPageStore, state: State) -> None:
    page = new_page(store)
    added(store, page, [counting("a", value=4711)])
    shown = added(store, page, [counting("a", value=4712), counting("b", value=3)])
    with pytest.raises(Refused, match="in use"):
        store.purge(page.id)
    store.change(page.id, archived=True)
    seen: list[Purged] = []
    purged = store.purge(page.id, also=lambda _, one: seen.append(one))
    assert (purged.emptied, purged.shared, seen) == (3, 0, [purged])
    assert not [text for text in texts(state) if "4711" in text or "4712" in text]
    read = store.revision(page.id, shown.id)
    assert (read.hash, read.blocks_digest) == (shown.hash, shown.blocks_digest)
    assert [(one.title, one.withheld) for one in read.blocks] == [
        (one.title, "The rows of this block were purged.") for one in shown.blocks
    ]
    assert list(check_pages(state)) == []
    assert store.purge(page.id).emptied == 0


def test_what_another_page_holds_too_stays(store: SqlPageStore, state: State) -> None:
    page, other = new_page(store), new_page(store)
    both = added(store, page, [counting("a", value=4711)])
    added(store, other, [counting("x", value=4711)])
    fork = forked(store, both)
    mine = added(store, page, [counting("a", value=4712)])
    store.change(page.id, archived=True)
    assert store.purge(page.id) == Purged(emptied=1, shared=1)
    assert store.revision(other.id).blocks[0].rows == ((4711,),)
    assert store.revision(fork.id).blocks[0].rows == ((4711,),)
    assert store.revision(page.id, mine.id).blocks[0].rows == ()


def test_rows_that_are_read_again_are_kept_again(store: SqlPageStore) -> None:
    """The same rows have the same digest; a purge does not keep them out for ever."""
    page = new_page(store)
    added(store, page, [counting("a", value=4711)])
    store.change(page.id, archived=True)
    store.purge(page.id)
    store.change(page.id, archived=False)
    with pytest.raises(Refused, match="without its rows"):
        added(store, page, store.revision(page.id).blocks)
    added(store, page, [counting("a", value=4711)])
    assert store.revision(page.id).blocks[0].rows == ((4711,),)
