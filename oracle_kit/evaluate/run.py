"""Asking every case and judging what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from functools import lru_cache
from time import perf_counter
from typing import Protocol

from oracle_kit.errors import ContentError, Refused
from oracle_kit.evaluate.cases import Case
from oracle_kit.evaluate.gold import Gold, Table
from oracle_kit.evaluate.judge import facts, judge
from oracle_kit.evaluate.report import Report, Result, report_of
from oracle_kit.model import Answer, Match

Rank = Callable[[str, str], Sequence[Match]]
Progress = Callable[[str, float], None]


class Ask(Protocol):
    """Asks a prompt as a viewer by name, on a page where `on` was asked before; raises Refused as `Oracle.ask` does."""

    def __call__(self, prompt: str, viewer: str, on: tuple[str, ...] = ()) -> Answer:
        """The answer."""
        ...


def evaluate(
    ask: Ask,
    cases: Sequence[Case],
    gold: Gold,
    *,
    viewer: str = "analyst",
    rank: Rank | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Report:
    """Every case asked and judged; `viewer` asks those that name none, `rank` gives a prompt's templates.

    `jobs` cases are asked at a time; the report is in the order of the cases whatever it is. An answer that fails
    with an error of its own is counted as wrongly refused. Raises ContentError for a gold that does not run.
    """
    began = perf_counter()
    read = lru_cache(maxsize=None)(gold.read)
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        futures = [pool.submit(_result, case, case.viewer or viewer, ask, read, rank) for case in cases]
        try:
            _watch(futures, progress)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return report_of([future.result() for future in futures], perf_counter() - began)


def _watch(futures: list[Future[Result]], progress: Progress | None) -> None:
    for done, future in enumerate(as_completed(futures), start=1):
        future.result()
        if progress is not None:
            progress(f"{done} of {len(futures)} prompts", done / len(futures))


def _result(case: Case, viewer: str, ask: Ask, read: Callable[[str], Table], rank: Rank | None) -> Result:
    began = perf_counter()
    base = {"id": case.id, "prompt": case.prompt, "category": case.category, "viewer": viewer}
    try:
        answer: Answer | Refused = ask(case.prompt, viewer, case.on)
    except Refused as refused:
        answer = refused
    except Exception as error:  # noqa: BLE001  # one prompt that fails must not end the evaluation of the others
        told = f"failed: {type(error).__name__}: {error}"
        return Result(**base, outcome="refused_wrongly", reason=told, ms=_ms(began))
    ms = _ms(began)
    try:
        outcome, reason = judge(case, answer, read)
        empty = any(_empty(read(sql)) for sql in _texts(case))
    except ContentError as error:
        raise ContentError(f"{case.id}: {error.message}", field=error.field) from error
    told_of = {**base, "outcome": outcome, "reason": reason, "ms": ms, "empty_gold": empty}
    if isinstance(answer, Refused):
        return Result(**told_of)
    return Result(**told_of, **_hit(case, answer, viewer, rank))


def _hit(case: Case, answer: Answer, viewer: str, rank: Rank | None) -> dict[str, object]:
    """Which template answered, which came second, and by how much."""
    first = next(iter(facts(case, answer)), None)
    told: dict[str, object] = {"mode": answer.mode}
    if first is None:
        return told
    told |= {"title": first.title, "template": first.template_id}
    if rank is None or first.template_id is None:
        return told
    scores = {match.template_id: match.score for match in rank(case.prompt, viewer)}
    score = scores.pop(first.template_id, 0.0)
    if not scores:
        return told | {"score": score}
    second = max(scores, key=lambda one: (scores[one], one))
    return told | {"score": score, "second": second, "margin": score - scores[second]}


def _texts(case: Case) -> Iterator[str]:
    return (sql for step in (*case.wanted, case.gone) for sql in step)


def _empty(table: Table) -> bool:
    return all(value is None for row in table for value in row)


def _ms(began: float) -> float:
    return (perf_counter() - began) * 1000
