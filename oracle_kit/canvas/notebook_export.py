"""A page as a notebook that builds it again: the blocks' queries and looks, no rows, a few lines of Python."""

from __future__ import annotations

import json
from typing import Any

from oracle_kit.canvas.markdown import block_markdown, escaped
from oracle_kit.model import Page, Revision

_OPEN = """from oracle_kit import open_oracle

oracle = open_oracle()
viewer = oracle.viewer("analyst")  # or any other viewer of your workbench"""
_BUILD = """page = oracle.pages.import_page(definition, viewer=viewer)
oracle.pages.refresh(page.id, viewer=viewer)  # every number is read again, under this viewer's rights
oracle.pages.revision(page.id, viewer=viewer)"""


def notebook(page: Page, revision: Revision) -> str:
    """The text of an `.ipynb` file (nbformat 4.5): what the page showed as Markdown, and cells that build it anew."""
    cells = [_markdown("title", f"# {escaped(page.title)}\n\n{_told(revision)}")]
    cells += [_markdown(f"block-{at + 1}", block_markdown(one)) for at, one in enumerate(revision.blocks)]
    cells += [
        _markdown(
            "again", "## Build it again\n\nThese cells make a page of your own from the same questions."
        ),
        _code("open", _OPEN),
        _code(
            "definition", f"import json\n\ndefinition = json.loads({json.dumps(_definition(page, revision))})"
        ),
        _code("build", _BUILD),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    made = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _told(revision: Revision) -> str:
    """Who made it, when, from which prompt."""
    prompt = f"“{escaped(revision.prompt)}” · " if revision.prompt else ""
    return (
        f"{prompt}revision {revision.number} · {revision.at:%Y-%m-%d %H:%M} UTC · {escaped(revision.author)}"
    )


def _definition(page: Page, revision: Revision) -> str:
    """The export of the page without rows, as the JSON text that a page is imported from."""
    blocks = [block.model_dump(mode="json") | {"results": {}} for block in revision.blocks]
    shown: dict[str, Any] = revision.model_dump(mode="json", exclude={"plan"}) | {"blocks": blocks}
    made = {"format": "oracle-page/1", "page": {"title": page.title}, "revision": shown}
    return json.dumps(made, ensure_ascii=True, separators=(",", ":"))


def _markdown(id_: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": id_, "metadata": {}, "source": text}


def _code(id_: str, text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": id_,
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": text,
    }
