"""Words, live values, looked-up names and content's filters."""

from __future__ import annotations

from pathlib import Path

import pytest

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.filters import parse_where
from oracle_kit.datasets.live import LiveValues
from oracle_kit.datasets.lookup import lookup
from oracle_kit.datasets.policy import access
from oracle_kit.datasets.vocabulary import words_for
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.errors import ExpressionError, FieldNotAllowed, QueryRefused, WarehouseUnavailable
from oracle_kit.model import Viewer
from oracle_kit.query import And, Measure, Not, Or, Order, Predicate, Query, Scalar, Term
from oracle_kit.windows import Clock
from oracle_kit.words import DatasetWords
from tests.datasets.conftest import Ask
from tests.datasets.lending import VIEWERS
from tests.datasets.shapes import is_, loans


@pytest.fixture
def words(library: Catalog, warehouse: Warehouse, clock: Clock) -> dict[str, DatasetWords]:
    return {one.id: one for one in library.words(warehouse.live_values(library, clock))}


def test_words_say_all_of_a_dataset_and_nothing_of_its_tables(words: dict[str, DatasetWords]) -> None:
    loans_ = words["desk.loans"]
    assert loans_.key == "loan_id"
    assert loans_.default_measure == Measure(name="loans")
    assert loans_.list_order == (Order(by="fee", descending=True),)
    assert loans_.best == Order(by="fee", descending=True)
    assert loans_.default_dimension is not None
    assert loans_.default_dimension.alias == "due_at_month"
    text = loans_.model_dump_json()
    assert "branches" not in text
    assert "viewer." not in text
    for measure in loans_.measures:
        assert measure.additive == (measure.name in {"loans", "fees", "stake", "late", "heavy", "net"})


def test_a_dataset_that_nobody_may_read_has_no_words(words: dict[str, DatasetWords]) -> None:
    assert set(words) == {"desk.loans", "desk.members"}


def test_values_are_declared_or_live_with_their_other_words(words: dict[str, DatasetWords]) -> None:
    fields = {one.name: one for one in words["desk.loans"].fields}
    assert [one.value for one in fields["status"].values] == ["open", "returned", "lost"]
    assert fields["status"].listed
    assert fields["status"].values[1].words == ("back",)
    assert [one.value for one in fields["city"].values] == [
        "Kolkata",
        "Mumbai",
        "Pune",
        "_north",
        "kolkata",
        "éluru",
    ]
    assert fields["city"].values[0].words == ("calcutta",)


def test_terms_come_as_predicates_where_they_are_made_of_them(words: dict[str, DatasetWords]) -> None:
    terms = {one.name: one for one in words["desk.loans"].terms}
    assert terms["dear"].where == Predicate(field="fee", op="ge", values=(100,))
    assert terms["overdue"].where is None  # it tests the clock
    assert terms["overdue"].fields == ("due_at", "returned_at")
    assert terms["bad"].fields == ("due_at", "fee", "returned_at", "status")
    assert terms["bad"].where == Or(
        parts=(
            And(parts=(Term(name="overdue"), Term(name="dear"))),
            Predicate(field="status", op="eq", values=("lost",)),
        )
    )


def test_words_for_a_viewer_mark_what_is_masked_and_whose_rows(
    words: dict[str, DatasetWords], library: Catalog
) -> None:
    dataset = library.datasets["desk.loans"]
    for name, masked, rows in (("analyst", True, ""), ("clerk", False, "your branch")):
        allowed = access(dataset, VIEWERS[name])
        assert allowed is not None
        own = words_for(words["desk.loans"], allowed)
        assert {one.name: one.masked for one in own.fields}["email"] is masked
        assert own.rows == rows


# live values -----------------------------------------------------------------------------------


def test_too_many_values_are_refused_with_a_finding(
    library: Catalog, duckdb_library: Warehouse, clock: Clock
) -> None:
    live = LiveValues(library, duckdb_library, clock, most=3)
    assert live.values("desk.loans", "city") == ()
    finding = live.findings[0]
    assert finding.level == "error"
    assert finding.field == "fields.city.values"
    assert "more than 3 values" in finding.message
    assert "lookup" in finding.hint


def test_live_values_are_read_again_when_they_are_old(
    library: Catalog, duckdb_library: Warehouse, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveValues(library, duckdb_library, clock, seconds=60)
    reads: list[int] = []
    refresh = live.refresh
    monkeypatch.setattr(live, "refresh", lambda: (reads.append(1), refresh()))
    first = live.digest
    assert live.values("desk.members", "city")
    assert len(reads) == 1
    monkeypatch.setattr("oracle_kit.datasets.live.monotonic", lambda: 1e12)
    assert live.digest == first
    assert len(reads) == 2


def test_live_values_stand_while_the_database_is_away(
    library: Catalog, duckdb_library: Warehouse, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveValues(library, duckdb_library, clock, seconds=0)
    before = live.values("desk.loans", "city")

    def away() -> None:
        raise WarehouseUnavailable("the database is away")

    monkeypatch.setattr(live, "refresh", away)
    assert live.values("desk.loans", "city") == before
    with pytest.raises(WarehouseUnavailable):
        LiveValues(library, Warehouse("duckdb:///nothing.duckdb"), clock).values("desk.loans", "city")


def test_rows_that_do_not_belong_to_the_dataset_give_no_values(
    library_folder: Path, duckdb_library: Warehouse, clock: Clock
) -> None:
    path = library_folder / "desk" / "loans.yaml"
    path.write_text(path.read_text().replace("where: status != 'draft'", "where: city = 'Pune'"))
    live = duckdb_library.live_values(Catalog.load(library_folder), clock)
    assert live.values("desk.loans", "city") == ("Pune",)


# lookup ----------------------------------------------------------------------------------------

FOUND = [
    (
        "desk.members",
        "name",
        "asha",
        5,
        ("Asha Rao 7", "Asha Rao 14", "Asha Rao 21", "Asha Rao 28", "Asha Rao 35"),
    ),
    ("desk.members", "name", "RAO asha 1", 3, ()),
    ("desk.members", "name", "rao asha 14", 3, ("Asha Rao 14",)),
    ("desk.members", "name", "o'n", 1, ("Bo O'Neil 1",)),
    ("desk.members", "name", "100% 2", 3, ()),
    ("desk.members", "name", "100% 23", 3, ("100% Sure 23",)),
    ("desk.members", "name", "%%", 3, ()),
    ("desk.members", "name", "__", 3, ()),
    ("desk.members", "name", "under_", 1, ("under_score 3",)),
    ("desk.members", "name", "back\\s", 1, ("back\\slash 6",)),
    ("desk.members", "name", "zoë", 1, ("Zoë Über 5",)),
    ("desk.members", "name", "a", 3, ()),
    ("desk.members", "name", "", 3, ()),
    ("desk.members", "name", "x\x00y", 3, ()),
    ("desk.members", "name", "' OR 1=1 --", 3, ()),
    ("desk.members", "member_id", "17", 3, (17,)),
    ("desk.members", "member_id", "999", 3, ()),
    ("desk.members", "member_id", "seventeen", 3, ()),
    ("desk.members", "member_id", str(2**70), 3, ()),
    ("desk.loans", "loan_id", "5", 3, ()),
]


@pytest.mark.parametrize(("dataset", "field", "said", "limit", "found"), FOUND[:-1])
def test_names_are_looked_up_by_whole_or_begun_words(
    dataset: str,
    field: str,
    said: str,
    limit: int,
    found: tuple[Scalar, ...],
    library: Catalog,
    warehouse: Warehouse,
    clock: Clock,
) -> None:
    with warehouse.snapshot(clock) as snapshot:
        assert lookup(library, snapshot, VIEWERS["analyst"], dataset, field, said, limit) == found


def test_lookup_sees_only_the_rows_of_the_viewer(
    library: Catalog, warehouse: Warehouse, clock: Clock, ask: Ask
) -> None:
    own = Query(dataset="desk.members", columns=("name",), where=is_("manager_id", "eq", 101))
    mine = {row[1] for row in ask(own).rows}
    with warehouse.snapshot(clock) as snapshot:
        found = lookup(library, snapshot, VIEWERS["clerk"], "desk.members", "name", "asha", 50)
        everyone = lookup(library, snapshot, VIEWERS["analyst"], "desk.members", "name", "asha", 50)
    assert set(found) == set(everyone) & mine
    assert len(found) < len(everyone)


def test_lookup_refuses_what_it_may_not(
    library: Catalog, library_folder: Path, duckdb_library: Warehouse, clock: Clock
) -> None:
    with duckdb_library.snapshot(clock) as snapshot:
        with pytest.raises(QueryRefused, match="is not looked up"):
            lookup(library, snapshot, VIEWERS["analyst"], "desk.members", "city", "Pune")
        with pytest.raises(FieldNotAllowed, match="may not read"):
            lookup(library, snapshot, Viewer(id="v", roles=("viewer",)), "desk.members", "name", "asha")
        with pytest.raises(QueryRefused, match="no dataset"):
            lookup(library, snapshot, VIEWERS["analyst"], "desk.shoes", "name", "asha")
    path = library_folder / "desk" / "members.yaml"
    path.write_text(path.read_text().replace("pii: true", "pii: true, lookup: word"))
    changed = Catalog.load(library_folder)
    with duckdb_library.snapshot(clock) as snapshot:
        with pytest.raises(FieldNotAllowed, match="masked"):
            lookup(changed, snapshot, VIEWERS["analyst"], "desk.members", "email", "m1")
        assert lookup(changed, snapshot, VIEWERS["clerk"], "desk.members", "email", "m12") == (
            "m12@example.org",
        )


# filters of content ----------------------------------------------------------------------------

WHERES = [
    ("fee >= 100", is_("fee", "ge", 100)),
    ("100.5 < fee", is_("fee", "gt", "100.5")),
    ("status in ('open', 'lost')", is_("status", "in", "open", "lost")),
    ("status not in ('open')", is_("status", "not_in", "open")),
    ("fee between 1 and 2", is_("fee", "between", 1, 2)),
    ("returned_at is null", is_("returned_at", "is_null")),
    (
        "due_at >= '2026-03-01' and not dear",
        And(parts=(is_("due_at", "ge", "2026-03-01"), Not(part=Term(name="dear")))),
    ),
    ("active or overdue", Or(parts=(is_("active", "eq", True), Term(name="overdue")))),
]


@pytest.mark.parametrize(("text", "where"), WHERES)
def test_filters_of_content_become_predicates_that_run(
    text: str, where: Predicate, library: Catalog, ask: Ask
) -> None:
    assert parse_where(text, library.datasets["desk.loans"]) == where
    assert ask(loans("loans", where=where)).rows


@pytest.mark.parametrize(
    "text", ["due_at < now", "fee * 2 > 3", "fee > price", "days_between(due_at, now) > 3"]
)
def test_a_filter_that_is_more_names_the_way_out(text: str, library: Catalog) -> None:
    with pytest.raises(ExpressionError, match="more than fields compared") as caught:
        parse_where(text, library.datasets["desk.loans"])
    assert "glossary term of desk.loans" in caught.value.hint
