"""Values that a database may choke on, sent to every place that reaches one, with the state on PostgreSQL."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from canvas_server import create_app
from oracle_kit import Settings, open_oracle
from tests.server.served import MANY, PAGES, V1, Served, serving

HOSTILE = (
    "\x00",
    "a\x00b",
    "'; drop table oracle_pages; --",
    "\u202e",
    "9" * 60,
    "-1",
    "1e999",
    "🏠" * 40,
    "../../x",
)


@pytest.fixture(scope="module")
def on_postgresql(
    velocity_duckdb: str, postgres: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A server with its state on PostgreSQL."""
    url, home = postgres.create("hostile"), tmp_path_factory.mktemp("hostile")
    settings = Settings(warehouse_url=velocity_duckdb, home=home, state_url=url, **MANY)
    oracle = open_oracle(settings)
    with serving(create_app(oracle, settings), oracle) as one:
        yield one
    oracle.close()
    postgres.drop(url)


def cursor(moment: str, page_id: str) -> str:
    """A cursor as a list gives it, of whatever it is told."""
    return base64.urlsafe_b64encode(f"{moment} {page_id}".encode()).decode()


def test_nothing_that_is_sent_is_a_failure_of_ours(on_postgresql: Served) -> None:
    served = on_postgresql
    client = served.client()
    answer = served.asked(client, "leads by city")
    page, block, revision = f"{PAGES}/{answer['page_id']}", answer["blocks"][0]["id"], answer["revision"]
    sent: list[tuple[str, str, dict[str, Any]]] = []
    for text in HOSTILE:
        quoted = {"revision": text}
        sent += [
            ("GET", f"{PAGES}/{text.replace(chr(0), '%00').replace('/', '%2F')}", {}),
            ("GET", page, {"params": quoted}),
            ("GET", f"{page}/export", {"params": quoted}),
            ("GET", PAGES, {"params": {"cursor": text}}),
            ("GET", f"{page}/revisions", {"params": {"cursor": text}}),
            ("GET", f"{V1}/component-templates", {"params": {"q": text, "chapter": text, "cursor": text}}),
            ("POST", PAGES, {"json": {"title": text}}),
            ("PATCH", page, {"json": {"viewers": [text]}, "headers": {"If-Match": "*"}}),
            ("PATCH", page, {"json": {"title": text}, "headers": {"If-Match": "*"}}),
            ("POST", f"{page}/prompts", {"json": {"prompt": text, "base_revision": text}}),
            (
                "POST",
                f"{page}/edits",
                {"json": {"operations": [{"op": "add_note", "text": text}], "base_revision": text}},
            ),
        ]
        operations: list[dict[str, Any]] = [
            {"op": "retitle", "block_id": block, "title": text},
            {"op": "remove", "block_id": text},
            {"op": "restore", "block_id": block, "revision_id": text},
            {
                "op": "set_filter",
                "block_id": block,
                "field": "city",
                "operator": "in",
                "values": [text, None, True],
            },
            {"op": "set_filter", "block_id": block, "field": text, "operator": "eq", "values": [text]},
            {
                "op": "set_filter",
                "block_id": block,
                "field": "budget_max",
                "operator": "gt",
                "values": [text],
            },
            {"op": "set_group", "block_id": block, "dimensions": [{"field": text}]},
        ]
        for operation in operations:
            body = {"operations": [operation], "base_revision": revision, "message": text}
            sent.append(("POST", f"{page}/edits", {"json": body}))
    for number in (10**30, -(10**30), 1e308, 2**63, -(2**63) - 1):
        operation = {
            "op": "set_filter",
            "block_id": block,
            "field": "lead_id",
            "operator": "eq",
            "values": [number],
        }
        sent.append(
            ("POST", f"{page}/edits", {"json": {"operations": [operation], "base_revision": revision}})
        )
    for moment in ("2026-01-01T00:00:00", "2026-01-01T00:00:00+05:30", "0001-01-01T00:00:00", "9999-12-31"):
        for name in ("page_1", "\x00", "x" * 100):
            sent.append(("GET", PAGES, {"params": {"cursor": cursor(moment, name)}}))
    failed = {}
    for method, path, more in sent:
        found = client.request(method, path, **more)
        if found.status_code >= 500:
            failed[method, path, str(more)[:200]] = found.text[:200]
        elif found.status_code >= 400:
            assert found.headers["content-type"] == "application/problem+json"
    assert failed == {}
    assert client.get(page).status_code == 200
