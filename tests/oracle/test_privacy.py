"""No personal value of the warehouse leaves the process, whatever is asked and whoever asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from oracle_kit import Oracle, Settings, Viewer, open_oracle
from oracle_kit.errors import PromptRefused
from oracle_kit.evaluate.cases import load_cases

DEVSET = Path(__file__).parents[2] / "benchmarks" / "devset.jsonl"
EVERY = 24  # of the development set's prompts


@pytest.fixture(scope="module")
def opened(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    home = tmp_path_factory.mktemp("privacy")
    state = f"sqlite:///{home / 'state.sqlite'}"
    oracle = open_oracle(Settings(warehouse_url=velocity_duckdb, home=home, state_url=state))
    yield oracle
    oracle.close()


@pytest.fixture(scope="module")
def personal(opened: Oracle) -> tuple[str, ...]:
    """Every value of every field that a dataset marks as personal, as the table has it."""
    marked = {name for dataset in opened._parts.catalog.datasets.values() for name in dataset.restricted}
    assert marked == {"email", "phone"}
    table = sa.table("crm_people", sa.column("email"), sa.column("phone"))
    with opened._parts.warehouse.snapshot(opened._parts.clock()) as snapshot:
        rows = snapshot.execute(sa.select(table))
    values = tuple({str(value) for row in rows for value in row if value})
    assert len(values) > 500
    return values


def departures(oracle: Oracle, viewer: Viewer, prompts: list[str]) -> str:
    """All that a model would be sent of the prompts at the two levels, as one text."""
    found = []
    for prompt in prompts:
        for sees in ("schema", "aggregates"):
            shown = oracle.shown_to_models(prompt, viewer=viewer, sees=sees)  # type: ignore[arg-type]  # both are sights
            found.append(json.dumps(shown, ensure_ascii=False))
    return "\n".join(found)


@pytest.mark.parametrize("role", ["analyst", "advisor"])
def test_no_personal_value_is_in_any_request(opened: Oracle, personal: tuple[str, ...], role: str) -> None:
    viewer = opened.viewer(role)
    prompts = []
    for case in load_cases(DEVSET)[::EVERY]:
        try:
            opened.shown_to_models(case.prompt, viewer=viewer)
        except PromptRefused:
            continue
        prompts.append(case.prompt)
    assert len(prompts) > 10
    email, phone = (next(one for one in personal if ("@" in one) is wanted) for wanted in (True, False))
    prompts += [f"leads of {email}", f"who has the number {phone}", f"posh leads, {email} or {phone}"]
    sent = departures(opened, viewer, prompts)
    assert [value for value in personal if value in sent] == []


def test_a_person_named_in_a_prompt_leaves_as_a_placeholder(opened: Oracle) -> None:
    analyst = opened.viewer("analyst")
    listed = opened.ask("list leads in Mumbai", viewer=analyst).blocks[0]
    names = [column.name for column in listed.columns]
    name = str(listed.rows[0][names.index("person_name")])
    for sees in ("schema", "aggregates"):
        shown = opened.shown_to_models(f"posh leads of {name}", viewer=analyst, sees=sees)  # type: ignore[arg-type]  # both are sights
        text = json.dumps(shown, ensure_ascii=False)
        assert name not in text
        assert "[name " in text
    assert name in json.dumps(
        opened.shown_to_models(f"posh leads of {name}", viewer=analyst, sees="rows"), ensure_ascii=False
    )
