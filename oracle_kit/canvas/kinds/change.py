"""One figure against another: difference, percent, and whether that is good."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from oracle_kit.canvas.format import MINUS, format_value, grouped, rounded
from oracle_kit.canvas.html import Html, element
from oracle_kit.model import Column

Verdict = Literal["good", "bad", "even"]


@dataclass(frozen=True)
class Change:
    """From `before` to `now`; `percent` is a fraction of `before`, None where that says nothing."""

    column: Column
    now: Decimal
    before: Decimal

    @property
    def difference(self) -> Decimal:
        """How much more it is now."""
        return self.now - self.before

    @property
    def percent(self) -> Decimal | None:
        """The difference as a fraction of what was before; None from zero and for percents themselves."""
        if self.column.unit == "percent" or self.before == 0:
            return None
        return self.difference / abs(self.before)

    @property
    def verdict(self) -> Verdict:
        """Whether the change is good, by what the column calls better."""
        if self.difference == 0 or self.column.better is None:
            return "even"
        return "good" if (self.difference > 0) == (self.column.better == "high") else "bad"

    @property
    def arrow(self) -> str:
        """▲, ▼, or = for no change."""
        return "=" if self.difference == 0 else "▲" if self.difference > 0 else "▼"

    @property
    def difference_text(self) -> str:
        """The difference with its sign: +₹12 L, −3 points."""
        size = abs(self.difference)
        if self.column.unit == "percent":
            points = rounded(size * 100, 1)
            text = f"{grouped(points)} {'point' if points == 1 else 'points'}"
        else:
            text = format_value(format(size, "f"), self.column)
        return text if self.difference == 0 else _sign(self.difference) + text

    @property
    def percent_text(self) -> str:
        """The percent with its sign; empty where there is none."""
        if self.percent is None or self.difference == 0:
            return "" if self.difference else "no change"
        size = abs(self.percent) * 100
        text = f"{grouped(rounded(size, 1 if size < 100 else 0))}%"
        text = "under 0.1%" if text == "0%" else text
        return text if text.startswith("under") else _sign(self.difference) + text

    @property
    def text(self) -> str:
        """What changed in one phrase: "+12.5%", or the difference where a percent says nothing."""
        return self.percent_text or self.difference_text


def _sign(number: Decimal) -> str:
    return "+" if number > 0 else MINUS


def change_html(change: Change, text: str) -> Html:
    """The change with its arrow; the colour only repeats what arrow and sign say."""
    arrow = element("span", change.arrow, aria_hidden="true")
    exact = f"{change.difference_text} in all"
    return element("span", arrow, " ", text, class_=f"o-change o-{change.verdict}", title=exact)
