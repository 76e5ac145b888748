"""Oracle: holds the parts; `ask` is the six stages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from oracle_kit.canvas.answer_json import answer_json, block_json, revision_json
from oracle_kit.canvas.kinds import Kinds
from oracle_kit.canvas.page_html import block_html
from oracle_kit.check import Finding, check_content
from oracle_kit.errors import NotFound, did_you_mean
from oracle_kit.identity.roles import ROLES, require
from oracle_kit.identity.tokens import authenticate, expiry, issue_token
from oracle_kit.llm.policy import Sight
from oracle_kit.llm.router import Told
from oracle_kit.model import MODES, Answer, Block, Candidates, Plan, Revision, Viewer
from oracle_kit.pipeline.commit import commit
from oracle_kit.pipeline.fetch import fetch
from oracle_kit.pipeline.plan import plan
from oracle_kit.pipeline.plan_model import ModelAsk
from oracle_kit.pipeline.replay import explained
from oracle_kit.pipeline.retrieve import retrieve
from oracle_kit.pipeline.select import select
from oracle_kit.pipeline.stages import Listener
from oracle_kit.pipeline.synthesize import kept_blocks, synthesize
from oracle_kit.query import Scalar
from oracle_kit.usecases.approvals import Approvals
from oracle_kit.usecases.asking import Asking, answer_of, answered_before, asking, receipt_of, told_of
from oracle_kit.usecases.datasets import Datasets
from oracle_kit.usecases.drafts import Drafts
from oracle_kit.usecases.jobs import Jobs
from oracle_kit.usecases.live import Live
from oracle_kit.usecases.models import Models
from oracle_kit.usecases.pages import Pages
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.people import Staff
from oracle_kit.usecases.repeats import Keeping, done_once
from oracle_kit.usecases.reviews import Reviews
from oracle_kit.usecases.rungs import Rung, each_rung, shown_of
from oracle_kit.usecases.synthesis import Synthesis
from oracle_kit.usecases.templates import Templates


class Oracle:
    """One workbench: ask it, and use its `pages`, `templates` and `datasets`, always as some viewer."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._staff = parts, Staff(parts)
        self.pages, self.live = Pages(parts), Live(parts)
        self.templates, self.drafts = Templates(parts), Drafts(parts)
        self.reviews = Reviews(parts)
        self.datasets = Datasets(parts)
        self.approvals = Approvals(parts)
        self.jobs = Jobs(parts, Oracle, self.approvals)
        self.batch = self.jobs.batch
        self.synthesis = Synthesis(parts, self.jobs)
        self.models = Models(parts.router)

    def ask(
        self,
        prompt: str,
        *,
        viewer: Viewer,
        page: str | None = None,
        base_revision: str | None = None,
        key: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        private: bool = False,
        on_stage: Listener | None = None,
        on_wait: Told | None = None,
    ) -> Answer:
        """The answer to a typed question, committed as a revision of `page` (None: of a new one).

        Where the codebook does not answer, models are asked: `provider` and `model` in place of routing's own, only
        local ones when `private`. `on_stage` is told each stage as it ends, `on_wait` which model is waited for. The
        same idempotency `key` from the same viewer gives the answer that was committed first, its rows as the viewer
        may see them now. Raises PromptRefused for a malformed prompt, NotPermitted and NotFound for what the viewer may
        not use or a provider that is not there, StaleRevision where a change meets another of the same part, KeyReused,
        Unavailable where warehouse or state are away; then nothing is committed.
        """
        models = self._model_ask(viewer, provider, model, private, on_wait)

        def do(keeping: Keeping) -> tuple[Answer, Callable[[], Any]]:
            answer = self._ask(prompt, viewer, page, base_revision, keeping, on_stage, models)
            return answer, lambda: receipt_of(answer, answer.revision)

        def again(receipt: Any) -> Answer:
            seen = self.pages.revision(receipt["page_id"], receipt["revision"], viewer=viewer)
            return answered_before(receipt, seen)

        payload = ["prompt", prompt, page, base_revision, provider, model, private]
        return done_once(self._parts, viewer, key, payload, do, again)

    def _ask(
        self,
        prompt: str,
        viewer: Viewer,
        page: str | None,
        base: str | None,
        keeping: Keeping,
        on_stage: Listener | None,
        models: ModelAsk,
    ) -> Answer:
        """The six stages; the receipt of the answer is kept in the write of the commit."""
        with asking(prompt, self._parts, viewer, page, base, on_stage, models) as one:
            planned = self._planned(one)
            fetched = one.stage("fetch", lambda: fetch(planned, *one.sources))
            blocks = one.stage("synthesize", lambda: synthesize(fetched.steps, *one.making))
            kept = kept_blocks(blocks, self._parts.kinds, self._parts.catalog)
            one.audit(fetched.records)
            told = told_of(one, planned, fetched, blocks)
            also = one.also(told, keeping(lambda revision: receipt_of(told, revision)))
            revision = one.stage(
                "commit", lambda: one.committed_by(lambda **how: commit(planned, kept, **how, also=also))
            )
            one.committed.append(revision)
            return answer_of(one, told, revision)

    def dry_run(
        self,
        prompt: str,
        *,
        viewer: Viewer,
        page: str | None = None,
        base_revision: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        private: bool = False,
        on_stage: Listener | None = None,
        on_wait: Told | None = None,
    ) -> dict[str, Any]:
        """The plan of a prompt with the SQL that would run, asked as `ask` does; nothing is fetched or committed."""
        models = self._model_ask(viewer, provider, model, private, on_wait)
        with asking(prompt, self._parts, viewer, page, base_revision, on_stage, models, dry=True) as one:
            return self._told(one, self._planned(one))

    def rungs(
        self, prompt: str, *, viewer: Viewer, model: str | None = None, on_wait: Told | None = None
    ) -> tuple[Rung, ...]:
        """What each rung of the ladder makes of a prompt by itself, every provider asked; nothing is committed."""
        models = self._model_ask(viewer, None, model, False, on_wait)
        with asking(prompt, self._parts, viewer, None, None, None, models, dry=True) as one:
            return each_rung(one, self._candidates(one))

    def shown_to_models(self, prompt: str, *, viewer: Viewer, sees: Sight = "schema") -> dict[str, Any]:
        """What a model that sees so much would be shown of a prompt of this viewer's; nobody is asked."""
        models = self._model_ask(viewer, None, None, False, None)
        with asking(prompt, self._parts, viewer, None, None, None, models, dry=True) as one:
            return shown_of(one, self._candidates(one), sees)

    def viewer(self, name: str, **attributes: Scalar) -> Viewer:
        """The demo's viewer of that name, or one with that role; NotFound names those there are."""
        known = self._parts.viewers.get(name)
        if known is None and name not in ROLES:
            raise NotFound(f"There is no viewer or role {name!r}.", hint=did_you_mean(name, ROLES))
        viewer = known or Viewer(id=name, roles=(name,))
        return viewer.model_copy(update={"attributes": {**viewer.attributes, **attributes}})

    def authenticate(self, token: str) -> Viewer:
        """The viewer behind a token; Unauthenticated where it is not valid, or its account no longer active.

        Unavailable where the published keys or, for a token that carries an account, the warehouse is away.
        """
        viewer = authenticate(token, self._parts.keys)
        self._staff.check(viewer)
        return viewer

    def token_expiry(self, token: str) -> datetime:
        """When a token that was accepted ends (UTC)."""
        return expiry(token)

    def issue_token(self, viewer: Viewer, *, hours: float = 12.0) -> str:
        """A token for the viewer, signed with the local secret."""
        return issue_token(viewer, self._parts.keys, hours)

    def me(self, *, viewer: Viewer) -> dict[str, Any]:
        """Who the viewer is, what they may use, and the modes available now."""
        require(viewer, "read_pages")
        prompting = any(role != "viewer" for role in viewer.roles)
        datasets = self.datasets.list(viewer=viewer) if prompting else ()
        templates = self.templates.ids(viewer=viewer) if prompting else ()
        planners = {planner.mode for planner in self._parts.knowledge.current().planners}
        planners |= set(self.models.modes())
        return {
            "id": viewer.id,
            "roles": list(viewer.roles),
            "attributes": dict(viewer.attributes),
            "datasets": [{"id": one.id, "title": one.title, "rows": one.rows} for one in datasets],
            "templates": list(templates),
            "modes": [mode for mode in MODES if mode in planners],
        }

    def check(self) -> tuple[Finding, ...]:
        """What is wrong or odd in the content, checked against the real database."""
        parts = self._parts
        known = parts.knowledge.current()
        templates = (known.codebook, known.ranker)
        return check_content(parts.catalog, parts.warehouse, parts.clock(), templates)

    @property
    def kinds(self) -> Kinds:
        """The kinds of block that pages are drawn with."""
        return self._parts.kinds

    def ready(self) -> dict[str, bool]:
        """Whether the parts that prompts need answer: warehouse and state."""
        return {"warehouse": self._parts.warehouse.ready(), "state": self._parts.state.ready()}

    def answer_json(self, answer: Answer, *, html: bool = False) -> dict[str, Any]:
        """An answer as plain JSON, as `oracle ask --json` prints it; with `html`, each block with its picture."""
        return answer_json(answer, self.block_html if html else None)

    def revision_json(self, revision: Revision, *, html: bool = False) -> dict[str, Any]:
        """A revision as plain JSON, its blocks as `answer_json` gives them."""
        return revision_json(revision, self.block_html if html else None)

    def block_json(self, block: Block, *, html: bool = False) -> dict[str, Any]:
        """One block as plain JSON."""
        return block_json(block, self.block_html if html else None)

    def block_html(self, block: Block) -> str:
        """The static picture of a block: HTML with its own style, no script and no outside request."""
        return block_html(block, self._parts.kinds)

    def close(self) -> None:
        """Let go of warehouse and state."""
        self.jobs.close()
        self.models.close()
        self.approvals.close()
        self._parts.warehouse.close()
        self._parts.state.close()

    def _model_ask(
        self, viewer: Viewer, provider: str | None, model: str | None, private: bool, on_wait: Told | None
    ) -> ModelAsk:
        """What the caller wants of models; NotFound for a provider that is not there."""
        self.models.known(provider)
        return ModelAsk(
            who=viewer.id,
            workload=self._parts.workload,
            private=private,
            provider=provider,
            model=model,
            tell=on_wait or (lambda _: None),
        )

    def _planned(self, one: Asking) -> Plan:
        candidates = self._candidates(one)
        return one.stage("plan", lambda: plan(one.prompt, candidates, one.context, one.planners))

    def _candidates(self, one: Asking) -> Candidates:
        retrieved = one.stage("retrieve", lambda: retrieve(one.prompt, one.lexicon, one.ranker, one.context))
        return one.stage(
            "select",
            lambda: select(one.prompt, retrieved, one.lexicon, one.allowed, one.find, one.context),
        )

    def _told(self, one: Asking, planned: Plan) -> dict[str, Any]:
        parts = self._parts
        steps = []
        for step in planned.steps:
            sql = explained(
                step.queries, parts.catalog, one.viewer, one.context.clock, parts.warehouse.dialect
            )
            steps.append({**step.model_dump(mode="json"), "sql": sql})
        told = planned.model_dump(mode="json", exclude={"steps"})
        timings = [timing.model_dump() for timing in one.stage.timings]
        return {"mode": planned.mode, **told, "steps": steps, "timings": timings}
