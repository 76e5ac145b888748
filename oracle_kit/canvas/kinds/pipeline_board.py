"""`pipeline_board`: a column per stage in business order, empty ones kept: count, value, top cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pydantic import Field

from oracle_kit.canvas.format import exact_value, format_value, grouped
from oracle_kit.canvas.html import Html, element, joined, said, shown
from oracle_kit.canvas.kinds.bars import Bars, bars_of
from oracle_kit.canvas.kinds.columns import (
    NUMBERS,
    cell,
    checked,
    figures,
    groups,
    is_complete,
    is_id,
    main_rows,
    named,
    pick,
)
from oracle_kit.canvas.kinds.empty import empty
from oracle_kit.canvas.kinds.rows_table import details_table
from oracle_kit.model import Block, Column, Rows, Step
from oracle_kit.query import Scalar, Value

MOST_STAGES = 12


class BoardProps(Value):
    """Which columns are the stage, the count and the value; which make a card; how many cards a stage shows."""

    stage: str | None = None
    count: str | None = None
    value: str | None = None
    card_title: str | None = None
    card_value: str | None = None
    card_lines: tuple[str, ...] = ()
    cards: int = Field(default=3, ge=0, le=20)


@dataclass(frozen=True)
class Card:
    """One row on the board."""

    title: str
    value: Scalar
    lines: tuple[tuple[Column, Scalar], ...]


@dataclass(frozen=True)
class Stage:
    """One column of the board."""

    label: str
    count: Decimal | None
    value: Decimal | None
    cards: tuple[Card, ...]


class PipelineBoard:
    """Stages side by side."""

    name = "pipeline_board"
    title = "Board"
    Props = BoardProps

    def build(self, step: Step, results: Mapping[str, Rows]) -> BoardProps:
        """The first dimension as stages, the first plain count and the first value in a unit, unless the step says."""
        props = checked(self.name, BoardProps, step.props)
        main, cards = results.get("main"), results.get("cards")
        if main is None:
            return props
        stage = pick(main, props.stage, groups(main))
        counts = tuple(c for c in figures(main) if c.unit is None and c.type == "integer")
        amounts = tuple(c for c in figures(main) if c not in counts)
        value = pick(main, props.value, amounts)
        made = {"stage": stage, "count": pick(main, props.count, counts), "value": value}
        return props.model_copy(update=made | _card_columns(cards, props, stage, named(main, value)))

    def html(self, block: Block) -> Html:
        """The stages in order, each with its figures and its first cards."""
        rows = main_rows(block)
        stages = stages_in(block)
        if rows is None or not stages:
            return empty(block)
        props = BoardProps.model_validate(block.props)
        count, value = named(rows, props.count), named(rows, props.value)
        largest = max((abs(size_of(stage)) for stage in stages), default=Decimal(0))
        columns = [_column(block, stage, count, value, largest) for stage in stages]
        board = element("ol", *columns, class_="o-board", tabindex="0", role="list", aria_label=block.title)
        return joined((board, details_table(rows, block.title)))


def _card_columns(
    cards: Rows | None, props: BoardProps, stage: str | None, value: Column | None
) -> dict[str, object]:
    if cards is None:
        return {
            "card_title": props.card_title,
            "card_value": props.card_value,
            "card_lines": props.card_lines,
        }
    words = tuple(
        c for c in cards.columns if c.type == "text" and not c.masked and c.name != stage and not c.values
    )
    money = tuple(
        c for c in cards.columns if c.type in NUMBERS and not is_id(c) and value and c.unit == value.unit
    )
    title = pick(cards, props.card_title, words or cards.columns)
    amount = pick(cards, props.card_value, money)
    lines = tuple(name for name in props.card_lines if named(cards, name))
    rest = tuple(
        c.name
        for c in cards.columns
        if c.name not in (title, amount, stage) and not is_id(c) and not c.masked
    )
    return {"card_title": title, "card_value": amount, "card_lines": lines or rest[:2]}


def stages_in(block: Block) -> tuple[Stage, ...]:
    """The block's stages in business order; none where the rows have no stage or nothing to count."""
    rows = main_rows(block)
    props = BoardProps.model_validate(block.props)
    stage = named(rows, props.stage)
    if rows is None or stage is None:
        return ()
    counts, values = (_by_stage(block, rows, named(rows, name), stage) for name in (props.count, props.value))
    known = counts or values
    if known is None:
        return ()
    amounts = {group.label: group.size for group in values.groups} if values else {}
    sizes = {group.label: group.size for group in counts.groups} if counts else {}
    cards = _cards(block, props, stage)
    labels = [group.label for group in known.groups][:MOST_STAGES]
    return tuple(Stage(one, sizes.get(one), amounts.get(one), tuple(cards.get(one, ()))) for one in labels)


def _by_stage(block: Block, rows: Rows, measure: Column | None, stage: Column) -> Bars | None:
    return _stages(block, rows, measure, stage) if measure else None


def _stages(block: Block, rows: Rows, measure: Column, stage: Column) -> Bars:
    return bars_of(rows, measure, stage, None, order=(), top=MOST_STAGES, complete=is_complete(block))


def _cards(block: Block, props: BoardProps, stage: Column) -> dict[str, list[Card]]:
    rows = block.results.get("cards")
    made: dict[str, list[Card]] = {}
    place = named(rows, stage.name)
    if rows is None or place is None:
        return made
    lines = [column for name in props.card_lines if (column := named(rows, name))]
    title = named(rows, props.card_title)
    for row in rows.rows:
        deck = made.setdefault(format_value(cell(rows, row, stage.name), stage), [])
        if len(deck) < props.cards and title:
            details = tuple((one, cell(rows, row, one.name)) for one in lines)
            text = format_value(cell(rows, row, title.name), title)
            deck.append(Card(text, cell(rows, row, props.card_value), details))
    return made


def size_of(stage: Stage) -> Decimal:
    """What a stage's bar is as long as: its value, or its count where it has none."""
    return (stage.value if stage.value is not None else stage.count) or Decimal(0)


def _column(block: Block, stage: Stage, count: Column | None, value: Column | None, largest: Decimal) -> Html:
    counted = element("span", _number(stage.count, count), class_="o-count") if count else None
    head = element("div", element("h3", said(stage.label)), counted, class_="o-stage")
    amount = element("p", _number(stage.value, value), class_="o-amount") if value else None
    part = float(abs(size_of(stage)) / largest) * 100 if largest else 0.0
    bar = element("rect", width=f"{part:.2f}%", height=4, rx=2, fill="#2457a6")
    track = element("svg", bar, class_="o-track", width="100%", height=4, aria_hidden="true")
    cards = [_card(block, card) for card in stage.cards]
    deck = element("ul", *cards, class_="o-cards") if cards else None
    return element("li", head, amount, track, deck, _more(stage), class_="" if size_of(stage) else "o-none")


def _more(stage: Stage) -> Html:
    hidden = (stage.count or Decimal(0)) - len(stage.cards)
    if not stage.count:
        return element("p", "none", class_="o-note")
    return element("p", f"{grouped(hidden)} more", class_="o-note") if stage.cards and hidden > 0 else Html()


def _number(number: Decimal | None, column: Column) -> Html:
    text = None if number is None else format(number, "f")
    return element("bdi", format_value(text, column), title=exact_value(text, column))


def _card(block: Block, card: Card) -> Html:
    props = BoardProps.model_validate(block.props)
    column = named(block.results.get("cards"), props.card_value)
    amount = element("span", shown(card.value, column), class_="o-card-value") if column else None
    lines = [
        element("span", shown(value, one), title=one.label) for one, value in card.lines if value is not None
    ]
    return element(
        "li",
        element("strong", said(card.title)),
        amount,
        element("span", *_between(lines), class_="o-card-lines") if lines else None,
    )


def _between(parts: list[Html]) -> list[Html | str]:
    made: list[Html | str] = []
    for part in parts:
        made += [" · ", part] if made else [part]
    return made
