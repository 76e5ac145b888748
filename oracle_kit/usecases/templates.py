"""Templates under a viewer's rights: the tree, search, one whole, and what it shows on the current data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from oracle_kit.approvals.templates import retire
from oracle_kit.codebook.filling import SlotValues
from oracle_kit.codebook.load import Chapter, Codebook
from oracle_kit.codebook.stored import StoredVersion
from oracle_kit.codebook.template import Template
from oracle_kit.content import yaml_text
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.policy import access
from oracle_kit.errors import Conflict, NotFound, did_you_mean
from oracle_kit.identity.roles import require
from oracle_kit.model import Answer, Block, Viewer
from oracle_kit.query import Value
from oracle_kit.usecases.memo import ForViewers
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.seeding import plain_blocks, seeded

MOST_FOUND = 200  # templates that a search may match


class Found(Value):
    """A template in a list: what it answers, and why it matched a search."""

    id: str
    title: str
    description: str
    chapter: str
    subchapter: str
    dataset: str
    kinds: tuple[str, ...]
    asks: tuple[str, ...]
    version: int
    score: float | None = None
    why: str = ""


class Counted(Value):
    """A chapter or subchapter with how many templates the viewer may use in it."""

    id: str
    title: str
    description: str
    templates: int


class Version(Value):
    """One version of a template; `file` names where it stands, where it was not made here."""

    version: int
    status: Literal[
        "in_force", "covered", "retired"
    ]  # covered: a version that was made here stands before the file's
    file: str = ""
    author: str = ""
    message: str = ""
    published_at: datetime | None = None
    reviewed_by: str | None = None
    retired_at: datetime | None = None
    retired_by: str | None = None
    text: str  # YAML, as a template file has it


class Templates:
    """The codebook of one workbench."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._usable: ForViewers[Mapping[str, tuple[Template, Found]]] = ForViewers()

    def ids(self, *, viewer: Viewer) -> tuple[str, ...]:
        """The ids of the templates that the viewer may use."""
        require(viewer, "prompt")
        return tuple(self._allowed(viewer))

    def search(
        self,
        words: str = "",
        *,
        viewer: Viewer,
        chapter: str | None = None,
        subchapter: str | None = None,
        kind: str | None = None,
        dataset: str | None = None,
    ) -> tuple[Found, ...]:
        """The templates that the viewer may use and that pass the filters; best match first where words are given."""
        require(viewer, "prompt")
        usable = self._allowed(viewer)
        found = self._matched(words, usable) if words.strip() else (one for _, one in usable.values())
        return tuple(
            one
            for one in found
            if chapter in (None, one.chapter)
            and subchapter in (None, one.subchapter)
            and dataset in (None, one.dataset)
            and (kind is None or kind in one.kinds)
        )

    def read(self, template_id: str, *, viewer: Viewer) -> Template:
        """One template; NotFound where there is none for this viewer."""
        require(viewer, "prompt")
        known = self._allowed(viewer)
        if template_id not in known:
            hint = did_you_mean(template_id, known)
            raise NotFound(f"There is no template {template_id!r}.", hint=hint)
        return known[template_id][0]

    def seed(
        self,
        template_id: str,
        values: SlotValues | None = None,
        *,
        viewer: Viewer,
        page: str | None = None,
        key: str | None = None,
    ) -> Answer:
        """The template's blocks put on a page (None: a new one), its places filled with values, without a prompt.

        Raises QueryRefused for a value that the template does not take, FieldNotAllowed where nothing may be shown,
        and otherwise what `Oracle.ask` does.
        """
        template = self.read(template_id, viewer=viewer)
        return seeded(self._parts, template, values or SlotValues(), viewer=viewer, page=page, key=key)

    def versions(self, template_id: str, *, viewer: Viewer) -> tuple[Version, ...]:
        """The versions of a template that there have been, newest first, its file's last; NotFound."""
        self.read(template_id, viewer=viewer)
        made = tuple(_version(one) for one in self._parts.stored.versions(template_id))
        files = self._parts.knowledge.files.codebook
        if template_id not in files.templates:
            return made
        covered = any(one.status == "in_force" for one in made)
        from_file = Version(
            version=files.templates[template_id].version,
            status="covered" if covered else "in_force",
            file=files.documents[template_id].file,
            text=yaml_text(files.documents[template_id]),
        )
        return (*made, from_file)

    def retire(self, template_id: str, *, viewer: Viewer) -> Version | None:
        """Take back what was made here of a template; gives its file's version, which holds again, or None.

        NotFound, NotPermitted by role; Conflict, naming the file, where a file is all that there is of it.
        """
        require(viewer, "retire_templates")
        self.read(template_id, viewer=viewer)
        if not retire(self._parts.state, template_id, by=viewer.id):
            document = self._parts.knowledge.files.codebook.documents.get(template_id)
            file = document.file if document is not None else "a file"
            raise Conflict(
                f"{template_id} stands in {file}; nothing of it was made here.",
                hint="Remove the file where the content is kept, or propose another version.",
            )
        self._parts.knowledge.renew()
        if template_id not in self._parts.knowledge.files.codebook.templates:
            return None
        return self.versions(template_id, viewer=viewer)[-1]

    def chapters(self, *, viewer: Viewer) -> tuple[Counted, ...]:
        """The chapters with how many templates of each the viewer may use."""
        require(viewer, "prompt")
        counts = Counter(one.split(".")[0] for one in self._allowed(viewer))
        return tuple(
            _counted(one, counts) for one in self._parts.knowledge.current().codebook.chapters.values()
        )

    def subchapters(self, *, viewer: Viewer, chapter: str | None = None) -> tuple[Counted, ...]:
        """The subchapters, of all chapters or of one."""
        require(viewer, "prompt")
        counts = Counter(one.rpartition(".")[0] for one in self._allowed(viewer))
        every = self._parts.knowledge.current().codebook.subchapters.values()
        return tuple(_counted(one, counts) for one in every if chapter in (None, one.id.split(".")[0]))

    def blocks(self, template_id: str, *, viewer: Viewer) -> tuple[Block, ...]:
        """The template's blocks on the current data, under the viewer's rights; nothing is committed."""
        return plain_blocks(self._parts, self.read(template_id, viewer=viewer), viewer)

    def _allowed(self, viewer: Viewer) -> Mapping[str, tuple[Template, Found]]:
        """The templates that the viewer may use, each as it is listed."""
        known = self._parts.knowledge.current()
        return self._usable.of(viewer, known, lambda: _usable(known.codebook, self._parts.catalog, viewer))

    def _matched(self, words: str, usable: Mapping[str, tuple[Template, Found]]) -> Iterator[Found]:
        for match in self._parts.knowledge.current().ranker.rank(words, MOST_FOUND):
            if match.template_id in usable:
                found = usable[match.template_id][1]
                yield found.model_copy(update={"score": match.score, "why": match.why})


def _usable(codebook: Codebook, catalog: Catalog, viewer: Viewer) -> dict[str, tuple[Template, Found]]:
    allowed = {name for name, dataset in catalog.datasets.items() if access(dataset, viewer) is not None}
    return {
        template.id: (template, _found(template))
        for template in codebook.templates.values()
        if {query.dataset for block in template.blocks for query in block.queries.values()} <= allowed
    }


def _version(one: StoredVersion) -> Version:
    told = one.model_dump(exclude={"template_id", "status", "created_at"})
    return Version(status="in_force" if one.status == "published" else "retired", **told)


def _found(template: Template) -> Found:
    subchapter = template.id.rpartition(".")[0]
    return Found(
        id=template.id,
        title=template.title,
        description=template.description,
        chapter=subchapter.partition(".")[0],
        subchapter=subchapter,
        dataset=template.dataset,
        kinds=tuple(dict.fromkeys(block.kind for block in template.blocks)),
        asks=template.asks,
        version=template.version,
    )


def _counted(one: Chapter, counts: Counter[str]) -> Counted:
    return Counted(id=one.id, title=one.title, description=one.description, templates=counts[one.id])
