"""A drawing as SVG through vl-convert: no browser, no network, equal drawings rendered once."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from xml.etree import ElementTree

from oracle_kit.canvas.chart import Drawing
from oracle_kit.canvas.chart_vega import vega_lite
from oracle_kit.canvas.html import Html
from oracle_kit.errors import NotInstalled

MOST_KEPT = 256
_SVG = "http://www.w3.org/2000/svg"
_KEPT = frozenset(
    (
        "d",
        "x",
        "y",
        "x1",
        "x2",
        "y1",
        "y2",
        "cx",
        "cy",
        "r",
        "width",
        "height",
        "viewBox",
        "transform",
        "fill",
        "stroke",
        "stroke-width",
        "stroke-dasharray",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-opacity",
        "fill-opacity",
        "opacity",
        "text-anchor",
        "font-size",
        "font-weight",
        "clip-path",
        "id",
    )
)
_FINER = re.compile(r"(\d+\.\d{2})\d+")
_TAGS = frozenset(("svg", "g", "path", "line", "rect", "circle", "text", "tspan", "defs", "clipPath"))


def can_draw() -> bool:
    """Whether the extra `charts` is installed."""
    return find_spec("vl_convert") is not None


def chart_svg(drawing: Drawing, width: int) -> Html:
    """The drawing as one `<svg role="img">` with the exact values on hover; NotInstalled without `charts`."""
    if not can_draw():
        raise NotInstalled("Charts need vl-convert-python.", hint="pip install 'oracle-kit[charts]'")
    return _rendered(json.dumps(vega_lite(drawing, width), sort_keys=True), drawing.summary)


@lru_cache(maxsize=MOST_KEPT)
def _rendered(spec: str, summary: str) -> Html:
    import vl_convert

    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    root = ElementTree.fromstring(drawn)  # noqa: S314  # written by vl-convert a line above, not by anybody else
    ElementTree.register_namespace("", _SVG)
    clean = _clean(root, f"o{sha256(spec.encode()).hexdigest()[:10]}-")
    if clean is None:
        return Html()
    clean.attrib = {
        "viewBox": root.get("viewBox", ""),
        "role": "img",
        "aria-label": summary,
        "class": "o-svg",
    }
    clean.set("width", root.get("width", ""))
    clean.set("height", root.get("height", ""))
    return Html(ElementTree.tostring(clean, encoding="unicode"))


def _clean(node: ElementTree.Element, prefix: str) -> ElementTree.Element | None:
    """The element with presentation alone: no roles, classes or fonts of its own; None where nothing is drawn."""
    tag = node.tag.removeprefix(f"{{{_SVG}}}")
    if tag not in _TAGS or _is_bare(node, tag):
        return None
    kept = {name: _kept(name, value, prefix) for name, value in node.attrib.items() if name in _KEPT}
    made = ElementTree.Element(node.tag, kept)
    made.text = node.text
    if tag in ("path", "circle") and node.get("aria-label"):
        ElementTree.SubElement(made, f"{{{_SVG}}}title").text = node.get("aria-label")
    made.extend(child for child in (_clean(one, prefix) for one in node) if child is not None)
    return None if tag == "g" and not len(made) else made


def _kept(name: str, value: str, prefix: str) -> str:
    """An attribute's value: ids are made this drawing's own, places get two digits, finer than a pixel."""
    if name == "id":
        return prefix + value
    if name == "clip-path":
        return value.replace("#", f"#{prefix}")
    return _FINER.sub(r"\1", value)


def _is_bare(node: ElementTree.Element, tag: str) -> bool:
    """Whether an element draws nothing: the backgrounds and foregrounds that Vega puts everywhere."""
    if tag != "path":
        return False
    frame = node.get("class") in ("background", "foreground")
    return not node.get("d") or (frame and not node.get("fill") and node.get("stroke") in (None, "none"))
