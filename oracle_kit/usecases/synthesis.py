"""A template from a description and a few asks, found by the understanding that answers prompts; no model is needed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from oracle_kit.codebook.asks import LONGEST_ASK, same_ask
from oracle_kit.codebook.load import Codebook
from oracle_kit.codebook.template import Template
from oracle_kit.content import Document, yaml_text
from oracle_kit.errors import NotFound, Refused, did_you_mean
from oracle_kit.identity.roles import require
from oracle_kit.jobs.job import Job, JobAsked
from oracle_kit.jobs.synthesis_type import Chosen, TemplateSynthesis
from oracle_kit.model import Block, Viewer
from oracle_kit.query import Value
from oracle_kit.usecases.drafted import Drafted, drafted
from oracle_kit.usecases.drafts import Drafts, Taken
from oracle_kit.usecases.parts import Parts
from oracle_kit.usecases.rewriting import Dropped, Kept, evaluation_prompts, more_asks
from oracle_kit.usecases.seeding import plain_blocks
from oracle_kit.usecases.understanding import Understanding, Understood, understanding
from oracle_kit.words import DatasetWords

WANTED = 5  # asks of a template
MOST_GIVEN = 50
LONGEST_OF_ASKS = 12  # words of a description that is an ask itself
NEIGHBOURS = 5


class Neighbour(Value):
    """A template that is near to the draft's asks: by how much, and through which ask."""

    template_id: str
    title: str
    score: float
    why: str


class Synthesized(Value):
    """A draft that is sound: its text, what it shows on the data of now, who is near and what it would take from them.

    `dropped` are asks that were given or made and not kept; `notes` say what was left open or is still wanting.
    """

    template_id: str
    text: str
    template: Template
    blocks: tuple[Block, ...]
    neighbours: tuple[Neighbour, ...]
    taken: tuple[Taken, ...]
    dropped: tuple[Dropped, ...]
    not_understood: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """What a draft is asked for."""

    description: str
    asks: tuple[str, ...] = ()
    dataset: str | None = None
    template_id: str | None = None


class Submits(Protocol):
    """Where batches are submitted."""

    def submit_items(
        self, asked: JobAsked, items: Iterable[tuple[str, str]], *, viewer: Viewer, key: str | None
    ) -> Job:
        """A job of texts by their request ids."""
        ...


class Synthesis:
    """Templates that the workbench drafts itself; nothing of them is kept but as proposals."""

    job_type = TemplateSynthesis.name

    def __init__(self, parts: Parts, jobs: Submits) -> None:
        self._parts, self._jobs = parts, jobs

    def submit(
        self, chosen: Sequence[Chosen], *, viewer: Viewer, key: str | None = None, **asked: Any
    ) -> Job:
        """A batch that proposes more asks and templates, an item for each subchapter; `asked` as of any batch.

        NotPermitted by role, NotFound for a subchapter that is not there.
        """
        require(viewer, "author_templates")
        known = self._parts.knowledge.current().codebook.subchapters
        for one in chosen:
            if one.subchapter not in known:
                hint = did_you_mean(one.subchapter, known)
                raise NotFound(f"There is no subchapter {one.subchapter!r}.", hint=hint)
        items = {one.subchapter: one.model_dump_json() for one in chosen}
        job = JobAsked(job_type=self.job_type, **asked)
        return self._jobs.submit_items(job, items.items(), viewer=viewer, key=key)

    def draft(
        self,
        description: str,
        *,
        viewer: Viewer,
        asks: Sequence[str] = (),
        dataset: str | None = None,
        template_id: str | None = None,
    ) -> Synthesized:
        """A sound draft of what is described and asked; Refused, with what was not understood, where there is none.

        Raises NotFound for a dataset that the viewer may not read, ContentError for an id that is none or whose
        subchapter is not there, NotPermitted by role.
        """
        return synthesized(self._parts, Wanted(description, tuple(asks), dataset, template_id), viewer)


def synthesized(parts: Parts, wanted: Wanted, viewer: Viewer) -> Synthesized:
    """As `Synthesis.draft`."""
    require(viewer, "author_templates")
    _check_size(wanted)
    with understanding(parts, viewer, wanted.dataset) as read:
        described = read.of(wanted.description)
        asks = [read.of(ask) for ask in dict.fromkeys(wanted.asks)]
        readings = _readings(described, asks)
        words = read.words[readings[0].query.dataset]
        draft = drafted(readings, words)
        kept = Kept(wanted.template_id or "", read.known.ranker, evaluation_prompts(parts.evaluation_file))
        dropped = _asks(parts, described, asks, draft, read, kept)
        data = _data(wanted, draft, kept.asks, words.id, draft.block(words))
    identity = wanted.template_id or _identity(data["title"], words.id, kept, parts)
    text, drafts = yaml_text(Document("", data, {})), Drafts(parts)
    template = drafts.read(text, identity, viewer=viewer)
    return Synthesized(
        template_id=identity,
        text=text,
        template=template,
        blocks=plain_blocks(parts, template, viewer),
        neighbours=_neighbours(template, drafts, viewer, parts),
        taken=drafts.taken(template, viewer=viewer),
        dropped=tuple(dropped),
        not_understood=described.left,
        notes=tuple(_notes(draft, template, described, words)),
    )


def _check_size(wanted: Wanted) -> None:
    if len(wanted.asks) > MOST_GIVEN:
        raise Refused(f"At most {MOST_GIVEN} asks are read.", hint="Five in different words are plenty.")
    for text in wanted.asks:
        if len(text) > LONGEST_ASK:
            raise Refused(f"An ask has at most {LONGEST_ASK} characters.", hint="Write what a person types.")


def _readings(described: Understood, asks: Sequence[Understood]) -> list[Any]:
    """The readings that the draft is made of, on the dataset that most of them are of; Refused where there is none."""
    whole = [one.reading for one in (described, *asks) if one.whole and one.reading is not None]
    if not whole and described.reading is not None and _says_something(described):
        whole = [described.reading]
    if not whole:
        faults = [f"“{one.text}”: {one.why_not}" for one in (*asks, described)]
        raise Refused(
            "Nothing can be drafted from this. " + _told(faults),
            hint="Use words that the datasets declare, or add them to the dataset's glossary.",
        )
    datasets = Counter(one.query.dataset for one in whole)
    most = max(datasets.values())
    home = next(one.query.dataset for one in whole if datasets[one.query.dataset] == most)
    return [one for one in whole if one.query.dataset == home]


def _told(faults: Sequence[str]) -> str:
    return "; ".join(one.rstrip(".") for one in faults[:3]) + "."


def _says_something(described: Understood) -> bool:
    reading = described.reading
    return reading is not None and not described.refused and (reading.noun or reading.measured)


def _asks(
    parts: Parts,
    described: Understood,
    asks: Sequence[Understood],
    draft: Drafted,
    read: Understanding,
    kept: Kept,
) -> list[Dropped]:
    """Fills `kept` with the asks of the draft: those given that it answers, then others in words that content
    declares; gives those that are not kept."""
    dropped: list[Dropped] = []
    own = [described] if len(described.text.split()) <= LONGEST_OF_ASKS and described.whole else []
    for one in (*asks, *own):
        reason = one.why_not or _astray(one, draft) or _repeated(one, kept, parts)
        if reason:
            dropped.append(Dropped(text=one.text, reason=reason))
        else:
            kept.asks.append(one.text)
    given = [one for one in (*asks, *own) if one.text in kept.asks]
    dropped += more_asks(given or own, (), kept, WANTED, read)
    if not kept.asks:
        told = _told([f"“{one.text}”: {one.reason}" for one in dropped])
        raise Refused(f"No ask is left for the template. {told}", hint="Give asks in words of its own.")
    return dropped


def _astray(one: Understood, draft: Drafted) -> str:
    if one.reading is None or one.reading in draft.alike:
        return ""
    return f"it asks for another thing: {one.reading.title}"


def _repeated(one: Understood, kept: Kept, parts: Parts) -> str:
    """Whether the ask is given twice, or is another template's."""
    form = same_ask(one.text)
    if form in map(same_ask, kept.asks):
        return "it is given twice"
    known = parts.knowledge.current().codebook.templates.values()
    owner = next(
        (one.id for one in known if one.id != kept.template_id and form in map(same_ask, one.asks)), None
    )
    return f"it is an ask of {owner}" if owner is not None else ""


def _data(
    wanted: Wanted, draft: Drafted, asks: Sequence[str], dataset: str, block: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "title": block["title"],
        "description": " ".join(wanted.description.split()),
        "asks": list(asks),
        "dataset": dataset,
        "shape": draft.lead.shape,
        "blocks": [dict(block)],
    }


def _identity(title: str, dataset: str, kept: Kept, parts: Parts) -> str:
    """An id that is free, in the subchapter of the nearest template of the dataset."""
    codebook = parts.knowledge.current().codebook
    near = [match.template_id for match in kept.ranker.rank(kept.asks[0], 50)]
    homes = [one.rpartition(".")[0] for one in near if _may_stand_beside(codebook, one, dataset)]
    homes += [one.id.rpartition(".")[0] for one in codebook.templates.values() if one.dataset == dataset]
    home = next(iter([*homes, *codebook.subchapters]), "drafts.drafts")
    name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:56]
    name = name if name[:1].isalpha() else f"template_{name}".rstrip("_")
    free = (f"{home}.{name}{end}" for end in ("", *(f"_{number}" for number in range(2, 1_000))))
    return next(one for one in free if one not in codebook.templates)


def _may_stand_beside(codebook: Codebook, template_id: str, dataset: str) -> bool:
    template = codebook.templates.get(template_id)
    return template is not None and template.dataset == dataset and not template.general


def _neighbours(template: Template, drafts: Drafts, viewer: Viewer, parts: Parts) -> tuple[Neighbour, ...]:
    """The templates that the draft's asks are nearest to now, without it."""
    known = parts.knowledge.current().codebook.templates
    best: dict[str, Neighbour] = {}
    for ask in template.asks:
        for match in drafts.ranking(ask, None, viewer=viewer, limit=NEIGHBOURS):
            was = best.get(match.template_id)
            if match.template_id != template.id and (was is None or match.score > was.score):
                title = known[match.template_id].title
                best[match.template_id] = Neighbour(
                    template_id=match.template_id, title=title, score=match.score, why=match.why
                )
    ranked = sorted(best.values(), key=lambda one: (-one.score, one.template_id))
    return tuple(ranked[:NEIGHBOURS])


def _notes(draft: Drafted, template: Template, described: Understood, words: DatasetWords) -> list[str]:
    notes = [f"Open, for the prompt to say: {', '.join(draft.slots.values())}."] if draft.slots else []
    if draft.open(words):
        notes.append(f"Not fixed, as not every ask says it: {', '.join(draft.open(words))}.")
    if described.left:
        left = ", ".join(f"“{word}”" for word in described.left)
        notes.append(f"The description says what the draft does not: {left}.")
    if len(template.asks) < WANTED:
        notes.append(f"It has {len(template.asks)} asks; write more, up to {WANTED}, in other words.")
    notes += [*draft.lead.reservations]
    return notes
