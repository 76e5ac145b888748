"""The pieces that revisions are kept in: a block without its rows, the rows of one query, a plan.

A piece is named by the SHA-256 of its text, so that revisions share what does not change, and a piece that
was tampered with shows when it is read. The block's piece names the pieces of its rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import from_json

from oracle_kit.canvas.answers import answer_digest, cells_of
from oracle_kit.model import Block, Plan, Rows


class Piece(NamedTuple):
    """A text and the SHA-256 that names it (32 bytes)."""

    digest: bytes
    text: str


class BlockPieces(NamedTuple):
    """A block as it is kept: its own piece, that of each query's rows, and the digest of its answer."""

    block: Piece
    rows: tuple[Piece, ...]
    answer: str


class OpenedBlock(NamedTuple):
    """A block's piece as it was read: its fields, the digest of each query's rows, that of its answer."""

    block: dict[str, Any]
    rows: dict[str, bytes]
    answer: str


def piece(text: str) -> Piece:
    """The text as a piece."""
    return Piece(hashlib.sha256(text.encode()).digest(), text)


def block_pieces(block: Block, known: Mapping[int, Piece] | None = None) -> BlockPieces:
    """The pieces of a block; `known` has those of rows already packed, by the identity of the rows."""
    cells = {name: cells_of(rows) for name, rows in block.results.items()}
    packed = {
        name: (known or {}).get(id(rows)) or rows_piece(rows, cells[name])
        for name, rows in block.results.items()
    }
    named = json.dumps({name: one.digest.hex() for name, one in packed.items()})
    content, answer = block.model_dump_json(exclude={"results"}), answer_digest(block, cells)
    text = f'{{"block":{content},"rows":{named},"answer":"{answer}"}}'
    return BlockPieces(piece(text), tuple(packed.values()), answer)


def rows_piece(rows: Rows, cells: bytes) -> Piece:
    """The piece of one query's rows, whose values are these cells."""
    fields = rows.model_dump_json(exclude={"rows"})
    return piece(f'{fields[:-1]},"rows":{cells.decode()}}}')


def plan_piece(plan: Plan) -> Piece:
    """The piece of a plan."""
    return piece(plan.model_dump_json())


def opened(text: str) -> OpenedBlock:
    """A block's piece, read so far; ValueError, KeyError or TypeError when it is none."""
    stored = from_json(text)
    rows = {name: bytes.fromhex(digest) for name, digest in stored["rows"].items()}
    return OpenedBlock(stored["block"], rows, stored["answer"])


def block_of(piece: OpenedBlock, rows: Mapping[bytes, str | None]) -> Block:
    """The block of a piece and its rows; ValueError when they are none.

    Rows whose text is gone were purged: the block comes without them, withheld.
    """
    texts = {name: rows[digest] for name, digest in piece.rows.items()}
    results = {name: Rows.model_validate_json(text) for name, text in texts.items() if text is not None}
    purged = {"withheld": "The rows of this block were purged."} if len(results) < len(texts) else {}
    return Block.model_validate({**piece.block, "results": results, **purged})


def plan_of(text: str) -> Plan:
    """The plan of a piece; ValueError when it is none."""
    return Plan.model_validate_json(text)


UNREADABLE = (ValidationError, ValueError, KeyError, TypeError)  # what a text that is no piece raises
