"""Pages over HTTP: conditions, keys that are sent twice, lists in parts, history and exports."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from oracle_kit import Oracle
from tests.server.served import PAGES, V1, Served
from tests.server.test_common import problem

OVERDUE = "Show overdue high-QD follow-ups"


def test_a_page_is_made_read_and_changed(served: Served, analyst: httpx.Client) -> None:
    made = analyst.post(PAGES, json={"title": "Monday review"})
    page = made.json()
    assert made.headers["location"] == f"{PAGES}/{page['id']}"
    assert (page["owner"], page["head"], page["revision"]) == ("analyst", None, None)
    read = analyst.get(made.headers["location"])
    assert read.json() == page
    assert read.headers["etag"] == made.headers["etag"]
    place, tag = made.headers["location"], {"If-Match": read.headers["etag"]}
    problem(analyst.patch(place, json={"title": "Tuesday"}), 428, "a_condition_is_required")
    changed = analyst.patch(place, json={"title": "Tuesday", "viewers": ["manager"]}, headers=tag)
    assert (changed.json()["title"], changed.json()["viewers"]) == ("Tuesday", ["manager"])
    assert changed.headers["etag"] != read.headers["etag"]
    problem(analyst.patch(place, json={"title": "Wednesday"}, headers=tag), 412, "stale_revision")
    problem(
        analyst.patch(place, json={"title": "W"}, headers={"If-Match": '"none"'}), 412, "the_page_moved_on"
    )
    assert analyst.patch(place, json={"title": "Wednesday"}, headers={"If-Match": "*"}).status_code == 200
    for body in ({}, {"title": None}, {"head": "rev_1"}, {"visibility": "world"}):
        problem(analyst.patch(place, json=body, headers={"If-Match": "*"}), 422, "invalid_request")


def test_the_etag_follows_every_commit(served: Served, analyst: httpx.Client) -> None:
    page = served.page(analyst)
    asked = analyst.post(f"{PAGES}/{page}/prompts", json={"prompt": OVERDUE})
    assert analyst.get(f"{PAGES}/{page}").headers["etag"] == asked.headers["etag"]
    edit = {"operations": [{"op": "add_note", "text": "Call these first."}]}
    problem(analyst.post(f"{PAGES}/{page}/edits", json=edit), 428, "a_condition_is_required")
    tag = {"If-Match": asked.headers["etag"]}
    edited = analyst.post(f"{PAGES}/{page}/edits", json=edit, headers=tag)
    assert edited.status_code == 201
    assert edited.json()["kind"] == "edit"
    assert analyst.get(f"{PAGES}/{page}").headers["etag"] == edited.headers["etag"]


def test_edits_on_a_stale_base_are_merged_or_refused(served: Served, analyst: httpx.Client) -> None:
    answer = served.asked(analyst, OVERDUE)
    page, base, block = answer["page_id"], answer["revision"], answer["blocks"][0]["id"]

    def edit(*operations: dict[str, Any]) -> httpx.Response:
        body = {"operations": operations, "base_revision": base}
        return analyst.post(f"{PAGES}/{page}/edits", json=body)

    assert edit({"op": "retitle", "block_id": block, "title": "First"}).status_code == 201
    merged = edit({"op": "resize", "block_id": block, "width": 6})
    shown = next(one for one in merged.json()["blocks"] if one["id"] == block)
    assert (shown["title"], shown["width"]) == ("First", 6)
    body = problem(edit({"op": "retitle", "block_id": block, "title": "Second"}), 412, "stale_revision")
    assert body["conflicts"]
    problem(edit({"op": "retitle", "block_id": "blk_none", "title": "A"}), 422, "edit_refused")
    problem(edit({"op": "explode", "block_id": block}), 422, "invalid_request")
    body = {"operations": [{"op": "add_note", "text": "a"}], "base_revision": "rev_none"}
    problem(analyst.post(f"{PAGES}/{page}/edits", json=body), 404, "not_found")


def test_a_request_that_is_sent_twice_is_done_once(served: Served, analyst: httpx.Client) -> None:
    def send(path: str, body: dict[str, Any] | None, key: str) -> httpx.Response:
        return analyst.post(path, json=body, headers={"Idempotency-Key": key})

    one, two = (send(PAGES, {"title": "Once"}, "page-1") for _ in range(2))
    assert (one.status_code, one.json()) == (201, two.json())
    problem(send(PAGES, {"title": "Other"}, "page-1"), 409, "key_reused")
    page = f"{PAGES}/{one.json()['id']}"
    asked = [send(f"{page}/prompts", {"prompt": OVERDUE}, "ask-1").json() for _ in range(2)]
    for answer in asked:
        answer["timings"].pop("commit", None)
    assert asked[0] == asked[1]
    problem(send(f"{page}/prompts", {"prompt": "leads by city"}, "ask-1"), 409, "key_reused")
    edit = {"operations": [{"op": "add_note", "text": "Once"}], "base_revision": asked[0]["revision"]}
    edits = [send(f"{page}/edits", edit, "edit-1").json() for _ in range(2)]
    assert edits[0] == edits[1]
    fresh = [send(f"{page}/refresh", None, "refresh-1").json() for _ in range(2)]
    assert fresh[0] == fresh[1]
    listed = analyst.get(f"{page}/revisions").json()["items"]
    assert [revision["kind"] for revision in listed] == ["edit", "prompt"]
    with served.client("author") as other:
        assert (
            other.post(PAGES, json={"title": "Mine"}, headers={"Idempotency-Key": "page-1"}).status_code
            == 201
        )
    problem(send(PAGES, {"title": "a"}, "a b"), 422, "invalid_request")


def test_a_key_sent_by_many_at_once_is_done_once(served: Served, analyst: httpx.Client) -> None:
    page = f"{PAGES}/{served.page(analyst)}"

    def ask(_: int) -> str:
        body, key = {"prompt": OVERDUE}, {"Idempotency-Key": "together"}
        return str(analyst.post(f"{page}/prompts", json=body, headers=key).json()["revision"])

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(ask, range(6)))) == 1
    assert len(analyst.get(f"{page}/revisions").json()["items"]) == 1


def test_a_receipt_holds_no_rows_and_gives_what_may_be_seen_then(own_oracle: Oracle) -> None:
    """Personal values stand neither in the state nor in an answer given again to whoever may not see them now."""
    advisor = own_oracle.viewer("advisor")
    first = own_oracle.ask("list my leads with phone", viewer=advisor, key="once")
    place = first.blocks[0].results["main"].index("phone")
    phones = [str(row[place]) for row in first.blocks[0].rows]
    assert len(phones) > 3
    with own_oracle._parts.state.read() as connection:
        stored = json.dumps(
            [list(row) for row in connection.exec_driver_sql("select answer from oracle_idempotency")]
        )
    assert not any(phone in stored for phone in phones)
    again = own_oracle.ask("list my leads with phone", viewer=advisor, key="once")
    assert [str(row[place]) for row in again.blocks[0].rows] == phones
    assert again.status == first.status
    assert again.understood == first.understood
    lowered = own_oracle.viewer("advisor", user_id=104)
    withheld = own_oracle.ask("list my leads with phone", viewer=lowered, key="once")
    assert all(block.withheld for block in withheld.blocks if block.queries or block.title == "Withheld")


def test_a_commit_and_its_receipt_are_one(own_oracle: Oracle, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies right after the commit: whoever sends the key again gets what was committed."""
    analyst = own_oracle.viewer("analyst")

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("oracle_kit.oracle.answer_of", dies)
        with pytest.raises(KeyboardInterrupt):
            own_oracle.ask("leads by city", viewer=analyst, key="k")
    (page,), _ = own_oracle.pages.list(viewer=analyst)
    answer = own_oracle.ask("leads by city", viewer=analyst, key="k")
    assert (answer.page_id, answer.revision and answer.revision.id) == (page.id, page.head)
    assert len(own_oracle.pages.list(viewer=analyst)[0]) == 1


def test_lists_come_in_parts(served: Served) -> None:
    with served.client("reviewer") as client:
        made = [served.page(client, f"Page {number}") for number in range(5)]
        seen: list[str] = []
        following: str | None = ""
        while following is not None:
            query = {"limit": 2, **({"cursor": following} if following else {})}
            part = client.get(PAGES, params=query).json()
            assert len(part["items"]) <= 2
            seen += [page["id"] for page in part["items"]]
            following = part["next"]
        assert [page for page in seen if page in made] == made[::-1]
        for path in (PAGES, f"{V1}/component-templates", f"{PAGES}/{made[0]}/revisions"):
            assert client.get(path, params={"cursor": "?"}).status_code == 422
            assert client.get(path, params={"cursor": "9" * 150}).status_code == 422
            assert client.get(path, params={"limit": 0}).status_code == 422
        everything = client.get(f"{V1}/component-templates", params={"limit": 200}).json()
        first = client.get(f"{V1}/component-templates", params={"limit": 3}).json()
        second = client.get(f"{V1}/component-templates", params={"limit": 3, "cursor": first["next"]}).json()
        assert first["items"] + second["items"] == everything["items"][:6]


def test_history_provenance_replay_and_refresh(served: Served, analyst: httpx.Client) -> None:
    answer = served.asked(analyst, "leads by city")
    page, block = f"{PAGES}/{answer['page_id']}", answer["blocks"][0]["id"]
    served.asked(analyst, "deals by stage", answer["page_id"])
    first = analyst.get(f"{page}/revisions/{answer['revision']}").json()
    assert [one["id"] for one in first["blocks"]] == [one["id"] for one in answer["blocks"]]
    assert first["plan"]["steps"]
    assert analyst.get(page, params={"revision": answer["revision"]}).json()["revision"] == first
    told = analyst.get(f"{page}/blocks/{block}/provenance").json()
    assert "GROUP BY" in told["queries"]["main"]["sql"]
    overdue = served.asked(analyst, OVERDUE)
    place = f"{PAGES}/{overdue['page_id']}/blocks/{overdue['blocks'][0]['id']}/provenance"
    assert "2026-04-19T09:00:00" in str(analyst.get(place).json()["queries"]["main"]["parameters"])
    replayed = analyst.post(f"{page}/blocks/{block}/replay").json()
    assert [one["verdict"] for one in replayed["queries"]] == ["identical"] * len(replayed["queries"])
    assert analyst.post(f"{page}/refresh").json() == {"revision": None, "changed": {}}
    problem(analyst.get(f"{page}/blocks/blk_none/provenance"), 404, "not_found")
    problem(analyst.get(f"{page}/revisions/rev_none"), 404, "not_found")


def test_exports(served: Served, analyst: httpx.Client) -> None:
    answer = served.asked(analyst, "leads by city")
    page = f"{PAGES}/{answer['page_id']}"
    html = analyst.get(f"{page}/export")
    assert html.headers["content-type"] == "text/html; charset=utf-8"
    assert "sandbox" in html.headers["content-security-policy"]
    assert "Leads by city" in html.text
    for form in ("json", "canvas", "ipynb"):
        json.loads(analyst.get(f"{page}/export", params={"format": form}).text)
    assert "text/csv" in analyst.get(f"{page}/export", params={"format": "csv"}).headers["content-type"]
    assert analyst.get(f"{page}/export", params={"format": "pdf"}).status_code == 422
    problem(analyst.get(f"{PAGES}/{served.page(analyst)}/export"), 422, "refused")


def test_blocks_come_with_their_picture_when_asked(served: Served, analyst: httpx.Client) -> None:
    page = f"{PAGES}/{served.page(analyst)}"
    answer = analyst.post(f"{page}/prompts", params={"html": True}, json={"prompt": "leads by city"}).json()
    assert all("o-block" in block["html"] and "<script" not in block["html"] for block in answer["blocks"])
    read = analyst.get(page, params={"html": True}).json()["revision"]["blocks"]
    assert [block["html"] for block in read] == [block["html"] for block in answer["blocks"]]
    assert "html" not in analyst.get(page).json()["revision"]["blocks"][0]


def test_templates_and_their_tree(served: Served, analyst: httpx.Client) -> None:
    found = analyst.get(f"{V1}/component-templates", params={"q": "overdue follow-ups"}).json()["items"]
    assert found[0]["id"].startswith("follow_ups.overdue")
    assert found[0]["why"]
    chapters = analyst.get("/api/oracle/template-chapters").json()["items"]
    assert (
        sum(one["templates"] for one in chapters)
        == analyst.get("/api/oracle/component-templates").json()["total"]
    )
    inner = analyst.get("/api/oracle/template-subchapters", params={"chapter": chapters[0]["id"]}).json()[
        "items"
    ]
    assert sum(one["templates"] for one in inner) == chapters[0]["templates"]
    one = analyst.get(f"/api/oracle/component-templates/{found[0]['id']}").json()
    assert one["asks"] == found[0]["asks"]
    seed = analyst.get(f"/api/oracle/component-templates/{found[0]['id']}/seed").json()
    assert seed["blocks"][0]["columns"]
    problem(analyst.get("/api/oracle/component-templates/none.such"), 404, "not_found")


@pytest.mark.parametrize("prompt", ["", "   ", "x" * 20_001, "leads \u0001", "🏠"])
def test_malformed_prompts_commit_nothing(served: Served, analyst: httpx.Client, prompt: str) -> None:
    page = f"{PAGES}/{served.page(analyst)}"
    problem(analyst.post(f"{page}/prompts", json={"prompt": prompt}), 422, "prompt_refused")
    assert analyst.get(page).json()["head"] is None


def test_what_is_not_understood_is_an_answer(served: Served, analyst: httpx.Client) -> None:
    answer = served.asked(analyst, "overdue follow-ups with a balcony")
    assert (answer["status"], answer["not_understood"]) == ("refused", ["balcony"])
    assert answer["blocks"][0]["kind"] == "notice"


def test_a_dry_run_commits_nothing(served: Served, analyst: httpx.Client) -> None:
    page = f"{PAGES}/{served.page(analyst)}"
    told = analyst.post(f"{page}/prompts", json={"prompt": OVERDUE, "dry_run": True})
    assert told.status_code == 200
    assert told.json()["steps"][0]["sql"]["main"]["sql"].startswith("SELECT")
    assert analyst.get(page).json()["head"] is None
