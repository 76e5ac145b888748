"""Chats: who may, what is recorded, what left the process, and how a stream is followed and dropped."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from oracle_kit.errors import NoProvider, NotPermitted, ProviderFailed, QueryRefused
from oracle_kit.llm.chat import ChatAsked, chat
from oracle_kit.llm.provider import Message
from oracle_kit.llm.router import ModelRouter
from oracle_kit.model import Viewer
from oracle_kit.state import State
from oracle_kit.state.audit import audit_trail
from oracle_kit.state.tables import runs
from oracle_kit.testing import FakeModelServer, Play
from tests.llm.conftest import MakeRouter

ANALYST = Viewer(id="ana", roles=("analyst",))
READER = Viewer(id="vi", roles=("viewer",))


def asked(**more: object) -> ChatAsked:
    return ChatAsked.model_validate({"messages": [{"role": "user", "content": "What is a funnel?"}], **more})


def all_runs(state: State) -> list[dict[str, object]]:
    with state.read() as connection:
        return [
            dict(row) for row in connection.execute(sa.select(runs).order_by(runs.c.started_at)).mappings()
        ]


def test_a_chat_answers_and_leaves_one_run(
    router: ModelRouter, state: State, ollama: FakeModelServer
) -> None:
    reply = chat(router, ANALYST, asked(system_prompt="Be brief.", temperature=0.1))
    assert reply.message == Message(role="assistant", content="Here is an answer.")
    assert (reply.provider, reply.model, reply.attempts) == ("ollama", "small", 1)
    assert reply.usage.completion_tokens == 3
    assert ollama.asked[0]["messages"][0] == {"role": "system", "content": "Be brief."}
    (run,) = all_runs(state)
    assert (run["run_id"], run["kind"], run["status"]) == (reply.run_id, "chat", "succeeded")
    assert (run["provider"], run["model"], run["requested_by"]) == ("ollama", "small", "ana")
    assert run["failure_reason"] is None


def test_what_left_the_process_is_logged_without_its_text(router: ModelRouter, state: State) -> None:
    chat(router, ANALYST, asked())
    (entry,) = audit_trail(state, who="ana")
    assert (entry.action, entry.subject) == ("llm.sent", "ollama/small")
    assert entry.detail["sees"] == "typed"
    assert entry.detail["local"] is True
    assert entry.detail["host"] == "127.0.0.1"
    assert entry.detail["bytes"] > 10
    assert "funnel" not in json.dumps(entry.detail)


def test_each_provider_that_was_sent_something_is_logged(
    router: ModelRouter, state: State, ollama: FakeModelServer
) -> None:
    ollama.always = Play(kind="status", status=400)
    chat(router, ANALYST, asked())
    assert [entry.subject for entry in audit_trail(state, who="ana")] == ["nemoclaw/small", "ollama/small"]


def test_texts_are_kept_only_when_that_is_set(
    make_router: MakeRouter, ollama: FakeModelServer, state: State
) -> None:
    chat(make_router(ollama.address, None, keep_texts=True), ANALYST, asked())
    assert audit_trail(state)[0].detail["messages"] == [{"role": "user", "content": "What is a funnel?"}]


def test_secrets_are_nowhere(
    router: ModelRouter,
    state: State,
    nemoclaw: FakeModelServer,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    reply = chat(router, ANALYST, asked(provider="nemoclaw"))
    nemoclaw.key = "another"
    with pytest.raises(NoProvider) as caught:
        chat(router, ANALYST, asked(provider="nemoclaw"))
    shown = f"{reply} {caught.value} {caught.value.details} {router.providers()} {caplog.text}"
    assert "key-of-nemoclaw" not in shown
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("state.sqlite*"))
    assert b"llm.sent" in kept
    assert b"key-of-nemoclaw" not in kept


def test_a_failed_chat_is_a_failed_run_with_its_reason(
    router: ModelRouter, state: State, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    ollama.always = nemoclaw.always = Play(kind="status", status=400)
    with pytest.raises(NoProvider):
        chat(router, ANALYST, asked())
    (run,) = all_runs(state)
    assert run["status"] == "failed"
    assert "does not take the request" in str(run["failure_reason"])


def test_private_goes_to_local_providers_alone(
    router: ModelRouter, state: State, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    ollama.always = Play(kind="status", status=400)
    with pytest.raises(NoProvider, match="not local"):
        chat(router, ANALYST, asked(private=True))
    assert nemoclaw.asked == []


def test_a_viewer_may_not_chat(router: ModelRouter, state: State, ollama: FakeModelServer) -> None:
    with pytest.raises(NotPermitted):
        chat(router, READER, asked())
    assert ollama.asked == []


def test_a_schema_is_asked_for_and_held(router: ModelRouter, state: State) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    assert chat(router, ANALYST, asked(response_format=schema)).parsed == {"n": 1}
    assert isinstance(chat(router, ANALYST, asked(response_format="json")).parsed, dict)


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "nonsense"}, "not a JSON schema"),
        ({"type": "string", "pattern": "(a+)+$"}, "no pattern"),
        ({"properties": {"a": {"patternProperties": {"(a+)+$": {}}}}}, "no pattern"),
    ],
)
def test_a_schema_that_answers_cannot_be_checked_against_is_refused(
    router: ModelRouter, state: State, schema: dict[str, object], says: str
) -> None:
    with pytest.raises(QueryRefused, match=says):
        chat(router, ANALYST, asked(response_format=schema))


def test_a_schema_fetches_nothing(router: ModelRouter, state: State, nemoclaw: FakeModelServer) -> None:
    schema = {"$ref": f"{nemoclaw.address}/schema.json"}
    with pytest.raises(NoProvider, match="cannot be followed"):
        chat(router, ANALYST, asked(response_format=schema))
    assert "/schema.json" not in nemoclaw.paths


def test_the_pieces_of_a_stream(router: ModelRouter, state: State, ollama: FakeModelServer) -> None:
    pieces: list[str] = []
    waits: list[str] = []
    reply = chat(router, ANALYST, asked(), on_text=pieces.append, tell=waits.append)
    assert "".join(pieces) == reply.message.content == "Here is an answer."
    assert len(pieces) > 1
    assert waits == ["waiting for ollama (small)"]


def test_a_reader_that_goes_away_cancels_the_call(
    router: ModelRouter, state: State, ollama: FakeModelServer
) -> None:
    ollama.always = Play(kind="stall")
    cancel = threading.Event()
    with pytest.raises(ProviderFailed) as caught:
        chat(router, ANALYST, asked(), cancel=cancel, on_text=lambda _: cancel.set())
    assert caught.value.reason == "cancelled"
    assert ollama.cancelled.wait(2)
    assert all_runs(state)[0]["status"] == "cancelled"


def test_once_a_piece_is_out_nobody_else_answers(
    router: ModelRouter, state: State, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    ollama.always = Play(kind="cut", text="a long answer")
    pieces: list[str] = []
    with pytest.raises(ProviderFailed) as caught:
        chat(router, ANALYST, asked(), on_text=pieces.append)
    assert (caught.value.reason, nemoclaw.asked) == ("cut", [])
    assert pieces
