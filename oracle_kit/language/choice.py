"""Which reading answers. All tie-breaks that content does not make stand here, in `order_of`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oracle_kit.language.reading import Reading
from oracle_kit.query import Value

CLOSE = 0.05  # match scores nearer than this do not decide


class Chosen(Value):
    """The reading that answers, and the titles of others that explain as much and are as likely."""

    reading: Reading
    ties: tuple[Reading, ...] = ()


def choose(readings: Sequence[Reading], scores: Mapping[str, float]) -> Chosen | None:
    """The best reading by `order_of`; those that only the last resort told apart come with it as ties."""
    if not readings:
        return None
    ranked = sorted(readings, key=lambda reading: order_of(reading, scores))
    best = ranked[0]
    ties = tuple(other for other in ranked[1:] if _tied(best, other, scores))
    return Chosen(reading=best, ties=ties)


def order_of(reading: Reading, scores: Mapping[str, float]) -> tuple[float, ...]:
    """Lower is better: words not explained; no noun of the dataset said; its noun later in the
    prompt; a refusal;
    doubts (repairs, open words); a lower score of the ranker for the dataset's templates; fewer
    words explained."""
    return (
        len(reading.left),
        0 if reading.noun else 1,
        reading.head if reading.noun else 0,
        1 if reading.refusals else 0,
        reading.guesses,
        -round(scores.get(reading.query.dataset, 0.0) / CLOSE),
        -reading.explained,
    )


def _tied(best: Reading, other: Reading, scores: Mapping[str, float]) -> bool:
    return not best.noun and order_of(best, scores)[:-1] == order_of(other, scores)[:-1]
