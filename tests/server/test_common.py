"""What holds for every route: who asks, how failures look, and what a client may send."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest

from oracle_kit import Settings, Viewer
from tests.server.served import PAGES, V1, Served

ME = f"{V1}/me"
MEMBERS = {"type", "title", "status", "detail", "instance", "code"}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    """The problem that an answer must be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert set(body) >= MEMBERS
    assert (body["status"], body["code"]) == (status, code)
    return body


def forged(settings: Settings, **changed: object) -> str:
    """A token as the server issues them, but for what is changed."""
    from oracle_kit.identity.tokens import local_secret

    now = datetime.now(UTC)
    claims = {
        "sub": "analyst",
        "roles": ["analyst"],
        "iss": "oracle",
        "aud": "oracle",
        "iat": now,
        "exp": now + timedelta(hours=1),
    }
    return jwt.encode({**claims, **changed}, local_secret(settings.home), algorithm="HS256")


def unsigned() -> str:
    """A token with the algorithm none."""
    claims = {
        "sub": "admin",
        "roles": ["admin"],
        "iss": "oracle",
        "aud": "oracle",
        "iat": 0,
        "exp": 9_999_999_999,
    }
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts)
        + "."
    )


def test_tokens_that_are_no_good(served: Served, server_settings: Settings) -> None:
    past = datetime.now(UTC) - timedelta(hours=1)
    bad = {
        "expired": forged(server_settings, exp=past),
        "audience": forged(server_settings, aud="other"),
        "issuer": forged(server_settings, iss="other"),
        "forged": jwt.encode({"sub": "a"}, "x" * 40, algorithm="HS256"),
        "none": unsigned(),
        "text": "not-a-token",
    }
    for name, token in bad.items():
        answer = httpx.get(served.url + ME, headers={"Authorization": f"Bearer {token}"})
        problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer", name
    for header in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}):
        problem(httpx.get(served.url + ME, headers=header), 401, "unauthenticated")
    good = forged(server_settings)
    assert httpx.get(served.url + ME, headers={"Authorization": f"Bearer {good}"}).status_code == 200


def test_a_token_for_a_user_who_is_gone(served: Served) -> None:
    here = served.oracle.viewer("advisor")
    assert served.client(here).get(ME).status_code == 200
    for user_id in (999_999_999, "nobody"):
        gone = Viewer(id="advisor", roles=("advisor",), attributes={**here.attributes, "user_id": user_id})
        body = problem(served.client(gone).get(ME), 401, "unauthenticated")
        assert "no longer active" in str(body["detail"])


def test_what_is_not_there_is_a_problem(served: Served, analyst: httpx.Client) -> None:
    body = problem(analyst.get(f"{V1}/nowhere"), 404, "not_found")
    assert body["instance"] == f"{V1}/nowhere"
    refused = analyst.delete(ME)
    problem(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == "GET"
    problem(analyst.get(ME, headers={"Accept": "image/png"}), 406, "not_acceptable")
    problem(
        analyst.post(PAGES, content="title=a", headers={"Content-Type": "text/plain"}),
        415,
        "unsupported_content_type",
    )
    problem(analyst.get(f"{PAGES}/page_none"), 404, "not_found")


def test_bodies_that_are_no_good(analyst: httpx.Client) -> None:
    bad: dict[str, tuple[bytes, int]] = {
        "twice": (b'{"title": "a", "title": "b"}', 422),
        "not json": (b"{title}", 422),
        "not utf-8": (b'{"title": "\xff"}', 400),
        "no object": (b"[1]", 422),
        "nothing": (b"", 422),
        "unknown key": (b'{"title": "a", "owner": "b"}', 422),
        "number": (b'{"title": 3}', 422),
        "not a number": (b'{"title": NaN}', 422),
        "half a character": (b'{"title": "\\ud800"}', 422),
        "zero": (b'{"title": "\\u0000"}', 422),
        "deep": (b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        "huge number": (b'{"title": ' + b"9" * 10_000 + b"}", 400),
    }
    for name, (content, status) in bad.items():
        answer = analyst.post(PAGES, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == status, (name, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    answer = analyst.post(PAGES, json={"title": ""})
    body = problem(answer, 422, "invalid_request")
    (fault,) = body["errors"]  # type: ignore[misc]  # a list of one
    assert fault["path"] == "/body/title"


def test_request_ids_come_back(analyst: httpx.Client) -> None:
    assert analyst.get(ME, headers={"X-Request-ID": "mine-1"}).headers["x-request-id"] == "mine-1"
    made = analyst.get(ME, headers={"X-Request-ID": "not one"}).headers["x-request-id"]
    assert made.startswith("req_")


def test_bodies_that_are_too_large(serve: Callable[..., Served]) -> None:
    served = serve(body_limit=2_000)
    with served.client() as client:
        answer = client.post(PAGES, json={"title": "a" * 3_000})
        problem(answer, 413, "too_large")
        chunks = (b'{"title": "' + b"a" * 500 for _ in range(20))
        answer = client.post(PAGES, content=chunks, headers={"Content-Type": "application/json"})
        problem(answer, 413, "too_large")
        assert client.get(ME).status_code == 200


def test_bodies_that_are_too_slow(serve: Callable[..., Served]) -> None:
    served = serve(body_seconds=0.3)
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(f"POST {PAGES} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{".encode())
        told = b""
        while chunk := line.recv(4096):
            told += chunk
    assert told.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"slow_body"' in told
    with served.client() as client:
        assert client.get(ME).status_code == 200


def test_a_body_that_breaks_off_leaves_nothing(served: Served, analyst: httpx.Client) -> None:
    before = analyst.get(PAGES).json()["items"][:1]
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(f"POST {PAGES} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{".encode())
    assert analyst.get(PAGES).json()["items"][:1] == before


def test_callers_that_ask_too_often(serve: Callable[..., Served]) -> None:
    served = serve(rate_per_minute=60, rate_burst=3)
    with served.client() as one, served.client("author") as other:
        answers = [one.get(ME) for _ in range(6)]
        late = [answer for answer in answers if answer.status_code == 429]
        assert 1 <= len(late) <= 3
        problem(late[0], 429, "rate_limited")
        assert 1 <= int(late[0].headers["retry-after"]) <= 2
        assert one.get("/healthz").status_code == 200
        time.sleep(1.1)
        assert one.get(ME).status_code == 200
        assert other.get(ME).status_code in (200, 429)


def test_guessed_tokens_share_one_bucket(serve: Callable[..., Served]) -> None:
    served = serve(rate_per_minute=1, rate_burst=5)
    statuses = [
        httpx.get(served.url + ME, headers={"Authorization": f"Bearer guess-{number}"}).status_code
        for number in range(8)
    ]
    assert statuses == [401] * 5 + [429] * 3


def test_work_that_takes_too_long(serve: Callable[..., Served]) -> None:
    served = serve(request_seconds=0.001)
    with served.client() as client:
        answer = client.get(ME)
        problem(answer, 504, "timeout")
        assert "retry-after" in answer.headers
        assert client.get("/healthz").status_code in (200, 504)


def test_pages_of_other_origins_may_not_write(serve: Callable[..., Served]) -> None:
    served = serve(origins=("https://desk.example",))
    with served.client() as client:
        body = {"title": "A page"}
        problem(
            client.post(PAGES, json=body, headers={"Origin": "https://evil.example"}), 403, "foreign_origin"
        )
        problem(client.post(PAGES, json=body, headers={"Origin": "null"}), 403, "foreign_origin")
        for origin in ("https://desk.example", served.url):
            assert client.post(PAGES, json=body, headers={"Origin": origin}).status_code == 201
        asked = client.options(
            PAGES,
            headers={
                "Origin": "https://desk.example",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,idempotency-key",
            },
        )
        assert asked.headers["access-control-allow-origin"] == "https://desk.example"


@pytest.mark.parametrize("cut", [True, False])
def test_a_site_path_behind_a_proxy(serve: Callable[..., Served], cut: bool) -> None:
    """Whether the proxy cuts the site path off or hands it on."""
    served = serve(root_path="/desk/")
    before = "" if cut else "/desk"
    with served.client() as client:
        made = client.post(f"{before}{PAGES}", json={"title": "A page"})
        assert made.headers["location"] == f"/desk{PAGES}/{made.json()['id']}"
        assert client.get(f"{before}/").headers["Location"] == "/desk/studio"
        page = client.get(f"{before}/docs").text
        assert 'src="/desk/docs-assets/swagger-ui-bundle.js"' in page
        assert client.get(f"{before}/docs-assets/swagger-ui.css").status_code == 200
        assert client.get(f"{before}/openapi.json").json()["servers"] == [{"url": "/desk"}]
        assert client.get(f"{before}{V1}/nowhere").json()["instance"] == f"/desk{V1}/nowhere"
        assert 'route="/api/oracle/v1/canvas-pages"' in client.get(f"{before}/metrics").text


def test_those_who_watch_need_no_token(served: Served) -> None:
    assert httpx.get(f"{served.url}/healthz").json() == {"status": "ok"}
    ready = httpx.get(f"{served.url}/readyz")
    assert (ready.status_code, ready.json()["parts"]) == (200, {"warehouse": True, "state": True})
    with served.client() as client:
        served.asked(client, "leads by city")
    text = httpx.get(f"{served.url}/metrics").text
    assert (
        'oracle_requests_total{method="POST",route="/api/oracle/v1/canvas-pages/{page_id}/prompts",status="201"}'
        in text
    )
    assert 'oracle_stage_seconds_count{stage="commit"}' in text


def test_many_callers_at_once(served: Served) -> None:
    with served.client() as client, ThreadPoolExecutor(8) as pool:
        page = served.page(client)
        body = {"prompt": "how many leads"}
        answers = list(pool.map(lambda _: client.post(f"{PAGES}/{page}/prompts", json=body), range(8)))
        assert [one.status_code for one in answers] == [201] * 8
        numbers = [one["number"] for one in client.get(f"{PAGES}/{page}/revisions").json()["items"]]
    assert numbers == list(range(8, 0, -1))
