"""The studio's door: no page, socket or file without a sign-in; nothing foreign let in; no traceback shown."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import websockets

from tests.server.served import Served


@contextmanager
def client(served: Served, who: str = "") -> Iterator[httpx.Client]:
    """A browser of sorts, signed in as somebody or nobody."""
    with httpx.Client(base_url=served.url, timeout=30) as one:
        if who:
            token = served.oracle.issue_token(served.oracle.viewer(who))
            came = one.post("/studio/sign-in", data={"token": token, "next": ""})
            assert came.status_code == 303, came.text
        yield one


def test_without_a_sign_in_there_is_only_the_form(studio_served: Served) -> None:
    with client(studio_served) as one:
        came = one.get("/studio?page=page_1&x=%22%3E%3Cscript%3E")
        assert came.status_code == 303
        assert came.headers["location"].startswith("/studio/sign-in?next=%3Fpage%3Dpage_1")
        form = one.get(came.headers["location"])
        assert form.status_code == 200
        assert "<script>" not in form.text
        assert one.get("/studio/export/page_1").status_code == 303


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "<script>alert(1)</script>"])
def test_wrong_token_is_told_and_not_repeated(studio_served: Served, token: str) -> None:
    with client(studio_served) as one:
        came = one.post("/studio/sign-in", data={"token": token})
        assert came.status_code == 401
        assert 'role="alert"' in came.text
        assert "set-cookie" not in came.headers
        assert not token or token not in came.text


def test_sign_in_leads_nowhere_else(studio_served: Served) -> None:
    token = studio_served.oracle.issue_token(studio_served.oracle.viewer("analyst"))
    with client(studio_served) as one:
        for after in ("https://evil.example", "//evil.example", "/docs", "javascript:alert(1)"):
            came = one.post("/studio/sign-in", data={"token": token, "next": after})
            assert came.headers["location"] == "/studio"
        came = one.post("/studio/sign-in", data={"token": token, "next": "?page=page_1"})
        assert came.headers["location"] == "/studio?page=page_1"


def test_cookie_is_out_of_reach_of_scripts(studio_served: Served) -> None:
    token = studio_served.oracle.issue_token(studio_served.oracle.viewer("analyst"))
    with client(studio_served) as one:
        cookie = one.post("/studio/sign-in", data={"token": token}).headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/studio" in cookie
        page = one.get("/studio")
        assert page.status_code == 200
        assert token not in page.text


def test_page_lets_in_nothing_foreign_and_no_inline_script_but_its_own(studio_served: Served) -> None:
    with client(studio_served, "analyst") as one:
        page = one.get("/studio")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-eval" not in policy
        script = next(part for part in policy.split("; ") if part.startswith("script-src"))
        assert "unsafe-inline" not in script
        assert "http" not in script
        nonce = script.partition("'nonce-")[2].partition("'")[0]
        assert page.text.count("<script") == page.text.count(f'<script nonce="{nonce}"')
        assert one.get("/studio").headers["content-security-policy"] != policy
        assert "https://cdn" not in page.text
        assert page.headers["cache-control"] == "no-store"


def test_signing_out(studio_served: Served) -> None:
    with client(studio_served, "analyst") as one:
        assert one.get("/studio").status_code == 200
        assert one.post("/studio/sign-out").status_code == 303
        assert one.get("/studio").status_code == 303


def test_downloads_are_what_their_reader_may_see(studio_served: Served) -> None:
    oracle = studio_served.oracle
    answer = oracle.ask("pipeline value by city", viewer=oracle.viewer("analyst"))
    block = answer.blocks[0]
    with client(studio_served, "analyst") as one:
        came = one.get(f"/studio/export/{answer.page_id}", params={"block": block.id})
        assert came.headers["content-disposition"] == f'attachment; filename="{block.id}.csv"'
        assert len(came.text.strip().splitlines()) == len(block.rows) + 1
        page = one.get(f"/studio/export/{answer.page_id}", params={"format": "html"})
        assert page.text.startswith("<!doctype html>")
        assert one.get(f"/studio/export/{answer.page_id}", params={"block": "blk_no"}).status_code == 404
        assert one.get(f"/studio/export/{answer.page_id}", params={"format": "exe"}).status_code == 422
    with client(studio_served, "manager") as one:
        assert one.get(f"/studio/export/{answer.page_id}").status_code == 404


def refused(served: Served, **headers: str) -> int:
    """The HTTP status that a socket of the studio is refused with; 0 where it is let in."""

    async def attempt() -> int:
        url = served.url.replace("http", "ws") + "/studio/ws"
        try:
            async with websockets.connect(url, additional_headers=headers, subprotocols=["bokeh", "x"]):  # type: ignore[list-item]
                return 0
        except websockets.InvalidStatus as error:
            return error.response.status_code

    return asyncio.run(attempt())


def test_sockets_need_a_sign_in_from_here(studio_served: Served) -> None:
    token = studio_served.oracle.issue_token(studio_served.oracle.viewer("analyst"))
    own = studio_served.url
    assert refused(studio_served, Origin=own) == 403
    assert refused(studio_served, Origin=own, Cookie="oracle_studio=forged") == 403
    assert refused(studio_served, Cookie=f"oracle_studio={token}") == 403
    assert refused(studio_served, Origin="https://evil.example", Cookie=f"oracle_studio={token}") == 403


def test_the_rest_of_the_server_is_as_it_was(studio_served: Served) -> None:
    with client(studio_served) as one:
        assert one.get("/healthz").status_code == 200
        assert one.get("/docs").status_code == 200
        assert not [path for path in one.get("/openapi.json").json()["paths"] if "studio" in path]


def test_first_response_shows_the_blocks_to_who_may_see_them(studio_served: Served) -> None:
    oracle = studio_served.oracle
    answer = oracle.ask("pipeline value by city", viewer=oracle.viewer("analyst"))
    address = f"/studio?page={answer.page_id}"
    with client(studio_served, "analyst") as one:
        page = one.get(address)
        assert f'id="{answer.blocks[0].id}"' in page.text
        assert page.text.index('id="first-view"') < page.text.index("bokeh.min.js")
        assert "first-view" not in one.get("/studio").text
        assert "first-view" not in one.get("/studio?page=page_no").text
    with client(studio_served, "manager") as one:
        page = one.get(address)
        assert page.status_code == 200
        assert "first-view" not in page.text
        assert answer.blocks[0].id not in page.text


def test_first_response_holds_no_rows_that_are_withheld(studio_served: Served) -> None:
    oracle = studio_served.oracle
    analyst = oracle.viewer("analyst")
    answer = oracle.ask("open leads by owner", viewer=analyst)
    oracle.pages.change(str(answer.page_id), viewer=analyst, visibility="everyone")
    names = {str(row[0]) for row in answer.blocks[0].rows}
    with client(studio_served, "advisor") as one:
        page = one.get(f"/studio?page={answer.page_id}").text
        assert "o-withheld" in page
        assert not [name for name in names if name in page]
