"""Digests of what pages hold: of answers alone, and of a whole revision record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from oracle_kit.canvas.answers import answer_digest
from oracle_kit.canvas.pieces import block_pieces, plan_piece
from oracle_kit.model import Block, Revision
from oracle_kit.query import canonical_json, digest


def blocks_digest(blocks: Iterable[Block]) -> str:
    """The digest of the answers alone, `sha256:<hex>`: made ids, times and bounds of windows do not count."""
    return digest([answer_digest(block) for block in blocks])


def revision_hash(revision: Revision) -> str:
    """The hash of the whole record, `sha256:<hex>`; `hash` itself does not count."""
    packed = [block_pieces(block).block.digest for block in revision.blocks]
    return record_hash(revision, packed, plan_piece(revision.plan).digest if revision.plan else None)


def record_hash(revision: Revision, blocks: Sequence[bytes], plan: bytes | None) -> str:
    """The hash of a record whose blocks and plan are named by their pieces' digests."""
    record = {
        "id": revision.id,
        "page_id": revision.page_id,
        "number": revision.number,
        "parents": list(revision.parents),
        "kind": revision.kind,
        "blocks": [one.hex() for one in blocks],
        "author": revision.author,
        "message": revision.message,
        "prompt": revision.prompt,
        "plan": plan.hex() if plan else None,
        "mode": revision.mode,
        "at": revision.at.isoformat(),
        "blocks_digest": revision.blocks_digest,
    }
    return "sha256:" + hashlib.sha256(canonical_json(record).encode()).hexdigest()
