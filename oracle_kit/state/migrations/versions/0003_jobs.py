"""Batches: jobs, items, results, workers, lanes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from oracle_kit.state.columns import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _jobs()
    _items()
    _results()
    _workers()


def downgrade() -> None:
    """Drop them."""
    for table in ("lanes", "workers", "job_results", "job_items", "jobs"):
        op.drop_table(f"runtime_llm_{table}")


def _jobs() -> None:
    op.create_table(
        "runtime_llm_jobs",
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("job_type", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("provider_asked", sa.Text),
        sa.Column("model_asked", sa.Text),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("viewer", sa.JSON, nullable=False),
        sa.Column("item_count", sa.Integer, nullable=False),
        sa.Column("payload_hash", sa.Text, nullable=False),
        sa.Column("content_digest", sa.Text, nullable=False),
        sa.Column("clock", Moment, nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("submitted_by", sa.Text, nullable=False),
        sa.Column("submitted_at", Moment, nullable=False),
        sa.Column("deadline_at", Moment),
        sa.Column("started_at", Moment),
        sa.Column("ended_at", Moment),
        sa.Column("expired_at", Moment),
        sa.Column("failure_reason", sa.Text),
        sa.PrimaryKeyConstraint("job_id", name="pk_runtime_llm_jobs"),
    )
    _index("runtime_llm_jobs", "status", "priority")
    _index("runtime_llm_jobs", "submitted_by", "job_id")


def _items() -> None:
    op.create_table(
        "runtime_llm_job_items",
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("payload", sa.JSON),
        sa.Column("payload_hash", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("crashes", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease", sa.Text),
        sa.Column("not_before", Moment),
        sa.Column("started_at", Moment),
        sa.Column("ended_at", Moment),
        sa.Column("ended_in", sa.BigInteger),
        sa.Column("ended_order", sa.Integer),
        sa.Column("provider", sa.Text),
        sa.Column("model", sa.Text),
        sa.Column("content_digest", sa.Text),
        sa.Column("failure_class", sa.Text),
        sa.Column("failure_reason", sa.Text),
        sa.PrimaryKeyConstraint("job_id", "request_id", name="pk_runtime_llm_job_items"),
    )
    _index("runtime_llm_job_items", "job_id", "status", "position")
    _index("runtime_llm_job_items", "job_id", "ended_in", "ended_order")


def _results() -> None:
    op.create_table(
        "runtime_llm_job_results",
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("reply", sa.Text),
        sa.Column("parsed", sa.JSON),
        sa.Column("usage", sa.JSON, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("latency_ms", sa.Float, nullable=False),
        sa.Column("finished_at", Moment, nullable=False),
        sa.Column("reuse_key", sa.Text),
        sa.PrimaryKeyConstraint("job_id", "request_id", name="pk_runtime_llm_job_results"),
    )
    _index("runtime_llm_job_results", "reuse_key")


def _workers() -> None:
    op.create_table(
        "runtime_llm_workers",
        sa.Column("worker_id", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("beat", sa.BigInteger, nullable=False),
        sa.Column("started_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("worker_id", name="pk_runtime_llm_workers"),
    )
    op.create_table(
        "runtime_llm_lanes",
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("turn", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("lane", name="pk_runtime_llm_lanes"),
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
