"""One provider with what this process knows of it: its gates, its traffic, its circuit, and the last look."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from oracle_kit.errors import ProviderFailed
from oracle_kit.llm.circuit import Circuit
from oracle_kit.llm.deadline import Cancelled, Deadline, OverDeadline
from oracle_kit.llm.failures import failure
from oracle_kit.llm.gate import Crowded, Gate
from oracle_kit.llm.gauge import NOT_ITS_FAULT, Gauge
from oracle_kit.llm.policy import Policy
from oracle_kit.llm.provider import ChatAnswer, ChatRequest, FailureReason, OnText, Probe, Provider


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call that is over: what came of it (`answered`, or the reason of its failure), and its times."""

    provider: str
    outcome: str
    latency_ms: float = 0.0
    waited_ms: float = 0.0  # in this process, before it was sent


class Lane:
    """Sends one request at a time per place in its gate, and learns from how it goes."""

    def __init__(self, provider: Provider, policy: Policy) -> None:
        self.provider, self._policy = provider, policy
        self.id = provider.id
        self.own = policy.providers[provider.id]
        self.gauge = Gauge(policy.window)
        self.circuit = Circuit(policy.circuit)
        self.seen: Probe | None = None
        self.listeners: list[Callable[[CallEnded], None]] = []
        self._gates: dict[str, Gate] = {}
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._looking = threading.Lock()
        self._closed = False

    @property
    def in_flight(self) -> int:
        """Calls under way, over all models."""
        return sum(gate.in_flight for gate in self._gates.values())

    @property
    def waiting(self) -> int:
        """Calls that wait here for their turn."""
        return sum(gate.waiting for gate in self._gates.values())

    def places(self, model: str) -> int:
        """How many calls to the model run at a time, as far as is known before the first."""
        gate = self._gates.get(model)
        return gate.most if gate is not None else self.own.in_flight

    def send(
        self,
        request: ChatRequest,
        *,
        deadline: Deadline,
        cancel: threading.Event | None = None,
        on_text: OnText | None = None,
    ) -> ChatAnswer:
        """One attempt, once its turn has come; ProviderFailed, noted in the traffic and the circuit."""
        model = request.model or self.provider.model
        with self._noted(model, deadline.remaining()):
            gate = self._gate(model, deadline)
            with gate.through(deadline, cancel) as waited_ms:
                answer = self.provider.chat(request, deadline=deadline, cancel=cancel, on_text=on_text)
        self.gauge.answered(answer.latency_ms, answer.first_token_ms, waited_ms)
        self.circuit.succeeded()
        self._tell(CallEnded(self.id, "answered", answer.latency_ms, waited_ms))
        return answer.model_copy(update={"waited_ms": waited_ms})

    def look(self, *, wake: bool = False) -> Probe:
        """Look at the provider now, and keep what was found; loads the model only with `wake`."""
        times = self._policy.deadlines
        seconds = times.load if wake else times.look
        deadline = Deadline.within(seconds, connect_s=times.connect, first_token_s=seconds)
        seen = self.provider.status(self.provider.model, deadline=deadline, wake=wake)
        self.seen = seen
        if seen.level in ("online", "model_cold"):
            self.circuit.succeeded()
        elif not self.circuit.closed:
            self.circuit.looked_in_vain()
        return seen

    def look_later(self, seconds: float) -> None:
        """Look aside, after a while, and again until the circuit is closed."""
        with self._lock:
            if self._closed or (self._timer is not None and self._timer.is_alive()):
                return
            self._timer = threading.Timer(seconds, self._look_aside)
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        """Look no more."""
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()

    def _look_aside(self) -> None:
        if not self._looking.acquire(blocking=False):
            return
        try:
            seen = self.look()
            late = self.gauge.traffic().last_failure
            if seen.level == "model_cold" and late is not None and late.reason == "first_token_timeout":
                self.look(wake=True)  # somebody asked for it and could not wait: have it ready for the next
        finally:
            self._looking.release()
            with self._lock:
                self._timer = None
        if not self.circuit.closed:
            self.look_later(self.circuit.rest())

    @contextmanager
    def _noted(self, model: str, given_s: float) -> Iterator[None]:
        try:
            yield
        except ProviderFailed as error:
            self._note(error, model, given_s)
            self._tell(CallEnded(self.id, error.reason))
            raise
        except (Crowded, OverDeadline, Cancelled) as error:
            reasons: dict[type[Exception], FailureReason] = {Crowded: "crowded", Cancelled: "cancelled"}
            named = failure(self.id, reasons.get(type(error), "deadline"), "waiting for its turn")
            self.gauge.failed("crowded", named.message, model)
            self._tell(CallEnded(self.id, named.reason))
            raise named from None

    def _tell(self, ended: CallEnded) -> None:
        for listener in self.listeners:
            listener(ended)

    def _note(self, error: ProviderFailed, model: str, given_s: float) -> None:
        if error.reason == "deadline" and given_s < self._policy.deadlines.first_token:
            return  # another one used the time up
        self.gauge.failed(error.reason, error.message, model)
        if error.reason in NOT_ITS_FAULT:
            return
        if self.circuit.failed():
            self.look_later(self.circuit.rest())
        elif error.reason == "first_token_timeout":
            self.look_later(0.0)  # cold, or hanging? a look tells, and wakes it when it is cold

    def _gate(self, model: str, deadline: Deadline) -> Gate:
        gate = self._gates.get(model)
        if gate is not None:
            return gate
        family = self.provider.family(model, deadline=deadline) or ""
        alone = any(family.startswith(one) for one in self._policy.one_at_a_time)
        with self._lock:
            return self._gates.setdefault(model, Gate(1 if alone else self.own.in_flight, self.own.waiting))
