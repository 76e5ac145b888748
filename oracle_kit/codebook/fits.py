"""Which queries a block kind can show and a shape stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from oracle_kit.codebook.place import Place
from oracle_kit.codebook.template import BlockFile, Shape
from oracle_kit.model import Kind
from oracle_kit.query import Query
from oracle_kit.words import DatasetWords

NAMED = ("trend", "compare", "cards", "total")  # queries beside the main one
MOST_GROUPS = 2  # of a chart: the axis and the series

Fits = Callable[[Query, DatasetWords], bool]


def _lists(query: Query, words: DatasetWords) -> bool:
    return bool(query.columns)


def _lists_times(query: Query, words: DatasetWords) -> bool:
    times = {field.name for field in words.fields if field.type in ("date", "timestamp")}
    return bool(times & set(query.columns))


def _one_number(query: Query, words: DatasetWords) -> bool:
    return bool(query.measures) and not query.dimensions


def _numbers(query: Query, words: DatasetWords) -> bool:
    return bool(query.measures)


def _groups(query: Query, words: DatasetWords) -> bool:
    return bool(query.measures) and bool(query.dimensions)


def _one_group(query: Query, words: DatasetWords) -> bool:
    return bool(query.measures) and len(query.dimensions) == 1


def _drawn(query: Query, words: DatasetWords) -> bool:
    return bool(query.measures) and 1 <= len(query.dimensions) <= MOST_GROUPS


def _over_time(query: Query, words: DatasetWords) -> bool:
    dates = {field.name for field in words.fields if field.type == "date"}
    timed = [one for one in query.dimensions if one.grain or one.field in dates]
    return _drawn(query, words) and bool(timed)


def _any(query: Query, words: DatasetWords) -> bool:
    return True


_KINDS: Mapping[Kind, tuple[Fits, str]] = {
    "kpi_tile": (_one_number, "measures without dimensions"),
    "bar_chart": (_drawn, "measures by one or two dimensions"),
    "line_chart": (_over_time, "measures by a time with a grain (created_at:month), split once at most"),
    "table": (_any, "any query"),
    "pipeline_board": (_one_group, "measures by one dimension"),
    "geo_map": (_any, "any query"),
    "timeline": (_lists_times, "columns, a time among them"),
    "activity_stream": (_lists_times, "columns, a time among them"),
    "comparison": (_one_group, "measures by one dimension"),
    "text": (_any, "any query"),
}
_SHAPES: Mapping[Shape, tuple[Fits, str]] = {
    "number": (_one_number, "measures without dimensions"),
    "breakdown": (_groups, "measures by a dimension"),
    "trend": (_over_time, "measures by a time with a grain (created_at:month)"),
    "list": (_lists, "columns"),
    "comparison": (_groups, "measures by a dimension"),
    "share": (_groups, "measures by a dimension"),
    "funnel": (_groups, "measures by a dimension"),
    "map": (_any, "any query"),
    "board": (_groups, "measures by a dimension"),
    "timeline": (_lists_times, "columns, a time among them"),
    "activity": (_lists_times, "columns, a time among them"),
}
_BESIDE: Mapping[str, tuple[Fits, str]] = {
    "trend": (_over_time, "measures by a time with a grain"),
    "compare": (_numbers, "measures"),
    "cards": (_lists, "columns"),
    "total": (_one_number, "measures without dimensions"),
}


def check_kind(
    block: BlockFile, query: Query, words: DatasetWords, slots: tuple[str, ...], place: Place
) -> None:
    """ContentError when the kind cannot show the query of the block."""
    if block.kind == "notice":
        raise place.at("kind").error("a template shows rows; a notice has none", "Choose another kind.")
    fits, wanted = _KINDS[block.kind]
    open_grain = block.kind == "line_chart" and "dimension" in slots
    if not (fits(query, words) or (open_grain and _drawn(query, words))):
        raise place.at("query").error(f"a {block.kind} shows {wanted}", "Change the kind or the query.")


def shows(kind: Kind, query: Query, words: DatasetWords) -> str:
    """Empty where the kind can show the query; else what it shows."""
    fits, wanted = _KINDS[kind]
    return "" if fits(query, words) else wanted


def check_beside(name: str, query: Query, words: DatasetWords, place: Place) -> None:
    """ContentError when a further named query is not one that kinds know, or has another form."""
    if name == "main":
        raise place.error("the main query is `query`", "Write it there.")
    place.known(name, NAMED, "named query")
    fits, wanted = _BESIDE[name]
    if not fits(query, words):
        raise place.error(f"`{name}` is {wanted}", "Change the query.")


def check_shape(
    shape: Shape, query: Query, words: DatasetWords, slots: tuple[str, ...], place: Place
) -> None:
    """ContentError when the first block's query is not of the shape that the template says."""
    fits, wanted = _SHAPES[shape]
    open_grain = shape == "trend" and "dimension" in slots
    if not (fits(query, words) or open_grain):
        raise place.at("shape").error(
            f"the shape {shape} is {wanted}; the first block has another", "Change the shape or the query."
        )
