"""A page as JSON Canvas 1.0: each block a text node with a Markdown rendering, placed as on the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from oracle_kit.canvas.markdown import block_markdown, escaped
from oracle_kit.model import Block, Page, Revision

COLUMN, GAP, LINE, MARGIN = 100, 20, 26, 40
_Node = dict[str, Any]


def json_canvas(page: Page, revision: Revision) -> str:
    """The text of a `.canvas` file: a group with the page's title, and a node per block inside it."""
    nodes = list(_placed(revision.blocks))
    right = max((node["x"] + node["width"] for node in nodes), default=12 * COLUMN)
    bottom = max((node["y"] + node["height"] for node in nodes), default=LINE)
    group = {
        "id": f"group-{page.id}",
        "type": "group",
        "x": -MARGIN,
        "y": -MARGIN,
        "width": right + 2 * MARGIN,
        "height": bottom + 2 * MARGIN,
        "label": escaped(page.title).replace("\\", ""),
    }
    return json.dumps({"nodes": [group, *nodes], "edges": []}, ensure_ascii=False, indent="\t") + "\n"


def _placed(blocks: tuple[Block, ...]) -> Iterator[_Node]:
    """The blocks from left to right in rows of twelve columns, as the page's grid has them."""
    used = top = tallest = 0
    for block in blocks:
        if used + block.width > 12:
            top, used, tallest = top + tallest + GAP, 0, 0
        node = _node(block, used * COLUMN + (GAP if used else 0), top)
        used, tallest = used + block.width, max(tallest, node["height"])
        yield node


def _node(block: Block, left: int, top: int) -> _Node:
    text = block_markdown(block)
    width = block.width * COLUMN - (GAP if left else 0)
    letters = max(20, width // 8)
    lines = sum(1 + len(line) // letters for line in text.splitlines())
    node: _Node = {
        "id": block.id,
        "type": "text",
        "x": left,
        "y": top,
        "width": width,
        "height": max(120, lines * LINE + 2 * GAP),
        "text": text,
    }
    return node | ({"color": "3"} if block.suggestion or block.kind == "notice" else {})
