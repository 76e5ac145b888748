"""One prompt on its way: the clock reading, the snapshot and the rights that all its stages share, and its record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from oracle_kit.canvas.kinds import Kinds
from oracle_kit.canvas.page_store import Also
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.warehouse import Snapshot
from oracle_kit.errors import OracleError
from oracle_kit.identity.roles import require
from oracle_kit.ids import new_id
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.model import Answer, Block, Chip, Context, Page, Plan, Revision, Source, Viewer
from oracle_kit.pipeline.fetch import Fetches, FetchRecord
from oracle_kit.pipeline.knowledge import Knowledge
from oracle_kit.pipeline.plan import Planner
from oracle_kit.pipeline.plan_model import ModelAsk, ModelPlanner
from oracle_kit.pipeline.prompt import checked_prompt
from oracle_kit.pipeline.reserve import reservations
from oracle_kit.pipeline.retrieve import Ranks
from oracle_kit.pipeline.stages import Listener, Stages
from oracle_kit.query import Scalar, digest
from oracle_kit.stage_log import stage_lines
from oracle_kit.state.audit import AuditEntry
from oracle_kit.state.runs import EndedRun, add_runs, record_runs
from oracle_kit.usecases.changes import completing
from oracle_kit.usecases.conflicts import conflicts_seen
from oracle_kit.usecases.page_access import editable
from oracle_kit.usecases.parts import Parts, wall_clock
from oracle_kit.usecases.reading import seen_blocks
from oracle_kit.usecases.rights import allowed_words, name_finder
from oracle_kit.windows import Clock
from oracle_kit.words import DatasetWords

TITLE_LENGTH = 80


@dataclass(frozen=True)
class Asking:
    """What the stages of one prompt are handed."""

    prompt: str
    viewer: Viewer
    page: Page | None
    base: str | None
    context: Context
    snapshot: Snapshot
    knowledge: Knowledge
    stage: Stages
    parts: Parts
    run_id: str
    at: datetime
    models: ModelAsk
    records: list[FetchRecord] = field(default_factory=list)
    committed: list[Revision] = field(default_factory=list)

    @property
    def lexicon(self) -> Lexicon:
        """The words that are known."""
        return self.knowledge.lexicon

    @property
    def ranker(self) -> Ranks:
        """What ranks the templates."""
        return self.knowledge.ranker

    @property
    def planners(self) -> Sequence[Planner]:
        """The rungs of the ladder, first to last: models stand before the last one, which always plans."""
        *first, last = self.knowledge.planners
        router = self.parts.router
        if router is None:
            return (*first, last)
        asks = replace(self.models, let_go=self.snapshot.close)
        return (*first, ModelPlanner(router, self.lexicon, self.parts.catalog, asks), last)

    @cached_property
    def words(self) -> Mapping[str, DatasetWords]:
        """The datasets that the viewer may read, as they may use them."""
        known = self.knowledge.words
        return self.parts.words.of(
            self.viewer, known, lambda: allowed_words(self.parts.catalog, known, self.viewer)
        )

    @property
    def allowed(self) -> Callable[[str], DatasetWords | None]:
        """A dataset's words by id; None where the viewer may not read it."""
        return self.words.get

    @cached_property
    def find(self) -> Callable[[str, str, str], tuple[Scalar, ...]]:
        """The lookup of names under the viewer's row filter."""
        return name_finder(self.parts.catalog, self.snapshot, self.viewer)

    @property
    def sources(self) -> tuple[Catalog, Snapshot, Viewer, Clock]:
        """What fetching needs beside the plan."""
        return self.parts.catalog, self.snapshot, self.viewer, self.context.clock

    @property
    def making(self) -> tuple[Kinds, Catalog, Mapping[str, int], Callable[[], str]]:
        """What synthesis needs beside the rows."""
        versions = self.knowledge.template_versions
        return self.parts.kinds, self.parts.catalog, versions, lambda: new_id("blk")

    def audit(self, records: Sequence[FetchRecord]) -> None:
        """Keep what was read, for the audit at the end."""
        self.records.extend(records)

    def also(self, told: Answer, keep: Also | None) -> Also:
        """What is written with the revision: the run with its fetches and, under a key, the receipt."""

        def write(connection: Any, revision: Revision) -> None:
            by = next((one.source for one in told.blocks if one.source.provider is not None), Source())
            named = {"mode": told.mode, "provider": by.provider, "model": by.model}
            ended = _ended(self, "succeeded", page_id=revision.page_id, **named)
            add_runs(connection, (ended,))
            if keep is not None:
                keep(connection, revision)

        return write

    def committing(self) -> dict[str, Any]:
        """What the commit needs beside plan and blocks: base and page, a new one where the prompt named none."""
        page = self.page or _new_page(self.prompt, self.viewer, self.at)
        return {
            "page": page,
            "begins": self.page is None,
            "author": self.viewer.id,
            "prompt": self.prompt,
            "at": self.at,
            "base": self.base or page.head,
            "complete": completing(self.parts, self.viewer, self.context.clock),
        }

    def committed_by(self, commit: Callable[..., Revision]) -> Revision:
        """The revision that the commit makes; what it refuses says nothing that is kept from the viewer."""
        how = self.committing()
        with conflicts_seen(self.parts, how["page"].id, self.viewer):
            return commit(store=self.parts.pages, **how)


@contextmanager
def asking(
    prompt: str,
    parts: Parts,
    viewer: Viewer,
    page_id: str | None,
    base: str | None,
    on_stage: Listener | None,
    models: ModelAsk,
    *,
    dry: bool = False,
) -> Iterator[Asking]:
    """One prompt with everything its stages share; its run and its fetches are recorded at the end.

    A `dry` one is recorded only where something left the process.
    """
    require(viewer, "prompt")
    text = checked_prompt(prompt, parts.prompt_limit)
    page = editable(parts.pages, page_id, viewer) if page_id is not None else None
    clock = parts.clock()
    context = Context(viewer=viewer, clock=clock, blocks=_blocks(page, base, parts, viewer))
    knowledge, run_id = parts.knowledge.current(), new_id("run")
    with parts.warehouse.snapshot(clock) as snapshot:
        one = Asking(
            prompt=text,
            viewer=viewer,
            page=page,
            base=base,
            context=context,
            snapshot=snapshot,
            knowledge=knowledge,
            stage=Stages(stage_lines(run_id, viewer.id, page_id), on_stage),
            parts=parts,
            run_id=run_id,
            at=wall_clock(),
            models=models,
        )
        with _recorded(one, dry):
            yield one


def told_of(one: Asking, planned: Plan, fetched: Fetches, blocks: tuple[Block, ...]) -> Answer:
    """The answer before it is committed: the prompt's own blocks, and what was made of its words."""
    answering = tuple(block for block in blocks if not block.suggestion)
    refused = tuple(step.refusal for step in fetched.steps if step.refusal is not None)
    return Answer(
        page_id=None,
        revision=None,
        mode=planned.mode,
        blocks=blocks,
        understood=_chips(answering),
        not_understood=planned.not_understood,
        refusals=(*planned.refusals, *refused),
        choices=planned.choices,
        notes=planned.notes,
        reservations=tuple(dict.fromkeys((*planned.reservations, *reservations(fetched.steps)))),
        timings=tuple(one.stage.timings),
        as_of=one.context.clock.now,
        run_id=one.run_id,
    )


def answer_of(one: Asking, told: Answer, revision: Revision) -> Answer:
    """The answer as it was committed, with the whole page as the viewer sees it."""
    own = {block.id: block for block in told.blocks}
    others = seen_blocks([block for block in revision.blocks if block.id not in own], one.parts, one.viewer)
    seen = {**{block.id: block for block in others}, **own}
    committed = {
        "page_id": revision.page_id,
        "revision": revision,
        "page_blocks": tuple(seen[block.id] for block in revision.blocks),
        "timings": tuple(one.stage.timings),
    }
    return told.model_copy(update=committed)


def receipt_of(told: Answer, revision: Revision | None) -> dict[str, Any]:
    """What is kept of an answer under an idempotency key: facts and ids, no rows."""
    if revision is None:
        raise ValueError("an answer that was not committed has no receipt")
    facts = told.model_dump(mode="json", exclude={"blocks", "page_blocks", "revision", "page_id"})
    blocks = [block.id for block in told.blocks]
    return {**facts, "page_id": revision.page_id, "revision": revision.id, "blocks": blocks}


def answered_before(receipt: Mapping[str, Any], revision: Revision) -> Answer:
    """The answer that a receipt tells of; the revision's blocks are as the viewer may see them now."""
    known = {block.id: block for block in revision.blocks}
    blocks = tuple(known[block] for block in receipt["blocks"])
    facts = {name: value for name, value in receipt.items() if name not in ("blocks", "revision")}
    answer = Answer.model_validate({**facts, "revision": None, "blocks": ()})
    return answer.model_copy(update={"revision": revision, "blocks": blocks, "page_blocks": revision.blocks})


def _blocks(page: Page | None, base: str | None, parts: Parts, viewer: Viewer) -> tuple[Block, ...]:
    if page is None or page.head is None:
        return ()
    return seen_blocks(parts.pages.revision(page.id, base or page.head).blocks, parts, viewer)


def _new_page(prompt: str, viewer: Viewer, at: datetime) -> Page:
    team = viewer.attributes.get("team")
    title = prompt if len(prompt) <= TITLE_LENGTH else prompt[: TITLE_LENGTH - 1] + "…"
    return Page(
        id=new_id("page"),
        title=title,
        owner=viewer.id,
        team=str(team) if team is not None else None,
        created_at=at,
        updated_at=at,
    )


def _chips(blocks: Sequence[Block]) -> tuple[Chip, ...]:
    """The chips of the blocks, each thing that was understood once."""
    found: dict[tuple[str, str, str], Chip] = {}
    for block in blocks:
        for chip in block.chips:
            found.setdefault((chip.field, chip.op, chip.label), chip)
    return tuple(found.values())


@contextmanager
def _recorded(one: Asking, dry: bool) -> Iterator[None]:
    """The run of a prompt and its fetches on record, however it ends; one that commits is recorded with the commit."""
    try:
        yield
    except OracleError as error:
        _record_failure(one, dry, error.code)
        raise
    except BaseException as error:
        _record_failure(one, dry, type(error).__name__)
        raise
    if dry and one.models.sent:
        record_runs(one.parts.state, (_ended(one, "succeeded"),))


def _record_failure(one: Asking, dry: bool, reason: str) -> None:
    if not one.committed and (not dry or one.models.sent):
        record_runs(one.parts.state, (_ended(one, "failed", failure_reason=reason),))


def _ended(one: Asking, status: str, **more: Any) -> EndedRun:
    entries = tuple(
        AuditEntry(
            who=one.viewer.id,
            action="fetch",
            subject=record.dataset,
            detail={**record.model_dump(mode="json", exclude={"viewer", "dataset"}), "run_id": one.run_id},
        )
        for record in one.records
    )
    sent = tuple(
        entry.model_copy(update={"detail": {**entry.detail, "run_id": one.run_id}})
        for entry in one.models.sent
    )
    return EndedRun(
        run_id=one.run_id,
        kind="prompt",
        requested_by=one.viewer.id,
        payload_hash=digest({"prompt": one.prompt}),
        status=status,
        started_at=one.at,
        audit=(*sent, *entries),
        **more,
    )
