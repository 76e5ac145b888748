"""The development set: enough of every kind, and gold that runs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from oracle_kit.evaluate import Case, Gold, load_cases

DEVSET = Path(__file__).parents[2] / "benchmarks" / "devset.jsonl"
ROWS_OF_THE_TABLE = (
    "terms", "sets", "numbers", "time", "grouping", "ranking", "comparison", "shape", "steps", "followup",
)  # fmt: skip
REFUSED = ("unknown_value", "out_of_scope", "write", "injection", "personal_data")


def cases() -> tuple[Case, ...]:
    return load_cases(DEVSET)


def test_there_are_enough_prompts_of_every_kind() -> None:
    counts = Counter(case.category for case in cases())
    assert counts.total() >= 330
    assert {name: counts[name] for name in ROWS_OF_THE_TABLE if counts[name] < 15} == {}
    assert all(counts[name] for name in (*REFUSED, "hinglish", "typos", "roles", "relations", "honesty"))
    assert {case.viewer for case in cases()} >= {"analyst", "advisor", "manager", "operator", "viewer"}


def test_no_prompt_is_asked_twice() -> None:
    asked = Counter((case.prompt.lower(), case.viewer, case.on) for case in cases())
    assert [prompt for prompt, times in asked.items() if times > 1] == []


def test_every_gold_runs(velocity_duckdb: str) -> None:
    gold = Gold(velocity_duckdb)
    for case in cases():
        for step in case.wanted:
            widths = {len(row) for sql in step for row in gold.read(sql)[:1]}
            assert case.compare != "scalar" or widths <= {1}, case.id
