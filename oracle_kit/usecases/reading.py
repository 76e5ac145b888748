"""Blocks as one reader sees them, and blocks run again under one reader's rights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from oracle_kit.canvas.block import rebuild_block
from oracle_kit.canvas.edits import unread
from oracle_kit.canvas.seen import seen_by
from oracle_kit.errors import EditRefused
from oracle_kit.language.titles import title_of
from oracle_kit.model import Block, Plan, Revision, Rows, Scope, Viewer
from oracle_kit.pipeline.fetch import fetch_queries
from oracle_kit.pipeline.personal import all_kept
from oracle_kit.pipeline.synthesize import query_source, with_policies
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.rights import scopes_of
from oracle_kit.windows import Clock
from oracle_kit.words import DatasetWords

SILENT = "Withheld"  # the title of a block whose own would tell what is kept from the reader


def seen_revision(revision: Revision, parts: Parts, viewer: Viewer) -> Revision:
    """The revision with its blocks, and with its plan where that names nothing that the viewer may not know."""
    blocks = seen_blocks(revision.blocks, parts, viewer)
    known = revision.plan is not None and _may_know(revision.plan, revision.author, parts, viewer)
    return revision.model_copy(update={"blocks": blocks, "plan": revision.plan if known else None})


def seen_blocks(blocks: Iterable[Block], parts: Parts, viewer: Viewer) -> tuple[Block, ...]:
    """The blocks as the viewer may see them; personal data that they may see is read live."""
    scopes = scopes_of(parts.catalog, viewer)
    shown = (_seen(block, scopes, parts) for block in blocks)
    return tuple(_with_personal(block, scopes, parts, viewer) for block in shown)


def shown_blocks(blocks: Iterable[Block], parts: Parts, viewer: Viewer) -> tuple[Block, ...]:
    """The blocks as `seen_blocks` gives them, but personal data as it is kept: masked. Nothing is read."""
    scopes = scopes_of(parts.catalog, viewer)
    return tuple(_seen(block, scopes, parts) for block in blocks)


def is_silent(block: Block, parts: Parts, viewer: Viewer) -> bool:
    """Whether the viewer may not even know what the block asks: it names rows, or a dataset, kept from them."""
    return _hidden(block, scopes_of(parts.catalog, viewer), parts)


def _seen(block: Block, scopes: Mapping[str, Scope | None], parts: Parts) -> Block:
    """The block as these scopes let it be seen; what it asks is left out too where that itself would tell."""
    shown = seen_by(block, scopes)
    if shown.withheld is None or not _hidden(block, scopes, parts):
        return shown
    source = shown.source.model_copy(update={"queries": {}})
    return shown.model_copy(update={"title": SILENT, "queries": {}, "chips": (), "source": source})


def _hidden(block: Block, scopes: Mapping[str, Scope | None], parts: Parts) -> bool:
    """Whether what the block asks is kept from these scopes; that its rows were purged does not count."""
    stored = block.model_copy(update={"withheld": None})
    return seen_by(stored, scopes).withheld is not None and _tells(block, scopes, parts)


def _tells(block: Block, scopes: Mapping[str, Scope | None], parts: Parts) -> bool:
    """Whether what a withheld block asks holds names that were looked up in rows, or a dataset that is not theirs."""
    queries = block.queries.values()
    if any(scopes.get(query.dataset) is None for query in queries):
        return True
    found = {name for query in queries for name in _tested(query.model_dump())}
    looked_up = (
        name
        for dataset in parts.catalog.datasets.values()
        for name in found & set(dataset.fields)
        if dataset.fields[name].file.lookup is not None
    )
    return any(looked_up)


def _tested(part: object) -> Iterator[str]:
    """The fields that some predicate within a dumped query compares with values."""
    if isinstance(part, Mapping):
        if part.get("kind") == "predicate":
            yield part["field"]
        for value in part.values():
            yield from _tested(value)
    elif isinstance(part, (list, tuple)):
        for value in part:
            yield from _tested(value)


def _may_know(plan: Plan, author: str, parts: Parts, viewer: Viewer) -> bool:
    """Whether the viewer made the plan, or may see all rows of the datasets that it names (of all, if of none)."""
    scopes = scopes_of(parts.catalog, viewer)
    named = {query.dataset for step in plan.steps for query in step.queries.values()} or set(scopes)
    wide = ((scope := scopes.get(name)) is not None and not scope.filters for name in named)
    return viewer.id == author or all(wide)


def run_again(block: Block, parts: Parts, viewer: Viewer, clock: Clock, names: Iterable[str]) -> Block:
    """The block with the named queries run now under the viewer's rights, as it may be kept."""
    names = tuple(names)
    with parts.warehouse.snapshot(clock) as snapshot:
        rows = fetch_queries([block.queries[name] for name in names], parts.catalog, snapshot, viewer, clock)
    fresh = all_kept(dict(zip(names, rows, strict=True)), block.queries, parts.catalog)
    return with_results(block, fresh, parts)


def built_blocks(
    blocks: Sequence[Block], ids: Iterable[str], parts: Parts, viewer: Viewer, clock: Clock
) -> tuple[Block, ...]:
    """The blocks, those of the ids built again; what is unread of them is read under the viewer's rights.

    EditRefused for one that names rows which the viewer may not see.
    """
    anew = frozenset(ids)
    return tuple(_built(one, parts, viewer, clock) if one.id in anew else one for one in blocks)


def _built(block: Block, parts: Parts, viewer: Viewer, clock: Clock) -> Block:
    names = unread(block)
    if not names:
        return with_results(block, {}, parts)
    if is_silent(block, parts, viewer):
        raise EditRefused(
            "A block names rows that you may not see, so it is not run under your rights.",
            hint="Ask a question of your own, or let somebody with wider rights do this.",
        )
    return run_again(block, parts, viewer, clock, names)


def with_results(block: Block, fresh: Mapping[str, Rows], parts: Parts) -> Block:
    """The block built again from these rows beside those that it has for its other queries."""
    results = {name: fresh.get(name) or block.results[name] for name in block.queries}
    sources = {
        name: query_source(block.queries[name], fresh[name], parts.catalog)
        if name in fresh
        else block.source.queries[name]
        for name in block.queries
    }
    source = block.source.model_copy(update={"queries": sources})
    told = block.model_copy(update={"chips": with_policies(block.chips, results)})
    return rebuild_block(told, results, parts.kinds, source)


def titles_of(words: Mapping[str, DatasetWords]) -> Callable[[Block], str]:
    """The title that says what a block's main query shows."""

    def title(block: Block) -> str:
        query = block.queries["main"]
        return title_of(query, words[query.dataset])

    return title


def _with_personal(block: Block, scopes: Mapping[str, Scope | None], parts: Parts, viewer: Viewer) -> Block:
    """The block with the personal values that this reader may see, read now with the block's own clock."""
    names = [name for name in block.results if _sees_more(block, name, scopes, parts)]
    if not names:
        return block
    clock = parts.clock().model_copy(update={"now": block.results[names[0]].as_of})
    with parts.warehouse.snapshot(clock) as snapshot:
        rows = fetch_queries([block.queries[name] for name in names], parts.catalog, snapshot, viewer, clock)
    return rebuild_block(
        block, {**block.results, **dict(zip(names, rows, strict=True))}, parts.kinds, block.source
    )


def _sees_more(block: Block, name: str, scopes: Mapping[str, Scope | None], parts: Parts) -> bool:
    query, rows = block.queries.get(name), block.results[name]
    scope = scopes.get(query.dataset) if query is not None else None
    if query is None or scope is None:
        return False
    masked = {column.name for column in rows.columns if column.masked}
    return bool(masked & parts.catalog.datasets[query.dataset].restricted - set(scope.masked))
