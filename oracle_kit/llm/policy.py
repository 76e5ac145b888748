"""The routing policy: a settings file read into one value, and the order it gives for one request."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from oracle_kit.errors import ContentError
from oracle_kit.llm.provider import is_remote
from oracle_kit.llm.switch import Switch
from oracle_kit.query import Value

Workload = Literal["planning", "batch", "chat", "summary"]
Size = Literal["small", "medium", "large"]
Sight = Literal["schema", "aggregates", "rows"]
SIGHTS: tuple[Sight, ...] = ("schema", "aggregates", "rows")


class Bound(Value):
    """From which number of steps, or above how many tokens, a request has a size."""

    steps: int = Field(ge=1)
    tokens: int = Field(ge=1)


class Sizes(Value):
    """The bounds of medium and large."""

    large: Bound
    medium: Bound


class Route(Value):
    """One line of the table: which providers, in which order."""

    workload: Workload
    size: Size | None = None
    order: tuple[str, ...] = Field(min_length=1)


class ProviderPolicy(Value):
    """What holds for one provider."""

    model: str
    local: bool
    sees: Sight
    summaries: bool = False
    in_flight: int = Field(default=4, ge=1)
    waiting: int = Field(default=64, ge=0)
    num_ctx: int | None = Field(default=None, ge=256)
    aliases: dict[str, str] = Field(default_factory=dict)


class Deadlines(Value):
    """Seconds."""

    connect: float = Field(gt=0)
    first_token: float = Field(gt=0)
    total: float = Field(gt=0)
    load: float = Field(gt=0)
    look: float = Field(gt=0)


class CircuitPolicy(Value):
    """After how many failures in a row a provider rests, and for how long (seconds, doubled up to a most)."""

    failures: int = Field(ge=1)
    open: float = Field(gt=0)
    most_open: float = Field(gt=0)


class DegradedPolicy(Value):
    """From which error rate (of at least so many calls) or p95 latency a provider counts as degraded."""

    error_rate: float = Field(gt=0, le=1)
    calls: int = Field(ge=1)
    p95_ms: float = Field(gt=0)


class Policy(Value):
    """The whole settings file."""

    sizes: Sizes
    routes: tuple[Route, ...]
    providers: dict[str, ProviderPolicy]
    one_at_a_time: tuple[str, ...] = ()
    deadlines: Deadlines
    circuit: CircuitPolicy
    window: float = Field(gt=0)
    degraded: DegradedPolicy
    keep_texts: bool = False

    def size(self, steps: int, tokens: int) -> Size:
        """The size of a request."""
        if steps >= self.sizes.large.steps or tokens > self.sizes.large.tokens:
            return "large"
        medium = steps >= self.sizes.medium.steps or tokens > self.sizes.medium.tokens
        return "medium" if medium else "small"

    def order(self, workload: Workload, size: Size) -> tuple[str, ...]:
        """The providers of the first line that fits; none when no line does."""
        fitting = (r.order for r in self.routes if r.workload == workload and r.size in (None, size))
        return next(fitting, ())


class Wanted(Value):
    """What a caller asks of routing."""

    workload: Workload
    steps: int = 1
    private: bool = False
    provider: str | None = None
    model: str | None = None


class Rung(Value):
    """One provider to ask, and with which model."""

    provider: str
    model: str


class Skipped(Value):
    """A provider that was not asked, or gave no answer, and why."""

    provider: str
    reason: str
    message: str


def rungs(
    policy: Policy, switch: Switch, wanted: Wanted, tokens: int, local: Mapping[str, bool]
) -> tuple[tuple[Rung, ...], tuple[Skipped, ...]]:
    """The providers to ask in order, and those that routing leaves out; `local` has every configured provider."""
    listed = policy.order(wanted.workload, policy.size(wanted.steps, tokens))
    chosen = switch.models.get(wanted.workload)
    first = wanted.provider or (chosen.provider if chosen else None)
    names = tuple(dict.fromkeys((*((first,) if first else ()), *listed)))
    asked, skipped = [], []
    for name in names:
        model = _model(policy, switch, wanted, name)
        why = _left_out(policy, switch, wanted, name, model, local)
        if why is None:
            asked.append(Rung(provider=name, model=model))
        elif wanted.provider in (None, name):
            skipped.append(Skipped(provider=name, reason=why[0], message=why[1]))
    return tuple(asked), tuple(skipped)


def _model(policy: Policy, switch: Switch, wanted: Wanted, name: str) -> str:
    own = policy.providers[name].model if name in policy.providers else ""
    chosen = switch.models.get(wanted.workload)
    if wanted.model is not None:
        return wanted.model
    return chosen.model if chosen is not None and chosen.provider == name else own


def _left_out(
    policy: Policy, switch: Switch, wanted: Wanted, name: str, model: str, local: Mapping[str, bool]
) -> tuple[str, str] | None:
    """Why a provider is not asked; None when it is."""
    if name not in local:
        return "unconfigured", f"{name} is not configured"
    if name in switch.disabled:
        return "disabled", f"{name} is switched off"
    if switch.pin not in (None, name):
        return "pinned", f"routing is pinned to {switch.pin}"
    if wanted.provider not in (None, name):
        return "not_named", f"{wanted.provider} was asked for"
    if wanted.private and (not local[name] or is_remote(model)):
        return "private", f"{name} is not local, and the request is private"
    if wanted.provider is None and wanted.model is not None and not _may_have(policy, name, wanted.model):
        return "other_model", f"{wanted.model} is another provider's"
    return None


def _may_have(policy: Policy, name: str, model: str) -> bool:
    """Whether a model that was named without a provider may be this one's."""
    owners = [one for one, its in policy.providers.items() if model == its.model or model in its.aliases]
    return not owners or name in owners


def load_policy(path: Path | None = None) -> Policy:
    """The policy of a file, or the one that ships; ContentError names the file and the field."""
    file = path or Path(__file__).with_name("policy.yaml")
    try:
        policy = Policy.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ContentError(f"the routing policy cannot be read: {error}", file=str(file)) from error
    except ValidationError as error:
        fault = error.errors()[0]
        raise ContentError(fault["msg"], file=str(file), field=".".join(map(str, fault["loc"]))) from None
    unknown = {name for route in policy.routes for name in route.order} - set(policy.providers)
    if unknown:
        raise ContentError(f"{min(unknown)} is in no line under providers", file=str(file), field="routes")
    return policy
