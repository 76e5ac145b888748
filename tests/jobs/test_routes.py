"""Batches and approvals over HTTP, as a client uses them."""

from __future__ import annotations

import csv
import io
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from canvas_server import create_app
from oracle_kit import Settings, open_oracle
from oracle_kit.jobs.ledger import topic
from tests.jobs.desk import until
from tests.server.served import MANY, V1, Served, serving

RUNTIME = "/api/runtime/llm"
PLANNING = "oracle_canvas_planning"


@pytest.fixture(scope="module")
def served(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("batches")
    settings = Settings(warehouse_url=velocity_duckdb, home=home, body_limit=1_000, batch_items=5_000, **MANY)  # type: ignore[arg-type]  # MANY holds ints
    oracle = open_oracle(settings)
    with serving(create_app(oracle, settings), oracle) as one:
        yield one
    oracle.close()


@pytest.fixture
def analyst(served: Served) -> Iterator[httpx.Client]:
    with served.client() as client:
        yield client


def items(*prompts: str) -> list[dict[str, Any]]:
    return [
        {"request_id": str(n), "messages": [{"role": "user", "content": p}]} for n, p in enumerate(prompts)
    ]


def submitted(client: httpx.Client, *prompts: str, **more: Any) -> dict[str, Any]:
    answer = client.post(f"{RUNTIME}/batch", json={"job_type": PLANNING, "items": items(*prompts), **more})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"{RUNTIME}/jobs/{answer.json()['job_id']}"
    job: dict[str, Any] = answer.json()
    return job


def ended(client: httpx.Client, job_id: str) -> dict[str, Any]:
    end = time.monotonic() + 30
    while True:
        job: dict[str, Any] = client.get(f"{RUNTIME}/jobs/{job_id}").json()
        if job["status"] not in ("queued", "running", "cancelling"):
            return job
        assert time.monotonic() < end, job
        time.sleep(0.05)


def test_a_batch_from_submission_to_results(analyst: httpx.Client, tmp_path: Path) -> None:
    job = submitted(analyst, "pipeline by city", "leads by stage", "weather in Paris")
    assert (job["status"], job["submitted_count"], job["provider"]) == ("queued", 3, "none")
    done = ended(analyst, job["job_id"])
    assert (done["status"], done["completed_count"], done["failed_count"]) == ("completed", 3, 0)
    where = f"{RUNTIME}/jobs/{job['job_id']}/results"
    first = analyst.get(where, params={"limit": 2}).json()
    rest = analyst.get(where, params={"limit": 2, "cursor": first["next"]}).json()
    assert sorted(one["request_id"] for one in (*first["items"], *rest["items"])) == ["0", "1", "2"]
    assert analyst.get(where, params={"cursor": rest["next"]}).json() == {"items": [], "next": rest["next"]}
    lines = analyst.get(where, params={"format": "ndjson", "follow": True}).text.splitlines()
    assert len(lines) == 3
    rows = list(csv.DictReader(io.StringIO(analyst.get(where, params={"format": "csv"}).text)))
    assert {row["status"] for row in rows} == {"succeeded"}
    file = tmp_path / "results.parquet"
    file.write_bytes(analyst.get(where, params={"format": "parquet"}).content)
    with duckdb.connect() as connection:
        found = connection.read_parquet(str(file)).project("request_id, latency_ms").fetchall()
    assert {name for name, _ in found} == {"0", "1", "2"}
    assert all(isinstance(ms, float) for _, ms in found)
    one = analyst.get(f"{RUNTIME}/jobs/{job['job_id']}/items/1").json()
    assert (one["status"], one["attempts"], one["detail"]["status"]) == ("succeeded", 1, "answered")
    assert analyst.get(f"{RUNTIME}/jobs/{job['job_id']}/items/9").status_code == 404


def test_lines_of_any_size_are_taken(analyst: httpx.Client) -> None:
    lines = "\n".join(json.dumps(one) for one in items(*["leads by stage"] * 3_000)).encode()
    assert len(lines) > 100_000

    def chunks() -> Iterator[bytes]:
        for at in range(0, len(lines), 10_000):
            yield lines[at : at + 10_000]

    answer = analyst.post(
        f"{RUNTIME}/batch",
        params={"job_type": PLANNING, "priority": 1},
        content=chunks(),
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert answer.status_code == 202, answer.text
    job = analyst.post(f"{RUNTIME}/jobs/{answer.json()['job_id']}/cancel").json()
    assert job["status"] in ("cancelling", "cancelled")
    job = ended(analyst, answer.json()["job_id"])
    assert job["status"] == "cancelled"
    assert job["completed_count"] + job["cancelled_count"] == 3_000
    assert analyst.post(f"{RUNTIME}/jobs/{job['job_id']}/cancel").status_code == 409
    assert analyst.post(f"{RUNTIME}/jobs/{job['job_id']}/retry").status_code == 409


def test_what_is_wrong_is_named_item_by_item(analyst: httpx.Client) -> None:
    same = [*items("a"), *items("b")]
    answer = analyst.post(f"{RUNTIME}/batch", json={"job_type": PLANNING, "items": same})
    assert (answer.status_code, answer.json()["code"]) == (422, "batch_refused")
    assert answer.json()["errors"][0]["path"] == "/items/1/request_id"
    assert analyst.post(f"{RUNTIME}/batch", json=[]).status_code == 422
    assert (
        analyst.post(f"{RUNTIME}/batch", content=b"x", headers={"Content-Type": "text/plain"}).status_code
        == 415
    )
    many = analyst.post(f"{RUNTIME}/batch", json={"job_type": PLANNING, "items": items(*["a"] * 5_001)})
    assert many.status_code == 422


def test_the_same_key_and_batch_give_the_same_job(analyst: httpx.Client) -> None:
    body = {"job_type": PLANNING, "items": items("leads by stage")}
    first, again = (
        analyst.post(f"{RUNTIME}/batch", json=body, headers={"Idempotency-Key": "once"}) for _ in range(2)
    )
    assert first.json()["job_id"] == again.json()["job_id"]
    other = analyst.post(
        f"{RUNTIME}/batch", json={**body, "priority": 1}, headers={"Idempotency-Key": "once"}
    )
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


def test_a_client_that_goes_away_leaves_no_job(served: Served, analyst: httpx.Client) -> None:
    before = len(analyst.get(f"{RUNTIME}/jobs", params={"limit": 200}).json()["items"])
    host, port = served.url.removeprefix("http://").split(":")
    body = json.dumps({"job_type": PLANNING, "items": items("leads by stage")}).encode()
    head = f"POST {RUNTIME}/batch HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body) + 10}\r\nAuthorization: {analyst.headers['authorization']}\r\n\r\n"
    with socket.create_connection((host, int(port))) as line:
        line.sendall(head.encode() + body)
        time.sleep(0.3)
    time.sleep(0.3)
    assert len(analyst.get(f"{RUNTIME}/jobs", params={"limit": 200}).json()["items"]) == before


@pytest.mark.parametrize("where", ["results?format=ndjson&follow=true", "events"])
def test_a_client_that_goes_away_in_the_middle_of_a_stream_leaves_nothing_behind(
    served: Served, analyst: httpx.Client, where: str
) -> None:
    job_id = submitted(analyst, *["leads by stage"] * 150)["job_id"]
    with analyst.stream("GET", f"{RUNTIME}/jobs/{job_id}/{where}") as answer:
        assert next(answer.iter_lines())
    assert ended(analyst, job_id)["completed_count"] == 150
    until(lambda: topic(job_id) not in served.oracle._parts.state.feed._topics._listeners)  # type: ignore[attr-defined]
    again = analyst.get(f"{RUNTIME}/jobs/{job_id}/results", params={"format": "ndjson"})
    assert len(again.text.splitlines()) == 150


def test_events_tell_of_each_item_and_go_on_where_they_broke_off(analyst: httpx.Client) -> None:
    job = submitted(analyst, *["leads by stage"] * 5)
    where = f"{RUNTIME}/jobs/{job['job_id']}/events"
    seen: list[tuple[str, str | None, Any]] = []
    with analyst.stream("GET", where) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for event in told(answer.iter_lines()):
            seen.append(event)
            if sum(name == "item" for name, _, _ in seen) == 2:
                break
    last = seen[-1][1]
    assert last is not None
    with analyst.stream("GET", where, headers={"Last-Event-ID": last}) as answer:
        rest = list(told(answer.iter_lines()))
    names = [data["request_id"] for name, _, data in (*seen, *rest) if name == "item"]
    assert sorted(names) == ["0", "1", "2", "3", "4"]
    assert (rest[-1][0], rest[-1][2]["status"]) == ("end", "completed")
    assert any(name == "progress" for name, _, _ in seen)


def told(lines: Iterator[str]) -> Iterator[tuple[str, str | None, Any]]:
    event: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line == "" and "data" in event:
            yield event["event"], event.get("id"), json.loads(event["data"])
            event = {}
        elif name:
            event[name] = value


def test_a_job_of_somebody_else_is_not_there(served: Served, analyst: httpx.Client) -> None:
    job = submitted(analyst, "leads by stage")
    path = f"{RUNTIME}/jobs/{job['job_id']}"
    with served.client("manager") as manager, served.client("operator") as operator:
        for suffix in ("", "/results", "/items/0", "/events"):
            assert manager.get(path + suffix).status_code == 404
        assert operator.get(path).status_code == 200
        assert operator.get(f"{path}/results").status_code == 404
        with operator.stream("GET", f"{path}/events") as answer:
            names = {name for name, _, _ in told(answer.iter_lines())}
        assert names == {"progress", "end"}
    with served.client("viewer") as viewer:
        assert (
            viewer.post(f"{RUNTIME}/batch", json={"job_type": PLANNING, "items": items("x")}).status_code
            == 403
        )


def test_an_action_is_proposed_and_read_by_reviewers(served: Served, analyst: httpx.Client) -> None:
    listed = served.oracle.ask("list open reminders", viewer=served.oracle.viewer("analyst"))
    reminder = listed.blocks[0].rows[0][0]
    body = {
        "action": "intel.reminders.complete",
        "arguments": {"reminder_id": reminder, "outcome": "connected"},
    }
    made = analyst.post(f"{V1}/approvals", json=body)
    assert made.status_code == 201, made.text
    path = f"{V1}/approvals/{made.json()['approval_id']}"
    assert analyst.post(f"{path}/review", json={"verdict": "approve"}).status_code == 403
    with served.client("manager") as manager, served.client("reviewer") as reviewer:
        assert manager.get(path).status_code == 404
        assert reviewer.get(f"{V1}/approvals", params={"status": "pending"}).json()["items"][0] == made.json()
        away = reviewer.post(f"{path}/review", json={"verdict": "approve"})
        assert (away.status_code, away.json()["code"]) == (503, "writeback_unavailable")
        assert reviewer.post(f"{path}/review", json={"verdict": "reject"}).json()["status"] == "rejected"
        several = reviewer.post(
            f"{V1}/approvals/reviews", json={"verdict": "reject", "approval_ids": ["apr_0"]}
        )
        assert several.json()["items"][0]["code"] == "not_found"
    assert analyst.post(f"{V1}/approvals", json={**body, "action": "crm_users.delete"}).status_code == 422
