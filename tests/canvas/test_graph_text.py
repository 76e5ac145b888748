"""A history drawn as `git log --graph` draws it, and differences as lines."""

from __future__ import annotations

import pytest

from oracle_kit.canvas.diff import BlockChange, PartChange
from oracle_kit.canvas.diff_text import decisions_text, diff_text
from oracle_kit.canvas.graph_text import graph_lines
from oracle_kit.canvas.merge import Decision, Resolution
from oracle_kit.model import Revision
from tests.properties.pages import NOON


def revision(told: str) -> Revision:
    """The revision of "c < a b": c, made on a and b."""
    name, _, parents = told.partition(" < ")
    return Revision(
        id=name, page_id="p", number=1, parents=tuple(parents.split()), kind="edit", author="asha", at=NOON,
        blocks_digest="",
    )  # fmt: skip  # one value


GRAPHS = {
    "a line": (["c < b", "b < a", "a"], ["* c", "* b", "* a"]),
    "a merge": (
        ["m < b f2", "f2 < f1", "b < a", "f1 < a", "a"],
        ["* m", r"|\ ", "| * f2", "* | b", "| * f1", "|/", "* a"],
    ),
    "two merges": (
        ["m2 < m g", "g < a", "m < b f", "f < a", "b < a", "a"],
        ["* m2", r"|\ ", "| * g", "* | m", r"|\ \ ", "| * | f", "* | | b", "|_|/", "|/", "* a"],
    ),
    "a merge of one fork twice": (
        ["m2 < m f2", "f2 < f1", "m < b f1", "f1 < a", "b < a", "a"],
        ["* m2", r"|\ ", "| * f2", "* | m", r"|\ \ ", "| |/", "| * f1", "* | b", "|/", "* a"],
    ),
    "a fork that one may not read": (["m < b gone", "b < a", "a"], ["* m", "* b", "* a"]),
    "a history that is cut": (["c < b", "b < gone"], ["* c", "* b"]),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs(name: str) -> None:
    told, drawn = GRAPHS[name]
    lines = [
        f"{line} {one.id if one else ''}".rstrip() for line, one in graph_lines([revision(r) for r in told])
    ]
    assert lines == [line.rstrip() for line in drawn]


def test_a_diff_says_each_part_in_a_line() -> None:
    query = {"chips": ["city: Pune"], "queries": {}}
    parts = (
        PartChange(part="title", before="Units", after="Stock"),
        PartChange(part="query", before={**query, "chips": []}, after=query),
        PartChange(part="order", before=0, after=2),
        PartChange(part="rows", before=None, after={"main": {"rows": 3, "as_of": "2026-04-19T09:00:00"}}),
    )
    changes = [
        BlockChange(block="blk_1", title="Stock", kind="table", change="changed", parts=parts),
        BlockChange(block="blk_2", title="Leads", kind="table", change="removed"),
    ]
    assert diff_text(changes).plain.split("\n") == [
        "~ Stock  table blk_1",
        "    title  Units → Stock",
        "    asks   + city: Pune",
        "    place  1 → 3",
        "    rows   withheld → 3, read 19 Apr 2026, 09:00 UTC",
        "- Leads  table blk_2",
    ]
    same = PartChange(part="query", before=query, after={**query, "queries": {"main": {}}})
    (told, line) = diff_text([changes[0].model_copy(update={"parts": (same,)})]).plain.split("\n")
    assert (told, line.split()) == (
        "~ Stock  table blk_1",
        ["asks", "otherwise,", "in", "the", "same", "words"],
    )
    drawn = PartChange(part="props", before={"kind": "table"}, after={"kind": "table"})
    (_, line) = diff_text([changes[0].model_copy(update={"parts": (drawn,)})]).plain.split("\n")
    assert line == "    look   drawn otherwise"
    assert diff_text([]).plain == "No block differs."


def test_decisions_show_conflicts_with_all_sides() -> None:
    conflict = Decision(
        block="blk_1",
        part="title",
        action="conflict",
        title="Units",
        base="Units",
        ours="x" * 200,
        theirs=None,
    )
    told = decisions_text([Decision(block="blk_2", part="width", action="theirs", title="Leads"), conflict])
    assert told.plain.split("\n") == [
        "  Leads: width  as on the fork",
        "! Units: title  blk_1.title",
        "    keep   Units",
        f"    ours   {'x' * 99}…",
        "    theirs nothing",
    ]
    for part, value, shown in (
        ("presence", True, "there"),
        ("order", 1, "place 2"),
        ("props", {"kind": "table"}, "table"),
        ("query", {"chips": ["a", "b"]}, "a, b"),
    ):
        one = conflict.model_copy(update={"part": part, "ours": value})
        assert f"ours   {shown}" in decisions_text([one]).plain
    settled = decisions_text([conflict], [Resolution(block="blk_1", part="title", take="keep")])
    assert settled.plain == "  Units: title  as before, as was settled"
    assert decisions_text([]).plain == "The two pages differ in nothing."
