"""A page's history over HTTP: forks, rollbacks, differences, names, imports, with their conditions."""

from __future__ import annotations

import json

import httpx

from tests.server.served import PAGES, Served


def test_a_fork_has_its_own_address_and_history(served: Served, analyst: httpx.Client) -> None:
    asked = served.asked(analyst, "units by city")
    page, revision = asked["page_id"], asked["revision"]
    body = {"revision": revision, "title": "What if"}
    made = analyst.post(f"{PAGES}/{page}/forks", json=body, headers={"Idempotency-Key": f"f-{page}"})
    again = analyst.post(f"{PAGES}/{page}/forks", json=body, headers={"Idempotency-Key": f"f-{page}"})
    assert made.status_code == again.status_code == 201
    assert made.json()["id"] == again.json()["id"]
    assert made.headers["location"] == f"{PAGES}/{made.json()['id']}"
    read = analyst.get(made.headers["location"])
    assert read.headers["etag"] == made.headers["etag"]
    assert read.json()["forked_from"] == [page, revision]
    kinds = [one["kind"] for one in analyst.get(f"{made.headers['location']}/revisions").json()["items"]]
    assert kinds == ["fork", "prompt"]
    assert analyst.post(f"{PAGES}/{page}/forks").json()["forked_from"] == [page, revision]
    assert analyst.post(f"{PAGES}/{page}/forks", content="{}").status_code == 415
    assert analyst.post(f"{PAGES}/{page}/forks", json={"revision": "rev_0"}).status_code == 404
    assert analyst.post(f"{PAGES}/{page}/forks", json={"from": revision}).status_code == 422


def test_a_rollback_names_what_it_saw(served: Served, analyst: httpx.Client) -> None:
    asked = served.asked(analyst, "units by city")
    page, first = f"{PAGES}/{asked['page_id']}", asked["revision"]
    note = {"operations": [{"op": "add_note", "text": "x"}], "base_revision": first}
    second = analyst.post(f"{page}/edits", json=note).json()["id"]
    body = {"revision": first}
    assert analyst.post(f"{page}/rollback", json=body).status_code == 428
    stale = analyst.post(f"{page}/rollback", json={**body, "base_revision": first})
    assert (stale.status_code, stale.json()["head"]) == (412, second)
    tag = {"If-Match": analyst.get(page).headers["etag"]}
    back = analyst.post(f"{page}/rollback", json=body, headers=tag)
    assert back.status_code == 201
    assert (back.json()["kind"], back.json()["parents"]) == ("rollback", [second])
    assert analyst.post(f"{page}/rollback", json=body, headers=tag).status_code == 412
    changes = analyst.get(f"{page}/diff", params={"from": first, "to": back.json()["id"]}).json()
    assert changes == {"from": first, "to": back.json()["id"], "items": []}
    told = analyst.get(f"{page}/diff").json()
    assert (told["from"], [one["change"] for one in told["items"]]) == (second, ["removed"])
    assert analyst.get(f"{page}/diff", params={"from": "rev_0"}).status_code == 404


def test_names_of_revisions(served: Served, analyst: httpx.Client) -> None:
    asked = served.asked(analyst, "units by city")
    names = f"{PAGES}/{asked['page_id']}/revision-names"
    body = {"name": "März / 1", "revision": asked["revision"]}
    assert [analyst.post(names, json=body).status_code for _ in range(2)] == [201, 201]
    assert [one["name"] for one in analyst.get(names).json()["items"]] == ["März / 1"]
    assert analyst.post(names, json={**body, "name": "7"}).status_code == 422
    assert analyst.delete(names, params={"name": "März / 1"}).status_code == 204
    assert analyst.delete(names, params={"name": "März / 1"}).status_code == 404
    assert analyst.delete(names).status_code == 422


def test_an_export_comes_back_in(served: Served, analyst: httpx.Client) -> None:
    asked = served.asked(analyst, "units by city")
    exported = analyst.get(f"{PAGES}/{asked['page_id']}/export", params={"format": "json"}).json()
    made = analyst.post(f"{PAGES}/imports", json={"definition": exported, "title": "Mine"})
    assert made.status_code == 201, made.text
    assert analyst.get(made.headers["location"]).json()["title"] == "Mine"
    block = made.json()["revision"]["blocks"][0]
    assert block["rows"] == asked["blocks"][0]["rows"]
    assert block["source"]["imported"]
    broken = json.loads(json.dumps(exported))
    broken["revision"]["blocks"][0]["kind"] = "iframe"
    refused = analyst.post(f"{PAGES}/imports", json={"definition": broken})
    assert (refused.status_code, "iframe" in refused.json()["detail"]) == (422, True)
    for text, status in (('{"definition": 7}', 422), ("[" * 100_000, 400), ('{"definition": {}}', 422)):
        sent = analyst.post(f"{PAGES}/imports", content=text, headers={"Content-Type": "application/json"})
        assert sent.status_code == status, sent.text
    with served.client("viewer") as viewer:
        assert viewer.post(f"{PAGES}/imports", json={"definition": exported}).status_code == 403


def test_ten_thousand_operations_are_more_than_a_request_may_hold(
    served: Served, analyst: httpx.Client
) -> None:
    asked = served.asked(analyst, "units by city")
    page = f"{PAGES}/{asked['page_id']}"
    move = {"op": "move", "block_id": asked["blocks"][0]["id"], "to": 0}
    body = {"operations": [move] * 10_000, "base_revision": asked["revision"]}
    assert analyst.post(f"{page}/edits", json=body).status_code == 422
    twice = [{**move, "op": "retitle", "title": title} for title in ("One", "Two")]
    for one in twice:
        one.pop("to")
    refused = analyst.post(f"{page}/edits", json={**body, "operations": twice})
    assert refused.status_code == 422
    assert "Operation 2" in refused.json()["detail"]
    assert analyst.get(page).json()["head"] == asked["revision"]
