"""The planner rung: a model proposes a plan over the candidates; only what was checked comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from oracle_kit.llm.departures import Departures
from oracle_kit.llm.planner_account import Account
from oracle_kit.llm.planner_answer import Layout, PlanAnswer, StepAnswer
from oracle_kit.llm.planner_asked import Asked, AskedWord
from oracle_kit.llm.planner_prompt import planning_request
from oracle_kit.llm.planner_query import StepReader, Wrong
from oracle_kit.llm.policy import Skipped, Wanted
from oracle_kit.llm.provider import ChatAnswer
from oracle_kit.llm.router import ModelRouter, Told, Unfit
from oracle_kit.query import Query, Value

MOST_ERRORS = 8
Compiles = Callable[[Query], str | None]  # what is wrong with a query for this viewer; None when it compiles


class ProposedStep(Value):
    """One checked block: its query, how it should look, and the template that was chosen."""

    query: Query
    layout: Layout
    template: str | None = None


class Proposal(Value):
    """A checked plan; with words unexplained it may only be a suggestion."""

    steps: tuple[ProposedStep, ...]
    unexplained: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    provider: str = ""
    model: str = ""
    local: bool = False
    skipped: tuple[Skipped, ...] = ()


def propose(
    router: ModelRouter,
    asked: Asked,
    wanted: Wanted,
    departures: Departures,
    compiles: Compiles,
    *,
    cancel: threading.Event | None = None,
    tell: Told = lambda _: None,
) -> Proposal:
    """The plan of the first provider whose answer passes every check; NoProvider with the reason of each."""
    shortest = planning_request(asked, "schema")
    routed = router.chat(
        shortest,
        wanted,
        lambda answer: read_plan(answer, asked, compiles),
        cancel=cancel,
        tell=tell,
        before=lambda lane, request: (
            shortest if lane.own.sees == "schema" else planning_request(asked, lane.own.sees)
        ).model_copy(update={"model": request.model}),
        sent=departures,
    )
    answer = routed.answer
    return routed.value.model_copy(
        update={
            "provider": answer.provider,
            "model": answer.model,
            "local": router.lanes[answer.provider].provider.local,
            "skipped": routed.skipped,
        }
    )


def read_plan(answer: ChatAnswer, asked: Asked, compiles: Compiles) -> Proposal:
    """The plan in an answer; Unfit with what to mend."""
    try:
        plan = PlanAnswer.model_validate(answer.parsed)
    except (ValidationError, RecursionError) as error:
        raise Unfit(_faults(error)) from None
    steps: list[ProposedStep] = []
    accounts: list[Account] = []
    errors: list[str] = []
    for number, step in enumerate(plan.steps, 1):
        try:
            query, account = _checked(step, plan, asked, compiles)
        except Wrong as wrong:
            errors.append(f"step {number}: {wrong}")
            continue
        steps.append(ProposedStep(query=query, layout=step.layout, template=step.template))
        accounts.append(account)
    if errors:
        raise Unfit(errors[:MOST_ERRORS])
    return Proposal(
        steps=tuple(steps),
        unexplained=_unexplained(accounts),
        readings=tuple(dict.fromkeys(reading for one in accounts for reading in one.readings)),
    )


def _checked(step: StepAnswer, plan: PlanAnswer, asked: Asked, compiles: Compiles) -> tuple[Query, Account]:
    query = StepReader(step, asked).query()
    account = Account(query, step, asked, plan.words)
    invented = account.invented()
    if invented:
        raise Wrong(f"the question does not say {', '.join(invented)}")
    fault = compiles(query)
    if fault is not None:
        raise Wrong(fault)
    return query, account


def _unexplained(accounts: Sequence[Account]) -> tuple[str, ...]:
    """The words that no step explains, as they stand in the prompt."""
    told = [word for account in accounts for word in account.explained]
    left = [word for account in accounts for word in account.unexplained if not _inside(word, told)]
    return tuple(dict.fromkeys(word.text for word in sorted(left, key=lambda word: word.start)))


def _inside(word: AskedWord, told: Sequence[AskedWord]) -> bool:
    return any(one.start <= word.start and word.end <= one.end for one in told)


def _faults(error: ValidationError | RecursionError) -> list[str]:
    if isinstance(error, RecursionError):
        return ["it is nested too deeply"]
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return [f"{'.'.join(map(str, one['loc']))[:80]}: {one['msg'][:80]}" for one in faults[:MOST_ERRORS]]
