"""Rows of somebody else are denied with that reason, by name and by team; one's own are answered."""

from __future__ import annotations

import pytest

from oracle_kit import Oracle, Viewer


def other_names(oracle: Oracle, viewer: Viewer) -> tuple[str, str]:
    """The name and the team of an advisor in another team than the viewer's."""
    (block, *_) = oracle.ask("list of advisors", viewer=viewer).blocks
    found = [dict(zip([c.name for c in block.columns], row, strict=True)) for row in block.rows]
    own = viewer.attributes["team"]
    one = next(row for row in found if row["team"] != own)
    return str(one["advisor_name"]), str(one["team"])


@pytest.mark.parametrize("role", ["advisor", "manager"])
def test_rows_of_others_are_denied_and_not_shown_as_empty(oracle: Oracle, role: str) -> None:
    viewer = oracle.viewer(role)
    name, team = other_names(oracle, viewer)
    for prompt in (
        f"show leads of {name}",
        f"{name}'s overdue follow ups",
        f"open leads of {team} team",
        f"how many deals did {team} win",
    ):
        answer = oracle.ask(prompt, viewer=viewer)
        assert answer.status == "refused", prompt
        assert answer.refusals[0].code == "not_permitted", prompt
        assert "only" in answer.refusals[0].message
        assert all(not block.rows for block in answer.blocks if not block.suggestion)


def test_who_sees_all_rows_gets_them_by_name(oracle: Oracle) -> None:
    name, team = other_names(oracle, oracle.viewer("manager"))
    analyst = oracle.viewer("analyst")
    assert oracle.ask(f"show leads of {name}", viewer=analyst).status != "refused"
    assert oracle.ask(f"open leads of {team} team", viewer=analyst).status != "refused"


def test_a_manager_who_says_team_means_their_own(oracle: Oracle) -> None:
    manager = oracle.viewer("manager")
    said = oracle.ask("team pipeline value", viewer=manager).blocks[0]
    own = oracle.ask("my team's pipeline value", viewer=manager).blocks[0]
    assert said.rows == own.rows
    assert said.rows[0][0] is not None
