"""Runs, audit, idempotency, routing, templates, approvals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from oracle_kit.state.columns import Counter, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _runs()
    _audit()
    _idempotency()
    _routing()
    _templates()
    _approvals()


def downgrade() -> None:
    """Drop them."""
    for table in ("approvals", "templates", "routing", "idempotency", "audit"):
        op.drop_table(f"oracle_{table}")
    op.drop_table("workflow_agent_runs")


def _runs() -> None:
    op.create_table(
        "workflow_agent_runs",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("mode", sa.Text),
        sa.Column("provider", sa.Text),
        sa.Column("model", sa.Text),
        sa.Column("payload_hash", sa.Text, nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("page_id", sa.Text),
        sa.Column("job_id", sa.Text),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("failure_reason", sa.Text),
        sa.PrimaryKeyConstraint("run_id", name="pk_workflow_agent_runs"),
    )
    _index("workflow_agent_runs", "requested_by", "started_at")
    _index("workflow_agent_runs", "job_id")


def _audit() -> None:
    op.create_table(
        "oracle_audit",
        sa.Column("entry", Counter, autoincrement=True, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_oracle_audit"),
    )
    _index("oracle_audit", "who", "entry")
    _index("oracle_audit", "subject", "entry")


def _idempotency() -> None:
    op.create_table(
        "oracle_idempotency",
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("payload_hash", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("held_until", Moment, nullable=False),
        sa.Column("answer", sa.JSON),
        sa.Column("answered_at", Moment),
        sa.PrimaryKeyConstraint("owner", "key", name="pk_oracle_idempotency"),
    )
    _index("oracle_idempotency", "answered_at")


def _routing() -> None:
    op.create_table(
        "oracle_routing",
        sa.Column("change", Counter, autoincrement=True, nullable=False),
        sa.Column("policy", sa.JSON, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.Column("message", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("change", name="pk_oracle_routing"),
    )


def _templates() -> None:
    op.create_table(
        "oracle_templates",
        sa.Column("template_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("content_digest", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("reviewed_by", sa.Text),
        sa.Column("published_at", Moment),
        sa.Column("retired_by", sa.Text),
        sa.Column("retired_at", Moment),
        sa.PrimaryKeyConstraint("template_id", "version", name="pk_oracle_templates"),
    )
    _index("oracle_templates", "status")


def _approvals() -> None:
    op.create_table(
        "oracle_approvals",
        sa.Column("approval_id", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("proposal", sa.JSON, nullable=False),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("after", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("payload_hash", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.Text, nullable=False),
        sa.Column("proposed_at", Moment, nullable=False),
        sa.Column("expires_at", Moment),
        sa.Column("page_id", sa.Text),
        sa.Column("job_id", sa.Text),
        sa.Column("request_id", sa.Text),
        sa.Column("reviewed_by", sa.Text),
        sa.Column("reviewed_at", Moment),
        sa.Column("comment", sa.Text, nullable=False, server_default=""),
        sa.Column("applied_at", Moment),
        sa.Column("failure_reason", sa.Text),
        sa.PrimaryKeyConstraint("approval_id", name="pk_oracle_approvals"),
    )
    _index("oracle_approvals", "status", "proposed_at")
    _index("oracle_approvals", "job_id", "request_id")


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
