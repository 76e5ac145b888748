"""`text`: a summary or a note; it says who wrote it, and its numbers are the rows' numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from oracle_kit.canvas.format import exact_value, format_value
from oracle_kit.canvas.html import Html, element, escaped, joined, said
from oracle_kit.canvas.kinds.columns import cell, checked, figures, main_rows, named
from oracle_kit.canvas.kinds.empty import empty
from oracle_kit.model import Block, Rows, Step
from oracle_kit.query import Value

_NAME = re.compile(r"\{(?:(\w+)\.)?(\w+)\}")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_WRITERS = {
    "rule": "Written by rule from the rows",
    "model": "Written by a model",
    "person": "Note by a person",
}


class TextProps(Value):
    """`text`: paragraphs, lines with "- " as a list, **bold**; `{deal_value}` or `{compare.deal_value}` stand for the
    number of a query's first row. `written_by`: rule, model or person."""

    text: str = ""
    written_by: Literal["rule", "model", "person"] = "rule"


class Text:
    """Words."""

    name = "text"
    title = "Text"
    Props = TextProps

    def build(self, step: Step, results: Mapping[str, Rows]) -> TextProps:
        """The text as the step gives it; without one, a sentence per measure of the first row."""
        props = checked(self.name, TextProps, step.props)
        main = results.get("main")
        if props.text or main is None or not main.rows:
            return props
        lines = [f"{column.label}: {{{column.name}}}" for column in figures(main)]
        return props.model_copy(update={"text": "\n".join(f"- {line}" for line in lines)})

    def html(self, block: Block) -> Html:
        """The paragraphs, and who wrote them."""
        props = TextProps.model_validate(block.props)
        if not props.text.strip():
            return (
                empty(block) if main_rows(block) is None and block.queries else element("p", "An empty note.")
            )
        body = joined(_paragraphs(block, props.text))
        return joined(
            (element("div", body, class_="o-text"), element("p", _WRITERS[props.written_by], class_="o-note"))
        )


def filled_text(block: Block) -> str:
    """The text with its numbers, plain."""
    text = TextProps.model_validate(block.props).text
    return _NAME.sub(lambda found: _number(block, found)[0], text)


def _number(block: Block, found: re.Match[str]) -> tuple[str, str]:
    rows = block.results.get(found[1] or "main")
    column = named(rows, found[2])
    if rows is None or column is None or not rows.rows:
        return found[0], ""
    value = cell(rows, rows.rows[0], column.name)
    return format_value(value, column), exact_value(value, column)


def _paragraphs(block: Block, text: str) -> Iterator[Html]:
    for part in re.split(r"\n\s*\n", text.strip()):
        lines = part.split("\n")
        if all(line.lstrip().startswith(("- ", "* ")) for line in lines):
            yield element(
                "ul", *(element("li", _inline(block, line.lstrip()[2:])) for line in lines), dir="auto"
            )
        else:
            yield element("p", _inline(block, " ".join(lines)), dir="auto")


def _inline(block: Block, line: str) -> Html:
    """The line with numbers put in and **bold** kept; everything else is plain text."""
    parts: list[Html] = []
    for at, piece in enumerate(_BOLD.split(line)):
        parts.append(element("strong", _numbers(block, piece)) if at % 2 else _numbers(block, piece))
    return joined(parts)


def _numbers(block: Block, piece: str) -> Html:
    parts: list[Html] = []
    end = 0
    for found in _NAME.finditer(piece):
        short, exact = _number(block, found)
        parts += [
            escaped(piece[end : found.start()]),
            element("bdi", short, title=exact) if exact else said(short),
        ]
        end = found.end()
    return joined([*parts, escaped(piece[end:])])
