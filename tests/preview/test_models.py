"""Models in a studio session: the choice beside the prompt box, what is said of their plans, the operator's switch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from oracle_kit import Oracle, Settings, open_oracle
from oracle_kit.llm.health import Health
from oracle_kit.llm.provider import Level
from oracle_kit.llm.switch import ModelChoice, Switch
from oracle_kit.preview.models_html import providers_html
from oracle_kit.testing import FakeModelServer, Play
from tests.llm.conftest import quick_policy
from tests.llm.planning import as_text
from tests.llm.test_planner import POSH, POSH_STEP
from tests.preview.conftest import Desk
from tests.preview.test_session import act

PLANNED = as_text(POSH_STEP, posh="luxury")


@pytest.fixture(scope="module")
def server() -> Iterator[FakeModelServer]:
    with FakeModelServer(models=("small", "large")) as one:
        yield one


@pytest.fixture(scope="module")
def opened(
    velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory, server: FakeModelServer
) -> Iterator[Oracle]:
    """An Oracle with one provider that answers and one that is not configured."""
    home: Path = tmp_path_factory.mktemp("models")
    policy = home / "policy.yaml"
    policy.write_text(yaml.safe_dump(quick_policy().model_dump(mode="json")), encoding="utf-8")
    state = f"sqlite:///{home / 'state.sqlite'}"
    settings = Settings(warehouse_url=velocity_duckdb, home=home, state_url=state, llm_policy=policy)
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("OLLAMA_HOST", server.address)
        environ.delenv("NEMOCLAW_API_URL", raising=False)
        oracle = open_oracle(settings)
    yield oracle
    oracle.close()


@pytest.fixture
def ollama(server: FakeModelServer) -> Iterator[FakeModelServer]:
    """The server, which is as it was again afterwards."""
    models = dict(server.models)
    yield server
    server.models, server.always = models, Play()
    server.asked.clear()


@pytest.fixture
def oracle(opened: Oracle, ollama: FakeModelServer) -> Iterator[Oracle]:
    """The Oracle; switch and what is known of the server are as they were again afterwards."""
    yield opened
    operator = opened.viewer("operator")
    opened.models.put_switch(Switch(), viewer=operator)
    ollama.models = {
        name: {"size": 1_000_000, "family": "llama", "loaded": True} for name in ("small", "large")
    }
    opened.models.probe("ollama", viewer=operator)


Opens = Callable[..., Desk]


@pytest.fixture
def opens(oracle: Oracle) -> Opens:
    def start(who: str = "analyst", **asked: str) -> Desk:
        one = Desk(oracle, who)
        one.studio.asked = lambda name: asked.get(name, "")  # type: ignore[method-assign]  # there is no address here
        one.run(one.studio.open)
        return one

    return start


def test_models_to_choose_from_stand_beside_the_box(opens: Opens) -> None:
    shown = opens().shown
    assert "The codebook first, then a model, as routed" in shown
    assert "ollama · online" in shown
    assert ">large</button>" in shown
    assert "nemoclaw" not in shown


def test_chosen_model_is_asked_and_the_answer_says_who_planned_it(
    opens: Opens, ollama: FakeModelServer
) -> None:
    ollama.always = Play(text=PLANNED)
    one = opens()
    one.tell(act("choose", provider="ollama", model="large"))
    assert "then ollama, large" in one.shown
    one.tell(act("ask", text=POSH))
    assert "A language model read this question: ollama, large" in one.text
    assert "planned by a local model" in one.shown
    assert {asked["model"] for asked in ollama.asked} == {"large"}


def test_private_prompt_says_so(opens: Opens) -> None:
    one = opens()
    one.tell(act("choose", private=True))
    assert "local models only" in one.shown


def test_model_that_fails_is_told_with_why(opens: Opens, ollama: FakeModelServer) -> None:
    ollama.always = Play(kind="status", status=500, body="out of order")
    one = opens()
    one.tell(act("ask", text=POSH))
    assert "Who was asked before, and why not" in one.shown
    assert "Traceback" not in one.shown
    assert "A language model read this question" not in one.shown


def test_operator_sees_the_providers_and_sets_the_switch(opens: Opens, oracle: Oracle) -> None:
    one, viewer = opens("operator", view="operations"), oracle.viewer("operator")
    assert "unconfigured" in one.shown
    assert "local, sees" in one.shown
    one.tell(act("route", do="disable", provider="ollama"))
    assert "The switch is set" in one.shown
    assert oracle.models.routing(viewer=viewer).switch == Switch(disabled=("ollama",))
    one.tell(act("route", do="enable", provider="ollama"))
    one.tell(act("route", do="pin", provider="ollama"))
    one.tell(act("model_for", workload="planning", text="ollama/large"))
    choice = ModelChoice(provider="ollama", model="large")
    assert oracle.models.routing(viewer=viewer).switch == Switch(pin="ollama", models={"planning": choice})
    assert "planning: ollama, large" in one.shown
    one.tell(act("model_for", workload="planning", text=""))
    one.tell(act("route", do="unpin"))
    assert oracle.models.routing(viewer=viewer).switch == Switch()
    one.tell(act("route", do="pin", provider="ollama"))
    one.tell(act("route", do="reset"))
    assert oracle.models.routing(viewer=viewer).switch == Switch()


def test_operator_looks_at_a_provider(opens: Opens, ollama: FakeModelServer) -> None:
    one = opens("operator", view="operations")
    ollama.models = {}
    one.tell(act("look_at", provider="ollama"))
    assert "ollama: model missing." in one.shown
    one.tell(act("look_at", provider="nobody"))
    assert "There is no provider" in one.shown


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ({"workload": "planning", "text": "large"}, "does not name a provider and a model"),
        ({"workload": "cooking", "text": "ollama/large"}, "There is no workload"),
        ({"workload": "planning", "text": "nobody/large"}, "There is no provider"),
    ],
)
def test_what_cannot_be_routed_is_told(
    opens: Opens, oracle: Oracle, message: dict[str, Any], told: str
) -> None:
    one = opens("operator", view="operations")
    one.tell(act("model_for", **message))
    assert told in one.shown
    assert oracle.models.routing(viewer=oracle.viewer("operator")).switch == Switch()


def test_switch_that_another_operator_set_meanwhile_is_not_overwritten(opens: Opens, oracle: Oracle) -> None:
    one, viewer = opens("operator", view="operations"), oracle.viewer("operator")
    theirs = Switch(disabled=("nemoclaw",))
    oracle.models.put_switch(theirs, viewer=viewer, message="invoice dispute")
    one.tell(act("route", do="disable", provider="ollama"))
    assert oracle.models.routing(viewer=viewer).switch == theirs
    assert "s-failed" in one.shown
    assert "invoice dispute" in one.shown


def test_analyst_sees_levels_but_no_switch(opens: Opens, ollama: FakeModelServer) -> None:
    one = opens("analyst", view="operations")
    assert "online" in one.shown
    assert "Switch off" not in one.shown
    assert ollama.address not in one.shown
    one.tell(act("route", do="disable", provider="ollama"))
    assert "You may not change the routing" in one.shown


@pytest.mark.parametrize("level", get_args(Level))
def test_each_level_says_what_it_is(level: Any) -> None:
    made = providers_html([Health(id="ollama", status=level, model="small")], Switch(), operating=True)
    assert level.replace("_", " ") in made
