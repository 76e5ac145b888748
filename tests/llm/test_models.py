"""`oracle.models`: what each role sees and may do, whoever calls it."""

from __future__ import annotations

import pytest

from oracle_kit.errors import NoProvider, NotFound, NotPermitted, ProviderFailed, StaleRevision
from oracle_kit.llm.chat import ChatAsked
from oracle_kit.llm.lane import CallEnded
from oracle_kit.llm.provider import Message
from oracle_kit.llm.router import ModelRouter
from oracle_kit.llm.switch import ModelChoice, Switch
from oracle_kit.model import Viewer
from oracle_kit.testing import FakeModelServer, Play
from oracle_kit.usecases.models import Models
from tests.llm.conftest import MakeRouter

VIEWER, ANALYST, OPERATOR = (Viewer(id=role, roles=(role,)) for role in ("viewer", "analyst", "operator"))
ASKED = ChatAsked(messages=(Message(role="user", content="hi"),))


@pytest.fixture
def models(router: ModelRouter) -> Models:
    return Models(router)


def test_who_may_only_read_pages_sees_nothing_of_models(models: Models) -> None:
    for call in (
        lambda: models.providers(viewer=VIEWER),
        lambda: models.provider("ollama", viewer=VIEWER),
        lambda: models.routing(viewer=VIEWER),
        lambda: models.chat(ASKED, viewer=VIEWER),
    ):
        with pytest.raises(NotPermitted):
            call()


def test_an_analyst_sees_how_providers_stand_and_an_operator_why(
    models: Models, ollama: FakeModelServer, nemoclaw: FakeModelServer
) -> None:
    nemoclaw.key = "another"
    shown = {one.id: one for one in models.providers(viewer=ANALYST)}
    assert (shown["ollama"].status, shown["nemoclaw"].status) == ("online", "unauthorized")
    assert [one.name for one in shown["ollama"].models] == ["small"]
    assert not any(one.address or one.reason for one in shown.values())
    known = models.provider("nemoclaw", viewer=OPERATOR)
    assert nemoclaw.address in known.address
    assert "does not accept the key" in known.reason
    ollama.always = Play(kind="status", status=400)
    with pytest.raises(NoProvider):
        models.chat(ASKED.model_copy(update={"provider": "ollama"}), viewer=ANALYST)
    assert models.provider("ollama", viewer=ANALYST).traffic.last_failure is None
    assert models.provider("ollama", viewer=OPERATOR).traffic.last_failure is not None


def test_only_an_operator_probes_and_switches(models: Models) -> None:
    with pytest.raises(NotPermitted, match="probe providers"):
        models.probe("ollama", viewer=ANALYST)
    with pytest.raises(NotPermitted):
        models.put_switch(Switch(pin="ollama"), viewer=ANALYST)
    assert models.probe("ollama", viewer=OPERATOR).checked_at is not None
    with pytest.raises(NotFound, match="olama"):
        models.probe("olama", viewer=OPERATOR)


def test_a_cold_model_is_woken_only_when_asked(models: Models, ollama: FakeModelServer) -> None:
    ollama.models["small"]["loaded"] = False
    assert models.probe("ollama", viewer=OPERATOR).status == "model_cold"
    assert ollama.asked == []
    assert models.probe("ollama", viewer=OPERATOR, wake=True).status == "online"


def test_a_look_is_taken_again_once_it_is_old(
    models: Models, router: ModelRouter, monkeypatch: pytest.MonkeyPatch, ollama: FakeModelServer
) -> None:
    models.providers(viewer=OPERATOR)
    looks = len(ollama.paths)
    models.providers(viewer=OPERATOR)
    assert len(ollama.paths) == looks
    monkeypatch.setattr("oracle_kit.llm.router.LOOK_HOLDS_S", 0.0)
    models.providers(viewer=OPERATOR)
    assert len(ollama.paths) > looks


def test_the_routing_says_who_set_the_switch(models: Models) -> None:
    before = models.routing(viewer=ANALYST)
    assert (before.change, before.changed_by, before.switch) == (0, None, Switch())
    assert before.policy.order("planning", "large") == ("nemoclaw", "ollama")
    choice = ModelChoice(provider="ollama", model="tiny")
    put = models.put_switch(
        Switch(disabled=("nemoclaw",), models={"planning": choice}), viewer=OPERATOR, message="maintenance"
    )
    assert models.routing(viewer=ANALYST) == put
    assert (put.changed_by, put.message, put.switch.disabled) == ("operator", "maintenance", ("nemoclaw",))
    with pytest.raises(StaleRevision):
        models.put_switch(Switch(), viewer=OPERATOR, unchanged_since=0)
    with pytest.raises(NotFound, match="cooking"):
        models.put_switch(Switch(models={"cooking": choice}), viewer=OPERATOR)


def test_modes_are_those_that_would_answer_now(models: Models, router: ModelRouter) -> None:
    assert models.modes() == ("ollama_local", "nemoclaw_hosted")
    models.put_switch(Switch(disabled=("ollama",)), viewer=OPERATOR)
    assert models.modes() == ("nemoclaw_hosted",)
    models.put_switch(Switch(), viewer=OPERATOR)
    for _ in range(3):
        router.lanes["nemoclaw"].circuit.failed()
    assert models.modes() == ("ollama_local",)


def test_with_no_provider_configured_all_is_said_and_nothing_asked(make_router: MakeRouter) -> None:
    models = Models(make_router(None, None))
    assert {one.status for one in models.providers(viewer=ANALYST)} == {"unconfigured"}
    assert models.modes() == ()
    with pytest.raises(NoProvider, match="not configured"):
        models.chat(ASKED, viewer=ANALYST)
    with pytest.raises(NoProvider, match="not configured"):
        models.probe("ollama", viewer=OPERATOR)
    assert Models(None).standing() == Models(None).modes() == ()
    with pytest.raises(NoProvider, match="without a model router"):
        Models(None).providers(viewer=ANALYST)


def test_each_call_is_told_as_it_ends(models: Models, ollama: FakeModelServer) -> None:
    told: list[CallEnded] = []
    unwatch = models.watch(told.append)
    models.chat(ASKED, viewer=ANALYST)
    ollama.play(Play(kind="cut"))
    only = ASKED.model_copy(update={"provider": "ollama", "private": True})
    models.chat(only, viewer=ANALYST)  # asked again after the cut
    assert [(one.provider, one.outcome) for one in told] == [
        ("ollama", "answered"),
        ("ollama", "cut"),
        ("ollama", "answered"),
    ]
    assert told[0].latency_ms > 0
    unwatch()
    models.chat(ASKED, viewer=ANALYST)
    assert len(told) == 3


def test_pieces_and_what_is_waited_for_are_told(models: Models, ollama: FakeModelServer) -> None:
    pieces: list[str] = []
    waits: list[str] = []
    reply = models.chat(ASKED, viewer=ANALYST, on_text=pieces.append, tell=waits.append)
    assert "".join(pieces) == reply.message.content
    assert waits == ["waiting for ollama (small)"]
    ollama.play(Play(kind="break"))
    with pytest.raises(ProviderFailed):
        models.chat(ASKED, viewer=ANALYST, on_text=pieces.append)


def test_standing_looks_at_nobody(models: Models, ollama: FakeModelServer) -> None:
    assert {one.id for one in models.standing()} == {"ollama", "nemoclaw"}
    assert ollama.paths == []
