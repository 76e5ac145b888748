"""Which role may do what: one table, which a notebook, the studio, a batch and a route all obey."""

from __future__ import annotations

from dataclasses import dataclass

from oracle_kit.errors import NotPermitted, did_you_mean
from oracle_kit.model import Viewer

ROLES = ("viewer", "analyst", "advisor", "manager", "author", "reviewer", "operator", "admin")
_PROMPTING = ROLES[1:]


@dataclass(frozen=True)
class Rule:
    """What an action is, after "may not", and the roles that may."""

    means: str
    roles: tuple[str, ...]


ACTIONS = {
    "read_pages": Rule("read pages", ROLES),
    "prompt": Rule("ask prompts", _PROMPTING),
    "edit_pages": Rule("edit pages", _PROMPTING),
    "fork": Rule("fork pages", _PROMPTING),
    "review": Rule("review the merge requests of others' pages", ("reviewer", "admin")),
    "author_templates": Rule("propose templates", ("author", "admin")),
    "publish_templates": Rule("publish templates", ("reviewer", "admin")),
    "retire_templates": Rule("retire templates", ("author", "reviewer", "admin")),
    "approve": Rule("approve or reject proposed writes", ("reviewer", "admin")),
    "operate": Rule("change the routing or probe providers", ("operator", "admin")),
    "batch": Rule("submit batches", _PROMPTING),
    "see_jobs_of_others": Rule("see the jobs of others", ("operator", "admin")),
    "administer": Rule("administer the workbench", ("admin",)),
}


def may(viewer: Viewer, action: str) -> bool:
    """Whether one of the viewer's roles allows the action; ValueError for an action that is not in the table."""
    return not set(_rule(action).roles).isdisjoint(viewer.roles)


def require(viewer: Viewer, action: str) -> None:
    """Returns when the viewer may; NotPermitted says what they may not, and which roles may."""
    if may(viewer, action):
        return
    rule = _rule(action)
    held = f"with the role {' and '.join(viewer.roles)}" if viewer.roles else "without a role"
    raise NotPermitted(
        f"You may not {rule.means} {held}.",
        hint=f"Ask an admin for one of these roles: {', '.join(rule.roles)}.",
        action=action,
    )


def _rule(action: str) -> Rule:
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is no action. {did_you_mean(action, ACTIONS)}")
    return ACTIONS[action]
