"""How the models stand, as HTML: each provider at its level, the routing of each workload, and the switch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from oracle_kit.canvas.format import grouped
from oracle_kit.canvas.format_time import moment_text
from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.llm.health import Health
from oracle_kit.llm.policy import Route
from oracle_kit.llm.provider import ModelFacts
from oracle_kit.llm.switch import Switch
from oracle_kit.llm.table import switch_lines
from oracle_kit.preview.cards import act, button
from oracle_kit.preview.operator_html import entry, section
from oracle_kit.usecases.models import Routing

GOOD, BAD = ("online", "model_cold"), ("unreachable", "unauthorized", "wrong_body", "model_missing")
MOST_MODELS = 12


def providers_html(found: Sequence[Health], switch: Switch, *, operating: bool) -> Html:
    """The providers, each with its level, what is the matter, what to do, its models and its traffic."""
    return section("Model providers", (_provider(one, switch, operating) for one in found))


def _provider(one: Health, switch: Switch, operating: bool) -> Html:
    class_ = "s-good" if one.status in GOOD else "s-bad" if one.status in BAD else ""
    dot = element("span", class_=f"s-state {class_}", aria_hidden="true")
    level = element("span", one.status.replace("_", " "), class_="s-level")
    pinned = element("span", "pinned", class_="o-tag") if switch.pin == one.id else None
    lines = (one.reason, one.next, _figures(one))
    return entry(
        element("strong", dot, said(one.id), " ", level, " ", pinned),
        element("span", said(_where(one)), class_="s-quiet"),
        *(element("p", said(line), class_="s-quiet") for line in lines if line),
        _models(one),
        element("div", *_tools(one, switch), class_="s-row") if operating else None,
    )


def _where(one: Health) -> str:
    if one.status == "unconfigured":
        return one.model
    kind = "local" if one.local else "hosted"
    looked = f"looked at {_moment(one.checked_at)}" if one.checked_at else "not looked at yet"
    return " · ".join(filter(None, (one.model, f"{kind}, sees {one.sees}", one.address, looked)))


def _figures(one: Health) -> str:
    traffic, told = one.traffic, []
    if traffic.calls:
        calls = "1 call" if traffic.calls == 1 else f"{grouped(traffic.calls)} calls"
        told.append(f"{calls}, {traffic.error_rate:.0%} failed")
    if traffic.p50_ms is not None and traffic.p95_ms is not None:
        told.append(f"p50 {traffic.p50_ms / 1000:.2f} s, p95 {traffic.p95_ms / 1000:.2f} s")
    if one.in_flight or one.waiting:
        told.append(f"{one.in_flight} in flight, {one.waiting} waiting")
    if one.circuit != "closed":
        told.append("rests after failures in a row")
    if (failure := traffic.last_failure) is not None:
        told.append(f"last failure {_moment(failure.at)}: {failure.message}")
    return " · ".join(told)


def _models(one: Health) -> Html | None:
    if not one.models:
        return None
    items = (element("li", said(_model(facts))) for facts in one.models[:MOST_MODELS])
    count = f"{len(one.models)} {'model' if len(one.models) == 1 else 'models'}"
    more = f", {MOST_MODELS} shown" if len(one.models) > MOST_MODELS else ""
    return element(
        "details", element("summary", f"{count}{more}"), element("ul", *items), class_="s-whole o-details"
    )


def _model(facts: ModelFacts) -> str:
    size = f"{facts.size_bytes / 1e9:.1f} GB" if facts.size_bytes and facts.size_bytes > 5e7 else ""
    loaded = {True: "in memory", False: "not in memory", None: ""}[facts.loaded]
    away = "runs at its maker's" if facts.remote else ""
    return " · ".join(filter(None, (facts.name, size, facts.family, loaded, away)))


def _tools(one: Health, switch: Switch) -> Iterable[Html]:
    if one.status != "unconfigured":
        yield button("Look now", act("look_at", provider=one.id), "s-small")
    if one.status == "model_cold":
        yield button("Load its model", act("look_at", provider=one.id, wake=True), "s-small")
    if one.id in switch.disabled:
        yield button("Switch on", act("route", do="enable", provider=one.id), "s-small")
    else:
        yield button("Switch off", act("route", do="disable", provider=one.id), "s-small")
    if switch.pin == one.id:
        yield button("Take the pin away", act("route", do="unpin"), "s-small")
    else:
        yield button("Send everything here", act("route", do="pin", provider=one.id), "s-small")


def routing_html(routing: Routing, found: Sequence[Health], *, operating: bool) -> Html:
    """Who is asked for what, in which order, as the switch stands, and who set it."""
    workloads = dict.fromkeys(route.workload for route in routing.policy.routes)
    items = (_workload(name, routing, found, operating) for name in workloads)
    told = (element("p", said(line)) for line in switch_lines(routing))
    reset = (
        button("Take the whole switch away", act("route", do="reset"), "s-small")
        if operating and routing.switch != Switch()
        else None
    )
    return joined(
        (
            section("Who is asked, by workload", items),
            element("h2", "The operator's switch", class_="s-h2"),
            element("div", *told, reset, class_="s-told-lines"),
        )
    )


def _workload(name: str, routing: Routing, found: Sequence[Health], operating: bool) -> Html:
    routes = [route for route in routing.policy.routes if route.workload == name]
    orders = (element("p", said(_order(route, routing.switch)), class_="s-quiet") for route in routes)
    return entry(element("strong", name), *orders, _choice(name, routing, found) if operating else None)


def _order(route: Route, switch: Switch) -> str:
    """The providers of a line of the policy in their order, those that the switch leaves out named so."""
    chosen = switch.models.get(route.workload)
    names = dict.fromkeys((*((chosen.provider,) if chosen else ()), *route.order))
    told = []
    for name in names:
        model = f" ({chosen.model})" if chosen is not None and chosen.provider == name else ""
        off = " (switched off)" if name in switch.disabled else ""
        past = "" if switch.pin in (None, name) else f" (pinned to {switch.pin})"
        told.append(f"{name}{model}{off or past}")
    return f"{route.size or 'any size'}: {', then '.join(told)}"


def _choice(name: str, routing: Routing, found: Sequence[Health]) -> Html:
    """The form that sets the model of a workload, with those that are known to choose from."""
    chosen = routing.switch.models.get(name)
    field_id, list_id = f"model-{name}", f"models-{name}"
    options = [element("option", value=f"{one.id}/{model}") for one in found for model in _names(one)]
    box = element(
        "input", id=field_id, name="text", list=list_id, autocomplete="off", maxlength="200",
        value=f"{chosen.provider}/{chosen.model}" if chosen else "", placeholder="as the policy says",
    )  # fmt: skip  # one element
    return element(
        "form",
        element("label", "Model, as provider/model; nothing: as the policy says", for_=field_id),
        box,
        element("datalist", *options, id=list_id),
        element("button", "Use it", type="submit", class_="s-small"),
        class_="s-line s-whole",
        data_message=act("model_for", workload=name),
        data_empty="1",
    )


def _names(one: Health) -> Iterable[str]:
    return dict.fromkeys((one.model, *(facts.name for facts in one.models)))


def _moment(at: datetime) -> str:
    return f"{moment_text(at.replace(tzinfo=None, microsecond=0))} UTC"
