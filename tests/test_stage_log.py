"""Lines of the log: a line per stage, in JSON or as text, and nothing a person typed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from oracle_kit.stage_log import PROMPTS, REQUEST, SOURCES, stage_lines, write_lines


@pytest.fixture(autouse=True)
def loggers() -> Iterator[None]:
    """The loggers as they were, afterwards."""
    kept = {name: (logging.getLogger(name).handlers, logging.getLogger(name).level) for name in SOURCES}
    yield
    for name, (handlers, level) in kept.items():
        logging.getLogger(name).handlers, logging.getLogger(name).propagate = handlers, True
        logging.getLogger(name).setLevel(level)


WHAT = {
    "ms": 1.5,
    "rows": 3,
    "steps": ["Calls: Sunil Rao"],
    "not_understood": ["98300 12345"],
    "mode": "codebook_retrieval",
}


def test_a_line_is_json_with_the_request_it_belongs_to(capsys: pytest.CaptureFixture[str]) -> None:
    write_lines("json")
    token = REQUEST.set("req_1")
    stage_lines("run_1", "asha", None)("plan", WHAT)
    REQUEST.reset(token)
    told = json.loads(capsys.readouterr().err)
    assert told.pop("at").endswith("+00:00")
    assert told == {
        "level": "info",
        "logger": "oracle_kit.prompts",
        "event": "plan",
        "request_id": "req_1",
        "run_id": "run_1",
        "viewer": "asha",
        "ms": 1.5,
        "rows": 3,
        "mode": "codebook_retrieval",
    }


def test_a_line_is_text_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    write_lines("text")
    stage_lines("run_1", "asha", "page_1")("fetch", WHAT)
    try:
        raise ValueError("odd")
    except ValueError:
        PROMPTS.exception("unexpected")
    said = capsys.readouterr().err
    assert "info    fetch       run_id=run_1 viewer=asha page_id=page_1 ms=1.5 rows=3" in said
    assert "ValueError: odd" in said
    assert "Sunil" not in said


def test_off_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    write_lines("off")
    stage_lines("run_1", "asha", None)("plan", WHAT)
    assert capsys.readouterr().err == ""
