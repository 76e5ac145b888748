"""A page as a file: HTML, JSON, CSV, JSON Canvas or a notebook."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from oracle_kit.canvas.csv_export import page_csv
from oracle_kit.canvas.json_canvas import json_canvas
from oracle_kit.canvas.kinds import Kinds
from oracle_kit.canvas.notebook_export import notebook
from oracle_kit.canvas.page_html import page_html
from oracle_kit.errors import Refused, did_you_mean
from oracle_kit.model import Page, Revision

FORMAT = "oracle-page/1"


def export_page(page: Page, revision: Revision, form: str, kinds: Kinds) -> str:
    """The revision as `html`, `json`, `csv`, `canvas` or `ipynb`; Refused names the forms there are."""
    forms: dict[str, Callable[[], str]] = {
        "html": lambda: page_html(page, revision, kinds),
        "json": lambda: json.dumps(page_json(page, revision), ensure_ascii=False, indent=2) + "\n",
        "csv": lambda: page_csv(revision.blocks),
        "canvas": lambda: json_canvas(page, revision),
        "ipynb": lambda: notebook(page, revision),
    }
    if form not in forms:
        raise Refused(f"There is no export form {form!r}.", hint=did_you_mean(form, forms))
    return forms[form]()


def page_json(page: Page, revision: Revision) -> dict[str, Any]:
    """The revision as plain JSON types with exact values, under the name of the format and the page's title."""
    return {
        "format": FORMAT,
        "page": {"id": page.id, "title": page.title, "owner": page.owner},
        "revision": revision.model_dump(mode="json"),
    }
