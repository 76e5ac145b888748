"""The live page: what its readers are told, each under their own rights, and what a client may do to it."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jsonschema
import pytest
from websockets.asyncio.client import connect as connect_later
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from canvas_server.live import client as queue
from canvas_server.live import hub, room
from oracle_kit import Settings, Viewer
from tests.server import examples
from tests.server.served import PAGES, Served
from tests.server.test_common import forged
from tests.server.test_readers import share

Listen = Callable[..., ClientConnection]


@pytest.fixture
def listen(served: Served) -> Iterator[Listen]:
    """Opens live connections that are closed after the test."""
    with ExitStack() as stack:

        def start(
            page: str,
            who: str | Viewer = "analyst",
            since: int | None = None,
            on: Served = served,
            **more: Any,
        ) -> ClientConnection:
            viewer = served.oracle.viewer(who) if isinstance(who, str) else who
            headers = {"Authorization": f"Bearer {served.oracle.issue_token(viewer)}"}
            asked = {"additional_headers": headers, "compression": None, "close_timeout": 1, **more}
            return stack.enter_context(connect(address(on, page, since), **asked))

        yield start


def address(served: Served, page: str, since: int | None = None) -> str:
    """The address of a live page."""
    query = "" if since is None else f"?since={since}"
    return f"{served.url.replace('http', 'ws', 1)}/ws/oracle/canvas/{page}{query}"


def told(line: ClientConnection, kind: str, **wanted: Any) -> dict[str, Any]:
    """The next message of a kind; others before it are passed by."""
    while True:
        message: dict[str, Any] = json.loads(line.recv(timeout=20))
        if message["type"] == kind and all(message.get(name) == value for name, value in wanted.items()):
            return message


def note(client: httpx.Client, page: str, text: str = "A note") -> dict[str, Any]:
    """A revision with one more note."""
    body = {"operations": [{"op": "add_note", "text": text}]}
    made = client.post(f"{PAGES}/{page}/edits", json=body, headers={"If-Match": "*"})
    assert made.status_code == 201, made.text
    revision: dict[str, Any] = made.json()
    return revision


def test_messages_are_as_the_document_says(served: Served, analyst: httpx.Client, listen: Listen) -> None:
    document = served.app.openapi()
    (live,) = document["x-websockets"].values()
    by_type = {
        schema["properties"]["type"]["const"]: schema
        for one in live["messages"]["server"]
        if (schema := examples.resolved(document, one))
    }
    page = served.page(analyst)
    line = listen(page)
    served.asked(analyst, "leads by city", page)
    line.send('{"type": "ping"}')
    line.send("nonsense")
    share(analyst, page, {"title": "Renamed"})
    seen = set()
    while seen < {"hello", "revision", "pong", "notice"}:
        message = json.loads(line.recv(timeout=20))
        seen.add(message["type"])
        jsonschema.validate(message, {**by_type[message["type"]], "components": document["components"]})


def closed(line: ClientConnection) -> tuple[int, list[dict[str, Any]]]:
    """The code of the close, and what was said before it."""
    heard = []
    with suppress(ConnectionClosed):
        while True:
            heard.append(json.loads(line.recv(timeout=20)))
    assert line.protocol.close_code is not None
    return line.protocol.close_code, heard


def test_two_people_see_each_others_work(served: Served, listen: Listen) -> None:
    with served.client("analyst") as analyst, served.client("author") as author:
        page = served.page(analyst, "Together")
        share(analyst, page, {"editors": ["author"]})
        mine = listen(page)
        hello = told(mine, "hello")
        assert (hello["page_id"], hello["title"], hello["head"], hello["number"]) == (
            page,
            "Together",
            None,
            0,
        )
        assert (hello["you"], hello["here"], hello["count"]) == ("analyst", ["analyst"], 1)
        theirs = listen(page, "author")
        assert told(theirs, "hello")["here"] == ["analyst", "author"]
        assert "author" in told(mine, "presence", count=2)["joined"]
        first = note(author, page, "From the author")
        seen = told(mine, "revision")
        assert (seen["number"], seen["author"], seen["kind"]) == (1, "author", "edit")
        assert seen["revision"] == first["id"]
        assert [block["id"] for block in seen["blocks"]] == seen["added"] == seen["order"]
        answer = served.asked(analyst, "leads by city", page)
        for line in (mine, theirs):
            seen = told(line, "revision", number=2)
            assert (seen["kind"], seen["revision"]) == ("prompt", answer["revision"])
            assert seen["blocks"] == answer["blocks"]
            assert set(seen["added"]) < set(seen["order"])
            assert seen["removed"] == []
        theirs.close()
        assert told(mine, "presence", count=1)["left"] == ["author"]


def test_only_what_changed_is_told(served: Served, analyst: httpx.Client, listen: Listen) -> None:
    page = served.page(analyst)
    for text in ("One", "Two"):
        last = note(analyst, page, text)
    one, two = (block["id"] for block in last["blocks"])
    line = listen(page)
    edits = {"operations": [{"op": "retitle", "block_id": one, "title": "Uno"}], "base_revision": last["id"]}
    assert analyst.post(f"{PAGES}/{page}/edits", json=edits).status_code == 201
    seen = told(line, "revision")
    assert [(block["id"], block["title"]) for block in seen["blocks"]] == [(one, "Uno")]
    assert (seen["added"], seen["removed"], seen["order"]) == ([], [], [one, two])
    edits = {"operations": [{"op": "remove", "block_id": one}], "base_revision": seen["revision"]}
    assert analyst.post(f"{PAGES}/{page}/edits", json=edits).status_code == 201
    seen = told(line, "revision")
    assert (seen["blocks"], seen["removed"], seen["order"]) == ([], [one], [two])


def test_each_reader_sees_under_their_own_rights(served: Served, listen: Listen) -> None:
    with served.client("analyst") as analyst:
        page = served.page(analyst)
        share(analyst, page, {"viewers": ["advisor", "author"]})
        lines = {who: listen(page, who) for who in ("analyst", "advisor", "author")}
        answer = served.asked(analyst, "list leads in Mumbai", page)
        for who, line in lines.items():
            (block,) = told(line, "revision")["blocks"]
            assert bool(block["rows"]) == (who != "advisor")
            with served.client(who) as reader:
                shown = reader.get(f"{PAGES}/{page}/revisions/{answer['revision']}").json()
            assert [block] == shown["blocks"], "the message shows what the route does"


def test_coming_back_replays_what_was_missed(served: Served, analyst: httpx.Client, listen: Listen) -> None:
    page = served.page(analyst)
    for at in range(4):
        note(analyst, page, f"Note {at}")
    line = listen(page, since=1)
    assert (hello := told(line, "hello"))["replayed"] == 3
    assert hello["number"] == 4
    assert [told(line, "revision")["number"] for _ in range(3)] == [2, 3, 4]
    note(analyst, page)
    assert told(line, "revision")["number"] == 5
    assert told(listen(page, since=5), "hello")["replayed"] == 0
    assert told(listen(page), "hello")["replayed"] == 0
    from_the_start = listen(page, since=0)
    assert [told(from_the_start, "revision")["number"] for _ in range(5)] == [1, 2, 3, 4, 5]


def test_what_cannot_be_replayed_is_read_again(served: Served, analyst: httpx.Client, listen: Listen) -> None:
    page = served.page(analyst)
    for at in range(52):
        note(analyst, page, f"{at}")
    head = analyst.get(f"{PAGES}/{page}").json()["head"]
    for since in (1, 53, 1_000_000):
        line = listen(page, since=since)
        resync = told(line, "resync")
        assert (resync["reason"], resync["head"], resync["number"]) == ("behind", head, 52)
    note(analyst, page)
    assert told(line, "revision")["number"] == 53


def test_a_fork_replays_the_history_that_it_shares(
    served: Served, analyst: httpx.Client, listen: Listen
) -> None:
    page = served.page(analyst)
    for at in range(2):
        last = note(analyst, page, f"{at}")
    store = served.oracle._parts.pages
    origin = store.page(page)
    fork = origin.model_copy(update={"id": f"{page}F", "forked_from": (page, last["id"])})
    store.fork(fork, of=last["id"], author="analyst", at=datetime.now(UTC))
    line = listen(fork.id, since=1)
    assert [told(line, "revision")["kind"] for _ in range(2)] == ["edit", "fork"]


def test_changes_of_the_page_itself_are_noticed(
    served: Served, analyst: httpx.Client, listen: Listen
) -> None:
    page = served.page(analyst)
    line = listen(page)
    share(analyst, page, {"title": "Renamed", "visibility": "everyone"})
    seen = told(line, "notice")
    assert (seen["code"], seen["title"]) == ("page_changed", "Renamed")
    assert seen["changed"] == ["title", "visibility"]


def test_who_may_no_longer_read_is_sent_away(served: Served, analyst: httpx.Client, listen: Listen) -> None:
    page = served.page(analyst)
    share(analyst, page, {"viewers": ["author"]})
    theirs, mine = listen(page, "author"), listen(page)
    told(theirs, "hello")
    share(analyst, page, {"viewers": []})
    code, heard = closed(theirs)
    assert (code, heard[-1]["code"]) == (room.GONE, "not_found")
    note(analyst, page)
    assert told(mine, "revision")["number"] == 1, "the others stay"


@pytest.mark.parametrize(
    ("headers", "protocols", "status"),
    [
        ({}, None, 401),
        ({"Authorization": "Bearer not-a-token"}, None, 401),
        ({}, ["oracle.v1", "bearer.not-a-token"], 401),
        ({"Authorization": "Basic YTpi"}, None, 401),
    ],
)
def test_nobody_listens_without_a_token(
    served: Served, headers: dict[str, str], protocols: list[str] | None, status: int
) -> None:
    offered = [Subprotocol(one) for one in protocols or ()] or None
    with pytest.raises(InvalidStatus) as refused:
        connect(address(served, "page_0"), additional_headers=headers, subprotocols=offered)
    answer = refused.value.response
    assert answer.status_code == status
    assert json.loads(answer.body)["code"] == "unauthenticated"


def test_a_browser_signs_in_by_subprotocol(served: Served, analyst: httpx.Client) -> None:
    page = served.page(analyst)
    token = served.oracle.issue_token(served.oracle.viewer("analyst"))
    offered = [Subprotocol("oracle.v1"), Subprotocol(f"bearer.{token}")]
    with connect(address(served, page), subprotocols=offered, origin=Origin(served.url)) as line:
        assert line.subprotocol == "oracle.v1", "the token is not sent back"
        assert told(line, "hello")["you"] == "analyst"


def test_a_page_of_a_foreign_origin_does_not_listen(
    served: Served, analyst: httpx.Client, listen: Listen, serve: Callable[..., Served]
) -> None:
    page = served.page(analyst)
    with pytest.raises(InvalidStatus) as refused:
        listen(page, origin=Origin("https://evil.example"))
    assert (refused.value.response.status_code, json.loads(refused.value.response.body)["code"]) == (
        403,
        "foreign_origin",
    )
    other = serve(origins=("https://desk.example",))
    assert told(listen(page, on=other, origin=Origin("https://desk.example")), "hello")["page_id"] == page


def test_pages_that_are_not_there_and_numbers_that_are_none(
    served: Served, analyst: httpx.Client, listen: Listen
) -> None:
    page = served.page(analyst)
    for asked, who in (
        ("page_none", "analyst"),
        (page, "author"),
        ("x" * 5_000, "analyst"),
        ("%00", "analyst"),
    ):
        with pytest.raises(InvalidStatus) as refused:
            listen(asked, who)
        assert refused.value.response.status_code == 404
        assert json.loads(refused.value.response.body)["code"] == "not_found"
    for number in ("-1", "one", "9" * 40, "1.5", "²"):
        with pytest.raises(InvalidStatus) as refused:
            listen(f"{page}?since={number}")
        assert refused.value.response.status_code == 422


def test_connections_count_for_the_rate_limit(
    served: Served, listen: Listen, serve: Callable[..., Served]
) -> None:
    few = serve(rate_per_minute=1, rate_burst=3)
    with few.client() as client:
        page = served.page(client)
        told(listen(page, on=few), "hello")  # two of the three, with what it took to be known
        told(listen(page, on=few), "hello")
        with pytest.raises(InvalidStatus) as refused:
            listen(page, on=few)
    assert refused.value.response.status_code == 429
    assert int(refused.value.response.headers["Retry-After"]) > 0


def test_a_process_takes_so_many_connections(
    served: Served, analyst: httpx.Client, listen: Listen, serve: Callable[..., Served]
) -> None:
    few, page = serve(live_clients=2), served.page(analyst)
    first, _ = listen(page, on=few), listen(page, on=few)
    told(first, "hello")
    with pytest.raises(InvalidStatus) as refused:
        listen(page, on=few)
    assert (refused.value.response.status_code, json.loads(refused.value.response.body)["code"]) == (
        503,
        "too_many_clients",
    )
    first.close()
    end = time.monotonic() + 10
    while True:
        try:
            return void(listen(page, on=few))
        except InvalidStatus:
            assert time.monotonic() < end, "a place is free again"


def void(_: object) -> None:
    """Nothing."""


GARBAGE: list[str | bytes] = [
    "",
    "{",
    "null",
    "[]",
    '{"type": "revision"}',
    '{"type": "auth"}',
    '{"type": "auth", "token": 3}',
    '{"type": "ping", "more": 1}',
    "\x00",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    b"\xff\xfe",
    '{"type": "auth", "token": "nonsense"}',
    "[" * 10_000,
]


def test_garbage_is_answered_and_changes_nothing(
    served: Served, analyst: httpx.Client, listen: Listen
) -> None:
    page = served.page(analyst)
    line = listen(page)
    for one in GARBAGE:
        line.send(one)
        code = "unauthenticated" if isinstance(one, str) and "nonsense" in one else "not_understood"
        assert told(line, "notice")["code"] == code, one
    line.send('{"type": "ping"}')
    told(line, "pong")
    note(analyst, page)
    assert told(line, "revision")["number"] == 1


def test_too_much_and_too_large_end_the_connection(
    served: Served, analyst: httpx.Client, listen: Listen
) -> None:
    page = served.page(analyst)
    large = listen(page)
    large.send("x" * 30_000)
    assert closed(large)[0] == 1009
    flood = listen(page)
    for _ in range(60):
        flood.send('{"type": "ping"}')
    code, heard = closed(flood)
    assert (code, heard[-1]["code"]) == (4429, "rate_limited")
    assert told(listen(page), "hello")


def test_a_token_that_ends_ends_the_connection(
    served: Served, server_settings: Settings, analyst: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LEEWAY", timedelta(0))
    page = served.page(analyst)
    tokens = [forged(server_settings, exp=datetime.now(UTC) + timedelta(seconds=one)) for one in (2, 30)]
    with connect(address(served, page), additional_headers={"Authorization": f"Bearer {tokens[0]}"}) as line:
        assert told(line, "notice")["code"] == "expires_soon"
        code, heard = closed(line)
        assert (code, heard[-1]["code"]) == (hub.EXPIRED, "unauthenticated")
    with connect(address(served, page), additional_headers={"Authorization": f"Bearer {tokens[1]}"}) as line:
        line.send(
            json.dumps({"type": "auth", "token": served.oracle.issue_token(served.oracle.viewer("author"))})
        )
        assert told(line, "notice", code="unauthenticated")
        line.send(
            json.dumps({"type": "auth", "token": served.oracle.issue_token(served.oracle.viewer("analyst"))})
        )
        renewed = told(line, "notice", code="renewed")
        assert datetime.fromisoformat(renewed["expires_at"]) > datetime.now(UTC) + timedelta(hours=1)


def test_somebody_who_has_left_is_sent_away(
    served: Served, analyst: httpx.Client, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account is active when the connection is made, and not when it is looked at again."""
    page = served.page(analyst)
    share(analyst, page, {"viewers": ["advisor"]})
    line = listen(page, "advisor")
    told(line, "hello")
    user = served.oracle.viewer("advisor").attributes["user_id"]
    served.oracle._staff._known[user] = (False, time.monotonic() + 1_000)
    monkeypatch.setattr(hub, "CHECK_S", 0.1)
    try:
        code, heard = closed(line)
        assert (code, heard[-1]["code"]) == (hub.EXPIRED, "unauthenticated")
    finally:
        del served.oracle._staff._known[user]


def test_a_client_that_never_reads_slows_nobody(
    served: Served, analyst: httpx.Client, listen: Listen
) -> None:
    page = served.page(analyst)
    deaf = listen(page, sock=small_buffer(served), max_queue=1)
    told(deaf, "hello")
    reader = listen(page)
    for at in range(40):
        big_notes(analyst, page)
        assert told(reader, "revision")["number"] == at + 1
    last, resync = 0, None
    while last < 41:
        message = json.loads(deaf.recv(timeout=20))
        if message["type"] == "resync":
            resync, last = message, message["number"]
            note(analyst, page, "The last")
        elif message["type"] == "revision":
            assert message["number"] == last + 1, "no gap without a resync"
            last = message["number"]
    assert resync is not None
    assert resync["reason"] == "slow"


def big_notes(client: httpx.Client, page: str) -> None:
    """A revision of 190 KB."""
    operations = [{"op": "add_note", "text": "word " * 3_800} for _ in range(10)]
    removed = [
        {"op": "remove", "block_id": block["id"]}
        for block in (client.get(f"{PAGES}/{page}").json()["revision"] or {"blocks": []})["blocks"]
    ]
    body = {"operations": [*removed, *operations]}
    made = client.post(f"{PAGES}/{page}/edits", json=body, headers={"If-Match": "*"})
    assert made.status_code == 201, made.text


def small_buffer(served: Served) -> socket.socket:
    """A connected socket that takes few bytes before somebody reads."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, port = served.url.removeprefix("http://").split(":")
    line.connect((host, int(port)))
    return line


def test_five_hundred_read_one_page(served: Served, analyst: httpx.Client) -> None:
    page = served.page(analyst)
    token = served.oracle.issue_token(served.oracle.viewer("analyst"))
    headers = {"Authorization": f"Bearer {token}"}

    async def reader(few: asyncio.Semaphore, here: asyncio.Barrier) -> int:
        async with few:
            line = await connect_later(
                address(served, page), additional_headers=headers, compression=None, open_timeout=60
            )
        assert json.loads(await line.recv())["type"] == "hello"
        await here.wait()
        while (message := json.loads(await line.recv()))["type"] != "revision":
            pass
        line.transport.abort()
        return int(message["number"])

    async def crowd() -> list[int]:
        few, here = asyncio.Semaphore(20), asyncio.Barrier(501)
        readers = [asyncio.create_task(reader(few, here)) for _ in range(500)]
        await here.wait()
        await asyncio.to_thread(note, analyst, page)
        return await asyncio.gather(*readers)

    assert asyncio.run(crowd()) == [1] * 500


def test_a_client_that_is_stuck_is_given_up(
    served: Served, analyst: httpx.Client, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "STUCK_S", 0.5)
    page = served.page(analyst)
    before = live_clients(analyst)
    told(listen(page, sock=small_buffer(served), max_queue=1), "hello")
    assert live_clients(analyst) == before + 1
    end = time.monotonic() + 30
    while live_clients(analyst) > before:
        assert time.monotonic() < end
        big_notes(analyst, page)


def live_clients(client: httpx.Client) -> int:
    """How many connections the server counts."""
    text = client.get("/metrics").text
    (line,) = [one for one in text.splitlines() if one.startswith("oracle_live_clients ")]
    return int(float(line.split()[1]))


def test_a_written_page_of_another_process_is_seen_on_sqlite(
    served: Served, server_settings: Settings, analyst: httpx.Client, listen: Listen
) -> None:
    """Another process on the same file is not heard: the page is looked at every so often."""
    from oracle_kit import open_oracle

    page = served.page(analyst)
    line = listen(page)
    told(line, "hello")
    other = open_oracle(server_settings)
    other.pages.edit(page, [{"op": "add_note", "text": "Aside"}], viewer=other.viewer("analyst"))
    other.close()
    assert told(line, "revision")["number"] == 1
