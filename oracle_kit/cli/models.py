"""`oracle providers` and `oracle route`: how the models stand, and the operator's switch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from oracle_kit.cli.opened import As, AsJson, Attributes, console, opened, print_json, viewer_of

if TYPE_CHECKING:
    from oracle_kit.llm.switch import ModelChoice
    from oracle_kit.usecases.models import Routing

Names = list[str] | None


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    app.command(
        epilog="Examples:  oracle providers   |   oracle providers ollama --probe --wake   |   "
        "oracle providers --json"
    )(providers)
    app.command(
        epilog='Examples:  oracle route   |   oracle route --disable nemoclaw --message "invoice dispute"   |   '
        "oracle route --pin ollama   |   oracle route --set planning=ollama/qwen3.6:35b-a3b   |   "
        "oracle route --reset"
    )(route)


def providers(
    name: Annotated[str | None, typer.Argument(metavar="[PROVIDER]", help="only this one")] = None,
    probe: Annotated[bool, typer.Option("--probe", help="look now, whatever is known already")] = False,
    wake: Annotated[
        bool, typer.Option("--wake", help="with --probe: load a model that is not in memory")
    ] = False,
    role: As = "operator",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Show each model provider: its level, what is the matter, what to do, its model and its traffic."""
    from oracle_kit.llm.table import providers_table

    if wake and not probe:
        raise typer.BadParameter("it goes with --probe", param_hint="--wake")
    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        found = oracle.models.providers(viewer=viewer)
        if name is not None:
            found = (oracle.models.provider(name, viewer=viewer),)
        if probe:
            found = tuple(
                one
                if one.status == "unconfigured" and name is None
                else oracle.models.probe(one.id, viewer=viewer, wake=wake)
                for one in found
            )
        if as_json:
            print_json({"providers": [one.model_dump(mode="json") for one in found]})
        else:
            console().print(providers_table(found))
        return 0


def route(
    pin: Annotated[
        str | None, typer.Option(metavar="PROVIDER", help="send everything to this provider")
    ] = None,
    unpin: Annotated[bool, typer.Option("--unpin", help="take the pin away")] = False,
    disable: Annotated[
        Names, typer.Option(metavar="PROVIDER", help="switch a provider off; repeatable")
    ] = None,
    enable: Annotated[Names, typer.Option(metavar="PROVIDER", help="switch it on again; repeatable")] = None,
    choose: Annotated[
        Names,
        typer.Option(
            "--set",
            metavar="WORKLOAD=PROVIDER/MODEL",
            help="the model for planning, batch, chat or summary; repeatable",
        ),
    ] = None,
    unset: Annotated[
        Names, typer.Option(metavar="WORKLOAD", help="the policy's own model again; repeatable")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="take the whole switch away first")] = False,
    message: Annotated[str, typer.Option(help="why; kept with the change")] = "",
    role: As = "operator",
    as_json: AsJson = False,
    attribute: Attributes = None,
) -> int:
    """Show the routing policy and the operator's switch; with options, set the switch, in every process at once."""
    from oracle_kit.llm.switch import Switch

    with opened() as oracle:
        viewer = viewer_of(oracle, role, attribute)
        found = oracle.models.routing(viewer=viewer)
        before = Switch() if reset else found.switch
        off = [one for one in before.disabled if one not in (enable or [])]
        models = {name: one for name, one in before.models.items() if name not in (unset or [])}
        wanted = Switch(
            pin=pin or (None if unpin else before.pin),
            disabled=tuple(dict.fromkeys((*off, *(disable or [])))),
            models={**models, **_chosen(choose or [])},
        )
        if wanted != found.switch:
            found = oracle.models.put_switch(
                wanted, viewer=viewer, message=message, unchanged_since=found.change
            )
        _show(found, as_json)
        return 0


def _chosen(choices: list[str]) -> dict[str, ModelChoice]:
    """Workloads with the model that each is to use; usage error for what names none."""
    from oracle_kit.llm.switch import ModelChoice

    made = {}
    for choice in choices:
        workload, _, named = choice.partition("=")
        provider, _, model = named.partition("/")
        if not (workload and provider and model):
            raise typer.BadParameter(f"{choice!r} is not WORKLOAD=PROVIDER/MODEL", param_hint="--set")
        made[workload] = ModelChoice(provider=provider, model=model)
    return made


def _show(routing: Routing, as_json: bool) -> None:
    from oracle_kit.llm.table import routing_table, switch_lines

    if as_json:
        print_json(routing.model_dump(mode="json"))
        return
    out = console()
    out.print(routing_table(routing.policy, routing.switch))
    for line in switch_lines(routing):
        out.print(line, markup=False)
