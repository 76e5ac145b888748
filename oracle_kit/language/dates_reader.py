"""What reading times from a prompt needs, and what it gives: stretches of time, and dates that are none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from oracle_kit.language.dates_named import Named
from oracle_kit.language.numbers_read import number_of
from oracle_kit.language.phrases import HYPHENS, Marks
from oracle_kit.language.tongue import NumberTongue, Tongue
from oracle_kit.language.tongue_time import AnyUnit, TimeTongue
from oracle_kit.query import Window
from oracle_kit.windows import Calendar, Clock, bind_days

MOST_UNITS = 999
OLDEST_YEAR, FARTHEST_YEAR = 25, 10  # years back and ahead that four digits are still read as
APOSTROPHES = frozenset("'’‘")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time: its window, its days from `start` to before `end`, the name it was said by when that leaves the
    year open, and other times that the same words may mean."""

    window: Window
    start: date
    end: date
    named: Named | None = None
    others: tuple[Stretch, ...] = ()
    cut: str = ""  # start or end: only that edge of the name is meant


@dataclass(frozen=True, slots=True)
class Impossible:
    """Words that look like a date and are none: why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Vague:
    """A time that is said too loosely to be a window ("early March", "every Monday")."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A window that words say, others that they may mean, and the stretch it was made of."""

    window: Window
    others: tuple[Window, ...] = ()
    stretch: Stretch | None = None
    relation: tuple[str, AnyUnit] | None = None  # it hangs on another window


Place = int  # among the marks
ReadStretch = tuple[Place, Stretch | Impossible] | None
Read = tuple[Place, Spoken | Impossible | Vague] | None


@dataclass(frozen=True, slots=True)
class Reader:
    """The marks of a prompt, the tongue, and the clock."""

    marks: Marks
    time: TimeTongue
    numbers: NumberTongue
    clock: Clock
    today: date
    compares_from: int  # the place of the first word that compares ("vs"); beyond the end where none does

    @property
    def calendar(self) -> Calendar:
        """The company's calendar."""
        return self.clock.calendar

    def word(self, place: Place) -> str:
        """The text at a place, nothing before the start and beyond the end."""
        return self.marks[place].text if 0 <= place < len(self.marks) else ""

    def kind(self, place: Place) -> str:
        """The kind of mark at a place, nothing outside."""
        return self.marks[place].kind if 0 <= place < len(self.marks) else ""

    def glued(self, place: Place) -> bool:
        """Whether the mark at a place touches the one before it."""
        return 0 <= place < len(self.marks) and self.marks[place].glued


def reader(marks: Marks, tongue: Tongue, clock: Clock) -> Reader:
    """A reader of the marks at the clock."""
    comparing = (at for at, mark in enumerate(marks) if mark.text in tongue.time.comparing)
    return Reader(marks, tongue.time, tongue.numbers, clock, clock.today, next(comparing, len(marks)))


def absolute(start: date, end: date, named: Named | None = None, *, fiscal: bool = False) -> Stretch:
    """The days from `start` to before `end`."""
    window = Window.model_construct(
        field="", form="absolute", unit="day", offset=0, count=1, start=start, end=end, fiscal=fiscal, text=""
    )
    return Stretch(window, start, end, named)


def relative(unit: AnyUnit, offset: int, count: int, clock: Clock, *, fiscal: bool = False) -> Stretch:
    """Whole units counted from the running one."""
    window = moving("calendar", unit, offset, count, fiscal=fiscal)
    days = bind_days(window, clock)
    return Stretch(window, days.start or date.min, days.end or date.max)


def moving(form: str, unit: AnyUnit, offset: int = 0, count: int = 1, *, fiscal: bool = False) -> Window:
    """A window that moves with the clock; its field is still open."""
    return Window.model_validate(
        {"field": "", "form": form, "unit": unit, "offset": offset, "count": count, "fiscal": fiscal}
    )


def spoken(stretch: Stretch) -> Spoken:
    """A stretch as the window that was meant."""
    return Spoken(stretch.window, tuple(other.window for other in stretch.others), stretch)


def with_others(stretch: Stretch, *others: Stretch) -> Stretch:
    """The stretch with other times that may be meant, those that differ."""
    return replace(stretch, others=tuple(other for other in others if other.window != stretch.window))


def whole_number(reader: Reader, place: Place) -> int | None:
    """The digits at a place as a whole number, None when there are none or they have a fraction."""
    if reader.kind(place) != "number" or not reader.word(place).isdecimal():
        return None
    value = number_of(reader.marks[place])
    return None if value is None else int(value)


def count_at(reader: Reader, place: Place) -> tuple[Place, int] | None:
    """A count of units, in digits or words ("3", "twenty one", "a couple of")."""
    digits = whole_number(reader, place)
    if digits is not None:
        return (place + 1, digits) if 0 < digits <= MOST_UNITS else None
    said = reader.time.counts.at(reader.marks, place)
    if said is not None:
        return said
    word = reader.numbers.words.at(reader.marks, place)
    if word is None or word[1].denominator != 1 or word[1] == 0:
        return None
    end, value = word
    more = reader.numbers.words.at(reader.marks, end + (reader.word(end) in HYPHENS))
    if more is not None and value in range(20, 100, 10) and more[1] in range(1, 10):
        end, value = more[0], value + more[1]
    return end, int(value)


def unit_at(reader: Reader, place: Place) -> tuple[Place, AnyUnit, int] | None:
    """A unit of time and how many of them the word stands for ("fortnight" is two weeks)."""
    if reader.word(place) in HYPHENS and reader.glued(place):
        place += 1
    longer = reader.time.longer_units.at(reader.marks, place)
    if longer is not None:
        return longer[0], longer[1][0], longer[1][1]
    unit = reader.time.units.at(reader.marks, place)
    if unit is not None:
        return unit[0], unit[1], 1
    if reader.glued(place) and reader.kind(place - 1) == "number" and not reader.glued(place + 1):
        glued = reader.time.glued_units.get(reader.word(place))
        return (place + 1, glued, 1) if glued else None
    return None


def counted_at(reader: Reader, place: Place) -> tuple[Place, AnyUnit, int] | None:
    """A count and its unit: "30 days", "a couple of weeks", "6m"."""
    count = count_at(reader, place)
    unit = unit_at(reader, count[0]) if count else None
    if count is None or unit is None or count[1] * unit[2] > MOST_UNITS:
        return None
    return unit[0], unit[1], count[1] * unit[2]


def year_at(reader: Reader, place: Place) -> tuple[Place, int] | None:
    """Four digits that can be a year and count nothing: no unit, scale or currency beside them."""
    year = whole_number(reader, place)
    if year is None or len(reader.word(place)) != 4:
        return None
    if not reader.today.year - OLDEST_YEAR <= year <= reader.today.year + FARTHEST_YEAR:
        return None
    if reader.glued(place) and reader.kind(place - 1) in ("word", "number"):
        return None
    numbers, marks = reader.numbers, reader.marks
    counts = any(table.at(marks, place + 1) for table in (numbers.scales, numbers.units, numbers.money))
    glued_word = reader.glued(place + 1) and reader.kind(place + 1) in ("word", "number")
    money_before = numbers.money.at(marks, place - 1) if place else None
    return None if counts or glued_word or money_before else (place + 1, year)


def short_year_at(reader: Reader, place: Place) -> tuple[Place, int] | None:
    """Two digits behind an apostrophe or a hyphen that touch them: the 25 of "Mar'25", "Mar-25"."""
    sign = reader.word(place)
    if sign not in APOSTROPHES and not (sign in HYPHENS and reader.glued(place)):
        return None
    if not reader.glued(place + 1) or len(reader.word(place + 1)) != 2:
        return None
    year = whole_number(reader, place + 1)
    goes_on = reader.glued(place + 2) and reader.kind(place + 2) != "sign"
    return None if year is None or goes_on else (place + 2, 2000 + year)
