"""A template's blocks put on a page by hand: its places filled with names and values, no prompt read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from oracle_kit.check.ground import ground_on
from oracle_kit.codebook.filling import Bound, SlotValues, bound, filled
from oracle_kit.codebook.fits import shows
from oracle_kit.codebook.template import Template, TemplateBlock
from oracle_kit.errors import FieldNotAllowed
from oracle_kit.identity.roles import require
from oracle_kit.ids import new_id
from oracle_kit.language.titles import describe, measure_label, parts_of, title_of
from oracle_kit.language.tongue import load_tongue
from oracle_kit.model import Answer, Block, Chip, Plan, Step, Viewer
from oracle_kit.pipeline.commit import commit
from oracle_kit.pipeline.fetch import Fetches, fetch
from oracle_kit.pipeline.plan_model import ModelAsk
from oracle_kit.pipeline.synthesize import kept_blocks, synthesize
from oracle_kit.query import Predicate, Term
from oracle_kit.usecases.asking import answer_of, answered_before, asking, receipt_of, told_of
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.reading import seen_revision
from oracle_kit.usecases.repeats import Keeping, done_once
from oracle_kit.words import DatasetWords


def seeded(
    parts: Parts,
    template: Template,
    values: SlotValues,
    *,
    viewer: Viewer,
    page: str | None = None,
    key: str | None = None,
) -> Answer:
    """What came of putting the template's blocks on `page` (None: on a new one), filled with the values.

    Raises QueryRefused for a value that the template does not take, FieldNotAllowed where nothing of it may be shown
    to the viewer, and what `Oracle.ask` does; then nothing is committed.
    """
    require(viewer, "edit_pages")
    props = {kind.name: kind.Props for kind in parts.kinds}
    ground = ground_on(parts.catalog, load_tongue(), parts.clock(), props)
    given, words = bound(values, template, ground), ground.datasets[template.dataset]
    plan = Plan(steps=filled_steps(template, filled(template, given, words), given, words))

    def do(keeping: Keeping) -> tuple[Answer, Callable[[], Any]]:
        answer = _committed(parts, template, plan, viewer, page, keeping)
        return answer, lambda: receipt_of(answer, answer.revision)

    def again(receipt: Any) -> Answer:
        kept = parts.pages.revision(receipt["page_id"], receipt["revision"])
        return answered_before(receipt, seen_revision(kept, parts, viewer))

    payload = ["seed", template.id, values.model_dump(mode="json"), page]
    return done_once(parts, viewer, key, payload, do, again)


def plain_steps(template: Template, words: DatasetWords) -> tuple[Step, ...]:
    """The template's blocks as they are before anything fills their places, but those that need it."""
    blocks = tuple(one for one in template.blocks if _stands(one, template, words))
    return filled_steps(template, blocks, Bound(), words)


def plain_blocks(parts: Parts, template: Template, viewer: Viewer) -> tuple[Block, ...]:
    """Those blocks on the current data, under the viewer's rights; nothing is committed."""
    clock, words = parts.clock(), parts.knowledge.current().words[template.dataset]
    plan = Plan(steps=plain_steps(template, words))
    with parts.warehouse.snapshot(clock) as snapshot:
        fetched = fetch(plan, parts.catalog, snapshot, viewer, clock)
    versions = {template.id: template.version}
    return synthesize(fetched.steps, parts.kinds, parts.catalog, versions, lambda: new_id("blk"))


def filled_steps(
    template: Template, blocks: Sequence[TemplateBlock], given: Bound, words: DatasetWords
) -> tuple[Step, ...]:
    """A step for each block, with a chip for each value that fills a place of it, which its title then tells."""
    chips = tuple(_chips(given, words))
    return tuple(
        Step(
            kind=block.kind,
            title=title_of(block.queries["main"], words) if chips else block.title,
            template_id=template.id,
            queries=block.queries,
            props=block.props,
            width=block.width,
            chips=chips,
        )
        for block in blocks
    )


def _stands(block: TemplateBlock, template: Template, words: DatasetWords) -> bool:
    main = block.queries["main"]
    return main.dataset != template.dataset or not shows(block.kind, main, words)


def _committed(
    parts: Parts, template: Template, plan: Plan, viewer: Viewer, page: str | None, keeping: Keeping
) -> Answer:
    with asking(template.title, parts, viewer, page, None, None, ModelAsk(who=viewer.id)) as one:
        fetched = one.stage("fetch", lambda: fetch(plan, *one.sources))
        _check_shown(fetched)
        blocks = one.stage("synthesize", lambda: synthesize(fetched.steps, *one.making))
        kept = kept_blocks(blocks, parts.kinds, parts.catalog)
        one.audit(fetched.records)
        told = told_of(one, plan, fetched, blocks)
        also = one.also(told, keeping(lambda revision: receipt_of(told, revision)))
        by_hand = {**one.committing(), "prompt": None, "message": f"From the template {template.id}"}
        revision = one.stage("commit", lambda: commit(plan, kept, parts.pages, **by_hand, also=also))
        one.committed.append(revision)
        return answer_of(one, told, revision)


def _check_shown(fetched: Fetches) -> None:
    refused = [step.refusal for step in fetched.steps if step.refusal is not None]
    if refused and len(refused) == len(fetched.steps):
        raise FieldNotAllowed(refused[0].message, hint=" ".join(refused[0].suggestions))


def _chips(given: Bound, words: DatasetWords) -> Iterator[Chip]:
    labels = {field.name: field.label for field in words.fields}
    told: list[tuple[str, str, str, tuple[Any, ...]]] = []
    for part in parts_of(given.where):
        label = " and ".join(describe(part, words))
        if isinstance(part, Predicate):
            told.append((label, part.field, part.op, part.values))
        elif isinstance(part, Term):
            told.append((label, part.name, "term", ()))
        else:
            told.append((label, "", "", ()))
    if given.measure is not None:
        told.append((measure_label(given.measure, words), given.measure.alias, "measure", ()))
    if given.dimension is not None:
        by = given.dimension.grain or labels[given.dimension.field]
        told.append((f"by {by}", given.dimension.field, "group", ()))
    if given.window is not None:
        field, text = given.window.field, given.window.text
        told.append((f"{labels[field]}: {text}", field, "window", (text,)))
    if given.limit is not None:
        told.append((f"first {given.limit}", "", "limit", (given.limit,)))
    for number, (label, field, op, values) in enumerate(told, 1):
        yield Chip.model_validate(
            {"id": f"chip_{number}", "label": label, "field": field, "op": op, "values": values}
        )
