"""The kinds of block: a registry that is passed in, filled with the standard ones by `standard_kinds`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from oracle_kit.canvas.html import Html
from oracle_kit.canvas.kinds.activity_stream import ActivityStream
from oracle_kit.canvas.kinds.bar_chart import BarChart
from oracle_kit.canvas.kinds.columns import checked
from oracle_kit.canvas.kinds.comparison import Comparison
from oracle_kit.canvas.kinds.geo_map import GeoMap
from oracle_kit.canvas.kinds.kind import Kind
from oracle_kit.canvas.kinds.kpi_tile import KpiTile
from oracle_kit.canvas.kinds.line_chart import LineChart
from oracle_kit.canvas.kinds.notice import Notice, NoticeProps, notice_html, unknown_kind
from oracle_kit.canvas.kinds.pipeline_board import PipelineBoard
from oracle_kit.canvas.kinds.table import Table
from oracle_kit.canvas.kinds.text import Text
from oracle_kit.canvas.kinds.timeline import Timeline
from oracle_kit.errors import ContentError, did_you_mean
from oracle_kit.model import Block, Rows, Step
from oracle_kit.query import Value

__all__ = ["Kind", "Kinds", "standard_kinds"]


class Kinds:
    """Kinds by name."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._kinds = {kind.name: kind for kind in kinds}

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    def __contains__(self, name: object) -> bool:
        return name in self._kinds

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in the order of registration."""
        return tuple(self._kinds)

    def get(self, name: str) -> Kind | None:
        """The kind of that name, or None."""
        return self._kinds.get(name)

    def check(self, name: str, props: Mapping[str, Any]) -> None:
        """ContentError when there is no such kind or the props do not fit it; for content before it is used."""
        kind = self._kinds.get(name)
        if kind is None:
            raise ContentError(
                f"there is no block kind {name!r}", field="kind", hint=did_you_mean(name, self._kinds)
            )
        checked(name, kind.Props, props)

    def build(self, step: Step, results: Mapping[str, Rows]) -> Value:
        """The props of a step's kind; ContentError where they do not fit or there is no such kind."""
        self.check(step.kind, step.props)
        return self._kinds[step.kind].build(step, results)

    def fitting(self, name: str, props: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the props that the kind knows and can take: what a change of kind keeps."""
        kind = self._kinds.get(name)
        known = (
            {}
            if kind is None
            else {key: value for key, value in props.items() if key in kind.Props.model_fields}
        )
        return {key: value for key, value in known.items() if kind is not None and _fits(kind, key, value)}

    def html(self, block: Block) -> Html:
        """The picture of a block; a notice for what is withheld and for kinds and props that are not known."""
        kind = self._kinds.get(block.kind)
        if block.withheld is not None:
            return notice_html(NoticeProps(variant="withheld", message=block.withheld))
        if kind is None:
            return unknown_kind(block.kind)
        try:
            return kind.html(block)
        except ValidationError:  # props of another version
            return unknown_kind(f"{block.kind} with other properties")


def _fits(kind: Kind, key: str, value: Any) -> bool:
    try:
        kind.Props.model_validate({key: value})
    except ValidationError:
        return False
    return True


def standard_kinds() -> Kinds:
    """The kinds that ship with Oracle."""
    return Kinds(
        (
            KpiTile(),
            BarChart(),
            LineChart(),
            Table(),
            PipelineBoard(),
            GeoMap(),
            Timeline(),
            ActivityStream(),
            Comparison(),
            Text(),
            Notice(),
        )
    )
