"""Grains of time: "monthly", "by week", "quarter on quarter", "har mahine"."""

from __future__ import annotations

from dataclasses import dataclass

from oracle_kit.language.phrases import Marks, marks_of
from oracle_kit.language.tongue import Tongue
from oracle_kit.language.tongue_time import UNITS
from oracle_kit.query import Unit


@dataclass(frozen=True, slots=True)
class GrainSpan:
    """A unit to group time by: character offsets, text, unit."""

    start: int
    end: int
    text: str
    unit: Unit


def find_grains(prompt: str, tongue: Tongue) -> tuple[GrainSpan, ...]:
    """Every grain of a prompt, in order; a bare unit ("which month") too, unless it is counted or placed
    ("3 months", "last month")."""
    marks = marks_of(prompt)
    found: list[GrainSpan] = []
    place = 0
    while place < len(marks):
        read = tongue.time.grains.at(marks, place) or _bare(marks, place, tongue)
        if read is None:
            place += 1
            continue
        start, (end, unit) = marks[place].start, read
        found.append(GrainSpan(start, marks[end - 1].end, prompt[start : marks[end - 1].end], unit))
        place = end
    return tuple(found)


def _bare(marks: Marks, place: int, tongue: Tongue) -> tuple[int, Unit] | None:
    """A unit by itself; not behind a number or "last", nor before "to date"."""
    unit = tongue.time.units.at(marks, place)
    if unit is None or unit[1] not in UNITS or (marks[place].glued and marks[place - 1].text != "/"):
        return None
    return None if place > 0 and _is_placed(marks, place, tongue) else (unit[0], UNITS[UNITS.index(unit[1])])


def _is_placed(marks: Marks, place: int, tongue: Tongue) -> bool:
    before = marks[place - 1]
    counted = before.kind == "number" or tongue.numbers.words.at(marks, place - 1) is not None
    return counted or before.text in tongue.time.placing
