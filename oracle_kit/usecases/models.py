"""Model providers under a viewer's rights: their health, the routing with the operator's switch, and chats."""

from __future__ import annotations

import threading
from collections.abc import Callable

from oracle_kit.errors import NoProvider, StateUnavailable
from oracle_kit.identity.roles import may, require
from oracle_kit.llm.chat import ChatAsked, ChatReply, chat
from oracle_kit.llm.health import Health
from oracle_kit.llm.lane import CallEnded
from oracle_kit.llm.policy import Policy, Wanted
from oracle_kit.llm.provider import OnText
from oracle_kit.llm.router import ModelRouter, Told
from oracle_kit.llm.switch import Switch, Switched
from oracle_kit.model import Mode, Viewer
from oracle_kit.pipeline.plan_model import mode_of


class Routing(Switched):
    """The policy in force, and the operator's switch over it, with who set it and when."""

    policy: Policy


class Models:
    """The providers of one workbench; whoever may prompt sees how they stand, an operator sees why."""

    def __init__(self, router: ModelRouter | None) -> None:
        self._opened = router

    def providers(self, *, viewer: Viewer) -> tuple[Health, ...]:
        """Every provider at its level; one not looked at for a while is looked at now, all side by side."""
        require(viewer, "prompt")
        return tuple(_shown(one, viewer) for one in self._router.providers())

    def provider(self, name: str, *, viewer: Viewer) -> Health:
        """One provider as this process knows it; NotFound for a name that the policy does not have."""
        require(viewer, "prompt")
        return _shown(self._router.provider(name), viewer)

    def probe(self, name: str, *, viewer: Viewer, wake: bool = False) -> Health:
        """A provider after a look at it now, which loads a cold model only with `wake`.

        NotFound for an unknown one, NoProvider for one that is not configured.
        """
        require(viewer, "operate")
        self._router.probe(name, wake=wake)
        return self._router.provider(name)

    def routing(self, *, viewer: Viewer) -> Routing:
        """The policy in force and the operator's switch."""
        require(viewer, "prompt")
        return self._routing(self._router.switches.current())

    def put_switch(
        self, switch: Switch, *, viewer: Viewer, message: str = "", unchanged_since: int | None = None
    ) -> Routing:
        """The routing with this switch, in force at once in every process, and audited.

        NotFound for a provider or workload that the policy does not have, StaleRevision where another change came
        after number `unchanged_since`.
        """
        require(viewer, "operate")
        put = self._router.put_switch(switch, by=viewer.id, message=message, unchanged_since=unchanged_since)
        return self._routing(put)

    def chat(
        self,
        asked: ChatAsked,
        *,
        viewer: Viewer,
        cancel: threading.Event | None = None,
        on_text: OnText | None = None,
        tell: Told = lambda _: None,
    ) -> ChatReply:
        """The reply of the first provider that gives one; `on_text` gets its pieces, `tell` what is waited for.

        Raises NotFound, NoProvider with who was tried, ProviderFailed where it was cancelled or broke in the middle.
        """
        return chat(self._router, viewer, asked, cancel=cancel, on_text=on_text, tell=tell)

    def modes(self) -> tuple[Mode, ...]:
        """The modes in which a model may plan a prompt now: configured, switched on, not resting."""
        if self._opened is None or not self._opened.lanes:
            return ()
        lanes = self._opened.lanes
        rungs, _ = self._opened.order(Wanted(workload="planning"), 0)
        able = [lanes[rung.provider] for rung in rungs if lanes[rung.provider].circuit.closed]
        return tuple(mode_of(lane.provider.local) for lane in able)

    def known(self, name: str | None) -> None:
        """Returns for a provider that the policy has, or for none; NotFound with the nearest name."""
        if name is not None and self._opened is not None:
            self._opened.known(name)

    def standing(self) -> tuple[Health, ...]:
        """Every provider as this process knows it, looking at none: for machines that watch, no viewer.

        Nothing while the state is away: nobody knows the switch then.
        """
        if self._opened is None:
            return ()
        try:
            return tuple(self._opened.provider(name) for name in self._opened.policy.providers)
        except StateUnavailable:
            return ()

    def watch(self, listener: Callable[[CallEnded], None]) -> Callable[[], None]:
        """Tell a listener of each call to a provider as it ends, until what comes back is called."""
        lanes = tuple(self._opened.lanes.values()) if self._opened is not None else ()
        for lane in lanes:
            lane.listeners.append(listener)

        def unwatch() -> None:
            for lane in lanes:
                lane.listeners.remove(listener)

        return unwatch

    def close(self) -> None:
        """Look at no provider any more."""
        if self._opened is not None:
            self._opened.close()

    @property
    def _router(self) -> ModelRouter:
        if self._opened is None:
            raise NoProvider("This workbench was opened without a model router.")
        return self._opened

    def _routing(self, switched: Switched) -> Routing:
        return Routing(policy=self._router.policy, **dict(switched))


def _shown(health: Health, viewer: Viewer) -> Health:
    """The health as the viewer may see it: addresses and failures are the operator's."""
    if may(viewer, "operate"):
        return health
    traffic = health.traffic.model_copy(update={"last_failure": None})
    return health.model_copy(update={"address": "", "reason": "", "traffic": traffic})
