"""The event stream of a prompt: its stages as they end, then the answer; what happens when somebody goes away."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx

from tests.server.served import PAGES, Served
from tests.server.test_common import problem

EVENTS = {"Accept": "text/event-stream"}
STAGES = ["retrieve", "select", "plan", "fetch", "synthesize", "commit"]


def events(text: str) -> list[tuple[str, Any]]:
    """The events of a stream."""
    parts = [dict(line.split(": ", 1) for line in part.splitlines()) for part in text.split("\n\n") if part]
    return [(one["event"], json.loads(one["data"])) for one in parts]


def ask(client: httpx.Client, page: str, prompt: str, **more: Any) -> httpx.Response:
    """A prompt, told in events."""
    headers = {**EVENTS, **more.pop("headers", {})}
    return client.post(f"{PAGES}/{page}/prompts", json={"prompt": prompt, **more}, headers=headers)


def test_each_stage_is_told_and_then_the_answer(served: Served, analyst: httpx.Client) -> None:
    page = served.page(analyst)
    told = ask(analyst, page, "leads by city")
    assert (told.status_code, told.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    seen = events(told.text)
    assert [what["stage"] for event, what in seen if event == "stage"] == STAGES
    assert [event for event, _ in seen] == ["stage"] * 6 + ["answer"]
    assert analyst.get(f"{PAGES}/{page}").json()["head"] == seen[-1][1]["revision"]


def test_a_key_holds_for_streams_too(served: Served, analyst: httpx.Client) -> None:
    page, key = served.page(analyst), {"Idempotency-Key": "stream-1"}
    first = events(ask(analyst, page, "leads by city", headers=key).text)[-1][1]
    again = events(ask(analyst, page, "leads by city", headers=key).text)
    assert [event for event, _ in again] == ["answer"]
    assert again[0][1]["revision"] == first["revision"]
    plain = analyst.post(f"{PAGES}/{page}/prompts", json={"prompt": "leads by city"}, headers=key)
    assert plain.json()["blocks"] == first["blocks"]
    problem(ask(analyst, page, "deals by stage", headers=key), 409, "key_reused")


def test_a_failure_before_the_first_event_is_an_ordinary_problem(
    served: Served, analyst: httpx.Client
) -> None:
    problem(ask(analyst, "page_none", "leads by city"), 404, "not_found")
    problem(ask(analyst, served.page(analyst), ""), 422, "prompt_refused")
    with served.client("viewer") as viewer:
        problem(ask(viewer, "page_none", "leads by city"), 403, "not_permitted")


def test_a_dry_run_is_told_in_events(served: Served, analyst: httpx.Client) -> None:
    page = served.page(analyst)
    seen = events(ask(analyst, page, "leads by city", dry_run=True).text)
    assert [what["stage"] for event, what in seen if event == "stage"] == STAGES[:3]
    assert seen[-1][1]["steps"]
    assert analyst.get(f"{PAGES}/{page}").json()["head"] is None


def test_a_client_that_goes_away_leaves_a_whole_commit(served: Served, analyst: httpx.Client) -> None:
    page = served.page(analyst)
    body = {"prompt": "Show overdue high-QD follow-ups"}
    with analyst.stream("POST", f"{PAGES}/{page}/prompts", json=body, headers=EVENTS) as told:
        next(told.iter_raw())
    end = time.monotonic() + 10
    while (head := analyst.get(f"{PAGES}/{page}").json()["head"]) is None:
        assert time.monotonic() < end, "what was asked is committed, whoever listens"
        time.sleep(0.02)
    (revision,) = analyst.get(f"{PAGES}/{page}/revisions").json()["items"]
    assert revision["id"] == head


def test_a_change_on_a_stale_base_is_told_as_a_problem_of_the_stream(
    served: Served, analyst: httpx.Client
) -> None:
    answer = served.asked(analyst, "leads by city")
    page, base, block = answer["page_id"], answer["revision"], answer["blocks"][0]["id"]
    for window in ("last month", "last week"):
        told = ask(analyst, page, f"only {window}", base_revision=base)
        seen = events(told.text)
    assert seen[-1][0] in ("answer", "problem")
    if seen[-1][0] == "problem":
        assert (seen[-1][1]["status"], seen[-1][1]["code"]) == (412, "stale_revision")
    assert block
