"""The author's view: choose or write a template, see it under each role, rank prompts against the whole codebook."""

from __future__ import annotations

from functools import partial

from oracle_kit.canvas.html import element, joined
from oracle_kit.codebook.template import Template
from oracle_kit.errors import ContentError, NotPermitted
from oracle_kit.identity.roles import may
from oracle_kit.preview import author_html as made
from oracle_kit.preview import messages as told
from oracle_kit.preview.schema_words import words_at
from oracle_kit.preview.session import Session
from oracle_kit.preview.shell import told_html

UNNAMED = "drafts.drafts.draft"


class AuthorScreen:
    """Whoever may ask sees the codebook; authors get the editor."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._draft: Template | None = None
        self._find, self._editor, self._words = (session.panes.html() for _ in range(3))
        self._trial, self._ranked, self._seen = (session.panes.html() for _ in range(3))
        self.view = session.panes.column(
            self._find, self._editor, self._words, self._trial, self._ranked, self._seen
        )

    async def open(self) -> None:
        """Fill the view."""
        session = self._session
        viewer = await session.run(lambda: session.viewer)
        await self._pick(told.Pick())
        if may(viewer, "author_templates"):
            self._editor.object = session.panes.themed(made.editor_html(made.START, ""))
            self._trial.object = session.panes.themed(made.try_html())

    async def hear(self, message: told.Message) -> None:
        """Do what the browser told."""
        if isinstance(message, told.Pick):
            await (self._take(message.template) if message.template else self._pick(message))
        elif isinstance(message, told.TryPrompt):
            await self._rank(message.text)
        elif isinstance(message, told.Draft):
            await self._drafted(message)

    async def _pick(self, message: told.Pick) -> None:
        session = self._session
        viewer = await session.run(lambda: session.viewer)
        templates = session.oracle.templates
        chapters = await session.run(templates.chapters, viewer=viewer)
        found = await session.run(
            templates.search, message.text, viewer=viewer, chapter=message.chapter or None
        )
        head = element(
            "div", element("h1", "Templates"), element("p", f"{len(found)} that you may use"), class_="s-hero"
        )
        content = made.find_html(chapters, found, message.text, message.chapter)
        self._find.object = session.panes.themed(joined((head, content)))

    async def _take(self, template_id: str) -> None:
        """A template of the codebook, into the editor where its reader may write, else shown as it is."""
        session = self._session
        viewer = await session.run(lambda: session.viewer)
        text = await session.run(session.oracle.drafts.text, template_id, viewer=viewer)
        if not may(viewer, "author_templates"):
            code = element("pre", element("code", text), tabindex="0", aria_label=f"{template_id} as YAML")
            self._editor.object = session.panes.themed(element("div", code, class_="s-panel"))
            return
        self._editor.object = session.panes.themed(made.editor_html(text, template_id))
        await self._complete(told.Draft(text=text, id=template_id))

    async def _drafted(self, message: told.Draft) -> None:
        steps = {
            "complete": self._complete,
            "preview": self._preview,
            "check": self._check,
            "save": self._save,
        }
        await steps[message.want](message)

    async def _complete(self, message: told.Draft) -> None:
        """Words that may stand at the cursor, and the first fault, as the text is written."""
        session = self._session
        viewer = await session.run(lambda: session.viewer)
        ground = await session.run(partial(session.oracle.drafts.ground, viewer=viewer))
        words = await session.run(words_at, message.text, message.cursor, ground)
        fault = await self._read(message)
        self._words.object = session.panes.themed(made.words_html(words, fault))

    async def _read(self, message: told.Draft) -> ContentError | None:
        """The first fault of the draft, which is kept where there is none."""
        session, name = self._session, message.id.strip() or UNNAMED
        try:
            self._draft = await session.run(
                lambda: session.oracle.drafts.read(message.text, name, viewer=session.viewer)
            )
        except ContentError as error:
            self._draft = None
            return error
        return None

    async def _loaded(self, message: told.Draft) -> Template:
        fault = await self._read(message)
        self._words.object = self._session.panes.themed(made.words_html((), fault))
        if fault is not None or self._draft is None:
            raise fault or ContentError("There is no draft.")
        return self._draft

    async def _preview(self, message: told.Draft) -> None:
        session, draft = self._session, await self._loaded(message)
        seen = await session.run(lambda: session.oracle.drafts.under_roles(draft, viewer=session.viewer))
        self._seen.object = session.panes.themed(made.roles_html(seen, session.oracle.kinds))

    async def _check(self, message: told.Draft) -> None:
        session, draft = self._session, await self._loaded(message)
        taken = await session.run(lambda: session.oracle.drafts.taken(draft, viewer=session.viewer))
        self._seen.object = session.panes.themed(made.checked_html(taken))

    async def _save(self, message: told.Draft) -> None:
        session, draft = self._session, await self._loaded(message)
        propose = session.oracle.approvals.propose_template
        if draft.id == UNNAMED:
            raise NotPermitted(
                "A proposal needs an id.", hint="Write one above the editor: chapter.subchapter.name"
            )
        await session.run(lambda: propose(draft.id, message.text, viewer=session.viewer))
        session.say(told_html(f"{draft.id} is proposed.", "A reviewer who is not you can publish it."))

    async def _rank(self, prompt: str) -> None:
        session, draft = self._session, self._draft
        found = await session.run(lambda: session.oracle.drafts.ranking(prompt, draft, viewer=session.viewer))
        name = draft.id if draft is not None else ""
        self._ranked.object = session.panes.themed(made.ranking_html(prompt, found, name))
