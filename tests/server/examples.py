"""The examples of the OpenAPI document: each request's example run, and its answer, shortened, kept beside the server.

`python -m tests.server.examples` writes them anew.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

import canvas_server
from canvas_server import create_app
from oracle_kit import Settings, open_oracle
from oracle_kit.demo import build
from oracle_kit.llm.ollama import OLLAMA_MODEL
from oracle_kit.testing import FakeModelServer
from tests.server.served import MANY, PAGES, V1, Served, serving

RUNTIME = "/api/runtime/llm"
FILE = Path(canvas_server.__file__).parent / "examples.json"
FREE = {
    "props",
    "attributes",
    "queries",
    "alternatives",
    "values",
    "span",
    "changed",
    "parts",
    "plan",
    "steps",
    "timings",
    "parameters",
    "parsed",
    "detail",
    "usage",
    "before",
    "after",
    "arguments",
    "last_failure",
}
NAME = "The first"
LISTS = ("templates", "canvas-pages", "jobs", "approvals", "merge-requests")
SHOWN = 2  # items of a list
TEXT = 400  # characters of a text


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference stands for."""
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def kept() -> dict[str, dict[str, Any]]:
    """The examples as they stand: per operation, per status, an answer."""
    found: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def run(served: Served) -> dict[str, dict[str, Any]]:
    """Every operation run with each example of its body, and one plain request where it has none."""
    document = served.app.openapi()
    made: dict[str, dict[str, Any]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            schema = resolved(document, content["application/json"]["schema"]) if content else {}
            for body in schema.get("examples", [None]):
                client = served.client(_who(method, path))
                answer = client.request(method, **_request(served, path, body, method))
                assert answer.status_code < 300, (method, path, answer.text)
                if answer.headers.get("content-type") == "application/json" and "export" not in path:
                    made.setdefault(f"{method} {path}", {}).setdefault(str(answer.status_code), answer.json())
    return made


def _who(method: str, path: str) -> str:
    """Who may do it."""
    if path.endswith(("/review", "/reviews")):
        return "reviewer"
    if path.endswith("/probe") or (method == "put" and path.endswith("/routing")):
        return "operator"
    writes = method != "get" and not path.endswith("/seed")
    return "author" if writes and "template" in path else "analyst"


def _request(served: Served, path: str, body: Any, method: str = "get") -> dict[str, Any]:
    """A request on a page of its own, with its ids in place of those that the examples show."""
    client = served.client()
    real: dict[str, str] = {"template_id": "follow_ups.overdue.high_qd", "provider_id": "ollama"}
    if "{job_id}" in path:
        real |= batch_ids(client, ended="cancel" not in path, failed="retry" in path)
    if "/approvals" in path:
        real |= {"approval_id": proposed(served)}
        body = json.loads(json.dumps(body).replace("apr_0", real["approval_id"]))
        if body and "arguments" in body:
            body["arguments"]["reminder_id"] = open_reminder(served)
    if method == "delete" and "{template_id}" in path:
        publish_again(served, real["template_id"])
    if "page_0" in json.dumps(body):
        body = {**body, "page_id": served.page(client)}
    if "/merge-requests" in path:
        real["request_id"], body = asked_to_merge(served, body)
    if "{page_id}" in path:
        asked = served.asked(client, "Show overdue high-QD follow-ups")
        real |= {
            "page_id": asked["page_id"],
            "revision_id": asked["revision"],
            "block_id": asked["blocks"][0]["id"],
        }
        text = json.dumps(body).replace("rev_0", real["revision_id"]).replace("blk_0", real["block_id"])
        body = json.loads(text)
        with_history(served, **real)
    query = {"limit": 2} if path.endswith(LISTS) and body is None else {}
    query |= {"name": NAME} if path.endswith("revision-names") and body is None else {}
    return {"url": path.format(**real), "json": body, "headers": {"If-Match": "*"}, "params": query}


def with_history(served: Served, page_id: str, revision_id: str, block_id: str, **_: str) -> None:
    """A named revision, and a newer one than it, on the page."""
    analyst = served.oracle.viewer("analyst")
    served.oracle.pages.name_revision(page_id, revision_id, NAME, viewer=analyst)
    edit = {"op": "move", "block_id": block_id, "to": 0}
    served.oracle.pages.edit(page_id, [edit, {"op": "add_note", "text": "Newer."}], viewer=analyst)


def asked_to_merge(served: Served, body: Any) -> tuple[str, Any]:
    """A merge request whose pages differ in the title of one block, and the body with the ids of these.

    A body that makes a request gets a fork of its own, without one.
    """
    oracle, analyst = served.oracle, served.oracle.viewer("analyst")
    answer = oracle.ask("units by city", viewer=analyst)
    page, block = str(answer.page_id), answer.blocks[0].id
    fork = oracle.pages.fork(page, viewer=analyst)
    for one, title in ((page, "Units, as ours"), (fork.id, "Units, as theirs")):
        oracle.pages.change(one, viewer=analyst, visibility="everyone")
        oracle.pages.edit(one, [{"op": "retitle", "block_id": block, "title": title}], viewer=analyst)
    text = json.dumps(body).replace("page_fork", fork.id).replace("blk_0", block)
    if "page_fork" in json.dumps(body):
        return "", json.loads(text)
    return oracle.reviews.create(fork.id, viewer=analyst, title="Titles").id, json.loads(text)


def batch_ids(client: httpx.Client, *, ended: bool = True, failed: bool = False) -> dict[str, str]:
    """A job and one of its items, run to its end or just begun; one whose item failed: a chat with a provider that is
    not configured."""
    job_type, count = ("chat", 1) if failed else ("oracle_canvas_planning", 2 if ended else 500)
    messages = [{"role": "user", "content": "pipeline by city"}]
    items = [{"request_id": str(number), "messages": messages} for number in range(1, count + 1)]
    asked = {"job_type": job_type, "provider": "nemoclaw" if failed else None, "items": items}
    made = client.post(f"{RUNTIME}/batch", json=asked)
    assert made.status_code == 202, made.text
    job_id = made.json()["job_id"]
    end = time.monotonic() + 30
    while ended and client.get(f"{RUNTIME}/jobs/{job_id}").json()["status"] in ("queued", "running"):
        assert time.monotonic() < end, "the job did not end in time"
        time.sleep(0.05)
    return {"job_id": job_id, "request_id": "1"}


def publish_again(served: Served, template_id: str) -> None:
    """A version made here of a template that a file has, in force."""
    oracle, author, reviewer = served.oracle, served.oracle.viewer("author"), served.oracle.viewer("reviewer")
    text = oracle.drafts.text(template_id, viewer=author)
    made = oracle.approvals.propose_template(template_id, text, viewer=author)
    done = oracle.approvals.review(made.approval_id, "approve", viewer=reviewer)
    assert done.status == "applied", done.failure_reason


def open_reminder(served: Served) -> Any:
    """A reminder that can be completed."""
    listed = served.oracle.ask("list open reminders", viewer=served.oracle.viewer("analyst"))
    return listed.blocks[0].rows[0][0]


def proposed(served: Served) -> str:
    """A proposed write, pending."""
    arguments = {"reminder_id": open_reminder(served), "outcome": "connected"}
    analyst = served.oracle.viewer("analyst")
    return served.oracle.approvals.propose("intel.reminders.complete", arguments, viewer=analyst).approval_id


def short(value: Any) -> Any:
    """The value with its lists and texts cut."""
    if isinstance(value, dict):
        return {name: short(item) for name, item in value.items()}
    if isinstance(value, list):
        return [short(item) for item in value[:SHOWN]]
    return value if not isinstance(value, str) or len(value) <= TEXT else value[: TEXT - 1] + "…"


@contextmanager
def modelled(settings: Settings) -> Iterator[Served]:
    """A server with a model of its own behind it, which answers whatever is asked."""
    with FakeModelServer(models=(OLLAMA_MODEL,)) as models:
        before = os.environ.get("OLLAMA_HOST")
        os.environ["OLLAMA_HOST"] = models.address
        try:
            oracle = open_oracle(settings)
        finally:
            os.environ.pop("OLLAMA_HOST")
            if before is not None:
                os.environ["OLLAMA_HOST"] = before
        with serving(create_app(oracle, settings), oracle) as served:
            yield served
        oracle.close()


def shape(value: Any) -> Any:
    """A body's members, without its values."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in sorted(value.items()) if name not in FREE}
    return "list" if isinstance(value, list) else "value"


def main() -> None:
    """Write the examples anew, from a demo warehouse of its own; those that still show the same members stay."""
    before = kept()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        url = f"duckdb:///{home / 'velocity.duckdb'}"
        build(url, scale=0.1)
        settings = Settings(
            warehouse_url=url, home=home, state_url=f"sqlite:///{home / 'state.sqlite'}", **MANY
        )
        FILE.write_text("{}")
        with modelled(settings) as served:
            made = {
                name: {
                    status: _newer(before.get(name, {}).get(status), short(body))
                    for status, body in answers.items()
                }
                for name, answers in run(served).items()
            }
    FILE.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{FILE.name}: {len(made)} operations of {V1} and beside it, pages under {PAGES}\n")


def _newer(old: Any, new: Any) -> Any:
    return old if old is not None and shape(old) == shape(new) else new


if __name__ == "__main__":
    main()
