"""Every outcome that an answer can have, with its reason."""

from __future__ import annotations

from typing import Any

import pytest

from oracle_kit.errors import NotPermitted, Refused
from oracle_kit.evaluate.cases import Case
from oracle_kit.evaluate.gold import Table
from oracle_kit.evaluate.judge import judge
from oracle_kit.model import Answer
from tests.evaluate.made import answer, block, chip, refusal, rows

GOLDS: dict[str, Table] = {"seven": ((7,),), "eight": ((8,),), "cities": (("Pune", 3), ("Mumbai", 5))}
SEVEN = block(rows("n:integer", (7,)), kind="kpi_tile")
EIGHT = block(rows("n:integer", (8,)), kind="kpi_tile")


def case(**given: Any) -> Case:
    return Case(**{"id": "c", "prompt": "how many", "compare": "scalar", "gold": ("seven",), **given})


def judged(one: Case, given: Answer | Refused) -> tuple[str, str]:
    return judge(one, given, lambda sql: GOLDS[sql])


def test_right_with_and_without_a_reservation() -> None:
    assert judged(case(), answer(SEVEN)) == ("right", "")
    assert judged(case(), answer(SEVEN, reservations=("spelling",))) == ("right_reserved", "")


def test_any_acceptable_gold_will_do() -> None:
    assert judged(case(gold=("eight", "seven")), answer(SEVEN))[0] == "right"


def test_wrong_is_warned_of_or_not() -> None:
    assert judged(case(), answer(EIGHT)) == ("wrong_unwarned", "(8) where (7) was expected")
    assert judged(case(), answer(EIGHT, reservations=("a tie",)))[0] == "wrong_warned"


def test_text_notices_and_suggestions_are_passed_over() -> None:
    said = answer(
        block(None, kind="text"), block(None, kind="notice"), EIGHT.model_copy(update={"suggestion": True})
    )
    assert judged(case(), said)[0] == "refused_wrongly"
    with_fact = answer(*said.blocks, SEVEN)
    assert judged(case(), with_fact)[0] == "right"


def test_a_refusal_is_right_only_where_it_was_expected() -> None:
    no = refusal("Deleting is out of scope.")
    assert judged(case(expect="refuse", gold=()), no) == ("refused_rightly", "")
    assert judged(case(), no) == ("refused_wrongly", "refused: Deleting is out of scope.")
    assert (
        judged(case(expect="refuse", gold=()), NotPermitted("a viewer may not prompt"))[0]
        == "refused_rightly"
    )
    assert judged(case(), NotPermitted("no"))[0] == "refused_wrongly"


def test_an_answer_where_a_refusal_was_expected_is_wrong() -> None:
    wanted = case(expect="refuse", gold=())
    assert judged(wanted, answer(SEVEN)) == ("wrong_unwarned", "answered where a refusal was expected")
    assert judged(wanted, answer(SEVEN, reservations=("cut",)))[0] == "wrong_warned"


def test_what_must_be_mentioned_is_looked_for_in_all_that_is_said() -> None:
    wanted = case(must_mention=("your leads",))
    assert judged(wanted, answer(SEVEN)) == ("wrong_unwarned", "does not mention your leads")
    assert judged(wanted, answer(SEVEN, understood=(chip("Your leads"),)))[0] == "right"
    told = SEVEN.model_copy(update={"results": {"main": rows("n:integer", (7,), policies=("your leads",))}})
    assert judged(wanted, answer(told))[0] == "right"
    refused = case(expect="refuse", gold=(), must_mention=("Jaipur",))
    assert judged(refused, refusal("There is no city Jaipur."))[0] == "refused_rightly"
    assert judged(refused, refusal("No.")) == ("refused_wrongly", "does not mention Jaipur")


def test_a_warning_that_was_expected_must_be_there() -> None:
    wanted = case(expect="warn")
    assert judged(wanted, answer(SEVEN)) == ("wrong_unwarned", "no reservation is stated")
    assert judged(wanted, answer(SEVEN, reservations=("unfinished month",)))[0] == "right_reserved"
    assert judged(wanted, refusal("No."))[0] == "refused_wrongly"
    loose = case(expect="warn", gold=())
    assert judged(loose, refusal("No."))[0] == "refused_rightly"
    assert judged(loose, answer(EIGHT, reservations=("half of it",)))[0] == "right_reserved"
    assert judged(loose, answer(EIGHT))[0] == "wrong_unwarned"


def test_each_step_is_judged_and_further_blocks_are_not() -> None:
    wanted = case(gold=(), steps=(("seven",), ("eight",)))
    assert judged(wanted, answer(SEVEN, EIGHT, SEVEN))[0] == "right"
    assert judged(wanted, answer(EIGHT, SEVEN))[1].startswith("block 1: ")
    assert judged(wanted, answer(SEVEN)) == ("wrong_unwarned", "1 blocks where 2 were expected")


def test_the_whole_page_is_judged_where_the_case_says_so() -> None:
    wanted = case(gold=(), page=(("seven",),), gone=("eight",))
    notice = block(None, kind="notice")
    other = block(rows("n:integer", (9,)))
    assert judged(wanted, answer(notice, page_blocks=(other, SEVEN, notice)))[0] == "right"
    still = judged(wanted, answer(notice, page_blocks=(SEVEN, EIGHT)))
    assert still == ("wrong_unwarned", "the block “A block” still stands on the page")
    lost = judged(wanted, answer(notice, page_blocks=(other,)))
    assert lost == ("wrong_unwarned", "no block of the page is the expected one 1")
    assert (
        judged(wanted, answer(notice, page_blocks=(SEVEN,), not_understood=("it",)))[0] == "refused_wrongly"
    )


def test_another_kind_of_block_is_wrong_but_misleads_nobody() -> None:
    outcome, reason = judged(case(kind="line_chart"), answer(SEVEN))
    assert outcome == "wrong_warned"
    assert reason == "a kpi_tile where a line_chart was asked for"
    assert judged(case(kind="kpi_tile"), answer(SEVEN))[0] == "right"


def test_a_block_without_rows_says_why() -> None:
    withheld = block(None, withheld="read under other rights")
    assert judged(case(), answer(withheld)) == ("wrong_unwarned", "read under other rights")
    assert judged(case(), answer(block(None)))[1] == "the block has no rows"


@pytest.mark.parametrize("compare", ["set", "ordered"])
def test_breakdowns_are_compared_as_the_case_says(compare: str) -> None:
    mumbai_first = block(rows("city:text n:integer", ("Mumbai", 5), ("Pune", 3)))
    outcome, _ = judged(case(gold=("cities",), compare=compare), answer(mumbai_first))
    assert outcome == ("right" if compare == "set" else "wrong_unwarned")
