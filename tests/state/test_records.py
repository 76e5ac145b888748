"""Runs and the audit: one row each, with what was asked kept as its hash alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from oracle_kit.query import digest
from oracle_kit.state import State
from oracle_kit.state import audit as audit_module
from oracle_kit.state.audit import AuditEntry, audit_trail, record
from oracle_kit.state.columns import utc_now
from oracle_kit.state.runs import REASON_LENGTH, end_run, record_run, start_run
from oracle_kit.state.tables import runs

PAYLOAD = {"prompt": "show what is overdue"}


def the_run(state: State, run_id: str) -> sa.RowMapping:
    with state.read() as connection:
        return connection.execute(sa.select(runs).where(runs.c.run_id == run_id)).mappings().one()


def test_a_run_is_running_until_it_ends(state: State) -> None:
    run_id = start_run(
        state, kind="prompt", requested_by="asha", payload=PAYLOAD, page_id="page_1", provider="ollama"
    )
    row = the_run(state, run_id)
    assert (row["status"], row["kind"], row["requested_by"], row["page_id"]) == (
        "running",
        "prompt",
        "asha",
        "page_1",
    )
    assert row["payload_hash"] == digest(PAYLOAD)
    assert row["ended_at"] is None
    end_run(state, run_id, status="succeeded", mode="codebook_retrieval")
    row = the_run(state, run_id)
    assert (row["status"], row["mode"], row["failure_reason"]) == ("succeeded", "codebook_retrieval", None)
    assert row["ended_at"] >= row["started_at"]


def test_a_run_ends_once(state: State) -> None:
    run_id = start_run(state, kind="chat", requested_by="asha", payload=PAYLOAD)
    end_run(state, run_id, status="failed", failure_reason="x" * 9_000)
    assert the_run(state, run_id)["failure_reason"] == "x" * REASON_LENGTH
    for unknown in (run_id, "run_none"):
        with pytest.raises(LookupError, match="is running"):
            end_run(state, unknown, status="succeeded")
    assert the_run(state, run_id)["status"] == "failed"


def test_a_run_and_its_audit_are_one_write(state: State) -> None:
    entries = [AuditEntry(who="asha", action="fetch", subject=f"crm.{name}") for name in ("leads", "visits")]
    asked: dict[str, Any] = {
        "kind": "prompt",
        "requested_by": "asha",
        "payload": PAYLOAD,
        "started_at": utc_now(),
    }
    run_id = record_run(state, run_id="run_1", status="succeeded", audit=entries, **asked)
    assert run_id == "run_1"
    assert the_run(state, run_id)["status"] == "succeeded"
    assert [entry.subject for entry in audit_trail(state)] == ["crm.visits", "crm.leads"]
    with pytest.raises(sa.exc.IntegrityError):
        record_run(state, run_id="run_1", status="failed", audit=entries, **asked)
    assert len(audit_trail(state)) == 2


@pytest.mark.parametrize("status", ["running", "done", ""])
def test_a_run_ends_in_a_known_way(state: State, status: str) -> None:
    with pytest.raises(ValueError, match="a run ends as one of succeeded, failed, cancelled"):
        record_run(
            state, kind="prompt", requested_by="asha", payload=PAYLOAD, status=status, started_at=utc_now()
        )


def test_what_was_asked_is_not_kept(state: State) -> None:
    run_id = start_run(state, kind="prompt", requested_by="asha", payload={"prompt": "hunter2"})
    assert "hunter2" not in str(dict(the_run(state, run_id)))


def test_the_audit_is_read_newest_first_by_page_person_and_subject(state: State) -> None:
    before = utc_now()
    record(
        state,
        [AuditEntry(who="asha", action="fetch", subject="crm.leads", detail={"rows": n}) for n in range(5)],
    )
    record(state, [AuditEntry(who="ravi", action="share", subject="page_1")])
    record(state, [])
    newest = audit_trail(state, limit=3)
    assert [(entry.who, entry.detail) for entry in newest] == [
        ("ravi", {}),
        ("asha", {"rows": 4}),
        ("asha", {"rows": 3}),
    ]
    older = audit_trail(state, before=newest[-1].entry)
    assert [entry.detail["rows"] for entry in older] == [2, 1, 0]
    assert [entry.subject for entry in audit_trail(state, who="ravi")] == ["page_1"]
    assert len(audit_trail(state, subject="crm.leads")) == 5
    assert audit_trail(state, who="nobody") == ()
    assert before - timedelta(seconds=1) <= newest[0].at <= utc_now()


def test_nothing_in_the_audit_changes_what_is_there() -> None:
    """There is no way in the module to change or remove an entry."""
    source = audit_module.__spec__.loader.get_source(audit_module.__name__)  # type: ignore[union-attr]
    assert "sa.update" not in source
    assert "sa.delete" not in source
