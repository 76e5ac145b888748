"""A page while edits are applied to it: one operation after the other, contradictions refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from oracle_kit.canvas.edit_chips import chip_removed, chip_set, condition_label, predicate, regrouped
from oracle_kit.canvas.edit_queries import filtered, spanned
from oracle_kit.canvas.edit_values import (
    AddNote,
    Duplicate,
    Edit,
    EditNote,
    Move,
    OnBlock,
    Pin,
    Remove,
    RemoveChip,
    Resize,
    Restore,
    Retitle,
    SetChip,
    SetFilter,
    SetGroup,
    SetKind,
    SetWindow,
    Unpin,
)
from oracle_kit.canvas.parts import is_note
from oracle_kit.errors import EditRefused, did_you_mean
from oracle_kit.model import Block, Chip, Source
from oracle_kit.query import canonical_json


class PageInWork:
    """The blocks in their order, with what each operation has set so far."""

    def __init__(
        self,
        blocks: Sequence[Block],
        new_id: Callable[[], str],
        earlier: Mapping[str, Sequence[Block]],
        title_of: Callable[[Block], str] | None,
    ) -> None:
        self._order = [block.id for block in blocks]
        self._blocks = {block.id: block for block in blocks}
        self._new_id, self._earlier, self._title_of = new_id, earlier, title_of
        self._set: dict[tuple[str, str], tuple[int, str]] = {}  # what was set, by which operation, to what
        self._removed: dict[str, int] = {}

    def blocks(self) -> tuple[Block, ...]:
        """The blocks as they stand now."""
        return tuple(self._blocks[block] for block in self._order)

    def apply(self, place: int, edit: Edit) -> None:
        """Do one operation; `place` is its number in the request. EditRefused with the reason."""
        if isinstance(edit, AddNote):
            self._insert(_note(edit, self._new_id()), edit.to, len(self._order))
        elif isinstance(edit, Restore):
            self._once(place, edit)
            self._restore(edit)
        else:
            block = self._block(edit.block_id)
            self._once(place, edit)
            if isinstance(edit, Remove):
                self._remove(place, block)
            elif isinstance(edit, Duplicate):
                copy = block.model_copy(update={"id": self._new_id(), "pinned": False})
                self._insert(copy, edit.to, self._order.index(block.id) + 1)
            elif isinstance(edit, Move | Pin):
                self._shift(block, edit)
            else:
                self._blocks[block.id] = self._titled(block, changed(block, edit))

    def _block(self, block_id: str) -> Block:
        found = self._blocks.get(block_id)
        if found is not None:
            return found
        if block_id in self._removed:
            raise EditRefused(f"operation {self._removed[block_id]} removed the block {block_id}.")
        raise EditRefused(
            f"there is no block {block_id!r} on the page.", hint=did_you_mean(block_id, self._order)
        )

    def _once(self, place: int, edit: OnBlock) -> None:
        """Refuse what sets again, to something else, what an earlier operation of the request has set."""
        said = canonical_json(edit)
        for name in _sets(edit):
            before, text = self._set.setdefault((edit.block_id, name), (place, said))
            if text != said:
                raise EditRefused(
                    f"it contradicts operation {before}, which sets the same {name.partition(':')[0]} of the block.",
                    hint="Send the one that is meant.",
                )

    def _insert(self, block: Block, to: int | None, usual: int) -> None:
        at = usual if to is None else to
        if at > len(self._order):
            raise EditRefused(
                f"there is no place {at}: the page has {len(self._order)} blocks, the first at 0."
            )
        self._order.insert(at, block.id)
        self._blocks[block.id] = block

    def _remove(self, place: int, block: Block) -> None:
        if block.pinned:
            raise EditRefused(f"“{block.title}” is pinned.", hint="Unpin it first.")
        self._order.remove(block.id)
        del self._blocks[block.id]
        self._removed[block.id] = place

    def _shift(self, block: Block, edit: Move | Pin) -> None:
        to = edit.to if isinstance(edit, Move) else self._pinned(block.id)
        if to >= len(self._order):
            raise EditRefused(
                f"there is no place {to}: the page has {len(self._order)} blocks, the first at 0."
            )
        self._order.remove(block.id)
        self._order.insert(to, block.id)
        if isinstance(edit, Pin):
            self._blocks[block.id] = block.model_copy(update={"pinned": True})

    def _pinned(self, block_id: str) -> int:
        """The place behind the blocks pinned before."""
        return sum(1 for one in self._order if one != block_id and self._blocks[one].pinned)

    def _restore(self, edit: Restore) -> None:
        if edit.block_id in self._removed:
            raise EditRefused(
                f"it contradicts operation {self._removed[edit.block_id]}, which removes the block."
            )
        if edit.revision_id not in self._earlier:
            raise EditRefused(f"the revision {edit.revision_id!r} is not in the page's history.")
        then = self._earlier[edit.revision_id]
        at = next((at for at, block in enumerate(then) if block.id == edit.block_id), None)
        if at is None:
            known = did_you_mean(edit.block_id, [block.id for block in then])
            raise EditRefused(f"that revision has no block {edit.block_id!r}.", hint=known)
        if edit.block_id in self._blocks:
            self._blocks[edit.block_id] = then[at]
            if edit.to is not None:
                self._shift(then[at], Move(block_id=edit.block_id, to=edit.to))
            return
        before = {block.id for block in then[:at]}
        usual = next((i + 1 for i in reversed(range(len(self._order))) if self._order[i] in before), 0)
        self._insert(then[at], edit.to, usual)

    def _titled(self, before: Block, after: Block) -> Block:
        """The block with the title that goes with its new queries, where it had the one that went with the old."""
        if self._title_of is None or after.queries == before.queries or "main" not in before.queries:
            return after
        usual = before.title == self._title_of(before)
        return after.model_copy(update={"title": self._title_of(after)}) if usual else after


def changed(block: Block, edit: OnBlock) -> Block:
    """The block after an operation on its content, without the rows of queries that changed."""
    if isinstance(edit, Resize):
        return block.model_copy(update={"width": edit.width})
    if isinstance(edit, Retitle):
        return block.model_copy(update={"title": edit.title})
    if isinstance(edit, Unpin):
        return block.model_copy(update={"pinned": False})
    if isinstance(edit, EditNote):
        return _noted(block, edit.text)
    return _without_old_rows(block, _asked(block, edit))


def _asked(block: Block, edit: OnBlock) -> Block:
    """The block after an operation on what it asks, or how that is shown."""
    if "main" not in block.queries:
        raise EditRefused("the block asks nothing that could be changed.")
    if isinstance(edit, SetKind):
        return block if block.kind == edit.kind else block.model_copy(update={"kind": edit.kind, "props": {}})
    if isinstance(edit, SetChip):
        return chip_set(block, edit)
    if isinstance(edit, RemoveChip):
        return chip_removed(block, edit.chip_id)
    if isinstance(edit, SetFilter):
        return _filtered(block, edit)
    if isinstance(edit, SetWindow):
        return _spanned(block, edit)
    if isinstance(edit, SetGroup):
        return _grouped(block, edit)
    raise AssertionError(edit.op)  # every operation is named above


def _filtered(block: Block, edit: SetFilter) -> Block:
    condition = predicate(edit.field, edit.operator, edit.values)
    dataset = block.queries["main"].dataset
    queries = {
        name: filtered(query, condition) if query.dataset == dataset else query
        for name, query in block.queries.items()
    }
    label = condition_label(edit.field.replace("_", " "), condition)
    told = {"field": edit.field, "op": condition.op, "values": condition.values}
    mine = [one for one in block.chips if _is_filter(one, edit.field)]
    return _rechipped(block.model_copy(update={"queries": queries}), mine, [{"label": label, **told}])


def _spanned(block: Block, edit: SetWindow) -> Block:
    queries = spanned(block.queries, edit.window)
    mine = [one for one in block.chips if one.op == "window"]
    new: list[dict[str, Any]] = []
    if edit.window is not None:
        text = edit.window.text or edit.window.form.replace("_", " ")
        label = f"{edit.window.field.replace('_', ' ')}: {text}"
        new = [{"label": label, "field": edit.window.field, "op": "window", "values": (text,)}]
    return _rechipped(block.model_copy(update={"queries": queries}), mine, new)


def _grouped(block: Block, edit: SetGroup) -> Block:
    mine = [one for one in block.chips if one.op == "group"]
    new = [
        {"label": f"by {one.grain or one.field.replace('_', ' ')}", "field": one.field, "op": "group"}
        for one in edit.dimensions
    ]
    return _rechipped(regrouped(block, edit.dimensions), mine, new)


def _rechipped(block: Block, gone: Sequence[Chip], new: Sequence[dict[str, Any]]) -> Block:
    """The block with new chips where the first of the gone ones stood; ids that no other chip has."""
    ids = {one.id for one in block.chips}
    free = (f"chip_{number}" for number in range(1, len(ids) + len(new) + 1) if f"chip_{number}" not in ids)
    made = [Chip.model_validate({"id": next(free), **one}) for one in new]
    at = next((at for at, one in enumerate(block.chips) if one in gone), len(block.chips))
    kept = (*block.chips[:at], *made, *block.chips[at:])
    return block.model_copy(update={"chips": tuple(one for one in kept if one not in gone)})


def _is_filter(chip: Chip, field: str) -> bool:
    other = ("window", "group", "measure", "limit", "sort", "term", "row_filter", "spelling", "")
    return chip.field == field and chip.op not in other and chip.origin != "policy"


def _without_old_rows(before: Block, after: Block) -> Block:
    """The block without the rows, and their source, of queries that it no longer has so."""
    if after.queries == before.queries:
        return after
    kept = {name for name, query in after.queries.items() if before.queries.get(name) == query}
    results = {name: rows for name, rows in after.results.items() if name in kept}
    sources = {name: one for name, one in after.source.queries.items() if name in kept}
    source = after.source.model_copy(update={"queries": sources})
    return after.model_copy(update={"results": results, "source": source})


def _note(edit: AddNote, block_id: str) -> Block:
    return Block(
        id=block_id,
        kind="text",
        title=edit.title,
        width=edit.width,
        props={"text": edit.text, "written_by": "person"},
        source=Source(written_by="person"),
    )


def _noted(block: Block, text: str) -> Block:
    if not is_note(block):
        raise EditRefused(
            f"“{block.title}” is no note that a person wrote.", hint="Add a note beside it instead."
        )
    return block.model_copy(update={"props": {**block.props, "text": text}})


def _sets(edit: OnBlock) -> tuple[str, ...]:
    """What of its block an operation sets; another one of the request must not set it differently."""
    if isinstance(edit, SetChip | RemoveChip):
        return (f"chip:{edit.chip_id}",)
    if isinstance(edit, SetFilter):
        return (f"filter:{edit.field}",)
    names = {"move": "place", "pin": "pin", "unpin": "pin", "set_kind": "kind", "set_group": "grouping"}
    names |= {
        "resize": "width",
        "retitle": "title",
        "edit_note": "text",
        "set_window": "span",
        "restore": "state",
    }
    return (names[edit.op],) if edit.op in names else ()
