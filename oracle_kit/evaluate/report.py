"""What an evaluation found: totals, by category, which templates compete, and risk against coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from oracle_kit.evaluate.judge import OUTCOMES, RIGHT, Outcome
from oracle_kit.query import Value


class Result(Value):
    """One case as it came out; `margin` is by how much the template hit outranks the second best."""

    id: str
    prompt: str
    category: str
    viewer: str
    outcome: Outcome
    reason: str = ""
    title: str = ""
    template: str | None = None
    second: str | None = None
    score: float = 0.0
    margin: float | None = None
    mode: str = ""
    ms: float = 0.0
    empty_gold: bool = False

    @property
    def confidence(self) -> float:
        """How sure the product was (0..1): an answer without a reservation above one with, then by rank score."""
        plain = self.outcome in ("right", "wrong_unwarned")
        return (0.5 if plain else 0.0) + min(max(self.score, 0.0), 1.0) / 2


class CategoryScore(Value):
    """The outcomes of one category and the fraction that is right."""

    category: str
    cases: int
    outcomes: dict[Outcome, int]
    right: float


class Confusion(Value):
    """Two templates that compete: the one hit, the runner-up, how often, how often wrong, the least margin."""

    hit: str
    second: str
    cases: int
    wrong: int
    least_margin: float
    prompts: tuple[str, ...]


class CurvePoint(Value):
    """Answering only what is at least so sure: the fraction answered, and the fraction of those that is wrong."""

    confidence: float
    coverage: float
    risk: float


class Report(Value):
    """The whole evaluation."""

    cases: int
    outcomes: dict[Outcome, int]
    right: float
    wrong_unwarned: int
    categories: tuple[CategoryScore, ...]
    confusions: tuple[Confusion, ...]
    curve: tuple[CurvePoint, ...]
    results: tuple[Result, ...]
    seconds: float = 0.0

    def passes(self, min_right: float | None, max_wrong_unwarned: int | None) -> bool:
        """Whether the thresholds given hold."""
        enough = min_right is None or self.right >= min_right
        return enough and (max_wrong_unwarned is None or self.wrong_unwarned <= max_wrong_unwarned)


def report_of(results: Iterable[Result], seconds: float = 0.0) -> Report:
    """The report over results, kept in their order."""
    every = tuple(results)
    counts = Counter(result.outcome for result in every)
    return Report(
        cases=len(every),
        outcomes=_outcomes(counts),
        right=_right(counts),
        wrong_unwarned=counts["wrong_unwarned"],
        categories=_categories(every),
        confusions=_confusions(every),
        curve=_curve(every),
        results=every,
        seconds=seconds,
    )


def _outcomes(counts: Counter[Outcome]) -> dict[Outcome, int]:
    return {outcome: counts[outcome] for outcome in OUTCOMES}


def _right(counts: Counter[Outcome]) -> float:
    return sum(counts[outcome] for outcome in RIGHT) / max(counts.total(), 1)


def _categories(results: tuple[Result, ...]) -> tuple[CategoryScore, ...]:
    groups: dict[str, Counter[Outcome]] = {}
    for result in results:
        groups.setdefault(result.category, Counter())[result.outcome] += 1
    return tuple(
        CategoryScore(
            category=category, cases=counts.total(), outcomes=_outcomes(counts), right=_right(counts)
        )
        for category, counts in groups.items()
    )


def _confusions(results: tuple[Result, ...]) -> tuple[Confusion, ...]:
    """Pairs of templates, those that went wrong most first, then the closest."""
    pairs: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        if result.template and result.second and result.margin is not None:
            pairs.setdefault((result.template, result.second), []).append(result)
    found = (_confusion(hit, second, group) for (hit, second), group in pairs.items())
    return tuple(sorted(found, key=lambda one: (-one.wrong, one.least_margin, one.hit, one.second)))


def _confusion(hit: str, second: str, group: list[Result]) -> Confusion:
    wrong = [result for result in group if result.outcome not in RIGHT]
    return Confusion(
        hit=hit,
        second=second,
        cases=len(group),
        wrong=len(wrong),
        least_margin=min(result.margin or 0.0 for result in group),
        prompts=tuple(result.prompt for result in (wrong or group)[:3]),
    )


def _curve(results: tuple[Result, ...]) -> tuple[CurvePoint, ...]:
    """A point for each confidence that some answer has, the surest first; refusals answer nothing."""
    answered = sorted(
        (result for result in results if not result.outcome.startswith("refused")),
        key=lambda result: -result.confidence,
    )
    points: list[CurvePoint] = []
    wrong = 0
    for at, result in enumerate(answered, start=1):
        wrong += result.outcome not in RIGHT
        if at < len(answered) and answered[at].confidence == result.confidence:
            continue
        points.append(CurvePoint(confidence=result.confidence, coverage=at / len(results), risk=wrong / at))
    return tuple(points)
