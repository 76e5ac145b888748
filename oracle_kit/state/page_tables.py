"""The tables of pages: their history, who shares them, requests to merge, and the pieces that blocks are kept in."""

from __future__ import annotations

import sqlalchemy as sa

from oracle_kit.state.columns import Moment
from oracle_kit.state.tables import metadata

pages = sa.Table(
    "oracle_pages",
    metadata,
    sa.Column("page_id", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("visibility", sa.Text, nullable=False),  # private, team, everyone
    sa.Column("team", sa.Text),
    sa.Column("head", sa.Text),
    sa.Column("head_number", sa.Integer, nullable=False, server_default="0"),
    sa.Column("forked_page", sa.Text),
    sa.Column("forked_revision", sa.Text),
    sa.Column("archived", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Index(None, "owner", "updated_at"),
    sa.Index(None, "visibility", "team", "updated_at"),
    sa.Index(None, "updated_at"),
)

members = sa.Table(
    "oracle_members",
    metadata,
    sa.Column("page_id", sa.Text, primary_key=True),
    sa.Column("member", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),  # viewer, editor
    sa.Column("position", sa.Integer, nullable=False),  # the order they were named in
    sa.Index(None, "member"),
)

revisions = sa.Table(
    "oracle_revisions",
    metadata,
    sa.Column("page_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("revision_id", sa.Text, nullable=False, unique=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("blocks_digest", sa.Text, nullable=False),
    sa.Column("parent", sa.Text),
    sa.Column("other_parent", sa.Text),  # of a merge
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("prompt", sa.Text),
    sa.Column("mode", sa.Text),
    sa.Column("at", Moment, nullable=False),
    sa.Column("plan", sa.LargeBinary),  # the digest of its piece
    sa.Column("blocks", sa.LargeBinary, nullable=False),  # digests of pieces, 32 bytes each, in page order
)

blocks = sa.Table(
    "oracle_blocks",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),  # SHA-256 of the text
    sa.Column("text", sa.Text),  # a block, the rows of one query, or a plan; empty: purged
)

revision_names = sa.Table(
    "oracle_revision_names",
    metadata,
    sa.Column("page_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("revision_id", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

merge_requests = sa.Table(
    "oracle_merge_requests",
    metadata,
    sa.Column("request_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),  # counts up with each change
    sa.Column("source_page", sa.Text, nullable=False),
    sa.Column("target_page", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("base", sa.Text, nullable=False),  # revisions that the decisions were made from
    sa.Column("source_head", sa.Text, nullable=False),
    sa.Column("target_head", sa.Text, nullable=False),
    sa.Column("decisions", sa.JSON, nullable=False),
    sa.Column("resolutions", sa.JSON, nullable=False),
    sa.Column("merged_revision", sa.Text),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Index(None, "target_page", "updated_at"),
    sa.Index(None, "source_page", "updated_at"),
    sa.Index(None, "author", "updated_at"),
)

reviews = sa.Table(
    "oracle_reviews",
    metadata,
    sa.Column("review_id", sa.Text, primary_key=True),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Column("reviewer", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),  # comment, approve, request_changes, reject, close, merge
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("resolutions", sa.JSON, nullable=False),
    sa.Column("source_head", sa.Text, nullable=False),  # what was reviewed
    sa.Column("target_head", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index(None, "request_id", "review_id"),
)
