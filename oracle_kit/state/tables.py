"""The tables of state that every part writes to: runs, audit, idempotency, routing, templates, approvals."""

from __future__ import annotations

import sqlalchemy as sa

from oracle_kit.state.columns import Counter, Moment

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

runs = sa.Table(
    "workflow_agent_runs",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),  # prompt, chat, batch
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
    sa.Index(None, "requested_by", "started_at"),
    sa.Index(None, "job_id"),
)

audit = sa.Table(
    "oracle_audit",
    metadata,
    sa.Column("entry", Counter, primary_key=True, autoincrement=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Index(None, "who", "entry"),
    sa.Index(None, "subject", "entry"),
)

idempotency = sa.Table(
    "oracle_idempotency",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("payload_hash", sa.Text, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),  # the call that works on it, or did
    sa.Column("held_until", Moment, nullable=False),
    sa.Column("answer", sa.JSON(none_as_null=False)),
    sa.Column("answered_at", Moment),  # empty: still being worked on
    sa.Index(None, "answered_at"),
)

routing = sa.Table(
    "oracle_routing",
    metadata,
    sa.Column("change", Counter, primary_key=True, autoincrement=True),  # the newest is in force
    sa.Column("policy", sa.JSON, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
)

templates = sa.Table(
    "oracle_templates",
    metadata,
    sa.Column("template_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),  # proposed, published, retired, rejected
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("content_digest", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("reviewed_by", sa.Text),
    sa.Column("published_at", Moment),
    sa.Column("retired_by", sa.Text),
    sa.Column("retired_at", Moment),
    sa.Index(None, "status"),
)

approvals = sa.Table(
    "oracle_approvals",
    metadata,
    sa.Column("approval_id", sa.Text, primary_key=True),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column(
        "status", sa.Text, nullable=False
    ),  # pending, approved, applied, rejected, stale, expired, failed
    sa.Column("proposal", sa.JSON, nullable=False),  # the action's arguments
    sa.Column("before", sa.JSON, nullable=False),  # the state it was proposed against
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
    sa.Index(None, "status", "proposed_at"),
    sa.Index(None, "job_id", "request_id"),
)
