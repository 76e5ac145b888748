"""Stage 6: the blocks become a revision of the page; nothing that others did meanwhile is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from oracle_kit.canvas.edits import unbuilt
from oracle_kit.canvas.merge import merge_edits
from oracle_kit.canvas.page_store import Also, NewRevision, PageStore
from oracle_kit.errors import Conflict, StaleRevision
from oracle_kit.model import Block, Page, Plan, Revision, Step

MOST_TRIES = 200  # writers that may overtake one commit; each of them has made a revision of its own

Blocks = tuple[Block, ...]
Complete = Callable[[Blocks, tuple[str, ...]], Blocks]
"""Reads what is unread and builds the blocks of these ids again, under the rights of who commits."""


def commit(
    plan: Plan,
    blocks: Blocks,
    store: PageStore,
    *,
    page: Page,
    begins: bool,
    author: str,
    prompt: str | None,
    at: datetime,
    complete: Complete,
    message: str = "",
    base: str | None = None,
    also: Also | None = None,
) -> Revision:
    """The revision that a plan makes: blocks that it adds go on the head, changed ones are merged per block.

    `prompt` is what was typed; None: the plan was made by hand, and `message` says what it is.
    `base` is the revision that the change was planned on; None: the head. `begins`: the page is new and is kept with
    this revision. `complete` makes whole what a merge put together; `also` writes what is kept with it. Raises
    StaleRevision with the conflicts where the same part of the same block changed since.
    """
    steps = plan.steps

    def change(before: Blocks) -> Blocks:
        return applied(before, steps, blocks)

    new = NewRevision(
        page_id=page.id,
        kind="prompt" if prompt is not None else "edit",
        blocks=applied((), steps, blocks) if begins else (),
        author=author,
        message=message or prompt or "",
        prompt=prompt,
        plan=plan,
        mode=plan.mode,
        at=at,
    )
    if begins:
        return store.begin(page, new, also=also)
    adds_only = all(step.op == "add" for step in steps)
    return append_change(store, new, change, base=None if adds_only else base, complete=complete, also=also)


def append_change(
    store: PageStore,
    new: NewRevision,
    change: Callable[[Blocks], Blocks],
    *,
    base: str | None,
    complete: Complete,
    also: Also | None = None,
) -> Revision:
    """The change appended to the page's head, tried again while other writers are faster.

    With a `base` that is no longer the head, the change is made to the base and merged onto the head; `complete` then
    builds what the merge put together from both, so that no block shows what it does not ask.
    """
    page_id = new.page_id
    before = store.revision(page_id, base).blocks if base is not None else None
    edited = change(before) if before is not None else None
    for _ in range(MOST_TRIES):
        head = store.page(page_id).head
        current = store.revision(page_id, head).blocks if head is not None else ()
        blocks = _onto(current, before, edited, change, head=head, base=base, complete=complete)
        try:
            return store.append(new.model_copy(update={"blocks": blocks}), on_head=head, also=also)
        except StaleRevision:
            continue
    raise Conflict("The page changes faster than this can be committed.", hint="Try again in a moment.")


def _onto(
    current: Blocks,
    before: Blocks | None,
    edited: Blocks | None,
    change: Callable[[Blocks], Blocks],
    *,
    head: str | None,
    base: str | None,
    complete: Complete,
) -> Blocks:
    """The blocks of the head with the change."""
    if before is None or edited is None:
        return change(current)
    if head == base:
        return edited
    merged = merge_edits(before, current, edited, head=head)
    wanting = unbuilt(merged, current, edited, before)
    return complete(merged, wanting) if wanting else merged


def applied(before: Blocks, steps: Sequence[Step], blocks: Blocks) -> Blocks:
    """The page's blocks with the steps done: changed ones replaced in place, removed ones left out, new ones last."""
    removed = {step.block_id for step in steps if step.op == "remove"}
    made = {block.id: block for block in blocks}
    there = {block.id for block in before}
    kept = tuple(made.get(block.id, block) for block in before if block.id not in removed)
    return (*kept, *(block for block in blocks if block.id not in there))
