"""The operator's view: what answers prompts, jobs with their progress, proposed writes; all as the viewer may."""

from __future__ import annotations

from oracle_kit.canvas.html import Html, element, joined
from oracle_kit.errors import NotPermitted
from oracle_kit.identity.roles import may
from oracle_kit.preview import messages as told
from oracle_kit.preview.cards import act, button
from oracle_kit.preview.operator_html import absent_html, approvals_html, jobs_html, modes_html, parts_html
from oracle_kit.preview.session import Session
from oracle_kit.preview.shell import told_html

SHOWN = 20
ABSENT = {"models": "Providers with their health, the model of each workload, and the switch"}


class OperatorScreen:
    """What is up and what waits for somebody; what this Oracle has not got yet is said plainly."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pane = session.panes.html()
        self.view = session.panes.column(self._pane)

    async def open(self) -> None:
        """Fill the view."""
        self._pane.object = self._session.panes.themed(await self._session.run(self._made))

    async def hear(self, message: told.Message) -> None:
        """Decide a proposal, cancel or repeat a job, or read it all anew."""
        session = self._session
        oracle = session.oracle
        if isinstance(message, told.Review):
            done = await session.run(
                lambda: oracle.approvals.review(
                    message.approval, message.verdict, viewer=session.viewer, comment=message.text
                )
            )
            session.say(told_html(f"{done.title}: {done.status}."))
        elif isinstance(message, told.Job):
            act_on = oracle.jobs.cancel if message.do == "cancel" else oracle.jobs.retry
            job = await session.run(lambda: act_on(message.job, viewer=session.viewer))
            session.say(told_html(f"{job.job_id}: {job.status.replace('_', ' ')}."))
        elif not isinstance(message, told.Reload):
            return
        await self.open()

    def _made(self) -> Html:
        oracle, viewer = self._session.oracle, self._session.viewer
        again = element("p", button("Read again", act("reload"), "s-small"))
        head = element("div", element("h1", "Operations"), again, class_="s-hero")
        modes = oracle.me(viewer=viewer)["modes"]
        absent = [what for name, what in ABSENT.items() if not hasattr(oracle, name)]
        return joined(
            (
                head,
                parts_html(oracle.ready()),
                modes_html(modes),
                absent_html(absent),
                self._waiting(),
            )
        )

    def _waiting(self) -> Html:
        """Jobs and proposals, for whoever may see them."""
        oracle, viewer = self._session.oracle, self._session.viewer
        try:
            jobs, _ = oracle.jobs.list(viewer=viewer, limit=SHOWN)
            proposed, _ = oracle.approvals.list(viewer=viewer, limit=SHOWN)
        except NotPermitted as error:
            return element("p", str(error), class_="s-quiet")
        reviewing = may(viewer, "approve")
        return joined((jobs_html(jobs), approvals_html(proposed, may_review=reviewing, viewer=viewer.id)))
