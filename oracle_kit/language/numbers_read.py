"""One number of a prompt, with its scale and unit, where it begins: "1.5 cr", "fifty lakhs", "₹75,00,000"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from unicodedata import decimal

from oracle_kit.language.phrases import HYPHENS, Mark, Marks
from oracle_kit.language.tongue import NumberTongue

MOST_DIGITS = 18
LARGEST = 10**MOST_DIGITS
_PHONE = 10  # so many digits with nothing that makes them a number


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number: where it ends (a place among the marks), its exact value in base units, its unit, the scale
    that was said (1 when none) and whether it is bare digits or words."""

    end: int
    value: Fraction
    unit: str | None = None
    scale: Fraction = Fraction(1)
    bare: bool = True
    digits: bool = False
    ordinal: bool = False  # "20th"


def read_quantity(
    marks: Marks, place: int, tongue: NumberTongue, *, joint: bool = True, compared: bool = False
) -> Quantity | None:
    """The number that begins here, None where none does.

    `joint` lets "and" stand inside it ("1 crore and 20 lakh"); after a comparison (`compared`) "a" is one
    and digits are no phone number. Digits that are part of a word, of an id or a time of day ("3BHK",
    "rev_12", "10:30") are no number.
    """
    start = place
    money = tongue.money.at(marks, place)
    if money is not None:
        place = money[0]
    elif not _may_begin(marks, place, tongue):
        return None
    sign, place = _sign(marks, place, tongue)
    number = _amount(marks, place, tongue, joint) or (_article(marks, place, tongue) if compared else None)
    if number is None or number.value >= LARGEST:
        return None
    read = _with_unit(marks, number, money[1] if money else None, tongue)
    if _is_ordinal(marks, read, tongue):
        read = replace(read, end=read.end + 1, ordinal=True)
    if _cut_off(marks, read.end) or (not compared and read.bare and _phone(marks, start, read.end)):
        return None
    return replace(read, value=sign * read.value)


def number_of(mark: Mark) -> Fraction | None:
    """The value of a mark of digits, in any script; None when it has too many digits to be meant."""
    text = mark.text.replace(",", "")
    if mark.kind != "number" or len(text) > MOST_DIGITS:
        return None
    if not text.isascii():
        text = "".join(str(decimal(sign)) if sign.isdecimal() else sign for sign in text)
    return Fraction(text)


def _is_ordinal(marks: Marks, read: Quantity, tongue: NumberTongue) -> bool:
    """Whether bare digits are followed by an ending that makes them a place in an order: "20th"."""
    touching = read.end < len(marks) and marks[read.end].glued
    return touching and read.bare and read.digits and marks[read.end].text in tongue.ordinals


def _may_begin(marks: Marks, place: int, tongue: NumberTongue) -> bool:
    """Whether what stands here is not the rest of a word, an id, a date or a time of day."""
    if place >= len(marks) or not marks[place].glued or place == 0:
        return place < len(marks)
    before = marks[place - 1]
    earlier = marks[place - 2] if place > 1 and before.glued else None
    if before.text in HYPHENS and earlier is not None:
        follows = earlier.kind == "number" or earlier.text in tongue.hyphenated
        return follows or marks[place].kind == "word" or _is_unit(marks, place - 2, tongue)
    if before.text in ":/." and earlier is not None and earlier.kind in ("number", "date", "odd"):
        return False
    return before.kind == "sign" and before.text not in "_'’@"


def _is_unit(marks: Marks, place: int, tongue: NumberTongue) -> bool:
    """Whether a scale or unit stands here that touches its digits: the "cr" of "1.5cr-2cr"."""
    touching = marks[place].glued and marks[place - 1].kind == "number"
    return touching and (tongue.scales.at(marks, place) or tongue.units.at(marks, place)) is not None


def _sign(marks: Marks, place: int, tongue: NumberTongue) -> tuple[int, int]:
    """-1 and the place behind a minus that touches the digits behind it and no number before it."""
    if place + 1 >= len(marks) or marks[place].text not in tongue.minus or not marks[place + 1].glued:
        return 1, place
    follows_number = place > 0 and marks[place - 1].kind != "sign" and marks[place].glued
    if follows_number or (place > 0 and marks[place - 1].kind == "number"):
        return 1, place
    return -1, place + 1


def _amount(marks: Marks, place: int, tongue: NumberTongue, joint: bool) -> Quantity | None:
    """Digits or words and their scales, added up while the scales fall: "1 cr 20 lakh"."""
    first = _scaled(marks, place, tongue)
    if first is None:
        return None
    total, last = first, first
    while last.scale > 1:
        following = total.end
        said_and = tongue.joint.at(marks, following) if joint else None
        more = _scaled(marks, said_and[0] if said_and else following, tongue)
        if more is None or not _falls(more, last):
            break
        total = Quantity(more.end, total.value + more.value, None, first.scale, False, total.digits)
        last = more
    return total


def _falls(more: Quantity, last: Quantity) -> bool:
    """Whether a second amount goes on from one: a smaller scale, or words below a hundred or thousand."""
    if more.scale > 1:
        return more.scale < last.scale and more.value < last.scale
    return not more.digits and not last.digits and last.scale <= 1000 and more.value < last.scale


def _scaled(marks: Marks, place: int, tongue: NumberTongue) -> Quantity | None:
    """One coefficient and its scale: "1.5 cr", "fifty", "half a crore", "two hundred thousand"."""
    plain = _led(marks, place, tongue) or _plain(marks, place, tongue)
    if plain is None:
        return None
    end, value, digits = plain
    added = tongue.added.at(marks, end)
    if added is not None:
        end, value = added[0], value + added[1]
    factor = Fraction(1)
    while (scale := _scale(marks, end, tongue)) is not None and scale[1] > factor:
        end, factor = scale[0], factor * scale[1]
    return Quantity(end, value * factor, None, factor, factor == 1, digits)


def _plain(marks: Marks, place: int, tongue: NumberTongue) -> tuple[int, Fraction, bool] | None:
    return _coefficient(marks, place, tongue) or _beside_scale(marks, place, tongue)


def _led(marks: Marks, place: int, tongue: NumberTongue) -> tuple[int, Fraction, bool] | None:
    """A number after a word that adds to it: "saadhe teen"."""
    leading = tongue.leading.at(marks, place)
    if leading is None:
        return None
    end, more = leading
    plain = _plain(marks, end, tongue)
    return (plain[0], plain[1] + more, plain[2]) if plain else None


def _article(marks: Marks, place: int, tongue: NumberTongue) -> Quantity | None:
    """ "a" as one: "at least a visit"."""
    word = tongue.beside_scale.at(marks, place)
    return Quantity(word[0], word[1]) if word else None


def _coefficient(marks: Marks, place: int, tongue: NumberTongue) -> tuple[int, Fraction, bool] | None:
    """Digits, a number word, or tens and ones ("twenty five", "twenty-five")."""
    if place < len(marks) and marks[place].kind == "number":
        value = number_of(marks[place])
        return None if value is None else (place + 1, value, True)
    word = tongue.words.at(marks, place)
    if word is None:
        return None
    end, value = word
    at = end + 1 if end < len(marks) and marks[end].text in HYPHENS and marks[end].glued else end
    more = tongue.words.at(marks, at) if value in range(20, 100, 10) else None
    if more is not None and 0 < more[1] < 10:
        return more[0], value + more[1], False
    return end, value, False


def _beside_scale(marks: Marks, place: int, tongue: NumberTongue) -> tuple[int, Fraction, bool] | None:
    """A word that is a number only before a scale ("a crore"), or a part before a scale or unit."""
    for table, with_unit in ((tongue.parts, True), (tongue.beside_scale, False)):
        word = table.at(marks, place)
        if word is None:
            continue
        beside = tongue.scales.at(marks, word[0]) or (tongue.units.at(marks, word[0]) if with_unit else None)
        if beside is not None:
            return word[0], word[1], False
    return None


def _scale(marks: Marks, place: int, tongue: NumberTongue) -> tuple[int, Fraction] | None:
    scale = tongue.scales.at(marks, place)
    if scale is None and place < len(marks) and marks[place].glued:
        scale = tongue.glued_scales.at(marks, place)
    return None if scale is None or _touched(marks, scale[0]) else scale


def _with_unit(marks: Marks, number: Quantity, money: str | None, tongue: NumberTongue) -> Quantity:
    """The number with the unit that was said: a currency before or after, a unit, a rate, or by its scale."""
    end, unit = number.end, money
    behind = tongue.money.at(marks, end) if money is None else None
    if behind is not None and not _glued_to_number(marks, behind[0]):
        end, unit = behind
    scaled = _scale_unit(marks, number, tongue) if unit is None else unit
    rate = tongue.rates.at(marks, end) if scaled is not None else None
    if rate is not None:
        return Quantity(rate[0], number.value, f"{scaled}/{rate[1]}", number.scale, False, number.digits)
    said = tongue.units.at(marks, end) if unit is None else None
    if said is not None and not _touched(marks, said[0]):
        end, unit = said
    bare = number.bare and unit is None
    return Quantity(end, number.value, unit or scaled, number.scale, bare, number.digits)


def _scale_unit(marks: Marks, number: Quantity, tongue: NumberTongue) -> str | None:
    """The currency that the last scale says by itself: "lakh" is money."""
    if number.scale == 1:
        return None
    for place in range(number.end - 1, max(number.end - 4, -1), -1):
        said = tongue.money_scales.at(marks, place)
        if said is not None:
            return said[1]
    return None


def _glued_to_number(marks: Marks, place: int) -> bool:
    """Whether digits touch from behind, so that the currency before them is theirs."""
    return place < len(marks) and marks[place].kind == "number"


def _touched(marks: Marks, place: int) -> bool:
    """Whether a word or number touches what ends here."""
    return place < len(marks) and marks[place].glued and marks[place].kind != "sign"


def _cut_off(marks: Marks, end: int) -> bool:
    """Whether the digits go on: in a word ("3BHK"), an id ("12_a"), a time ("10:30") or a ratio ("24/7")."""
    if end >= len(marks) or not marks[end].glued:
        return False
    if marks[end].kind != "sign" or marks[end].text == "_":
        return True
    digits_follow = end + 1 < len(marks) and marks[end + 1].glued and marks[end + 1].kind == "number"
    if marks[end].text in HYPHENS and digits_follow:
        return end + 2 < len(marks) and marks[end + 2].glued and marks[end + 2].text in HYPHENS
    return digits_follow and marks[end].text in ":/"


def _phone(marks: Marks, start: int, end: int) -> bool:
    """Whether bare digits look like a phone number: ten or more, or a plus before them."""
    if marks[end - 1].kind != "number" or "," in marks[end - 1].text:
        return False
    return len(marks[end - 1].text) >= _PHONE or _after_plus(marks, start)


def _after_plus(marks: Marks, place: int) -> bool:
    """Whether the digits follow a plus that touches them, or digits that do: "+91 98765 43210"."""
    for at in range(place, max(place - 4, 0), -1):
        if marks[at].kind != "number" and marks[at].text not in HYPHENS:
            return False
        if marks[at - 1].text == "+" and marks[at].glued:
            return not marks[at - 1].glued
    return False
