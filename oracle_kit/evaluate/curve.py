"""The risk-coverage curve as an SVG picture."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from oracle_kit.evaluate.report import CurvePoint

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 48, 56
CEILINGS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
INK, GRID, LINE = "#333333", "#dddddd", "#1f5fa8"


def curve_svg(points: tuple[CurvePoint, ...], title: str = "Risk against coverage") -> str:
    """A standalone SVG: coverage from left to right, the fraction wrong among what is answered upwards."""
    highest = max((point.risk for point in points), default=0.0)
    ceiling = next(one for one in CEILINGS if highest <= one)
    drawn = "\n".join((*_axes(ceiling), *_path(points, ceiling)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">\n<title>{escape(title)}</title>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n'
        f'<text x="{LEFT}" y="24" font-size="15">{escape(title)}</text>\n{drawn}\n</svg>\n'
    )


def _across(coverage: float) -> float:
    return LEFT + coverage * (WIDTH - LEFT - RIGHT)


def _down(risk: float, ceiling: float) -> float:
    return HEIGHT - BOTTOM - risk / ceiling * (HEIGHT - TOP - BOTTOM)


def _axes(ceiling: float) -> Iterator[str]:
    bottom = _down(0, ceiling)
    for step in range(5):
        part = step / 4
        x, y = _across(part), _down(part * ceiling, ceiling)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{GRID}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{part * ceiling:.2%}</text>'
        yield f'<text x="{x:.1f}" y="{bottom + 18:.1f}" text-anchor="middle">{part:.0%}</text>'
    yield f'<path d="M{LEFT} {TOP}V{bottom:.1f}H{WIDTH - RIGHT}" fill="none" stroke="{INK}"/>'
    yield f'<text x="{_across(0.5):.1f}" y="{HEIGHT - 12}" text-anchor="middle">answered, of all prompts</text>'
    yield f'<text x="{LEFT}" y="{TOP - 8}">wrong, of those answered</text>'


def _path(points: tuple[CurvePoint, ...], ceiling: float) -> Iterator[str]:
    if not points:
        yield f'<text x="{_across(0.5):.1f}" y="{HEIGHT / 2}" text-anchor="middle">nothing was answered</text>'
        return
    spots = [(_across(point.coverage), _down(point.risk, ceiling)) for point in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    yield f'<polyline points="{line}" fill="none" stroke="{LINE}" stroke-width="2"/>'
    x, y = spots[-1]
    last = points[-1]
    yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{LINE}"/>'
    told = f"{last.coverage:.1%} answered, {last.risk:.2%} of it wrong"
    yield f'<text x="{WIDTH - RIGHT}" y="{TOP - 8}" text-anchor="end">{told}</text>'
