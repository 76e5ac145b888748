"""The codebook of a folder: every template parsed and checked, with the chapters that hold them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from oracle_kit.codebook.asks import check_asks, same_ask
from oracle_kit.codebook.fits import check_beside, check_kind, check_shape
from oracle_kit.codebook.ground import Ground
from oracle_kit.codebook.named_query import read_query, slots_of
from oracle_kit.codebook.place import Place
from oracle_kit.codebook.template import (
    BlockFile,
    ChapterFile,
    SlotsFile,
    Template,
    TemplateBlock,
    TemplateFile,
)
from oracle_kit.content import Document, parse_document, read_document, validate
from oracle_kit.errors import ContentError
from oracle_kit.query import Query, Value, digest
from oracle_kit.words import DatasetWords

CHAPTER = "chapter.yaml"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Chapter(Value):
    """A chapter or subchapter: its id (the folder's path, with dots), titles, how many templates."""

    id: str
    title: str
    description: str
    count: int = 0


@dataclass(frozen=True, eq=False)
class Codebook:
    """Templates, chapters and subchapters by id; `documents` say where each file's template stands.

    `stored` are the ids whose template is one that was made here, not a file's.
    """

    templates: Mapping[str, Template]
    chapters: Mapping[str, Chapter]
    subchapters: Mapping[str, Chapter]
    digest: str
    documents: Mapping[str, Document]
    stored: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        templates: Mapping[str, Template],
        chapters: Iterable[Chapter],
        subchapters: Iterable[Chapter],
        documents: Mapping[str, Document],
    ) -> Codebook:
        """The codebook of these parts, counted and digested."""
        ordered = dict(sorted(templates.items()))
        one, two = (_counted(found, ordered) for found in (chapters, subchapters))
        titles = [chapter.model_dump(mode="json") for chapter in (*one.values(), *two.values())]
        content = digest([titles, [(name, one.digest) for name, one in ordered.items()]])
        return cls(ordered, one, two, content, dict(documents))

    def with_stored(self, stored: Iterable[Template], chapters: Iterable[Chapter] = ()) -> Codebook:
        """The codebook with stored templates in the place of the files' ones of the same id, and further
        chapters (one part in the id) and subchapters (two)."""
        made = {template.id: template for template in stored}
        added = tuple(chapters)
        one = {**self.chapters, **{c.id: c for c in added if "." not in c.id}}
        two = {**self.subchapters, **{c.id: c for c in added if "." in c.id}}
        whole = Codebook.of({**self.templates, **made}, one.values(), two.values(), self.documents)
        return replace(whole, stored=self.stored | made.keys())


def load_codebook(folder: Path, ground: Ground) -> Codebook:
    """The codebook of a folder; ContentError (the first fault) with file, line, field and nearest name."""
    codebook, faults = read_codebook(folder, ground)
    if faults:
        raise faults[0]
    return codebook


def read_codebook(folder: Path, ground: Ground) -> tuple[Codebook, tuple[ContentError, ...]]:
    """The codebook of what loads, and every fault found on the way (one per file at most)."""
    faults: list[ContentError] = []
    chapters, subchapters = (list(_chapters(folder, depth, faults)) for depth in (1, 2))
    templates: dict[str, Template] = {}
    documents: dict[str, Document] = {}
    for path in _template_files(folder, faults):
        try:
            identity = ".".join(path.relative_to(folder).with_suffix("").parts)
            document = read_document(path, _shown(path, folder))
            templates[identity] = _template(document, identity, ground)
            documents[identity] = document
        except ContentError as error:
            faults.append(error)
    if not templates and not faults:
        faults.append(ContentError("this folder holds no template", file=str(folder), hint=_LAYOUT))
    codebook = Codebook.of(templates, chapters, subchapters, documents)
    return codebook, (*faults, *_repeated(codebook))


def load_template(text: str, template_id: str, ground: Ground, beside: Codebook | None = None) -> Template:
    """The template that a stored text is, checked as files are; ContentError calls the text `<id>.yaml`.

    With `beside`, its subchapter must be there, and none of its asks may be one of another template.
    """
    document = parse_document(text, f"{template_id}.yaml")
    _check_id(template_id, document)
    template = _template(document, template_id, ground)
    if beside is not None:
        home = template_id.rpartition(".")[0]
        Place(document).known(home, beside.subchapters, "subchapter")
        taken = {same_ask(a): t.id for t in beside.templates.values() if t.id != template_id for a in t.asks}
        for at, ask in enumerate(template.asks):
            if same_ask(ask) in taken:
                raise _also_asked(document, at, ask, taken[same_ask(ask)])
    return template


def load_chapter(text: str, chapter_id: str, beside: Codebook | None = None) -> Chapter:
    """The chapter (one part in the id) or subchapter (two) that a stored text is, checked as a `chapter.yaml` is.

    With `beside`, the chapter of a subchapter must be there.
    """
    document = parse_document(text, f"{chapter_id}.yaml")
    parts = chapter_id.split(".")
    if len(parts) > 2 or not all(_NAME.fullmatch(part) for part in parts):
        hint = f"Write <chapter> or <chapter>.<subchapter>. {_ID_HINT}"
        raise document.error(f"{chapter_id!r} is no id of a chapter", (), hint)
    found = validate(ChapterFile, document)
    if beside is not None and len(parts) == 2:
        Place(document).known(parts[0], beside.chapters, "chapter")
    return Chapter(id=chapter_id, title=found.title, description=found.description)


_LAYOUT = "Write templates as <chapter>/<subchapter>/<template>.yaml."


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder.parent).as_posix()


def _chapters(folder: Path, depth: int, faults: list[ContentError]) -> Iterator[Chapter]:
    """The chapters (depth 1) or subchapters (depth 2), each with its `chapter.yaml`."""
    for home in sorted(path for path in folder.glob("/".join("*" * depth)) if path.is_dir()):
        if not any(home.rglob("*.yaml")):
            continue
        file = home / CHAPTER
        try:
            if not file.exists():
                hint = "Give it a title and a description."
                raise ContentError(
                    f"there is no {CHAPTER} in this folder", file=_shown(file, folder), hint=hint
                )
            found = validate(ChapterFile, read_document(file, _shown(file, folder)))
            identity = ".".join(home.relative_to(folder).parts)
            yield Chapter(id=identity, title=found.title, description=found.description)
        except ContentError as error:
            faults.append(error)


def _template_files(folder: Path, faults: list[ContentError]) -> Iterator[Path]:
    """The template files where they belong; a fault for each file elsewhere."""
    for path in sorted(folder.rglob("*.y*ml")):
        parts = path.relative_to(folder).with_suffix("").parts
        if path.name == CHAPTER and len(parts) in (2, 3):
            continue
        if path.suffix != ".yaml" or len(parts) != 3:
            faults.append(ContentError("no template stands here", file=_shown(path, folder), hint=_LAYOUT))
        elif not all(_NAME.fullmatch(part) for part in parts):
            faults.append(ContentError(_BAD_ID, file=_shown(path, folder), hint=_ID_HINT))
        else:
            yield path


_BAD_ID = "the path is no id"
_ID_HINT = "Use a small letter, then small letters, digits and _ for each part."


def _check_id(template_id: str, document: Document) -> None:
    parts = template_id.split(".")
    if len(parts) != 3 or not all(_NAME.fullmatch(part) for part in parts):
        raise document.error(
            f"{template_id!r} is no id of a template",
            (),
            f"Write <chapter>.<subchapter>.<template>. {_ID_HINT}",
        )


def _template(document: Document, identity: str, ground: Ground) -> Template:
    """The template of a document, every name of it checked."""
    file = validate(TemplateFile, document)
    place = Place(document)
    check_asks(file.asks, place)
    place.at("dataset").known(file.dataset, ground.datasets, "dataset that anybody may read")
    blocks = tuple(
        _block(block, file.dataset, place.at("blocks", at), ground) for at, block in enumerate(file.blocks)
    )
    first = blocks[0]
    main = first.queries["main"]
    check_shape(file.shape, main, ground.datasets[main.dataset], first.slots, place)
    _check_slots(file.slots, ground.datasets[file.dataset], place.at("slots"))
    return Template(
        id=identity,
        blocks=blocks,
        digest=digest(file),
        **{name: getattr(file, name) for name in TemplateFile.model_fields if name != "blocks"},
    )


def _block(block: BlockFile, dataset: str, place: Place, ground: Ground) -> TemplateBlock:
    main = read_query(block.query, dataset, place.at("query"), ground)
    slots = slots_of(block.query)
    check_kind(block, main, ground.datasets[main.dataset], slots, place)
    queries: dict[str, Query] = {"main": main}
    for name, written in block.queries.items():
        at = place.at("queries", name)
        queries[name] = read_query(written, main.dataset, at, ground)
        check_beside(name, queries[name], ground.datasets[queries[name].dataset], at)
    known = place.at("kind").known(block.kind, ground.props, "block kind")
    place.at("props").valid(ground.props[known], block.props)
    return TemplateBlock(
        kind=block.kind, title=block.title, width=block.width, queries=queries, props=block.props, slots=slots
    )


def _check_slots(slots: SlotsFile, words: DatasetWords, place: Place) -> None:
    """ContentError when a slot allows what the dataset does not have."""
    fields = [field.name for field in words.fields]
    filters = [*fields, *(term.name for term in words.terms), *(one.name for one in words.relations)]
    allowed = {
        "filters": (filters, "field, term or relation"),
        "groupings": (fields, "field"),
        "measures": ([measure.name for measure in words.measures], "measure"),
    }
    for name, (known, what) in allowed.items():
        said = getattr(slots, name)
        for at, one in enumerate(said if isinstance(said, tuple) else ()):
            place.at(name, at).known(one, known, f"{what} of {words.id} called")


def _repeated(codebook: Codebook) -> Iterator[ContentError]:
    """A fault for each ask that stands in two templates."""
    first: dict[str, str] = {}
    for template in codebook.templates.values():
        for at, ask in enumerate(template.asks):
            owner = first.setdefault(same_ask(ask), template.id)
            if owner != template.id:
                yield _also_asked(codebook.documents[template.id], at, ask, owner)


def _also_asked(document: Document, at: int, ask: str, other: str) -> ContentError:
    return document.error(f"{ask!r} is an ask of {other} too", ("asks", at), "Leave it with one of them.")


def _counted(chapters: Iterable[Chapter], templates: Mapping[str, Template]) -> dict[str, Chapter]:
    found = {}
    for chapter in sorted(chapters, key=lambda one: one.id):
        count = sum(identity.startswith(f"{chapter.id}.") for identity in templates)
        found[chapter.id] = chapter.model_copy(update={"count": count})
    return found
