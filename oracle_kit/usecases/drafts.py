"""Templates while they are written: read from text, seen under each role, ranked beside the whole codebook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from oracle_kit.check.ground import ground_on
from oracle_kit.codebook.ground import Ground
from oracle_kit.codebook.load import load_template
from oracle_kit.codebook.rank import Ranker
from oracle_kit.codebook.ranked_words import template_words
from oracle_kit.codebook.template import Template
from oracle_kit.content import Document, yaml_text
from oracle_kit.errors import OracleError
from oracle_kit.identity.roles import ROLES, require
from oracle_kit.language.tongue import load_tongue
from oracle_kit.model import Block, Match, Viewer
from oracle_kit.query import Value
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.reading import seen_blocks
from oracle_kit.usecases.seeding import plain_blocks
from oracle_kit.usecases.templates import Templates

MOST_RANKED = 8
NEIGHBOURS = 4  # of each ask, whose own asks are tried


class Seen(Value):
    """A draft's blocks as one role would get them, shown as far as its author may see; or why there are none."""

    role: str
    blocks: tuple[Block, ...] = ()
    refused: str = ""


class Taken(Value):
    """An ask of another template that the draft would answer instead."""

    ask: str
    template_id: str
    score: float


class Drafts:
    """Drafts of templates; nothing of them is kept."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def ground(self, *, viewer: Viewer) -> Ground:
        """What a draft is checked against; its datasets, fields and kinds are what a template may name."""
        require(viewer, "author_templates")
        parts = self._parts
        props = {kind.name: kind.Props for kind in parts.kinds}
        return ground_on(parts.catalog, load_tongue(), parts.clock(), props)

    def read(self, text: str, template_id: str, *, viewer: Viewer) -> Template:
        """The template that the text is; ContentError with line, field and nearest name."""
        beside = self._parts.knowledge.current().codebook
        return load_template(text, template_id, self.ground(viewer=viewer), beside)

    def written(self, data: Any) -> str:
        """A template given as plain JSON, as YAML text."""
        return yaml_text(Document("", data, {}))

    def text(self, template_id: str, *, viewer: Viewer) -> str:
        """A template as YAML text, as it is in force: the file's, or the one made here; NotFound."""
        parts = self._parts
        Templates(parts).read(template_id, viewer=viewer)
        codebook = parts.knowledge.current().codebook
        if template_id in codebook.stored:
            return next(one.text for one in parts.stored.versions(template_id) if one.status == "published")
        return yaml_text(codebook.documents[template_id])

    def under_roles(
        self, template: Template, *, viewer: Viewer, roles: tuple[str, ...] = ROLES[1:]
    ) -> tuple[Seen, ...]:
        """The draft's blocks on live data under each role, each as far as the viewer may see it."""
        require(viewer, "author_templates")
        return tuple(self._under(template, viewer, role) for role in roles)

    def ranking(
        self, prompt: str, draft: Template | None, *, viewer: Viewer, limit: int = MOST_RANKED
    ) -> tuple[Match, ...]:
        """The templates that the prompt may mean, the draft among them, best first, each with why."""
        require(viewer, "author_templates")
        return self._ranker(draft).rank(prompt, limit)

    def taken(self, draft: Template, *, viewer: Viewer) -> tuple[Taken, ...]:
        """The asks of the draft's nearest neighbours that it would take from them."""
        require(viewer, "author_templates")
        before, after = self._ranker(None), self._ranker(draft)
        near = {match.template_id for ask in draft.asks for match in before.rank(ask, NEIGHBOURS)}
        known = self._parts.knowledge.current().codebook.templates
        asks = ((ask, name) for name in sorted(near - {draft.id}) for ask in known[name].asks)
        return tuple(self._taken(asks, before, after, draft.id))

    def _taken(
        self, asks: Iterator[tuple[str, str]], before: Ranker, after: Ranker, draft: str
    ) -> Iterator[Taken]:
        for ask, name in asks:
            now = after.rank(ask, 1)
            if not now or now[0].template_id != draft:
                continue
            was = before.rank(ask, 1)
            if was and was[0].template_id == name:
                yield Taken(ask=ask, template_id=name, score=now[0].score)

    def _ranker(self, draft: Template | None) -> Ranker:
        known = self._parts.knowledge.current()
        if draft is None:
            return known.ranker
        return known.ranker.with_templates((template_words(draft, known.words),))

    def _under(self, template: Template, viewer: Viewer, role: str) -> Seen:
        parts = self._parts
        whose = parts.viewers.get(role) or Viewer(id=role, roles=(role,))
        try:
            require(whose, "prompt")
            blocks = plain_blocks(parts, template, whose)
        except OracleError as error:
            return Seen(role=role, refused=str(error))
        return Seen(role=role, blocks=seen_blocks(blocks, parts, viewer))
