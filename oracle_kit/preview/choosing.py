"""Who is asked where the codebook does not answer: routing's own order, or what the reader chose in this session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from oracle_kit.canvas.html import Html, element, said
from oracle_kit.errors import NoProvider
from oracle_kit.llm.health import Health
from oracle_kit.preview.cards import act, button
from oracle_kit.preview.messages import Choose
from oracle_kit.preview.session import Session
from oracle_kit.preview.shell import earlier_html

MOST_MODELS = 8
CODEBOOK_ONLY = "Answers come from the codebook; no language model is configured."


class Chooser:
    """The line beneath a prompt box; its view has what was asked before, and the choice where there is one."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._able: tuple[Health, ...] = ()
        self._earlier: tuple[str, ...] = ()
        self.view = session.panes.html()

    @property
    def given(self) -> dict[str, Any]:
        """The choice, as `Oracle.ask` takes it."""
        chosen = self._session.chosen
        return {
            "provider": chosen.provider or None,
            "model": chosen.model or None,
            "private": chosen.private,
        }

    async def open(self, earlier: Iterable[str]) -> None:
        """Show the line as far as it is known; providers that nobody looked at lately are looked at meanwhile."""
        session = self._session
        self._earlier = tuple(earlier)
        self._show(await session.run(self._known))
        if self._able:
            session.beside(
                lambda: session.oracle.models.providers(viewer=session.viewer),
                lambda found: self._show(_configured(found)),
            )

    def choose(self, message: Choose) -> None:
        """Take the choice for the prompts to come."""
        self._session.chosen = message
        self._show(self._able)

    def _known(self) -> tuple[Health, ...]:
        """The configured providers, as this process knows them."""
        models, viewer = self._session.oracle.models, self._session.viewer
        try:
            names = models.routing(viewer=viewer).policy.providers
        except NoProvider:
            return ()
        return _configured(models.provider(name, viewer=viewer) for name in names)

    def _show(self, able: Sequence[Health]) -> None:
        self._able = tuple(able)
        made = element(
            "div", earlier_html(self._earlier), _choice(self._able, self._session.chosen), class_="s-under"
        )
        if self.view.object != (shown := self._session.panes.themed(made)):
            self.view.object = shown


def _configured(found: Iterable[Health]) -> tuple[Health, ...]:
    return tuple(one for one in found if one.status != "unconfigured")


def _choice(able: Sequence[Health], chosen: Choose) -> Html:
    if not able:
        return element("span", CODEBOOK_ONLY)
    routed = Choose(private=chosen.private)
    parts = [
        _group("Where the codebook does not answer", [_item("As routed", routed, chosen)]),
        *(_group(f"{one.id} · {_level(one)}", _models(one, chosen)) for one in able),
        element("div", _private(chosen), class_="s-group"),
    ]
    menu = element("div", *parts, class_="s-menu")
    summary = element("summary", said(_said(chosen)), aria_label=f"{_said(chosen)}: change")
    return element("details", summary, menu, class_="s-pop")


def _said(chosen: Choose) -> str:
    who = f"{chosen.provider}, {chosen.model}" if chosen.provider else "a model, as routed"
    private = "; local models only" if chosen.private else ""
    return f"The codebook first, then {who}{private} ▾"


def _level(one: Health) -> str:
    return one.status.replace("_", " ")


def _models(one: Health, chosen: Choose) -> Iterable[Html]:
    """A button for each model of a provider, the one that it uses of itself first."""
    names = dict.fromkeys((one.model, *(facts.name for facts in one.models)))
    for name in list(names)[:MOST_MODELS]:
        yield _item(name, Choose(provider=one.id, model=name, private=chosen.private), chosen)


def _item(label: str, wanted: Choose, chosen: Choose) -> Html:
    message = act("choose", **wanted.model_dump(exclude={"act"}))
    return button(label, message, "s-item", aria_pressed="true" if wanted == chosen else "false")


def _private(chosen: Choose) -> Html:
    other = chosen.model_copy(update={"private": not chosen.private})
    message = act("choose", **other.model_dump(exclude={"act"}))
    return button(
        "Private: ask local models only", message, aria_pressed="true" if chosen.private else "false"
    )


def _group(title: str, items: Iterable[Html]) -> Html:
    return element(
        "div", element("p", said(title), class_="s-quiet"), *items, class_="s-group", role="group",
        aria_label=title,
    )  # fmt: skip  # one group
