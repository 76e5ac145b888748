"""Blocks as one reader sees them, and blocks run again under one reader's rights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from oracle_kit.canvas.block import rebuild_block
from oracle_kit.canvas.seen import seen_by
from oracle_kit.language.titles import title_of
from oracle_kit.model import Block, Rows, Scope, Viewer
from oracle_kit.pipeline.fetch import fetch_queries
from oracle_kit.pipeline.personal import all_kept
from oracle_kit.pipeline.synthesize import query_source
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.rights import scopes_of
from oracle_kit.windows import Clock
from oracle_kit.words import DatasetWords


def seen_blocks(blocks: Iterable[Block], parts: Parts, viewer: Viewer) -> tuple[Block, ...]:
    """The blocks as the viewer may see them; personal data that they may see is read live."""
    scopes = scopes_of(parts.catalog, viewer)
    shown = (seen_by(block, scopes) for block in blocks)
    return tuple(_with_personal(block, scopes, parts, viewer) for block in shown)


def run_again(block: Block, parts: Parts, viewer: Viewer, clock: Clock, names: Iterable[str]) -> Block:
    """The block with the named queries run now under the viewer's rights, as it may be kept."""
    names = tuple(names)
    with parts.warehouse.snapshot(clock) as snapshot:
        rows = fetch_queries([block.queries[name] for name in names], parts.catalog, snapshot, viewer, clock)
    fresh = all_kept(dict(zip(names, rows, strict=True)), block.queries, parts.catalog)
    return with_results(block, fresh, parts)


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
    return rebuild_block(block, results, parts.kinds, source)


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
