"""What stands where no row was found: the filters that emptied it, and what to do next."""

from __future__ import annotations

from oracle_kit.canvas.format_time import bound_text
from oracle_kit.canvas.html import Html, element, listed, said
from oracle_kit.model import Block, Chip

NEXT = "Remove one of these filters, or widen the window."
_NO_FILTERS = frozenset({"group", "measure", "limit", "sort", "spelling", ""})


def filters_of(block: Block) -> tuple[str, ...]:
    """The filters and windows that narrowed the block's rows, as people read them."""
    labels = [_label(chip) for chip in block.chips if chip.op not in _NO_FILTERS]
    main = block.results.get("main")
    if main is not None and not any(chip.op == "window" for chip in block.chips):
        labels += [text for text in map(bound_text, main.bounds) if text]
    if main is not None:
        labels += [
            policy for policy in main.policies if policy not in labels and not policy.endswith("masked")
        ]
    return tuple(dict.fromkeys(labels))


def _label(chip: Chip) -> str:
    return chip.label


def empty_sentence(block: Block) -> str:
    """One sentence that says that nothing was found, or that nothing was read."""
    if "main" not in block.results:
        return "This block has no rows: its question has not been run yet."
    return "No rows match these filters." if filters_of(block) else "There are no rows at all."


def next_step(block: Block) -> str:
    """One sentence of what to do about an empty block."""
    if "main" not in block.results:
        return "Refresh the page to read it."
    return NEXT if filters_of(block) else "Look at the dataset: nothing is in it yet."


def empty(block: Block) -> Html:
    """The picture of a block without rows."""
    filters = listed([said(label) for label in filters_of(block)], class_="o-filters")
    return element(
        "div",
        element("p", empty_sentence(block), class_="o-lead"),
        filters,
        element("p", next_step(block), class_="o-next"),
        class_="o-empty",
    )
