"""The contract of a page store: history is kept whole, and no update is lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from oracle_kit.canvas.digests import blocks_digest, revision_hash
from oracle_kit.canvas.page_store import NewRevision, SqlPageStore
from oracle_kit.errors import NotFound, Refused, RevisionDamaged, StaleRevision
from oracle_kit.ids import new_id
from oracle_kit.model import Block, Page, Plan, Step
from oracle_kit.state import State
from oracle_kit.state import page_tables as tables
from tests.canvas.history.made import added, forked, new_page
from tests.properties.pages import NOON, counting

PLAN = Plan(steps=(Step(kind="table", title="Leads"),), notes=("one",))


def test_a_revision_comes_back_as_it_was_appended(store: SqlPageStore) -> None:
    page = new_page(store)
    blocks = (counting("a"), counting("b", "Mumbai", 7))
    told: dict[str, Any] = {"prompt": "leads", "message": "first", "plan": PLAN, "mode": "codebook_retrieval"}
    revision = added(store, page, blocks, kind="prompt", **told)
    read = store.revision(page.id)
    assert read == revision
    assert (read.number, read.parents, read.blocks, read.plan) == (1, (), blocks, PLAN)
    assert read.hash == revision_hash(read)
    assert read.blocks_digest == blocks_digest(blocks)
    head = store.page(page.id)
    assert (head.head, head.head_number, head.updated_at) == (revision.id, 1, NOON)


def test_revisions_follow_one_another_without_a_gap(store: SqlPageStore) -> None:
    page = new_page(store)
    made = [added(store, page, [counting("a", value=value)], message=str(value)) for value in range(5)]
    assert [one.number for one in made] == [1, 2, 3, 4, 5]
    assert [one.parents for one in made] == [(), *((one.id,) for one in made[:-1])]
    listed, following = store.revisions(page.id, limit=3)
    assert [one.id for one in listed] == [one.id for one in made[:1:-1]]
    assert all(one.blocks == () and one.plan is None for one in listed)
    rest, end = store.revisions(page.id, limit=3, cursor=following)
    assert [one.message for one in rest] == ["1", "0"]
    assert end is None
    assert store.revision(page.id, made[1].id) == made[1]


def test_an_append_on_an_old_head_is_refused_with_the_right_one(store: SqlPageStore) -> None:
    page = new_page(store)
    first = added(store, page, [counting("a")])
    second = added(store, page, [counting("a", value=2)])
    late = NewRevision(page_id=page.id, kind="edit", blocks=(), author="ravi", at=NOON)
    for seen in (None, first.id):
        with pytest.raises(StaleRevision) as refused:
            store.append(late, on_head=seen)
        assert refused.value.details["head"] == second.id
    assert store.page(page.id).head == second.id
    assert len(store.revisions(page.id)[0]) == 2


def test_what_is_not_there_is_not_found(store: SqlPageStore) -> None:
    page = new_page(store)
    other = added(store, new_page(store), [counting("a")])
    lost = NewRevision(page_id="page_0", kind="edit", blocks=(), author="asha", at=NOON)
    for call in (
        lambda: store.page("page_0"),
        lambda: store.revision("page_0"),
        lambda: store.revisions("page_0"),
        lambda: store.revision(page.id),
        lambda: store.revision(page.id, "rev_0"),
        lambda: store.revision(page.id, other.id),
        lambda: store.append(lost, on_head=None),
        lambda: store.change("page_0", title="x"),
        lambda: store.fork(page, of="rev_0", author="asha", at=NOON),
    ):
        with pytest.raises(NotFound):
            call()


def test_an_archived_page_takes_no_revision_until_it_is_brought_back(store: SqlPageStore) -> None:
    page = new_page(store)
    store.change(page.id, archived=True)
    with pytest.raises(Refused, match="archived"):
        added(store, page, [counting("a")])
    assert store.pages(reader="asha", team=None)[0] == ()
    assert [one.id for one in store.pages(reader="asha", team=None, archived=True)[0]] == [page.id]
    store.change(page.id, archived=False)
    assert added(store, page, [counting("a")]).number == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"blocks": (counting("a"), counting("a"))}, "twice"),
        ({"blocks": (counting("a", withheld="not yours"),)}, "without its rows"),
        ({"message": "a\x00b"}, "character"),
        ({"prompt": "x" * 20_001}, "longer"),
        ({"more_parents": ("rev_0",)}, "no revision rev_0"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_changes_nothing(
    store: SqlPageStore, fields: dict[str, Any], reason: str
) -> None:
    page = new_page(store)
    head = added(store, page, [counting("a")])
    told = {"kind": "edit", "blocks": (), "author": "asha", "at": NOON, **fields}
    with pytest.raises(Refused, match=reason):
        store.append(NewRevision(page_id=page.id, **told), on_head=head.id)
    assert store.page(page.id).head == head.id


def test_foreign_and_circular_parents_are_refused(store: SqlPageStore) -> None:
    page = new_page(store)
    first = added(store, page, [counting("a")])
    head = added(store, page, [counting("a", value=2)])
    stranger = added(store, new_page(store), [counting("a")])
    told: dict[str, Any] = {"page_id": page.id, "kind": "merge", "blocks": (), "author": "asha", "at": NOON}
    for parents in ((head.id,), (stranger.id,), (first.id, first.id), (first.id, stranger.id)):
        with pytest.raises(Refused):
            store.append(NewRevision(**told, more_parents=parents), on_head=head.id)
    with pytest.raises(Refused, match="two parents"):
        store.append(
            NewRevision(**{**told, "page_id": new_page(store).id}, more_parents=(first.id,)), on_head=None
        )
    assert store.page(page.id).head_number == 2


def test_a_page_changes_its_title_members_and_visibility(store: SqlPageStore) -> None:
    page = new_page(store, viewers=("ravi", "ravi", "meera"), editors=("asha", "meera"))
    assert (store.page(page.id).viewers, store.page(page.id).editors) == (("ravi",), ("meera",))
    changed = store.change(
        page.id, title="Pipeline", viewers=("dev",), editors=(), visibility="team", team="east"
    )
    assert store.page(page.id) == changed
    assert (changed.title, changed.viewers, changed.editors, changed.visibility) == (
        "Pipeline",
        ("dev",),
        (),
        "team",
    )
    with pytest.raises(StaleRevision):
        store.change(page.id, title="Late", unchanged_since=page.updated_at)
    same = changed.updated_at.replace(tzinfo=UTC)
    assert store.change(page.id, title="On time", unchanged_since=same).title == "On time"
    for fields in ({"head": "rev_0"}, {"visibility": "world"}, {"title": "\x00"}, {"title": None}):
        with pytest.raises(Refused):
            store.change(page.id, **fields)
    assert store.page(page.id).title == "On time"


def test_a_page_is_created_once_and_empty(store: SqlPageStore) -> None:
    page = new_page(store)
    with pytest.raises(Refused, match="already"):
        store.create(page)
    with pytest.raises(Refused, match="no revision"):
        store.create(page.model_copy(update={"id": "page_1", "head": "rev_1"}))


def test_pages_are_listed_for_whoever_may_see_them_newest_change_first(store: SqlPageStore) -> None:
    def page(name: str, minute: int, **fields: Any) -> str:
        at = NOON + timedelta(minutes=minute)
        return new_page(store, id=f"page_{name}", updated_at=at, **{"owner": "asha", **fields}).id

    own, member = page("own", 1, owner="ravi"), page("member", 5, viewers=("ravi",))
    editor, everyone = page("editor", 2, editors=("ravi",)), page("everyone", 4, visibility="everyone")
    team = page("team", 3, visibility="team", team="east")
    page("other_team", 6, visibility="team", team="west")
    page("private", 7)

    def listed(reader: str, team: str | None, **told: Any) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:
            some, cursor = store.pages(reader=reader, team=team, limit=2, cursor=cursor, **told)
            assert len(some) <= 2
            found += [one.id for one in some]
            if cursor is None:
                return found

    assert listed("ravi", "east") == [member, everyone, team, editor, own]
    assert listed("ravi", None) == [member, everyone, editor, own]
    assert len(listed("admin", None, everything=True)) == 7
    for cursor in ("nonsense", "12", ""):
        with pytest.raises(Refused):
            store.pages(reader="ravi", team=None, cursor=cursor)
    with pytest.raises(Refused):
        store.revisions(own, cursor="x")
    with pytest.raises(Refused):
        store.pages(reader="ravi", team=None, limit=0)


def test_a_fork_shares_the_history_up_to_its_revision(store: SqlPageStore) -> None:
    page = new_page(store)
    made = [added(store, page, [counting("a", value=value)]) for value in range(3)]
    fork = forked(store, made[1])
    assert fork.forked_from == (page.id, made[1].id)
    assert store.page(fork.id) == fork
    head = store.revision(fork.id)
    assert (head.kind, head.number, head.parents, head.blocks) == ("fork", 3, (made[1].id,), made[1].blocks)
    assert head.blocks_digest == made[1].blocks_digest
    edited = added(store, fork.id, [counting("a", value=9)])
    assert [one.id for one in store.revisions(fork.id)[0]] == [edited.id, head.id, made[1].id, made[0].id]
    first, following = store.revisions(fork.id, limit=2)
    assert [one.id for one in store.revisions(fork.id, limit=2, cursor=following)[0]] == [
        made[1].id,
        made[0].id,
    ]
    assert store.revision(fork.id, made[0].id) == made[0]
    with pytest.raises(NotFound):  # what the origin did after the fork is not the fork's history
        store.revision(fork.id, made[2].id)
    again = forked(store, head)
    assert [one.number for one in store.revisions(again.id)[0]] == [4, 3, 2, 1]
    assert first[0].id == edited.id


def test_revisions_have_names_and_are_found_by_them(store: SqlPageStore) -> None:
    page = new_page(store)
    made = [added(store, page, [counting("a", value=value)]) for value in range(3)]
    named = store.name_revision(page.id, made[1].id, " March review ", author="asha", at=NOON)
    assert store.revision_names(page.id) == (named,)
    assert store.name_revision(page.id, made[1].id, "March review", author="ravi", at=NOON) == named
    for word in ("March review", "2", "#2", made[1].id):
        assert store.find_revision(page.id, word) == made[1].id
    for taken in ("March review", "12", "rev_1", "", "x" * 101, "a\x00"):
        with pytest.raises(Refused):
            store.name_revision(page.id, made[0].id, taken, author="asha", at=NOON)
    with pytest.raises(NotFound):
        store.name_revision(page.id, "rev_0", "April", author="asha", at=NOON)
    with pytest.raises(NotFound, match="March review"):
        store.find_revision(page.id, "March revue")
    fork = forked(store, made[2])
    assert store.find_revision(fork.id, "March review") == made[1].id
    assert store.find_revision(fork.id, "4") == fork.head
    store.unname_revision(page.id, "March review")
    with pytest.raises(NotFound):
        store.unname_revision(page.id, "March review")


@pytest.mark.parametrize("column", ["message", "author", "blocks_digest", "parent"])
def test_a_changed_record_is_named_and_harms_nothing_else(
    store: SqlPageStore, state: State, column: str
) -> None:
    page, other = new_page(store), new_page(store)
    first = added(store, page, [counting("a")])
    added(store, page, [counting("a", value=2)], message="right")
    kept = added(store, other, [counting("b")])
    head = tables.revisions.c.number == 2
    state.write(lambda c: c.execute(sa.update(tables.revisions).where(head).values({column: "wrong"})))
    with pytest.raises(RevisionDamaged, match=page.id):
        store.revision(page.id)
    assert store.revision(page.id, first.id) == first
    assert store.revision(other.id) == kept
    assert len(store.revisions(page.id)[0]) == 2


@pytest.mark.parametrize("what", ["changed", "missing", "rubbish"])
def test_a_changed_or_missing_piece_is_noticed(store: SqlPageStore, state: State, what: str) -> None:
    page = new_page(store)
    first = added(store, page, [counting("b")])
    added(store, page, [counting("a", "Pune", 42)], plan=PLAN)
    piece = tables.blocks.c.text.contains("42")
    if what == "missing":
        state.write(lambda c: c.execute(sa.delete(tables.blocks).where(piece)))
    else:
        text = sa.func.replace(tables.blocks.c.text, "42", "43") if what == "changed" else "rubbish"
        state.write(lambda c: c.execute(sa.update(tables.blocks).where(piece).values(text=text)))
    with pytest.raises(RevisionDamaged, match=f"revision 2.*{page.id}"):
        SqlPageStore(state).revision(page.id)
    assert store.revision(page.id, first.id) == first


def test_pieces_are_shared_between_revisions(store: SqlPageStore, state: State) -> None:
    page = new_page(store)
    blocks = [counting(f"b{at}", value=at) for at in range(20)]
    added(store, page, blocks)

    def pieces() -> int:
        with state.read() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(tables.blocks)).scalar_one()

    before = pieces()
    resized = blocks[3].model_copy(update={"width": 4})
    added(store, page, [*blocks[:3], resized, *blocks[4:]])
    assert pieces() == before + 1  # the block; its rows are there already
    reread = [Block.model_validate_json(one.model_dump_json()) for one in blocks]
    assert added(store, page, reread).blocks_digest == store.revision(page.id).blocks_digest
    assert pieces() == before + 1


def test_a_commit_is_heard_by_those_who_listen_to_the_page(store: SqlPageStore, state: State) -> None:
    page = new_page(store)
    with state.feed.subscribe(page.id) as heard:
        revision = added(store, page, [counting("a")], kind="prompt")
        told = {"revision": revision.id, "number": 1, "kind": "prompt", "author": "asha"}
        assert heard.get(timeout=5) == told
        with pytest.raises(StaleRevision):
            store.append(
                NewRevision(page_id=page.id, kind="edit", blocks=(), author="x", at=NOON), on_head=None
            )
        store.change(page.id, title="Other")
        assert heard.get(timeout=5) == {"page": page.id, "changed": ["title"]}


def test_what_goes_with_a_revision_is_kept_with_it_or_not_at_all(store: SqlPageStore) -> None:
    page = new_page(store)

    def fails(connection: sa.Connection, revision: Any) -> None:
        raise Refused(f"not {revision.number}")

    new = NewRevision(page_id=page.id, kind="edit", blocks=(counting("a"),), author="asha", at=NOON)
    with pytest.raises(Refused, match="not 1"):
        store.append(new, on_head=None, also=fails)
    assert store.page(page.id).head is None
    assert added(store, page, [counting("a")]).number == 1


def test_times_with_a_zone_are_kept_in_utc(store: SqlPageStore) -> None:
    page = new_page(store)
    at = datetime.fromisoformat("2026-04-18T17:30:00+05:30")
    revision = added(store, page, [counting("a")], at=at)
    assert revision.at == NOON
    assert store.revision(page.id) == revision


def test_many_writers_lose_nothing(store: SqlPageStore) -> None:
    page = new_page(store)
    writers, each = 8, 5
    ready = threading.Barrier(writers)

    def write(writer: int) -> list[str]:
        ready.wait()
        done = []
        while len(done) < each:
            head = store.page(page.id).head
            before = store.revision(page.id, head).blocks if head else ()
            new = NewRevision(
                page_id=page.id,
                kind="edit",
                blocks=(*before, counting(f"w{writer}n{len(done)}")),
                author=f"w{writer}",
                at=NOON,
            )
            try:
                done.append(store.append(new, on_head=head).id)
            except StaleRevision:
                continue
        return done

    with ThreadPoolExecutor(writers) as pool:
        acknowledged = [one for done in pool.map(write, range(writers)) for one in done]
    listed, _ = store.revisions(page.id, limit=100)
    assert {one.id for one in listed} == set(acknowledged)
    assert [one.number for one in reversed(listed)] == list(range(1, writers * each + 1))
    assert len(store.revision(page.id).blocks) == writers * each


def test_two_changes_of_one_page_at_once_do_not_overwrite_each_other(store: SqlPageStore) -> None:
    page = new_page(store)
    ready = threading.Barrier(4)

    def rename(name: str) -> bool:
        ready.wait()
        try:
            store.change(page.id, title=name, unchanged_since=page.updated_at)
        except StaleRevision:
            return False
        return True

    names = ["a", "b", "c", "d"]
    with ThreadPoolExecutor(4) as pool:
        won = [name for name, done in zip(names, pool.map(rename, names), strict=True) if done]
    assert [store.page(page.id).title] == won


def test_made_ids_of_pages_are_free(store: SqlPageStore) -> None:
    pages = [
        store.create(Page(id=new_id("page"), title="x", owner="a", created_at=NOON, updated_at=NOON))
        for _ in range(3)
    ]
    listed, _ = store.pages(reader="a", team=None)
    assert {one.id for one in listed} == {one.id for one in pages}
