"""Elements of static HTML; whatever comes from data is escaped on the way in."""

from __future__ import annotations

import html
from collections.abc import Iterable

from oracle_kit.canvas.format import exact_value, format_value, plain_text
from oracle_kit.model import Column
from oracle_kit.query import Scalar


class Html(str):
    """Text that is markup already; everything else is escaped when it is put into an element."""

    __slots__ = ()


Child = Html | str | None
_EMPTY = frozenset({"br", "hr", "meta", "path", "circle", "rect", "line", "polyline", "polygon", "col"})


def element(tag: str, *children: Child, **attributes: str | float | bool | None) -> Html:
    """An element; `class_` is class, underscores are hyphens, None and False attributes are left out."""
    head = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _EMPTY and not children:
        return Html(f"<{tag}{head}/>")
    return Html(f"<{tag}{head}>{joined(children)}</{tag}>")


def _attribute(name: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = {"view_box": "viewBox"}.get(name, name.rstrip("_").replace("_", "-"))
    return f" {name}" if value is True else f' {name}="{html.escape(plain_text(str(value)))}"'


def joined(children: Iterable[Child]) -> Html:
    """Markup in a row; plain text among it is escaped."""
    return Html("".join(child if isinstance(child, Html) else escaped(child) for child in children if child))


def escaped(text: str) -> Html:
    """The text as text: no markup, no control characters."""
    return Html(html.escape(plain_text(text), quote=False))


def said(text: str) -> Html:
    """Text from data, whose writing direction stays its own."""
    return element("bdi", text)


def shown(value: Scalar, column: Column) -> Html:
    """A value for reading, the exact one on hover where it says more."""
    short, exact = format_value(value, column), exact_value(value, column)
    return element("bdi", short, title=exact if exact != short else None)


def listed(items: Iterable[Child], tag: str = "ul", **attributes: str | None) -> Html:
    """A list of the items; nothing where there is none."""
    made = [element("li", item) for item in items]
    return element(tag, *made, **attributes) if made else Html()
