"""Opening a workbench from settings: the only module that names the concrete parts."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime

from oracle_kit.canvas.kinds import Kinds, standard_kinds
from oracle_kit.canvas.page_store import SqlPageStore
from oracle_kit.check.ground import ground_on
from oracle_kit.codebook.ground import Ground
from oracle_kit.codebook.kept import kept_ranker
from oracle_kit.codebook.load import Codebook, load_codebook
from oracle_kit.codebook.rank import Ranker
from oracle_kit.codebook.ranked_words import template_words
from oracle_kit.codebook.stored import StoredTemplates
from oracle_kit.datasets.actions import actions_of
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.live import LiveValues
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.demo import DEMO_NOW, build, viewers
from oracle_kit.errors import ContentError
from oracle_kit.identity.tokens import TokenKeys, local_secret
from oracle_kit.jobs.limits import BatchLimits
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.speech import load_speech
from oracle_kit.language.tongue import load_tongue
from oracle_kit.llm.opened import open_router
from oracle_kit.oracle import Oracle
from oracle_kit.pipeline.knowledge import Knowledge, LiveKnowledge
from oracle_kit.pipeline.stock import codebook_planners, stocked
from oracle_kit.settings import Settings, content_folder, read_settings
from oracle_kit.stage_log import write_lines
from oracle_kit.state import open_state
from oracle_kit.usecases.parts import EvaluationSet, Parts, wall_clock
from oracle_kit.windows import Clock
from oracle_kit.words import DatasetWords

Progress = Callable[[str, float], None]


def open_oracle(settings: Settings | None = None, *, progress: Progress | None = None) -> Oracle:
    """A workbench on the settings in force; without a warehouse URL the demo is built at first use.

    Raises ContentError (file, line, nearest name), WarehouseUnavailable and StateUnavailable.
    """
    settings = settings or read_settings()
    write_lines(settings.log)
    catalog = open_catalog(settings)
    warehouse = open_warehouse(settings, progress=progress)
    try:
        oracle = Oracle(open_parts(settings, catalog, warehouse))
        oracle.approvals.finish()
        return oracle
    except BaseException:
        warehouse.close()
        raise


def open_parts(settings: Settings, catalog: Catalog, warehouse: Warehouse) -> Parts:
    """The parts of a workbench over a catalog and its warehouse, checked against each other."""
    people = viewers(settings.warehouse_url or demo_url(settings))
    fault = next((one for one in catalog.verify(warehouse) if one.level == "error"), None)
    if fault is not None:
        raise ContentError(
            fault.message, file=fault.file, line=fault.line, field=fault.field, hint=fault.hint
        )
    clock = open_clock(settings, catalog, demo=bool(people))
    kinds = standard_kinds()
    codebook, ground = open_codebook(settings, catalog, kinds, clock()), open_ground(catalog, kinds, clock())
    live = warehouse.live_values(catalog, clock(), seconds=settings.values_seconds)
    settings.home.mkdir(parents=True, exist_ok=True)
    state = open_state(state_url(settings))
    stored = StoredTemplates(state, ground)
    return Parts(
        catalog=catalog,
        warehouse=warehouse,
        knowledge=LiveKnowledge(
            lambda: open_knowledge(settings, catalog, codebook, live),
            lambda known: stocked(known, *stored.in_force()),
            stored.mark,
            settings.values_seconds,
        ),
        stored=stored,
        kinds=kinds,
        state=state,
        pages=SqlPageStore(state),
        keys=open_keys(settings),
        clock=clock,
        viewers=people,
        prompt_limit=settings.prompt_limit,
        router=open_router(state, os.environ, settings.llm_policy),
        batch=BatchLimits(
            most_items=settings.batch_items,
            most_bytes=settings.batch_bytes,
            arrival_seconds=settings.batch_seconds,
            threads=settings.batch_threads,
            keep_days=settings.batch_days,
            lease_seconds=settings.batch_lease_seconds,
        ),
        writeback_url=settings.writeback_url,
        evaluation=open_evaluation(settings),
    )


def open_evaluation(settings: Settings) -> EvaluationSet | None:
    """The evaluation set that is named; None where none is."""
    url = settings.warehouse_url or demo_url(settings)
    return EvaluationSet(settings.evaluation, url) if settings.evaluation is not None else None


def open_catalog(settings: Settings) -> Catalog:
    """The catalog of the datasets in force; ContentError names the first fault."""
    catalog = Catalog.load(content_folder("datasets", settings.datasets))
    actions_of(catalog)
    return catalog


def demo_url(settings: Settings) -> str:
    """Where the demo stands when no warehouse is named: a DuckDB file under ORACLE_HOME."""
    return f"duckdb:///{settings.home / 'velocity.duckdb'}"


def state_url(settings: Settings) -> str:
    """Where the state is kept: the URL in force, or a SQLite file under ORACLE_HOME."""
    return settings.state_url or f"sqlite:///{settings.home / 'state.sqlite'}"


def open_warehouse(settings: Settings, *, progress: Progress | None = None) -> Warehouse:
    """The warehouse in force; the demo is built first where none is named and it is not there yet."""
    if settings.warehouse_url is None and not (settings.home / "velocity.duckdb").exists():
        settings.home.mkdir(parents=True, exist_ok=True)
        build(demo_url(settings), progress=progress)
    return Warehouse(settings.warehouse_url or demo_url(settings), pool=settings.threads)


def open_clock(settings: Settings, catalog: Catalog, *, demo: bool) -> Callable[[], Clock]:
    """A reading of the warehouse clock: the fixed one, the demo's own, or the real time."""
    fixed = settings.now or (DEMO_NOW if demo else None)

    def now() -> datetime:
        return fixed or wall_clock()

    return lambda: Clock(now=now(), calendar=catalog.calendar)


def open_codebook(settings: Settings, catalog: Catalog, kinds: Kinds, clock: Clock) -> Codebook:
    """The codebook of the files in force, checked against the catalog; ContentError names the first fault."""
    return load_codebook(content_folder("codebook", settings.codebook), open_ground(catalog, kinds, clock))


def open_ground(catalog: Catalog, kinds: Kinds, clock: Clock) -> Ground:
    """What templates are checked against."""
    return ground_on(catalog, load_tongue(), clock, {kind.name: kind.Props for kind in kinds})


def open_knowledge(settings: Settings, catalog: Catalog, codebook: Codebook, live: LiveValues) -> Knowledge:
    """Lexicon, ranker and planners over the catalog's words with the values that the database has now."""
    words = catalog.words(live)
    lexicon = Lexicon.compile(words, load_tongue(), load_speech())
    return Knowledge(
        words={one.id: one for one in words},
        lexicon=lexicon,
        codebook=codebook,
        ranker=open_ranker(settings, codebook, words),
        planners=codebook_planners(lexicon, codebook),
    )


def open_ranker(settings: Settings, codebook: Codebook, words: tuple[DatasetWords, ...]) -> Ranker:
    """The ranker of the codebook's templates, kept under ORACLE_HOME by content."""
    datasets = {one.id: one for one in words}
    templates = [template_words(template, datasets) for template in codebook.templates.values()]
    return kept_ranker(templates, settings.home / "ranker")


def open_keys(settings: Settings) -> TokenKeys:
    """The keys that tokens are checked by; a local secret is made under ORACLE_HOME where none is set."""
    given = settings.secret.get_secret_value() if settings.secret is not None else None
    secret = given or (None if settings.jwks_url else local_secret(settings.home))
    return TokenKeys(
        secret=secret, jwks_url=settings.jwks_url, issuer=settings.issuer, audience=settings.audience
    )
