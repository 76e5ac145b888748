"""A desk that asks the hand-written company and says in one line what was understood."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache

from oracle_kit.codebook.template import Template
from oracle_kit.language.lexicon import Lexicon
from oracle_kit.language.names import Lookup
from oracle_kit.language.speech import load_speech
from oracle_kit.language.tongue import load_tongue
from oracle_kit.model import Block, Context, Match, Plan, Viewer
from oracle_kit.pipeline.plan import plan
from oracle_kit.pipeline.plan_codebook import CodebookPlanner
from oracle_kit.pipeline.plan_suggest import SuggestionPlanner
from oracle_kit.pipeline.retrieve import retrieve
from oracle_kit.pipeline.select import select
from oracle_kit.query import Query, Where
from oracle_kit.windows import Calendar, Clock
from oracle_kit.words import DatasetWords
from tests.language.company import COMPANY

NOW = datetime(2026, 4, 19, 9)
CLOCK = Clock(now=NOW, calendar=Calendar(fiscal_year_starts=4, year="fiscal"))
ANALYST = Viewer(id="ana", roles=("analyst",), attributes={"user_id": 7, "team": "East"})
NAMES = {"rahul": ("Rahul Sen", "Rahul Roy"), "asha rao": ("Asha Rao",), "green park": ("Green Park",)}


class FixedRanker:
    """A ranker that always gives the same matches."""

    def __init__(self, *matches: Match) -> None:
        self.matches = matches

    def rank(self, prompt: str, limit: int) -> tuple[Match, ...]:
        """The matches, whatever the prompt."""
        return self.matches[:limit]


@cache
def lexicon(words: tuple[DatasetWords, ...] = COMPANY) -> Lexicon:
    """The company's lexicon."""
    return Lexicon.compile(words, load_tongue(), load_speech())


def find_name(dataset: str, field: str, words: str) -> tuple[str, ...]:
    """The names that the company's people and projects have."""
    wanted = {"green park": "project"}.get(words.lower(), "owner_name")
    return NAMES.get(words.lower(), ()) if field == wanted else ()


def ask(
    prompt: str,
    blocks: tuple[Block, ...] = (),
    *,
    viewer: Viewer = ANALYST,
    denied: tuple[str, ...] = (),
    rows: str = "",
    templates: Mapping[str, Template] | None = None,
    matches: tuple[Match, ...] = (),
    words: tuple[DatasetWords, ...] = COMPANY,
    find: Lookup = find_name,
) -> Plan:
    """The plan for a prompt; `denied` datasets are not for this viewer, `rows` labels a row filter, `words` are
    another company's, `find` looks names up."""
    context = Context(viewer=viewer, clock=CLOCK, blocks=blocks)
    known = lexicon(words)
    allowed = {d.id: d.model_copy(update={"rows": rows}) for d in words if d.id not in denied}
    found = retrieve(prompt, known, FixedRanker(*matches), context)
    candidates = select(prompt, found, known, allowed.get, find, context)
    stored = dict(templates or {})
    planners = (CodebookPlanner(known, stored), SuggestionPlanner(known, stored))
    return plan(prompt, candidates, context, planners)


def blocks_of(planned: Plan) -> tuple[Block, ...]:
    """A plan's steps as the blocks of a page."""
    return tuple(
        Block(
            id=f"block_{at}",
            kind=step.kind,
            title=step.title,
            template_id=step.template_id,
            queries=step.queries,
            chips=step.chips,
        )
        for at, step in enumerate(planned.steps)
    )


def said(planned: Plan) -> str:
    """The first step in one line: dataset, what, by, where, when, order, limit; or the refusal's code."""
    step = planned.steps[0]
    return f"refused {planned.refusals[0].code}" if step.kind == "notice" else line(step.queries["main"])


def line(query: Query) -> str:
    """A query in one line."""
    what = "list" if query.columns else "+".join(_measure(query, at) for at in range(len(query.measures)))
    parts = [f"{query.dataset.rpartition('.')[2]} {what}"]
    if query.dimensions:
        parts.append("by " + ",".join(d.alias for d in query.dimensions))
    if query.where is not None:
        parts.append("where " + where_line(query.where))
    parts += [f"having {h.measure} {h.op} {','.join(map(str, h.values))}" for h in query.having]
    if query.window is not None:
        parts.append(f"when {query.window.field} {query.window.text}")
    if query.periods:
        parts.append("periods " + " / ".join(f"{w.field} {w.text}" for w in query.periods))
    if query.limit is not None and not (query.columns and query.limit == 50):
        order = query.order[0]
        parts.append(f"{'top' if order.descending else 'bottom'} {query.limit} of {order.by}")
    parts += [name for name in ("share", "running") if getattr(query, name)]
    return " | ".join(parts)


def _measure(query: Query, at: int) -> str:
    measure = query.measures[at]
    return f"share({where_line(measure.where)})" if measure.of_all and measure.where else measure.alias


def where_line(where: Where) -> str:
    """A filter in one line."""
    if where.kind == "predicate":
        values = ",".join(str(value) for value in where.values)
        return f"{where.field} {where.op} {values}".strip()
    if where.kind == "term":
        return f"<{where.name}>"
    if where.kind == "related":
        inner = f" {where_line(where.where)}" if where.where else ""
        when = f" {where.window.field} {where.window.text}" if where.window else ""
        return f"{where.relation}[{where.op} {where.count}{inner}{when}]"
    if where.kind == "not":
        return f"not({where_line(where.part)})"
    return "(" + f" {where.kind} ".join(where_line(part) for part in where.parts) + ")"
