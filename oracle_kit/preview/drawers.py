"""What stands beneath a block when it is asked why: provenance, SQL, and a comparison with the same run again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from oracle_kit.canvas.format import grouped
from oracle_kit.canvas.format_time import moment_text
from oracle_kit.canvas.html import Html, element, said
from oracle_kit.canvas.page_html import MODES
from oracle_kit.query import Value

VERDICTS = {
    "identical": "Identical",
    "data_changed": "The data changed",
    "definition_changed": "The definition changed",
    "not_comparable": "Not comparable",
}


def why_html(told: Mapping[str, Any]) -> Html:
    """Where a block's numbers came from: template, mode, and per query dataset, time, policies, SQL, parameters."""
    source = told["source"]
    facts = [("Template", _template(source)), ("How", _how(source)), ("Written by", source.get("written_by"))]
    queries = (
        _query(name, source["queries"].get(name, {}), query) for name, query in told["queries"].items()
    )
    return element(
        "section",
        element("h3", "Why this?"),
        _facts(facts),
        *queries,
        class_="s-drawer",
        aria_label=f"Where the numbers of {told['title']} came from",
    )


def replay_html(outcomes: Iterable[Value]) -> Html:
    """What came of running the block's queries again as they were."""
    rows = [_outcome(one.model_dump()) for one in outcomes]
    return element("section", element("h3", "Run again as it was"), *rows, class_="s-drawer", role="status")


def _outcome(one: Mapping[str, Any]) -> Html:
    counts = f"{grouped(one['rows_before'])} rows then, {grouped(one['rows_now'])} now. {one['reason']}"
    return element("p", element("strong", VERDICTS[one["verdict"]]), f" · {one['name']}: {counts}")


def _template(source: Mapping[str, Any]) -> str | None:
    name, version = source.get("template_id"), source.get("template_version")
    return f"{name}, version {version}" if name and version else name


def _how(source: Mapping[str, Any]) -> str | None:
    mode = source.get("mode")
    model = f" ({source['model']})" if source.get("model") else ""
    return f"{MODES.get(mode, mode)}{model}" if mode else None


def _query(name: str, source: Mapping[str, Any], told: Mapping[str, Any]) -> Html:
    cut = " (cut)" if source.get("truncated") else ""
    rows = f"{grouped(source['row_count'])}{cut}" if "row_count" in source else None
    facts = [
        (
            "Dataset",
            f"{source['dataset']}, version {source['dataset_version']}" if "dataset" in source else None,
        ),
        ("Rows", rows),
        ("As of", f"{_moment(source['as_of'])} UTC" if "as_of" in source else None),
        ("Policies", ", ".join(source.get("policies", ())) or None),
        ("Windows", "; ".join(_bound(one) for one in source.get("bounds", ())) or None),
        ("Digest of the rows", (source.get("rows_digest") or "")[:19] or None),
    ]
    return element("div", element("h4", name), _facts(facts), _sql(told), class_="s-query")


def _sql(told: Mapping[str, Any]) -> Html:
    if told.get("sql") is None:
        return element("p", "You may not run this query, so its SQL is not shown.", class_="s-quiet")
    parameters = json.dumps(told.get("parameters"), ensure_ascii=False, default=str)
    shown = element("pre", element("code", told["sql"]), tabindex="0", aria_label="SQL")
    return element(
        "details",
        element("summary", "SQL and parameters"),
        shown,
        element("p", element("span", "Parameters: ", class_="s-quiet"), element("code", parameters)),
        class_="o-details",
    )


def _facts(facts: Iterable[tuple[str, str | None]]) -> Html:
    pairs = [
        part for name, text in facts if text for part in (element("dt", name), element("dd", said(text)))
    ]
    return element("dl", *pairs, class_="s-facts")


def _moment(text: str) -> str:
    return moment_text(datetime.fromisoformat(text).replace(tzinfo=None, microsecond=0))


def _bound(one: Mapping[str, Any]) -> str:
    edges = " to ".join(
        str(edge)[:16].replace("T", " ") for edge in (one.get("start"), one.get("end")) if edge
    )
    return f"{one.get('text') or one['field']}: {edges}"
