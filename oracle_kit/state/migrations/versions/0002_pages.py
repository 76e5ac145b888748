"""Pages, members, revisions and their pieces, names of revisions, merge requests and reviews."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from oracle_kit.state.columns import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _pages()
    _members()
    _revisions()
    _blocks()
    _revision_names()
    _merge_requests()
    _reviews()


def downgrade() -> None:
    """Drop them."""
    for table in ("reviews", "merge_requests", "revision_names", "blocks", "revisions", "members", "pages"):
        op.drop_table(f"oracle_{table}")


def _pages() -> None:
    op.create_table(
        "oracle_pages",
        sa.Column("page_id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("visibility", sa.Text, nullable=False),
        sa.Column("team", sa.Text),
        sa.Column("head", sa.Text),
        sa.Column("head_number", sa.Integer, nullable=False, server_default="0"),
        sa.Column("forked_page", sa.Text),
        sa.Column("forked_revision", sa.Text),
        sa.Column("archived", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("updated_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("page_id", name="pk_oracle_pages"),
    )
    _index("oracle_pages", "owner", "updated_at")
    _index("oracle_pages", "visibility", "team", "updated_at")
    _index("oracle_pages", "updated_at")


def _members() -> None:
    op.create_table(
        "oracle_members",
        sa.Column("page_id", sa.Text, nullable=False),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("page_id", "member", name="pk_oracle_members"),
    )
    _index("oracle_members", "member")


def _revisions() -> None:
    op.create_table(
        "oracle_revisions",
        sa.Column("page_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("revision_id", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("blocks_digest", sa.Text, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("other_parent", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("prompt", sa.Text),
        sa.Column("mode", sa.Text),
        sa.Column("at", Moment, nullable=False),
        sa.Column("plan", sa.LargeBinary),
        sa.Column("blocks", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("page_id", "number", name="pk_oracle_revisions"),
        sa.UniqueConstraint("revision_id", name="uq_oracle_revisions_revision_id"),
    )


def _blocks() -> None:
    op.create_table(
        "oracle_blocks",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("text", sa.Text),
        sa.PrimaryKeyConstraint("digest", name="pk_oracle_blocks"),
    )


def _revision_names() -> None:
    op.create_table(
        "oracle_revision_names",
        sa.Column("page_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("revision_id", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("page_id", "name", name="pk_oracle_revision_names"),
    )


def _merge_requests() -> None:
    op.create_table(
        "oracle_merge_requests",
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("source_page", sa.Text, nullable=False),
        sa.Column("target_page", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("source_head", sa.Text, nullable=False),
        sa.Column("target_head", sa.Text, nullable=False),
        sa.Column("decisions", sa.JSON, nullable=False),
        sa.Column("resolutions", sa.JSON, nullable=False),
        sa.Column("merged_revision", sa.Text),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("updated_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_oracle_merge_requests"),
    )
    for column in ("target_page", "source_page", "author"):
        _index("oracle_merge_requests", column, "updated_at")


def _reviews() -> None:
    op.create_table(
        "oracle_reviews",
        sa.Column("review_id", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("resolutions", sa.JSON, nullable=False),
        sa.Column("source_head", sa.Text, nullable=False),
        sa.Column("target_head", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("review_id", name="pk_oracle_reviews"),
    )
    _index("oracle_reviews", "request_id", "review_id")


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
