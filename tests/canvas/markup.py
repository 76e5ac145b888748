"""HTML read back by a parser: which elements there are, what they hold, and what must not be there."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

EMPTY = {"meta", "br", "hr", "link", "img", "input"}


@dataclass
class Found:
    """An element with its attributes and its text, that of elements inside it included."""

    tag: str
    attributes: dict[str, str | None]
    text: str = ""
    inside: tuple[str, ...] = ()


@dataclass
class Markup:
    """All elements of some HTML in document order, and whether they were closed in order."""

    elements: list[Found] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def all(self, tag: str = "", class_: str = "") -> list[Found]:
        """The elements of that tag and class."""
        return [
            one
            for one in self.elements
            if (not tag or one.tag == tag)
            and (not class_ or class_ in (one.attributes.get("class") or "").split())
        ]

    def texts(self, tag: str = "", class_: str = "") -> list[str]:
        """Their texts."""
        return [one.text for one in self.all(tag, class_)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.markup, self.open = Markup(), []  # type: ignore[var-annotated]  # a stack of Found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = Found(tag, dict(attrs), inside=tuple(one.tag for one in self.open))
        self.markup.elements.append(found)
        if tag not in EMPTY:
            self.open.append(found)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.markup.elements.append(Found(tag, dict(attrs), inside=tuple(one.tag for one in self.open)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].tag != tag:
            self.markup.faults.append(f"</{tag}> closes {self.open[-1].tag if self.open else 'nothing'}")
            return
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for one in self.open:
            one.text += data


def read(html: str) -> Markup:
    """The elements of some HTML."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.markup.faults += [f"<{one.tag}> is not closed" for one in reader.open]
    return reader.markup


def unsafe(markup: Markup) -> list[str]:
    """What a page of ours must never have: scripts, frames, handlers, inline styles, addresses elsewhere."""
    bad = [
        one.tag
        for one in markup.elements
        if one.tag in {"script", "iframe", "object", "embed", "link", "base", "img"}
    ]
    for one in markup.elements:
        for name, value in one.attributes.items():
            address = (value or "").lower().strip()
            if name.startswith("on") or name in {"style", "src", "href", "srcdoc", "action", "xlink:href"}:
                bad.append(f"{one.tag}[{name}]")
            elif address.startswith(("http:", "https:", "javascript:", "//")) and name != "xmlns":
                bad.append(f"{one.tag}[{name}={value}]")
    return bad
