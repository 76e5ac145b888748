"""Journeys through history, merge requests and models in a browser, on a desk and a phone; axe looks at each view."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import expect

from canvas_server import create_app
from oracle_kit import Oracle, Settings, open_oracle
from oracle_kit.llm.switch import Switch
from oracle_kit.testing import FakeModelServer, Play
from tests.browser.conftest import DESK, PHONE, Opens
from tests.browser.test_studio import faults_by_axe
from tests.llm.conftest import quick_policy
from tests.llm.planning import as_text
from tests.llm.test_planner import POSH, POSH_STEP
from tests.server.served import MANY, Served, serving

pytestmark = pytest.mark.browser


def page_of(oracle: Oracle, who: str = "analyst") -> str:
    """A page of two answers that everyone reads."""
    viewer = oracle.viewer(who)
    page = str(oracle.ask("units by city", viewer=viewer).page_id)
    oracle.ask("leads by source", viewer=viewer, page=page)
    oracle.pages.change(page, viewer=viewer, visibility="everyone")
    return page


def retitle(oracle: Oracle, page: str, who: str, title: str) -> None:
    viewer = oracle.viewer(who)
    block = oracle.pages.revision(page, viewer=viewer).blocks[0]
    oracle.pages.edit(page, [{"op": "retitle", "block_id": block.id, "title": title}], viewer=viewer)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_history_is_compared_and_an_older_state_brought_back(
    window: Opens, oracle: Oracle, size: Any
) -> None:
    page_id = page_of(oracle)
    retitle(oracle, page_id, "analyst", "Renamed by mistake")
    page = window("analyst", f"?page={page_id}", size=size).page
    page.get_by_role("button", name="History").click()
    page.get_by_role("button", name="What changed").first.click()
    page.get_by_text("What revision 3 changed").wait_for()
    assert faults_by_axe(page) == []
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Close").wait_for(state="detached")
    page.get_by_role("button", name="History").click()
    page.get_by_role("button", name="Bring it back").first.click()
    page.get_by_text("nothing was lost").wait_for()
    page.locator("article", has_text="Renamed by mistake").wait_for(state="detached")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_fork_is_merged_once_its_conflict_is_settled(window: Opens, oracle: Oracle, size: Any) -> None:
    page_id = page_of(oracle)
    author = window("author", f"?page={page_id}", size=size).page
    author.get_by_role("button", name="Fork").click()
    author.get_by_text("This is your own copy").wait_for()
    expect(author).not_to_have_url(f"?page={page_id}")
    fork = author.url.rpartition("page=")[2]
    retitle(oracle, fork, "author", "From the fork")
    retitle(oracle, page_id, "analyst", "From the page")
    oracle.pages.change(fork, viewer=oracle.viewer("author"), visibility="everyone")
    author.locator("article", has_text="From the fork").wait_for()
    author.get_by_role("button", name="Merge requests").click()
    author.get_by_role("button", name="Ask for the merge").click()
    author.get_by_text("The merge is asked for.").wait_for()
    owner = window("analyst", size=size).page
    owner.get_by_role("link", name="1 conflict").first.click()
    owner.get_by_text("1 to settle before this can be merged.").wait_for()
    assert faults_by_axe(owner) == []
    owner.get_by_label("What you say of it").fill("Yours is better")
    owner.get_by_role("button", name="Take over").click()
    owner.get_by_text("What you settled goes with what you say or decide.").wait_for()
    expect(owner.get_by_label("What you say of it")).to_have_value("Yours is better")
    owner.get_by_role("button", name="Approve and merge").click()
    owner.get_by_text("It is merged.").wait_for()
    owner.locator("article h2", has_text="From the fork").wait_for()
    owner.get_by_text("Yours is better").wait_for()


@pytest.fixture(scope="module")
def models(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose prompts a local model may plan."""
    home: Path = tmp_path_factory.mktemp("models")
    policy = home / "policy.yaml"
    calm = {"connect": 2.0, "first_token": 8.0, "total": 20.0, "load": 8.0, "look": 5.0}
    policy.write_text(yaml.safe_dump({**quick_policy().model_dump(mode="json"), "deadlines": calm}))
    state = f"sqlite:///{home / 'state.sqlite'}"
    settings = Settings(
        warehouse_url=velocity_duckdb,
        home=home,
        state_url=state,
        llm_policy=policy,
        **MANY,  # type: ignore[arg-type]
    )
    with FakeModelServer(models=("small", "large")) as server, pytest.MonkeyPatch.context() as environ:
        server.always = Play(text=as_text(POSH_STEP, posh="luxury"))
        environ.setenv("OLLAMA_HOST", server.address)
        environ.delenv("NEMOCLAW_API_URL", raising=False)
        oracle = open_oracle(settings)
        with serving(create_app(oracle, settings), oracle) as one:
            yield one
        oracle.close()


def signed_in(window: Opens, models: Served, who: str, query: str = "", **more: Any) -> Any:
    """The studio of that server as a viewer."""
    return window(
        who, query, url=models.url, token=models.oracle.issue_token(models.oracle.viewer(who)), **more
    ).page


def test_model_is_chosen_and_the_page_says_who_planned_it(window: Opens, models: Served) -> None:
    page = signed_in(window, models, "analyst")
    page.locator("summary", has_text="The codebook first").click()
    page.get_by_role("button", name="large").click()
    page.locator("summary", has_text="then ollama, large").wait_for()
    page.locator("textarea.s-prompt").fill(POSH)
    page.keyboard.press("Enter")
    page.get_by_label("Planned by a model").wait_for()
    expect(page.get_by_label("Planned by a model")).to_contain_text("ollama, large")
    page.locator("article footer", has_text="planned by a local model (large)").wait_for()
    assert faults_by_axe(page) == []


@pytest.mark.parametrize(
    ("theme", "size"), [("light", DESK), ("dark", PHONE)], ids=["light desk", "dark phone"]
)
def test_operator_switches_a_provider_off_and_on_and_chooses_a_model(
    window: Opens, models: Served, theme: str, size: Any
) -> None:
    oracle = models.oracle
    operator = oracle.viewer("operator")
    page = signed_in(window, models, "operator", "?view=operations", theme=theme, size=size)
    providers = (
        page.get_by_role("list", name="Model providers").locator("li.s-entry, li").filter(has_text="ollama")
    )
    providers.get_by_role("button", name="Switch off").click()
    page.get_by_text("ollama is switched off").wait_for()
    assert oracle.models.routing(viewer=operator).switch == Switch(disabled=("ollama",))
    page.get_by_role("button", name="Switch on").click()
    page.get_by_text("the policy holds").first.wait_for()
    planning = page.get_by_role("list", name="Who is asked, by workload").locator("li").first
    planning.get_by_label("Model, as provider/model").fill("ollama/large")
    planning.get_by_role("button", name="Use it").click()
    page.get_by_text("planning: ollama, large").wait_for()
    assert faults_by_axe(page) == []
    page.get_by_role("button", name="Take the whole switch away").click()
    page.get_by_text("planning: ollama, large").wait_for(state="detached")
    assert oracle.models.routing(viewer=operator).switch == Switch()
