"""A small line without axes, drawn by ourselves."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from oracle_kit.canvas.html import Html, element

WIDTH, HEIGHT, EDGE = 240, 48, 4


def sparkline(values: Sequence[Decimal | None], label: str) -> Html:
    """The values as one line from left to right; gaps where there is none; the last one dotted."""
    known = [value for value in values if value is not None]
    if not known:
        return Html()
    low, high = min(known), max(known)
    points = [_point(at, value, len(values), low, high) for at, value in enumerate(values)]
    lines = [element("polyline", points=" ".join(f"{x},{y}" for x, y in run)) for run in _runs(points)]
    last = next(point for point in reversed(points) if point is not None)
    dot = element("circle", cx=last[0], cy=last[1], r=3)
    return element(
        "svg", *lines, dot, view_box=f"0 0 {WIDTH} {HEIGHT}", class_="o-spark", role="img", aria_label=label
    )


def _point(
    at: int, value: Decimal | None, count: int, low: Decimal, high: Decimal
) -> tuple[float, float] | None:
    if value is None:
        return None
    x = EDGE + (WIDTH - 2 * EDGE) * at / max(count - 1, 1)
    part = float((value - low) / (high - low)) if high > low else 0.5
    return round(x, 1), round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * part, 1)


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """The stretches of neighbouring points."""
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if len(run) > 1]
