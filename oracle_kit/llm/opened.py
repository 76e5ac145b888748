"""Opening the model router of a process: providers by their own variables, the policy by its file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from oracle_kit.errors import ContentError, NotInstalled
from oracle_kit.llm.lane import Lane
from oracle_kit.llm.policy import Policy, ProviderPolicy, load_policy
from oracle_kit.llm.provider import Provider
from oracle_kit.llm.router import ModelRouter
from oracle_kit.state import State

VARIABLES = ("OLLAMA_HOST", "NEMOCLAW_API_URL", "NEMOCLAW_API_KEY")


def open_router(state: State, environ: Mapping[str, str], policy_file: Path | None = None) -> ModelRouter:
    """The router over the providers that `environ` names (VARIABLES); none is contacted yet.

    Raises ContentError for a policy that does not read or an address that is not allowed, NotInstalled without the
    `llm` extra when a provider is named.
    """
    policy = load_policy(policy_file)
    lanes = [Lane(provider, policy) for provider in open_providers(environ, policy)]
    return ModelRouter(lanes, policy, state)


def open_providers(environ: Mapping[str, str], policy: Policy) -> tuple[Provider, ...]:
    """The providers that are configured: Ollama by its address, Nemoclaw by address and key (local ones need none)."""
    found: list[Provider] = []
    if environ.get("OLLAMA_HOST"):
        found.append(_ollama(environ["OLLAMA_HOST"], policy))
    if environ.get("NEMOCLAW_API_URL"):
        nemoclaw = _nemoclaw(environ["NEMOCLAW_API_URL"], environ.get("NEMOCLAW_API_KEY") or None, policy)
        found += [nemoclaw] if nemoclaw else []
    return tuple(found)


def _ollama(address: str, policy: Policy) -> Provider:
    own = _own(policy, "ollama")
    try:
        from oracle_kit.llm.ollama import OllamaProvider
    except ImportError as error:
        raise _not_installed() from error
    return OllamaProvider(address, model=own.model, num_ctx=own.num_ctx)


def _nemoclaw(address: str, key: str | None, policy: Policy) -> Provider | None:
    own = _own(policy, "nemoclaw")
    if key is None and not own.local:
        return None
    try:
        from oracle_kit.llm.nemoclaw import NemoclawProvider
    except ImportError as error:
        raise _not_installed() from error
    return NemoclawProvider(address, key, model=own.model, local=own.local, aliases=own.aliases)


def _own(policy: Policy, name: str) -> ProviderPolicy:
    if name not in policy.providers:
        hint = f"Add {name} under providers, or unset its variables."
        raise ContentError(f"the routing policy has no line for {name}", field="providers", hint=hint)
    return policy.providers[name]


def _not_installed() -> NotInstalled:
    hint = 'Install them: pip install "oracle-kit[llm]".'
    return NotInstalled("the clients of model providers are not installed", hint=hint)
