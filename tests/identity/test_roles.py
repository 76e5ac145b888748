"""One table says which role may do what."""

from __future__ import annotations

import pytest

from oracle_kit.errors import NotPermitted
from oracle_kit.identity.roles import ACTIONS, ROLES, may, require
from oracle_kit.model import Viewer

PROMPTING = {"analyst", "advisor", "manager", "author", "reviewer", "operator", "admin"}
ALLOWED = {
    "read_pages": {*PROMPTING, "viewer"},
    "prompt": PROMPTING,
    "edit_pages": PROMPTING,
    "fork": PROMPTING,
    "batch": PROMPTING,
    "review": {"reviewer", "admin"},
    "author_templates": {"author", "admin"},
    "publish_templates": {"reviewer", "admin"},
    "retire_templates": {"author", "reviewer", "admin"},
    "approve": {"reviewer", "admin"},
    "operate": {"operator", "admin"},
    "see_jobs_of_others": {"operator", "admin"},
    "administer": {"admin"},
}


def test_every_action_is_named_here() -> None:
    assert set(ACTIONS) == set(ALLOWED)


@pytest.mark.parametrize("action", ALLOWED)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_the_specification_says(role: str, action: str) -> None:
    viewer = Viewer(id="asha", roles=(role,))
    assert may(viewer, action) == (role in ALLOWED[action])
    if may(viewer, action):
        require(viewer, action)
    else:
        with pytest.raises(NotPermitted):
            require(viewer, action)


def test_roles_add_up() -> None:
    both = Viewer(id="asha", roles=("viewer", "operator"))
    assert may(both, "prompt")
    assert may(both, "operate")
    assert not may(both, "approve")


def test_nobody_without_a_role_may_anything() -> None:
    nobody = Viewer(id="asha", roles=())
    assert not any(may(nobody, action) for action in ACTIONS)
    with pytest.raises(NotPermitted, match="You may not read pages without a role"):
        require(nobody, "read_pages")


def test_an_unknown_role_gives_nothing() -> None:
    assert not any(may(Viewer(id="asha", roles=("root",)), action) for action in ACTIONS)


def test_the_refusal_says_what_and_who_may() -> None:
    with pytest.raises(NotPermitted) as caught:
        require(Viewer(id="asha", roles=("viewer",)), "approve")
    assert str(caught.value) == (
        "You may not approve or reject proposed writes with the role viewer. "
        "Ask an admin for one of these roles: reviewer, admin."
    )
    assert caught.value.details == {"action": "approve"}


def test_a_misspelt_action_is_a_mistake_of_the_code() -> None:
    with pytest.raises(ValueError, match="Did you mean approve"):
        may(Viewer(id="asha", roles=("admin",)), "aprove")
