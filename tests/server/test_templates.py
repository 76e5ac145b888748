"""Templates over HTTP, as an author and a reviewer use them: proposed, published, versioned, retired, put on a page."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.server.served import PAGES, V1, Served

TEMPLATES = "/api/oracle/component-templates"
HOME = "follow_ups.tasks"
TEXT = """
title: Zebra board
asks: [zebra board of reminders, the zebra view]
dataset: intel.reminders
shape: breakdown
blocks:
  - kind: bar_chart
    title: Reminders by kind
    query: {measures: [reminder_count], dimensions: [kind]}
"""


def approve(served: Served, answer: httpx.Response) -> dict[str, Any]:
    """How a proposal ended that a reviewer approves, found by its Location."""
    assert answer.status_code in (201, 202), answer.text
    with served.client("reviewer") as reviewer:
        done = reviewer.post(f"{answer.headers['location']}/review", json={"verdict": "approve"})
        assert done.status_code == 200, done.text
        body: dict[str, Any] = done.json()
        return body


def test_a_template_from_proposal_to_retirement(served: Served) -> None:
    identity = f"{HOME}.zebra"
    with served.client("author") as author, served.client() as analyst:
        made = author.post(TEMPLATES, json={"id": identity, "text": TEXT, "reason": "stripes"})
        assert made.json()["status"] == "pending"
        assert analyst.get(f"{TEMPLATES}/{identity}").status_code == 404
        assert (
            author.post(f"{made.headers['location']}/review", json={"verdict": "approve"}).status_code == 403
        )
        assert approve(served, made)["status"] == "applied"
        found = analyst.get(f"{V1}/component-templates", params={"q": "zebra view"}).json()["items"][0]
        assert (found["id"], found["version"]) == (identity, 1)
        assert served.asked(analyst, "the zebra view")["blocks"][0]["template_id"] == identity
        read = analyst.get(f"{TEMPLATES}/{identity}")
        again = author.post(TEMPLATES, json={"id": identity, "text": TEXT})
        assert (again.status_code, again.json()["code"]) == (409, "conflict")

        body = {"text": TEXT.replace("Zebra board", "Zebras")}
        stale = author.put(f"{TEMPLATES}/{identity}", json=body, headers={"If-Match": '"7.0"'})
        assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
        put = author.put(f"{TEMPLATES}/{identity}", json=body, headers={"If-Match": read.headers["etag"]})
        assert put.status_code == 202
        assert put.json()["before"]["row"]["title"] == "Zebra board"
        assert approve(served, put)["status"] == "applied"
        versions = analyst.get(f"{TEMPLATES}/{identity}/versions").json()["items"]
        assert [(one["version"], one["status"]) for one in versions] == [(2, "in_force"), (1, "retired")]

        gone = author.delete(f"{TEMPLATES}/{identity}")
        assert gone.json() == {"id": identity, "in_force": None}
        assert author.delete(f"{TEMPLATES}/{identity}").status_code == 404
        assert author.put(f"{TEMPLATES}/{identity}", json=body).status_code == 404


def test_a_file_s_version_is_back_and_a_file_alone_stays(served: Served) -> None:
    identity = "follow_ups.overdue.high_qd"
    with served.client("author") as author:
        alone = author.delete(f"{TEMPLATES}/{identity}")
        assert alone.status_code == 409
        assert "codebook/follow_ups/overdue/high_qd.yaml" in alone.json()["detail"]
        text = author.get(f"{TEMPLATES}/{identity}/versions").json()["items"][0]["text"]
        assert (
            approve(served, author.put(f"{TEMPLATES}/{identity}", json={"text": text}))["status"] == "applied"
        )
        assert author.get(f"{TEMPLATES}/{identity}").json()["version"] == 2
        back = author.delete(f"{TEMPLATES}/{identity}").json()["in_force"]
        assert (back["version"], back["file"]) == (1, "codebook/follow_ups/overdue/high_qd.yaml")
        assert author.get(f"{TEMPLATES}/{identity}").json()["version"] == 1


def test_chapters_made_here_stand_in_the_tree(served: Served) -> None:
    with served.client("author") as author, served.client() as analyst:
        chapter = {"id": "zoo", "title": "Zoo", "description": "Animals."}
        inner = {"id": "zoo.zebras", "title": "Zebras", "description": "Stripes."}
        early = author.post("/api/oracle/template-subchapters", json=inner)
        assert (early.status_code, early.json()["code"]) == (422, "content_error")
        assert (
            approve(served, author.post("/api/oracle/template-chapters", json=chapter))["status"] == "applied"
        )
        assert (
            approve(served, author.post("/api/oracle/template-subchapters", json=inner))["status"]
            == "applied"
        )
        assert approve(served, author.post(TEMPLATES, json={"id": "zoo.zebras.board", "text": TEXT}))
        tree = analyst.get("/api/oracle/template-subchapters", params={"chapter": "zoo"}).json()["items"]
        assert tree == [{**inner, "templates": 1}]
        author.delete(f"{TEMPLATES}/zoo.zebras.board")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"text": TEXT.replace("[kind]", "[kindd]")}, "kind"),
    ({"text": TEXT.replace("bar_chart", "pie_chart")}, "bar_chart"),
    ({"text": "title: [unclosed"}, "YAML"),
    ({"text": "- a list"}, "mapping"),
    ({"text": TEXT + "colour: blue\n"}, "colour"),
    ({"text": TEXT.replace("the zebra view", "overdue follow-ups")}, "follow_ups.overdue"),
    ({"template": {"title": "\u0000", "asks": "x"}}, "asks"),
    ({"text": TEXT, "template": {}}, "one of them"),
    ({}, "one of them"),
    ({"text": TEXT, "reason": "\u0000"}, "reason"),
]


@pytest.mark.parametrize(("body", "told"), WRONG)
def test_what_is_no_template_is_a_problem_that_says_where(
    served: Served, body: dict[str, Any], told: str
) -> None:
    with served.client("author") as author:
        answer = author.post(TEMPLATES, json={"id": f"{HOME}.wrong", **body})
        assert answer.status_code == 422
        problem = answer.json()
        assert told in problem["detail"] + problem.get("hint", "") + str(problem["errors"])
        assert all(set(one) == {"path", "code", "message"} for one in problem["errors"])


def test_the_same_key_proposes_once(served: Served) -> None:
    with served.client("author", **{"Idempotency-Key": "propose-1"}) as author:
        body = {"id": f"{HOME}.once", "text": TEXT}
        ids = {author.post(TEMPLATES, json=body).json()["approval_id"] for _ in range(2)}
        assert len(ids) == 1
        other = author.post(TEMPLATES, json={**body, "reason": "another"})
        assert (other.status_code, other.json()["code"]) == (409, "key_reused")


def seed(client: httpx.Client, template: str, **body: Any) -> httpx.Response:
    """What putting a template's block on a page came to."""
    return client.post(f"{TEMPLATES}/{template}/seed", json=body)


def test_a_block_is_put_on_a_page_with_its_places_filled(served: Served) -> None:
    with served.client() as analyst, served.client("advisor") as advisor:
        page = served.page(analyst)
        made = seed(
            analyst,
            "leads.any_leads.breakdown",
            page_id=page,
            dimension="city",
            where="stage = 'lost'",
            limit=3,
        )
        assert made.status_code == 201, made.text
        block = made.json()["blocks"][0]
        assert [one["label"] for one in block["understood"]] == ["Lost", "by City", "first 3"]
        assert (len(block["rows"]), block["title"]) == (3, "Leads by city: Lost")
        (kept,) = analyst.get(f"{PAGES}/{page}").json()["revision"]["blocks"]
        assert (kept["id"], kept["rows"]) == (block["id"], block["rows"])
        assert analyst.get(f"{PAGES}/{page}").json()["revision"]["prompt"] is None
        own = seed(advisor, "leads.any_leads.number").json()["blocks"][0]
        every = seed(analyst, "leads.any_leads.number").json()["blocks"][0]
        assert int(own["rows"][0][0]) < int(every["rows"][0][0])
        assert seed(advisor, "leads.any_leads.number", page_id=page).status_code == 404


@pytest.mark.parametrize(
    ("template", "body", "status", "told"),
    [
        ("leads.any_leads.breakdown", {"dimension": "citty"}, 422, "city"),
        ("leads.any_leads.breakdown", {"measure": "sum(city)"}, 422, "no number"),
        ("leads.any_leads.breakdown", {"where": "stage = 'dead' or"}, 422, "cannot read"),
        ("leads.any_leads.breakdown", {"where": "email = 'a@b.c'"}, 403, "masked"),
        ("leads.any_leads.breakdown", {"window": "soonish"}, 422, "time phrase"),
        ("leads.any_leads.breakdown", {"limit": 0}, 422, "limit"),
        ("leads.any_leads.number", {"dimension": "city"}, 422, "no place"),
        ("leads.any_leads.none", {}, 404, "no template"),
    ],
)
def test_what_a_template_does_not_take(
    served: Served, template: str, body: dict[str, Any], status: int, told: str
) -> None:
    with served.client() as analyst:
        page = served.page(analyst)
        answer = seed(analyst, template, page_id=page, **body)
        assert answer.status_code == status, answer.text
        assert told in answer.text
        assert analyst.get(f"{PAGES}/{page}").json()["head"] is None


def synthesize(client: httpx.Client, **body: Any) -> httpx.Response:
    """What the workbench drafts from a description."""
    return client.post(f"{V1}/component-templates/synthesize", json=body)


def test_a_draft_is_previewed_and_kept_only_as_a_proposal(served: Served) -> None:
    with served.client("author") as author, served.client("reviewer") as reviewer:
        before = reviewer.get(f"{V1}/approvals").json()["items"]
        body = {"description": "Converted leads of NRI buyers by country"}
        made = synthesize(author, **body)
        assert made.status_code == 200
        told = made.json()
        assert told["blocks"][0]["rows"]
        assert told["neighbours"][0]["why"]
        assert told["approval"] is None
        assert reviewer.get(f"{V1}/approvals").json()["items"] == before
        keys = {"Idempotency-Key": "synthesize-1"}
        with served.client("author", **keys) as again:
            saved = [synthesize(again, **body, propose=True, reason="monthly") for _ in range(2)]
        assert {one.status_code for one in saved} == {201}
        assert len({one.json()["approval"]["approval_id"] for one in saved}) == 1
        shown = reviewer.get(saved[0].headers["location"]).json()
        assert (shown["status"], shown["arguments"]["text"]) == ("pending", told["text"])


@pytest.mark.parametrize(
    ("who", "body", "status", "told"),
    [
        ("analyst", {"description": "leads by country"}, 403, "author"),
        ("author", {"description": "the weather in Pune"}, 422, "weather"),
        ("author", {"description": ""}, 422, "description"),
        ("author", {"description": "leads by country", "dataset": "crm.leeds"}, 404, "crm.leads"),
        ("author", {"description": "leads by country", "id": "leads"}, 422, "id"),
        ("author", {"description": "leads \u0000 by country"}, 422, "not text"),
        ("author", {"description": "leads by country", "asks": ["x"] * 51}, 422, "asks"),
    ],
)
def test_what_cannot_be_drafted_is_a_problem(
    served: Served, who: str, body: dict[str, Any], status: int, told: str
) -> None:
    with served.client(who) as client:
        answer = synthesize(client, **body)
        assert answer.status_code == status, answer.text
        assert told in answer.text


HOSTILE = {
    "deep": '{"id": "follow_ups.tasks.mine", "template": ' + '{"a":' * 50_000 + "1" + "}" * 50_001,
    "rather deep": '{"id": "follow_ups.tasks.mine", "template": ' + '{"a":' * 300 + "1" + "}" * 301,
    "deep text": '{"id": "follow_ups.tasks.mine", "text": "' + "[" * 100_000 + '"}',
    "large": '{"id": "follow_ups.tasks.mine", "text": "' + "x" * 300_000 + '"}',
    "many asks": '{"description": "leads", "asks": [' + ", ".join(['"leads"'] * 5_000) + "]}",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_bodies_are_told_and_the_server_lives(served: Served, body: str) -> None:
    with served.client("author", **{"Content-Type": "application/json"}) as author:
        for path in (TEMPLATES, f"{V1}/component-templates/synthesize"):
            assert author.post(path, content=body).status_code in (400, 413, 422)
        assert author.get(f"{V1}/me").status_code == 200


def test_a_synthetic_job_is_followed_to_its_proposals(served: Served) -> None:
    jobs = f"{TEMPLATES}/synthetic-jobs"
    body = {"subchapters": ["follow_ups.due", "follow_ups.due"], "asks": 1, "templates": 0, "evaluate": False}
    with (
        served.client("author", **{"Idempotency-Key": "synthetic-1"}) as author,
        served.client("reviewer") as reviewer,
    ):
        made = [author.post(jobs, json=body) for _ in range(2)]
        assert {one.status_code for one in made} == {202}
        assert len({one.json()["job_id"] for one in made}) == 1
        where = made[0].headers["location"]
        end = time.monotonic() + 60
        while author.get(where).json()["status"] in ("queued", "running"):
            assert time.monotonic() < end
            time.sleep(0.1)
        (item,) = author.get(f"{where}/results").json()["items"]
        assert item["status"] == "succeeded", item["failure_reason"]
        listed = reviewer.get(f"{V1}/approvals", params={"job_id": made[0].json()["job_id"]}).json()["items"]
        assert [one["approval_id"] for one in listed][::-1] == item["detail"]["proposals"]
        assert made[0].json()["job_id"] in {one["job_id"] for one in author.get(jobs).json()["items"]}
    with served.client("analyst") as analyst:
        assert analyst.get(where).status_code == 404
