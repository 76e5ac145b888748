"""Approved writes: done once, by somebody else, if the row is still as it was; and nothing else ever."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from oracle_kit import Conflict, NotFound, NotPermitted, Oracle, Settings, open_oracle
from oracle_kit.datasets.actions import ActionRefused
from oracle_kit.datasets.writeback import WritebackUnavailable
from oracle_kit.state.audit import audit_trail
from tests.approvals.conftest import Rows

Sql = Callable[..., Rows]


def proposed(oracle: Oracle, reminder: int, outcome: str = "connected", role: str = "analyst") -> str:
    arguments = {"reminder_id": reminder, "outcome": outcome}
    return oracle.approvals.propose(
        "intel.reminders.complete", arguments, viewer=oracle.viewer(role)
    ).approval_id


def state_of(sql: Sql, reminder: int) -> tuple[Any, ...]:
    return sql(
        "SELECT completed_at IS NOT NULL, outcome FROM intel_reminders WHERE reminder_id = %s", reminder
    )[0]


def test_a_proposal_says_what_is_and_what_would_be(oracle: Oracle, sql: Sql, open_reminder: int) -> None:
    approval = oracle.approvals.read(proposed(oracle, open_reminder), viewer=oracle.viewer("reviewer"))
    assert approval.status == "pending"
    assert (approval.before["reminder_id"], approval.before["completed_at"]) == (open_reminder, None)
    row = {"reminder_id": open_reminder, "completed_at": "when it is approved", "outcome": "connected"}
    assert approval.after == [{"update": "intel_reminders", "row": row}]
    assert state_of(sql, open_reminder) == (False, None)


def test_an_approved_write_is_done_once_and_written_down(
    oracle: Oracle, sql: Sql, open_reminder: int
) -> None:
    approval_id = proposed(oracle, open_reminder)
    done = oracle.approvals.review(approval_id, "approve", viewer=oracle.viewer("reviewer"), comment="yes")
    assert (done.status, done.reviewed_by, done.comment) == ("applied", "reviewer", "yes")
    assert state_of(sql, open_reminder) == (True, "connected")
    assert sql("SELECT action FROM oracle_applied WHERE approval_id = %s", approval_id) == [
        ("intel.reminders.complete",)
    ]
    with pytest.raises(Conflict):
        oracle.approvals.review(approval_id, "approve", viewer=oracle.viewer("admin"))
    trail = audit_trail(oracle._parts.state, subject=approval_id)
    assert [one.action for one in trail][::-1] == [
        "approval.propose",
        "approval.approved",
        "approval.applied",
    ]


def test_a_stage_change_writes_its_history(oracle: Oracle, sql: Sql) -> None:
    advisor = oracle.viewer("advisor")
    lead, stage = sql(
        "SELECT lead_id, stage FROM crm_leads WHERE owner_id = %s AND stage NOT IN ('booked', 'lost')"
        " ORDER BY 1 LIMIT 1",
        advisor.attributes["user_id"],
    )[0]
    target = "negotiation" if stage != "negotiation" else "qualified"
    approval = oracle.approvals.propose(
        "crm.leads.change_stage", {"lead_id": lead, "stage": target}, viewer=advisor
    )
    assert (
        oracle.approvals.review(approval.approval_id, "approve", viewer=oracle.viewer("admin")).status
        == "applied"
    )
    newest = "SELECT lead_id, from_stage, to_stage, changed_by FROM crm_stage_history ORDER BY history_id DESC LIMIT 1"
    assert sql(newest) == [(lead, stage, target, advisor.attributes["user_id"])]
    assert sql("SELECT stage FROM crm_leads WHERE lead_id = %s", lead) == [(target,)]


def test_a_reminder_is_created_for_the_lead_s_owner(oracle: Oracle, sql: Sql) -> None:
    lead, owner = sql("SELECT lead_id, owner_id FROM crm_leads WHERE stage = 'qualified' ORDER BY 1 LIMIT 1")[
        0
    ]
    arguments = {"lead_id": lead, "kind": "visit", "priority": "high", "due_at": "2026-05-01T09:00:00"}
    approval = oracle.approvals.propose(
        "crm.leads.create_reminder", arguments, viewer=oracle.viewer("analyst")
    )
    before = sql("SELECT max(reminder_id) FROM intel_reminders")[0][0]
    oracle.approvals.review(approval.approval_id, "approve", viewer=oracle.viewer("reviewer"))
    made = sql(
        "SELECT lead_id, owner_id, kind, priority, completed_at FROM intel_reminders WHERE reminder_id > %s",
        before,
    )
    assert made == [(lead, owner, "visit", "high", None)]


def test_a_row_that_changed_makes_the_approval_stale(oracle: Oracle, sql: Sql, open_reminder: int) -> None:
    approval_id = proposed(oracle, open_reminder)
    sql("UPDATE intel_reminders SET due_at = due_at + interval '1 day' WHERE reminder_id = %s", open_reminder)
    done = oracle.approvals.review(approval_id, "approve", viewer=oracle.viewer("reviewer"))
    assert done.status == "stale"
    assert "changed" in (done.failure_reason or "")
    assert state_of(sql, open_reminder) == (False, None)
    assert sql("SELECT count(*) FROM oracle_applied WHERE approval_id = %s", approval_id) == [(0,)]


def test_what_must_hold_must_still_hold(oracle: Oracle, sql: Sql, open_reminder: int) -> None:
    first, second = proposed(oracle, open_reminder), proposed(oracle, open_reminder, "no_answer")
    reviewer = oracle.viewer("reviewer")
    assert oracle.approvals.review(first, "approve", viewer=reviewer).status == "applied"
    assert oracle.approvals.review(second, "approve", viewer=reviewer).status == "stale"
    assert state_of(sql, open_reminder) == (True, "connected")


def test_a_lead_that_its_proposer_no_longer_sees(oracle: Oracle, sql: Sql) -> None:
    advisor = oracle.viewer("advisor")
    own = advisor.attributes["user_id"]
    reminder = sql(
        "SELECT min(reminder_id) FROM intel_reminders WHERE completed_at IS NULL AND owner_id = %s", own
    )[0][0]
    approval_id = proposed(oracle, reminder, role="advisor")
    sql("UPDATE intel_reminders SET owner_id = owner_id + 1 WHERE reminder_id = %s", reminder)
    assert oracle.approvals.review(approval_id, "approve", viewer=oracle.viewer("reviewer")).status == "stale"


def test_the_proposer_cannot_decide_and_neither_can_others(
    oracle: Oracle, sql: Sql, open_reminder: int
) -> None:
    both = oracle.viewer("analyst").model_copy(update={"roles": ("analyst", "reviewer")})
    arguments = {"reminder_id": open_reminder, "outcome": "connected"}
    approval = oracle.approvals.propose("intel.reminders.complete", arguments, viewer=both)
    with pytest.raises(NotPermitted):
        oracle.approvals.review(approval.approval_id, "approve", viewer=both)
    with pytest.raises(NotFound):
        oracle.approvals.review(approval.approval_id, "approve", viewer=oracle.viewer("manager"))
    with pytest.raises(NotFound):
        oracle.approvals.read(approval.approval_id, viewer=oracle.viewer("operator"))
    assert oracle.approvals.list(viewer=oracle.viewer("manager"))[0] == ()
    assert state_of(sql, open_reminder) == (False, None)


def test_a_rejected_one_is_never_done(oracle: Oracle, sql: Sql, open_reminder: int) -> None:
    approval_id = proposed(oracle, open_reminder)
    assert (
        oracle.approvals.review(approval_id, "reject", viewer=oracle.viewer("reviewer")).status == "rejected"
    )
    with pytest.raises(Conflict):
        oracle.approvals.review(approval_id, "approve", viewer=oracle.viewer("reviewer"))
    assert state_of(sql, open_reminder) == (False, None)


ATTACKS: list[tuple[str, dict[str, Any]]] = [
    ("crm_users.delete", {}),
    ("intel.reminders.complete; DROP TABLE crm_leads", {"reminder_id": 1, "outcome": "connected"}),
    ("intel.reminders.complete", {"reminder_id": "1 OR 1=1", "outcome": "connected"}),
    ("intel.reminders.complete", {"reminder_id": 10**12, "outcome": "connected"}),
    ("intel.reminders.complete", {"reminder_id": 1, "outcome": "x'); DROP TABLE crm_leads; --"}),
    ("intel.reminders.complete", {"reminder_id": 1, "outcome": "connected", "table": "crm_users"}),
    ("intel.reminders.complete", {"reminder_id": [1, 2], "outcome": "connected"}),
    ("intel.reminders.complete", {"reminder_id": True, "outcome": "connected"}),
    ("intel.reminders.complete", {"outcome": "connected"}),
    ("crm.leads.create_reminder", {"lead_id": 1, "kind": "visit", "priority": "high", "due_at": "soon"}),
]


@pytest.mark.parametrize(("action", "arguments"), ATTACKS)
def test_what_is_not_declared_is_refused(oracle: Oracle, action: str, arguments: dict[str, Any]) -> None:
    before = oracle.approvals.list(viewer=oracle.viewer("reviewer"))[0]
    with pytest.raises(ActionRefused):
        oracle.approvals.propose(action, arguments, viewer=oracle.viewer("analyst"))
    assert oracle.approvals.list(viewer=oracle.viewer("reviewer"))[0] == before


def test_a_row_of_somebody_else_is_as_if_it_were_not_there(oracle: Oracle, sql: Sql) -> None:
    advisor = oracle.viewer("advisor")
    other = sql(
        "SELECT min(reminder_id) FROM intel_reminders WHERE completed_at IS NULL AND owner_id <> %s",
        advisor.attributes["user_id"],
    )[0][0]
    messages = []
    for reminder in (other, 10**12):
        with pytest.raises(ActionRefused) as caught:
            proposed(oracle, reminder, role="advisor")
        messages.append(caught.value.message.replace(str(reminder), "N"))
    assert messages[0] == messages[1]
    with pytest.raises(NotPermitted):
        proposed(oracle, other, role="operator")
    with pytest.raises(NotPermitted):
        oracle.approvals.propose(
            "crm.leads.change_stage", {"lead_id": 1, "stage": "qualified"}, viewer=oracle.viewer("analyst")
        )


def test_many_reviewers_at_once_do_it_once(oracle: Oracle, sql: Sql) -> None:
    lead = sql("SELECT min(lead_id) FROM crm_leads WHERE stage = 'qualified'")[0][0]
    arguments = {"lead_id": lead, "kind": "visit", "priority": "high", "due_at": "2026-05-01T09:00:00"}
    approval = oracle.approvals.propose(
        "crm.leads.create_reminder", arguments, viewer=oracle.viewer("analyst")
    )
    before = sql("SELECT count(*) FROM intel_reminders")[0][0]

    def approve() -> None:
        oracle.approvals.review_many([approval.approval_id], "approve", viewer=oracle.viewer("reviewer"))

    threads = [threading.Thread(target=approve) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sql("SELECT count(*) FROM intel_reminders")[0][0] == before + 1
    assert oracle.approvals.read(approval.approval_id, viewer=oracle.viewer("reviewer")).status == "applied"


def test_several_are_decided_each_by_itself(oracle: Oracle, sql: Sql) -> None:
    reminders = [
        row[0]
        for row in sql(
            "SELECT reminder_id FROM intel_reminders WHERE completed_at IS NULL ORDER BY 1 LIMIT 3"
        )
    ]
    ids = [proposed(oracle, one) for one in reminders]
    sql("UPDATE intel_reminders SET completed_at = due_at WHERE reminder_id = %s", reminders[1])
    found = oracle.approvals.review_many([*ids, "apr_0"], "approve", viewer=oracle.viewer("reviewer"))
    assert [one.approval.status if one.approval else one.code for one in found] == [
        "applied",
        "stale",
        "applied",
        "not_found",
    ]


DIE = """
import os, sys
from oracle_kit import open_oracle
from oracle_kit.approvals.store import ApprovalStore
oracle = open_oracle()
moved = ApprovalStore.move
def dies(self, approval_id, to, **also):
    if to == sys.argv[2]:
        os.kill(os.getpid(), 9)
    return moved(self, approval_id, to, **also)
def moves_and_dies(self, approval_id, to, **also):
    moved(self, approval_id, to, **also)
    if to == "approved" and sys.argv[2] == "after":
        os.kill(os.getpid(), 9)
ApprovalStore.move = moves_and_dies if sys.argv[2] == "after" else dies
oracle.approvals.review(sys.argv[1], "approve", viewer=oracle.viewer("reviewer"))
"""


@pytest.mark.parametrize("where", ["after", "applied"])
def test_a_kill_between_write_and_mark_is_finished_at_the_next_start(
    settings: Settings, sql: Sql, where: str
) -> None:
    """`after`: killed once it was approved, with nothing written; `applied`: killed once it was written, unmarked."""
    first = open_oracle(settings)
    lead = sql("SELECT min(lead_id) FROM crm_leads WHERE stage = 'qualified'")[0][0]
    arguments = {"lead_id": lead, "kind": "visit", "priority": "high", "due_at": "2026-05-01T09:00:00"}
    approval = first.approvals.propose("crm.leads.create_reminder", arguments, viewer=first.viewer("analyst"))
    first.close()
    before = sql("SELECT count(*) FROM intel_reminders")[0][0]
    assert settings.writeback_url is not None
    environment = {
        "ORACLE_WAREHOUSE_URL": str(settings.warehouse_url),
        "ORACLE_WRITEBACK_URL": settings.writeback_url.get_secret_value(),
        "ORACLE_HOME": str(settings.home),
        "PATH": "/usr/bin:/bin",
    }
    died = subprocess.run(
        [sys.executable, "-c", DIE, approval.approval_id, where], env=environment, check=False
    )
    assert died.returncode == -9
    assert sql("SELECT count(*) FROM intel_reminders")[0][0] == before + (where == "applied")
    second = open_oracle(settings)
    assert second.approvals.read(approval.approval_id, viewer=second.viewer("reviewer")).status == "applied"
    second.close()
    assert sql("SELECT count(*) FROM intel_reminders")[0][0] == before + 1


def test_while_the_target_is_away_it_waits(settings: Settings, sql: Sql, open_reminder: int) -> None:
    away = settings.model_copy(update={"writeback_url": _secret("postgresql://nobody@127.0.0.1:1/none")})
    oracle = open_oracle(away)
    approval_id = proposed(oracle, open_reminder)
    with pytest.raises(WritebackUnavailable):
        oracle.approvals.review(approval_id, "approve", viewer=oracle.viewer("reviewer"))
    assert oracle.approvals.read(approval_id, viewer=oracle.viewer("reviewer")).status == "approved"
    oracle.close()
    back = open_oracle(settings)
    assert back.approvals.read(approval_id, viewer=back.viewer("reviewer")).status == "applied"
    back.close()


@pytest.mark.parametrize("setting", [None, "duckdb"])
def test_where_nothing_is_carried_out_approval_says_so_and_changes_nothing(
    settings: Settings, velocity_duckdb: str, setting: str | None, open_reminder: int
) -> None:
    changes: dict[str, Any] = (
        {"writeback_url": None} if setting is None else {"warehouse_url": velocity_duckdb}
    )
    oracle = open_oracle(settings.model_copy(update=changes))
    if setting is not None:
        page = oracle.ask("list open reminders", viewer=oracle.viewer("analyst"))
        open_reminder = next(int(row[0]) for row in page.blocks[0].rows)  # type: ignore[arg-type]  # an id
    approval_id = proposed(oracle, open_reminder)
    with pytest.raises(WritebackUnavailable):
        oracle.approvals.review(approval_id, "approve", viewer=oracle.viewer("reviewer"))
    assert oracle.approvals.read(approval_id, viewer=oracle.viewer("reviewer")).status == "pending"
    oracle.close()


def _secret(text: str) -> Any:
    from pydantic import SecretStr

    return SecretStr(text)
