"""Publishing a template: checked as files are, decided by a reviewer, live at once and at the next start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from oracle_kit import ContentError, NotPermitted, Oracle, Settings, open_oracle

TEXT = """
title: Zebra board
asks: [zebra board of leads, the zebra view]
dataset: crm.leads
shape: breakdown
blocks:
  - kind: bar_chart
    title: Leads by stage
    query: {measures: [lead_count], dimensions: [stage]}
"""


@pytest.fixture(scope="module")
def settings(velocity_duckdb: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(warehouse_url=velocity_duckdb, home=tmp_path_factory.mktemp("templates"))


@pytest.fixture(scope="module")
def oracle(settings: Settings) -> Iterator[Oracle]:
    opened = open_oracle(settings)
    yield opened
    opened.close()


def template_id(oracle: Oracle) -> str:
    """An id in a subchapter that the codebook has."""
    home = next(iter(oracle._parts.knowledge.current().codebook.subchapters))
    return f"{home}.zebra_board"


def test_a_published_template_is_live_here_and_at_the_next_start(oracle: Oracle, settings: Settings) -> None:
    author, reviewer, analyst = (oracle.viewer(one) for one in ("author", "reviewer", "analyst"))
    identity = template_id(oracle)
    approval = oracle.approvals.propose_template(identity, TEXT, viewer=author, reason="asked for on Monday")
    assert approval.after[0]["row"]["asks"] == ["zebra board of leads", "the zebra view"]
    assert identity not in {one.id for one in oracle.templates.search(viewer=analyst)}
    with pytest.raises(NotPermitted):
        oracle.approvals.review(
            approval.approval_id,
            "approve",
            viewer=oracle.viewer("operator").model_copy(update={"id": "author", "roles": ("reviewer",)}),
        )
    assert oracle.approvals.review(approval.approval_id, "approve", viewer=reviewer).status == "applied"
    assert oracle.templates.read(identity, viewer=analyst).title == "Zebra board"
    again = open_oracle(settings)
    assert again.templates.read(identity, viewer=analyst).title == "Zebra board"
    again.close()


def test_of_two_versions_proposed_at_once_the_second_is_stale(oracle: Oracle) -> None:
    author, reviewer = oracle.viewer("author"), oracle.viewer("reviewer")
    identity = template_id(oracle)
    texts = [TEXT.replace("Zebra board\n", f"Zebra {n}\n") for n in (1, 2)]
    first, second = (oracle.approvals.propose_template(identity, text, viewer=author) for text in texts)
    assert oracle.approvals.review(first.approval_id, "approve", viewer=reviewer).status == "applied"
    assert oracle.approvals.review(second.approval_id, "approve", viewer=reviewer).status == "stale"
    assert oracle.templates.read(identity, viewer=reviewer).title == "Zebra 1"


def test_what_is_no_template_is_named_and_not_proposed(oracle: Oracle) -> None:
    author = oracle.viewer("author")
    with pytest.raises(ContentError, match="stagee"):
        oracle.approvals.propose_template(
            template_id(oracle), TEXT.replace("[stage]", "[stagee]"), viewer=author
        )
    with pytest.raises(NotPermitted):
        oracle.approvals.propose_template(template_id(oracle), TEXT, viewer=oracle.viewer("analyst"))
