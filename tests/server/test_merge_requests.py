"""Merge requests over HTTP: who may do what between which pages, conditions, keys, and bad input."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from oracle_kit import Viewer
from oracle_kit.identity.roles import ROLES
from oracle_kit.ids import new_id
from tests.server.served import PAGES, V1, Served

REQUESTS = f"{V1}/merge-requests"
MEMBERSHIPS = ("owner", "editor", "viewer", "everyone", "team", "none")
TEAM = "kolkata-1"


@dataclass(frozen=True)
class Between:
    """A page of asha's and ravi's fork of it, each with the title of one block changed."""

    served: Served
    asha: Viewer
    ravi: Viewer
    page: str
    fork: str
    block: str

    def ask(self) -> str:
        """The id of an open request of ravi's, the one there is or a new one."""
        listed = self.served.oracle.reviews.list(viewer=self.ravi, page=self.page)[0]
        there = [one.id for one in listed if one.state not in ("merged", "rejected", "closed")]
        if there:
            return there[0]
        pages = self.served.oracle._parts.pages
        before = pages.page(self.fork)
        made = self.served.oracle.reviews.create(self.fork, self.page, viewer=self.ravi, title="Titles")
        pages.change(self.fork, viewers=before.viewers)  # who edits the target may read the fork from then on
        return made.id

    def share(self, page: str, person: Viewer, membership: str) -> None:
        """The person stands so to the page, which whoever made it may edit in any case."""
        own = self.asha if page == self.page else self.ravi
        plain = {"owner": own.id, "editors": (own.id,), "visibility": "private", "team": TEAM}
        readers = (self.asha.id, self.ravi.id)
        changes: dict[str, Any] = {
            "owner": {"owner": person.id},
            "editor": {"editors": (own.id, person.id)},
            "viewer": {"viewers": (*readers, person.id)},
            "everyone": {"visibility": "everyone"},
            "team": {"visibility": "team"},
            "none": {},
        }[membership]
        self.served.oracle._parts.pages.change(page, **{**plain, "viewers": readers, **changes})

    def end(self) -> None:
        """No request is open between the pages."""
        admin = self.served.oracle.viewer("admin")
        self.served.oracle.reviews.review(self.ask(), "reject", viewer=admin)


def between(served: Served) -> Between:
    """A page and a fork of it, asked for by people of this test's own."""
    oracle = served.oracle
    asha, ravi = (oracle.viewer("analyst").model_copy(update={"id": new_id("user")}) for _ in range(2))
    answer = oracle.ask("units by city", viewer=asha)
    page, block = str(answer.page_id), answer.blocks[0].id
    oracle.pages.change(page, viewer=asha, visibility="everyone")
    fork = oracle.pages.fork(page, viewer=ravi).id
    oracle.pages.change(fork, viewer=ravi, visibility="everyone")
    return Between(served, asha, ravi, page, fork, block)


def retitled(desk: Between, page: str, viewer: Viewer, title: str) -> None:
    """The block retitled on a page."""
    edit = {"op": "retitle", "block_id": desk.block, "title": title}
    desk.served.oracle.pages.edit(page, [edit], viewer=viewer)


@pytest.fixture
def desk(served: Served) -> Between:
    """Two pages of this test's own."""
    return between(served)


def reads(membership: str, role: str) -> bool:
    """Whether the person sees the page."""
    return membership != "none" or role == "admin"


def edits(membership: str, role: str) -> bool:
    """Whether the person may change the page."""
    return membership in ("owner", "editor") and role != "viewer"


def expected(role: str, source: str, target: str) -> dict[str, int]:
    """What each route answers to a person with this role who stands so to the two pages; the request is another's."""
    writes, both = role != "viewer", reads(source, role) and reads(target, role)
    reviews = edits(target, role) or role in ("reviewer", "admin")
    seen = {"list": 200, "read": 200}
    if not both:
        gone = dict.fromkeys(("read", "comments", "request_changes", "reject", "approve", "close"), 404)
        return {**seen, **gone, "create": 404 if writes else 403, "listed": 0}
    return {
        **seen,
        "listed": 1,
        "comments": 201 if writes else 403,
        **dict.fromkeys(("request_changes", "reject", "approve"), 200 if writes and reviews else 403),
        "close": 200 if edits(target, role) else 403,
        "create": 201 if edits(source, role) or edits(target, role) else 403,
    }


@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what(served: Served, role: str) -> None:
    """Every route under every membership of both pages, for each role; no cell is left out."""
    desk = between(served)
    person = served.oracle.viewer(role, team=TEAM).model_copy(update={"id": new_id("user")})
    found, wanted = {}, {}
    with served.client(person) as client:
        for source, target in itertools.product(MEMBERSHIPS, MEMBERSHIPS):
            desk.share(desk.fork, person, source)
            desk.share(desk.page, person, target)
            found[source, target] = tried(desk, client)
            wanted[source, target] = expected(role, source, target)
    assert found == wanted


def tried(desk: Between, client: httpx.Client) -> dict[str, int]:
    """The status that each route answers, on a request of ravi's that is open."""
    request = desk.ask()
    listed = client.get(REQUESTS, params={"page": desk.page})
    found = {"list": listed.status_code}
    found["listed"] = sum(one["id"] == request for one in listed.json()["items"])
    found["read"] = client.get(f"{REQUESTS}/{request}").status_code
    found["comments"] = client.post(f"{REQUESTS}/{request}/comments", json={"comment": "Hm"}).status_code
    for verdict in ("request_changes", "reject", "approve"):
        told = client.post(f"{REQUESTS}/{desk.ask()}/review", json={"verdict": verdict})
        found[verdict] = told.status_code
        if told.status_code >= 400:
            assert told.headers["content-type"] == "application/problem+json"
    found["close"] = client.post(f"{REQUESTS}/{desk.ask()}/close", json={}).status_code
    desk.end()
    body = {"source": desk.fork, "target": desk.page, "title": "Mine"}
    found["create"] = client.post(REQUESTS, json=body).status_code
    if found["create"] == 201:
        desk.end()
    return found


def test_from_a_conflict_to_a_merge(desk: Between) -> None:
    retitled(desk, desk.page, desk.asha, "Ours")
    retitled(desk, desk.fork, desk.ravi, "Theirs")
    with desk.served.client(desk.ravi) as ravi, desk.served.client(desk.asha) as asha:
        made = ravi.post(
            REQUESTS, json={"source": desk.fork, "title": "Titles"}, headers={"Idempotency-Key": "a-1"}
        )
        again = ravi.post(
            REQUESTS, json={"source": desk.fork, "title": "Titles"}, headers={"Idempotency-Key": "a-1"}
        )
        assert made.status_code == again.status_code == 201
        assert made.json() == again.json()
        where = made.headers["location"]
        opened = asha.get(where)
        (conflict,) = opened.json()["conflicts"]
        assert (conflict["part"], conflict["base"] != "Ours", conflict["ours"], conflict["theirs"]) == (
            "title", True, "Ours", "Theirs",
        )  # fmt: skip  # one row
        refused = asha.post(f"{where}/review", json={"verdict": "approve"})
        assert refused.status_code == 409
        assert [one["part"] for one in refused.json()["conflicts"]] == ["title"]
        retitled(desk, desk.page, desk.asha, "Ours again")
        settled = [{"block": desk.block, "part": "title", "take": "theirs"}]
        body = {"verdict": "approve", "resolutions": settled}
        tag = {"If-Match": opened.headers["etag"]}
        assert asha.post(f"{where}/review", json=body, headers=tag).status_code == 412
        assert asha.get(where).json()["state"] == "stale"
        tag = {"If-Match": asha.get(where).headers["etag"]}
        done = asha.post(f"{where}/review", json=body, headers=tag)
        assert done.status_code == 200
        assert (done.json()["state"], done.json()["allowed"]) == ("merged", [])
        head = asha.get(f"{PAGES}/{desk.page}").json()["revision"]
        assert (head["kind"], head["id"], head["blocks"][0]["title"]) == (
            "merge", done.json()["merged_revision"], "Theirs",
        )  # fmt: skip  # one row
        listed = asha.get(REQUESTS, params={"page": desk.fork, "state": "merged"}).json()["items"]
        assert [one["id"] for one in listed] == [done.json()["id"]]


def test_bad_input_is_refused_and_changes_nothing(desk: Between) -> None:
    with desk.served.client(desk.ravi) as ravi, desk.served.client(desk.asha) as asha:
        elsewhere = desk.served.page(ravi)
        for body, status in (
            ({"source": desk.fork, "target": desk.fork, "title": "x"}, 422),
            ({"source": desk.page, "title": "x"}, 422),
            ({"source": elsewhere, "target": desk.fork, "title": "x"}, 422),
            ({"source": "page_0", "target": desk.fork, "title": "x"}, 404),
            ({"source": desk.fork, "title": ""}, 422),
            ({"source": desk.fork, "title": "x", "state": "approved"}, 422),
            ({}, 422),
        ):
            assert ravi.post(REQUESTS, json=body).status_code == status, body
        assert asha.get(REQUESTS, params={"page": desk.page}).json()["items"] == []
        request = desk.ask()
        assert ravi.post(REQUESTS, json={"source": desk.fork, "title": "x"}).status_code == 422
        for path, body, status in (
            ("review", {"verdict": "merge"}, 422),
            ("review", {"verdict": "approve", "resolutions": [{"block": "blk_0", "part": "title"}]}, 422),
            (
                "review",
                {"verdict": "approve", "resolutions": [{"block": "b", "part": "title", "take": "ours"}]},
                422,
            ),
            ("comments", {"comment": " "}, 422),
            ("close", {"reason": "x"}, 422),
        ):
            assert asha.post(f"{REQUESTS}/{request}/{path}", json=body).status_code == status, body
        wrong = {"If-Match": '"nonsense"'}
        assert (
            asha.post(f"{REQUESTS}/{request}/review", json={"verdict": "approve"}, headers=wrong).status_code
            == 412
        )
        assert asha.get(f"{REQUESTS}/mr_0").status_code == 404
        told = asha.get(f"{REQUESTS}/{request}").json()
        assert (told["state"], told["reviews"]) == ("open", [])


def test_two_approvals_at_once_merge_once(desk: Between) -> None:
    retitled(desk, desk.fork, desk.ravi, "Theirs")
    request = desk.ask()
    reviewers = [desk.served.client("reviewer") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        body = {"verdict": "approve"}
        answers = list(pool.map(lambda one: one.post(f"{REQUESTS}/{request}/review", json=body), reviewers))
    assert {answer.status_code for answer in answers} <= {200, 409, 412}
    assert 200 in {answer.status_code for answer in answers}
    with desk.served.client(desk.asha) as asha:
        kinds = [one["kind"] for one in asha.get(f"{PAGES}/{desk.page}/revisions").json()["items"]]
    assert kinds.count("merge") == 1
    for client in reviewers:
        client.close()
