"""What a reader gets of a block that was read under other rights."""

from __future__ import annotations

from typing import Any

import pytest

from oracle_kit.canvas.digests import blocks_digest
from oracle_kit.canvas.seen import MASKED, NARROWED, UNKNOWN, seen_by
from oracle_kit.model import Block, Chip, Scope
from tests.properties.pages import counting, rows_of

LEADS = "crm.leads"
ALL = Scope(dataset=LEADS)
MINE = Scope(dataset=LEADS, filters=("owner_id = 'u1'",))
OTHER = Scope(dataset=LEADS, filters=("owner_id = 'u2'",))
EMAIL = Scope(dataset=LEADS, masked=("email",))
BOTH = Scope(dataset=LEADS, masked=("email", "phone"))


def read_under(*scopes: Scope, **fields: Any) -> Block:
    """A block whose number 4711 was read under these scopes."""
    block = counting("a", value=4711)
    rows = block.results["main"].model_copy(update={"scopes": scopes})
    source = block.source.queries["main"].model_copy(update={"scopes": scopes, "policies": ("your leads",)})
    mine = Chip.model_validate({"id": "c", "label": "your leads", "op": "row_filter", "from": "policy"})
    told = {
        "results": {"main": rows},
        "source": block.source.model_copy(update={"queries": {"main": source}}),
        "chips": (*block.chips, mine),
        "props": {"value": "count"},
        **fields,
    }
    return block.model_copy(update=told)


@pytest.mark.parametrize(
    ("read", "own", "reason"),
    [
        (ALL, ALL, None),
        (MINE, MINE, None),
        (MINE, ALL, None),  # who sees all rows sees these
        (ALL, MINE, NARROWED),
        (MINE, OTHER, NARROWED),
        (EMAIL, EMAIL, None),
        (BOTH, EMAIL, None),  # less is masked for the reader
        (EMAIL, BOTH, MASKED),
        (ALL, EMAIL, MASKED),
        (ALL, None, "You may not read the dataset of this block."),
    ],
)
def test_rows_are_shown_to_those_who_see_as_much(read: Scope, own: Scope | None, reason: str | None) -> None:
    block = read_under(read)
    seen = seen_by(block, {LEADS: own})
    assert seen.withheld == reason
    if reason is None:
        assert seen is block


def test_nothing_of_the_rows_is_left_in_a_withheld_block() -> None:
    seen = seen_by(read_under(MINE), {LEADS: OTHER})
    text = seen.model_dump_json()
    for told in ("4711", "u1", "your leads", read_under(MINE).results["main"].digest):
        assert told not in text
    assert (seen.results, seen.props, seen.rows, seen.columns) == ({}, {}, (), ())
    source = seen.source.queries["main"]
    assert (source.row_count, source.rows_digest, source.scopes) == (0, "", ())
    assert seen.queries == read_under(MINE).queries  # it can be run again
    assert (seen.title, [chip.id for chip in seen.chips]) == ("Leads in Kolkata", ["chip_1"])


def test_a_text_carries_the_scopes_of_what_it_sums_up() -> None:
    summed = read_under(MINE, kind="text", queries={}, results={}, props={"text": "4711 leads"})
    assert seen_by(summed, {LEADS: ALL}) is summed
    assert "4711" not in seen_by(summed, {LEADS: OTHER}).model_dump_json()
    note = Block(id="n", kind="text", title="", props={"text": "Call them"})
    assert seen_by(note, {}) is note


def test_every_dataset_that_was_read_counts() -> None:
    visits = Scope(dataset="crm.visits", filters=("owner_id = 'u1'",))
    block = read_under(ALL, visits)
    assert seen_by(block, {LEADS: ALL, "crm.visits": visits}) is block
    assert seen_by(block, {LEADS: ALL}).withheld is not None
    assert seen_by(block, {LEADS: ALL, "crm.visits": None}).rows == ()


def test_rows_of_unknown_rights_are_shown_to_nobody() -> None:
    assert seen_by(read_under(), {LEADS: ALL}).withheld == UNKNOWN
    elsewhere = read_under(Scope(dataset="crm.visits"))
    assert seen_by(elsewhere, {LEADS: ALL, "crm.visits": Scope(dataset="crm.visits")}).withheld == UNKNOWN


def test_what_was_withheld_stays_so() -> None:
    block = read_under(ALL, withheld="purged")
    assert seen_by(block, {LEADS: ALL}).rows == ()


def test_equal_answers_have_equal_digests() -> None:
    block = counting("a", value=3, minute=0)
    later = counting("b", value=3, minute=9)
    renamed = later.model_copy(update={"chips": (later.chips[0].model_copy(update={"id": "chip_7"}),)})
    assert blocks_digest([block]) == blocks_digest([later]) == blocks_digest([renamed])
    others = (
        counting("a", value=4),
        counting("a", "Pune", 3),
        block.model_copy(update={"title": "x"}),
        block.model_copy(update={"width": 3}),
        read_under(MINE, results={"main": rows_of(3, 0)}),
    )
    digests = {blocks_digest([one]) for one in (block, *others)}
    assert len(digests) == 6
    assert blocks_digest([block, others[0]]) != blocks_digest([others[0], block])
