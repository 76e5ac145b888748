"""The operator's view: what answers prompts, the models and the switch, jobs, proposed writes; as the viewer may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from oracle_kit.canvas.html import Html, element, joined
from oracle_kit.errors import NoProvider, NotPermitted, Refused
from oracle_kit.identity.roles import may
from oracle_kit.llm.health import Health
from oracle_kit.llm.switch import ModelChoice, Switch
from oracle_kit.preview import messages as told
from oracle_kit.preview.cards import act, button
from oracle_kit.preview.models_html import providers_html, routing_html
from oracle_kit.preview.operator_html import approvals_html, jobs_html, modes_html, parts_html
from oracle_kit.preview.session import Session
from oracle_kit.preview.shell import told_html
from oracle_kit.usecases.models import Routing

SHOWN = 20


class OperatorScreen:
    """What is up, who is asked, and what waits for somebody."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._routing: Routing | None = None
        self._head, self._models, self._rest = (session.panes.html() for _ in range(3))
        self.view = session.panes.column(self._head, self._models, self._rest)
        self._answers: dict[type, Callable[[Any], Any]] = {
            told.Review: self._review,
            told.Job: self._job,
            told.LookAt: self._look,
            told.Route: self._route,
            told.ModelFor: self._model_for,
            told.Reload: self._reload,
        }

    async def open(self) -> None:
        """Fill the view as far as it is known; providers that nobody looked at lately are looked at meanwhile."""
        session = self._session
        await self._draw()
        session.beside(self._found, self._draw_models)

    async def hear(self, message: told.Message) -> None:
        """Decide a proposal, cancel or repeat a job, look at a provider, set the switch, or read it all anew."""
        answer = self._answers.get(type(message))
        if answer is not None:
            await answer(message)

    async def _draw(self) -> None:
        session, themed = self._session, self._session.panes.themed
        self._head.object = themed(await session.run(self._made_head))
        self._draw_models(await session.run(self._known))
        self._rest.object = themed(await session.run(self._made_rest))

    async def _review(self, message: told.Review) -> None:
        session = self._session
        done = await session.run(
            lambda: session.oracle.approvals.review(
                message.approval, message.verdict, viewer=session.viewer, comment=message.text
            )
        )
        session.say(told_html(f"{done.title}: {done.status}."))
        await self._draw()

    async def _job(self, message: told.Job) -> None:
        session, jobs = self._session, self._session.oracle.jobs
        act_on = jobs.cancel if message.do == "cancel" else jobs.retry
        job = await session.run(lambda: act_on(message.job, viewer=session.viewer))
        session.say(told_html(f"{job.job_id}: {job.status.replace('_', ' ')}."))
        await self._draw()

    async def _reload(self, _: told.Reload) -> None:
        await self.open()

    async def _look(self, message: told.LookAt) -> None:
        session = self._session
        seen = await session.run(
            lambda: session.oracle.models.probe(message.provider, viewer=session.viewer, wake=message.wake)
        )
        session.say(told_html(f"{seen.id}: {seen.status.replace('_', ' ')}.", seen.reason))
        await self._draw()

    async def _route(self, message: told.Route) -> None:
        before, name = self._switch, message.provider
        off = tuple(one for one in before.disabled if one != name)
        pin = before.pin
        if message.do in ("pin", "unpin"):
            off, pin = before.disabled, name if message.do == "pin" else None
        elif message.do == "disable":
            off = (*off, name)
        whole = before.model_copy(update={"pin": pin, "disabled": off})
        await self._put(Switch() if message.do == "reset" else whole)

    async def _model_for(self, message: told.ModelFor) -> None:
        models = {name: one for name, one in self._switch.models.items() if name != message.workload}
        provider, _, model = message.text.strip().partition("/")
        if bool(provider) != bool(model):
            raise Refused(
                f"“{message.text}” does not name a provider and a model.",
                hint="Such as ollama/qwen3.6:35b-a3b.",
            )
        if model:
            models[message.workload] = ModelChoice(provider=provider, model=model)
        await self._put(self._switch.model_copy(update={"models": models}))

    async def _put(self, switch: Switch) -> None:
        """Set the switch, unless somebody else set it since it was shown here."""
        session, known = self._session, self._routing
        try:
            await session.run(
                lambda: session.oracle.models.put_switch(
                    switch, viewer=session.viewer, unchanged_since=known.change if known else None
                )
            )
            session.say(told_html("The switch is set, in force at once in every process."))
        finally:
            await self._draw()

    @property
    def _switch(self) -> Switch:
        return self._routing.switch if self._routing is not None else Switch()

    def _known(self) -> tuple[Health, ...]:
        """The providers as this process knows them, with the routing; none for who may not see them."""
        models, viewer = self._session.oracle.models, self._session.viewer
        try:
            self._routing = models.routing(viewer=viewer)
        except (NoProvider, NotPermitted):
            self._routing = None
            return ()
        return tuple(models.provider(name, viewer=viewer) for name in self._routing.policy.providers)

    def _found(self) -> tuple[Health, ...]:
        """The providers after a look at those that nobody looked at lately."""
        if self._routing is None:
            return ()
        return self._session.oracle.models.providers(viewer=self._session.viewer)

    def _draw_models(self, found: Sequence[Health]) -> None:
        routing = self._routing
        if routing is None:
            return
        operating = may(self._session.viewer, "operate")
        made = joined(
            (
                providers_html(found, routing.switch, operating=operating),
                routing_html(routing, found, operating=operating),
            )
        )
        self._models.object = self._session.panes.themed(made)

    def _made_head(self) -> Html:
        oracle, viewer = self._session.oracle, self._session.viewer
        again = element("p", button("Read again", act("reload"), "s-small"))
        head = element("div", element("h1", "Operations"), again, class_="s-hero")
        return joined((head, parts_html(oracle.ready()), modes_html(oracle.me(viewer=viewer)["modes"])))

    def _made_rest(self) -> Html:
        """Jobs and proposals, for whoever may see them."""
        oracle, viewer = self._session.oracle, self._session.viewer
        try:
            jobs, _ = oracle.jobs.list(viewer=viewer, limit=SHOWN)
            proposed, _ = oracle.approvals.list(viewer=viewer, limit=SHOWN)
        except NotPermitted as error:
            return element("p", str(error), class_="s-quiet")
        reviewing = may(viewer, "approve")
        return joined((jobs_html(jobs), approvals_html(proposed, may_review=reviewing, viewer=viewer.id)))
