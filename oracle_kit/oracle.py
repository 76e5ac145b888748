"""Oracle: holds the parts; `ask` is the six stages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oracle_kit.canvas.answer_json import answer_json
from oracle_kit.check import Finding, check_content
from oracle_kit.errors import NotFound, did_you_mean
from oracle_kit.identity.roles import ROLES, require
from oracle_kit.identity.tokens import authenticate, issue_token
from oracle_kit.model import MODES, Answer, Plan, Viewer
from oracle_kit.pipeline.commit import commit
from oracle_kit.pipeline.fetch import fetch
from oracle_kit.pipeline.plan import plan
from oracle_kit.pipeline.replay import explained
from oracle_kit.pipeline.retrieve import retrieve
from oracle_kit.pipeline.select import select
from oracle_kit.pipeline.stages import Listener
from oracle_kit.pipeline.synthesize import kept_blocks, synthesize
from oracle_kit.query import Scalar
from oracle_kit.state.idempotency import once
from oracle_kit.usecases.asking import Asking, answer_of, asking
from oracle_kit.usecases.datasets import Datasets
from oracle_kit.usecases.pages import Pages
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.templates import Templates


class Oracle:
    """One workbench: ask it, and use its `pages`, `templates` and `datasets`, always as some viewer."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.pages = Pages(parts)
        self.templates = Templates(parts)
        self.datasets = Datasets(parts)

    def ask(
        self,
        prompt: str,
        *,
        viewer: Viewer,
        page: str | None = None,
        base_revision: str | None = None,
        on_stage: Listener | None = None,
    ) -> Answer:
        """The answer to a typed question, committed as a revision of `page` (None: of a new one).

        `on_stage` is told each stage as it ends. Raises PromptRefused for a malformed prompt, NotPermitted and
        NotFound for what the viewer may not use, StaleRevision where a change meets another of the same part,
        Unavailable where warehouse or state are away; then nothing is committed.
        """
        with asking(prompt, self._parts, viewer, page, base_revision, on_stage) as one:
            planned = self._planned(one)
            fetched = one.stage("fetch", lambda: fetch(planned, *one.sources))
            blocks = one.stage("synthesize", lambda: synthesize(fetched.steps, *one.making))
            kept = kept_blocks(blocks, self._parts.kinds, self._parts.catalog)
            one.audit(fetched.records)
            revision = one.stage(
                "commit", lambda: commit(planned, kept, self._parts.pages, **one.committing())
            )
            return answer_of(one, planned, fetched, blocks, revision)

    def dry_run(
        self, prompt: str, *, viewer: Viewer, page: str | None = None, on_stage: Listener | None = None
    ) -> dict[str, Any]:
        """The plan of a prompt with the SQL that would run; nothing is fetched and nothing committed."""
        with asking(prompt, self._parts, viewer, page, None, on_stage, dry=True) as one:
            return self._told(one, self._planned(one))

    def viewer(self, name: str, **attributes: Scalar) -> Viewer:
        """The demo's viewer of that name, or one with that role; NotFound names those there are."""
        known = self._parts.viewers.get(name)
        if known is None and name not in ROLES:
            raise NotFound(f"There is no viewer or role {name!r}.", hint=did_you_mean(name, ROLES))
        viewer = known or Viewer(id=name, roles=(name,))
        return viewer.model_copy(update={"attributes": {**viewer.attributes, **attributes}})

    def authenticate(self, token: str) -> Viewer:
        """The viewer behind a token; Unauthenticated where it is not valid."""
        return authenticate(token, self._parts.keys)

    def issue_token(self, viewer: Viewer, *, hours: float = 12.0) -> str:
        """A token for the viewer, signed with the local secret."""
        return issue_token(viewer, self._parts.keys, hours)

    def me(self, *, viewer: Viewer) -> dict[str, Any]:
        """Who the viewer is, what they may use, and the modes available now."""
        require(viewer, "read_pages")
        prompting = any(role != "viewer" for role in viewer.roles)
        datasets = self.datasets.list(viewer=viewer) if prompting else ()
        templates = self.templates.search(viewer=viewer) if prompting else ()
        planners = {planner.mode for planner in self._parts.knowledge.current().planners}
        return {
            "id": viewer.id,
            "roles": list(viewer.roles),
            "attributes": dict(viewer.attributes),
            "datasets": [{"id": one.id, "title": one.title, "rows": one.rows} for one in datasets],
            "templates": [one.id for one in templates],
            "modes": [mode for mode in MODES if mode in planners],
        }

    def once(self, key: str, payload: Any, produce: Callable[[], Any], *, viewer: Viewer) -> Any:
        """What `produce` gives, or what it gave when this viewer sent the same key and payload before."""
        return once(self._parts.state, owner=viewer.id, key=key, payload=payload, produce=produce)

    def check(self) -> tuple[Finding, ...]:
        """What is wrong or odd in the content, checked against the real database."""
        parts = self._parts
        return check_content(
            parts.catalog, parts.warehouse, parts.clock(), parts.knowledge.current().codebook
        )

    def ready(self) -> dict[str, bool]:
        """Whether the parts that prompts need answer: warehouse and state."""
        return {"warehouse": self._parts.warehouse.ready(), "state": self._parts.state.ready()}

    def answer_json(self, answer: Answer) -> dict[str, Any]:
        """An answer as plain JSON, as `oracle ask --json` prints it."""
        return answer_json(answer)

    def close(self) -> None:
        """Let go of warehouse and state."""
        self._parts.warehouse.close()
        self._parts.state.close()

    def _planned(self, one: Asking) -> Plan:
        retrieved = one.stage("retrieve", lambda: retrieve(one.prompt, one.lexicon, one.ranker, one.context))
        candidates = one.stage(
            "select",
            lambda: select(one.prompt, retrieved, one.lexicon, one.allowed, one.find, one.context),
        )
        return one.stage("plan", lambda: plan(one.prompt, candidates, one.context, one.planners))

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
