"""Panel panes that show finished HTML under the product's own style sheets."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import panel as pn

from oracle_kit.canvas.html import Html, element
from oracle_kit.canvas.html_style import sheet


@cache
def own_sheet(name: str) -> str:
    """A style sheet of the preview."""
    return (files("oracle_kit.preview") / "assets" / f"{name}.css").read_text(encoding="utf-8")


class Panes:
    """Makes the panes of one session; `assets` is where its style sheets are served, None has them inline."""

    def __init__(self, theme: str = "", assets: str | None = None) -> None:
        self._theme = theme
        if assets is None:
            self._sheets, self._grid = [sheet("canvas"), own_sheet("blocks")], own_sheet("grid")
        else:
            self._sheets = [f"{assets}/canvas.css", f"{assets}/blocks.css"]
            self._grid = f"{assets}/grid.css"

    def html(self, content: str = "", **more: Any) -> pn.pane.HTML:
        """A pane with finished HTML; whatever came from data is escaped in it."""
        return pn.pane.HTML(  # type: ignore[no-untyped-call]  # Panel's panes have no types
            self.themed(content),
            margin=0,
            sizing_mode="stretch_width",
            stylesheets=list(self._sheets),
            **more,
        )

    def themed(self, content: str) -> str:
        """The HTML within the canvas's style and the colours that its reader chose."""
        inside = element("div", Html(content), class_="oracle-canvas s-card")
        return element("div", inside, data_theme=self._theme or None) if content else ""

    def grid(self, children: list[Any]) -> pn.Column:
        """Twelve columns; children stand as wide as their class `o-w1` to `o-w12` says, alone on a phone."""
        return pn.Column(*children, margin=0, sizing_mode="stretch_width", stylesheets=[self._grid])

    def column(self, *children: Any, **more: Any) -> pn.Column:
        """One below another."""
        return pn.Column(*children, margin=0, sizing_mode="stretch_width", **more)
