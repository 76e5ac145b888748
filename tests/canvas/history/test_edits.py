"""Edits: each operation, many in one request, and those that cannot be done."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from oracle_kit.canvas.edits import Edit, apply_edits, revisions_needed, unbuilt, unread
from oracle_kit.canvas.merge import merge_edits
from oracle_kit.errors import EditRefused, StaleRevision
from oracle_kit.model import Block, Chip, Choice
from oracle_kit.query import (
    And,
    Dimension,
    Having,
    Measure,
    Or,
    Order,
    Predicate,
    Query,
    Related,
    Term,
    Window,
)
from tests.properties.pages import counting, rows_of

EDITS: TypeAdapter[Any] = TypeAdapter(tuple[Edit, ...])
MONTH = Window(field="created_at", form="calendar", unit="month", text="this month")
BEFORE = MONTH.model_copy(update={"offset": -1, "text": "last month"})


def edited(blocks: tuple[Block, ...], *operations: dict[str, Any], **told: Any) -> tuple[Block, ...]:
    """The blocks after operations written as JSON."""
    made = count(1)
    return apply_edits(blocks, EDITS.validate_python(operations), lambda: f"new{next(made)}", **told)


def asking_much() -> Block:
    """A block with every sort of chip."""
    city = Predicate(field="city", op="eq", values=("Kolkata",))
    owner = Or(parts=(Predicate(field="source", op="in", values=("web", "event")), Term(name="hot")))
    main = Query(
        dataset="crm.leads",
        measures=(Measure(fn="count"), Measure(name="value")),
        dimensions=(Dimension(field="stage"),),
        where=And(parts=(city, owner, Related(relation="visits", op="eq", count=0))),
        having=(Having(measure="value", op="gt", values=(5,)),),
        window=MONTH,
        order=(Order(by="value", descending=True),),
        limit=10,
    )
    told: list[dict[str, Any]] = [
        {"label": "City: Kolkata", "field": "city", "op": "eq", "values": ("Kolkata",)},
        {"label": "Source: web or event", "field": "source", "op": "in", "values": ("web", "event")},
        {"label": "hot", "field": "hot", "op": "term"},
        {"label": "without visits", "field": "visits", "op": "term"},
        {"label": "value above 5", "field": "value", "op": "gt", "values": (5,)},
        {"label": "Created: this month", "field": "created_at", "op": "window", "values": ("this month",)},
        {"label": "by stage", "field": "stage", "op": "group"},
        {"label": "top 10", "op": "limit", "values": (10,)},
        {"label": "by Value", "field": "value", "op": "sort"},
        {"label": "Value", "field": "value", "op": "measure"},
        {"label": "your leads", "field": "owner_id", "op": "row_filter", "from": "policy"},
        {"label": "“kolkatta” read as Kolkata", "op": "spelling", "values": ("Kolkata",)},
    ]
    chips = [Chip.model_validate({"id": f"c{at}", **one}) for at, one in enumerate(told)]
    others = (
        Choice(label="Mumbai", field="city", op="eq", values=("Mumbai",)),
        Choice(label="Site city", field="site_city", op="eq", values=("Kolkata",)),
    )
    chips[0] = chips[0].model_copy(update={"alternatives": others})
    closed = Choice(label="Closed", field="closed_at", op="window", values=("this month",))
    chips[5] = chips[5].model_copy(update={"alternatives": (closed,)})
    grouped = Choice(label="city", field="city", op="group")
    chips[6] = chips[6].model_copy(update={"alternatives": (grouped,)})
    compare = main.model_copy(update={"window": BEFORE})
    trend = Query(dataset="crm.leads", dimensions=(Dimension(field="created_at", grain="month"),), where=city)
    return counting(
        "a",
        title="Kolkata leads by stage",
        kind="bar_chart",
        queries={"main": main, "compare": compare, "trend": trend},
        results={name: rows_of(1, 0) for name in ("main", "compare", "trend")},
        chips=tuple(chips),
        props={"value": "value"},
    )


def main_of(block: Block) -> Query:
    """Its main query."""
    return block.queries["main"]


def test_layout_operations() -> None:
    page = tuple(counting(one) for one in "abcd")
    moved = edited(
        page,
        {"op": "move", "block_id": "d", "to": 0},
        {"op": "resize", "block_id": "a", "width": 4},
        {"op": "retitle", "block_id": "b", "title": "Kolkata"},
        {"op": "remove", "block_id": "c"},
        {"op": "duplicate", "block_id": "a"},
        {"op": "add_note", "text": "Call them.", "to": 0},
    )
    assert [block.id for block in moved] == ["new2", "d", "a", "new1", "b"]
    note, _, first, copy, second = moved
    assert (note.kind, note.props["text"], note.source.written_by) == ("text", "Call them.", "person")
    assert (first.width, copy.width, second.title) == (4, 4, "Kolkata")
    assert copy == first.model_copy(update={"id": "new1"})
    assert all(unread(block) == () for block in moved)
    assert unbuilt(moved, page) == ("new1",)  # a copy is built like any new block
    assert page[0].width == 12


def test_a_note_is_edited_and_nothing_else_is() -> None:
    page = (*edited((), {"op": "add_note", "text": "One", "title": "Note"}), counting("a"))
    (note, _) = edited(page, {"op": "edit_note", "block_id": "new1", "text": "Two"})
    assert (note.props["text"], note.title) == ("Two", "Note")
    with pytest.raises(EditRefused, match=r"Operation 1 \(edit_note\).*no note"):
        edited(page, {"op": "edit_note", "block_id": "a", "text": "Two"})


def test_a_pinned_block_stands_on_top_and_is_not_removed() -> None:
    page = tuple(counting(one) for one in "abcd")
    pinned = edited(page, {"op": "pin", "block_id": "c"}, {"op": "pin", "block_id": "d"})
    assert [block.id for block in pinned] == ["c", "d", "a", "b"]
    with pytest.raises(EditRefused, match="pinned"):
        edited(pinned, {"op": "remove", "block_id": "c"})
    freed = edited(pinned, {"op": "unpin", "block_id": "c"})
    assert [block.id for block in edited(freed, {"op": "remove", "block_id": "c"})] == ["d", "a", "b"]


def test_a_block_comes_back_from_an_earlier_revision() -> None:
    then = tuple(counting(one, value=at) for at, one in enumerate("abc"))
    operations = ({"op": "restore", "block_id": "b", "revision_id": "rev_1"},)
    assert revisions_needed(EDITS.validate_python(operations)) == ("rev_1",)
    now = (counting("x"), then[0], then[2])
    assert edited(now, *operations, earlier={"rev_1": then}) == (now[0], then[0], then[1], then[2])
    changed = (then[0], counting("b", value=9), then[2])
    assert edited(changed, *operations, earlier={"rev_1": then}) == then
    placed = {**operations[0], "to": 0}
    assert [one.id for one in edited(then, placed, earlier={"rev_1": then})] == ["b", "a", "c"]
    for wrong, reason in (
        ({"revision_id": "rev_2"}, "history"),
        ({"block_id": "z"}, "no block"),
        ({"to": 9}, "no place"),
    ):
        with pytest.raises(EditRefused, match=reason):
            edited(now, {**operations[0], **wrong}, earlier={"rev_1": then})


def test_another_kind_is_built_again_from_the_same_rows() -> None:
    block = asking_much()
    (drawn,) = edited((block,), {"op": "set_kind", "block_id": "a", "kind": "table"})
    assert (drawn.kind, drawn.props, drawn.results) == ("table", {}, block.results)
    assert (unread(drawn), unbuilt((drawn,), (block,))) == ((), ("a",))
    assert edited((block,), {"op": "set_kind", "block_id": "a", "kind": "bar_chart"}) == (block,)


def test_a_filter_takes_the_place_of_the_one_on_its_field() -> None:
    block = asking_much()
    told = {
        "op": "set_filter",
        "block_id": "a",
        "field": "city",
        "operator": "in",
        "values": ["Pune", "Mumbai"],
    }
    (changed,) = edited((block,), told)
    city = Predicate(field="city", op="in", values=("Pune", "Mumbai"))
    for query in changed.queries.values():
        assert city in (query.where.parts if isinstance(query.where, And) else (query.where,))
        assert "Kolkata" not in query.model_dump_json()
    assert unread(changed) == ("main", "compare", "trend")
    assert changed.results == changed.source.queries == {}
    assert changed.chips[0].label == "city: Pune, Mumbai"
    (again,) = edited(
        (counting("b"),),
        {**told, "block_id": "b", "field": "budget", "operator": "between", "values": [1, 2]},
    )
    assert [chip.label for chip in again.chips] == ["City: Kolkata", "budget: 1 to 2"]
    assert len({chip.id for chip in again.chips}) == 2


@pytest.mark.parametrize(
    ("operator", "values", "wanted"),
    [
        ("eq", ["a", "b"], ("in", ("a", "b"))),
        ("in", ["a"], ("eq", ("a",))),
        ("ne", ["a", "b"], ("not_in", ("a", "b"))),
        ("is_null", [], ("is_null", ())),
        ("between", [1], None),
        ("lt", [], None),
        ("in", [], None),
        ("not_null", [1], None),
    ],
)
def test_values_fit_their_operator(operator: str, values: list[Any], wanted: Any) -> None:
    told = {"op": "set_filter", "block_id": "a", "field": "x", "operator": operator, "values": values}
    if wanted is None:
        with pytest.raises(EditRefused, match="operator"):
            edited((counting("a"),), told)
        return
    (block,) = edited((counting("a"),), told)
    where = main_of(block).where
    assert isinstance(where, And)
    assert where.parts[1] == Predicate(field="x", op=wanted[0], values=wanted[1])


def test_a_chip_takes_another_value_and_the_title_follows() -> None:
    block = asking_much()
    (changed,) = edited((block,), {"op": "set_chip", "block_id": "a", "chip_id": "c0", "alternative": 0})
    chip = changed.chips[0]
    assert (chip.label, chip.values, chip.origin, changed.title) == (
        "City: Mumbai",
        ("Mumbai",),
        "word",
        "Mumbai leads by stage",
    )
    assert [one.label for one in chip.alternatives] == ["Kolkata", "Site city"]
    assert all("Kolkata" not in query.model_dump_json() for query in changed.queries.values())
    (back,) = edited((changed,), {"op": "set_chip", "block_id": "a", "chip_id": "c0", "alternative": 0})
    assert (back.queries, back.title) == (block.queries, block.title)
    (other,) = edited((block,), {"op": "set_chip", "block_id": "a", "chip_id": "c0", "alternative": 1})
    assert (other.chips[0].field, other.chips[0].label) == ("site_city", "Site city: Kolkata")
    assert '"field":"city"' not in other.queries["trend"].model_dump_json()


def test_chips_of_each_sort_take_other_values() -> None:
    block = asking_much()

    def after(chip: str, **told: Any) -> Query:
        (changed,) = edited((block,), {"op": "set_chip", "block_id": "a", "chip_id": chip, **told})
        assert "main" in unread(changed)
        return main_of(changed)

    source = after("c1", values=["web"]).where
    assert isinstance(source, And)
    assert source.parts[1] == Or(
        parts=(Predicate(field="source", op="eq", values=("web",)), Term(name="hot"))
    )
    assert after("c4", values=[7], operator="ge").having == (Having(measure="value", op="ge", values=(7,)),)
    window = after("c5", alternative=0).window
    assert window is not None
    assert window.field == "closed_at"
    assert after("c6", alternative=0).dimensions == (Dimension(field="city"),)
    assert after("c7", values=[5]).limit == 5


def test_chips_of_each_sort_are_removed() -> None:
    block = asking_much()

    def without(chip: str) -> Block:
        (changed,) = edited((block,), {"op": "remove_chip", "block_id": "a", "chip_id": chip})
        assert chip not in {one.id for one in changed.chips}
        return changed

    assert "Kolkata" not in main_of(without("c0")).model_dump_json()
    assert without("c0").queries["trend"].where is None
    assert '"or"' not in main_of(without("c2")).model_dump_json()
    assert "visits" not in main_of(without("c3")).model_dump_json()
    assert main_of(without("c4")).having == ()
    assert main_of(without("c5")).window is None
    assert set(without("c5").queries) == {"main", "trend"}  # there is nothing left to compare with
    assert (main_of(without("c6")).dimensions, without("c6").kind) == ((), "table")
    assert main_of(without("c7")).limit is None
    assert main_of(without("c8")).order == ()
    left = main_of(without("c9"))
    assert [one.alias for one in left.measures] == ["count"]
    assert (left.having, left.order) == ((), (Order(by="count", descending=True),))


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"op": "remove_chip", "chip_id": "c10"}, "policy"),
        ({"op": "set_chip", "chip_id": "c10", "values": [1]}, "policy"),
        ({"op": "remove_chip", "chip_id": "c11"}, "nothing to remove"),
        ({"op": "remove_chip", "chip_id": "c99"}, "no chip 'c99'"),
        ({"op": "set_chip", "chip_id": "c0"}, "nothing is set"),
        ({"op": "set_chip", "chip_id": "c0", "alternative": 2}, "2 alternatives"),
        ({"op": "set_chip", "chip_id": "c0", "alternative": 0, "values": [1]}, "without values"),
        ({"op": "set_chip", "chip_id": "c2", "values": [1]}, "takes no values"),
        ({"op": "set_chip", "chip_id": "c4", "values": [1, 2], "operator": "in"}, "bound by in"),
        ({"op": "set_chip", "chip_id": "c7", "values": [0]}, "whole number"),
        ({"op": "set_chip", "chip_id": "c7", "values": [True]}, "whole number"),
    ],
)
def test_chips_that_cannot_be_set_so(told: dict[str, Any], reason: str) -> None:
    with pytest.raises(EditRefused, match=reason):
        edited((asking_much(),), {"block_id": "a", **told})


def test_a_chip_that_no_query_says_is_refused() -> None:
    chips = (Chip(id="c", label="City: Pune", field="city", op="eq", values=("Pune",)),)
    with pytest.raises(EditRefused, match="nothing in the block's queries"):
        edited((counting("a", chips=chips),), {"op": "remove_chip", "block_id": "a", "chip_id": "c"})


def test_a_span_and_a_grouping_are_set() -> None:
    block = asking_much()
    week = {"field": "created_at", "form": "calendar", "unit": "week", "text": "this week"}
    (spanned,) = edited((block,), {"op": "set_window", "block_id": "a", "window": week})
    assert main_of(spanned).window == Window.model_validate(week)
    assert set(spanned.queries) == {"main", "trend"}
    assert [chip.label for chip in spanned.chips if chip.op == "window"] == ["created at: this week"]
    assert unread(spanned) == ("main",)
    told = {"op": "set_group", "block_id": "a", "dimensions": [{"field": "created_at", "grain": "month"}]}
    (grouped,) = edited((block,), told)
    assert (grouped.kind, set(grouped.queries), grouped.props) == ("line_chart", {"main"}, {})
    assert main_of(grouped).order == (Order(by="created_at_month"),)
    assert [chip.label for chip in grouped.chips if chip.op == "group"] == ["by month"]
    listed = counting("b", queries={"main": Query(dataset="crm.leads", columns=("id", "name"), limit=50)})
    (counted,) = edited((listed,), {**told, "block_id": "b", "dimensions": [{"field": "city"}]})
    assert (main_of(counted).columns, main_of(counted).measures) == ((), (Measure(fn="count"),))
    (whole,) = edited((listed,), {**told, "block_id": "b", "dimensions": []})
    assert whole.kind == "kpi_tile"
    periods = counting("c", queries={"main": Query(dataset="crm.leads", periods=(MONTH, BEFORE))})
    with pytest.raises(EditRefused, match="side by side"):
        edited((periods,), {"op": "set_window", "block_id": "c", "window": None})


def test_the_title_goes_with_the_queries_unless_a_person_wrote_it() -> None:
    def told(block: Block) -> str:
        return f"{len(block.queries['main'].model_dump_json())}"

    usual = counting("a").model_copy(update={"title": told(counting("a"))})
    own = counting("b", title="Mine")
    operations = [
        {"op": "set_filter", "block_id": one, "field": "x", "operator": "eq", "values": [1]} for one in "ab"
    ]
    first, second = edited((usual, own), *operations, title_of=told)
    assert (first.title, second.title) == (told(first), "Mine")


@pytest.mark.parametrize(
    ("operations", "place", "reason"),
    [
        ([{"op": "resize", "width": 4}, {"op": "resize", "width": 6}], 2, "contradicts operation 1"),
        ([{"op": "remove"}, {"op": "retitle", "title": "x"}], 2, "operation 1 removed"),
        ([{"op": "remove"}, {"op": "remove"}], 2, "operation 1 removed"),
        ([{"op": "remove"}, {"op": "restore", "revision_id": "rev_1"}], 2, "contradicts operation 1"),
        ([{"op": "pin"}, {"op": "resize", "width": 3}, {"op": "unpin"}], 3, "contradicts operation 1"),
        ([{"op": "move", "to": 0}, {"op": "move", "to": 1}], 2, "contradicts operation 1"),
        (
            [
                {"op": "set_chip", "chip_id": "chip_1", "values": ["Pune"]},
                {"op": "remove_chip", "chip_id": "chip_1"},
            ],
            2,
            "contradicts operation 1",
        ),
        ([{"op": "set_kind", "kind": "table"}, {"op": "set_kind", "kind": "bar_chart"}], 2, "contradicts"),
        ([{"op": "resize", "width": 4}, {"op": "move", "to": 2}], 2, "no place 2"),
        ([{"op": "resize", "width": 4, "block_id": "b1"}], 1, "no block 'b1'"),
        ([{"op": "duplicate", "to": 9}], 1, "no place 9"),
    ],
)
def test_what_cannot_be_done_is_refused_by_its_place(
    operations: list[dict[str, Any]], place: int, reason: str
) -> None:
    page = (counting("a"), counting("b"))
    with pytest.raises(EditRefused, match=reason) as refused:
        edited(page, *({"block_id": "a", **one} for one in operations))
    assert refused.value.message.startswith(f"Operation {place} ({operations[place - 1]['op']}): ")
    assert refused.value.details["operation"] == place


def test_the_same_twice_is_no_contradiction() -> None:
    (block,) = edited((counting("a"),), *[{"op": "resize", "block_id": "a", "width": 4}] * 2)
    assert block.width == 4


def test_ten_thousand_operations_are_done_and_no_more() -> None:
    page = tuple(counting(f"b{at}") for at in range(50))
    notes = [{"op": "add_note", "text": str(at)} for at in range(9_950)]
    moves = [{"op": "move", "block_id": f"b{at}", "to": 0} for at in range(50)]
    done = edited(page, *notes, *moves)
    assert len(done) == 10_000
    assert done[0].id == "b49"
    with pytest.raises(EditRefused, match="10000"):
        edited(page, *notes, *moves, {"op": "unpin", "block_id": "b1"})
    with pytest.raises(EditRefused, match="no operation"):
        edited(page)


@pytest.mark.parametrize(
    "told",
    [
        {"op": "resize", "width": 13},
        {"op": "retitle", "title": ""},
        {"op": "retitle", "title": "a\x00"},
        {"op": "retitle", "title": "x" * 201},
        {"op": "set_kind", "kind": "hologram"},
        {"op": "move", "to": -1},
        {"op": "explode"},
        {"op": "remove", "sql": "drop"},
    ],
)
def test_operations_that_are_none_are_not_read(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EDITS.validate_python([{"block_id": "a", **told}])


def test_edits_on_an_old_base_are_merged_or_refused_with_the_conflicts() -> None:
    base = (counting("a"), counting("b"))
    head = edited(base, {"op": "retitle", "block_id": "a", "title": "Now"}, {"op": "add_note", "text": "hi"})
    wide = edited(base, {"op": "resize", "block_id": "a", "width": 6}, {"op": "remove", "block_id": "b"})
    merged = merge_edits(base, head, wide)
    assert [(one.id, one.title, one.width) for one in merged] == [("a", "Now", 6), ("new1", "", 12)]
    late = edited(base, {"op": "retitle", "block_id": "a", "title": "Late"})
    with pytest.raises(StaleRevision, match="title of") as refused:
        merge_edits(base, head, late, head="rev_9")
    assert refused.value.details["head"] == "rev_9"
    (conflict,) = refused.value.details["conflicts"]
    assert (conflict["block"], conflict["part"], conflict["ours"], conflict["theirs"]) == (
        "a",
        "title",
        "Now",
        "Late",
    )
