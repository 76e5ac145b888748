"""The laws of merging, on random histories, and the real merge beside a second, naive one."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from oracle_kit.canvas.diff import diff
from oracle_kit.canvas.merge import Decision, Resolution, apply, conflicts, decide
from tests.properties.naive_merge import naive_decisions, naive_merge
from tests.properties.pages import Blocks, random_page, worked_on

SWAPPED = {"ours": "theirs", "theirs": "ours"}
histories = st.randoms(use_true_random=False)
laws = settings(max_examples=150, deadline=None)


def sides(random: Random) -> tuple[Blocks, Blocks, Blocks]:
    """A page, and what two people made of it."""
    base = random_page(random)
    return base, worked_on(base, random, "x"), worked_on(base, random, "y")


def actions(decisions: tuple[Decision, ...]) -> dict[tuple[str, str], str]:
    """Who decides on each part."""
    return {(one.block, one.part): one.action for one in decisions}


@laws
@given(histories)
def test_a_side_that_changed_nothing_gives_way(random: Random) -> None:
    base, side, _ = sides(random)
    assert apply(base, side, base, decide(base, side, base)) == side
    assert apply(base, base, side, decide(base, base, side)) == side


@laws
@given(histories)
def test_the_same_on_both_sides_is_kept(random: Random) -> None:
    base, side, _ = sides(random)
    assert apply(base, side, side, decide(base, side, side)) == side


@laws
@given(histories)
def test_no_edits_change_nothing(random: Random) -> None:
    base, _, _ = sides(random)
    assert decide(base, base, base) == ()
    assert apply(base, base, base, ()) == base


@laws
@given(histories)
def test_swapping_the_sides_swaps_ours_and_theirs(random: Random) -> None:
    base, ours, theirs = sides(random)
    one, other = decide(base, ours, theirs), decide(base, theirs, ours)
    assert actions(other) == {part: SWAPPED.get(action, action) for part, action in actions(one).items()}
    if not conflicts(one):
        assert apply(base, ours, theirs, one) == apply(base, theirs, ours, other)


@laws
@given(histories)
def test_the_naive_merge_says_the_same(random: Random) -> None:
    base, ours, theirs = sides(random)
    decisions = decide(base, ours, theirs)
    assert actions(decisions) == naive_decisions(base, ours, theirs)
    if not conflicts(decisions):
        assert list(apply(base, ours, theirs, decisions)) == naive_merge(base, ours, theirs)


@laws
@given(histories, st.lists(st.sampled_from(["ours", "theirs", "keep"]), min_size=40, max_size=40))
def test_every_conflict_can_be_settled_and_loses_no_block_that_both_have(
    random: Random, takes: list[str]
) -> None:
    base, ours, theirs = sides(random)
    decisions = decide(base, ours, theirs)
    open_ones = conflicts(decisions)
    settled = tuple(
        Resolution.model_validate({"block": one.block, "part": one.part, "take": take})
        for one, take in zip(open_ones, takes, strict=False)
        if take != "keep" or one.base is not None
    )
    settled += tuple(
        Resolution(block=one.block, part=one.part, take="ours") for one in conflicts(decisions, settled)
    )
    merged = apply(base, ours, theirs, decisions, settled)
    ids = [block.id for block in merged]
    assert len(set(ids)) == len(ids)
    assert {one.id for one in ours} & {one.id for one in theirs} <= set(ids)
    for one in settled:
        side = {"ours": ours, "theirs": theirs, "keep": base}[one.take]
        if one.part == "presence":
            assert (one.block in ids) == any(block.id == one.block for block in side)
        elif one.part in ("title", "width"):
            told = {block.id: block for block in side}[one.block]
            assert getattr({block.id: block for block in merged}[one.block], one.part) == getattr(
                told, one.part
            )


@laws
@given(histories)
def test_rows_are_those_that_one_side_read_for_the_queries_that_stand(random: Random) -> None:
    base, ours, theirs = sides(random)
    decisions = decide(base, ours, theirs)
    if conflicts(decisions):
        return
    held = [{block.id: block for block in side} for side in (base, ours, theirs)]
    for block in apply(base, ours, theirs, decisions):
        whole = [(one[block.id].queries, one[block.id].results) for one in held if block.id in one]
        assert (block.queries, block.results) in whole


@laws
@given(histories)
def test_a_diff_is_empty_for_equal_pages_alone(random: Random) -> None:
    base, side, _ = sides(random)
    changes = diff(base, side)
    assert (changes == ()) == (base == side)
    ids = {one.id for one in base}
    assert {one.block for one in changes if one.change == "added"} == {one.id for one in side} - ids
    assert {one.block for one in changes if one.change == "removed"} == ids - {one.id for one in side}
