"""Stage 5: steps and their rows become blocks, each with its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from oracle_kit.canvas.block import build_block, rebuild_block
from oracle_kit.canvas.kinds import Kinds
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.model import Block, Chip, QuerySource, Rows, Source, Step
from oracle_kit.pipeline.fetch import Fetched
from oracle_kit.pipeline.personal import all_kept, kept
from oracle_kit.pipeline.plan import notice
from oracle_kit.query import Query


def synthesize(
    steps: tuple[Fetched, ...],
    kinds: Kinds,
    catalog: Catalog,
    template_versions: Mapping[str, int],
    new_id: Callable[[], str],
) -> tuple[Block, ...]:
    """The blocks of the steps that show something, in order; a refused step becomes a notice with its reason."""
    return tuple(
        _block(fetched, kinds, catalog, template_versions, fetched.step.block_id or new_id())
        for fetched in steps
        if fetched.step.op != "remove"
    )


def source_of(
    step: Step, results: Mapping[str, Rows], catalog: Catalog, template_versions: Mapping[str, int]
) -> Source:
    """Where a block comes from: template, mode, and per named query what its rows as they are kept are."""
    return Source(
        mode=step.mode,
        template_id=step.template_id,
        template_version=template_versions.get(step.template_id or ""),
        provider=step.provider,
        model=step.model,
        queries={
            name: query_source(step.queries[name], kept(rows, step.queries[name], catalog), catalog)
            for name, rows in results.items()
        },
    )


def kept_blocks(blocks: tuple[Block, ...], kinds: Kinds, catalog: Catalog) -> tuple[Block, ...]:
    """The blocks as they may be stored: without personal values."""
    return tuple(_kept(block, kinds, catalog) for block in blocks)


def _kept(block: Block, kinds: Kinds, catalog: Catalog) -> Block:
    results = all_kept(block.results, block.queries, catalog)
    same = all(results[name] is rows for name, rows in block.results.items())
    return block if same else rebuild_block(block, results, kinds, block.source)


def with_policies(chips: tuple[Chip, ...], results: Mapping[str, Rows]) -> tuple[Chip, ...]:
    """The chips, with what policy did to these rows in place of what it did to others before."""
    said = dict.fromkeys(policy for rows in results.values() for policy in rows.policies)
    told = (
        Chip(id=f"policy_{at}", label=text, op="row_filter", **{"from": "policy"})
        for at, text in enumerate(said, 1)
    )
    return (*(chip for chip in chips if chip.origin != "policy"), *told)


def query_source(query: Query, rows: Rows, catalog: Catalog) -> QuerySource:
    """The source of one named query's rows."""
    dataset = catalog.datasets[query.dataset]
    return QuerySource(
        dataset=dataset.id,
        dataset_version=dataset.version,
        dataset_digest=dataset.digest,
        query_digest=query.digest,
        rows_digest=rows.digest,
        row_count=len(rows.rows),
        truncated=rows.truncated,
        as_of=rows.as_of,
        bounds=rows.bounds,
        policies=rows.policies,
        scopes=rows.scopes,
    )


def _block(
    fetched: Fetched, kinds: Kinds, catalog: Catalog, versions: Mapping[str, int], block_id: str
) -> Block:
    if fetched.refusal is not None:
        step = notice(fetched.refusal, fetched.step.mode)
        return build_block(step, {}, kinds, Source(mode=step.mode), block_id)
    source = source_of(fetched.step, fetched.results, catalog, versions)
    chips = with_policies(fetched.step.chips, fetched.results)
    step = fetched.step.model_copy(update={"chips": chips})
    return build_block(step, fetched.results, kinds, source, block_id)
