"""`notice`: why there is no answer here, in plain words, and one sentence of what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.kinds.columns import checked
from oracle_kit.model import Block, Rows, Step
from oracle_kit.query import Value

Variant = Literal["refusal", "denied", "not_understood", "empty", "suggestion", "withheld", "unknown"]
SIGNS: dict[str, tuple[str, str]] = {
    "refusal": ("⊘", "Not answered"),
    "denied": ("⊘", "Not permitted"),
    "not_understood": ("?", "Not understood"),
    "empty": ("∅", "Nothing found"),
    "suggestion": ("→", "Suggestion"),
    "withheld": ("⊘", "Withheld"),
    "unknown": ("!", "Cannot be shown"),
}
NEXT = {
    "refusal": "Ask for figures that can be read from the data.",
    "denied": "Ask about what your role may see, or ask an administrator for access.",
    "not_understood": "Say it in other words, or take one of the suggestions.",
    "empty": "Remove one of the filters, or widen the window.",
    "suggestion": "Take it as a question of your own if it is what you meant.",
    "withheld": "Run the block again under your own rights.",
    "unknown": "Update Oracle, or change the kind of this block.",
}


class NoticeProps(Value):
    """`variant`: why; `message`: one sentence; `items`: what can be asked instead; `next`: what to do."""

    variant: Variant = "refusal"
    message: str = ""
    items: tuple[str, ...] = ()
    next: str = ""


class Notice:
    """Why there is no answer here."""

    name = "notice"
    title = "Notice"
    Props = NoticeProps

    def build(self, step: Step, results: Mapping[str, Rows]) -> NoticeProps:
        """The props as the step gives them."""
        return checked(self.name, NoticeProps, step.props)

    def html(self, block: Block) -> Html:
        """The sign, the message, the suggestions, what to do next."""
        return notice_html(NoticeProps.model_validate(block.props))


def notice_html(props: NoticeProps) -> Html:
    """A notice without a block."""
    sign, word = SIGNS[props.variant]
    items = (
        element("ul", *(element("li", said(item)) for item in props.items), class_="o-items")
        if props.items
        else None
    )
    return element(
        "div",
        element("span", sign, class_="o-sign", aria_hidden="true"),
        element(
            "div",
            element("p", said(props.message or f"{word}."), class_="o-lead"),
            items,
            element("p", said(next_of(props)), class_="o-next"),
        ),
        class_=f"o-notice o-{props.variant}",
    )


def next_of(props: NoticeProps) -> str:
    """The one sentence of what to do next."""
    return props.next or NEXT[props.variant]


def notice_text(props: NoticeProps) -> tuple[str, ...]:
    """The notice as lines of plain text."""
    return (
        props.message or f"{SIGNS[props.variant][1]}.",
        *(f"– {item}" for item in props.items),
        next_of(props),
    )


def unknown_kind(kind: str) -> Html:
    """What stands for a block whose kind or props this version does not know."""
    message = f"This block is of a kind that this version of Oracle cannot show: {kind}."
    return joined((notice_html(NoticeProps(variant="unknown", message=message)),))
