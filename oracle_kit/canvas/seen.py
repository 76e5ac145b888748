"""A block as one reader may see it: rows only where their own rights are as wide as those they were read under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oracle_kit.model import Block, Scope

NARROWED = "These rows were read under other rights than yours. Run the block again to see your own."
MASKED = "These rows show fields that are masked for you. Run the block again to see your own."
UNKNOWN = "It is not known under which rights these rows were read. Run the block again to see your own."


def seen_by(block: Block, scopes: Mapping[str, Scope | None]) -> Block:
    """The block as the reader sees it, who has these scopes per dataset (None, or not there: may not read).

    Rows are shown where the reader's scope has no row filter, or the same, and masks no more; else the block
    comes `withheld`, with the reason, without rows and without what was drawn or counted from them.
    """
    if block.withheld is not None:
        return _withheld(block, block.withheld)
    reason = next(_reasons(block, scopes), None)
    return block if reason is None else _withheld(block, reason)


def _reasons(block: Block, scopes: Mapping[str, Scope | None]) -> Iterator[str]:
    """Why the rows are not for this reader."""
    if not _accounted(block):
        yield UNKNOWN
    for scope in _scopes(block):
        own = scopes.get(scope.dataset)
        if own is None:
            yield "You may not read the dataset of this block."
        elif own.filters and own.filters != scope.filters:
            yield NARROWED
        elif not set(own.masked) <= set(scope.masked):
            yield MASKED


def _scopes(block: Block) -> Iterator[Scope]:
    """The scopes of the rows, and of all that the block sums up."""
    for source in block.source.queries.values():
        yield from source.scopes
    for rows in block.results.values():
        yield from rows.scopes


def _accounted(block: Block) -> bool:
    """Whether the rows of each query say under which scope of its own dataset they were read."""
    return all(
        rows.scopes
        and (name not in block.queries or block.queries[name].dataset in {one.dataset for one in rows.scopes})
        for name, rows in block.results.items()
    )


def _withheld(block: Block, reason: str) -> Block:
    """The block without its rows, and without props, counts, digests and scopes that would tell of them."""
    silent = {"rows_digest": "", "row_count": 0, "truncated": False, "policies": (), "scopes": ()}
    queries = {name: one.model_copy(update=silent) for name, one in block.source.queries.items()}
    chips = tuple(chip for chip in block.chips if chip.origin != "policy")
    source = block.source.model_copy(update={"queries": queries})
    hidden = {"results": {}, "props": {}, "chips": chips, "source": source, "withheld": reason}
    return block.model_copy(update=hidden)
