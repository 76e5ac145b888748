"""The operator's switch over the policy: a pinned provider, disabled ones, a model for a workload."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from oracle_kit.query import Value


class ModelChoice(Value):
    """The model that a workload is to use, and whose it is."""

    provider: str
    model: str


class Switch(Value):
    """What an operator set; the policy holds for the rest."""

    pin: str | None = None
    disabled: tuple[str, ...] = ()
    models: dict[str, ModelChoice] = Field(default_factory=dict)


class Switched(Value):
    """The switch in force, with who set it and when; nobody, where it was never touched."""

    switch: Switch = Switch()
    changed_by: str | None = None
    changed_at: datetime | None = None
    message: str = ""
    change: int = 0
