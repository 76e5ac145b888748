"""An answer as the JSON that `oracle ask --json` prints: exact values, never formatted text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oracle_kit.model import Answer, Block, Revision, Rows, json_ready

Html = Callable[[Block], str]  # the static picture of a block


def answer_json(answer: Answer, html: Html | None = None) -> dict[str, Any]:
    """Plain JSON types: page, revision, mode, blocks with columns and rows, and what was made of the prompt."""
    return {
        "page_id": answer.page_id,
        "revision": answer.revision.id if answer.revision else None,
        "mode": answer.mode,
        "blocks": [block_json(block, html) for block in answer.blocks],
        "understood": json_ready(answer.understood),
        "not_understood": list(answer.not_understood),
        "refusals": json_ready(answer.refusals),
        "notes": [*answer.notes, *answer.reservations],
        "choices": list(answer.choices),
        "status": answer.status,
        "timings": {timing.stage: timing.ms for timing in answer.timings},
        "as_of": answer.as_of.isoformat(),
    }


def revision_json(revision: Revision, html: Html | None = None) -> dict[str, Any]:
    """A revision as plain JSON types, its blocks as an answer shows them."""
    told = revision.model_dump(mode="json", exclude={"blocks"})
    return {**told, "blocks": [block_json(block, html) for block in revision.blocks]}


def block_json(block: Block, html: Html | None = None) -> dict[str, Any]:
    """One block: its main rows, the other named queries' under `queries`, chips and source; its picture if asked."""
    main = block.results.get("main")
    picture = {"html": html(block)} if html is not None else {}
    return {
        "id": block.id,
        "kind": block.kind,
        "title": block.title,
        "template_id": block.template_id,
        "width": block.width,
        **rows_json(main),
        "queries": {name: rows_json(rows) for name, rows in block.results.items() if name != "main"},
        "props": json_ready(block.props),
        "understood": json_ready(block.chips),
        "suggestion": block.suggestion,
        "pinned": block.pinned,
        "withheld": block.withheld,
        "source": json_ready(block.source),
        **picture,
    }


def rows_json(rows: Rows | None) -> dict[str, Any]:
    """Columns and rows, and whether they are a cut; empty lists for no rows at all."""
    if rows is None:
        return {"columns": [], "rows": [], "truncated": False, "total_count": None}
    return {
        "columns": [{"name": c.name, "type": c.type, "unit": c.unit, "label": c.label} for c in rows.columns],
        "rows": [list(row) for row in rows.rows],
        "truncated": rows.truncated,
        "total_count": rows.total_count,
    }
