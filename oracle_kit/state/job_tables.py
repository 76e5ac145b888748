"""The tables of batches: jobs, their items, results, and the workers that hold items."""

from __future__ import annotations

import sqlalchemy as sa

from oracle_kit.state.columns import Moment
from oracle_kit.state.tables import metadata

jobs = sa.Table(
    "runtime_llm_jobs",
    metadata,
    sa.Column("job_id", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("job_type", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column(
        "provider", sa.Text, nullable=False
    ),  # as routing resolved them at submission; none: none is there
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("provider_asked", sa.Text),
    sa.Column("model_asked", sa.Text),
    sa.Column("settings", sa.JSON, nullable=False),  # what was asked for all items
    sa.Column("viewer", sa.JSON, nullable=False),  # under whose rights its items run
    sa.Column(
        "item_count", sa.Integer, nullable=False
    ),  # as submitted; how they stand is counted from the items
    sa.Column("payload_hash", sa.Text, nullable=False),
    sa.Column("content_digest", sa.Text, nullable=False),
    sa.Column("clock", Moment, nullable=False),  # the warehouse clock that its items are read by
    sa.Column("idempotency_key", sa.Text),
    sa.Column("submitted_by", sa.Text, nullable=False),
    sa.Column("submitted_at", Moment, nullable=False),
    sa.Column("deadline_at", Moment),
    sa.Column("started_at", Moment),
    sa.Column("ended_at", Moment),
    sa.Column("expired_at", Moment),  # when payloads and results were deleted
    sa.Column("failure_reason", sa.Text),
    sa.Index(None, "status", "priority"),
    sa.Index(None, "submitted_by", "job_id"),
)

items = sa.Table(
    "runtime_llm_job_items",
    metadata,
    sa.Column("job_id", sa.Text, primary_key=True),
    sa.Column("request_id", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON(none_as_null=True)),  # empty once it has expired
    sa.Column("payload_hash", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column(
        "crashes", sa.Integer, nullable=False, server_default="0"
    ),  # workers that died while they had it
    sa.Column("lease", sa.Text),  # the worker that has it
    sa.Column("not_before", Moment),
    sa.Column("started_at", Moment),
    sa.Column("ended_at", Moment),
    sa.Column(
        "ended_in", sa.BigInteger
    ),  # the transaction that ended it, in the order in which readers see them
    sa.Column("ended_order", sa.Integer),  # its place within that
    sa.Column("provider", sa.Text),
    sa.Column("model", sa.Text),
    sa.Column("content_digest", sa.Text),
    sa.Column("failure_class", sa.Text),
    sa.Column("failure_reason", sa.Text),
    sa.Index(None, "job_id", "status", "position"),
    sa.Index(None, "job_id", "ended_in", "ended_order"),
)

results = sa.Table(
    "runtime_llm_job_results",
    metadata,
    sa.Column("job_id", sa.Text, primary_key=True),
    sa.Column("request_id", sa.Text, primary_key=True),
    sa.Column("reply", sa.Text),
    sa.Column("parsed", sa.JSON(none_as_null=True)),
    sa.Column("usage", sa.JSON, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("latency_ms", sa.Float, nullable=False),
    sa.Column("finished_at", Moment, nullable=False),
    sa.Column("reuse_key", sa.Text),  # same submitter, provider, model, content and payload
    sa.Index(None, "reuse_key"),
)

workers = sa.Table(
    "runtime_llm_workers",
    metadata,
    sa.Column("worker_id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("beat", sa.BigInteger, nullable=False),  # counts up while it lives: no clock is compared
    sa.Column("started_at", Moment, nullable=False),
)

lanes = sa.Table(
    "runtime_llm_lanes",
    metadata,
    sa.Column(
        "lane", sa.Text, primary_key=True
    ),  # provider and model, whose calls are bounded over all processes
    sa.Column("turn", sa.BigInteger, nullable=False),
)
