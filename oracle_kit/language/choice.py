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

    @property
    def complete(self) -> bool:
        """Whether the reading explains words and leaves none."""
        return not self.reading.left and self.reading.explained > 0


def choose(readings: Sequence[Reading], scores: Mapping[str, float]) -> Chosen | None:
    """The best reading by `order_of`; those that only the last resort told apart come with it as ties."""
    if not readings:
        return None
    ranked = sorted(readings, key=lambda reading: order_of(reading, scores))
    best = ranked[0]
    tied = {other.title: other for other in reversed(ranked[1:]) if _tied(best, other, scores)}
    ties = tuple(other for title, other in reversed(tied.items()) if title != best.title)
    return Chosen(reading=best, ties=ties)


def order_of(reading: Reading, scores: Mapping[str, float]) -> tuple[float, ...]:
    """Lower is better: words not explained; no noun of the dataset said, nor what is measured; its noun
    later in the prompt; a refusal; doubts (repairs, open words); words known by another form only; words of the
    rows that the dataset hangs on; times asked of what has none; a lower score of the ranker for
    the dataset's templates; fewer words explained."""
    return (
        *standing(reading),
        reading.head if reading.noun else 0,
        1 if reading.refusals else 0,
        reading.guesses,
        reading.loose,
        reading.foreign,
        1 if reading.untimely else 0,
        -round(scores.get(reading.query.dataset, 0.0) / CLOSE),
        -reading.explained,
    )


def standing(reading: Reading) -> tuple[int, int]:
    """The first that decides: words not explained; whether a noun of the dataset is said, else what is measured."""
    return len(reading.left), 0 if reading.noun else 1 if reading.measured else 2


def _tied(best: Reading, other: Reading, scores: Mapping[str, float]) -> bool:
    return not best.noun and _likeness(best, scores) == _likeness(other, scores)


def _likeness(reading: Reading, scores: Mapping[str, float]) -> tuple[float, ...]:
    """What two readings share that are as likely: all of their order but whose fields were said."""
    order = order_of(reading, scores)
    return (*order[:6], order[-2])
