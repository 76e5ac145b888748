"""`oracle providers` and `oracle route` as tables that tell, without further asking, what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from oracle_kit.llm.health import Health
from oracle_kit.llm.policy import Policy
from oracle_kit.llm.switch import ModelChoice, Switch, Switched

_COLOURS = {
    "online": "green",
    "model_cold": "cyan",
    "unconfigured": "dim",
    "disabled": "dim",
    "degraded": "yellow",
}


def providers_table(providers: Sequence[Health]) -> Table:
    """A row per provider: level first, then why, what to do, and the figures of the window."""
    table = Table(show_lines=True)
    for name in ("provider", "level", "what is the matter, and what to do", "model", "traffic"):
        table.add_column(name, overflow="fold")
    for one in providers:
        level = Text(one.status, style=_COLOURS.get(one.status, "red"))
        table.add_row(one.id, level, Text(_matter(one)), Text(_model(one)), Text(_traffic(one)))
    return table


def routing_table(policy: Policy, switch: Switch) -> Table:
    """A row per line of the policy: for what, of which size, who is asked in which order as the switch stands."""
    table = Table()
    for name in ("workload", "size", "asked in this order"):
        table.add_column(name, overflow="fold")
    for route in policy.routes:
        chosen = switch.models.get(route.workload)
        names = dict.fromkeys((*((chosen.provider,) if chosen else ()), *route.order))
        order = [_asked(name, switch, chosen) for name in names]
        table.add_row(route.workload, route.size or "any", Text(", then ").join(order))
    return table


def _asked(name: str, switch: Switch, chosen: ModelChoice | None) -> Text:
    """A provider, with the model that an operator chose; dimmed where the switch keeps it from being asked."""
    told = f"{name} ({chosen.model})" if chosen is not None and chosen.provider == name else name
    if name in switch.disabled:
        return Text(f"{told} (switched off)", style="dim strike")
    return Text(told, style="" if switch.pin in (None, name) else "dim strike")


def switch_lines(switched: Switched) -> tuple[str, ...]:
    """The operator's switch in words; one line when it was never touched."""
    switch = switched.switch
    lines = [f"pinned to {switch.pin}"] if switch.pin else []
    lines += [f"{name} is switched off" for name in switch.disabled]
    lines += [f"{workload}: {one.provider}, {one.model}" for workload, one in sorted(switch.models.items())]
    if switched.changed_by is None:
        return ("the policy holds; no switch is set",)
    when = f"{switched.changed_at:%Y-%m-%d %H:%M} UTC" if switched.changed_at else ""
    said = f": {switched.message}" if switched.message else ""
    return (*(lines or ["the policy holds"]), f"set by {switched.changed_by}, {when}{said}")


def _matter(one: Health) -> str:
    return "\n".join(line for line in (one.reason, one.next) if line) or "well"


def _model(one: Health) -> str:
    facts = next((f for f in one.models if f.name.removesuffix(":latest") == one.model), None)
    lines = [one.model]
    if facts is not None:
        size = f"{facts.size_bytes / 1e9:.1f} GB" if facts.size_bytes and facts.size_bytes > 5e7 else ""
        loaded = {True: "in memory", False: "not in memory", None: ""}[facts.loaded]
        lines.append(", ".join(part for part in (size, facts.family or "", loaded) if part))
    lines.append(
        f"{'local' if one.local else 'hosted'}, sees {one.sees}" if one.status != "unconfigured" else ""
    )
    return "\n".join(line for line in lines if line)


def _traffic(one: Health) -> str:
    traffic = one.traffic
    lines = []
    if traffic.calls:
        lines.append(f"{traffic.calls} calls, {traffic.error_rate:.0%} failed")
    if traffic.p50_ms is not None and traffic.p95_ms is not None:
        lines.append(f"p50 {traffic.p50_ms / 1000:.2f} s, p95 {traffic.p95_ms / 1000:.2f} s")
    if one.in_flight or one.waiting:
        lines.append(f"{one.in_flight} in flight, {one.waiting} waiting")
    if one.circuit != "closed":
        lines.append(f"circuit {one.circuit.replace('_', '-')}")
    if traffic.last_failure is not None:
        lines.append(f"last failure {traffic.last_failure.at:%H:%M:%S}: {traffic.last_failure.reason}")
    return "\n".join(lines) or "none yet"
