"""Which of the nine levels a provider is at, from what was seen of it; the newest evidence counts."""

from __future__ import annotations

from datetime import datetime

from oracle_kit.llm.circuit import CircuitState
from oracle_kit.llm.gauge import Traffic
from oracle_kit.llm.policy import DegradedPolicy
from oracle_kit.llm.provider import Level, ModelFacts, Probe
from oracle_kit.llm.status import level_of
from oracle_kit.query import Value

NEXT = {
    "unconfigured": "Set its address (and key), or leave it: the codebook answers without.",
    "disabled": "Switched off by an operator: oracle route --enable.",
    "unreachable": "Is it running, and is the address right?",
    "unauthorized": "Its key is missing, wrong or expired.",
    "wrong_body": "Something else answers at this address: a proxy, a login page, another program.",
    "model_missing": "Pull the model there, or choose one that is there: oracle route.",
    "model_cold": "Nothing is wrong: the first request loads it. To load it now: oracle providers --probe --wake.",
    "degraded": "It answers late or not always; requests go on to the next provider meanwhile.",
    "online": "",
}


class Health(Value):
    """What an operator needs to know of a provider, without asking further."""

    id: str
    status: Level
    reason: str = ""
    next: str = ""
    local: bool = False
    address: str = ""
    model: str = ""
    sees: str = ""
    version: str | None = None
    checked_at: datetime | None = None
    circuit: CircuitState = "closed"
    in_flight: int = 0
    waiting: int = 0
    traffic: Traffic = Traffic()
    models: tuple[ModelFacts, ...] = ()


def level(
    seen: Probe | None, traffic: Traffic, circuit: CircuitState, degraded: DegradedPolicy
) -> tuple[Level, str]:
    """The level of a provider that is configured and switched on, with the reason."""
    failed, looked = traffic.last_failure, seen.checked_at if seen else None
    answered = traffic.last_answer_at
    if failed is not None and _newest(failed.at, looked, answered):
        plain = level_of(failed.reason)
        if plain in ("unreachable", "unauthorized", "wrong_body", "model_missing"):
            return plain, failed.message  # type: ignore[return-value]  # one of the four just named
    if seen is not None and seen.level != "online" and not _newer(answered, looked):
        return seen.level, seen.reason
    last = failed.message if failed else ""
    if circuit != "closed":
        return "degraded", f"rests after failures in a row: {last}"
    if traffic.calls >= degraded.calls and traffic.error_rate >= degraded.error_rate:
        return "degraded", f"{traffic.error_rate:.0%} of {traffic.calls} calls failed: {last}"
    if traffic.p95_ms is not None and traffic.p95_ms > degraded.p95_ms:
        return "degraded", f"slow: p95 {traffic.p95_ms / 1000:.1f} s"
    if seen is None and answered is None:
        return "degraded", last or "not looked at yet"
    return "online", seen.reason if seen else ""


def _newest(at: datetime, *others: datetime | None) -> bool:
    return all(other is None or at >= other for other in others)


def _newer(at: datetime | None, than: datetime | None) -> bool:
    return at is not None and (than is None or at > than)
