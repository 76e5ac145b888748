"""Templates bound to a reading: the first step answers it exactly, further blocks take its filters
and window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oracle_kit.codebook.template import Template, TemplateBlock
from oracle_kit.language.reading import Reading
from oracle_kit.language.titles import describe
from oracle_kit.model import Candidates, Chip, Step
from oracle_kit.pipeline.plan_company import further_steps, narrowed
from oracle_kit.pipeline.plan_steps import limited, plain_step
from oracle_kit.query import And, Measure, Query, Term, Where, Window, canonical_json
from oracle_kit.windows import Clock
from oracle_kit.words import DatasetWords

SURE = 0.6  # a score above which a template may also choose the shape that a prompt leaves open
_SHAPES: dict[str, tuple[str, ...]] = {
    "map": ("map", "breakdown"),
    "board": ("board", "funnel", "breakdown"),
    "funnel": ("funnel", "breakdown"),
    "share": ("share", "breakdown"),
    "timeline": ("timeline", "list"),
    "activity": ("activity", "list"),
}


@dataclass(frozen=True)
class Shelf:
    """Templates as answers are bound to them: all by id, the general ones by dataset."""

    by_id: Mapping[str, Template]
    general: Mapping[str, tuple[Template, ...]]

    @classmethod
    def of(cls, templates: Mapping[str, Template]) -> Shelf:
        """The shelf of these templates."""
        general: dict[str, tuple[Template, ...]] = {}
        for template in templates.values():
            if template.general:
                general[template.dataset] = (*general.get(template.dataset, ()), template)
        return cls(templates, general)

    def near(self, dataset: str, candidates: Candidates) -> list[Template]:
        """The templates that may answer on a dataset: the specific ones that match the prompt, and all general ones."""
        matched = (self.by_id[m.template_id] for m in candidates.matches if m.template_id in self.by_id)
        specific = [one for one in matched if one.dataset == dataset and not one.general]
        return [*specific, *self.general.get(dataset, ())]


def bind_steps(reading: Reading, shelf: Shelf, candidates: Candidates, clock: Clock) -> list[Step]:
    """The steps that answer a reading: through the specific template that suits it best, else a
    general one, else plain."""
    datasets = {words.id: words for words in candidates.datasets}
    scores = {match.template_id: match.score for match in candidates.matches}
    near = shelf.near(reading.query.dataset, candidates)
    fitting = [t for t in near if _suits(reading, t, scores.get(t.id, 0.0), datasets)]
    if not fitting:
        return [plain_step(reading, clock)]
    best = max(fitting, key=lambda t: _merit(reading, t, scores.get(t.id, 0.0), datasets))
    first = _first_step(reading, best, clock, datasets)
    tail = _tail(reading, best.blocks[0].queries["main"], datasets[best.dataset])
    return [first, *further_steps(reading, best, tail, datasets)]


def _merit(
    reading: Reading, template: Template, score: float, datasets: Mapping[str, DatasetWords]
) -> tuple[float, ...]:
    """Higher is better: the asked shape, specific over general, more of the filters fixed in it,
    the ranker's score."""
    query = template.blocks[0].queries["main"]
    shaped = template.shape == reading.shape or _chooses_shape(
        reading, template, score, datasets[template.dataset]
    )
    return (
        1.0 if shaped else 0.0,
        0.0 if template.general else 1.0,
        float(len(_fixed(query.where, datasets[template.dataset]))),
        score,
        -float(sum(map(ord, template.id)) % 97) / 1000,
    )


def _suits(reading: Reading, template: Template, score: float, datasets: Mapping[str, DatasetWords]) -> bool:
    """Whether the template answers this and nothing narrower."""
    if template.dataset != reading.query.dataset or "main" not in template.blocks[0].queries:
        return False
    query = template.blocks[0].queries["main"]
    words = datasets[template.dataset]
    if not template.general and score <= 0:
        return False
    asked = _fixed(reading.query.where, words)
    if not _fixed(query.where, words) <= asked:
        return False
    if query.window is not None and not _same_window(query.window, reading.query.window):
        return False
    if query.having and query.having != reading.query.having:
        return False
    if _places(reading, template):
        return True
    if template.shape not in _SHAPES.get(reading.shape, (reading.shape,)):
        return _chooses_shape(reading, template, score, words)
    return template.general or _same_form(reading.query, template.blocks[0], words)


def _places(reading: Reading, template: Template) -> bool:
    """Whether both are maps and the prompt says no other groups than the template's first: the template knows
    what stands where."""
    groups = tuple(d.alias for d in reading.query.dimensions)
    placed = tuple(d.alias for d in template.blocks[0].queries["main"].dimensions)[:1]
    said = any(chip.op == "group" and chip.origin == "word" for chip in reading.chips) and groups != placed
    cut = reading.query.limit or reading.query.having or reading.query.periods
    return reading.shape == template.shape == "map" and not (said or cut or template.blocks[0].slots)


def _same_window(one: Window | None, other: Window | None) -> bool:
    """Whether two windows are the same span of the same field, however they were said."""
    if one is None or other is None:
        return one is other
    return one.model_copy(update={"text": other.text}) == other


def _chooses_shape(reading: Reading, template: Template, score: float, words: DatasetWords) -> bool:
    """Whether the prompt leaves the shape open and is as good as one of the template's own asks."""
    query = template.blocks[0].queries["main"]
    opens = reading.implicit and not reading.query.window and not template.general and score >= SURE
    return (
        opens
        and not template.blocks[0].slots
        and _fixed(query.where, words) <= _fixed(reading.query.where, words)
    )


def _same_form(asked: Query, block: TemplateBlock, words: DatasetWords) -> bool:
    """Whether the template's first block has the groups and the measures that are asked for."""
    query = block.queries["main"]
    if bool(asked.columns) != bool(query.columns):
        return False
    if asked.periods or query.periods or asked.share != query.share or asked.running != query.running:
        return False
    if "dimension" not in block.slots and asked.dimensions != query.dimensions:
        return False
    if "measure" in block.slots or asked.columns:
        return True
    if any(measure.where for measure in asked.measures):
        return False
    wanted, shown = _figures(asked.measures, words), _figures(query.measures, words)
    return set(wanted) <= set(shown) and shown[0] in wanted  # what it shows first is what was asked for


def _figures(measures: tuple[Measure, ...], words: DatasetWords) -> list[str]:
    """What each measure shows, a plain count as the declared measure that counts the rows."""
    counts = next((m.name for m in words.measures if m.counts), "count")
    return [counts if measure.alias == "count" else measure.alias for measure in measures]


def _fixed(where: Where | None, words: DatasetWords) -> frozenset[str]:
    """The parts of a filter, terms written out where content gives them as predicates, so that
    equal ones compare equal."""
    terms = {term.name: term.where for term in words.terms}
    parts = where.parts if isinstance(where, And) else (where,) if where is not None else ()
    spelt: list[Where] = []
    for part in parts:
        meaning = terms.get(part.name) if isinstance(part, Term) else None
        spelt.extend(meaning.parts if isinstance(meaning, And) else [meaning or part])
    return frozenset(canonical_json(part) for part in spelt)


def _first_step(
    reading: Reading, template: Template, clock: Clock, datasets: Mapping[str, DatasetWords]
) -> Step:
    """The reading's own query; look and further named queries of the template where its block has
    the same form."""
    plain = plain_step(reading, clock)
    block = template.blocks[0]
    words = datasets[template.dataset]
    if _places(reading, template):
        return _as_template(reading, template, plain, words)
    if template.general or block.slots:
        kind = (
            block.kind
            if template.shape == reading.shape and not reading.kind and _drawable(reading, block)
            else plain.kind
        )
        return plain.model_copy(update={"template_id": template.id, "kind": kind})
    if template.shape != reading.shape and template.shape not in _SHAPES.get(reading.shape, ()):
        return _as_template(reading, template, plain, words)
    query = _merged_query(reading, block.queries["main"], words)
    more = {
        name: narrowed(named, reading, words)
        for name, named in block.queries.items()
        if name != "main" and named.dataset == template.dataset
    }
    exact = _fixed(reading.query.where, words) == _fixed(block.queries["main"].where, words)
    plainly = (
        exact
        and _keeps_order(reading, block.queries["main"])
        and _same_window(reading.query.window, block.queries["main"].window)
    )
    return plain.model_copy(
        update={
            "template_id": template.id,
            "kind": plain.kind if reading.kind else block.kind,
            "title": block.title if plainly and reading.query.limit is None else reading.title,
            "queries": {**{k: v for k, v in plain.queries.items() if k != "main"}, "main": query, **more},
            "props": {} if reading.kind else _shown(block, reading, words),
            "width": block.width,
        }
    )


def _keeps_order(reading: Reading, block: Query) -> bool:
    """Whether no other order is asked for than the one that the block's title may tell."""
    return not (reading.end or reading.by) or reading.query.order[:1] == block.order[:1]


def _shown(block: TemplateBlock, reading: Reading, words: DatasetWords) -> dict[str, object]:
    """The block's props; without the columns to draw where the prompt asks for another one."""
    drawn = block.props.get("columns")
    if drawn and not {*reading.query.columns} <= {words.key, *words.list_columns, *drawn}:
        return {name: prop for name, prop in block.props.items() if name != "columns"}
    return dict(block.props)


def _drawable(reading: Reading, block: TemplateBlock) -> bool:
    return (
        bool(reading.query.columns) == bool(block.queries["main"].columns)
        and len(reading.query.dimensions) <= 2
    )


def _as_template(reading: Reading, template: Template, plain: Step, words: DatasetWords) -> Step:
    """The template's first block under the reading's filters: the prompt left the shape open."""
    block = template.blocks[0]
    queries = {name: narrowed(query, reading, words) for name, query in block.queries.items()}
    tail = _tail(reading, block.queries["main"], words)
    return plain.model_copy(
        update={
            "template_id": template.id,
            "kind": block.kind,
            "title": f"{block.title}: {tail}" if tail else block.title,
            "queries": queries,
            "props": block.props,
            "width": block.width,
            "chips": tuple(chip for chip in reading.chips if _stands(chip)),
        }
    )


def _stands(chip: Chip) -> bool:
    """Whether a chip still says something true: defaults of another shape do not."""
    return not (chip.origin == "default" and chip.op in ("group", "measure"))


def _merged_query(reading: Reading, block: Query, words: DatasetWords) -> Query:
    """What is asked, with the template's further columns or measures, and its order where none was
    asked for."""
    asked = reading.query
    if asked.columns:
        columns = tuple(dict.fromkeys((*asked.columns, *block.columns)))
        own = not (reading.end or reading.by) and asked.order == _list_order(words)
        return limited(
            asked.model_copy(
                update={"columns": columns, "order": block.order or asked.order if own else asked.order}
            )
        )
    known = _figures(asked.measures, words)
    further = zip(block.measures, _figures(block.measures, words), strict=True)
    extra = [measure for measure, figure in further if figure not in known]
    return asked.model_copy(update={"measures": (*asked.measures, *extra)})


def _list_order(words: DatasetWords) -> tuple[object, ...]:
    order = list(words.list_order)
    from oracle_kit.query import Order

    return tuple(order if any(o.by == words.key for o in order) else [*order, Order(by=words.key)])


def _tail(reading: Reading, fixed: Query, words: DatasetWords) -> str:
    """What a question narrows beyond a template's own filters and window, whose titles tell those."""
    if _fixed(reading.query.where, words) == _fixed(fixed.where, words) and _same_window(
        reading.query.window, fixed.window
    ):
        return ""
    told = {*describe(fixed.where, words), fixed.window.text if fixed.window is not None else ""}
    return ", ".join(part for part in reading.title.partition(": ")[2].split(", ") if part not in told)
