"""What may be submitted: both forms, in bounded memory, every fault named before anything is stored."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest

from oracle_kit.jobs.job import JobAsked
from oracle_kit.jobs.job_types import JobTypes
from oracle_kit.jobs.spool import CHUNK, BatchRefused, Spool
from oracle_kit.jobs.submission import Submission, checked
from tests.jobs.desk import Said

TYPES = JobTypes([Said()])


def item(request_id: str, text: str = "echo:1") -> dict[str, Any]:
    return {"request_id": request_id, "messages": [{"role": "user", "content": text}]}


def submitted(
    body: str | bytes, form: Any = "json", most: int = 1_000_000, step: int = 1 << 20
) -> Submission:
    raw = body.encode() if isinstance(body, str) else body
    with Spool(form, 1 << 30) as spool:
        for at in range(0, len(raw), step):
            spool.add(raw[at : at + step])
        return checked(spool, TYPES, most, JobAsked(job_type="said") if form == "ndjson" else None)


def refused(body: Any, form: Any = "json", most: int = 1_000) -> BatchRefused:
    with pytest.raises(BatchRefused) as caught:
        submitted(body if isinstance(body, str) else json.dumps(body), form, most)
    return caught.value


def test_settings_may_stand_before_or_after_the_items() -> None:
    items = [item(f"r{n}") for n in range(3)]
    before = submitted(json.dumps({"job_type": "said", "priority": 7, "items": items}))
    after = submitted(json.dumps({"items": items, "priority": 7, "job_type": "said"}, indent=2))
    assert before.payload_hash == after.payload_hash
    assert (before.asked.priority, before.count) == (7, 3)
    assert [one.request_id for one in after.items()] == ["r0", "r1", "r2"]


def test_lines_are_items() -> None:
    lines = "\n\n".join(json.dumps(item(f"r{n}")) for n in range(3))
    found = submitted(lines, "ndjson")
    whole = submitted(json.dumps({"job_type": "said", "items": [item(f"r{n}") for n in range(3)]}))
    assert found.payload_hash == whole.payload_hash


@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_values_that_straddle_the_window_are_read_whole(form: str) -> None:
    items = [item(f"r{n}", "echo:" + "ₓ₹é" * (n * 997 % 5_000)) for n in range(60)]
    text = (
        json.dumps({"job_type": "said", "items": items}, ensure_ascii=False)
        if form == "json"
        else "\n".join(json.dumps(one, ensure_ascii=False) for one in items)
    )
    assert len(text) > 3 * CHUNK
    found = submitted(text, form, step=777)
    assert [one.payload["messages"][0]["content"] for one in found.items()] == [
        one["messages"][0]["content"] for one in items
    ]


def test_ids_that_are_empty_or_stand_twice_are_named() -> None:
    error = refused({"job_type": "said", "items": [item("a"), item("b"), item("a"), item(" "), item("")]})
    named = {(one["path"], one["code"]) for one in error.details["errors"]}
    assert named == {
        ("/items/2/request_id", "duplicate"),
        ("/items/3/request_id", "empty"),
        ("/items/4/request_id", "string_too_short"),
    }
    assert "'a' stands twice" in str(error.details["errors"][0]["message"])


def test_what_the_type_does_not_take_is_named_by_item() -> None:
    wrong = {"request_id": "b", "messages": [{"role": "assistant", "content": "x"}]}
    error = refused({"job_type": "said", "items": [item("a"), wrong]})
    assert [one["path"] for one in error.details["errors"]] == ["/items/1"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "JSON"),
        ("[]", "JSON"),
        ('{"job_type": "said", "items": [', "JSON"),
        ('{"job_type": "said", "items": []}', "at least one"),
        ('{"job_type": "said"}', "at least one"),
        ('{"job_type": "sayd", "items": []}', "said"),
        ('{"job_type": "said", "itmes": []}', "itmes"),
        ('{"job_type": "said", "job_type": "said", "items": []}', "twice"),
        ('{"job_type": "said", "priority": NaN}', "NaN"),
        ('{"job_type": "said", "items": [1]} x', "goes on"),
        ('{"job_type": "said", "page_id": "p", "items": [1]}', "page"),
        ("[" * 200_000, "JSON"),
        ('{"job_type": ' + "[" * 200_000, "nested"),
    ],
)
def test_what_is_no_batch_is_refused_in_words(body: str, says: str) -> None:
    assert says in str(refused(body))


def test_too_many_items_and_too_many_bytes() -> None:
    assert "at most 2 items" in str(
        refused({"job_type": "said", "items": [item("a"), item("b"), item("c")]}, most=2)
    )
    spool = Spool("json", 10)
    with pytest.raises(BatchRefused, match="10 bytes"):
        spool.add(b"x" * 11)
    spool.close()


def test_bytes_that_are_no_text_and_halves_of_pairs() -> None:
    with pytest.raises(BatchRefused, match="UTF-8"):
        submitted(b'{"job_type": "said", "items": ["\xff"]}')
    pair = '{"job_type": "said", "items": [{"request_id": "a", "messages": [{"role": "user", "content": "\\ud800"}]}]}'
    assert refused(pair).details["errors"][0]["code"] == "text"


def test_a_large_batch_is_checked_in_bounded_memory() -> None:
    line = json.dumps(item("r%06d", "echo:" + "x" * 500))
    with Spool("ndjson", 1 << 30) as spool:
        for start in range(0, 20_000, 500):
            spool.add(
                "".join(line.replace("%06d", f"{n:06d}") + "\n" for n in range(start, start + 500)).encode()
            )
        tracemalloc.start()
        found = checked(spool, TYPES, 1_000_000, JobAsked(job_type="said"))
        assert sum(1 for _ in found.items()) == 20_000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 6_000_000 < spool.size
