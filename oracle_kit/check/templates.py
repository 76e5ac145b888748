"""The template part of `oracle check`: every query run, asks that lead elsewhere, templates that say the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from oracle_kit.check.datasets import widest
from oracle_kit.codebook.ground import Ground
from oracle_kit.codebook.load import Codebook, read_codebook
from oracle_kit.codebook.rank import Ranker
from oracle_kit.codebook.reach import Reached, reach
from oracle_kit.codebook.template import Template
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.compile import compile_query
from oracle_kit.datasets.finding import Finding, Level, finding_of
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.errors import FetchTimeout, OracleError
from oracle_kit.query import Query, digest
from oracle_kit.windows import Clock

ELSEWHERE, OWN = (
    0.6,
    0.1,
)  # an ask leads elsewhere where another has at least one score and its own less than two
Path_ = tuple[str | int, ...]


def codebook_faults(folder: Path, ground: Ground) -> tuple[Finding, ...]:
    """Every fault of the template files, at most one per file and repeated ask; nothing where all load."""
    return tuple(finding_of(fault) for fault in read_codebook(folder, ground)[1])


def check_templates(
    codebook: Codebook, ranker: Ranker, catalog: Catalog, warehouse: Warehouse, clock: Clock
) -> Iterator[Finding]:
    """What is wrong or odd in the templates; `ranker` is the one over their asks.

    Raises WarehouseUnavailable when there is no warehouse to run their queries on.
    """
    for template in codebook.templates.values():
        yield from _run(template, codebook, catalog, warehouse, clock)
    yield from _alike(codebook)
    yield from _led_elsewhere(codebook, ranker)


def _run(
    template: Template, codebook: Codebook, catalog: Catalog, warehouse: Warehouse, clock: Clock
) -> Iterator[Finding]:
    """Each query of the template, run as the role of its dataset that reads most."""
    for at, block in enumerate(template.blocks):
        for name, query in block.queries.items():
            path = ("blocks", at, "query") if name == "main" else ("blocks", at, "queries", name)
            try:
                problem = _problem(query, catalog, warehouse, clock)
            except OracleError as error:
                level: Level = "warning" if isinstance(error, FetchTimeout) else "error"
                yield _finding(codebook, template.id, path, error.message, error.hint, level)
            else:
                if problem:
                    yield _finding(codebook, template.id, path, problem, level="error")


def _problem(query: Query, catalog: Catalog, warehouse: Warehouse, clock: Clock) -> str:
    """What keeps the query from being run at all; empty once it ran."""
    dataset = catalog.datasets.get(query.dataset)
    viewer = widest(dataset) if dataset is not None else None
    if viewer is None:
        return f"nobody may read {query.dataset!r}" if dataset else f"there is no dataset {query.dataset!r}"
    with warehouse.snapshot(clock) as snapshot:
        snapshot.run(compile_query(query, catalog, viewer, clock))
    return ""


def _alike(codebook: Codebook) -> Iterator[Finding]:
    """A warning for each template that shows what another one shows, block by block."""
    shown: dict[str, str] = {}
    for template in codebook.templates.values():
        form = digest(
            [
                template.general,
                [one.model_dump(mode="json", exclude={"title", "width"}) for one in template.blocks],
            ]
        )
        first = shown.setdefault(form, template.id)
        if first != template.id:
            message = f"it shows the same as {first}"
            yield _finding(codebook, template.id, ("blocks",), message, "Move the asks to one of them.")


def _led_elsewhere(codebook: Codebook, ranker: Ranker) -> Iterator[Finding]:
    """A warning for asks that others say too, asks that lead elsewhere, and templates that none leads to.

    Each ask is held out in turn, so that it stands for what a person would type. General templates are chosen by
    the shape that is asked for, so only their twins are told.
    """
    arrived: dict[str, list[Reached]] = defaultdict(list)
    told: set[frozenset[tuple[str, str]]] = set()
    for one in reach(ranker):
        arrived[one.template_id].append(one)
        yield from _twins(one, told, codebook)
        if not codebook.templates[one.template_id].general:
            yield from _elsewhere(one, codebook)
    for template_id, asks in arrived.items():
        general = codebook.templates[template_id].general
        if not general and len(asks) > 1 and not any(_leads_home(one) for one in asks):
            hint = "Write asks that share words of their own."
            yield _finding(
                codebook, template_id, ("asks",), "none of its asks leads to it when held out", hint
            )


def _leads_home(one: Reached) -> bool:
    return bool(one.matches) and one.matches[0].template_id == one.template_id


def _twins(one: Reached, told: set[frozenset[tuple[str, str]]], codebook: Codebook) -> Iterator[Finding]:
    for other, ask in one.twins:
        pair = frozenset({(one.template_id, one.ask), (other, ask)})
        if pair not in told:
            told.add(pair)
            message = f"{one.ask!r} says the same as {ask!r} of {other}"
            yield _finding(codebook, one.template_id, ("asks", one.at), message, "Leave it with one of them.")


def _elsewhere(one: Reached, codebook: Codebook) -> Iterator[Finding]:
    if _leads_home(one) or not one.matches or one.twins:
        return
    best = one.matches[0]
    if best.score >= ELSEWHERE and one.score < OWN:
        message = f"{one.ask!r} would lead to {best.template_id} ({best.score:.2f}, {best.why})"
        hint = "Give this template more asks of the kind, or move it there."
        yield _finding(codebook, one.template_id, ("asks", one.at), message, hint)


def _finding(
    codebook: Codebook, template_id: str, path: Path_, message: str, hint: str = "", level: Level = "warning"
) -> Finding:
    """The finding at a path of the template's file; a stored template is named by its id alone."""
    document = codebook.documents.get(template_id) if template_id not in codebook.stored else None
    field = ".".join(map(str, path))
    return Finding(
        level=level,
        file=document.file if document is not None else "",
        line=document.line(path) if document is not None else 0,
        field=field if document is not None else f"{template_id}.{field}",
        message=message.rstrip("."),
        hint=hint,
    )
