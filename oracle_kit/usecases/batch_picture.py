"""A small picture of how a batch went: its outcomes, and how long items took. SVG alone: no script, no request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from oracle_kit.jobs.job import Result

WIDTH, BAR, GAP = 420, 16, 6
BUCKETS = 8
COLOURS = {"succeeded": "#2e7d5b", "failed": "#b3402a", "cancelled": "#8a8a8a"}


class Picture:
    """Shows itself in a notebook; as text, it says the same in words."""

    def __init__(self, results: Sequence[Result]) -> None:
        self._outcomes = Counter(one.status for one in results)
        self._latencies = sorted(one.latency_ms for one in results if one.latency_ms is not None)

    def __repr__(self) -> str:
        outcomes = ", ".join(f"{count} {status}" for status, count in self._outcomes.most_common())
        if not self._latencies:
            return outcomes or "nothing has ended yet"
        middle, high = (self._latencies[int(part * (len(self._latencies) - 1))] for part in (0.5, 0.95))
        return f"{outcomes}; half within {middle:.0f} ms, 95 % within {high:.0f} ms"

    def _repr_html_(self) -> str:
        rows: list[tuple[str, int, str]] = [
            (status, count, COLOURS.get(status, "#555")) for status, count in self._outcomes.most_common()
        ]
        rows += [(f"up to {edge:.0f} ms", count, "#3b6ea8") for edge, count in self._histogram()]
        height = len(rows) * (BAR + GAP) + GAP
        drawn = "".join(
            _bar(at, *row, most=max(count for _, count, _ in rows)) for at, row in enumerate(rows)
        )
        return f'<svg width="{WIDTH}" height="{height}" role="img" aria-label="{self!r}">{drawn}</svg>'

    def _histogram(self) -> list[tuple[float, int]]:
        """How many items took up to each edge (ms), and longer than the one before."""
        if not self._latencies:
            return []
        top = self._latencies[-1]
        edges = [top * (number + 1) / BUCKETS for number in range(BUCKETS)]
        counts = Counter(min(BUCKETS - 1, int(one / top * BUCKETS)) if top else 0 for one in self._latencies)
        return [(edge, counts[number]) for number, edge in enumerate(edges)]


def _bar(at: int, label: str, count: int, colour: str, *, most: int) -> str:
    y = GAP + at * (BAR + GAP)
    long = max(1, round(count / max(most, 1) * (WIDTH - 190)))
    text = f'font-size="12" font-family="sans-serif" fill="currentColor" y="{y + 12}"'
    return (
        f'<text x="0" {text}>{label}</text><rect x="120" y="{y}" width="{long}" height="{BAR}" fill="{colour}"/>'
        f'<text x="{126 + long}" {text}>{count:,}</text>'
    )
