"""`oracle doctor`: what is configured, reachable and missing, and how to mend it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from oracle_kit.errors import OracleError
from oracle_kit.query import Value
from oracle_kit.settings import Settings, content_folder

if TYPE_CHECKING:
    from oracle_kit.canvas.integrity import PageReport

MOST_TOLD = 5  # faults of one page that are named
EXTRAS = {
    "charts": ("vl_convert", "draw charts as pictures"),
    "postgres": ("psycopg", "read or keep state on PostgreSQL"),
    "notebook": ("pandas", "to_pandas and the notebooks"),
    "server": ("fastapi", "serve the canvas"),
    "llm": ("ollama", "ask model providers"),
}


class Diagnosis(Value):
    """One part that was looked at: its level, what was seen, and what to do."""

    part: str
    level: Literal["ok", "missing", "broken"]
    message: str
    hint: str = ""


def examine(settings: Settings) -> tuple[Diagnosis, ...]:
    """A diagnosis of every part, in the order in which they build on each other; never raises."""
    looks: dict[str, Callable[[Settings], str]] = {
        "datasets": _datasets,
        "warehouse": _warehouse,
        "codebook": _codebook,
        "state": _state,
        "models": _models,
    }
    return tuple(_look(part, look, settings) for part, look in looks.items()) + _extras()


def examine_pages(settings: Settings) -> Iterator[Diagnosis]:
    """A diagnosis of each page whose history is damaged, or one that says that all are whole; reads all of it."""
    from oracle_kit.bootstrap import state_url
    from oracle_kit.canvas.integrity import check_pages
    from oracle_kit.state import open_state

    state, damaged = open_state(state_url(settings)), 0
    try:
        for report in check_pages(state):
            damaged += 1
            yield _damaged(report)
    finally:
        state.close()
    if not damaged:
        yield Diagnosis(part="pages", level="ok", message="every revision of every page is as it was written")


def _damaged(report: PageReport) -> Diagnosis:
    """What is wrong with a page, and what can be had of it."""
    told = "; ".join(f"revision {one.revision_id}: {one.message}" for one in report.damages[:MOST_TOLD])
    more = len(report.damages) - MOST_TOLD
    return Diagnosis(
        part=report.page_id,
        level="broken",
        message=told + (f"; and {more} more" if more > 0 else ""),
        hint=f"{_kept(report)} {report.damages[0].hint}",
    )


def _kept(report: PageReport) -> str:
    if report.newest_sound is None:
        return "None of its revisions can be read."
    number, revision_id = report.newest_sound
    goes_on = f" `oracle rollback {report.page_id} {number}` goes on from it." if report.goes_on else ""
    return f"Its newest revision that can be read is {number} ({revision_id}).{goes_on}"


def _look(part: str, look: Callable[[Settings], str], settings: Settings) -> Diagnosis:
    try:
        return Diagnosis(part=part, level="ok", message=look(settings))
    except OracleError as error:
        return Diagnosis(part=part, level="broken", message=error.message, hint=error.hint)


def _datasets(settings: Settings) -> str:
    from oracle_kit.datasets.catalog import Catalog

    folder = content_folder("datasets", settings.datasets)
    return f"{len(Catalog.load(folder).datasets)} in {folder}"


def _warehouse(settings: Settings) -> str:
    from oracle_kit.bootstrap import open_catalog, open_warehouse

    catalog = open_catalog(settings)
    warehouse = open_warehouse(settings)
    try:
        faults = [finding for finding in catalog.verify(warehouse) if finding.level == "error"]
    finally:
        warehouse.close()
    return f"{warehouse.shown_url}; " + (
        f"{len(faults)} faults, see `oracle check`" if faults else "fits the datasets"
    )


def _codebook(settings: Settings) -> str:
    from oracle_kit.bootstrap import open_catalog, open_clock, open_codebook
    from oracle_kit.canvas.kinds import standard_kinds

    catalog = open_catalog(settings)
    clock = open_clock(settings, catalog, demo=False)
    return f"{len(open_codebook(settings, catalog, standard_kinds(), clock()).templates)} templates"


def _state(settings: Settings) -> str:
    from oracle_kit.bootstrap import state_url
    from oracle_kit.state import open_state

    state = open_state(state_url(settings))
    try:
        return f"{state.dialect}, migrated"
    finally:
        state.close()


def _models(settings: Settings) -> str:
    """The level of each provider, each looked at once; a refused address or policy is broken."""
    from oracle_kit.bootstrap import state_url
    from oracle_kit.llm.opened import open_router
    from oracle_kit.state import open_state

    state = open_state(state_url(settings))
    try:
        router = open_router(state, os.environ, settings.llm_policy)
        levels = [f"{one.id} {one.status}" for one in router.providers()]
        router.close()
    finally:
        state.close()
    return ", ".join(levels) + ("" if router.lanes else ": the codebook answers without")


def _extras() -> tuple[Diagnosis, ...]:
    return tuple(
        Diagnosis(part=f"[{extra}]", level="ok", message=f"installed: {purpose}")
        if find_spec(module)
        else Diagnosis(
            part=f"[{extra}]",
            level="missing",
            message=f"not installed; needed to {purpose}",
            hint=f"pip install 'oracle-kit[{extra}]'",
        )
        for extra, (module, purpose) in EXTRAS.items()
    )
