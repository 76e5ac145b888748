"""From a request to an answer: the providers in routing's order, tries and one repair each, one shared deadline."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from oracle_kit.errors import NoProvider, NotFound, ProviderFailed, did_you_mean
from oracle_kit.llm.deadline import Deadline
from oracle_kit.llm.health import NEXT, Health, level
from oracle_kit.llm.lane import Lane
from oracle_kit.llm.policy import Policy, Rung, Skipped, Wanted, rungs
from oracle_kit.llm.provider import ChatAnswer, ChatRequest, Message, OnText, Probe
from oracle_kit.llm.retries import Tries
from oracle_kit.llm.switch import Switch, Switched
from oracle_kit.llm.switch_store import SwitchStore
from oracle_kit.llm.together import Together
from oracle_kit.state import State
from oracle_kit.state.runs import EndedRun, record_runs

T = TypeVar("T")
LOOK_HOLDS_S = 60.0  # an older look says too little of now
MANY, GATHER_S = 16, 0.03  # calls under way from which records are gathered, and for how long
Told = Callable[[str], None]  # what is waited for, in words


class Unfit(Exception):
    """An answer that its reader does not take; `errors` tell the model what to mend."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = tuple(errors)


class Routed(Generic[T]):
    """An answer as its reader took it, with the providers that were passed over before."""

    def __init__(self, value: T, answer: ChatAnswer, skipped: tuple[Skipped, ...]) -> None:
        self.value, self.answer, self.skipped = value, answer, skipped


class ModelRouter:
    """All providers of a process behind one policy and one switch; safe to use from many threads."""

    def __init__(self, lanes: Sequence[Lane], policy: Policy, state: State) -> None:
        self.policy, self.switches = policy, SwitchStore(state)
        self.runs: Together[EndedRun] = Together(lambda ended: record_runs(state, ended), self._gathering)
        self.lanes: Mapping[str, Lane] = {lane.id: lane for lane in lanes}
        self._local = {lane.id: lane.provider.local for lane in lanes}

    def _gathering(self) -> float:
        """Seconds in which the records of ended calls gather: with many under way each write costs all of them time."""
        return GATHER_S if sum(lane.in_flight for lane in self.lanes.values()) >= MANY else 0.0

    def deadline(self) -> Deadline:
        """The policy's deadline for one prompt or chat, from now."""
        times = self.policy.deadlines
        return Deadline.within(times.total, connect_s=times.connect, first_token_s=times.first_token)

    def order(self, wanted: Wanted, tokens: int) -> tuple[tuple[Rung, ...], tuple[Skipped, ...]]:
        """Who would be asked now, in order, and who is left out, why."""
        if wanted.provider is not None:
            self.known(wanted.provider)
        return rungs(self.policy, self.switches.current().switch, wanted, tokens, self._local)

    def chat(
        self,
        request: ChatRequest,
        wanted: Wanted,
        read: Callable[[ChatAnswer], T],
        *,
        deadline: Deadline | None = None,
        cancel: threading.Event | None = None,
        on_text: OnText | None = None,
        tell: Told = lambda _: None,
        before: Callable[[Lane, ChatRequest], ChatRequest | None] = lambda _, request: request,
        sent: Callable[[Lane, ChatRequest], None] = lambda _, request: None,
    ) -> Routed[T]:
        """The first answer that `read` takes; NoProvider with who was tried, NotFound for an unknown provider.

        `read` raises Unfit to have the answer mended, once per provider. `before` gives what a provider may be sent,
        or None when it may not be asked at all; `sent` is called each time that something leaves the process.
        """
        asked, left_out = self.order(wanted, request.tokens)
        skipped = list(left_out)
        deadline = deadline or self.deadline()
        for rung in asked:
            lane = self.lanes[rung.provider]
            if not lane.circuit.closed:  # nothing is made ready for one that rests
                rests = _resting(lane)
                skipped.append(Skipped(provider=lane.id, reason=rests.reason, message=rests.message))
                continue
            own = before(lane, request.model_copy(update={"model": rung.model}))
            if own is None:
                skipped.append(
                    Skipped(provider=lane.id, reason="not_shown", message=f"{lane.id} may not see this")
                )
                continue
            attempt = _Attempt(lane, deadline, cancel, on_text, tell, sent)
            try:
                value, answer = attempt.run(own, read)
                return Routed(value, answer, tuple(skipped))
            except ProviderFailed as error:
                if error.reason == "cancelled" or attempt.told:
                    raise
                skipped.append(Skipped(provider=lane.id, reason=error.reason, message=error.message))
        raise _none(skipped)

    def providers(self) -> tuple[Health, ...]:
        """Every provider of the policy at its level; one not looked at of late is looked at now, all side by side."""
        since = datetime.now(UTC) - timedelta(seconds=LOOK_HOLDS_S)
        new = [lane for lane in self.lanes.values() if lane.seen is None or lane.seen.checked_at < since]
        looks = [threading.Thread(target=lane.look, daemon=True) for lane in new]
        for look in looks:
            look.start()
        for look in looks:
            look.join(self.policy.deadlines.look + 0.5)
        switch = self.switches.current().switch
        return tuple(self._health(name, switch) for name in self.policy.providers)

    def provider(self, name: str) -> Health:
        """One provider at its level; NotFound when the policy has none of this name."""
        self.known(name)
        return self._health(name, self.switches.current().switch)

    def probe(self, name: str, *, wake: bool = False) -> Probe:
        """Look at a provider now, loading its model when `wake`; NoProvider when it is not configured."""
        self.known(name)
        if name not in self.lanes:
            raise NoProvider(f"{name} is not configured.", hint=NEXT["unconfigured"])
        return self.lanes[name].look(wake=wake)

    def put_switch(
        self, switch: Switch, *, by: str, message: str = "", unchanged_since: int | None = None
    ) -> Switched:
        """The operator's switch, in force at once everywhere; NotFound for names that the policy does not have."""
        for name in (switch.pin, *switch.disabled, *(one.provider for one in switch.models.values())):
            if name is not None:
                self.known(name)
        for workload in switch.models:
            if workload not in {route.workload for route in self.policy.routes}:
                hint = did_you_mean(workload, {route.workload for route in self.policy.routes})
                raise NotFound(f"There is no workload {workload!r}.", hint=hint)
        return self.switches.put(switch, by=by, message=message, unchanged_since=unchanged_since)

    def close(self) -> None:
        """Look no more."""
        self.switches.close()
        for lane in self.lanes.values():
            lane.close()

    def known(self, name: str) -> None:
        """Returns for a provider that the policy has; NotFound with the nearest name."""
        if name not in self.policy.providers:
            hint = did_you_mean(name, self.policy.providers)
            raise NotFound(f"There is no provider {name!r}.", hint=hint)

    def _health(self, name: str, switch: Switch) -> Health:
        lane, own = self.lanes.get(name), self.policy.providers[name]
        if lane is None:
            return Health(
                id=name, status="unconfigured", next=NEXT["unconfigured"], model=own.model, sees=own.sees
            )
        traffic = lane.gauge.traffic()
        status, reason = level(lane.seen, traffic, lane.circuit.state, self.policy.degraded)
        if name in switch.disabled:
            status, reason = (
                "disabled",
                f"switched off; otherwise {status}" + (f": {reason}" if reason else ""),
            )
        return Health(
            id=name,
            status=status,
            reason=reason,
            next=NEXT[status],
            local=lane.provider.local,
            address=str(getattr(lane.provider, "address", "")),
            model=lane.provider.model,
            sees=own.sees,
            version=lane.seen.version if lane.seen else None,
            checked_at=lane.seen.checked_at if lane.seen else None,
            circuit=lane.circuit.state,
            in_flight=lane.in_flight,
            waiting=lane.waiting,
            traffic=traffic,
            models=lane.seen.models if lane.seen else (),
        )


class _Attempt:
    """One provider asked, as often as is worth it, and once more to mend an answer that does not fit."""

    def __init__(
        self,
        lane: Lane,
        deadline: Deadline,
        cancel: threading.Event | None,
        on_text: OnText | None,
        tell: Told,
        sent: Callable[[Lane, ChatRequest], None],
    ) -> None:
        self._lane, self._deadline, self._cancel, self._tell = lane, deadline, cancel, tell
        self._note_sent = sent
        self._on_text = on_text
        self.told = False  # pieces of an answer have gone out: nobody else may answer now
        self._sent = 0

    def run(self, request: ChatRequest, read: Callable[[ChatAnswer], T]) -> tuple[T, ChatAnswer]:
        """What `read` made of the answer, and the answer; ProviderFailed."""
        try:
            return self._once(request, read)
        except Unfit as unfit:
            if self.told:
                raise self._invalid(unfit) from None
            first = unfit
        self._tell(f"{self._lane.id} mends its answer")
        try:
            return self._once(_mending(request, first), read)
        except Unfit as unfit:
            raise self._invalid(unfit) from None

    def _once(self, request: ChatRequest, read: Callable[[ChatAnswer], T]) -> tuple[T, ChatAnswer]:
        try:
            answer = self._send(request)
        except ProviderFailed as error:
            if error.reason not in ("invalid", "truncated"):
                raise
            raise Unfit((str(error.details.get("said") or error.message),)) from None
        return read(answer), answer

    def _send(self, request: ChatRequest) -> ChatAnswer:
        tries = Tries()
        while True:
            if not self._lane.circuit.closed:
                raise _resting(self._lane)
            tries.count += 1
            self._sent += 1
            self._note_sent(self._lane, request)
            self._tell(f"waiting for {self._lane.id} ({request.model})")
            try:
                on_text = self._piece if self._on_text else None
                answer = self._lane.send(
                    request, deadline=self._deadline, cancel=self._cancel, on_text=on_text
                )
                return answer.model_copy(update={"attempts": self._sent})
            except ProviderFailed as error:
                pause = None if self.told else tries.pause(error, self._deadline.remaining())
                if pause is None:
                    raise
                self._tell(f"{self._lane.id} is asked again in {pause:.1f} s: {error.reason}")
                self._wait(pause)

    def _piece(self, piece: str) -> None:
        self.told = True
        if self._on_text is not None:
            self._on_text(piece)

    def _wait(self, seconds: float) -> None:
        if self._cancel is None:
            threading.Event().wait(seconds)
        elif self._cancel.wait(seconds):
            raise ProviderFailed(f"{self._lane.id}: the call was cancelled", reason="cancelled")

    def _invalid(self, unfit: Unfit) -> ProviderFailed:
        return ProviderFailed(f"{self._lane.id}: its answer does not fit ({unfit})", reason="invalid")


def _resting(lane: Lane) -> ProviderFailed:
    rest = lane.circuit.rest()
    message = f"{lane.id}: failed too often just now; it is looked at again in {rest:.0f} s"
    return ProviderFailed(message, reason="circuit_open")


def _mending(request: ChatRequest, unfit: Unfit) -> ChatRequest:
    told = "Your last answer was not taken: " + "; ".join(unfit.errors) + ". Answer again, mending that."
    return request.model_copy(update={"messages": (*request.messages, Message(role="user", content=told))})


def _none(skipped: Sequence[Skipped]) -> NoProvider:
    tried = [one.model_dump() for one in skipped]
    said = "; ".join(one.message for one in skipped) or "routing names none for this"
    return NoProvider(f"No model answered: {said}.", hint="See oracle providers.", tried=tried)
