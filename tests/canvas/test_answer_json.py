"""The JSON of an answer: the keys of the contract, exact values, nothing formatted."""

from __future__ import annotations

import json

from oracle_kit.canvas.answer_json import answer_json
from oracle_kit.model import Answer, Refusal, Timing
from tests.canvas import samples
from tests.canvas.samples import NOW
from tests.canvas.test_html_page import revision


def answer() -> Answer:
    """An answer with a reservation."""
    return Answer(
        page_id="page_1",
        revision=revision(()),
        mode="codebook_retrieval",
        blocks=(samples.kpi(), samples.notice()),
        understood=(samples.CITY_CHIP,),
        not_understood=("balcony",),
        refusals=(Refusal(code="unknown_field", message="There is no balcony."),),
        notes=("codebook: a note",),
        reservations=("A default was taken.",),
        timings=(Timing(stage="fetch", ms=12.5),),
        as_of=NOW,
    )


def test_the_keys_of_the_contract_are_there() -> None:
    made = json.loads(json.dumps(answer_json(answer())))
    contract = {
        "page_id",
        "revision",
        "mode",
        "blocks",
        "understood",
        "not_understood",
        "refusals",
        "notes",
        "timings",
    }
    assert contract <= set(made)
    keys = {
        "id",
        "kind",
        "title",
        "template_id",
        "columns",
        "rows",
        "understood",
        "suggestion",
        "source",
        "queries",
    }
    assert keys <= set(made["blocks"][0])
    assert (made["page_id"], made["revision"]) == ("page_1", "rev_1")
    assert made["understood"][0]["from"] == "word"
    assert made["notes"] == ["codebook: a note", "A default was taken."]
    assert made["timings"] == {"fetch": 12.5}


def test_rows_are_exact_and_the_other_queries_stand_apart() -> None:
    first, notice = answer_json(answer())["blocks"]
    assert first["rows"] == [["12543210.50"]]
    (column,) = first["columns"]
    assert {"name": "deal_value", "type": "decimal", "unit": "INR"}.items() <= column.items()
    assert set(first["queries"]) == {"compare", "trend"}
    assert first["queries"]["compare"]["rows"] == [["11020000.00"]]
    assert (notice["columns"], notice["rows"], notice["queries"]) == ([], [], {})
