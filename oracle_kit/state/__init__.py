"""State: what Oracle keeps (pages, runs, jobs, approvals) on SQLite or PostgreSQL."""

from __future__ import annotations

from oracle_kit.state.feed import Feed, Subscription
from oracle_kit.state.opened import State, open_state

__all__ = ["Feed", "State", "Subscription", "open_state"]
