"""Pieces in the state: written once, read back verified, and not packed again while they are in memory."""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import sqlalchemy as sa

from oracle_kit.canvas.pieces import (
    UNREADABLE,
    OpenedBlock,
    Piece,
    block_of,
    block_pieces,
    opened,
    plan_of,
    plan_piece,
)
from oracle_kit.errors import RevisionDamaged
from oracle_kit.model import Block, Plan, Rows
from oracle_kit.query import digest
from oracle_kit.state.page_tables import blocks as table

DIGEST_BYTES = 32
MOST_AT_ONCE = 500  # digests in one statement
T = TypeVar("T")


class _Stored(NamedTuple):
    """A block that is stored: the digest of its piece, and of its answer."""

    piece: bytes
    answer: str


class PackedRevision(NamedTuple):
    """The blocks and plan of a revision, ready to be written."""

    blocks: tuple[bytes, ...]
    blocks_digest: str
    plan: bytes | None
    pieces: Mapping[bytes, str]  # those that may not be stored yet


class PieceStore:
    """Packs revisions into pieces and reads them back.

    Blocks and rows that were read from the state, or written to it, are remembered by identity as long as they live:
    they are frozen values, and an edit of one block packs that block alone.
    """

    def __init__(self) -> None:
        self._blocks: _ByIdentity[_Stored] = _ByIdentity()
        self._rows: _ByIdentity[Piece] = _ByIdentity()

    def packed(self, blocks: Sequence[Block], plan: Plan | None) -> PackedRevision:
        """The blocks and plan as pieces, with the texts of those that are not known to be stored."""
        pieces: dict[bytes, str] = {}
        stored = [self._blocks.get(block) or self._packed(block, pieces) for block in blocks]
        planned = plan_piece(plan) if plan is not None else None
        if planned is not None:
            pieces[planned.digest] = planned.text
        answers = digest([one.answer for one in stored])
        return PackedRevision(
            tuple(one.piece for one in stored), answers, planned.digest if planned else None, pieces
        )

    def remember(self, blocks: Sequence[Block], packed: PackedRevision) -> None:
        """Note that these blocks are stored, after the commit."""
        for block, name in zip(blocks, packed.blocks, strict=True):
            if name in packed.pieces:
                self._note(block, name, opened(packed.pieces[name]))

    def blocks(self, connection: sa.Connection, names: Sequence[bytes], where: str) -> tuple[Block, ...]:
        """The blocks of these pieces; RevisionDamaged where one is missing or not what its digest says."""
        texts = self._texts(connection, names, where)
        try:
            pieces = [opened(texts[name] or "") for name in names]
            rows = self._texts(connection, (one for piece in pieces for one in piece.rows.values()), where)
            blocks = tuple(block_of(piece, rows) for piece in pieces)
        except UNREADABLE as error:
            raise damaged(where, f"a block of it cannot be read ({type(error).__name__})") from error
        for block, name, piece in zip(blocks, names, pieces, strict=True):
            if len(block.results) == len(piece.rows):
                self._note(block, name, piece)
        return blocks

    def plan(self, connection: sa.Connection, name: bytes, where: str) -> Plan:
        """The plan of this piece; RevisionDamaged as for blocks."""
        text = self._texts(connection, [name], where)[name]
        try:
            return plan_of(text or "")
        except UNREADABLE as error:
            raise damaged(where, "its plan cannot be read") from error

    def _packed(self, block: Block, pieces: dict[bytes, str]) -> _Stored:
        known = {id(rows): one for rows in block.results.values() if (one := self._rows.get(rows))}
        made = block_pieces(block, known)
        pieces[made.block.digest] = made.block.text
        pieces |= {one.digest: one.text for one in made.rows if one.text}
        return _Stored(made.block.digest, made.answer)

    def _note(self, block: Block, name: bytes, piece: OpenedBlock) -> None:
        self._blocks.put(block, _Stored(name, piece.answer))
        for query, rows in block.results.items():
            self._rows.put(rows, Piece(piece.rows[query], ""))  # stored: its text is not needed again

    def _texts(
        self, connection: sa.Connection, names: Iterable[bytes], where: str
    ) -> dict[bytes, str | None]:
        """The text of each piece, None for a purged one; RevisionDamaged where one is missing or was changed."""
        wanted = list(dict.fromkeys(names))
        found: dict[bytes, str | None] = {}
        for at in range(0, len(wanted), MOST_AT_ONCE):
            some = table.c.digest.in_(wanted[at : at + MOST_AT_ONCE])
            found |= {bytes(row.digest): row.text for row in connection.execute(sa.select(table).where(some))}
        for name in wanted:
            if name not in found:
                raise damaged(where, "a part of it is missing")
            text = found[name]
            if text is not None and hashlib.sha256(text.encode()).digest() != name:
                raise damaged(where, "a part of it was changed after it was written")
        return found


class _ByIdentity(Generic[T]):
    """Facts about values that live somewhere else; they go when the value goes."""

    def __init__(self) -> None:
        self._entries: dict[int, tuple[weakref.ref[Any], T]] = {}

    def get(self, value: Block | Rows) -> T | None:
        """What is known of this very value."""
        entry = self._entries.get(id(value))
        return entry[1] if entry is not None and entry[0]() is value else None

    def put(self, value: Block | Rows, fact: T) -> None:
        """Note a fact about the value."""
        key = id(value)
        self._entries[key] = (weakref.ref(value, lambda _: self._entries.pop(key, None)), fact)


def split(packed: bytes) -> tuple[bytes, ...]:
    """The digests that a revision's column holds, one behind the other."""
    return tuple(packed[at : at + DIGEST_BYTES] for at in range(0, len(packed), DIGEST_BYTES))


def damaged(where: str, what: str) -> RevisionDamaged:
    """The error for a revision that is not what was written: `where` names revision and page."""
    return RevisionDamaged(
        f"The {where} cannot be shown: {what}.",
        hint="Run `oracle doctor`; the page's other revisions, and other pages, can be used.",
    )
