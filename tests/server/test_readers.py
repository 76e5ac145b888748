"""Who may do what on which page, and what each reader sees: one matrix, made from a table of rules."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from oracle_kit.identity.roles import ROLES
from tests.server.served import PAGES, V1, Served

MEMBERSHIPS = ("owner", "editor", "viewer", "everyone", "team", "none")
ASKERS = tuple(role for role in ROLES if role != "viewer")
READ, WRITE, OWN, ASK = "read", "write", "own", "ask"


@dataclass(frozen=True)
class Route:
    """A route of a page: what it needs, and what it answers to whoever may."""

    method: str
    path: str
    needs: str
    status: int
    body: Any = None


ROUTES = (
    Route("GET", "", READ, 200),
    Route("GET", "/revisions", READ, 200),
    Route("GET", "/revisions/{revision}", READ, 200),
    Route("GET", "/blocks/{block}/provenance", READ, 200),
    Route("GET", "/export", READ, 200),
    Route("GET", "/export?format=json", READ, 200),
    Route("POST", "/blocks/{block}/replay", ASK, 200),
    Route("POST", "/prompts", WRITE, 200, {"prompt": "units by status", "dry_run": True}),
    Route("POST", "/prompts", WRITE, 201, {"prompt": "units by status"}),
    Route("POST", "/edits", WRITE, 201, {"operations": [{"op": "add_note", "text": "A note"}]}),
    Route("POST", "/refresh", WRITE, 200),
    Route("GET", "/diff", READ, 200),
    Route("POST", "/forks", ASK, 201, {}),
    Route("POST", "/rollback", WRITE, 201, {"revision": "{revision}"}),
    Route("POST", "/revision-names", WRITE, 201, {"revision": "{revision}", "name": "March review"}),
    Route("GET", "/revision-names", READ, 200),
    Route("DELETE", "/revision-names?name=March%20review", WRITE, 204),
    Route("PATCH", "", WRITE, 200, {"title": "Another title"}),
    Route("PATCH", "", OWN, 200, {"visibility": "private"}),
)
PAGE_FIRST = ("/edits", "/rollback", "/revision-names")  # the page is looked at before the role


def expected(route: Route, role: str, membership: str) -> int:
    """The status that the rules of the served contract give."""
    reads = membership != "none" or role == "admin"
    asks = role != "viewer"
    if route.needs in (ASK, WRITE) and not asks and not route.path.startswith(PAGE_FIRST) and route.path:
        return 403  # the role says no before the page is looked at
    if not reads:
        return 404
    allowed = {
        READ: True,
        ASK: asks,
        WRITE: asks and membership in ("owner", "editor"),
        OWN: membership == "owner" or role == "admin",
    }
    return route.status if allowed[route.needs] else 403


@pytest.fixture(scope="module")
def clients(served: Served) -> Iterator[dict[str, httpx.Client]]:
    """A client for each role, all of one team so that team pages are seen."""
    team = {"team": served.oracle.viewer("manager").attributes["team"]}
    made = {
        role: served.client(served.oracle.viewer(role).model_copy(update={"id": f"the-{role}"}))
        if role in ("advisor", "manager")
        else served.client(served.oracle.viewer(role, **team).model_copy(update={"id": f"the-{role}"}))
        for role in ROLES
    }
    yield made
    for client in made.values():
        client.close()


def shared_page(
    served: Served, clients: dict[str, httpx.Client], role: str, membership: str
) -> dict[str, str]:
    """A page with a prompt on it, to which the role stands so."""
    parts = served.oracle._parts
    owner = "analyst" if role != "analyst" else "author"
    answer = served.asked(clients[owner], "units by city")
    changes = {
        "owner": {"owner": f"the-{role}"},
        "editor": {"editors": (f"the-{role}",)},
        "viewer": {"viewers": (f"the-{role}",)},
        "everyone": {"visibility": "everyone"},
        "team": {"visibility": "team"},
        "none": {},
    }
    parts.pages.change(answer["page_id"], **changes[membership])
    return {"page": answer["page_id"], "revision": answer["revision"], "block": answer["blocks"][0]["id"]}


@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what(served: Served, clients: dict[str, httpx.Client], role: str) -> None:
    """Every route of a page under every membership of this role."""
    found, wanted = {}, {}
    for membership in MEMBERSHIPS:
        ids = shared_page(served, clients, role, membership)
        for route in ROUTES:
            path = f"{PAGES}/{ids['page']}{route.path.format(**ids)}"
            body = json.loads(json.dumps(route.body).replace("{revision}", ids["revision"]))
            answer = clients[role].request(route.method, path, json=body, headers={"If-Match": "*"})
            name = f"{membership} {route.method} {route.path} {route.needs} {route.status}"
            found[name], wanted[name] = answer.status_code, expected(route, role, membership)
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json"
    assert found == wanted


def test_every_page_route_is_in_the_matrix(served: Served) -> None:
    """A new route of a page is not forgotten."""
    document = served.app.openapi()
    routed = {
        (method.upper(), path.removeprefix(f"{PAGES}/{{page_id}}"))
        for path, operations in document["paths"].items()
        for method in operations
        if path.startswith(f"{PAGES}/{{page_id}}")
    }
    known = {
        (
            route.method,
            route.path.partition("?")[0]
            .replace("{revision}", "{revision_id}")
            .replace("{block}", "{block_id}"),
        )
        for route in ROUTES
    }
    assert routed == known


@pytest.mark.parametrize("role", ROLES)
def test_routes_without_a_page(clients: dict[str, httpx.Client], role: str) -> None:
    asks = role != "viewer"
    client = clients[role]
    assert client.get(f"{V1}/me").status_code == 200
    assert client.get(PAGES).status_code == 200
    assert client.post(PAGES, json={"title": "Mine"}).status_code == (201 if asks else 403)
    for path in (
        f"{V1}/component-templates",
        "/api/oracle/template-chapters",
        "/api/oracle/template-subchapters",
        "/api/oracle/component-templates",
    ):
        assert client.get(path).status_code == (200 if asks else 403), path


TEMPLATES, AUTHORS = "/api/oracle/component-templates", ("author", "admin")
ONE = f"{TEMPLATES}/follow_ups.overdue.high_qd"
WHOLE = {"title": "T", "asks": ["a"], "dataset": "intel.reminders", "shape": "breakdown", "blocks": []}
WRITES = (  # a body that is no template: whoever may, is told so; the others, that they may not
    ("POST", TEMPLATES, {"id": "follow_ups.tasks.mine", "template": WHOLE}, AUTHORS, 422),
    ("PUT", ONE, {"template": WHOLE}, AUTHORS, 422),
    (
        "POST",
        "/api/oracle/template-chapters",
        {"id": "leads", "title": "T", "description": "D"},
        AUTHORS,
        409,
    ),
    (
        "POST",
        "/api/oracle/template-subchapters",
        {"id": "leads.funnel", "title": "T", "description": "D"},
        AUTHORS,
        409,
    ),
    ("DELETE", ONE, None, ("author", "reviewer", "admin"), 409),
    ("POST", f"{V1}/component-templates/synthesize", {"description": "the weather"}, AUTHORS, 422),
    ("POST", f"{TEMPLATES}/synthetic-jobs", {"subchapters": ["leads.nowhere"]}, AUTHORS, 404),
    ("GET", f"{TEMPLATES}/synthetic-jobs", None, ASKERS, 200),
    ("GET", f"{ONE}/versions", None, ASKERS, 200),
    ("POST", f"{ONE}/seed", {}, ASKERS, 201),
)


@pytest.mark.parametrize("role", ROLES)
def test_who_may_write_templates(clients: dict[str, httpx.Client], role: str) -> None:
    found, wanted = {}, {}
    for method, path, body, roles, status in WRITES:
        found[f"{method} {path}"] = clients[role].request(method, path, json=body).status_code
        hidden = role == "operator" and path.startswith(
            ONE
        )  # who may not read reminders knows no template of them
        wanted[f"{method} {path}"] = 404 if hidden else status if role in roles else 403
    assert found == wanted


def block_routes(client: httpx.Client, page: str, block: str, revision: str) -> dict[str, str]:
    """What every route that returns blocks or tells of them says to this reader, as text."""
    paths = {
        "page": "",
        "html": "?html=true",
        "revision": f"/revisions/{revision}",
        "at": f"?revision={revision}",
        "provenance": f"/blocks/{block}/provenance",
        **{form: f"/export?format={form}" for form in ("html file", "json", "csv", "canvas", "ipynb")},
    }
    found = {}
    for name, path in paths.items():
        answer = client.get(f"{PAGES}/{page}{path.replace('html file', 'html')}")
        assert answer.status_code == 200, (name, answer.text)
        found[name] = answer.text
    return found


def names_of(answer: dict[str, Any], column: str) -> set[str]:
    """The values of a column of the block that answers."""
    block = answer["blocks"][0]
    place = [one["name"] for one in block["columns"]].index(column)
    return {str(row[place]) for row in block["rows"]}


def test_no_route_gives_rows_that_the_reader_may_not_see(served: Served) -> None:
    """An analyst's list on a page of everyone, read by those with narrower rights, in every form that there is."""
    with (
        served.client("analyst") as analyst,
        served.client("advisor") as advisor,
        served.client("manager") as manager,
    ):
        answer = served.asked(analyst, "list leads in Mumbai")
        own = names_of(served.asked(advisor, "list my leads"), "lead_id")
        names = names_of(answer, "lead_id") - own
        assert len(names) > 10
        page, block = answer["page_id"], answer["blocks"][0]["id"]
        share(analyst, page, {"visibility": "everyone"})
        for reader in (advisor, manager, served.client("operator")):
            for name, text in block_routes(reader, page, block, answer["revision"]).items():
                told = [one for one in names if one in text]
                assert not told, (name, told[:3])
        with served.client("author") as author, served.client("viewer") as viewer:
            for reader in (author, viewer):
                told = block_routes(reader, page, block, answer["revision"])
                assert all(
                    sum(one in told[name] for one in names) > 10
                    for name in ("page", "revision", "json", "csv")
                )


def test_names_that_were_looked_up_are_not_told_in_what_a_block_asks(served: Served) -> None:
    """A first name is looked up under the asker's rights; the full names stand in title, chips, query and plan."""
    with served.client("analyst") as analyst, served.client("advisor") as advisor:
        answer = served.asked(analyst, "calls with Sunil")
        page, block = answer["page_id"], answer["blocks"][0]["id"]
        own = analyst.get(f"{PAGES}/{page}/revisions/{answer['revision']}").json()
        names = set(
            own["blocks"][0]["title"]
            .rpartition(": ")[2]
            .rpartition(", ")[2]
            .removesuffix(" or others")
            .split(" or ")
        )
        assert all(" " in name for name in names)
        assert own["plan"] is not None
        share(analyst, page, {"editors": ["advisor"]})
        told = block_routes(advisor, page, block, answer["revision"])
        assert not [(route, name) for route, text in told.items() for name in names if name in text]
        assert json.loads(told["page"])["revision"]["plan"] is None
        kept = analyst.get(f"{PAGES}/{page}").json()["head"]
        assert advisor.post(f"{PAGES}/{page}/refresh").json() == {"revision": None, "changed": {}}
        body = {
            "operations": [{"op": "set_window", "block_id": block, "window": None}],
            "base_revision": kept,
        }
        assert advisor.post(f"{PAGES}/{page}/edits", json=body).status_code in (201, 422)
        told = block_routes(advisor, page, block, answer["revision"])
        assert not [(route, name) for route, text in told.items() for name in names if name in text]


def test_what_a_change_answers_is_seen_by_who_made_it(served: Served) -> None:
    """Edits, refreshes and prompts of an editor with narrower rights give them their own rows and no others'."""
    with served.client("analyst") as analyst, served.client("advisor") as advisor:
        answer = served.asked(analyst, "list leads in Mumbai")
        page = answer["page_id"]
        own = names_of(served.asked(advisor, "list my leads"), "lead_id")
        names = names_of(answer, "lead_id") - own
        share(analyst, page, {"editors": ["advisor"]})
        note = {"operations": [{"op": "add_note", "text": "Mine"}], "base_revision": answer["revision"]}
        key = {"Idempotency-Key": "reader-1"}
        texts = [
            advisor.post(f"{PAGES}/{page}/edits", json=note, headers=key).text,
            advisor.post(f"{PAGES}/{page}/edits", json=note, headers=key).text,
            advisor.post(f"{PAGES}/{page}/prompts", json={"prompt": "how many leads"}).text,
            advisor.post(
                f"{PAGES}/{page}/prompts",
                json={"prompt": "how many leads"},
                headers={"Accept": "text/event-stream"},
            ).text,
            advisor.post(f"{PAGES}/{page}/refresh").text,
            advisor.get(f"{PAGES}/{page}").text,
        ]
        assert [at for at, name in itertools.product(range(len(texts)), names) if name in texts[at]] == []


def test_an_advisors_block_says_nothing_of_their_filter_to_others(served: Served) -> None:
    """The scope of a block (whose rows) is for those who may see them."""
    with served.client("advisor") as advisor, served.client("manager") as manager:
        answer = served.asked(advisor, "list my leads")
        share(advisor, answer["page_id"], {"viewers": ["manager"]})
        user = str(served.oracle.viewer("advisor").attributes["user_id"])
        text = manager.get(f"{PAGES}/{answer['page_id']}").text
        assert '"withheld":"' in text
        assert f"= {user}" not in text


def test_a_page_taken_back_is_not_there_any_more(served: Served) -> None:
    with served.client("analyst") as analyst, served.client("author") as author:
        page = served.asked(analyst, "units by city")["page_id"]
        share(analyst, page, {"viewers": ["author"]})
        assert author.get(f"{PAGES}/{page}").status_code == 200
        share(analyst, page, {"viewers": []})
        assert author.get(f"{PAGES}/{page}").status_code == 404
        share(analyst, page, {"archived": True})
        answer = analyst.post(f"{PAGES}/{page}/prompts", json={"prompt": "units by city"})
        assert answer.status_code == 403


def share(client: httpx.Client, page: str, change: dict[str, Any]) -> None:
    """Change a page, whatever its state."""
    done = client.patch(f"{PAGES}/{page}", json=change, headers={"If-Match": "*"})
    assert done.status_code == 200, done.text
