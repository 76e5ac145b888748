"""`geo_map`: points with a measure on an outline of India that ships with the product; no tiles, no network."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files

from oracle_kit.canvas.format import exact_number, exact_value, format_value, grouped
from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.kinds.columns import cell, checked, figures, is_place, main_rows, named, pick
from oracle_kit.canvas.kinds.empty import empty
from oracle_kit.canvas.kinds.rows_table import count_text, details_table, html_table
from oracle_kit.model import Block, Column, Rows, Step
from oracle_kit.query import Scalar, Value

WEST, EAST, SOUTH, NORTH = 67.5, 98.0, 6.0, 37.6
WIDTH, HEIGHT = 560, 620
MOST_POINTS, MOST_NAMED, MOST_CHECKED = 2_000, 8, 40
LETTER = 7.4  # how wide a letter is, about
SMALL, LARGE = 4.0, 22.0


class MapProps(Value):
    """Which columns are the place, its name and the measure that the circles' areas follow."""

    latitude: str | None = None
    longitude: str | None = None
    label: str | None = None
    measure: str | None = None


@dataclass(frozen=True)
class Place:
    """A point on the map: where it is drawn, what it is, how much."""

    x: float
    y: float
    label: str
    size: Decimal | None
    text: str
    exact: str


@dataclass(frozen=True)
class Places:
    """The points that are drawn, largest first, and those that are not."""

    places: tuple[Place, ...]
    measure: Column | None
    unplaced: int
    outside: int
    cut: int


class GeoMap:
    """A map of points."""

    name = "geo_map"
    title = "Map"
    Props = MapProps

    def build(self, step: Step, results: Mapping[str, Rows]) -> MapProps:
        """The columns called latitude and longitude, the first text and measure, unless the step says otherwise."""
        props = checked(self.name, MapProps, step.props)
        main = results.get("main")
        if main is None:
            return props
        texts = tuple(c for c in main.columns if c.type == "text" and not c.masked and not c.values)
        amounts = tuple(c for c in figures(main) if not is_place(c))
        return props.model_copy(
            update={
                "latitude": pick(main, props.latitude, _starting(main, "lat")),
                "longitude": pick(main, props.longitude, _starting(main, "lon", "lng")),
                "label": pick(main, props.label, texts),
                "measure": pick(main, props.measure, amounts),
            }
        )

    def html(self, block: Block) -> Html:
        """The outline with its points, the largest of them named, and a list beside it."""
        rows = main_rows(block)
        if rows is None:
            return empty(block)
        made = places_in(block)
        if made is None:
            note = element("p", "These rows have no latitude and longitude.", class_="o-note")
            return joined((html_table(rows, rows.columns, caption=block.title), note))
        return joined(
            (
                element("div", _map(block, made), _list(made), class_="o-map"),
                *(element("p", note, class_="o-note") for note in notes(made)),
                element("p", count_text(rows, MOST_POINTS), class_="o-note") if rows.truncated else None,
                details_table(rows, block.title),
            )
        )


def _starting(rows: Rows, *starts: str) -> tuple[Column, ...]:
    return tuple(c for c in rows.columns if c.name.lower().startswith(starts) and is_place(c))


def places_in(block: Block) -> Places | None:
    """The rows as points; None where they have no coordinates."""
    rows = main_rows(block)
    props = MapProps.model_validate(block.props)
    if rows is None or not named(rows, props.latitude) or not named(rows, props.longitude):
        return None
    measure, label = named(rows, props.measure), named(rows, props.label)
    found: list[Place] = []
    unplaced = outside = 0
    for row in rows.rows:
        spot = _spot(cell(rows, row, props.latitude), cell(rows, row, props.longitude))
        if spot is None:
            unplaced += 1
        elif not (0 <= spot[0] <= WIDTH and 0 <= spot[1] <= HEIGHT):
            outside += 1
        else:
            found.append(_place(rows, row, spot, label, measure))
    found.sort(key=lambda place: -abs(place.size or Decimal(0)))
    return Places(tuple(found[:MOST_POINTS]), measure, unplaced, outside, max(0, len(found) - MOST_POINTS))


def _spot(latitude: Scalar, longitude: Scalar) -> tuple[float, float] | None:
    north, east = exact_number(latitude), exact_number(longitude)
    if north is None or east is None or abs(north) > 90 or abs(east) > 180:
        return None
    return _project(float(north), float(east))


def _project(north: float, east: float) -> tuple[float, float]:
    """Degrees to the drawing's units; a degree east counts for less the way it does in the middle of India."""
    scale = HEIGHT / (NORTH - SOUTH)
    narrow = math.cos(math.radians(22))
    left = (WIDTH - (EAST - WEST) * scale * narrow) / 2
    return round(left + (east - WEST) * scale * narrow, 1), round((NORTH - north) * scale, 1)


def _place(
    rows: Rows,
    row: tuple[Scalar, ...],
    spot: tuple[float, float],
    label: Column | None,
    measure: Column | None,
) -> Place:
    value = cell(rows, row, measure.name) if measure else None
    name = format_value(cell(rows, row, label.name), label) if label else ""
    text = format_value(value, measure) if measure else ""
    exact = exact_value(value, measure) if measure else ""
    return Place(*spot, name, exact_number(value), text, exact)


@lru_cache(maxsize=1)
def outline() -> str:
    """The outline as the data of one SVG path."""
    shapes = json.loads(files("oracle_kit.canvas").joinpath("assets/india.json").read_text(encoding="utf-8"))
    rings = []
    for ring in shapes["rings"]:
        points = [_project(north, east) for east, north in ring]
        rings.append("M" + "L".join(f"{x},{y}" for x, y in points) + "Z")
    return "".join(rings)


def _map(block: Block, made: Places) -> Html:
    largest = max((abs(place.size) for place in made.places if place.size is not None), default=Decimal(0))
    circles = [_circle(place, largest) for place in made.places]
    label = f"{block.title}: {len(made.places)} points on a map of India"
    return element(
        "svg",
        element("path", d=outline(), class_="o-land"),
        element("g", *circles, class_="o-points"),
        *_names(made, largest),
        view_box=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_label=label,
        class_="o-map-svg",
    )


def radius(size: Decimal | None, largest: Decimal) -> float:
    """A circle whose area follows the size."""
    if size is None or largest == 0:
        return SMALL
    return round(SMALL + (LARGE - SMALL) * math.sqrt(float(abs(size) / largest)), 1)


def _circle(place: Place, largest: Decimal) -> Html:
    tip = ": ".join(part for part in (place.label, place.exact) if part)
    empty = " o-zero" if not place.size else ""
    return element(
        "circle",
        element("title", tip),
        cx=place.x,
        cy=place.y,
        r=radius(place.size, largest),
        class_=f"o-point{empty}",
    )


def _names(made: Places, largest: Decimal) -> Iterator[Html]:
    """The names of the largest points, each on the side where it lies on nothing else; left out where it would."""
    boxes = [_circle_box(place, largest) for place in made.places[:MOST_CHECKED]]
    named_so_far = 0
    for at, place in enumerate(made.places[:MOST_CHECKED]):
        text = place.label if len(place.label) <= 24 else f"{place.label[:23]}…"
        others = [box for other, box in enumerate(boxes) if other != at]
        side = _free_side(text, boxes[at], others)
        if not text or side is None or named_so_far == MOST_NAMED:
            continue
        boxes.append(_text_box(text, boxes[at], side))
        named_so_far += 1
        x = boxes[at][2] + 4 if side == "start" else boxes[at][0] - 4
        yield element("text", text, x=round(x, 1), y=place.y + 4, text_anchor=side)


_Box = tuple[float, float, float, float]  # left, top, right, bottom


def _circle_box(place: Place, largest: Decimal) -> _Box:
    size = radius(place.size, largest)
    return place.x - size, place.y - size, place.x + size, place.y + size


def _text_box(text: str, circle: _Box, side: str) -> _Box:
    middle, width = (circle[1] + circle[3]) / 2, len(text) * LETTER + 4
    left = circle[2] + 4 if side == "start" else circle[0] - 4 - width
    return left, middle - 9, left + width, middle + 9


def _free_side(text: str, circle: _Box, others: list[_Box]) -> str | None:
    for side in ("start", "end"):
        box = _text_box(text, circle, side)
        inside = box[0] >= 0 and box[2] <= WIDTH
        if inside and not any(_overlap(box, other) for other in others):
            return side
    return None


def _overlap(one: _Box, two: _Box) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def _list(made: Places) -> Html:
    if not any(place.label for place in made.places):
        return Html()
    items = [
        element(
            "li", said(place.label), element("span", place.text, title=place.exact, class_="o-card-value")
        )
        for place in made.places[:10]
    ]
    head = element("p", said(made.measure.label), class_="o-axis") if made.measure else None
    return element("div", head, element("ol", *items), class_="o-places")


def notes(made: Places) -> list[str]:
    """What is not on the map, and what the circles mean."""
    said_of = [f"The area of a circle follows {made.measure.label}."] if made.measure else []
    for count, what in ((made.unplaced, "no place"), (made.outside, "a place outside the map")):
        if count:
            said_of.append(f"{grouped(count)} {'row has' if count == 1 else 'rows have'} {what}.")
    return said_of + ([f"{grouped(made.cut)} smaller points are left out."] if made.cut else [])
