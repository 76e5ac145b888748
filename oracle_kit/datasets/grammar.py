"""The parser of expressions, and where an expression stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from lark import Lark, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from oracle_kit.errors import ExpressionError


@dataclass(frozen=True)
class Place:
    """Where an expression stands, for its errors."""

    file: str = ""
    line: int = 0
    field: str = ""

    def error(self, message: str, hint: str = "") -> ExpressionError:
        """An ExpressionError that points here."""
        return ExpressionError(message, file=self.file, line=self.line, field=self.field, hint=hint)


@cache
def grammar() -> Lark:
    """The parser of both forms, built at first use."""
    text = files(__package__).joinpath("expression.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", start=["row", "measure"], maybe_placeholders=False)


def read(text: str, start: Literal["row", "measure"], place: Place) -> Any:
    """The parser's tree of the text; ExpressionError says where reading stopped and what was expected."""
    try:
        return grammar().parse(text, start=start)
    except UnexpectedInput as error:
        raise place.error(f"cannot read {text!r} {_stop(error, text)}", _expected(error, start)) from None


def _stop(error: UnexpectedInput, text: str) -> str:
    position = error.pos_in_stream
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    if ended or position is None or not 0 <= position < len(text):
        return "to its end"
    return f"from character {position + 1} on: {text[position : position + 20]!r}"


_SIGNS = {
    "COMPARE": "a comparison",
    "NAME": "a name",
    "NUMBER": "a number",
    "STRING": "a 'text'",
    "$END": "the end",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "PLUS": "+",
    "MINUS": "-",
    "STAR": "*",
    "SLASH": "/",
}


def _expected(error: UnexpectedInput, start: str) -> str:
    if isinstance(error, UnexpectedCharacters) or not isinstance(error, UnexpectedToken):
        return "This character belongs to no expression."
    wanted = sorted(
        {_SIGNS.get(name, name.lower().strip("_")) for name in error.expected if "__" not in name}
    )
    only = " A measure is made of aggregates." if start == "measure" else ""
    return f"Expected here: {', '.join(wanted[:8])}.{only}"
