"""The three prompts of the demo, every number of the answering block against SQL written by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from oracle_kit import Oracle
from oracle_kit.model import Answer, Block
from tests.oracle.conftest import Rows

Sql = Callable[[str], Rows]
NOW = "timestamp '2026-04-19 09:00:00'"


def ask(oracle: Oracle, prompt: str) -> Answer:
    answer = oracle.ask(prompt, viewer=oracle.viewer("analyst"))
    assert answer.mode == "codebook_retrieval"
    assert not answer.not_understood
    assert not answer.refusals
    return answer


def picked(block: Block, *names: str) -> Rows:
    """Some columns of the block's rows, decimals as numbers."""
    rows = block.results["main"]
    places = [rows.index(name) for name in names]
    kinds = [rows.columns[place].type for place in places]
    return [
        tuple(_number(row[place], kind) for place, kind in zip(places, kinds, strict=True))
        for row in rows.rows
    ]


def _number(value: Any, kind: str) -> Any:
    return Decimal(value) if kind == "decimal" and value is not None else value


def test_overdue_high_qd_follow_ups(oracle: Oracle, sql: Sql) -> None:
    answer = ask(oracle, "Show overdue high-QD follow-ups.")
    expected = sql(
        f"""select r.reminder_id, q.qd_score from intel_reminders r join intel_qd_scores q using (lead_id)
        where r.kind = 'follow_up' and r.completed_at is null and r.due_at < {NOW} and q.qd_score >= 70"""
    )
    block = answer.blocks[0]
    found = picked(block, "reminder_id", "qd_score")
    assert expected
    assert set(found) <= set(expected)
    main = block.results["main"]
    assert (main.total_count or len(found)) == len(expected)
    assert len(found) == min(50, len(expected))


def test_pipeline_of_high_intent_nri_buyers(oracle: Oracle, sql: Sql) -> None:
    answer = ask(oracle, "Build a CRM pipeline view for high-intent NRI buyers.")
    block = answer.blocks[0]
    assert block.kind == "pipeline_board"
    expected = {
        stage: (count, value)
        for stage, count, value in sql(
            """select o.stage, count(*), sum(o.amount_inr) from crm_opportunities o
            join crm_leads l using (lead_id) join crm_people p using (person_id)
            where o.stage not in ('won', 'lost') and p.residency = 'nri' and l.intent_score >= 70
            group by o.stage"""
        )
    }
    stages = [column.name for column in block.columns if "stage" in column.name]
    counts = [column.name for column in block.columns if column.role == "measure" and column.unit is None]
    values = [column.name for column in block.columns if column.unit == "INR"]
    found = {stage: (count, value) for stage, count, value in picked(block, stages[0], counts[0], values[0])}
    assert {stage: pair for stage, pair in found.items() if pair[0]} == expected


def test_kolkata_luxury_inventory_compared(oracle: Oracle, sql: Sql) -> None:
    answer = ask(oracle, "Build a Kolkata luxury inventory comparison block.")
    block = answer.blocks[0]
    assert block.kind == "comparison"
    expected = sql(
        """select p.name, count(*), sum(case when u.status = 'available' then 1 else 0 end)
        from inventory_units u join inventory_projects p using (project_id)
        where p.city = 'Kolkata' and p.segment = 'luxury' group by p.name"""
    )
    names = {name: count for name, count, _ in expected}
    main = block.results["main"]
    project = next(column.name for column in main.columns if column.role == "dimension")
    count = next(column.name for column in main.columns if "unit" in column.name and column.role == "measure")
    found = dict(picked(block, project, count))
    assert found
    assert all(names[name] == number for name, number in found.items())
    assert len(found) == min(6, len(names))
